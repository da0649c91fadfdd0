//! Signed identity: secrets and keys that could prove something.

use super::{Check, words};
use crate::catalog::identity_proof::{PROOF_KEYS_MAX, PROOF_SECRET_BYTES_MIN, ProofKey, proof_secret};
use crate::catalog::{Path, ProblemCode, Source, TokenProof, Trust, builtin};
use crate::identity::BEARER_KIND;

impl Check<'_> {
    pub(super) fn identity_proof(&mut self, source: &Source, path: &Path) {
        let Some(proof) = &source.identity_proof else { return };
        let path = path.key("identity_proof");
        if source.trust == Trust::Server {
            let message = "a source that is trusted needs no proof";
            self.say(path.clone(), ProblemCode::OutOfRange, message, "`identity_proof` with `trust = \"public\"` only");
        }
        if proof.hmac_secrets.is_empty() && proof.jwt.is_none() {
            let message = "nothing could prove anything";
            self.say(path.clone(), ProblemCode::BadSecret, message, "`hmac_secrets`, `jwt`, or both");
        }
        self.proof_keys(&path.key("hmac_secrets"), &proof.hmac_secrets, is_secret, "`env:NAME` or a secret");
        if let Some(jwt) = &proof.jwt {
            self.tokens(jwt, &path.key("jwt"));
        }
    }

    fn tokens(&mut self, jwt: &TokenProof, path: &Path) {
        for (field, text) in [("issuer", &jwt.issuer), ("audience", &jwt.audience)] {
            if text.trim().is_empty() {
                self.say(path.key(field), ProblemCode::OutOfRange, "it is empty", "what the tokens have there");
            }
        }
        if jwt.keys.is_empty() {
            self.say(path.key("keys"), ProblemCode::BadSecret, "there is no key", "at least one");
        }
        let expected = "`env:NAME`, a public key as PEM or JWK, or `secret:` and a secret";
        self.proof_keys(&path.key("keys"), &jwt.keys, is_key, expected);
        let declared = self.is_identifier(&jwt.subject_kind);
        if !declared {
            self.unknown(path.key("subject_kind"), "identifier kind", &jwt.subject_kind, "identifiers");
        } else if jwt.subject_kind == BEARER_KIND {
            let message = "a device proves itself by its id, and nobody else's";
            self.say(
                path.key("subject_kind"),
                ProblemCode::OutOfRange,
                message,
                "the kind of an account, such as user_id",
            );
        }
    }

    fn is_identifier(&self, code: &str) -> bool {
        builtin().identifiers.iter().chain(&self.catalog.identifiers).any(|kind| kind.code == code)
    }

    fn proof_keys(&mut self, path: &Path, keys: &[String], usable: impl Fn(&str) -> bool, what: &str) {
        if keys.len() > PROOF_KEYS_MAX {
            let message = format!("{} of them", keys.len());
            self.say(path.clone(), ProblemCode::OutOfRange, message, format!("at most {PROOF_KEYS_MAX}"));
        }
        for (place, text) in keys.iter().enumerate().filter(|(_, text)| !usable(text)) {
            let expected = format!("{what} of at least {PROOF_SECRET_BYTES_MIN} bytes");
            let message = format!("{} bytes that are none of it", text.len());
            self.say(path.item(place, ""), ProblemCode::BadSecret, message, expected);
        }
    }
}

fn is_secret(text: &str) -> bool {
    is_variable(text).unwrap_or_else(|| proof_secret(text).is_some())
}

fn is_key(text: &str) -> bool {
    is_variable(text).unwrap_or_else(|| ProofKey::of(text).is_some())
}

/// Whether what the environment is asked for has a name; none where it is not asked.
fn is_variable(text: &str) -> Option<bool> {
    text.strip_prefix("env:").map(words::is_variable)
}
