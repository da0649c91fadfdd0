//! Destinations as people look at them, and saving one. A signing secret goes in and never comes out again.

use super::catalog::CatalogRefused;
use super::change::{Changed, change_catalog};
use crate::app::App;
use amana_core::catalog::{ContractField, Destination, Webhook};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use utoipa::ToSchema;

/// A destination without its secret.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DestinationView {
    /// Its code.
    #[schema(example = "mailer")]
    pub code: String,
    /// Its name: the recipient that people are told of.
    #[schema(example = "Our mail service")]
    pub name: String,
    /// How it is reached.
    pub webhook: Option<WebhookView>,
    /// What it may receive.
    pub fields: Vec<ContractFieldView>,
    /// ISO 3166-1 alpha-2 code of where it is.
    pub country: Option<String>,
    /// Codes of the purposes that name it as a recipient.
    pub purposes: Vec<String>,
    /// Codes of the audiences that feed it.
    pub audiences: Vec<String>,
}

/// How a destination is reached by signed HTTP requests (Standard Webhooks).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WebhookView {
    /// Where to.
    #[schema(example = "https://mailer.example/hooks/amana")]
    pub url: String,
    /// Where the signing secret is: `catalog` or `environment`. The secret itself is never told.
    #[schema(example = "catalog")]
    pub signing_secret_in: &'static str,
    /// Private networks it may reach.
    pub allow_networks: Vec<String>,
    /// Requests at the same time.
    pub concurrency: Option<u16>,
}

/// One field of a contract.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ContractFieldView {
    /// The trait, metric or identifier kind it is filled from.
    #[schema(example = "email")]
    pub from: String,
    /// Its name in the message.
    #[serde(rename = "as")]
    #[schema(example = "email_sha256")]
    pub name: String,
    /// Whether it is sent as SHA-256 in hex.
    pub hashed: bool,
}

/// A destination to be saved.
#[derive(Clone, Debug)]
pub struct DestinationAsk {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Where to.
    pub url: String,
    /// The signing secret; none: the one it has, or a new one.
    pub signing_secret: Option<String>,
    /// Private networks it may reach.
    pub allow_networks: Vec<String>,
    /// Requests at the same time.
    pub concurrency: Option<u16>,
    /// What it may receive.
    pub fields: Vec<ContractField>,
    /// Where it is.
    pub country: Option<String>,
}

/// A destination that was saved.
#[derive(Debug)]
pub struct SavedDestination {
    /// The change.
    pub changed: Changed,
    /// Whether it is new.
    pub created: bool,
    /// A secret that was made for it: told this once.
    pub signing_secret: Option<String>,
}

/// All destinations.
#[must_use]
pub fn list_destinations(app: &App) -> Vec<DestinationView> {
    let current = app.current();
    let catalog = &current.policy.catalog;
    let named_by = |code: &str| {
        let purposes = catalog.purposes.iter().filter(|purpose| purpose.recipients.iter().any(|named| named == code));
        purposes.map(|purpose| purpose.code.clone()).collect()
    };
    let fed_by = |code: &str| {
        let audiences = catalog.audiences.iter().filter(|audience| audience.destinations.iter().any(|fed| fed == code));
        audiences.map(|audience| audience.code.clone()).collect()
    };
    let view = |destination: &Destination| DestinationView {
        code: destination.code.clone(),
        name: destination.name.clone(),
        webhook: destination.webhook.as_ref().map(webhook),
        fields: destination.fields.iter().map(field).collect(),
        country: destination.country.clone(),
        purposes: named_by(&destination.code),
        audiences: fed_by(&destination.code),
    };
    catalog.destinations.iter().map(view).collect()
}

/// Saves a destination under its code.
///
/// # Errors
/// When the catalogue with it is wrong or could not be stored.
pub async fn put_destination(app: &App, ask: &DestinationAsk) -> Result<SavedDestination, CatalogRefused> {
    let mut bytes = [0; 32];
    amana_store::Dice::fill(&mut app.dice(), &mut bytes);
    let fresh = format!("whsec_{}", STANDARD.encode(bytes));
    let known = |catalog: &amana_core::catalog::Catalog| {
        catalog.destinations.iter().find(|destination| destination.code == ask.code).cloned()
    };
    let before = known(&app.current().policy.catalog);
    let changed = change_catalog(app, |catalog| {
        let secret_now = known(catalog).and_then(|known| known.webhook).map(|webhook| webhook.signing_secret);
        let signing_secret = ask.signing_secret.clone().or(secret_now).unwrap_or_else(|| fresh.clone());
        let next = Destination {
            code: ask.code.clone(),
            name: ask.name.clone(),
            webhook: Some(Webhook {
                url: ask.url.clone(),
                signing_secret,
                allow_networks: ask.allow_networks.clone(),
                concurrency: ask.concurrency,
            }),
            fields: ask.fields.clone(),
            country: ask.country.clone(),
        };
        match catalog.destinations.iter_mut().find(|destination| destination.code == ask.code) {
            Some(known) => *known = next,
            None => catalog.destinations.push(next),
        }
    })
    .await?;
    // Somebody else may have created it meanwhile: then its secret stayed, and the fresh one is nobody's.
    let stored = known(&app.current().policy.catalog).and_then(|known| known.webhook);
    let made = stored.is_some_and(|webhook| webhook.signing_secret == fresh);
    Ok(SavedDestination { changed, created: before.is_none(), signing_secret: made.then_some(fresh) })
}

fn webhook(webhook: &Webhook) -> WebhookView {
    WebhookView {
        url: webhook.url.clone(),
        signing_secret_in: if webhook.signing_secret.starts_with("env:") { "environment" } else { "catalog" },
        allow_networks: webhook.allow_networks.clone(),
        concurrency: webhook.concurrency,
    }
}

fn field(field: &ContractField) -> ContractFieldView {
    let name = field.name.clone().unwrap_or_else(|| field.from.clone());
    ContractFieldView { from: field.from.clone(), name, hashed: field.hashed }
}
