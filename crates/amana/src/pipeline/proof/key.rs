//! Keys of tokens, each for one algorithm, and what a token says.

use amana_core::Moment;
use amana_core::catalog::ProofKey;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde::Deserialize;
use serde_json::Value as Json;

/// How far the clock of who signs may be off, in seconds.
const SKEW_SECONDS_MAX: f64 = 60.0;

/// A key with the one algorithm it is for. The algorithm is the key's, never the token's to choose: a public key taken
/// for a shared secret would let everybody sign.
pub(super) struct TokenKey {
    algorithm: Algorithm,
    key: DecodingKey,
    name: Option<String>,
}

/// What a token says. Of another type than these, it says nothing: a time of expiry that is a text does not mean never.
#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    /// Whom it proves.
    pub(super) sub: String,
    iss: String,
    aud: Json,
    exp: f64,
    #[serde(default)]
    nbf: f64,
}

impl TokenKey {
    /// Reads a key. A shared secret says that it is one: whatever merely isn't a public key, such as the address of
    /// one, is known to everybody and must not become what signs.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (algorithm, key, name) = match ProofKey::of(text)? {
            ProofKey::Secret(secret) => (Algorithm::HS256, DecodingKey::from_secret(secret.as_bytes()), None),
            ProofKey::Pem(pem) => {
                let (algorithm, key) = public_key(pem.as_bytes())?;
                (algorithm, key, None)
            }
            ProofKey::Jwk(text) => {
                let jwk: Jwk = serde_json::from_str(text).ok()?;
                (algorithm_of(&jwk)?, DecodingKey::from_jwk(&jwk).ok()?, jwk.common.key_id)
            }
        };
        Some(Self { algorithm, key, name })
    }

    /// What a token says that this key has signed.
    pub(super) fn claims(&self, token: &str) -> Option<Claims> {
        let (header, _) = token.split_once('.')?;
        let header: serde_json::Map<String, Json> =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
        let other = self.name.is_some()
            && header.get("kid").and_then(Json::as_str).is_some_and(|kid| Some(kid) != self.name.as_deref());
        // What a header calls critical and nobody here knows must not be passed over (RFC 7515 §4.1.11).
        if other || header.contains_key("crit") {
            return None;
        }
        let mut validation = Validation::new(self.algorithm);
        // Times are held against the time of receipt, and whose and for whom it is against the source, by the caller.
        (validation.validate_exp, validation.validate_nbf, validation.validate_aud) = (false, false, false);
        validation.required_spec_claims.clear();
        decode::<Claims>(token, &self.key, &validation).ok().map(|token| token.claims)
    }
}

impl Claims {
    /// Whether somebody has issued it.
    pub(super) fn is_of(&self, issuer: &str) -> bool {
        self.iss == issuer
    }

    /// Whether it is for somebody.
    pub(super) fn is_for(&self, audience: &str) -> bool {
        match &self.aud {
            Json::String(one) => one == audience,
            Json::Array(several) => several.iter().any(|one| one == audience),
            _ => false,
        }
    }

    /// Whether it holds at an instant.
    pub(super) fn holds_at(&self, instant: Moment) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 have 41 bits for a while")]
        let seconds = instant.0 as f64 / 1_000.0;
        self.exp.is_finite()
            && self.nbf.is_finite()
            && seconds < self.exp + SKEW_SECONDS_MAX
            && seconds >= self.nbf - SKEW_SECONDS_MAX
    }
}

fn public_key(pem: &[u8]) -> Option<(Algorithm, DecodingKey)> {
    let rsa = || DecodingKey::from_rsa_pem(pem).ok().map(|key| (Algorithm::RS256, key));
    let elliptic = || DecodingKey::from_ec_pem(pem).ok().map(|key| (Algorithm::ES256, key));
    let edwards = || DecodingKey::from_ed_pem(pem).ok().map(|key| (Algorithm::EdDSA, key));
    rsa().or_else(elliptic).or_else(edwards)
}

fn algorithm_of(jwk: &Jwk) -> Option<Algorithm> {
    match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => Some(Algorithm::RS256),
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => Some(Algorithm::ES256),
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => Some(Algorithm::EdDSA),
        AlgorithmParameters::OctetKey(_) => Some(Algorithm::HS256),
        _ => None,
    }
}
