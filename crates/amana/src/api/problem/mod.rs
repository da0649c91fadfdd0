//! Problems: what every error of this door looks like (RFC 9457).
//!
//! Which error of which room becomes which problem stands in `map`; codes stand in `code`. Texts name fields,
//! limits and kinds of values and never a value, for an answer ends up in logs on the other side.

mod code;
mod map;
pub(in crate::api) mod reference;

pub use code::Code;
pub(in crate::api) use map::{NamedFields, catalog as catalog_problem, identity as identity_problem};

use crate::profile::shown::ProfileVerdict;
use amana_core::permit::Reason;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// The media type of problems.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// The title of every use that `permit` denies.
pub const NOT_PERMITTED: &str = "Not permitted";

/// What went wrong.
#[derive(Debug)]
pub struct Problem {
    /// The code for programs: one of this door's, or the reason for which `permit` denies.
    pub code: &'static str,
    /// A few words, the same for every problem of this code.
    pub title: &'static str,
    /// The status of the answer.
    pub status: StatusCode,
    /// What was wrong this time, what was expected, what to do.
    pub detail: String,
    /// What was wrong field by field.
    pub errors: Vec<FieldError>,
    verdict: Option<Box<ProfileVerdict>>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// A problem as it is answered (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody<'a> {
    /// Names the kind of problem and leads to its words.
    #[serde(rename = "type")]
    #[schema(example = "/problems/profile-not-available")]
    kind: String,
    /// A few words, the same for every problem of this kind.
    #[schema(example = "No profile is available for this purpose")]
    title: &'a str,
    /// The status of the answer.
    #[schema(example = 404)]
    status: u16,
    /// What was wrong this time, what was expected, what to do.
    detail: &'a str,
    /// The code for programs: one of this door's, or the reason for which `permit` denies.
    #[schema(example = "profile_not_available")]
    code: &'a str,
    /// The same as `detail`, for clients that look for it here.
    message: &'a str,
    /// What was wrong field by field.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
    /// Of a read that was refused, with `explain=true` and for keys of role `privacy`: what the refusal rests on.
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<&'a ProfileVerdict>,
}

/// What was wrong with one field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// The field, with dots between levels; empty for the whole.
    #[schema(example = "where")]
    pub field: String,
    /// Which rule it breaks.
    #[schema(example = "unknown_column")]
    pub code: String,
    /// What was found.
    pub message: String,
    /// What was expected.
    pub expected: String,
    /// Line in the text, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// Column in characters, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u64>,
    /// Names that exist, closest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub existing: Vec<String>,
    /// The data category that is withheld.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
}

impl FieldError {
    /// An error of a field.
    #[must_use]
    pub fn new(field: &str, code: &str, message: impl Into<String>, expected: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            code: code.into(),
            message: message.into(),
            expected: expected.into(),
            ..Self::default()
        }
    }
}

impl Problem {
    /// A problem of a code, with what was wrong this time.
    #[must_use]
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code: code.as_str(),
            title: code.title(),
            status: code.status(),
            detail: detail.into(),
            errors: Vec::new(),
            verdict: None,
            headers: Vec::new(),
        }
    }

    /// A problem that says no more than its code.
    #[must_use]
    pub fn of(code: Code) -> Self {
        Self::new(code, code.words())
    }

    /// A use that `permit` denies, with what that rests on.
    #[must_use]
    pub fn denied(reason: Reason, verdict: Option<Box<ProfileVerdict>>) -> Self {
        Self {
            code: reason.code(),
            title: NOT_PERMITTED,
            status: StatusCode::FORBIDDEN,
            detail: reason.words().into(),
            errors: Vec::new(),
            verdict,
            headers: Vec::new(),
        }
    }

    /// The same of an identifier that stands in a field of the body, where it says which part of an identifier is wrong.
    #[must_use]
    pub(in crate::api) fn of_identifier(mut self, field: &str) -> Self {
        if [Code::IdentifierKindUnknown.as_str(), Code::IdentityScopeUnknown.as_str()].contains(&self.code) {
            for error in &mut self.errors {
                error.field = format!("{field}.{}", error.field);
            }
        }
        self
    }

    /// This problem with what was wrong field by field.
    #[must_use]
    pub fn with(mut self, errors: Vec<FieldError>) -> Self {
        self.errors = errors;
        self
    }

    /// This problem with a header.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// This problem as it is answered.
    #[must_use]
    pub fn body(&self) -> ProblemBody<'_> {
        ProblemBody {
            kind: type_of(self.code),
            title: self.title,
            status: self.status.as_u16(),
            detail: &self.detail,
            code: self.code,
            message: &self.detail,
            errors: &self.errors,
            verdict: self.verdict.as_deref(),
        }
    }
}

/// The `type` of a problem with this code.
#[must_use]
pub fn type_of(code: &str) -> String {
    format!("/problems/{}", code.replace('_', "-"))
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_string(&self.body()).unwrap_or_default();
        let mut response = (self.status, [(header::CONTENT_TYPE, PROBLEM_JSON)], body).into_response();
        response.headers_mut().extend(self.headers);
        response
    }
}
