//! Signed identity: proof, carried by an event of a public source, that somebody is who they say (DESIGN §6 *Trust*).
//!
//! It is looked at once, against the time of receipt, and goes no further: no fragment and no log has it. What does not
//! prove anything makes the event what it would have been without it, a mere claim.

mod key;
mod taken;

pub(super) use taken::TakenProofs;

use super::identify::Found;
use amana_core::catalog::{IdentityProof, PROOF_SECRET_BYTES_MIN, Policy, proof_secret};
use amana_core::identity::normalise;
use amana_core::{Event, Moment};
use hmac::{Hmac, KeyInit as _, Mac as _};
use key::TokenKey;
use serde_json::Value as Json;
use sha2::Sha256;
use std::collections::HashMap;

#[cfg(test)]
mod tests;

/// The kind that an HMAC is made of.
const HMAC_KIND: &str = "user_id";
/// How many bytes of a token are looked at.
const TOKEN_BYTES_MAX: usize = 8 * 1024;

/// Looks up what the catalogue names by `env:NAME`.
pub(super) type Environment<'e> = &'e dyn Fn(&str) -> Option<String>;

/// What proves anything to each public source, read and ready.
#[derive(Default)]
pub(super) struct Proofs {
    version: Option<u64>,
    sources: HashMap<String, Verifier>,
}

/// What one source's proofs are checked with.
struct Verifier {
    hmac: Vec<Hmac<Sha256>>,
    tokens: Option<Tokens>,
}

struct Tokens {
    issuer: String,
    audience: String,
    subject_kind: String,
    keys: Vec<TokenKey>,
}

impl Proofs {
    /// Reads secrets and keys anew when the catalogue is another one.
    pub(super) fn follow(&mut self, policy: &Policy, environment: Environment<'_>) {
        if self.version == Some(policy.version) {
            return;
        }
        let declared = policy.catalog.sources.iter();
        let verifier = |proof: &IdentityProof, code: &str| Verifier::of(proof, code, environment);
        self.sources = declared
            .filter_map(|source| Some((source.code.clone(), verifier(source.identity_proof.as_ref()?, &source.code))))
            .collect();
        self.version = Some(policy.version);
    }

    /// The identifier of an event that its proof proves, by its place. `None`: it proves nothing.
    pub(super) fn proven(
        &self,
        source: &str,
        proof: &Json,
        event: &Event,
        (found, policy): (&[Found<'_>], &Policy),
        received: Moment,
    ) -> Option<usize> {
        let verifier = self.sources.get(source)?;
        let text = |name: &str| proof.get(name).and_then(Json::as_str);
        // Who sends both has to be right with both.
        let by_hmac = text("hmac").map(|hmac| verifier.by_hmac(hmac, event, (found, policy)));
        let by_token = text("jwt").map(|token| verifier.by_token(token, (found, policy), received));
        match (by_hmac, by_token) {
            (Some(one), None) | (None, Some(one)) => one,
            (Some(one), Some(other)) if one == other => one,
            _ => None,
        }
    }
}

impl Verifier {
    fn of(proof: &IdentityProof, source: &str, environment: Environment<'_>) -> Self {
        let found = |declared: &String| {
            let text = match declared.strip_prefix("env:") {
                Some(name) => environment(name),
                None => Some(declared.clone()),
            };
            if text.is_none() {
                tracing::warn!(source, "a secret of signed identity is not in the environment: it proves nothing");
            }
            text.filter(|text| !text.is_empty())
        };
        let state = |text: String| {
            let secret = proof_secret(&text);
            if secret.is_none() {
                tracing::warn!(
                    source,
                    bytes_min = PROOF_SECRET_BYTES_MIN,
                    "a secret of signed identity is too short: it proves nothing"
                );
            }
            secret.map(|secret| Hmac::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length"))
        };
        let hmac = proof.hmac_secrets.iter().filter_map(found).filter_map(state).collect();
        let key = |text: String| {
            let key = TokenKey::read(&text);
            if key.is_none() {
                let expected = "a public key as PEM or JWK (RSA, P-256, Ed25519), or `secret:` and at least 32 bytes";
                tracing::warn!(source, expected, "a key of signed identity cannot be read: it proves nothing");
            }
            key
        };
        let tokens = proof.jwt.as_ref().map(|jwt| Tokens {
            issuer: jwt.issuer.clone(),
            audience: jwt.audience.clone(),
            subject_kind: jwt.subject_kind.clone(),
            keys: jwt.keys.iter().filter_map(found).filter_map(key).collect(),
        });
        Self { hmac, tokens }
    }

    fn by_hmac(&self, hex: &str, event: &Event, of: (&[Found<'_>], &Policy)) -> Option<usize> {
        let user = event.user_id.as_deref()?;
        let tag = from_hex(hex)?;
        let mut right = false;
        for state in &self.hmac {
            // Compared in constant time by the library, and with each secret, so that nothing tells which one it was.
            right |= state.clone().chain_update(user.as_bytes()).verify_slice(&tag).is_ok();
        }
        if right { place_of(HMAC_KIND, user, of) } else { None }
    }

    fn by_token(&self, token: &str, of: (&[Found<'_>], &Policy), received: Moment) -> Option<usize> {
        let tokens = self.tokens.as_ref()?;
        if token.len() > TOKEN_BYTES_MAX {
            return None;
        }
        let claims = tokens.keys.iter().find_map(|key| key.claims(token))?;
        let meant = claims.is_of(&tokens.issuer) && claims.is_for(&tokens.audience) && claims.holds_at(received);
        if meant { place_of(&tokens.subject_kind, &claims.sub, of) } else { None }
    }
}

/// Where an event names somebody: a proof is of whom the event is of, or of nobody here.
fn place_of(kind: &str, value: &str, (found, policy): (&[Found<'_>], &Policy)) -> Option<usize> {
    let value = normalise(policy.identifier(kind)?, value, &policy.catalog.organisation.country).ok()?;
    found.iter().position(|found| found.rule.code == kind && found.value == value)
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    for (place, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * place..2 * place + 2)?, 16).ok()?;
    }
    Some(bytes)
}
