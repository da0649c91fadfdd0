//! What-if: asking `permit`.

use super::auth::Caller;
use super::fields::CODE_BYTES_MAX;
use super::input::{DEFAULT_SCOPE, JsonFields, NoQuery};
use super::json;
use super::openapi::Refused;
use super::problem::{Code, Problem};
use super::roles;
use crate::app::App;
use crate::profile::Sought;
use crate::profile::spelling::{USES_IN_WORDS, read_use};
use crate::profile::what_if::{WhatIf, WhatIfAnswer, what_if};
use amana_core::identity::IDENTIFIER_BYTES_MAX;
use amana_core::permit::Use;
use amana_core::preferences::ContactFacts;
use axum::extract::State;
use axum::response::Response;
use utoipa::ToSchema;

/// How many categories one question may name.
const CATEGORIES_MAX: usize = 64;

/// A question to `permit`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body, whose fields are read one by one")]
pub(super) struct PermitBody {
    /// About whom; left out: somebody of whom nothing is known. Only for keys of roles `privacy` and `service`.
    identifier: Option<PermitIdentifier>,
    /// Code of the purpose.
    #[schema(example = "news")]
    purpose: String,
    /// Code of the brand, where each has a permission of its own.
    brand: Option<String>,
    /// The use: `collect`, `link`, `store`, `segment`, `analyse`, `profile`, `decide`, `notify`, `contact:<channel>`,
    /// `share:<destination>`, `disclose:subject`, `authority` or `legal_claim`.
    #[serde(rename = "use")]
    #[schema(example = "contact:email")]
    usage: String,
    /// Codes of the data categories at stake; left out: the question is about the person as a whole.
    #[schema(example = json!(["contact.email"]))]
    categories: Option<Vec<String>>,
    /// Whether a person's device is read or written.
    device: Option<bool>,
    /// With `contact:<channel>`: what is known of the message. Where the person set a measure and this is left out, the
    /// measure is taken for full.
    contact: Option<PermitContact>,
}

/// A message that is about to be sent.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body, whose fields are read one by one")]
pub(super) struct PermitContact {
    /// Code of the topic it is about, if it is about one.
    #[schema(example = "tours")]
    topic: Option<String>,
    /// How many contacts the person had in the period that ends now, for purposes that count; left out of a
    /// `contact`: none. Without any `contact` a measure that the person set is taken for full (`contacted_enough`).
    #[schema(example = 1)]
    contacted: Option<u32>,
}

/// An identifier of a person.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body, whose fields are read one by one")]
pub(super) struct PermitIdentifier {
    /// Code of its kind.
    #[schema(example = "email")]
    kind: String,
    /// The value.
    #[schema(example = "sam@example.com")]
    value: String,
    /// The identity scope it belongs to; left out: `default`.
    scope: Option<String>,
}

/// Ask what is permitted
///
/// Answers as every door of this product is answered, and with the result of every rule. What is not known (a
/// purpose, a category, a recipient) denies, with its own reason. Where each brand has a permission of its own and none
/// is named, the reason is `brand_needed`, with the brands. For a contact the person's preferences are asked too, and
/// `next_possible` says when quiet time is over. Nothing is done or recorded.
#[utoipa::path(
    post,
    path = "/api/v1/permit",
    tag = "People",
    request_body(content = PermitBody, description = "The question"),
    responses((status = 200, description = "The answer, also when it is no", body = WhatIfAnswer), Refused),
)]
pub(super) async fn post_permit(
    State(app): State<App>,
    caller: Caller,
    _: NoQuery,
    JsonFields(mut fields): JsonFields,
) -> Result<Response, Problem> {
    let about = fields.object("identifier").map(|mut identifier| {
        let kind = identifier.text("kind", CODE_BYTES_MAX);
        let value = identifier.text("value", IDENTIFIER_BYTES_MAX);
        let scope = identifier.optional_text("scope", CODE_BYTES_MAX);
        fields.end(identifier);
        (kind, value, scope)
    });
    let purpose = fields.text("purpose", CODE_BYTES_MAX);
    let brand = fields.optional_text("brand", CODE_BYTES_MAX);
    let named = |text: &str| read_use(text).map(|_| text.to_owned());
    let usage = fields.required("use", CODE_BYTES_MAX, USES_IN_WORDS, named).unwrap_or_default();
    let categories = fields.texts("categories", CATEGORIES_MAX, CODE_BYTES_MAX);
    let device = fields.flag("device");
    let contact = fields.object("contact").map(|mut contact| {
        let topic = contact.optional_text("topic", CODE_BYTES_MAX);
        let contacted = contact.optional_number("contacted", 0..=u64::from(u32::MAX)).unwrap_or_default();
        fields.end(contact);
        (topic, u32::try_from(contacted).unwrap_or(u32::MAX))
    });
    fields.finish()?;
    // A purpose that nobody declares is nobody's to keep from a key: it denies with its own reason.
    if app.current().policy.slots.iter().any(|rule| rule.purpose == purpose) {
        caller.check_purpose(&purpose)?;
    }
    if about.is_some() && !roles::asks_about_people(caller.role) {
        let detail = "this role may ask about somebody unknown only; leave `identifier` out";
        return Err(Problem::new(Code::RoleNotAllowed, detail));
    }
    let sought = about.as_ref().map(|(kind, value, scope)| Sought {
        kind,
        value,
        scope: scope.as_deref().unwrap_or(DEFAULT_SCOPE),
    });
    let ask = WhatIf {
        sought,
        purpose: &purpose,
        brand: brand.as_deref(),
        usage: read_use(&usage).unwrap_or(Use::Profile),
        categories: &categories,
        device,
        contact: contact
            .as_ref()
            .map(|(topic, contacted)| ContactFacts { topic: topic.as_deref(), contacted: *contacted }),
        sees_notes: roles::sees_reasons(caller.role),
    };
    let answer = what_if(&app, &ask).await;
    Ok(json(&answer.map_err(|refused| Problem::from(refused).of_identifier("identifier"))?))
}
