//! The reference: the description of the API as JSON, and as a page made from the same document.

mod example;
mod model;
mod schema;

use super::openapi::document;
use super::problem::{Code, Problem};
use amana_core::permit::Reason;
use askama::Template;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use std::sync::OnceLock;

/// How long the reference may be remembered: it changes with the program only.
const CACHE_CONTROL: HeaderValue = HeaderValue::from_static("public, max-age=300");

#[derive(Template)]
#[template(path = "docs.html")]
struct Page {
    reference: model::Reference,
}

/// Read the description of this API
///
/// OpenAPI, as committed with the program. A page to read it is at `/api/v1/docs`.
#[utoipa::path(
    get,
    path = "/api/v1/openapi.json",
    tag = "Operation",
    security(()),
    responses((status = 200, description = "OpenAPI", body = Object)),
)]
pub(super) async fn get_openapi() -> Response {
    static TEXT: OnceLock<String> = OnceLock::new();
    let text = TEXT.get_or_init(super::openapi_json);
    let content_type = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, CACHE_CONTROL)], text.as_str()).into_response()
}

/// The page to read it.
pub(super) async fn get_docs() -> Result<Response, Problem> {
    static PAGE: OnceLock<Option<String>> = OnceLock::new();
    let page = PAGE.get_or_init(|| Page { reference: model::Reference::of(document()) }.render().ok());
    let page = page.as_deref().ok_or_else(|| Problem::of(Code::Internal))?;
    Ok(([(header::CACHE_CONTROL, CACHE_CONTROL)], Html(page)).into_response())
}

/// Leads from the `type` of a problem to its words.
pub(super) async fn get_problem(code: Result<Path<String>, PathRejection>) -> Result<Redirect, Problem> {
    let code = code.map(|Path(code)| code.replace('-', "_")).unwrap_or_default();
    let known = Code::ALL.iter().any(|known| known.as_str() == code);
    let reason = Reason::ALL.iter().any(|known| known.code() == code);
    if known || reason {
        return Ok(Redirect::to(&format!("/api/v1/docs#{code}")));
    }
    Err(Problem::of(Code::NotFound))
}
