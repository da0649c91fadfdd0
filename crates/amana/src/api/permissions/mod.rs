//! What a person decided, and recording what they decide.

mod body;
mod documented;

use super::auth::Caller;
use super::fields::CODE_BYTES_MAX;
use super::input::{IdentifierPath, JsonFields, NoQuery, QueryFields};
use super::json;
use super::openapi::Refused;
use super::problem::Problem;
use super::roles;
use crate::app::App;
use crate::profile::permissions::{
    HISTORY_PAGE_MAX, HistoryAsk, Permission, Permissions, PermissionsAsk, Sight, read_permissions,
};
use crate::profile::record::record_act;
use crate::profile::spelling::word;
use axum::extract::State;
use axum::response::Response;
pub(super) use body::ReadAct;
pub(super) use documented::ActBody;

use body::ReadTarget;
use serde::Serialize;
use utoipa::ToSchema;

/// Read a person's permissions
///
/// For each purpose and brand: the state, what may be done and why, and the acts with their evidence: text, language,
/// method, notice, time. Somebody nobody knows has the permissions of somebody who has said nothing. Keys that are
/// declared with purposes see these.
///
/// `as_of` asks what was so at an instant, `known_at` with the knowledge of which: acts that were done or learned later do
/// not count, nor does what held identifiers together only later. Rules are those of the catalogue that was in force then
/// (`catalog_version`). With `history=true` also every act and every change of a state, those that time or another
/// catalogue brought about included.
#[utoipa::path(
    get,
    path = "/api/v1/profiles/{kind}/{value}/permissions",
    tag = "People",
    params(
        ("kind" = String, Path, description = "Code of the identifier's kind", example = "email"),
        ("value" = String, Path, description = "The value, percent-encoded", example = "sam%40example.com"),
        ("scope" = Option<String>, Query, description = "The identity scope the identifier belongs to; left out: `default`"),
        ("as_of" = Option<String>, Query, description = "What was so at this instant (RFC 3339); left out: `known_at`, else now", example = "2026-03-01T12:00:00Z"),
        ("known_at" = Option<String>, Query, description = "With the knowledge of this instant (RFC 3339); left out: now"),
        ("history" = Option<bool>, Query, description = "Also tell how it came to that"),
        ("after" = Option<String>, Query, description = "With `history`: the `next` of the page before"),
        ("limit" = Option<u64>, Query, description = "With `history`: at most so many entries, 1 to 1000; left out: 100"),
    ),
    responses((status = 200, description = "The permissions", body = Permissions), Refused),
)]
pub(super) async fn get_permissions(
    State(app): State<App>,
    caller: Caller,
    path: IdentifierPath,
    QueryFields(mut query): QueryFields,
) -> Result<Response, Problem> {
    let scope = query.optional_text("scope", CODE_BYTES_MAX);
    let (as_of, known_at) = (query.optional_instant("as_of"), query.optional_instant("known_at"));
    let history = query.flag("history").then(|| HistoryAsk {
        after: query
            .optional_number("after", 0..=u64::from(u32::MAX))
            .map_or(0, |after| usize::try_from(after).unwrap_or(usize::MAX)),
        limit: query.limit(HISTORY_PAGE_MAX),
    });
    query.finish()?;
    let ask = PermissionsAsk { sought: path.sought(scope.as_deref()), sight: sight(&caller), as_of, known_at, history };
    Ok(json(&read_permissions(&app, &ask).await?))
}

/// An act that is in force, with the permissions after it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RecordedAnswer {
    /// Names the act.
    id: String,
    /// What was recorded. Where a purpose asks for a second step and nobody vouched for it with `verified`, a `grant`
    /// is recorded as `request`: the state is then `requested` and nothing is permitted yet.
    #[schema(example = "withdraw")]
    act: String,
    /// Whether nobody was known by the identifier before: the act is then all there is of this person. Told to keys of
    /// role `privacy` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<bool>,
    /// When it was done.
    at: String,
    /// When it was recorded.
    received: String,
    /// When the permissions were read.
    as_of: String,
    /// The permissions now: of the purpose the act was about, else all that this key may see. None of a purpose that
    /// the key may not name.
    permissions: Vec<Permission>,
}

/// Record an act of a person
///
/// Writes down what somebody decided, with its evidence, and answers when it is in force: from then on nothing is
/// collected, chosen or sent against it. It works for people nobody knows yet, so that anybody may object; `created`
/// then says so.
///
/// Keys of role `service` record what people say; decisions of staff are the privacy office's. Every key that may
/// record anything may record a no (`refuse`, `withdraw`, `object`), for whatever purpose: taking consent back must
/// be as easy as giving it (GDPR Art. 7(3)), and whoever is told no passes it on (Art. 12(2)). A yes, and whatever else
/// permits something, is for the purposes that the key may name. An objection to direct marketing cannot be overridden.
///
/// For a purpose with double opt-in a `grant` is recorded as `request`, unless `verified` says how the person confirmed
/// it and `method` how that reached you. What is told of a notice, its version, a language or a text's hash must be what the
/// catalogue declares, for it is evidence (Art. 7(1)).
#[utoipa::path(
    put,
    path = "/api/v1/profiles/{kind}/{value}/permissions",
    tag = "People",
    params(
        ("kind" = String, Path, description = "Code of the identifier's kind", example = "email"),
        ("value" = String, Path, description = "The value, percent-encoded", example = "sam%40example.com"),
    ),
    request_body(content = ActBody, description = "The act"),
    responses((status = 200, description = "In force", body = RecordedAnswer), Refused),
)]
pub(super) async fn put_permissions(
    State(app): State<App>,
    caller: Caller,
    _: NoQuery,
    path: IdentifierPath,
    JsonFields(fields): JsonFields,
) -> Result<Response, Problem> {
    let read = ReadAct::of(fields)?;
    read.check_role(&caller)?;
    let sought = path.sought(read.scope.as_deref());
    let recorded = record_act(&app, &read.ask(sought, &caller)).await?;
    let mut after = read_permissions(&app, &PermissionsAsk::now(sought, sight(&caller))).await?;
    if let ReadTarget::Purpose { purpose, brand } = &read.target {
        let named = |known: &Permission| brand.is_none() || known.brand.is_none() || known.brand == *brand;
        after.permissions.retain(|known| known.purpose == *purpose && named(known));
    }
    Ok(json(&RecordedAnswer {
        id: recorded.id.to_string(),
        act: word(&recorded.act),
        created: roles::sees_reasons(caller.role).then_some(recorded.created),
        at: recorded.at.to_string(),
        received: recorded.received.to_string(),
        as_of: after.as_of,
        permissions: after.permissions,
    }))
}

fn sight(caller: &Caller) -> Sight<'_> {
    Sight { purposes: &caller.purposes, whole: roles::sees_reasons(caller.role) }
}
