//! Reading a profile for a purpose.

use super::auth::Caller;
use super::fields::CODE_BYTES_MAX;
use super::input::{IdentifierPath, QueryFields};
use super::json;
use super::openapi::Refused;
use super::problem::{Code, Problem};
use super::roles;
use crate::app::App;
use crate::profile::read::{ReadAsk, read_profile};
use crate::profile::shown::Profile;
use crate::profile::spelling::word;
use amana_core::permit::{Disclosure, Use};
use axum::extract::State;
use axum::response::Response;

/// Read a profile for a purpose
///
/// Answers with what this purpose may see of the person now: only values that were kept for it, and nothing at all
/// where it is not permitted. With `use=disclose:subject` or `disclose:legal_claim` a key of role `privacy` reads what
/// is kept for the purpose to hand it to the person, or for a legal claim, also while processing is restricted (GDPR
/// Art. 15, 18(2)). A key of role `privacy` is told why (403), with `explain=true` also every rule, the state
/// and the acts that led to it, in `verdict`; a key of role `service` gets the same answer (404) for a person who may
/// not be read and for one nobody knows.
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
        ("use" = Option<String>, Query, description = "What it is read for: `profile`, `disclose:subject` or `disclose:legal_claim`; left out: `profile`"),
        ("explain" = Option<bool>, Query, description = "Also tell where each value comes from, what is hidden and why, every rule of the verdict and the acts behind it"),
    ),
    responses((status = 200, description = "What the purpose may see", body = Profile), Refused),
)]
pub(super) async fn get_profile(
    State(app): State<App>,
    caller: Caller,
    path: IdentifierPath,
    QueryFields(mut query): QueryFields,
) -> Result<Response, Problem> {
    let purpose = query.text("purpose", CODE_BYTES_MAX);
    let brand = query.optional_text("brand", CODE_BYTES_MAX);
    let scope = query.optional_text("scope", CODE_BYTES_MAX);
    let explain = query.flag("explain");
    let usage = query.optional("use", 32, USES_OF_READING, read_usage).unwrap_or(Use::Profile);
    query.finish()?;
    caller.check_purpose(&purpose)?;
    check_usage(&caller, usage)?;
    let ask = ReadAsk {
        sought: path.sought(scope.as_deref()),
        purpose: &purpose,
        brand: brand.as_deref(),
        usage,
        explain,
        sees_reasons: roles::sees_reasons(caller.role),
    };
    let read = read_profile(&app, &ask).await;
    count_read(&app, &caller, &purpose, read.is_ok());
    Ok(json(&read?))
}

/// What a person may be read for, in words.
pub(super) const USES_OF_READING: &str = "one of profile, disclose:subject, disclose:legal_claim";

/// Refuses a use that is not this key's.
///
/// # Errors
/// When it is not.
pub(super) fn check_usage(caller: &Caller, usage: Use<'_>) -> Result<(), Problem> {
    if usage == Use::Profile || roles::reads_of_right(caller.role) {
        return Ok(());
    }
    let detail = "only the privacy office reads for the person or a legal claim; leave `use` out";
    Err(Problem::new(Code::RoleNotAllowed, detail))
}

pub(super) fn read_usage(text: &str) -> Option<Use<'static>> {
    match text {
        "profile" => Some(Use::Profile),
        "disclose:subject" => Some(Use::Disclose(Disclosure::Subject)),
        "disclose:legal_claim" => Some(Use::Disclose(Disclosure::LegalClaim)),
        _ => None,
    }
}

/// Counts reads by key and purpose. A purpose nobody declares is counted as `*`, so that no caller can make counters.
pub(super) fn count_read(app: &App, caller: &Caller, purpose: &str, shown: bool) {
    let declared = app.current().policy.slots_of(purpose).next().is_some();
    let purpose = if declared { purpose } else { "*" };
    let outcome = if shown { "shown" } else { "not_shown" };
    metrics::counter!(
        "amana_profile_reads_total",
        "key" => caller.key.clone(), "role" => word(&caller.role), "purpose" => purpose.to_owned(), "outcome" => outcome
    )
    .increment(1);
}
