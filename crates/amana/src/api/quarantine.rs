//! The quarantine: which undeclared fields came.

use super::fields::CODE_BYTES_MAX;
use super::input::QueryFields;
use super::json;
use super::openapi::Refused;
use super::problem::Problem;
use crate::app::App;
use crate::govern::{QUARANTINE_PAGE_MAX, Quarantined, list_quarantine};
use axum::extract::State;
use axum::response::Response;

/// List the quarantine
///
/// Fields that came and that no schema declares, by source: how often, since when. Their values are not stored.
/// Declare a field to have it kept from then on.
#[utoipa::path(
    get,
    path = "/api/v1/quarantine",
    tag = "Catalogue",
    params(
        ("source" = Option<String>, Query, description = "Only of this source", example = "site"),
        ("after" = Option<String>, Query, description = "The `next` of the page before"),
        ("limit" = Option<u64>, Query, description = "At most so many, 1 to 1000; left out: 100"),
    ),
    responses((status = 200, description = "A page", body = Quarantined), Refused),
)]
pub(super) async fn get_quarantine(
    State(app): State<App>,
    QueryFields(mut query): QueryFields,
) -> Result<Response, Problem> {
    let source = query.optional_text("source", CODE_BYTES_MAX);
    let after = query.optional_text("after", 1_024);
    let limit = query.limit(QUARANTINE_PAGE_MAX);
    query.finish()?;
    Ok(json(&list_quarantine(&app, source.as_deref(), after.as_deref(), limit).await?))
}
