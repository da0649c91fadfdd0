//! Destinations: listing and saving.

use super::auth::Caller;
use super::fields::{CODE_BYTES_MAX, Fields};
use super::input::{CodePath, JsonFields, NoQuery};
use super::openapi::Refused;
use super::problem::{Code, Problem};
use super::{json, json_with, roles};
use crate::app::App;
use crate::govern::destinations::{DestinationAsk, DestinationView, list_destinations, put_destination};
use amana_core::catalog::ContractField;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

/// How many fields a contract may have.
const FIELDS_MAX: usize = 200;
/// How many private networks a destination may reach.
const NETWORKS_MAX: usize = 32;
/// Bytes of a URL.
const URL_BYTES_MAX: usize = 2_000;

/// All destinations.
#[derive(Serialize, ToSchema)]
pub(super) struct DestinationList {
    /// The destinations, in declared order.
    destinations: Vec<DestinationView>,
}

/// A destination to be saved.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body, whose fields are read one by one")]
pub(super) struct DestinationBody {
    /// Short name in lower case; where the path has it, it may be left out.
    #[schema(example = "mailer")]
    code: Option<String>,
    /// The recipient as people are told of it.
    #[schema(example = "Our mail service")]
    name: String,
    /// How it is reached.
    webhook: WebhookBody,
    /// What it may receive, field by field.
    fields: Option<Vec<ContractFieldBody>>,
    /// ISO 3166-1 alpha-2 code of where it is.
    #[schema(example = "DE")]
    country: Option<String>,
}

/// How a destination is reached: signed HTTP requests (Standard Webhooks).
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body, whose fields are read one by one")]
pub(super) struct WebhookBody {
    /// Where to.
    #[schema(example = "https://mailer.example/hooks/amana")]
    url: String,
    /// `whsec_…`; left out: the one it has, or a new one that the answer tells once. `env:NAME` is for admins.
    signing_secret: Option<String>,
    /// Private networks (CIDR) it may reach; only admins change them. Left out: as they are.
    allow_networks: Option<Vec<String>>,
    /// Requests at the same time; left out: 8.
    concurrency: Option<u16>,
}

/// One field of a contract.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body, whose fields are read one by one")]
pub(super) struct ContractFieldBody {
    /// The trait, metric or identifier kind it is filled from.
    #[schema(example = "email")]
    from: String,
    /// Its name in the message; left out: as `from`.
    #[serde(rename = "as")]
    #[schema(example = "email_sha256")]
    name: Option<String>,
    /// Whether it is sent as SHA-256 in hex of the normalised value.
    hashed: Option<bool>,
}

/// A destination as it was saved.
#[derive(Serialize, ToSchema)]
pub(super) struct SavedDestinationAnswer {
    /// The version of the catalogue with it.
    version: u64,
    /// The destination.
    #[serde(flatten)]
    destination: DestinationView,
    /// The signing secret that was made for it. It is told this once and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_secret: Option<String>,
}

/// List destinations
///
/// Signing secrets are never told.
#[utoipa::path(
    get,
    path = "/api/v1/destinations",
    tag = "Destinations",
    responses((status = 200, description = "The destinations", body = DestinationList), Refused),
)]
pub(super) async fn get_destinations(State(app): State<App>, _: NoQuery) -> Response {
    json(&DestinationList { destinations: list_destinations(&app) })
}

/// Read a destination
#[utoipa::path(
    get,
    path = "/api/v1/destinations/{code}",
    tag = "Destinations",
    params(("code" = String, Path, description = "Its code", example = "mailer")),
    responses((status = 200, description = "The destination", body = DestinationView), Refused),
)]
pub(super) async fn get_destination(
    State(app): State<App>,
    _: NoQuery,
    CodePath(code): CodePath,
) -> Result<Response, Problem> {
    Ok(json(&find(&app, &code)?))
}

/// Save a destination, named in the body
///
/// The same as with its code in the path.
#[utoipa::path(
    put,
    path = "/api/v1/destinations",
    tag = "Destinations",
    request_body(content = DestinationBody, description = "The destination"),
    responses(
        (status = 200, description = "Changed", body = SavedDestinationAnswer),
        (status = 201, description = "Created", body = SavedDestinationAnswer),
        Refused,
    ),
)]
pub(super) async fn put_destinations(
    State(app): State<App>,
    caller: Caller,
    _: NoQuery,
    JsonFields(fields): JsonFields,
) -> Result<Response, Problem> {
    let ask = read_body(&app, &caller, fields, None)?;
    save(&app, &ask).await
}

/// Save a destination
///
/// It receives nothing until a purpose names it as a recipient. Without a signing secret one is made and told once.
#[utoipa::path(
    put,
    path = "/api/v1/destinations/{code}",
    tag = "Destinations",
    params(("code" = String, Path, description = "Its code", example = "mailer")),
    request_body(content = DestinationBody, description = "The destination"),
    responses(
        (status = 200, description = "Changed", body = SavedDestinationAnswer),
        (status = 201, description = "Created", body = SavedDestinationAnswer),
        Refused,
    ),
)]
pub(super) async fn put_destination_named(
    State(app): State<App>,
    caller: Caller,
    _: NoQuery,
    CodePath(code): CodePath,
    JsonFields(fields): JsonFields,
) -> Result<Response, Problem> {
    let ask = read_body(&app, &caller, fields, Some(code))?;
    save(&app, &ask).await
}

async fn save(app: &App, ask: &DestinationAsk) -> Result<Response, Problem> {
    let saved = put_destination(app, ask).await?;
    let status = if saved.created { StatusCode::CREATED } else { StatusCode::OK };
    let answer = SavedDestinationAnswer {
        version: saved.changed.version,
        destination: find(app, &ask.code)?,
        signing_secret: saved.signing_secret,
    };
    Ok(json_with(status, &answer))
}

pub(super) fn find(app: &App, code: &str) -> Result<DestinationView, Problem> {
    let found = list_destinations(app).into_iter().find(|destination| destination.code == code);
    found.ok_or_else(|| Problem::of(Code::DestinationUnknown))
}

fn read_body(app: &App, caller: &Caller, mut fields: Fields, code: Option<String>) -> Result<DestinationAsk, Problem> {
    let code = fields.code(code);
    let name = fields.text("name", 256);
    let country = fields.optional_text("country", 2);
    let mut contract = Vec::new();
    for mut field in fields.objects("fields", FIELDS_MAX) {
        contract.push(ContractField {
            from: field.text("from", CODE_BYTES_MAX),
            name: field.optional_text("as", CODE_BYTES_MAX),
            hashed: field.flag("hashed"),
        });
        fields.end(field);
    }
    let Some(mut webhook) = fields.object("webhook") else {
        fields.wrong("webhook", "missing_field", "`webhook` is missing", "an object with a url");
        fields.finish()?;
        return Err(Problem::of(Code::InvalidFields));
    };
    let known = find(app, &code).ok().and_then(|known| known.webhook);
    let networks_now = known.map(|known| known.allow_networks).unwrap_or_default();
    let networks_named = webhook.has("allow_networks");
    let networks = webhook.texts("allow_networks", NETWORKS_MAX, 64);
    let ask = DestinationAsk {
        code,
        name,
        url: webhook.text("url", URL_BYTES_MAX),
        signing_secret: webhook.optional_text("signing_secret", 256),
        allow_networks: if networks_named { networks } else { networks_now.clone() },
        concurrency: webhook.optional_number("concurrency", 1..=256).and_then(|number| u16::try_from(number).ok()),
        fields: contract,
        country,
    };
    fields.end(webhook);
    fields.finish()?;
    let environment = ask.signing_secret.as_deref().is_some_and(|secret| secret.starts_with("env:"));
    if (ask.allow_networks != networks_now || environment) && !roles::opens_networks(caller.role) {
        let detail = "only an admin says which private networks are reached and which variables are read";
        return Err(Problem::new(Code::RoleNotAllowed, detail));
    }
    Ok(ask)
}
