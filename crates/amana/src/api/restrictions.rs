//! Restriction of processing (GDPR Art. 18): asking for it, the list of those who did, and lifting it, which the person
//! is told of before.

use super::auth::Caller;
use super::fields::{CODE_BYTES_MAX, Fields};
use super::input::{DEFAULT_SCOPE, JsonFields, NoQuery, QueryFields};
use super::json;
use super::openapi::Refused;
use super::permissions::ReadAct;
use super::problem::Problem;
use crate::app::App;
use crate::profile::Sought;
use crate::profile::record::record_act;
use crate::profile::restricted_people::{RESTRICTIONS_PAGE_MAX, RestrictedPerson, restricted_people};
use crate::profile::spelling::word;
use amana_core::identity::IDENTIFIER_BYTES_MAX;
use amana_core::permission::ActKind;
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A page of people under restriction.
#[derive(Serialize, ToSchema)]
pub(super) struct RestrictionPage {
    /// The people.
    people: Vec<RestrictedPerson>,
    /// How many of the page cannot be read, since what is kept of them is damaged: they are left out.
    unreadable: usize,
    /// What to name as `after` for the next page; none on the last. A page can be shorter than `limit` and still have one.
    next: Option<String>,
    /// When that was found.
    as_of: String,
}

/// List people under restriction
///
/// Who they are, since when and why they are restricted, and whether they have been told that it is about to be lifted. A
/// key that is declared with purposes sees restrictions of these, those of everything where something of the person is
/// kept for these, and the identifiers that are kept for these.
#[utoipa::path(
    get,
    path = "/api/v1/restrictions",
    tag = "People",
    params(
        ("after" = Option<String>, Query, description = "The `next` of the page before"),
        ("limit" = Option<u64>, Query, description = "At most so many, 1 to 200; left out: 100"),
    ),
    responses((status = 200, description = "A page", body = RestrictionPage), Refused),
)]
pub(super) async fn get_restrictions(
    State(app): State<App>,
    caller: Caller,
    QueryFields(mut query): QueryFields,
) -> Result<Response, Problem> {
    let after = query.optional("after", 64, "the `next` of the page before", |text| Uuid::parse_str(text).ok());
    let limit = query.limit(RESTRICTIONS_PAGE_MAX);
    query.finish()?;
    let page = restricted_people(&app, &caller.purposes, after, limit).await?;
    let next = page.next.map(|next| next.to_string());
    Ok(json(&RestrictionPage { people: page.people, unreadable: page.unreadable, next, as_of: app.now().to_string() }))
}

/// Whose processing is restricted.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body, whose fields are read one by one")]
pub(super) struct RestrictionBody {
    /// The person.
    identifier: RestrictionIdentifier,
    /// Code of the purpose; left out: everything.
    #[schema(example = "offers")]
    purpose: Option<String>,
    /// The brand, where each has a permission of its own; left out: all brands.
    brand: Option<String>,
    /// When it was done, RFC 3339; left out: now.
    at: Option<String>,
    /// How it reached you, or how you told them: `form`, `call`, `paper`, `api`; left out: `api`.
    #[schema(example = "paper")]
    method: Option<String>,
    /// Why, or what the person was told and how. Needed for `told`.
    #[schema(example = "Disputes the address; letter of 1 March.")]
    note: Option<String>,
    /// Where the letter lies.
    document: Option<String>,
}

/// The person.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body, whose fields are read one by one")]
pub(super) struct RestrictionIdentifier {
    /// Code of the kind.
    #[schema(example = "email")]
    kind: String,
    /// The value.
    #[schema(example = "sam@example.com")]
    value: String,
    /// The identity scope it belongs to; left out: `default`.
    scope: Option<String>,
}

/// What was recorded, and is in force.
#[derive(Serialize, ToSchema)]
pub(super) struct RestrictionAnswer {
    /// Names the act.
    id: String,
    /// What was recorded: `restrict`, `told` or `lift`.
    #[schema(example = "restrict")]
    act: String,
    /// When it was done.
    at: String,
    /// When it was recorded.
    received: String,
}

/// Restrict processing
///
/// From the answer on the person's data is stored and nothing else (GDPR Art. 18): it is in no audience, no count and no
/// message, and staff read it for nobody but the person and legal claims.
#[utoipa::path(
    post,
    path = "/api/v1/restrictions",
    tag = "People",
    request_body(content = RestrictionBody, description = "The restriction"),
    responses((status = 200, description = "In force", body = RestrictionAnswer), Refused),
)]
pub(super) async fn post_restrictions(
    State(app): State<App>,
    caller: Caller,
    _: NoQuery,
    JsonFields(fields): JsonFields,
) -> Result<Response, Problem> {
    record(&app, &caller, fields, ActKind::Restrict).await
}

/// Record that a person was told
///
/// That the restriction is about to be lifted, when and how (GDPR Art. 18(3)).
#[utoipa::path(
    post,
    path = "/api/v1/restrictions/told",
    tag = "People",
    request_body(content = RestrictionBody, description = "Who was told, when and how"),
    responses((status = 200, description = "Recorded", body = RestrictionAnswer), Refused),
)]
pub(super) async fn post_told(
    State(app): State<App>,
    caller: Caller,
    _: NoQuery,
    JsonFields(fields): JsonFields,
) -> Result<Response, Problem> {
    record(&app, &caller, fields, ActKind::Told).await
}

/// Lift a restriction
///
/// Refused as long as the person has not been told (GDPR Art. 18(3)).
#[utoipa::path(
    post,
    path = "/api/v1/restrictions/lift",
    tag = "People",
    request_body(content = RestrictionBody, description = "What is lifted"),
    responses((status = 200, description = "In force", body = RestrictionAnswer), Refused),
)]
pub(super) async fn post_lift(
    State(app): State<App>,
    caller: Caller,
    _: NoQuery,
    JsonFields(fields): JsonFields,
) -> Result<Response, Problem> {
    record(&app, &caller, fields, ActKind::Lift).await
}

async fn record(app: &App, caller: &Caller, mut fields: Fields, act: ActKind) -> Result<Response, Problem> {
    let Some(mut below) = fields.object("identifier") else {
        let expected = "an object with `kind` and `value`";
        fields.wrong("identifier", "missing_field", "`identifier` is missing", expected);
        return Err(fields.finish().err().unwrap_or_else(|| Problem::of(super::problem::Code::InvalidFields)));
    };
    let kind = below.text("kind", CODE_BYTES_MAX);
    let value = below.text("value", IDENTIFIER_BYTES_MAX);
    let scope = below.optional_text("scope", CODE_BYTES_MAX);
    fields.end(below);
    let read = ReadAct::of_restriction(act, &mut fields);
    fields.finish()?;
    read.check_role(caller)?;
    let sought = Sought { kind: &kind, value: &value, scope: scope.as_deref().unwrap_or(DEFAULT_SCOPE) };
    let recorded = record_act(app, &read.ask(sought, caller)).await;
    let recorded = recorded.map_err(|refused| Problem::from(refused).of_identifier("identifier"))?;
    Ok(json(&RestrictionAnswer {
        id: recorded.id.to_string(),
        act: word(&recorded.act),
        at: recorded.at.to_string(),
        received: recorded.received.to_string(),
    }))
}
