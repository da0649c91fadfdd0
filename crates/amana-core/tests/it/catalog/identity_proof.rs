//! What signed identity is checked with. A shared secret says that it is one: the address of a public key, taken for a
//! secret, would let everybody sign who has read it.

use super::SAMPLE;
use amana_core::catalog::{Catalog, ProblemCode};

const PEM: &str = "-----BEGIN PUBLIC KEY-----\\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\\n-----END PUBLIC KEY-----";

/// The sample with keys of tokens and secrets of HMACs at its public source, as text of TOML strings.
fn read(key: &str, secret: &str) -> Result<Catalog, Vec<amana_core::catalog::Problem>> {
    let proof = format!(
        "trust = \"public\"\nidentity_proof = {{ hmac_secrets = [\"{secret}\"], \
         jwt = {{ issuer = \"i\", audience = \"a\", keys = [\"{key}\"] }} }}\n"
    );
    assert!(SAMPLE.contains("trust = \"public\"\n"));
    Catalog::read(&SAMPLE.replacen("trust = \"public\"\n", &proof, 1))
}

const SECRET: &str = "a-secret-that-is-long-enough-for-this";

#[test]
fn a_key_is_a_public_key_or_says_that_it_is_a_secret() {
    let good = [
        PEM.to_owned(),
        format!("\\uFEFF  # of the shop\\n{PEM}\\n"),
        format!("secret:{SECRET}"),
        "env:SITE_TOKEN_KEY".to_owned(),
        r#"{\"kty\": \"OKP\", \"crv\": \"Ed25519\", \"x\": \"Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE\"}"#
            .to_owned(),
        r#"{\"kty\": \"oct\", \"k\": \"YS1zZWNyZXQtdGhhdC1pcy1sb25nLWVub3VnaC1mb3ItdGhpcw\"}"#.to_owned(),
    ];
    for key in &good {
        if let Err(problems) = read(key, SECRET) {
            panic!("{key}: {problems:?}");
        }
    }
    let bad = [
        "https://shop.example/.well-known/jwks.json",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBm/RAlphM3+hUG6wWfcO5bIUIaqMLa2yw",
        "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=",
        SECRET,
        "secret:too-short",
        "env:",
        r#"{\"keys\": []}"#,
        r#"{\"kty\": \"oct\", \"k\": \"c2hvcnQ\"}"#,
        r#"{\"kty\": \"OKP\", \"crv\": \"Ed25519\", \"x\": \"eA\", \"d\": \"eA\"}"#,
        "-----BEGIN PRIVATE KEY-----\\nMCowBQ==\\n-----END PRIVATE KEY-----",
        "-----BEGIN PUBLIC KEY-----",
    ];
    for key in bad {
        let problems = read(key, SECRET).expect_err(key);
        let [problem] = problems.as_slice() else { panic!("{key}: {problems:?}") };
        assert_eq!(problem.code, ProblemCode::BadSecret, "{key}");
        assert!(problem.path.to_string().ends_with("identity_proof.jwt.keys[0]"), "{key}: {}", problem.path);
        assert!(problem.expected.contains("secret:"), "{}", problem.expected);
    }
}

#[test]
fn a_secret_of_hmacs_is_long_enough() {
    for secret in [SECRET, &format!("secret:{SECRET}"), "env:SITE_SECRET"] {
        assert!(read("env:KEY", secret).is_ok(), "{secret}");
    }
    for secret in ["short", "secret:with-its-prefix-only-32-bytes"] {
        let problems = read("env:KEY", secret).expect_err(secret);
        assert!(problems.iter().all(|problem| problem.code == ProblemCode::BadSecret), "{problems:?}");
    }
}
