//! What handlers take from a request: path, body and text, each within limits and refused as a problem.

use super::auth::Caller;
use super::fields::{CODE_BYTES_MAX, Fields};
use super::problem::{Code, Problem};
use crate::profile::Sought;
use crate::request_body::{Unread, read_whole};
use amana_core::catalog::CATALOG_BYTES_MAX;
use amana_core::identity::IDENTIFIER_BYTES_MAX;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::header;
use axum::http::request::Parts;
use serde_json::Value as Json;

/// Bytes of a JSON body.
pub(super) const BODY_BYTES_MAX: usize = 64 * 1024;
/// Bytes of a JSON body that lists many things.
const MANY_BYTES_MAX: usize = 2 * 1024 * 1024;
/// The identity scope of those who name none.
pub(super) const DEFAULT_SCOPE: &str = "default";
/// Content types of a catalogue.
const CATALOG_TYPES: [&str; 4] = ["application/toml", "text/plain", "text/x-toml", "application/octet-stream"];

/// The kind and value of an identifier, from the path. Never logged: only the matched route is.
pub(super) struct IdentifierPath {
    /// Code of the kind.
    pub(super) kind: String,
    /// The value.
    pub(super) value: String,
}

impl IdentifierPath {
    /// Who is looked for, in a scope.
    pub(super) fn sought<'a>(&'a self, scope: Option<&'a str>) -> Sought<'a> {
        Sought { kind: &self.kind, value: &self.value, scope: scope.unwrap_or(DEFAULT_SCOPE) }
    }
}

/// A code, from the path.
pub(super) struct CodePath(pub(super) String);

/// The fields of a JSON body.
pub(super) struct JsonFields(pub(super) Fields);

/// The fields of a JSON body that lists many things.
pub(super) struct ManyFields(pub(super) Fields);

/// The parameters of the query.
pub(super) struct QueryFields(pub(super) Fields);

/// A query without parameters. A handler that reads none takes this, so that a parameter it would not look at is
/// refused and not forgotten.
pub(super) struct NoQuery;

/// The text of a catalogue file.
pub(super) struct CatalogText(pub(super) String);

fn unreadable(_: PathRejection) -> Problem {
    // The library's own words quote what was sent.
    Problem::new(Code::BadPath, "a part of the path is not percent-encoded UTF-8")
}

impl<S: Send + Sync> FromRequestParts<S> for IdentifierPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path((kind, value)) =
            Path::<(String, String)>::from_request_parts(parts, state).await.map_err(unreadable)?;
        if kind.len() > CODE_BYTES_MAX || value.len() > IDENTIFIER_BYTES_MAX {
            return Err(Problem::new(
                Code::BadPath,
                format!("a kind has at most {CODE_BYTES_MAX} bytes and a value at most {IDENTIFIER_BYTES_MAX}"),
            ));
        }
        Ok(Self { kind, value })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for CodePath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(code) = Path::<String>::from_request_parts(parts, state).await.map_err(unreadable)?;
        if code.len() > CODE_BYTES_MAX {
            return Err(Problem::new(Code::BadPath, format!("a code has at most {CODE_BYTES_MAX} bytes")));
        }
        Ok(Self(code))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for QueryFields {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Fields::of_query(parts.uri.query()).map(Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for NoQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Fields::of_query(parts.uri.query())?.finish().map(|()| Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        // A handler that asks who is there stands behind a route that nobody takes unknown.
        parts.extensions.get::<Self>().cloned().ok_or_else(|| Problem::of(Code::Unauthorized))
    }
}

impl<S: Send + Sync> FromRequest<S> for JsonFields {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        fields_of(request, BODY_BYTES_MAX).await.map(Self)
    }
}

impl<S: Send + Sync> FromRequest<S> for ManyFields {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        fields_of(request, MANY_BYTES_MAX).await.map(Self)
    }
}

async fn fields_of(request: Request, bytes_max: usize) -> Result<Fields, Problem> {
    let essence = essence(&request);
    if !essence.as_deref().is_none_or(|essence| essence == "application/json" || essence.ends_with("+json")) {
        return Err(Problem::new(Code::ContentType, "send application/json"));
    }
    let bytes = bytes(request, bytes_max).await?;
    match serde_json::from_slice(&bytes) {
        Ok(Json::Object(map)) => Ok(Fields::of_body(map)),
        Ok(_) => Err(Problem::new(Code::BadJson, "the body is JSON, and not an object")),
        Err(error) => {
            let detail = format!("not JSON at line {}, column {}", error.line(), error.column());
            Err(Problem::new(Code::BadJson, detail))
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for CatalogText {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        if !essence(&request).as_deref().is_none_or(|essence| CATALOG_TYPES.contains(&essence)) {
            return Err(Problem::new(Code::ContentType, "send the file as application/toml or text/plain"));
        }
        let bytes = bytes(request, CATALOG_BYTES_MAX).await?;
        let text = String::from_utf8(bytes).map_err(|_| Problem::new(Code::BadBody, "the file is not UTF-8"))?;
        Ok(Self(text))
    }
}

fn essence(request: &Request) -> Option<String> {
    let value = request.headers().get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

/// Reads a body up to its limit. What is too large is read a little further and thrown away, for a client that is
/// answered while it still sends often sees a broken connection instead of the answer.
async fn bytes(request: Request, bytes_max: usize) -> Result<Vec<u8>, Problem> {
    read_whole(request.into_body(), bytes_max).await.map_err(|unread| match unread {
        Unread::TooLarge => Problem::new(Code::BodyTooLarge, format!("the body has more than {bytes_max} bytes")),
        Unread::Broken => Problem::of(Code::BadBody),
    })
}
