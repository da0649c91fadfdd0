//! Why an import was refused, or ended before its end, as the door answers it (RFC 9457).
//!
//! Texts name places, fields and limits, and never what stood there.

use super::file::FileBroken;
use super::record::{HoldError, MapNotKept};
use super::run::{Ended, Outcome};
use crate::api::problem::{PROBLEM_JSON, type_of};
use amana_core::catalog::Problem;
use amana_store::StoreError;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value as Json, json};

/// Whole seconds after which the same may be sent again.
const WAIT_SECONDS: u32 = 2;

/// Why nothing, or not everything, was done.
#[derive(Debug)]
pub(super) struct Refusal {
    code: &'static str,
    title: &'static str,
    status: StatusCode,
    detail: String,
    errors: Vec<Json>,
    outcome: Option<Box<Outcome>>,
}

impl Refusal {
    fn new(status: StatusCode, code: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        Self { code, title, status, detail: detail.into(), errors: Vec::new(), outcome: None }
    }

    pub(super) fn unauthorized() -> Self {
        let detail = "send the write key of a source as the user name of HTTP Basic";
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "No valid write key", detail)
    }

    pub(super) fn public_key() -> Self {
        let detail = "the write key of a public source is known to everybody; a file needs that of a source with \
            trust = \"server\"";
        Self::new(StatusCode::FORBIDDEN, "source_not_trusted", "Not for public sources", detail)
    }

    pub(super) fn query(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_query", "The query is wrong", detail)
    }

    pub(super) fn content_type(detail: &str) -> Self {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        Self::new(status, "content_type", "Not of a content type or encoding that is understood", detail)
    }

    pub(super) fn map_unknown() -> Self {
        let detail = "the source has sent no map of this name: send it with PUT /v1/import/maps/{name}";
        Self::new(StatusCode::NOT_FOUND, "map_unknown", "No such map", detail)
    }

    pub(super) fn map_invalid(problems: &[Problem]) -> Self {
        let detail = match problems {
            [one] => one.to_string(),
            several => format!("{} things are wrong", several.len()),
        };
        let errors = problems.iter().map(|problem| {
            json!({
                "field": problem.path.to_string(), "code": problem.code, "message": problem.message,
                "expected": problem.expected, "line": problem.line, "column": problem.column,
            })
        });
        Self {
            errors: errors.collect(),
            ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "map_invalid", "The map is wrong", detail)
        }
    }

    pub(super) fn too_large(detail: String) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "Too large", detail)
    }

    pub(super) fn body_broke_off() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_body", "The body cannot be read", "the body broke off")
    }

    pub(super) fn busy() -> Self {
        let detail = "as many imports as can be are being worked on; send it again later";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_imports", "Too many imports at the moment", detail)
    }

    pub(super) fn failed() -> Self {
        let detail = "it is in the log; what was durable before stays so";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something failed here", detail)
    }

    fn stored(error: &StoreError) -> Self {
        tracing::error!(%error, "the store refused an import");
        let detail = "nothing can be stored at the moment; send it again later";
        match error {
            StoreError::DiskFull { .. } => {
                Self::new(StatusCode::INSUFFICIENT_STORAGE, "disk_full", "Too little space is left", detail)
            }
            _ => Self::new(StatusCode::SERVICE_UNAVAILABLE, "store_unavailable", "Not available", detail),
        }
    }

    /// An import that ended before its end.
    pub(super) fn ended(ended: &Ended, outcome: Outcome) -> Self {
        let detail = ended.to_string();
        let refusal = match ended {
            Ended::Later => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "import_unfinished", "Not all rows could be taken now", detail)
            }
            Ended::Broken(_) => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "file_broken",
                "The file cannot be read to its end",
                format!("{detail}; what stands before stays imported"),
            ),
            Ended::Gap => Self::new(StatusCode::CONFLICT, "rows_missing", "Rows before these are missing", detail),
            Ended::Taken => {
                Self::new(StatusCode::CONFLICT, "import_running", "The same import is being worked on", detail)
            }
            Ended::Store(error) => Self::stored(error),
            Ended::Failed => Self::failed(),
        };
        Self { outcome: Some(Box::new(outcome)), ..refusal }
    }
}

impl From<HoldError> for Refusal {
    fn from(error: HoldError) -> Self {
        match error {
            HoldError::Taken => Self::busy(),
            HoldError::Store(error) => Self::stored(&error),
            HoldError::Damaged => {
                tracing::error!("a record of an import cannot be opened");
                Self::failed()
            }
        }
    }
}

impl From<MapNotKept> for Refusal {
    fn from(error: MapNotKept) -> Self {
        match error {
            MapNotKept::TooMany => {
                let detail = error.to_string();
                Self::new(StatusCode::CONFLICT, "too_many_maps", "The source has too many maps", detail)
            }
            MapNotKept::Hold(error) => error.into(),
        }
    }
}

impl From<FileBroken> for Refusal {
    fn from(error: FileBroken) -> Self {
        let title = "The file cannot be read";
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "file_broken", title, error.to_string())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut body = json!({
            "type": type_of(self.code), "title": self.title, "status": self.status.as_u16(), "detail": self.detail,
            "code": self.code, "message": self.detail,
        });
        if !self.errors.is_empty() {
            body["errors"] = self.errors.into();
        }
        if let Some(outcome) = self.outcome {
            body["import"] = json!(outcome);
        }
        let mut response = (self.status, [(header::CONTENT_TYPE, PROBLEM_JSON)], body.to_string()).into_response();
        match self.status {
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                response.headers_mut().insert(header::RETRY_AFTER, WAIT_SECONDS.into());
            }
            StatusCode::UNAUTHORIZED => {
                let value = HeaderValue::from_static("Basic realm=\"import\"");
                response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
            }
            _ => {}
        }
        response
    }
}
