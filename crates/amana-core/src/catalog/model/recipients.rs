//! Who looks at data and who is told: audiences, destinations, keys of the API.

use super::is_false;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// People chosen by a predicate, for a purpose.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Audience {
    /// Short name in lower case.
    pub code: String,
    /// Name as people know it.
    pub name: String,
    /// The purpose it serves.
    pub purpose: String,
    /// The brand it serves, for purposes with brands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    /// A SQL predicate over traits and metrics. Somebody for whom it cannot be computed, as where a metric that is zero
    /// divides, does not belong.
    #[serde(rename = "where")]
    pub predicate: String,
    /// Destinations told who enters and leaves: recipients that the purpose names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub destinations: Vec<String>,
}

/// A recipient system.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Destination {
    /// Short name in lower case.
    pub code: String,
    /// Name as people know it: the recipient they are told of (GDPR Art. 15(1)(c)).
    pub name: String,
    /// Reached by signed HTTP requests (Standard Webhooks). Exactly one way must be given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<Webhook>,
    /// What it may receive, field by field.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<ContractField>,
    /// ISO 3166-1 alpha-2 code of where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

/// A destination reached by signed HTTP requests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// `https://…`
    pub url: String,
    /// `whsec_` and base64, or `env:NAME` for a variable of the server's environment. While the secret is changed there may
    /// be several with a blank between them, the newest first: messages are then signed with each of them.
    pub signing_secret: String,
    /// Networks (CIDR) it may reach although they are private.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow_networks: Vec<String>,
    /// Requests at the same time; left out: 8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<u16>,
}

/// One field of a destination's contract.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContractField {
    /// The trait, metric or identifier kind it is filled from.
    pub from: String,
    /// Its name in the message; left out: as `from`.
    #[serde(default, rename = "as", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Sent as SHA-256 in hex of the normalised value.
    #[serde(default, skip_serializing_if = "is_false")]
    pub hashed: bool,
}

/// What a key of the API may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Changes the catalogue and keys; reads no person.
    Admin,
    /// Answers for data protection: reads people and permissions, records acts.
    Privacy,
    /// Audiences, destinations, deliveries.
    Marketing,
    /// Counts; no person.
    Analyst,
    /// A department's system: one person at a time, for a purpose.
    Service,
}

/// A key of the API. Only its hash is written down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiKey {
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// SHA-256 of the key, in hex. `amana key new` makes both.
    pub sha256: String,
    /// The purposes it may name; left out: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub purposes: Vec<String>,
}
