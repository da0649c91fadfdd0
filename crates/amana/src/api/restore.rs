//! A restore that is not known to be complete: everything but subject access is refused until staff confirm it.

use super::auth::Caller;
use super::input::{JsonFields, NoQuery};
use super::json;
use super::openapi::Refused;
use super::problem::{Code, Problem};
use crate::app::App;
use crate::govern::{CONFIRMATION_BYTES_MAX, confirm_restore};
use crate::profile::spelling::word;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// Why a restored store may be used.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body, whose fields are read one by one")]
pub(super) struct ConfirmBody {
    /// What makes you sure, or who takes it on themselves. No personal data of customers.
    #[schema(example = "Nobody withdrew on 1 March: the shop was closed. Decided by the privacy office.")]
    note: String,
}

/// What was confirmed.
#[derive(Serialize, ToSchema)]
pub(super) struct ConfirmAnswer {
    /// Whether there was anything to confirm.
    confirmed: bool,
}

/// Confirm a restore
///
/// After `amana acts apply --without-head`, or keys that were restored without the acts, nobody knows whether consents that
/// were taken back are in force again. Everything but subject access is refused then (`restore_unconfirmed`), nothing is
/// worked on and nothing is delivered, until this is sent. Who confirmed, when and why is kept.
#[utoipa::path(
    post,
    path = "/api/v1/restore/confirm",
    tag = "Operation",
    request_body(content = ConfirmBody, description = "Why"),
    responses((status = 200, description = "In use again", body = ConfirmAnswer), Refused),
)]
pub(super) async fn post_confirm(
    State(app): State<App>,
    caller: Caller,
    _: NoQuery,
    JsonFields(mut fields): JsonFields,
) -> Result<Response, Problem> {
    let note = fields.text("note", CONFIRMATION_BYTES_MAX);
    fields.finish()?;
    let confirmed = confirm_restore(&app, &caller.key, &word(&caller.role), &note).await?;
    Ok(json(&ConfirmAnswer { confirmed }))
}

/// Takes nothing in while a restore is in doubt: senders send it again.
pub(crate) async fn take_nothing_in_doubt(State(app): State<App>, request: Request, next: Next) -> Response {
    if app.doubt().is_there() {
        return Problem::of(Code::RestoreUnconfirmed).into_response();
    }
    next.run(request).await
}
