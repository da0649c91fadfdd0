//! Where data comes in.

use super::{default_scope, is_false};
use crate::catalog::IdentityProof;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How far a source's claims about who somebody is are believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// Its write key is known to everybody: it only claims.
    Public,
    /// Its write key is a secret of the organisation: it verifies.
    Server,
}

/// Where data comes in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Short name in lower case.
    pub code: String,
    /// The brand it belongs to.
    pub brand: String,
    /// `web`, `app`, `till`, `call_centre`, `crm`, `email`, …
    pub channel: String,
    /// How far it is believed.
    pub trust: Trust,
    /// The key it sends, for public sources. One of both must be given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub write_key: Option<String>,
    /// SHA-256 of the key it sends, in hex, for keys that are secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub write_key_sha256: Option<String>,
    /// SHA-256, in hex, of keys that it sent before and that still count, so that a key can be changed while senders are.
    /// The metric `amana_collect_previous_write_key_total` says whether one is used: take it out when none is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub previous_write_keys_sha256: Vec<String>,
    /// The purposes it collects for.
    pub collects: Vec<String>,
    /// Consent category of the SDK or banner → purposes. What is not named permits nothing.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub consent_categories: BTreeMap<String, Vec<String>>,
    /// The notices people see there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<String>,
    /// The law that applies to what happens there, for the evidence of its acts: a country (ISO 3166-1 alpha-2) or a part
    /// of one (ISO 3166-2), such as `DE` or `US-CA`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jurisdiction: Option<String>,
    /// Identifiers of different scopes never meet.
    #[serde(default = "default_scope")]
    pub identity_scope: String,
    /// Whether what it collects is read from or written to a person's device.
    #[serde(default, skip_serializing_if = "is_false")]
    pub reads_device: bool,
    /// Whether it runs on devices that many people use: a tablet in a shop, a kiosk, a television. Such a device is nobody's,
    /// from its first event on.
    #[serde(default, skip_serializing_if = "is_false")]
    pub shared_devices: bool,
    /// For public sources: what proves that somebody is who they say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity_proof: Option<IdentityProof>,
}
