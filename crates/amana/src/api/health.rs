//! Whether the process lives, and whether it can do its work. Neither tells anything of people or of the catalogue.

use super::json;
use super::openapi::Refused;
use super::problem::{Code, FieldError, Problem};
use crate::app::App;
use crate::govern::readiness;
use crate::profile::spelling::word;
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

/// A sign of life.
#[derive(Serialize, ToSchema)]
pub(super) struct Health {
    /// Always `alive`.
    #[schema(example = "alive")]
    status: &'static str,
    /// Version of the program.
    version: &'static str,
}

/// Readiness.
#[derive(Serialize, ToSchema)]
pub(super) struct Ready {
    /// Always `ready`.
    #[schema(example = "ready")]
    status: &'static str,
}

/// Ask for a sign of life
///
/// Always 200 while the process answers. To be asked by whatever restarts it.
#[utoipa::path(
    get,
    path = "/api/v1/health",
    tag = "Operation",
    security(()),
    responses((status = 200, description = "Alive", body = Health)),
)]
pub(super) async fn get_health() -> Response {
    json(&Health { status: "alive", version: env!("CARGO_PKG_VERSION") })
}

/// Ask whether it is ready
///
/// 503 with the reasons while the store cannot be written, no catalogue was applied, or the pipeline is far behind.
#[utoipa::path(
    get,
    path = "/api/v1/ready",
    tag = "Operation",
    security(()),
    responses((status = 200, description = "Ready", body = Ready), Refused),
)]
pub(super) async fn get_ready(State(app): State<App>) -> Result<Response, Problem> {
    let reasons = readiness(&app).await;
    if reasons.is_empty() {
        return Ok(json(&Ready { status: "ready" }));
    }
    let words: Vec<&str> = reasons.iter().map(|reason| reason.words()).collect();
    let error = |reason: &crate::govern::NotReady| {
        FieldError::new(reason.part(), &word(reason), reason.words(), "nothing in the way of work")
    };
    Err(Problem::new(Code::NotReady, words.join("; ")).with(reasons.iter().map(error).collect()))
}
