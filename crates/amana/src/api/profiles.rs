//! Reading a profile for a purpose.

use super::auth::Caller;
use super::input::{CODE_BYTES_MAX, IdentifierPath, QueryFields};
use super::json;
use super::openapi::Refused;
use super::problem::Problem;
use super::roles;
use crate::app::App;
use crate::profile::Sought;
use crate::profile::read::{ReadAsk, read_profile};
use crate::profile::shown::Profile;
use crate::profile::spelling::word;
use axum::extract::State;
use axum::response::Response;

/// The identity scope of those who name none.
pub(super) const DEFAULT_SCOPE: &str = "default";

/// Read a profile for a purpose
///
/// Answers with what this purpose may see of the person now: only values that were kept for it, and nothing at all
/// where it is not permitted. A key of role `privacy` is told why (403); a key of role `service` gets the same answer
/// (404) for a person who may not be read and for one nobody knows.
#[utoipa::path(
    get,
    path = "/api/v1/profiles/{kind}/{value}",
    tag = "People",
    params(
        ("kind" = String, Path, description = "Code of the identifier's kind", example = "email"),
        ("value" = String, Path, description = "The value, percent-encoded, in any form of its kind", example = "sam%40example.com"),
        ("purpose" = String, Query, description = "Code of the purpose it is read for", example = "orders"),
        ("brand" = Option<String>, Query, description = "Code of the brand; needed where each brand has a permission of its own"),
        ("scope" = Option<String>, Query, description = "The identity scope the identifier belongs to; left out: `default`"),
        ("explain" = Option<bool>, Query, description = "Also tell where each value comes from, what is hidden and why, and every rule of the verdict"),
    ),
    responses((status = 200, description = "What the purpose may see", body = Profile), Refused),
)]
pub(super) async fn get_profile(
    State(app): State<App>,
    caller: Caller,
    IdentifierPath { kind, value }: IdentifierPath,
    QueryFields(mut query): QueryFields,
) -> Result<Response, Problem> {
    let purpose = query.text("purpose", CODE_BYTES_MAX);
    let brand = query.optional_text("brand", CODE_BYTES_MAX);
    let scope = query.optional_text("scope", CODE_BYTES_MAX);
    let explain = query.flag("explain");
    query.finish()?;
    caller.check_purpose(&purpose)?;
    let scope = scope.as_deref().unwrap_or(DEFAULT_SCOPE);
    let ask = ReadAsk {
        sought: Sought { kind: &kind, value: &value, scope },
        purpose: &purpose,
        brand: brand.as_deref(),
        explain,
        sees_reasons: roles::sees_reasons(caller.role),
    };
    let read = read_profile(&app, &ask).await;
    count_read(&app, &caller, &purpose, read.is_ok());
    Ok(json(&read?))
}

/// Counts reads by key and purpose. A purpose nobody declares is counted as `*`, so that no caller can make counters.
fn count_read(app: &App, caller: &Caller, purpose: &str, shown: bool) {
    let declared = app.current().policy.slots_of(purpose).next().is_some();
    let purpose = if declared { purpose } else { "*" };
    let outcome = if shown { "shown" } else { "not_shown" };
    metrics::counter!(
        "amana_profile_reads_total",
        "key" => caller.key.clone(), "role" => word(&caller.role), "purpose" => purpose.to_owned(), "outcome" => outcome
    )
    .increment(1);
}
