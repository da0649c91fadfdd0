//! The reference: the description of the API as JSON, and as a page made from the same document.

mod example;
mod model;
mod schema;

use super::json;
use super::openapi::document;
use super::problem::reference::{Kind, Meaning};
use super::problem::{Code, Problem};
use askama::Template;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{Html, IntoResponse as _, Response};
use std::sync::OnceLock;

/// How long the reference may be remembered: it changes with the program only.
const CACHE_CONTROL: HeaderValue = HeaderValue::from_static("public, max-age=300");

#[derive(Template)]
#[template(path = "docs.html")]
struct Page {
    reference: model::Reference,
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    kind: Kind,
}

impl ProblemPage {
    /// The words of a meaning as HTML.
    #[expect(clippy::unused_self, reason = "templates call methods")]
    fn words(&self, meaning: &Meaning) -> String {
        model::html(&meaning.words)
    }
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

/// What the `type` of a problem leads to: its words, for people as a page and for programs as JSON.
pub(super) async fn get_problem(
    code: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let code = code.map(|Path(code)| code).unwrap_or_default();
    let kind = Kind::named(&code).ok_or_else(|| Problem::of(Code::NotFound))?;
    let accepts = headers.get(header::ACCEPT).and_then(|accepts| accepts.to_str().ok()).unwrap_or_default();
    let mut response = if accepts.contains("json") {
        json(&kind)
    } else {
        Html(ProblemPage { kind }.render().map_err(|_| Problem::of(Code::Internal))?).into_response()
    };
    response.headers_mut().insert(header::CACHE_CONTROL, CACHE_CONTROL);
    Ok(response)
}
