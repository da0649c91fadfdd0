//! What happened to a person, for a purpose.

use super::auth::Caller;
use super::fields::CODE_BYTES_MAX;
use super::input::{IdentifierPath, QueryFields};
use super::json;
use super::openapi::Refused;
use super::problem::Problem;
use super::profiles::{USES_OF_READING, check_usage, count_read, read_usage};
use super::roles;
use crate::app::App;
use crate::profile::timeline::{Cursor, TIMELINE_ENTRIES_MAX, Timeline, TimelineAsk, read_timeline};
use amana_core::permit::Use;
use axum::extract::State;
use axum::response::Response;

/// Read what happened to a person, for a purpose
///
/// Events that are kept for the purpose and still held for it, newest first, with the fields it may see, and the acts
/// about it. Where the purpose may not read the person at all, the answer is that of reading the profile, and so it is with
/// `use`: for the person and for legal claims a key of role `privacy` reads it also while processing is restricted (GDPR
/// Art. 15, 18(2)). A page is continued with `before` set to its `next`; an instant (RFC 3339) begins there.
#[utoipa::path(
    get,
    path = "/api/v1/profiles/{kind}/{value}/timeline",
    tag = "People",
    params(
        ("kind" = String, Path, description = "Code of the identifier's kind", example = "email"),
        ("value" = String, Path, description = "The value, percent-encoded", example = "sam%40example.com"),
        ("purpose" = String, Query, description = "Code of the purpose it is read for", example = "orders"),
        ("brand" = Option<String>, Query, description = "Code of the brand; needed where each brand has a permission of its own"),
        ("scope" = Option<String>, Query, description = "The identity scope the identifier belongs to; left out: `default`"),
        ("use" = Option<String>, Query, description = "What it is read for: `profile`, `disclose:subject` or `disclose:legal_claim`; left out: `profile`"),
        ("before" = Option<String>, Query, description = "`next` of the page before, or an instant"),
        ("limit" = Option<usize>, Query, description = "Entries at most, up to 1000; left out: 100"),
    ),
    responses((status = 200, description = "A page", body = Timeline), Refused),
)]
pub(super) async fn get_timeline(
    State(app): State<App>,
    caller: Caller,
    path: IdentifierPath,
    QueryFields(mut query): QueryFields,
) -> Result<Response, Problem> {
    let purpose = query.text("purpose", CODE_BYTES_MAX);
    let brand = query.optional_text("brand", CODE_BYTES_MAX);
    let scope = query.optional_text("scope", CODE_BYTES_MAX);
    let usage = query.optional("use", 32, USES_OF_READING, read_usage).unwrap_or(Use::Profile);
    let before = query.optional("before", CODE_BYTES_MAX, "`next` of a page, or RFC 3339", Cursor::read);
    let limit = query.limit(TIMELINE_ENTRIES_MAX);
    query.finish()?;
    caller.check_purpose(&purpose)?;
    check_usage(&caller, usage)?;
    let ask = TimelineAsk {
        sought: path.sought(scope.as_deref()),
        purpose: &purpose,
        brand: brand.as_deref(),
        before,
        limit,
        usage,
        sees_reasons: roles::sees_reasons(caller.role),
    };
    let read = read_timeline(&app, &ask).await;
    count_read(&app, &caller, &purpose, read.is_ok());
    Ok(json(&read?))
}
