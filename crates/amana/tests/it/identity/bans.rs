//! An identifier that is many people's joins nobody: banned by staff, whatever names it, for as long as they say so
//! (DESIGN §6).

use super::staff::{decide, named, told};
use super::{bought, viewed, views};
use crate::support::{CATALOG, Engine, House, Reply, act_on, canary, on_both_engines};
use amana::pipeline::TallyName;
use reqwest::Method;
use serde_json::{Value as Json, json};
use std::time::Duration;

on_both_engines!(
    a_banned_identifier_joins_nobody_whatever_names_it,
    lifting_a_ban_gives_back_what_it_took_byte_for_byte,
    two_bans_and_a_split_stand_each_for_itself,
    an_identifier_that_nobody_is_known_by_can_be_banned,
    a_public_source_makes_nothing_of_a_banned_account,
    a_ban_that_cannot_be_is_refused_with_why,
    what_a_ban_did_is_told_of_the_past_as_it_was,
);

const FAMILY: &str = "email/info@family.example";

/// Bans an identifier, or lifts its ban.
pub(crate) async fn ban(house: &House, what: &str, identifier: &str, preview: bool) -> Reply {
    let body = json!({"identifier": named(identifier), "note": "The whole family's.", "preview": preview});
    house.ask("privacy", Method::POST, &format!("identity/{what}"), Some(body)).await
}

async fn graph(house: &House, person: &str, query: &str) -> Json {
    house.get("privacy", &format!("profiles/{person}/identity?purpose=orders{query}")).await.expect(200).json
}

async fn orders(house: &House, person: &str) -> Json {
    house.profile(person, "orders").await.expect(200).json["metrics"]["orders"].clone()
}

/// Ann, whom the shop knows by the family's address, which has ordered by itself as well, and by her laptop.
async fn ann_and_the_family(house: &House) {
    let ann = bought("ann", "m1", json!({"email": "info@family.example", "firstName": "Ann"}));
    // Each by itself before they are one: what only the other's contract holds goes when they are parted.
    house.send("shop", json!([bought("ann", "m0", json!({})), of_the_family("f1"), ann])).await.expect(200);
    house.send("site", json!([viewed(Some("ann"), "laptop", "a1")])).await.expect(200);
    house.act("privacy", "user_id/ann", act_on("grant", "news")).await.expect(200);
    house.act("privacy", FAMILY, act_on("object", "offers")).await.expect(200);
}

/// An order that names the address and, besides, what is nobody's.
fn of_the_family(message: &str) -> Json {
    bought("guest", message, json!({"email": "info@family.example"}))
}

async fn a_banned_identifier_joins_nobody_whatever_names_it(engine: Engine) {
    let mut house = House::open(engine, CATALOG).await;
    ann_and_the_family(&house).await;
    assert_eq!(house.profile_id("user_id/ann").await, house.profile_id(FAMILY).await);
    let foreseen = ban(&house, "ban", FAMILY, true).await.expect(200).json;
    assert_eq!((&foreseen["in_force"], &foreseen["id"]), (&json!(false), &Json::Null));
    assert_eq!(house.profile_id("user_id/ann").await, house.profile_id(FAMILY).await, "a preview does nothing");
    let banned = ban(&house, "ban", FAMILY, false).await.expect(200).json;
    assert_eq!((&banned["in_force"], &banned["changes"]), (&json!(true), &foreseen["changes"]));
    let sides = banned["changes"]["sides"].as_array().unwrap();
    assert_eq!((sides.len(), &banned["changes"]["edges_banned"]), (2, &json!(1)), "{banned}");
    assert_eq!(sides[0]["fragments"][0]["kind"], "email", "first who is banned, alone");
    assert_eq!(
        (sides[0]["fragments"].as_array().unwrap().len(), sides[1]["fragments"].as_array().unwrap().len()),
        (1, 2)
    );
    assert_ne!(house.profile_id("user_id/ann").await, house.profile_id(FAMILY).await);

    // The system that verified it says so again; so do others, a signed-in device, and an import's row.
    let secret = canary();
    let by =
        |user: &str, message: &str| bought(user, message, json!({"email": "INFO@family.example", "lastName": secret}));
    house.send("shop", json!([by("ann", "m2"), by("bob", "m3")])).await.expect(200);
    house.send("crm", json!([by("cleo", "m4")])).await.expect(200);
    house.restart().await;
    house
        .send(
            "site",
            json!([{"type": "track", "event": "Product Viewed", "anonymousId": "phone", "messageId": "m5",
        "context": {"traits": {"email": "info@family.example"}}}]),
        )
        .await
        .expect(200);
    assert_eq!(house.tally(TallyName::IdentifiersDropped).await, 4, "it is counted");
    let family = graph(&house, FAMILY, "").await;
    assert_eq!(family["fragments"].as_array().unwrap().len(), 1);
    let act = &family["fragments"][0]["banned"];
    assert_eq!((&act["id"], &act["act"], &act["note"]), (&banned["id"], &json!("ban"), &json!("The whole family's.")));
    for person in ["bob", "cleo"] {
        let read = house.get("privacy", &format!("profiles/user_id/{person}?purpose=orders&explain=true")).await;
        assert!(!read.text.to_lowercase().contains("info@family"), "no trait of {person}'s: {}", read.text);
        assert!(read.text.contains(&secret), "the rest of the event is theirs");
    }
    assert_eq!(orders(&house, FAMILY).await, 1, "nothing of it came to the address");
    let edge = &graph(&house, "user_id/ann", "").await["edges"];
    let edge = edge.as_array().unwrap().iter().find(|edge| edge["banned"].is_string()).unwrap().clone();
    assert_eq!(edge["banned_by"]["id"], banned["id"], "why it holds no longer");
    for (person, other) in [("user_id/bob", FAMILY), (FAMILY, "user_id/bob")] {
        decide(&house, "join", person, &[other], false).await.problem(422, "identity_impossible");
    }
    // Who names nothing else is the address alone.
    house.send("shop", json!([of_the_family("m6")])).await.expect(200);
    assert_eq!((orders(&house, FAMILY).await, orders(&house, "user_id/bob").await), (json!(2), json!(1)));
    let history = house.get("privacy", "profiles/user_id/ann/permissions?history=true").await.expect(200);
    assert!(history.text.contains("\"ban\""), "{}", history.text);
    // Sweeps and time leave it in force.
    house.pass(Duration::from_secs(40 * 86_400)).await;
    house.send("shop", json!([by("dan", "m7")])).await.expect(200);
    assert_ne!(house.profile_id("user_id/dan").await, house.profile_id(FAMILY).await);
}

async fn lifting_a_ban_gives_back_what_it_took_byte_for_byte(engine: Engine) {
    let mut house = House::open(engine, CATALOG).await;
    ann_and_the_family(&house).await;
    let people = ["user_id/ann", FAMILY, "anonymous_id/laptop"];
    let seen = async |house: &House| {
        let graph = graph(house, "user_id/ann", "").await;
        (told(house, &people).await, graph["fragments"].clone(), graph["edges"].clone(), graph["cuts"].clone())
    };
    let before = seen(&house).await;
    for identifier in ["user_id/ann", FAMILY, "anonymous_id/laptop"] {
        ban(&house, "ban", identifier, false).await.expect(200);
        assert_ne!(seen(&house).await, before);
        house.restart().await;
        let foreseen = ban(&house, "ban/lift", identifier, true).await.expect(200).json;
        let lifted = ban(&house, "ban/lift", identifier, false).await.expect(200).json;
        assert_eq!(lifted["changes"], foreseen["changes"]);
        assert_eq!(lifted["changes"]["act"], "lift_ban");
        let edges = if identifier == "user_id/ann" { 2 } else { 1 };
        assert_eq!(
            (&lifted["changes"]["edges_restored"], &lifted["changes"]["edges_still_banned"]),
            (&json!(edges), &json!(0))
        );
        assert_eq!(lifted["changes"]["sides"].as_array().unwrap().len(), edges + 1, "{lifted}");
        let after = seen(&house).await;
        for (before, after) in before.0.iter().zip(&after.0) {
            assert_eq!(before, after);
        }
        assert_eq!(after, before);
    }
    // And from then on events join it as ever.
    let both = bought("ann", "m9", json!({"email": "info@family.example"}));
    house.send("shop", json!([both])).await.expect(200);
    assert_eq!(orders(&house, FAMILY).await, 4);
}

async fn two_bans_and_a_split_stand_each_for_itself(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    ann_and_the_family(&house).await;
    ban(&house, "ban", FAMILY, false).await.expect(200);
    ban(&house, "ban", "user_id/ann", false).await.expect(200);
    let lifted = ban(&house, "ban/lift", FAMILY, false).await.expect(200).json;
    assert_eq!(
        (&lifted["changes"]["edges_restored"], &lifted["changes"]["edges_still_banned"]),
        (&json!(0), &json!(1))
    );
    assert_ne!(house.profile_id("user_id/ann").await, house.profile_id(FAMILY).await, "the other ban stands");
    let lifted = ban(&house, "ban/lift", "user_id/ann", false).await.expect(200).json;
    assert_eq!(lifted["changes"]["edges_restored"], 2, "its own, and what the other ban left to it");
    assert_eq!(house.profile_id("user_id/ann").await, house.profile_id(FAMILY).await);
    // What was split before is not joined by lifting a ban.
    decide(&house, "split", "user_id/ann", &[FAMILY], false).await.expect(200);
    ban(&house, "ban", FAMILY, false).await.expect(200);
    ban(&house, "ban/lift", FAMILY, false).await.expect(200);
    assert_ne!(house.profile_id("user_id/ann").await, house.profile_id(FAMILY).await);
}

async fn an_identifier_that_nobody_is_known_by_can_be_banned(engine: Engine) {
    let mut house = House::open(engine, CATALOG).await;
    let number = "phone/030901820";
    let foreseen = ban(&house, "ban", number, true).await.expect(200).json;
    assert_eq!(foreseen["changes"]["sides"], json!([]), "nobody is changed by it");
    house
        .get("privacy", &format!("profiles/{number}/identity?purpose=orders"))
        .await
        .problem(404, "profile_not_available");
    ban(&house, "ban", number, false).await.expect(200);
    house.pass(Duration::from_secs(400 * 86_400)).await;
    house.restart().await;
    let by = |user: &str, message: &str| bought(user, message, json!({"phone": "+49 30 901820"}));
    house.send("shop", json!([by("ann", "m1"), by("bob", "m2")])).await.expect(200);
    assert_eq!((orders(&house, "user_id/ann").await, orders(&house, "user_id/bob").await), (json!(1), json!(1)));
    assert_ne!(house.profile_id("user_id/ann").await, house.profile_id("phone/030901820").await);
    let of_ann = graph(&house, "user_id/ann", "").await;
    assert_eq!(of_ann["fragments"].as_array().unwrap().len(), 1);
    let left_out = &of_ann["left_out"][0];
    assert_eq!((&left_out["kind"], &left_out["why"]), (&json!("phone"), &json!("banned")));
    assert_eq!((&left_out["value"], &left_out["hidden"]), (&Json::Null, &json!("not_kept")));
    ban(&house, "ban/lift", number, false).await.expect(200);
    house.send("shop", json!([by("ann", "m3")])).await.expect(200);
    assert_eq!(house.profile_id("user_id/ann").await, house.profile_id("phone/030901820").await);
}

/// A public key merely names an account. Of an account that is many people's there are no visits: they would hang on it.
async fn a_public_source_makes_nothing_of_a_banned_account(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    ban(&house, "ban", "user_id/staff", false).await.expect(200);
    let viewed_by = |email: Option<&str>, device: Option<&str>, message: &str| {
        json!([{"type": "track", "event": "Product Viewed", "userId": "staff", "anonymousId": device, "messageId": message,
            "context": {"traits": {"email": email}}}])
    };
    house.send("site", viewed_by(None, None, "v1")).await.expect(200);
    for email in ["one@people.example", "two@people.example"] {
        house.send("site", viewed_by(Some(email), None, email)).await.expect(200);
    }
    assert_eq!(house.tally(TallyName::EventsUnidentified).await, 3);
    // On a device it is the device's, and two such devices have nothing in common.
    for device in ["one", "two"] {
        house.send("site", viewed_by(None, Some(device), device)).await.expect(200);
        assert_eq!(views(&house, &format!("anonymous_id/{device}")).await, 1);
    }
    assert_ne!(house.profile_id("anonymous_id/one").await, house.profile_id("anonymous_id/two").await);
    // And a device that is many people's, as in a shop window, leaves each who signs in on it what they did.
    ban(&house, "ban", "anonymous_id/kiosk", false).await.expect(200);
    for user in ["ann", "bob"] {
        house.send("shop", json!([bought(user, &format!("o-{user}"), json!({}))])).await.expect(200);
        house.send("site", json!([viewed(Some(user), "kiosk", user)])).await.expect(200);
    }
    house.send("site", json!([viewed(None, "kiosk", "k1")])).await.expect(200);
    for person in ["user_id/ann", "user_id/bob", "anonymous_id/kiosk"] {
        assert_eq!(views(&house, person).await, 1, "{person}");
    }
    assert_ne!(house.profile_id("user_id/ann").await, house.profile_id("user_id/bob").await);
}

async fn a_ban_that_cannot_be_is_refused_with_why(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    ann_and_the_family(&house).await;
    for unbanned in [FAMILY, "email/nobody@people.example"] {
        for preview in [true, false] {
            ban(&house, "ban/lift", unbanned, preview).await.problem(422, "identity_impossible");
        }
    }
    ban(&house, "ban", FAMILY, false).await.expect(200);
    let refused = ban(&house, "ban", FAMILY, false).await;
    assert_eq!(refused.json["errors"][0]["field"], "identifier", "{}", refused.text);
    refused.problem(422, "identity_impossible");
    ban(&house, "ban", "shoe/44", false).await.problem(422, "identifier_kind_unknown");
    ban(&house, "ban", "user_id/guest", false).await.problem(422, "identifier_unusable");
    let silent = json!({"identifier": named("user_id/ann"), "note": " "});
    house.ask("privacy", Method::POST, "identity/ban", Some(silent)).await.problem(422, "invalid_fields");
    let nobody = json!({"note": "Because."});
    house.ask("privacy", Method::POST, "identity/ban", Some(nobody)).await.problem(422, "invalid_fields");
    for role in ["admin", "marketing", "analyst", "service"] {
        for what in ["ban", "ban/lift"] {
            let body = json!({"identifier": named("user_id/ann"), "note": "Because."});
            house
                .ask(role, Method::POST, &format!("identity/{what}"), Some(body))
                .await
                .problem(403, "role_not_allowed");
        }
    }
    // A scope that no source has ever had is a slip.
    let elsewhere =
        json!({"identifier": {"kind": "user_id", "value": "ann", "scope": "elsewhere"}, "note": "Because."});
    house.ask("privacy", Method::POST, "identity/ban", Some(elsewhere)).await.problem(422, "identity_scope_unknown");
    assert_eq!(graph(&house, "user_id/ann", "").await["fragments"].as_array().unwrap().len(), 2, "here it is not");
}

async fn what_a_ban_did_is_told_of_the_past_as_it_was(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    ann_and_the_family(&house).await;
    let state = async |at: &str| {
        let path = format!("profiles/user_id/ann/permissions?as_of={at}&known_at={at}");
        let told = house.get("privacy", &path).await.expect(200).json;
        let offers = told["permissions"].as_array().unwrap().iter().find(|one| one["purpose"] == "offers").unwrap();
        offers["state"].clone()
    };
    let minute = async || {
        house.advance(Duration::from_secs(60));
        let now = house.clock.now().to_string();
        house.advance(Duration::from_secs(60));
        now
    };
    let before = minute().await;
    ban(&house, "ban", FAMILY, false).await.expect(200);
    let within = minute().await;
    ban(&house, "ban/lift", FAMILY, false).await.expect(200);
    let after = minute().await;
    assert_eq!(state(&before).await, "objected", "the address objected, and is hers");
    assert_eq!(state(&within).await, "informed", "it was not then");
    assert_eq!(state(&after).await, "objected");
}
