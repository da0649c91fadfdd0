//! The catalogue: exported, planned, applied.

use super::affected::{AffectedView, views};
use super::input::{CatalogText, NoQuery, QueryFields};
use super::json;
use super::openapi::Refused;
use super::problem::{Code, Problem, ProblemBody, catalog_problem};
use crate::app::App;
use crate::govern::{CatalogRefused, apply_catalog, export_catalog, plan_catalog};
use amana_core::catalog::{Catalog, Plan, Problem as Found};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// What a change would do.
#[derive(Serialize, ToSchema)]
pub(super) struct PlanAnswer {
    /// The version it is planned against; name it when applying.
    #[schema(example = 3)]
    base: u64,
    /// The change in words, line by line.
    #[schema(
        example = "~ purposes.news\n    keep: \"P2Y\" → \"P1Y\"\n0 added, 1 changed, 0 removed; slots: 0 open, 0 close."
    )]
    summary: String,
    /// What is added, changed and removed, and which slots open and close. Of secrets no value is told.
    #[schema(value_type = Object)]
    plan: Plan,
    /// How many people and how much data stand behind it: every slot that closes, is replaced by a wider version or
    /// becomes narrower, and every audience that changes or goes.
    affects: Vec<AffectedView>,
    /// What is allowed and still deserves a thought.
    #[schema(value_type = Vec<Object>)]
    warnings: Vec<Found>,
}

/// What a change has done.
#[derive(Serialize, ToSchema)]
pub(super) struct AppliedAnswer {
    /// The version in force now.
    #[schema(example = 4)]
    version: u64,
    /// The change in words, line by line.
    summary: String,
    /// What was added, changed and removed.
    #[schema(value_type = Object)]
    plan: Plan,
    /// How many people and how much data it affects, as counted right before.
    affects: Vec<AffectedView>,
}

/// Export the catalogue
///
/// The catalogue in force as a file that can be kept in git and applied again. It holds signing secrets: treat it as
/// one. The entity tag is its version.
#[utoipa::path(
    get,
    path = "/api/v1/catalog",
    tag = "Catalogue",
    responses((status = 200, description = "The file", body = String, content_type = "application/toml"), Refused),
)]
pub(super) async fn get_catalog(State(app): State<App>, _: NoQuery) -> Response {
    let version = app.current().policy.version;
    let content_type = HeaderValue::from_static("application/toml; charset=utf-8");
    ([(header::CONTENT_TYPE, content_type), (header::ETAG, tag(version))], export_catalog(&app)).into_response()
}

/// Plan a change of the catalogue
///
/// Says what the file would change and how many people and how much data that affects, and changes nothing.
#[utoipa::path(
    post,
    path = "/api/v1/catalog/plan",
    tag = "Catalogue",
    request_body(content = String, content_type = "application/toml", description = "The file, at most 1 MiB"),
    responses((status = 200, description = "What would change", body = PlanAnswer), Refused),
)]
pub(super) async fn post_plan(
    State(app): State<App>,
    _: NoQuery,
    CatalogText(text): CatalogText,
) -> Result<Response, Problem> {
    let next = Catalog::read(&text).map_err(catalog_problem)?;
    let planned = plan_catalog(&app, &next).await.map_err(|refused| placed(&text, refused))?;
    Ok(json(&PlanAnswer {
        base: planned.base,
        summary: planned.plan.to_string(),
        affects: views(&planned.plan),
        plan: planned.plan,
        warnings: Catalog::place(&text, planned.warnings),
    }))
}

/// Apply a catalogue
///
/// All or nothing, and only while the version named is in force: name it in `If-Match` (as `GET catalog` gave it) or
/// in `base`. For the first catalogue neither is needed.
#[utoipa::path(
    put,
    path = "/api/v1/catalog",
    tag = "Catalogue",
    params(
        ("base" = Option<u64>, Query, description = "The version that was planned against", example = 3),
        ("If-Match" = Option<String>, Header, description = "The same, as the entity tag of the version", example = "\"3\""),
    ),
    request_body(content = String, content_type = "application/toml", description = "The file, at most 1 MiB"),
    responses(
        (status = 200, description = "Applied", body = AppliedAnswer),
        (status = 412, description = "Another version is in force", body = ProblemBody, content_type = "application/problem+json"),
        (status = 428, description = "No version was named", body = ProblemBody, content_type = "application/problem+json"),
        Refused,
    ),
)]
pub(super) async fn put_catalog(
    State(app): State<App>,
    QueryFields(mut query): QueryFields,
    headers: HeaderMap,
    CatalogText(text): CatalogText,
) -> Result<Response, Problem> {
    let named = query.optional_number("base", 0..=u64::MAX);
    query.finish()?;
    let base = match headers.get(header::IF_MATCH) {
        Some(value) => Some(version_of(value)?),
        None => named,
    };
    if base.is_none() && app.current().policy.version > 0 {
        return Err(Problem::of(Code::BaseNeeded));
    }
    let next = Catalog::read(&text).map_err(catalog_problem)?;
    let applied =
        apply_catalog(&app, &next, Some(base.unwrap_or(0))).await.map_err(|refused| placed(&text, refused))?;
    let (version, summary) = (applied.version, applied.plan.to_string());
    let affects = views(&applied.plan);
    let mut response = json(&AppliedAnswer { version, summary, plan: applied.plan, affects });
    response.headers_mut().insert(header::ETAG, tag(version));
    Ok(response)
}

/// Problems found after reading, with their places in the text.
fn placed(text: &str, refused: CatalogRefused) -> Problem {
    match refused {
        CatalogRefused::Problems(problems) => catalog_problem(Catalog::place(text, problems)),
        other => other.into(),
    }
}

fn tag(version: u64) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{version}\"")).expect("digits in quotes are a header")
}

fn version_of(value: &HeaderValue) -> Result<u64, Problem> {
    let text = value.to_str().unwrap_or_default().trim();
    let bare = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let outdated = || Problem::new(Code::CatalogOutdated, "`If-Match` is not the entity tag of any version");
    bare.parse().map_err(|_| outdated())
}
