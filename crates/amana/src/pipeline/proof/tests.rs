//! What is a key and what is none. Whatever is taken for a shared secret signs for everybody who has read it, so nothing
//! that only looks like a key may become one.

use super::*;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::json;

const PEM: &str = "-----BEGIN PUBLIC KEY-----\n\
    MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";
const SECRET: &str = "a-secret-for-tokens-that-is-long-enough-too";

/// Public things that are found where a key is asked for.
const NO_KEYS: [&str; 9] = [
    "https://shop.example/.well-known/jwks.json",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBm/RAlphM3+hUG6wWfcO5bIUIaqMLa2yw=",
    "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=",
    "-----BEGIN PUBLIC KEY-----\nnothing of the kind\n-----END PUBLIC KEY-----",
    "{\"keys\": [{\"kty\": \"OKP\", \"crv\": \"Ed25519\", \"x\": \"Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE\"}]}",
    "a-secret-for-tokens-that-is-long-enough-too",
    "secret:",
    "secret:too-short-a-secret-of-31-bytes-",
    "{\"kty\": \"oct\", \"k\": \"dG9vLXNob3J0LWEtc2VjcmV0LW9mLTMxLWJ5dGVzLQ\"}",
];

fn signed_with(secret: &[u8]) -> String {
    let claims = json!({"sub": "victim", "iss": "shop", "aud": "site", "exp": 1});
    encode(&Header::new(Algorithm::HS256), &claims, &EncodingKey::from_secret(secret)).unwrap()
}

#[test]
fn what_only_looks_like_a_key_is_none() {
    for text in NO_KEYS {
        let key = TokenKey::read(text);
        let believed = key.as_ref().is_some_and(|key| key.claims(&signed_with(text.as_bytes())).is_some());
        assert!(!believed, "everybody may sign with {text}");
        assert!(key.is_none(), "{text}");
    }
}

#[test]
fn a_shared_secret_says_that_it_is_one() {
    let key = TokenKey::read(&format!("\u{feff} secret:{SECRET}\n")).expect("a secret");
    assert!(key.claims(&signed_with(SECRET.as_bytes())).is_some());
    assert!(key.claims(&signed_with(format!("secret:{SECRET}").as_bytes())).is_none());
    let oct = json!({"kty": "oct", "k": URL_SAFE_NO_PAD.encode(SECRET)}).to_string();
    assert!(TokenKey::read(&oct).expect("a JWK").claims(&signed_with(SECRET.as_bytes())).is_some());
}

#[test]
fn a_public_key_is_one_with_whatever_stands_before_it() {
    for before in ["", "\n  ", "\u{feff}", "# the key of the shop\n", "Bag Attributes\n    friendlyName: shop\nKey:\n"]
    {
        let text = format!("{before}{PEM}");
        let key = TokenKey::read(&text).unwrap_or_else(|| panic!("{before:?}"));
        for secret in [&*text, PEM, PEM.trim()] {
            assert!(key.claims(&signed_with(secret.as_bytes())).is_none(), "{before:?}");
        }
    }
}

#[test]
fn a_secret_of_the_environment_is_long_enough_or_proves_nothing() {
    let proof =
        IdentityProof { hmac_secrets: vec!["env:SHORT".into(), "env:LONG".into(), "env:NONE".into()], jwt: None };
    let environment = |name: &str| match name {
        "SHORT" => Some("secret".to_owned()),
        "LONG" => Some(SECRET.to_owned()),
        _ => None,
    };
    assert_eq!(Verifier::of(&proof, "site", &environment).hmac.len(), 1);
}
