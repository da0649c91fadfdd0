//! Audiences: listing, saving, removing.

use super::auth::Caller;
use super::fields::{CODE_BYTES_MAX, Fields};
use super::input::{CodePath, JsonFields, NoQuery};
use super::openapi::Refused;
use super::problem::{Code, FieldError, Problem};
use super::{json, json_with, roles};
use crate::app::App;
use crate::audience::{AudienceView, Counts, delete_audience, list_audiences, put_audience, read_audience};
use amana_core::catalog::{Audience, zero_divisor};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// How many destinations an audience may feed.
const DESTINATIONS_MAX: usize = 64;
/// Bytes of a predicate.
const PREDICATE_BYTES_MAX: usize = 10_000;

/// All audiences this key may see.
#[derive(Serialize, ToSchema)]
pub(super) struct AudienceList {
    /// The audiences, in declared order.
    audiences: Vec<AudienceView>,
}

/// An audience to be saved.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body, whose fields are read one by one")]
pub(super) struct AudienceBody {
    /// Short name in lower case; where the path has it, it may be left out.
    #[schema(example = "regulars")]
    code: Option<String>,
    /// Name as people know it.
    #[schema(example = "Regulars")]
    name: String,
    /// The purpose it serves.
    #[schema(example = "similar")]
    purpose: String,
    /// The brand it serves, for purposes with brands.
    brand: Option<String>,
    /// A SQL predicate over the traits and metrics that the purpose sees. Where it cannot be computed it does not hold.
    #[serde(rename = "where")]
    #[schema(example = "country = 'DE' AND orders >= 2")]
    predicate: String,
    /// Codes of destinations told who enters and leaves; each must be among the purpose's recipients.
    destinations: Option<Vec<String>>,
}

/// An audience as it was saved.
#[derive(Serialize, ToSchema)]
pub(super) struct SavedAudience {
    /// The version of the catalogue with it.
    version: u64,
    /// The audience. Who belongs is found in the background: until everybody was put to the new predicate `state` is
    /// `evaluating` and `count` is null.
    #[serde(flatten)]
    audience: AudienceView,
}

/// List audiences
///
/// With how many profiles belong to each, as soon as that is known: see `state`. Keys of analysts are told no count
/// below 10.
#[utoipa::path(
    get,
    path = "/api/v1/audiences",
    tag = "Audiences",
    responses((status = 200, description = "The audiences", body = AudienceList), Refused),
)]
pub(super) async fn get_audiences(State(app): State<App>, caller: Caller, _: NoQuery) -> Result<Response, Problem> {
    let audiences = list_audiences(&app, &caller.purposes, counts(&caller)).await?;
    Ok(json(&AudienceList { audiences }))
}

/// Read an audience
#[utoipa::path(
    get,
    path = "/api/v1/audiences/{code}",
    tag = "Audiences",
    params(("code" = String, Path, description = "Its code", example = "regulars")),
    responses((status = 200, description = "The audience", body = AudienceView), Refused),
)]
pub(super) async fn get_audience(
    State(app): State<App>,
    caller: Caller,
    _: NoQuery,
    CodePath(code): CodePath,
) -> Result<Response, Problem> {
    let audience = read_audience(&app, &code, counts(&caller)).await?;
    let audience = audience.ok_or_else(|| Problem::of(Code::AudienceUnknown))?;
    caller.check_purpose(&audience.purpose)?;
    Ok(json(&audience))
}

/// Save an audience, named in the body
///
/// The same as with its code in the path.
#[utoipa::path(
    put,
    path = "/api/v1/audiences",
    tag = "Audiences",
    request_body(content = AudienceBody, description = "The audience"),
    responses(
        (status = 200, description = "Changed", body = SavedAudience),
        (status = 201, description = "Created", body = SavedAudience),
        Refused,
    ),
)]
pub(super) async fn put_audiences(
    State(app): State<App>,
    caller: Caller,
    _: NoQuery,
    JsonFields(fields): JsonFields,
) -> Result<Response, Problem> {
    let audience = read_body(fields, None)?;
    save(&app, &caller, audience).await
}

/// Save an audience
///
/// The predicate is checked against the table of its purpose: an unknown column is answered with those that exist, a
/// column that the purpose may not use with its category, a division by a zero that is written out with its place.
/// Somebody for whom the predicate cannot be computed, as where a metric that is zero divides, does not belong. The
/// destinations must be recipients of the purpose. Saving is a change of the catalogue.
#[utoipa::path(
    put,
    path = "/api/v1/audiences/{code}",
    tag = "Audiences",
    params(("code" = String, Path, description = "Its code", example = "regulars")),
    request_body(content = AudienceBody, description = "The audience"),
    responses(
        (status = 200, description = "Changed", body = SavedAudience),
        (status = 201, description = "Created", body = SavedAudience),
        Refused,
    ),
)]
pub(super) async fn put_audience_named(
    State(app): State<App>,
    caller: Caller,
    _: NoQuery,
    CodePath(code): CodePath,
    JsonFields(fields): JsonFields,
) -> Result<Response, Problem> {
    let audience = read_body(fields, Some(code))?;
    save(&app, &caller, audience).await
}

/// Remove an audience
#[utoipa::path(
    delete,
    path = "/api/v1/audiences/{code}",
    tag = "Audiences",
    params(("code" = String, Path, description = "Its code", example = "regulars")),
    responses((status = 204, description = "Removed"), Refused),
)]
pub(super) async fn delete_audience_named(
    State(app): State<App>,
    caller: Caller,
    _: NoQuery,
    CodePath(code): CodePath,
) -> Result<Response, Problem> {
    let current = app.current();
    if let Some(known) = current.policy.catalog.audiences.iter().find(|known| known.code == code) {
        caller.check_purpose(&known.purpose)?;
    }
    delete_audience(&app, &code).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn save(app: &App, caller: &Caller, audience: Audience) -> Result<Response, Problem> {
    caller.check_purpose(&audience.purpose)?;
    let before = app.current();
    let known = before.policy.catalog.audiences.iter().find(|known| known.code == audience.code);
    if let Some(known) = known {
        // Who may not name the purpose of an audience may not turn it into one of another.
        caller.check_purpose(&known.purpose)?;
    }
    let changed = put_audience(app, &audience).await?;
    let saved = read_audience(app, &audience.code, counts(caller)).await?;
    let audience = saved.ok_or_else(|| Problem::of(Code::AudienceUnknown))?;
    let status = if known.is_some() { StatusCode::OK } else { StatusCode::CREATED };
    Ok(json_with(status, &SavedAudience { version: changed.version, audience }))
}

fn read_body(mut fields: Fields, code: Option<String>) -> Result<Audience, Problem> {
    let audience = Audience {
        code: fields.code(code),
        name: fields.text("name", 256),
        purpose: fields.text("purpose", CODE_BYTES_MAX),
        brand: fields.optional_text("brand", CODE_BYTES_MAX),
        predicate: fields.text("where", PREDICATE_BYTES_MAX),
        destinations: fields.texts("destinations", DESTINATIONS_MAX, CODE_BYTES_MAX),
    };
    fields.finish()?;
    match zero_divisor(&audience.predicate) {
        Some(place) => Err(divides_by_zero(place)),
        None => Ok(audience),
    }
}

/// The engine would take it and let nobody match. In a catalogue's file its own check says the same.
fn divides_by_zero((line, column): (usize, usize)) -> Problem {
    let message = "nothing can be divided by zero, so nobody would match";
    let wrong = FieldError {
        line: Some(line as u64),
        column: Some(column as u64),
        ..FieldError::new("where", "division_by_zero", message, "a divisor that is not zero")
    };
    Problem::new(Code::PredicateInvalid, format!("line {line}, column {column}: {message}")).with(vec![wrong])
}

pub(super) fn counts(caller: &Caller) -> Counts {
    if roles::counts_only(caller.role) { Counts::NoSmallGroups } else { Counts::Exact }
}
