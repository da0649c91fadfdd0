//! Identifiers that are many people's: banning them, and taking that back.

use super::auth::Caller;
use super::fields::Fields;
use super::identity::{DecisionAnswer, DecisionIdentifier, ReadIdentifier, read_note};
use super::input::{JsonFields, NoQuery};
use super::json;
use super::openapi::Refused;
use super::problem::{NamedFields, Problem, identity_problem};
use crate::app::App;
use crate::identity::{BanAsk, IdentityRefused, decide_ban, look_ahead_ban};
use axum::extract::State;
use axum::response::Response;
use utoipa::ToSchema;

/// An identifier to be banned, or whose ban is lifted.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body, whose fields are read one by one")]
pub(super) struct BanBody {
    /// The identifier.
    identifier: DecisionIdentifier,
    /// How it is known.
    #[schema(example = "The address of a family, whose members all order with it.")]
    note: String,
    /// Only tell what would change.
    preview: Option<bool>,
}

/// Ban an identifier
///
/// Says that an identifier is many people's: the address of a family, a shop's own number, a test account. It stands alone
/// from then on, with what came under it, and no event, import, signed proof or join of staff joins it to anybody. An
/// event that names others besides is theirs, without it; one that names nothing else is its own, or of nobody when a
/// public source merely claims it. It need not be known yet. With `preview` nothing is recorded.
#[utoipa::path(
    post,
    path = "/api/v1/identity/ban",
    tag = "People",
    request_body(content = BanBody, description = "The identifier"),
    responses((status = 200, description = "In force, or what it would change", body = DecisionAnswer), Refused),
)]
pub(super) async fn post_ban(
    State(app): State<App>,
    caller: Caller,
    _: NoQuery,
    JsonFields(fields): JsonFields,
) -> Result<Response, Problem> {
    answer(&app, &caller, fields, false).await
}

/// Lift a ban
///
/// The identifier may join again, and what the ban took from it comes back as it was: but what is banned at its other end
/// too, what was split meanwhile, and what would make a person larger than anybody may be. With `preview` nothing is
/// recorded.
#[utoipa::path(
    post,
    path = "/api/v1/identity/ban/lift",
    tag = "People",
    request_body(content = BanBody, description = "The identifier"),
    responses((status = 200, description = "In force, or what it would change", body = DecisionAnswer), Refused),
)]
pub(super) async fn post_lift(
    State(app): State<App>,
    caller: Caller,
    _: NoQuery,
    JsonFields(fields): JsonFields,
) -> Result<Response, Problem> {
    answer(&app, &caller, fields, true).await
}

async fn answer(app: &App, caller: &Caller, mut fields: Fields, lifts: bool) -> Result<Response, Problem> {
    let identifier = ReadIdentifier::of_field(&mut fields, "identifier");
    let note = read_note(&mut fields);
    let preview = fields.flag("preview");
    fields.finish()?;
    let (key, role) = (caller.key.as_str(), caller.role);
    let ask = BanAsk { lifts, identifier: identifier.sought(), note: &note, key, role };
    Ok(json(&match preview {
        true => DecisionAnswer::foreseen(look_ahead_ban(app, &ask).await.map_err(problem)?),
        false => DecisionAnswer::decided(decide_ban(app, &ask).await.map_err(problem)?),
    }))
}

fn problem(refused: IdentityRefused) -> Problem {
    let field = "identifier";
    identity_problem(refused, &NamedFields { identifiers: vec![field.to_owned()], others: field })
}
