//! Tokens of real keys: RS256, ES256 and EdDSA, the public key as PEM and as JWK. The algorithm is the key's, whatever a
//! token says (RFC 8725 §3.1).

use super::signed::{ISSUER, NOW, claims, customer, proofs, refuses, with, with_proofs};
use crate::support::{Engine, House, on_both_engines};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value as Json, json};
use sha2::Sha256;
use std::io::Write as _;
use std::process::{Command, Stdio};

on_both_engines!(tokens_of_public_keys_prove_and_nothing_that_resembles_them_does);

/// A key pair.
struct Pair {
    algorithm: Algorithm,
    private: String,
    public: String,
    jwk: String,
}

impl Pair {
    fn all() -> [Self; 3] {
        [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA].map(Self::new)
    }

    fn new(algorithm: Algorithm) -> Self {
        let how: &[&str] = match algorithm {
            Algorithm::RS256 => &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
            Algorithm::ES256 => &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
            _ => &["-algorithm", "ED25519"],
        };
        let private = text(openssl(&[&["genpkey"], how].concat(), ""));
        let public = text(openssl(&["pkey", "-pubout"], &private));
        let der = openssl(&["pkey", "-pubin", "-outform", "DER"], &public);
        let jwk = match algorithm {
            Algorithm::RS256 => {
                let modulus = text(openssl(&["rsa", "-pubin", "-noout", "-modulus"], &public));
                let hex = modulus.trim().strip_prefix("Modulus=").unwrap();
                let byte = |place| u8::from_str_radix(&hex[place..place + 2], 16).unwrap();
                let bytes: Vec<u8> = (0..hex.len()).step_by(2).map(byte).collect();
                json!({"kty": "RSA", "n": URL_SAFE_NO_PAD.encode(bytes), "e": "AQAB"})
            }
            // What is behind the head of the structure: both coordinates, or the one.
            Algorithm::ES256 => {
                let (x, y) = der[der.len() - 64..].split_at(32);
                json!({"kty": "EC", "crv": "P-256", "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y)})
            }
            _ => json!({"kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(&der[der.len() - 32..])}),
        };
        Self { algorithm, private, public, jwk: with(jwk, "kid", json!(format!("{algorithm:?}"))).to_string() }
    }

    fn token(&self, claims: &Json) -> String {
        let pem = self.private.as_bytes();
        let key = match self.algorithm {
            Algorithm::RS256 => EncodingKey::from_rsa_pem(pem),
            Algorithm::ES256 => EncodingKey::from_ec_pem(pem),
            _ => EncodingKey::from_ed_pem(pem),
        };
        encode(&Header::new(self.algorithm), claims, &key.unwrap()).unwrap()
    }
}

fn openssl(arguments: &[&str], input: &str) -> Vec<u8> {
    let mut child = Command::new("openssl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("this test makes its keys with the program `openssl`: install it");
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let done = child.wait_with_output().unwrap();
    assert!(done.status.success(), "openssl {arguments:?}");
    done.stdout
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

fn part(json: &Json) -> String {
    URL_SAFE_NO_PAD.encode(json.to_string())
}

/// A token that says it is of a shared secret, made with what everybody may know.
fn with_secret(secret: &[u8], claims: &Json) -> String {
    let signed = format!("{}.{}", part(&json!({"alg": "HS256", "typ": "JWT"})), part(claims));
    let mac = Hmac::<Sha256>::new_from_slice(secret).unwrap().chain_update(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

/// A token with another head or other claims, and the signature it had.
fn forged(token: &str, head: Option<Json>, claims: Option<Json>) -> String {
    let parts: Vec<&str> = token.split('.').collect();
    let (head, claims) = (head.map(|head| part(&head)), claims.map(|claims| part(&claims)));
    format!("{}.{}.{}", head.as_deref().unwrap_or(parts[0]), claims.as_deref().unwrap_or(parts[1]), parts[2])
}

async fn tokens_of_public_keys_prove_and_nothing_that_resembles_them_does(engine: Engine) {
    let (pairs, strangers) = (Pair::all(), Pair::all());
    let keys = |of: fn(&Pair) -> &str| pairs.iter().map(of).collect::<Vec<&str>>();
    let forms = [keys(|pair| &pair.public), keys(|pair| &pair.jwk)];
    let house = House::open(engine, &with_proofs(&forms[0], &[])).await;
    let (mut accepted, mut refused) = (0, 0);
    for (form, keys) in ["PEM", "JWK"].into_iter().zip(&forms) {
        house.apply(&with_proofs(keys, &[])).await;
        for (pair, stranger) in pairs.iter().zip(&strangers) {
            let name = format!("{form}-{:?}", pair.algorithm);
            let (user, victim) = (format!("user-{name}"), format!("victim-{name}"));
            customer(&house, &user).await;
            customer(&house, &victim).await;
            let proof = json!({"jwt": pair.token(&claims(&user))});
            house.send("site", refuses(&user, &format!("d-{name}"), "p", proof)).await.expect(200);
            accepted += 1;
            assert_eq!(proofs(&house).await, (accepted, refused), "{name}");
            assert_eq!(house.state(&format!("user_id/{user}"), "news").await, "withdrawn", "{name}");
            for (place, (what, token)) in resembling(pair, stranger, &victim).into_iter().enumerate() {
                let device = format!("x{place}-{name}");
                house.send("site", refuses(&victim, &device, "p", json!({"jwt": token}))).await.expect(200);
                refused += 1;
                assert_eq!(proofs(&house).await, (accepted, refused), "{name}: {what}");
            }
            assert_eq!(house.state(&format!("user_id/{victim}"), "news").await, "given", "{name}");
        }
    }
}

/// What must prove nothing.
fn resembling(pair: &Pair, stranger: &Pair, victim: &str) -> Vec<(&'static str, String)> {
    let claims = claims(victim);
    let right = pair.token(&claims);
    let of = |name: &str, value: Json| pair.token(&with(claims.clone(), name, value));
    let other = if pair.algorithm == Algorithm::RS256 { "ES256" } else { "RS256" };
    vec![
        ("a key of somebody else", stranger.token(&claims)),
        ("a key of somebody else under the name of this one", {
            let head = json!({"alg": format!("{:?}", pair.algorithm), "kid": format!("{:?}", pair.algorithm)});
            forged(&stranger.token(&claims), Some(head), None)
        }),
        ("the public key as a shared secret", with_secret(pair.public.as_bytes(), &claims)),
        ("the same without its last line end", with_secret(pair.public.trim().as_bytes(), &claims)),
        ("the JWK as a shared secret", with_secret(pair.jwk.as_bytes(), &claims)),
        ("nobody's", forged(&right, Some(json!({"alg": "none"})), None)),
        ("nobody's, and unsigned", format!("{}.{}.", part(&json!({"alg": "none"})), part(&claims))),
        ("another algorithm", forged(&right, Some(json!({"alg": other})), None)),
        ("somebody else's claims", forged(&pair.token(&self::claims("attacker")), None, Some(claims.clone()))),
        ("without a signature", right.rsplit_once('.').map(|(signed, _)| format!("{signed}.")).unwrap()),
        ("expired", of("exp", json!(NOW - 120))),
        ("not yet", of("nbf", json!(NOW + 3_000))),
        ("for another source", of("aud", json!("display"))),
        ("of another issuer", of("iss", json!(format!("{ISSUER}.elsewhere.example")))),
    ]
}
