//! What is said under an address reaches whoever is written to there, also when claims alone joined it to somebody; and
//! nobody reads an account through an address of their own that they typed beside it (DESIGN §6 *Trust*).

use super::staff::decide;
use super::viewed;
use crate::support::{CATALOG, Engine, House, act_on, canary, on_both_engines};
use serde_json::{Value as Json, json};
use std::time::Duration;

on_both_engines!(
    a_restriction_under_an_address_outlives_that_the_account_becomes_known,
    an_address_of_ones_own_reads_nobodys_account,
    a_device_without_an_account_is_joined_to_a_known_address,
    a_confirmed_address_is_written_to_and_no_other,
    a_confirmed_address_is_known_beside_what_a_system_was_told,
    a_mistyped_address_goes_with_the_split,
);

async fn minute(house: &House) {
    house.advance(Duration::from_secs(60));
}

/// Somebody says on the site who they are, and agrees.
fn told(user: Option<&str>, device: &str, message: &str, traits: Json) -> Json {
    json!([{"type": "identify", "userId": user, "anonymousId": device, "messageId": message, "traits": traits,
        "context": {"consent": {"categoryPreferences": {"news": true}}}}])
}

/// An order that a till, or somebody at the site, tells of.
fn ordered(user: Option<&str>, device: Option<&str>, message: &str, traits: Json) -> Json {
    json!([{"type": "track", "event": "Order Completed", "userId": user, "anonymousId": device, "messageId": message,
        "properties": {"revenue": 5}, "context": {"traits": traits}}])
}

/// What is read of somebody, for every purpose, with where it comes from.
async fn all_of(house: &House, person: &str) -> String {
    let mut all = String::new();
    for purpose in ["orders", "news", "offers"] {
        all += &house.get("privacy", &format!("profiles/{person}?purpose={purpose}&explain=true")).await.text;
    }
    all
}

/// GDPR Art. 18: what was restricted as long as nobody else was known stays so.
async fn a_restriction_under_an_address_outlives_that_the_account_becomes_known(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let (email, name) = (format!("{}@people.example", canary()), canary());
    house.send("site", told(Some("rita"), "phone", "m1", json!({"email": email, "firstName": name}))).await.expect(200);
    house.send("site", ordered(Some("rita"), Some("phone"), "m2", json!({}))).await.expect(200);
    let restrict = json!({"act": "restrict", "target": "person", "method": "form"});
    house.act("privacy", &format!("email/{email}"), restrict).await.expect(200);
    minute(&house).await;
    for (place, person) in ["user_id/rita", "anonymous_id/phone"].into_iter().enumerate() {
        house.send("till", ordered(Some("rita"), None, &format!("t{place}"), json!({}))).await.expect(200);
        let read = all_of(&house, person).await;
        assert!(!read.contains(&name) && !read.contains(&email), "{person}: {read}");
    }
    house.profile("anonymous_id/phone", "orders").await.problem(403, "restricted");
    house.profile("user_id/rita", "orders").await.expect(200);
}

/// A public key names any account, and whoever has an address of their own can be known by it: before the account was named
/// beside it, and after.
async fn an_address_of_ones_own_reads_nobodys_account(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let mut place = 0;
    for way in ["act", "till"] {
        for first in ["named", "known"] {
            place += 1;
            let (email, name) = (format!("{}@evil.example", canary()), canary());
            let (account, person) = (format!("user_id/vic{place}"), format!("email/{email}"));
            let (user, device, other) = (format!("vic{place}"), format!("phone{place}"), format!("stranger{place}"));
            let message = |what: &str| format!("{what}{place}");
            let known = async |house: &House| match way {
                "act" => house.act("privacy", &person, act_on("grant", "news")).await.expect(200),
                _ => house
                    .send("till", ordered(None, Some(&message("call")), &message("till"), json!({"email": email})))
                    .await
                    .expect(200),
            };
            let claim = async |house: &House, what: &str| {
                let named = told(Some(&user), &other, &message(what), json!({"email": email}));
                house.send("site", named).await.expect(200)
            };
            if first == "known" {
                known(&house).await;
                claim(&house, "e").await;
            }
            let own = told(Some(&user), &device, &message("v"), json!({"firstName": name}));
            house.send("site", own).await.expect(200);
            house
                .send("site", ordered(Some(&user), Some(&device), &message("o"), json!({"firstName": name})))
                .await
                .expect(200);
            if first == "named" {
                claim(&house, "e").await;
                known(&house).await;
            }
            minute(&house).await;
            claim(&house, "again").await;
            let told = format!("{way}, {first} first");
            let read = all_of(&house, &person).await;
            assert!(!read.contains(&name) && !read.contains(&user), "{told}: {read}");
            let own = house.profile(&account, "orders").await.expect(200).json;
            assert_eq!((&own["traits"]["firstName"], &own["metrics"]["orders"]), (&json!(name), &json!(1)), "{told}");
            // Nor are they heard for them.
            house.act("privacy", &person, act_on("withdraw", "news")).await.expect(200);
            assert_eq!(house.state(&account, "news").await, "given", "{told}");
            assert_eq!(house.profile(&account, "news").await.expect(200).json["traits"]["firstName"], name.as_str());
            let graph = house.get("privacy", &format!("profiles/{account}/identity?purpose=orders")).await.expect(200);
            assert!(graph.text.contains("known_apart") && !graph.text.contains(&email), "{told}: {}", graph.text);
            assert_ne!(house.profile_id(&account).await, house.profile_id(&person).await, "{told}");
        }
    }
}

/// As before: nobody has signed in there, and the address is all that says whose it is.
async fn a_device_without_an_account_is_joined_to_a_known_address(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let email = format!("{}@people.example", canary());
    let kinds = async |house: &House| {
        let graph = house.get("privacy", &format!("profiles/email/{email}/identity?purpose=orders")).await.expect(200);
        let mut kinds: Vec<String> =
            graph.json["fragments"].as_array().unwrap().iter().map(|one| one["kind"].to_string()).collect();
        kinds.sort();
        kinds
    };
    house.send("till", ordered(None, Some("call"), "m1", json!({"email": email}))).await.expect(200);
    house.send("site", told(None, "phone", "m2", json!({"email": email}))).await.expect(200);
    assert_eq!(kinds(&house).await, ["\"anonymous_id\"", "\"anonymous_id\"", "\"email\""]);
    // Whoever signs in there later, with an account of which no system knows that the address is theirs, does so beside it.
    house.send("site", json!([viewed(Some("nora"), "phone", "m3")])).await.expect(200);
    assert_eq!(kinds(&house).await, ["\"anonymous_id\"", "\"anonymous_id\"", "\"email\""]);
    // A system may say so.
    house.send("shop", ordered(Some("nora"), None, "m4", json!({"email": email}))).await.expect(200);
    assert!(kinds(&house).await.contains(&"\"user_id\"".to_owned()));
}

/// Double opt-in: whoever follows the link is written to at the address that it was sent to, whether it was typed on the site
/// before, beside an account or not. What the same device claims besides is not theirs.
async fn a_confirmed_address_is_written_to_and_no_other(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    for (place, typed) in [None, Some(None), Some(Some("zoe"))].into_iter().enumerate() {
        let (email, device) = (format!("{}@people.example", canary()), format!("phone{place}"));
        if let Some(user) = typed {
            let form = told(user, &device, &format!("f{place}"), json!({"email": email}));
            house.send("site", form).await.expect(200);
            minute(&house).await;
        }
        let link =
            json!({"act": "grant", "purpose": "news", "method": "double_opt_in", "verified": "link of message 4711"});
        house.act("privacy", &format!("email/{}", email.to_uppercase()), link).await.expect(200);
        house.delivered("mailer").await;
        let told_of = |house: &House| {
            let all = ["audience.entered", "audience.updated"].map(|kind| house.heard(kind, "readers"));
            all.into_iter().flatten().map(|message| message.json().to_string()).collect::<Vec<_>>()
        };
        assert!(told_of(&house).iter().any(|message| message.contains(&email)), "{place}");
        let read = house.profile(&format!("email/{email}"), "news").await.expect(200);
        assert!(read.text.contains(&email), "{}", read.text);

        // Somebody else's address and a name, by whoever holds a device on which the confirmed one was typed.
        let (victim, name) = (format!("{}@people.example", canary()), canary());
        let both = told(None, &device, &format!("g{place}"), json!({"email": email}));
        let other = told(None, &device, &format!("h{place}"), json!({"email": victim, "firstName": name}));
        house.send("site", both).await.expect(200);
        house.send("site", other).await.expect(200);
        house.delivered("mailer").await;
        let with_both = told_of(&house).into_iter().find(|said| said.contains(&email) && said.contains(&name));
        assert_eq!(with_both, None, "{place}");

        minute(&house).await;
        house.act("privacy", &format!("email/{email}"), act_on("withdraw", "news")).await.expect(200);
        house.profile(&format!("email/{email}"), "news").await.problem(403, "consent_withdrawn");
    }
}

/// A system told the address for another purpose alone; the confirmation is for the news. A second one keeps it anew.
async fn a_confirmed_address_is_known_beside_what_a_system_was_told(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let email = format!("{}@people.example", canary());
    let known = json!([{"type": "identify", "anonymousId": "call", "messageId": "m1", "traits": {"email": email}}]);
    house.send("shop", known).await.expect(200);
    let person = format!("email/{email}");
    assert_eq!(house.profile(&person, "offers").await.expect(200).json["traits"]["email"], email.as_str());
    for _ in 0..2 {
        house.act("privacy", &person, act_on("grant", "news")).await.expect(200);
        minute(&house).await;
    }
    house.delivered("mailer").await;
    let told = house.heard("audience.entered", "readers").into_iter().map(|message| message.json());
    let named: Vec<Json> = told.map(|told| told["data"]["fields"]["email"].clone()).collect();
    assert_eq!(named, [json!(email)]);
}

/// Two addresses that systems told of one customer, of which one is wrong: parted from it, the customer is written to at it no
/// more.
async fn a_mistyped_address_goes_with_the_split(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let (right, wrong) = (format!("{}@people.example", canary()), format!("{}@people.example", canary()));
    let person = "user_id/mara";
    for (email, message) in [(&right, "m1"), (&wrong, "m2")] {
        house.send("shop", ordered(Some("mara"), None, message, json!({"email": email}))).await.expect(200);
        minute(&house).await;
    }
    assert_eq!(house.profile(person, "orders").await.expect(200).json["traits"]["email"], wrong.as_str());
    decide(&house, "split", person, &[&format!("email/{wrong}")], false).await.expect(200);
    let read = all_of(&house, person).await;
    assert!(!read.contains(&wrong), "{read}");
    house.delivered("mailer").await;
    let updated = house.heard("audience.updated", "shipped").into_iter().map(|message| message.json());
    let last = updated.last().expect("who was told of it is told");
    assert!(!last.to_string().contains(&wrong), "{last}");
    house.send("shop", ordered(Some("mara"), None, "m3", json!({"email": right}))).await.expect(200);
    assert_eq!(house.profile(person, "orders").await.expect(200).json["traits"]["email"], right.as_str());
}
