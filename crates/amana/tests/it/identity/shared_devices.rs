//! A device on which several people sign in is nobody's by itself (DESIGN §6): what nobody signs in for is shown with
//! nobody, and what each did signed in stays theirs.

use super::bans::ban;
use super::kiosks::{KIOSKS, customers, devices, looked, token_of, with_kiosks};
use super::signed::{proofs, site_token};
use super::staff::decide;
use super::{bought, viewed, views};
use crate::support::{CATALOG, Engine, House, act_on, on_both_engines};
use amana::pipeline::TallyName;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::time::Duration;

on_both_engines!(
    what_nobody_signs_in_for_on_a_shared_tablet_is_shown_with_nobody,
    what_was_said_against_on_a_tablet_goes_on_when_it_is_shared,
    who_goes_on_on_a_shared_tablet_reaches_what_they_did_on_it_before,
    staff_lift_that_a_device_is_shared,
    a_device_of_one_account_is_not_shared,
    a_claim_of_somebody_else_makes_no_device_shared,
    a_new_customer_on_a_shared_tablet_is_not_made_one_with_another,
    what_was_taken_back_is_not_agreed_to_again_by_what_the_device_has_stored,
    what_is_said_on_a_shared_device_reaches_what_was_done_on_it_before,
    accounts_that_staff_joined_share_no_device,
    what_is_done_on_a_declared_shared_device_is_never_shown_with_who_signs_in,
);

const TABLET: &str = "anonymous_id/tablet";

pub(super) async fn send(house: &House, source: &str, event: Json) {
    house.send(source, json!([event])).await.expect(200);
    house.advance(Duration::from_secs(60));
}

/// The shop knows both; Ann signs in on the tablet, then Bob does.
async fn shared(house: &House, (first, second): (&str, &str)) {
    send(house, "shop", bought("ann", "m1", json!({"firstName": "Ann"}))).await;
    send(house, "shop", bought("bob", "m2", json!({"firstName": "Bob"}))).await;
    send(house, first, viewed(Some("ann"), "tablet", "a1")).await;
    send(house, second, viewed(Some("bob"), "tablet", "b1")).await;
}

pub(super) async fn graph(house: &House, person: &str) -> Json {
    house.get("privacy", &format!("profiles/{person}/identity?purpose=offers")).await.expect(200).json
}

async fn what_nobody_signs_in_for_on_a_shared_tablet_is_shown_with_nobody(engine: Engine) {
    let mut house = House::open(engine, CATALOG).await;
    let pairs = [("site", "site"), ("site", "shop"), ("shop", "site"), ("shop", "shop")];
    for (place, (first, second)) in pairs.into_iter().enumerate() {
        let (ann, bob, tablet) = (format!("ann{place}"), format!("bob{place}"), format!("tablet{place}"));
        let message = |name: &str| format!("{name}-{place}");
        let view = |user: Option<&str>, name: &str| viewed(user, &tablet, &message(name));
        for (person, name) in [(&ann, "m1"), (&bob, "m2")] {
            send(&house, "shop", bought(person, &message(name), json!({"firstName": person}))).await;
        }
        send(&house, first, view(Some(&ann), "a1")).await;
        send(&house, second, view(Some(&bob), "b1")).await;
        send(&house, "site", view(None, "u1")).await;
        house.restart().await;
        send(&house, "site", view(Some(&ann), "a2")).await;
        send(&house, "site", view(None, "u2")).await;
        send(&house, "site", view(Some(&bob), "b2")).await;
        send(&house, "site", view(None, "u3")).await;
        let device = format!("anonymous_id/{tablet}");
        let shown = (format!("user_id/{ann}"), format!("user_id/{bob}"));
        let counts = (views(&house, &shown.0).await, views(&house, &shown.1).await, views(&house, &device).await);
        assert_eq!(counts, (json!(2), json!(2), json!(3)), "{first} then {second}");
        // A site that knows the tablet alone is told of nobody.
        let alone = graph(&house, &device).await;
        assert_eq!(alone["fragments"].as_array().unwrap().len(), 1, "{alone}");
        assert_eq!(alone["fragments"][0]["banned"]["method"], "shared_device", "{alone}");
        for person in [&shown.0, &shown.1] {
            assert_ne!(house.profile_id(person).await, house.profile_id(&device).await);
            let timeline = house.get("privacy", &format!("profiles/{person}/timeline?purpose=offers")).await;
            let text = timeline.expect(200).text;
            assert!(["u1", "u2", "u3"].iter().all(|look| !text.contains(&message(look))), "{person}: {text}");
        }
    }
}

/// Nobody knows that who uses it is who agreed; and what was said against goes on, for it was the device that said so.
async fn what_was_said_against_on_a_tablet_goes_on_when_it_is_shared(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    send(&house, "site", viewed(None, "tablet", "u0")).await;
    house.act("privacy", TABLET, act_on("object", "offers")).await.expect(200);
    house.act("privacy", TABLET, act_on("grant", "news")).await.expect(200);
    house.advance(Duration::from_secs(60));
    shared(&house, ("site", "site")).await;
    send(&house, "site", viewed(None, "tablet", "u1")).await;
    let objection = house.permission(TABLET, "offers").await;
    assert!(["objected", "objection_pending"].contains(&objection["state"].as_str().unwrap()), "{objection}");
    assert_eq!(house.state(TABLET, "news").await, "unknown", "a yes was somebody's, and nobody knows whose");
    let history = house.get("privacy", &format!("profiles/{TABLET}/permissions?history=true")).await.expect(200);
    assert!(history.text.contains("shared_device"), "{}", history.text);
    house.profile(TABLET, "offers").await.expect(403);
}

/// What somebody takes back on a shared tablet, signed in, reaches what they did on it before it was shared.
async fn who_goes_on_on_a_shared_tablet_reaches_what_they_did_on_it_before(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    shared(&house, ("site", "site")).await;
    let before = graph(&house, "user_id/ann").await["fragments"].as_array().unwrap().len();
    send(&house, "site", viewed(Some("ann"), "tablet", "a2")).await;
    assert_eq!(graph(&house, "user_id/ann").await["fragments"].as_array().unwrap().len(), before, "she goes on there");
    assert_eq!(views(&house, "user_id/ann").await, 2);
    let no = json!({"type": "page", "userId": "ann", "anonymousId": "tablet", "messageId": "a3",
        "context": {"consent": {"categoryPreferences": {"offers": false}}}});
    send(&house, "site", no).await;
    assert_eq!(views(&house, "user_id/ann").await, 0, "from before as well");
    assert_eq!(views(&house, "user_id/bob").await, 1, "what Bob did is Bob's");
}

async fn staff_lift_that_a_device_is_shared(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    shared(&house, ("site", "site")).await;
    ban(&house, "ban/lift", TABLET, false).await.expect(200);
    send(&house, "site", viewed(Some("bob"), "tablet", "b2")).await;
    assert_eq!(house.profile_id(TABLET).await, house.profile_id(TABLET).await);
    let bob = graph(&house, "user_id/bob").await;
    let kinds: Vec<&str> =
        bob["fragments"].as_array().unwrap().iter().filter_map(|fragment| fragment["kind"].as_str()).collect();
    assert!(kinds.contains(&"anonymous_id"), "it is Bob's now: {bob}");
    assert_eq!((views(&house, "user_id/ann").await, views(&house, "user_id/bob").await), (json!(1), json!(2)));
    // And shows itself again.
    send(&house, "site", viewed(Some("ann"), "tablet", "a2")).await;
    send(&house, "site", viewed(None, "tablet", "u1")).await;
    assert_eq!((views(&house, "user_id/ann").await, views(&house, "user_id/bob").await), (json!(2), json!(2)));
    assert_eq!(views(&house, TABLET).await, 1);
}

async fn a_device_of_one_account_is_not_shared(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    send(&house, "shop", bought("ann", "m1", json!({"email": "ann@people.example"}))).await;
    send(&house, "shop", bought("bob", "m2", json!({"email": "bob@people.example"}))).await;
    for (place, source) in ["site", "shop", "site"].into_iter().enumerate() {
        send(&house, source, viewed(Some("ann"), "laptop", &format!("a{place}"))).await;
    }
    // An address that is Bob's, typed on Ann's laptop by whoever is signed in there as Ann.
    let mut typed = viewed(Some("ann"), "laptop", "a9");
    typed["context"] = json!({"traits": {"email": "bob@people.example"}});
    send(&house, "site", typed).await;
    send(&house, "site", viewed(None, "laptop", "u1")).await;
    let laptop = graph(&house, "user_id/ann").await;
    let banned = laptop["fragments"].as_array().unwrap().iter().any(|fragment| fragment["banned"].is_object());
    assert!(!banned && laptop["fragments"].as_array().unwrap().len() >= 3, "{laptop}");
    assert_eq!(views(&house, "user_id/ann").await, 5);
}

/// Anybody can claim an address for another account; that makes nobody's device shared.
async fn a_claim_of_somebody_else_makes_no_device_shared(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let with_email = |device: &str, user: Option<&str>, message: &str| {
        let mut event = viewed(user, device, message);
        event["context"] = json!({"traits": {"email": "vic@people.example"}});
        event
    };
    send(&house, "site", with_email("laptop", None, "v1")).await;
    send(&house, "site", with_email("stranger", Some("zzz"), "z1")).await;
    send(&house, "site", viewed(Some("vic"), "laptop", "v2")).await;
    send(&house, "shop", viewed(Some("vic"), "laptop", "v3")).await;
    let laptop = graph(&house, "anonymous_id/laptop").await;
    let banned = laptop["fragments"].as_array().unwrap().iter().any(|fragment| fragment["banned"].is_object());
    assert!(!banned, "{laptop}");
    assert_eq!(house.tally(TallyName::DevicesShared).await, 0);
}

/// Who types their address on a tablet of somebody else's, and only then gets an account.
async fn a_new_customer_on_a_shared_tablet_is_not_made_one_with_another(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    send(&house, "shop", viewed(Some("ann"), "tablet", "a1")).await;
    let mut typed = viewed(None, "tablet", "n1");
    typed["context"] = json!({"traits": {"email": "new@people.example"}});
    send(&house, "site", typed).await;
    send(&house, "shop", bought("new", "m1", json!({"email": "new@people.example"}))).await;
    send(&house, "shop", viewed(Some("new"), "tablet", "n2")).await;
    send(&house, "shop", viewed(Some("new"), "tablet", "n3")).await;
    assert_ne!(house.profile_id("user_id/ann").await, house.profile_id("user_id/new").await);
    // Beside each other by a claim at most, and never one by proof.
    let all = graph(&house, "user_id/new").await;
    let accounts = all["fragments"].as_array().unwrap().iter().filter(|fragment| fragment["kind"] == "user_id");
    let groups: BTreeSet<u64> = accounts.clone().map(|fragment| fragment["group"].as_u64().unwrap()).collect();
    assert_eq!(groups.len(), accounts.count(), "{all}");
}

async fn what_was_taken_back_is_not_agreed_to_again_by_what_the_device_has_stored(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let stored = |message: &str| {
        json!({"type": "page", "anonymousId": "tablet", "messageId": message,
            "context": {"consent": {"categoryPreferences": {"news": true}}}})
    };
    send(&house, "site", stored("u1")).await;
    assert_eq!(house.state(TABLET, "news").await, "given");
    shared(&house, ("shop", "shop")).await;
    house.act("privacy", "user_id/ann", act_on("withdraw", "news")).await.expect(200);
    house.advance(Duration::from_secs(60));
    send(&house, "site", stored("u2")).await;
    assert_eq!(house.state(TABLET, "news").await, "unknown", "nobody has said anything new");
    let mut said = stored("u3");
    (said["type"], said["event"]) = (json!("track"), json!("Segment Consent Preference Updated"));
    send(&house, "site", said).await;
    assert_eq!(house.state(TABLET, "news").await, "given", "whoever holds it can say so");
    assert_ne!(house.state("user_id/ann", "news").await, "given");
}

/// A no of the device is one to all that came from it; a yes is whoever's holds it.
async fn what_is_said_on_a_shared_device_reaches_what_was_done_on_it_before(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    shared(&house, ("site", "site")).await;
    send(&house, "site", viewed(Some("ann"), "tablet", "a2")).await;
    assert_eq!(views(&house, "user_id/ann").await, 2);
    let no = json!({"type": "page", "anonymousId": "tablet", "messageId": "u1",
        "context": {"consent": {"categoryPreferences": {"offers": false}}}});
    send(&house, "site", no).await;
    assert_eq!(views(&house, "user_id/ann").await, 0);
    assert_eq!(views(&house, "user_id/bob").await, 1);
    // The same by staff, who can name nothing but the device.
    house.act("privacy", TABLET, json!({"act": "restrict", "target": "person"})).await.expect(200);
    assert_eq!(house.tally(TallyName::DevicesShared).await, 1);
}

async fn accounts_that_staff_joined_share_no_device(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    send(&house, "shop", bought("ann", "m1", json!({}))).await;
    send(&house, "shop", bought("ann2", "m2", json!({}))).await;
    send(&house, "site", viewed(None, "laptop", "a0")).await;
    send(&house, "shop", viewed(Some("ann"), "laptop", "a1")).await;
    decide(&house, "join", "user_id/ann", &["user_id/ann2"], false).await.expect(200);
    send(&house, "shop", viewed(Some("ann2"), "laptop", "a2")).await;
    send(&house, "site", viewed(Some("ann2"), "laptop", "a3")).await;
    send(&house, "site", viewed(None, "laptop", "a4")).await;
    assert_eq!(house.tally(TallyName::DevicesShared).await, 0);
    assert_eq!(house.profile_id("user_id/ann").await, house.profile_id("anonymous_id/laptop").await);
}

/// Where the catalogue says that many people use a source's devices, nobody has to sign in second for it to show.
async fn what_is_done_on_a_declared_shared_device_is_never_shown_with_who_signs_in(engine: Engine) {
    let mut house = House::open(engine, &with_kiosks(true)).await;
    for source in KIOSKS {
        let (lena, lina) = (format!("lena-{source}"), format!("lina-{source}"));
        let (of_lena, of_lina, device) =
            (format!("user_id/{lena}"), format!("user_id/{lina}"), format!("anonymous_id/{source}"));
        customers(&house, &[&lena, &lina]).await;
        let look = |user: Option<&str>, name: &str| looked(user, source, &format!("{name}-{source}"));
        send(&house, source, look(None, "u0")).await;
        send(&house, source, look(Some(&lena), "a1")).await;
        send(&house, source, look(None, "u1")).await;
        assert_eq!((views(&house, &of_lena).await, views(&house, &device).await), (json!(1), json!(2)), "{source}");
        send(&house, source, look(Some(&lina), "b1")).await;
        house.restart().await;
        for (user, name) in [(Some(&lena), "a1"), (Some(&lina), "b1"), (None, "u1"), (None, "u2")] {
            send(&house, source, look(user.map(String::as_str), name)).await;
        }
        assert_eq!(views(&house, &of_lena).await, 1, "{source}: what is sent again came before");
        assert_eq!((views(&house, &of_lina).await, views(&house, &device).await), (json!(1), json!(3)), "{source}");
        // An address that somebody types is no device's either.
        let mut typed = look(None, "n1");
        typed["context"]["traits"] = json!({"email": format!("new-{source}@people.example")});
        send(&house, source, typed).await;
        let alone = graph(&house, &device).await;
        assert_eq!(
            (alone["fragments"].as_array().unwrap().len(), views(&house, &device).await),
            (1, json!(3)),
            "{alone}"
        );
        assert!(alone["fragments"][0]["banned"].is_null(), "nobody had to find it out: {alone}");
        for person in [&of_lena, &of_lina] {
            is_without_devices(&house, person, source).await;
        }
    }
    // A proof is of who signs in, and not of the kiosk.
    let mut proven = looked(Some("lena-kiosk"), "kiosk", "a2-kiosk");
    proven["context"]["identityProof"] = json!({"jwt": site_token(&token_of("lena-kiosk"))});
    send(&house, "kiosk", proven).await;
    send(&house, "kiosk", looked(None, "kiosk", "u3-kiosk")).await;
    assert_eq!(proofs(&house).await, (1, 0));
    assert_eq!(views(&house, "user_id/lena-kiosk").await, 2);
    assert_eq!(views(&house, "anonymous_id/kiosk").await, 4);
    is_without_devices(&house, "user_id/lena-kiosk", "kiosk").await;
    assert_eq!(house.tally(TallyName::DevicesShared).await, 0);
    assert_eq!(house.tally(TallyName::EventsUnidentified).await, 0);
}

/// Somebody's graph holds no device and says why, and their timeline has nothing that nobody signed in for.
async fn is_without_devices(house: &House, person: &str, source: &str) {
    let of_person = graph(house, person).await;
    assert_eq!(devices(&of_person["fragments"]), [""; 0], "{of_person}");
    let left_out: BTreeSet<String> = devices(&of_person["left_out"]).into_iter().collect();
    assert_eq!(left_out.len(), 3, "{of_person}");
    for left_out in of_person["left_out"].as_array().unwrap() {
        assert_eq!((&left_out["why"], &left_out["source"]), (&json!("shared_device"), &json!(source)), "{of_person}");
    }
    let timeline = house.get("privacy", &format!("profiles/{person}/timeline?purpose=offers")).await.expect(200).text;
    assert!(["u0", "u1", "u2", "u3"].iter().all(|look| !timeline.contains(&format!("{look}-{source}"))), "{timeline}");
    assert!(timeline.contains(&format!("1-{source}")), "{timeline}");
}
