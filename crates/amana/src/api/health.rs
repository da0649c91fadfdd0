//! Whether the process lives, and whether it can do its work. Neither tells anything of people or of the catalogue.

use super::json;
use super::openapi::Refused;
use super::problem::{Code, FieldError, Problem};
use crate::app::App;
use crate::govern::readiness;
use crate::pipeline::{SetAside, UnreadableRings};
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
    /// `ready`, or `degraded` when it works and somebody has to look after something nevertheless.
    #[schema(example = "ready")]
    status: &'static str,
    /// How many rings of keys, or records they open, are damaged: nobody can read what is in them. See docs/backup.md.
    #[serde(skip_serializing_if = "is_zero")]
    #[schema(example = 0)]
    unreadable_rings: usize,
    /// How many records of the journal are set aside: each changes more than a commit holds, or is about somebody who cannot
    /// be read. See docs/backup.md.
    #[serde(skip_serializing_if = "is_none_aside")]
    #[schema(example = 0)]
    records_set_aside: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
fn is_none_aside(count: &u64) -> bool {
    *count == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
fn is_zero(count: &usize) -> bool {
    *count == 0
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
/// `degraded` says that it works, and that keys of a few are damaged or something that was sent is not worked on.
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
        let unreadable_rings = UnreadableRings::load(app.store()).await?.count();
        let records_set_aside = SetAside::count(app.store()).await?;
        let status = if unreadable_rings == 0 && records_set_aside == 0 { "ready" } else { "degraded" };
        return Ok(json(&Ready { status, unreadable_rings, records_set_aside }));
    }
    let words: Vec<&str> = reasons.iter().map(|reason| reason.words()).collect();
    let error = |reason: &crate::govern::NotReady| {
        FieldError::new(reason.part(), &word(reason), reason.words(), "nothing in the way of work")
    };
    Err(Problem::new(Code::NotReady, words.join("; ")).with(reasons.iter().map(error).collect()))
}
