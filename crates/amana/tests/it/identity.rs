//! Who somebody is: shared devices, values that are nobody's, spellings, and what a mere claim may not do
//! (DESIGN §6).

mod asked_by_device;
pub(crate) mod bans;
mod claimed_facts;
mod claims;
mod demo;
mod documented;
mod febrl;
mod kiosks;
mod left_out;
mod let_go;
mod past;
mod shared_devices;
mod signed;
mod signed_beside;
mod signed_keys;
pub(crate) mod staff;
mod system_devices;
mod timeline;

use crate::support::{CATALOG, Engine, House, canary, on_both_engines};
use amana::pipeline::TallyName;
use serde_json::{Value as Json, json};

on_both_engines!(
    a_shared_tablet_mixes_nobody,
    values_that_are_nobodys_join_nobody,
    a_number_is_the_same_in_every_spelling,
    a_claim_lends_no_consent_and_a_proof_does,
    an_identifier_that_is_somebody_elses_is_no_trait,
);

fn bought(user: &str, message: &str, traits: Json) -> Json {
    json!({"type": "track", "event": "Order Completed", "userId": user, "messageId": message,
        "context": {"traits": traits}})
}

fn viewed(user: Option<&str>, device: &str, message: &str) -> Json {
    json!({"type": "track", "event": "Product Viewed", "userId": user, "anonymousId": device, "messageId": message,
        "properties": {"product_id": message}})
}

async fn views(house: &House, person: &str) -> Json {
    house.profile(person, "offers").await.expect(200).json["metrics"]["views"].clone()
}

/// A limit of one `user_id`: who signs in second keeps what they do, and what was done on the tablet before stays with
/// whom it was.
async fn a_shared_tablet_mixes_nobody(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let (ann, bob) = (canary(), canary());
    let customers =
        json!([bought("ann", "m1", json!({"firstName": ann})), bought("bob", "m2", json!({"firstName": bob}))]);
    house.send("shop", customers).await.expect(200);
    house
        .send("site", json!([viewed(Some("ann"), "tablet", "a1"), viewed(Some("ann"), "tablet", "a2")]))
        .await
        .expect(200);
    house.send("site", json!([viewed(Some("bob"), "tablet", "b1")])).await.expect(200);
    house.send("site", json!([viewed(Some("ann"), "tablet", "a3")])).await.expect(200);
    assert_eq!(views(&house, "user_id/ann").await, 3);
    assert_eq!(views(&house, "user_id/bob").await, 1);
    assert_ne!(house.profile_id("user_id/ann").await, house.profile_id("user_id/bob").await);
    // Whoever gives the tablet sees what nobody signed in for, and nothing of those who did.
    house.send("site", json!([viewed(None, "tablet", "n1")])).await.expect(200);
    let tablet = house.get("privacy", "profiles/anonymous_id/tablet?purpose=offers").await.expect(200);
    assert_eq!(tablet.json["metrics"]["views"], 1);
    assert!(!tablet.text.contains(ann.as_str()), "a claim reads nobody's name");
    assert_ne!(house.profile_id("anonymous_id/tablet").await, house.profile_id("user_id/ann").await);
    assert_eq!(house.tally(TallyName::IdentifiersDropped).await, 2, "and it is counted");
    for (person, own, other) in [("ann", &ann, &bob), ("bob", &bob, &ann)] {
        let profile = house.get("privacy", &format!("profiles/user_id/{person}?purpose=orders&explain=true")).await;
        let profile = profile.expect(200);
        assert!(profile.json["traits"]["firstName"] == own.as_str());
        assert!(!profile.text.contains(other.as_str()), "the other's name is in {person}'s profile");
    }
}

async fn values_that_are_nobodys_join_nobody(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let nobodys = ["null", "Undefined", "0000", "-1", "anonymous", "guest", "[object Object]", "NaN", " none "];
    let mut events = Vec::new();
    for (place, value) in nobodys.iter().enumerate() {
        let email = format!("p{place}@people.example");
        events.push(bought(value, &format!("m{place}"), json!({"email": email, "phone": "000000"})));
    }
    let sent = nobodys.len() as u64;
    house.send("shop", Json::from(events)).await.expect(200);
    assert_eq!(house.tally(TallyName::EventsKept).await, sent);
    assert_eq!(house.tally(TallyName::IdentifiersUnusable).await, 2 * sent);
    let mut ids = std::collections::BTreeSet::new();
    for place in 0..nobodys.len() {
        let person = format!("email/p{place}@people.example");
        assert_eq!(house.profile(&person, "orders").await.expect(200).json["metrics"]["orders"], 1);
        ids.insert(house.profile_id(&person).await);
    }
    assert_eq!(ids.len(), nobodys.len());
    // Who has only such a value is nobody.
    house.send("shop", json!([bought("guest", "m99", json!({}))])).await.expect(200);
    assert_eq!(house.tally(TallyName::EventsUnidentified).await, 1);
    house.get("privacy", "profiles/user_id/guest?purpose=orders").await.problem(422, "identifier_unusable");
}

async fn a_number_is_the_same_in_every_spelling(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let by_phone = |device: &str, phone: &str, message: &str| {
        json!({"type": "track", "event": "Order Completed", "anonymousId": device, "messageId": message,
            "context": {"traits": {"phone": phone}}})
    };
    let orders = json!([
        by_phone("call-1", "030 901820", "m1"),
        by_phone("call-2", "+49 (30) 90 18 20", "m2"),
        by_phone("call-3", "004930901820", "m3"),
        by_phone("call-4", "+49\u{200b}30901820", "m4"),
        by_phone("call-5", "040 428280", "m5"),
    ]);
    house.send("till", orders).await.expect(200);
    for spelling in ["%2B4930901820", "030901820", "030%20901820"] {
        let profile = house.profile(&format!("phone/{spelling}"), "orders").await.expect(200);
        assert_eq!(profile.json["metrics"]["orders"], 4, "{spelling}");
    }
    assert_eq!(house.profile("phone/040428280", "orders").await.expect(200).json["metrics"]["orders"], 1);
    // The same for addresses, whose case says nothing.
    let mixed = json!([bought("u1", "e1", json!({"email": "Jo.Doe@People.Example"}))]);
    house.send("shop", mixed).await.expect(200);
    house.profile("email/jo.doe@people.example", "orders").await.expect(200);
}

/// A public key is known to everybody: what comes with it speaks for the device and for nobody's account.
async fn a_claim_lends_no_consent_and_a_proof_does(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let secret = canary();
    let named = |message: &str| json!([bought("ann", message, json!({"lastName": secret}))]);
    house.send("shop", json!([bought("ann", "m1", json!({}))])).await.expect(200);
    let agreed = |user: &str, device: &str, message: &str| {
        json!([{"type": "page", "userId": user, "anonymousId": device, "messageId": message,
            "context": {"consent": {"categoryPreferences": {"news": true}}}}])
    };
    // Anybody can send this: it must not open what the shop learns of Ann.
    house.send("site", agreed("ann", "stranger", "c1")).await.expect(200);
    house.send("shop", named("m2")).await.expect(200);
    let profile = house.get("privacy", "profiles/user_id/ann?purpose=news&explain=true").await;
    assert!(!profile.text.contains(&secret), "a claimed consent opened the account");
    house.delivered("mailer").await;
    for message in house.heard("audience.entered", "readers") {
        let fields = message.json()["data"]["fields"].clone();
        assert!(fields.get("customer").is_none() && fields.get("first_name").is_none(), "nobody is named by a claim");
    }

    // A system that verifies who it is speaks for the account; what a claim refuses it refuses for itself.
    house.send("shop", agreed("ann", "her-own", "c2")).await.expect(200);
    house.send("shop", named("m3")).await.expect(200);
    let profile = house.profile("user_id/ann", "news").await.expect(200);
    assert!(profile.json["traits"]["lastName"] == secret.as_str(), "verified by a system, it is hers");
    house.advance(std::time::Duration::from_secs(60));
    let refused = json!([{"type": "page", "anonymousId": "stranger", "messageId": "c3",
        "context": {"consent": {"categoryPreferences": {"news": false}}}}]);
    house.send("site", refused).await.expect(200);
    let profile = house.profile("user_id/ann", "news").await.expect(200);
    assert!(!profile.text.contains("stranger"), "what came from who refused is not used");
    house.profile("anonymous_id/stranger", "news").await.problem(403, "consent_withdrawn");
}

async fn an_identifier_that_is_somebody_elses_is_no_trait(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let email = format!("{}@people.example", canary());
    house.send("shop", json!([bought("ann", "m1", json!({"email": email, "firstName": "Ann"}))])).await.expect(200);
    house.send("shop", json!([bought("bob", "m2", json!({"email": email, "firstName": "Bob"}))])).await.expect(200);
    let bob = house.get("privacy", "profiles/user_id/bob?purpose=orders&explain=true").await.expect(200);
    assert_eq!(bob.json["traits"]["firstName"], "Bob");
    assert!(!bob.text.contains(&email), "the address is Ann's");
    let by_email = house.profile(&format!("email/{email}"), "orders").await.expect(200);
    assert_eq!(
        (&by_email.json["traits"]["firstName"], &by_email.json["metrics"]["orders"]),
        (&json!("Ann"), &json!(1))
    );
    assert_eq!(house.tally(TallyName::IdentifiersDropped).await, 1);
}
