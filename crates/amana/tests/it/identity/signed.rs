//! Signed identity: a public source may prove who somebody is, and then speaks for them (DESIGN §6 *Trust*). What does
//! not prove it is a mere claim, and loses nothing.

use super::{bought, views};
use crate::support::{CATALOG, Engine, House, act_on, canary, on_both_engines};
use amana::pipeline::TallyName;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value as Json, json};
use sha2::Sha256;
use std::time::Duration;

on_both_engines!(a_proof_speaks_for_whom_it_proves_and_for_nobody_else);

const SECRET: &str = "a-secret-of-the-shop-that-is-long-enough";
const OLD_SECRET: &str = "the-secret-before-it-that-is-long-enough";
const TOKEN_SECRET: &str = "a-secret-for-tokens-that-is-long-enough-too";
/// The same as the catalogue has it.
pub(super) const TOKEN_KEY: &str = "secret:a-secret-for-tokens-that-is-long-enough-too";
const OTHER_SECRET: &str = "a-secret-of-nobody-that-is-long-enough-too";
pub(super) const ISSUER: &str = "https://shop.example";
/// `START` of the house's clock, in seconds.
pub(super) const NOW: i64 = 1_772_366_400;

/// The catalogue with proofs at the site, and an app with others of its own.
pub(super) fn with_proofs(keys: &[&str], hmac: &[&str]) -> String {
    let proof = |audience: &str| {
        let jwt = json!({"issuer": ISSUER, "audience": audience, "keys": keys});
        format!(
            "\nidentity_proof = {{ hmac_secrets = {}, jwt = {{ issuer = {}, audience = {}, keys = {} }} }}\n",
            json!(hmac),
            jwt["issuer"],
            jwt["audience"],
            jwt["keys"]
        )
    };
    let app = r#"
[[sources]]
code = "till-display"
brand = "shop"
channel = "app"
trust = "public"
write_key = "test-write-key-of-till-display"
collects = ["orders", "offers", "news"]
consent_categories = { news = ["news"] }
notices = ["privacy"]"#;
    let site = CATALOG.replacen("reads_device = true\n", &format!("reads_device = true{}", proof("site")), 1);
    let other = json!(["a-secret-of-the-display-that-is-long-enough"]);
    let of_app = proof("display").replace(&json!(hmac).to_string(), &other.to_string());
    site.replacen("[[events]]", &format!("{app}{of_app}\n[[events]]"), 1)
}

pub(super) fn hmac_of(secret: &str, user: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap().chain_update(user.as_bytes());
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A token of the site.
pub(super) fn site_token(claims: &Json) -> String {
    token(claims, TOKEN_SECRET)
}

fn token(claims: &Json, secret: &str) -> String {
    encode(&Header::new(Algorithm::HS256), claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
}

pub(super) fn claims(user: &str) -> Json {
    json!({"sub": user, "iss": ISSUER, "aud": "site", "exp": NOW + 3_600, "nbf": NOW - 60})
}

/// What somebody who says they are `user` says no to, with a proof.
pub(super) fn refuses(user: &str, device: &str, message: &str, proof: Json) -> Json {
    json!([{"type": "track", "event": "Segment Consent Preference Updated", "userId": user, "anonymousId": device,
        "messageId": message,
        "context": {"identityProof": proof, "consent": {"categoryPreferences": {"news": false}}}}])
}

pub(super) async fn proofs(house: &House) -> (u64, u64) {
    (house.tally(TallyName::ProofsAccepted).await, house.tally(TallyName::ProofsRefused).await)
}

async fn a_proof_speaks_for_whom_it_proves_and_for_nobody_else(engine: Engine) {
    let house = House::open(engine, &with_proofs(&[TOKEN_KEY], &[SECRET, OLD_SECRET])).await;
    let good = [
        json!({"hmac": hmac_of(SECRET, "u0")}),
        json!({"hmac": hmac_of(OLD_SECRET, "u1")}),
        json!({"hmac": hmac_of(SECRET, "u2").to_uppercase()}),
        json!({"jwt": token(&claims("u3"), TOKEN_SECRET)}),
        json!({"jwt": token(&with(claims("u4"), "aud", json!(["other", "site"])), TOKEN_SECRET)}),
        json!({"jwt": token(&claims("u5"), TOKEN_SECRET), "hmac": hmac_of(SECRET, "u5")}),
    ];
    for (place, proof) in good.iter().enumerate() {
        let user = format!("u{place}");
        customer(&house, &user).await;
        house.send("site", refuses(&user, &format!("d{place}"), "p", proof.clone())).await.expect(200);
        assert_eq!(house.state(&format!("user_id/{user}"), "news").await, "withdrawn", "{place}");
    }
    assert_eq!(proofs(&house).await, (good.len() as u64, 0));

    let none = {
        let part = |json: &Json| URL_SAFE_NO_PAD.encode(json.to_string());
        format!("{}.{}.", part(&json!({"alg": "none", "typ": "JWT"})), part(&claims("victim")))
    };
    let critical = {
        let part = |json: &Json| URL_SAFE_NO_PAD.encode(json.to_string());
        let signed = format!("{}.{}", part(&json!({"alg": "HS256", "crit": ["b64"]})), part(&claims("victim")));
        let mac = Hmac::<Sha256>::new_from_slice(TOKEN_SECRET.as_bytes()).unwrap().chain_update(signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    };
    let of = |name: &str, value: Json| json!({"jwt": token(&with(claims("victim"), name, value), TOKEN_SECRET)});
    let bad = [
        ("another secret", json!({"hmac": hmac_of(OTHER_SECRET, "victim")})),
        ("another user's", json!({"hmac": hmac_of(SECRET, "attacker")})),
        ("no hex", json!({"hmac": "é".repeat(32)})),
        ("half", json!({"hmac": &hmac_of(SECRET, "victim")[..32]})),
        ("nothing", json!({})),
        ("no object", json!("yes")),
        ("no text", json!({"hmac": 7, "jwt": true})),
        ("one of two", json!({"hmac": hmac_of(SECRET, "victim"), "jwt": token(&claims("attacker"), TOKEN_SECRET)})),
        ("a token of another secret", json!({"jwt": token(&claims("victim"), OTHER_SECRET)})),
        ("a token of another user", json!({"jwt": token(&claims("attacker"), TOKEN_SECRET)})),
        ("expired", of("exp", json!(NOW - 120))),
        ("expires as a text", of("exp", json!("9999999999"))),
        ("never expires", json!({"jwt": token(&without(claims("victim"), "exp"), TOKEN_SECRET)})),
        ("not yet", of("nbf", json!(NOW + 3_000))),
        ("of another issuer", of("iss", json!("https://elsewhere.example"))),
        ("for another source", of("aud", json!("display"))),
        ("for nobody", json!({"jwt": token(&without(claims("victim"), "aud"), TOKEN_SECRET)})),
        ("signed by nobody", json!({"jwt": none})),
        ("critical", json!({"jwt": critical})),
        ("long", json!({"jwt": format!("{}.{}", "a".repeat(9_000), "b")})),
    ];
    customer(&house, "victim").await;
    for (place, (what, proof)) in bad.iter().enumerate() {
        house.send("site", refuses("victim", &format!("x{place}"), "p", proof.clone())).await.expect(200);
        assert_eq!(house.state("user_id/victim", "news").await, "given", "{what}");
        assert_eq!(house.state(&format!("anonymous_id/x{place}"), "news").await, "refused", "{what}: kept as a claim");
    }
    // A proof for one source proves nothing to another.
    for proof in [&good[0], &good[3]] {
        house.send("till-display", refuses("victim", "display", "p", proof.clone())).await.expect(200);
    }
    assert_eq!(proofs(&house).await, (good.len() as u64, bad.len() as u64 + 2));
    assert_eq!(house.state("user_id/victim", "news").await, "given");
    what_a_proof_does_not_prove_stays_a_claim(&house).await;
    a_secret_counts_until_it_is_taken_out(&house).await;
    the_proof_is_kept_nowhere(&house, &good).await;
}

/// Whoever is signed in may still give somebody else's address for theirs.
async fn what_a_proof_does_not_prove_stays_a_claim(house: &House) {
    let (email, name) = (format!("{}@people.example", canary()), canary());
    house.send("shop", json!([bought("rich", "r1", json!({"email": email, "firstName": name}))])).await.expect(200);
    customer(house, "poor").await;
    let event = json!([{"type": "track", "event": "Product Viewed", "userId": "poor", "anonymousId": "poor-phone",
        "messageId": "r2", "context": {"traits": {"email": email}, "identityProof": {"hmac": hmac_of(SECRET, "poor")}}}]);
    house.send("site", event).await.expect(200);
    assert_eq!(views(house, "user_id/poor").await, 1, "it is the account's own");
    for (person, purpose) in
        [("user_id/poor", "orders"), ("user_id/poor", "offers"), ("anonymous_id/poor-phone", "orders")]
    {
        let read = house.get("privacy", &format!("profiles/{person}?purpose={purpose}&explain=true")).await;
        assert!(!read.text.contains(&name), "{person} reads who has the address");
    }
    assert_ne!(house.profile_id("user_id/poor").await, house.profile_id("user_id/rich").await);
    let graph = house.get("privacy", "profiles/user_id/poor/identity?purpose=orders&to=anonymous_id:poor-phone").await;
    let bond = |edge: &Json| edge["bond"].as_str().unwrap().to_owned();
    let bonds: Vec<String> = graph.expect(200).json["edges"].as_array().unwrap().iter().map(bond).collect();
    assert_eq!(bonds, ["verified"], "the device on which they signed in is theirs");
}

async fn a_secret_counts_until_it_is_taken_out(house: &House) {
    house.apply(&with_proofs(&[TOKEN_KEY], &[SECRET])).await;
    let before = proofs(house).await;
    for (user, secret) in [("late1", OLD_SECRET), ("late2", SECRET)] {
        customer(house, user).await;
        let proof = json!({"hmac": hmac_of(secret, user)});
        house.send("site", refuses(user, &format!("{user}-d"), "p", proof)).await.expect(200);
    }
    assert_eq!(house.state("user_id/late1", "news").await, "given");
    assert_eq!(house.state("user_id/late2", "news").await, "withdrawn");
    assert_eq!(proofs(house).await, (before.0 + 1, before.1 + 1));
}

async fn the_proof_is_kept_nowhere(house: &House, proofs: &[Json]) {
    for (place, proof) in proofs.iter().enumerate() {
        for purpose in ["orders", "news", "offers"] {
            let path = format!("profiles/user_id/u{place}?purpose={purpose}&explain=true");
            let read = house.get("privacy", &path).await;
            for text in proof.as_object().unwrap().values() {
                assert!(!read.text.contains(text.as_str().unwrap()));
            }
        }
    }
    assert!(house.quarantined().await.iter().all(|field| !field.contains("identityProof")));
}

/// A customer who has agreed to news.
pub(super) async fn customer(house: &House, user: &str) {
    house.send("shop", json!([bought(user, &format!("m-{user}"), json!({}))])).await.expect(200);
    house.act("privacy", &format!("user_id/{user}"), act_on("grant", "news")).await.expect(200);
    house.advance(Duration::from_millis(10));
}

pub(super) fn with(mut claims: Json, name: &str, value: Json) -> Json {
    claims[name] = value;
    claims
}

fn without(mut claims: Json, name: &str) -> Json {
    claims.as_object_mut().unwrap().remove(name);
    claims
}
