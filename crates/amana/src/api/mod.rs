//! The API door: it translates. What is done stands in the rooms, what is allowed is `permit`'s to say, who may ask
//! stands in [`roles`], which error is which problem in [`problem`], and all routes in [`router()`].

mod acts;
mod affected;
mod audiences;
mod auth;
mod catalog;
mod deliveries;
mod destinations;
mod docs;
mod fields;
mod headers;
mod health;
mod identity;
mod identity_ban;
mod input;
mod keys;
mod members;
pub mod metrics;
mod openapi;
mod permissions;
mod permit;
mod preferences;
pub mod problem;
mod profiles;
mod quarantine;
mod restore;
mod restrictions;
pub mod roles;
mod router;
mod timeline;

pub use auth::LocalAdmin;
pub use openapi::openapi_json;
pub(crate) use restore::take_nothing_in_doubt;
pub use router::router;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;

/// An answer as JSON.
fn json(answer: &impl Serialize) -> Response {
    json_with(StatusCode::OK, answer)
}

/// An answer as JSON with a status.
fn json_with(status: StatusCode, answer: &impl Serialize) -> Response {
    match serde_json::to_string(answer) {
        Ok(body) => {
            (status, [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
        }
        // Answers are structs with text keys, which always become objects.
        Err(_) => problem::Problem::of(problem::Code::Internal).into_response(),
    }
}
