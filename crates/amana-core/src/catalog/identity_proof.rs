//! Signed identity: how a public source proves that somebody is who they say, so that a key which everybody knows can
//! speak for an account (DESIGN §6 *Trust*).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

/// Secrets and keys one source may have at the same time: the new one, and old ones until nothing is signed with them.
pub const PROOF_KEYS_MAX: usize = 8;
/// How short a shared secret may be, in bytes (RFC 7518 §3.2 for HS256).
pub const PROOF_SECRET_BYTES_MIN: usize = 32;

/// What proves who somebody is. Both may be declared; an event carries either.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentityProof {
    /// Secrets of at least 32 bytes, newest first, each `env:NAME` or the secret itself: `context.identityProof.hmac` is then the
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
    /// What they are signed with, newest first: public keys as PEM or JWK (RS256, ES256, EdDSA), `secret:` and a shared
    /// secret of at least 32 bytes (HS256), or `env:NAME` for any of them. An old one counts until it is taken out.
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

/// Stands before a shared secret among the keys of tokens.
const SECRET_PREFIX: &str = "secret:";
/// How a PEM block begins.
const PEM_BEGINS: &str = "-----BEGIN ";

/// A key of tokens, by its form. Whether a public key is one only who verifies with it can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProofKey<'t> {
    /// A shared secret.
    Secret(&'t str),
    /// A public key, from its first line on.
    Pem(&'t str),
    /// A key as JWK, without a private part.
    Jwk(&'t str),
}

impl<'t> ProofKey<'t> {
    /// The form of a key; none of what has another one. Blanks, the mark that some editors put before a text, and what
    /// stands before a PEM block do no harm.
    #[must_use]
    pub fn of(text: &'t str) -> Option<Self> {
        let text = bare(text);
        if text.starts_with(SECRET_PREFIX) {
            return proof_secret(text).map(Self::Secret);
        }
        if text.starts_with('{') {
            return is_usable_jwk(text).then_some(Self::Jwk(text));
        }
        let pem = &text[text.find(PEM_BEGINS)?..];
        let is_public = !text.contains("PRIVATE KEY-----") && pem.contains("-----END ");
        is_public.then_some(Self::Pem(pem))
    }
}

/// A shared secret, which `secret:` may stand before; none of what is too short.
#[must_use]
pub fn proof_secret(text: &str) -> Option<&str> {
    let text = bare(text);
    let secret = text.strip_prefix(SECRET_PREFIX).unwrap_or(text);
    (secret.len() >= PROOF_SECRET_BYTES_MIN).then_some(secret)
}

fn bare(text: &str) -> &str {
    text.trim_start_matches('\u{feff}').trim()
}

fn is_usable_jwk(text: &str) -> bool {
    let Ok(jwk) = serde_json::from_str::<Map<String, Json>>(text) else { return false };
    let part = |name: &str| jwk.get(name).and_then(Json::as_str);
    match part("kty") {
        Some("oct") => {
            let secret = part("k").and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
            secret.is_some_and(|secret| secret.len() >= PROOF_SECRET_BYTES_MIN)
        }
        Some("RSA" | "EC" | "OKP") => !jwk.contains_key("d"),
        _ => false,
    }
}
