//! Signed identity: how a public source proves that somebody is who they say, so that a key which everybody knows can
//! speak for an account (DESIGN §6 *Trust*).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Secrets and keys one source may have at the same time: the new one, and old ones until nothing is signed with them.
pub const PROOF_KEYS_MAX: usize = 8;
/// How short a shared secret may be, in bytes (RFC 7518 §3.2 for HS256).
pub const PROOF_SECRET_BYTES_MIN: usize = 32;

/// What proves who somebody is. Both may be declared; an event carries either.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentityProof {
    /// Secrets, newest first, each `env:NAME` or the secret itself: `context.identityProof.hmac` is then the
    /// HMAC-SHA256 of the event's `userId` under one of them, in hex. An old secret counts until it is taken out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hmac_secrets: Vec<String>,
    /// Tokens: `context.identityProof.jwt` is then a token of this issuer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwt: Option<TokenProof>,
}

/// Tokens that prove who somebody is (RFC 7519).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenProof {
    /// Whose they are: `iss`.
    pub issuer: String,
    /// For whom they are: in `aud`. One for each source, or what was meant for one is believed by another.
    pub audience: String,
    /// What they are signed with, newest first: public keys as PEM or JWK (RS256, ES256, EdDSA), a secret of at least
    /// 32 bytes (HS256), or `env:NAME` for any of them. An old one counts until it is taken out.
    pub keys: Vec<String>,
    /// The kind of identifier that `sub` is.
    #[serde(default = "user_id")]
    pub subject_kind: String,
}

fn user_id() -> String {
    "user_id".to_owned()
}

impl IdentityProof {
    /// The kind of identifier that its tokens prove.
    #[must_use]
    pub fn subject_kind(&self) -> Option<&str> {
        self.jwt.as_ref().map(|jwt| jwt.subject_kind.as_str())
    }
}
