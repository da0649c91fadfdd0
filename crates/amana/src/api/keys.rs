//! Which keys a person's data still has.

use super::auth::Caller;
use super::fields::CODE_BYTES_MAX;
use super::input::{IdentifierPath, QueryFields};
use super::json;
use super::openapi::Refused;
use super::problem::Problem;
use crate::app::App;
use crate::profile::keys::{PersonKeys, keys_of};
use axum::extract::State;
use axum::response::Response;

/// List the keys of a person's data
///
/// What of a person can still be read, and for which purposes: by hold class, and of events by month. It tells nothing
/// of the data itself. What has no key here cannot be read from the store and its history. When `pending` is false and
/// `journal_epochs` is 1, not from a backup either, as long as no older copy of the root file or of a key archive exists.
///
/// For keys of role `privacy`; one that is declared with purposes sees what is kept for these. By the socket in the
/// installation's folder also without a key, which is what `amana inspect keys` does.
#[utoipa::path(
    get,
    path = "/api/v1/profiles/{kind}/{value}/keys",
    tag = "People",
    params(
        ("kind" = String, Path, description = "Code of the identifier's kind", example = "email"),
        ("value" = String, Path, description = "The value, percent-encoded, in any form of its kind", example = "sam%40example.com"),
        ("scope" = Option<String>, Query, description = "The identity scope the identifier belongs to; left out: `default`"),
    ),
    responses((status = 200, description = "The keys, by fragment", body = PersonKeys), Refused),
)]
pub(super) async fn get_keys(
    State(app): State<App>,
    caller: Caller,
    path: IdentifierPath,
    QueryFields(mut query): QueryFields,
) -> Result<Response, Problem> {
    let scope = query.optional_text("scope", CODE_BYTES_MAX);
    query.finish()?;
    Ok(json(&keys_of(&app, path.sought(scope.as_deref()), &caller.purposes).await?))
}
