//! What staff decide about who is one person: looked at before, in force when it is answered, and never undone by events
//! (DESIGN §6).

use super::{bought, viewed, views};
use crate::support::{CATALOG, Engine, House, Reply, act_on, canary, on_both_engines};
use reqwest::Method;
use serde_json::{Value as Json, json};
use std::time::Duration;

on_both_engines!(
    a_split_undoes_a_join_byte_for_byte,
    no_event_joins_again_what_staff_split,
    a_join_by_staff_lifts_the_split,
    a_preview_tells_what_the_decision_does_and_does_nothing,
    a_preview_tells_what_is_destroyed_and_never_comes_back,
    a_decision_that_cannot_be_is_refused_with_why,
    the_graph_says_why_somebody_is_one_person,
    a_visit_is_split_off_by_its_fragment,
    who_is_parted_keeps_what_they_did_while_they_were_one,
    a_visit_that_was_split_off_stays_so_whatever_is_named_beside,
    joining_one_again_lifts_no_split_of_another,
);

pub(crate) fn named(person: &str) -> Json {
    let (kind, value) = person.split_once('/').unwrap();
    json!({"kind": kind, "value": value})
}

/// A decision of the privacy office: `join` or `split`, the person, the others.
pub(crate) async fn decide(house: &House, what: &str, person: &str, others: &[&str], preview: bool) -> Reply {
    let list: Vec<Json> = others.iter().map(|other| named(other)).collect();
    let place = if what == "join" { "with" } else { "part" };
    let body = json!({"person": named(person), place: list, "note": "It was checked.", "preview": preview});
    house.ask("privacy", Method::POST, &format!("identity/{what}"), Some(body)).await
}

async fn graph(house: &House, person: &str, query: &str) -> Json {
    house.get("privacy", &format!("profiles/{person}/identity?purpose=orders{query}")).await.expect(200).json
}

/// What is known of people, to the byte: every purpose's profile, and all permissions.
pub(crate) async fn told(house: &House, people: &[&str]) -> Vec<String> {
    let mut told = Vec::new();
    for person in people {
        for purpose in ["orders", "bookkeeping", "news", "offers"] {
            let path = format!("profiles/{person}?purpose={purpose}&explain=true");
            told.push(house.get("privacy", &path).await.text);
        }
        told.push(house.get("privacy", &format!("profiles/{person}/permissions")).await.expect(200).text);
    }
    told
}

async fn two_customers(house: &House) {
    let ann = bought("ann", "m1", json!({"email": "ann@people.example", "firstName": "Ann"}));
    let bob = bought("bob", "m2", json!({"email": "bob@people.example", "firstName": "Bob"}));
    house.send("shop", json!([ann, bob])).await.expect(200);
    house
        .send("site", json!([viewed(Some("ann"), "laptop", "a1"), viewed(Some("bob"), "phone", "b1")]))
        .await
        .expect(200);
    house.act("privacy", "user_id/ann", act_on("grant", "news")).await.expect(200);
    house.act("privacy", "user_id/bob", act_on("object", "offers")).await.expect(200);
}

const ALL: [&str; 6] = [
    "user_id/ann",
    "email/ann@people.example",
    "anonymous_id/laptop",
    "user_id/bob",
    "email/bob@people.example",
    "anonymous_id/phone",
];

async fn a_split_undoes_a_join_byte_for_byte(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    two_customers(&house).await;
    let before = told(&house, &ALL).await;
    for (one, other) in [("user_id/ann", "user_id/bob"), ("email/ann@people.example", "email/bob@people.example")] {
        decide(&house, "join", one, &[other], false).await.expect(200);
        assert_eq!(house.profile_id("user_id/ann").await, house.profile_id("user_id/bob").await);
        assert_eq!(house.profile("user_id/bob", "orders").await.expect(200).json["metrics"]["orders"], 2);
        assert_ne!(told(&house, &ALL).await, before);
        let split = decide(&house, "split", "user_id/ann", &[other], false).await.expect(200).json;
        assert_eq!(split["changes"]["sides"].as_array().unwrap().len(), 2);
        let after = told(&house, &ALL).await;
        for (before, after) in before.iter().zip(&after) {
            assert_eq!(before, after);
        }
    }
}

async fn no_event_joins_again_what_staff_split(engine: Engine) {
    let mut house = House::open(engine, CATALOG).await;
    let both = |message: &str| bought("ann", message, json!({"email": "family@people.example"}));
    house.send("shop", json!([both("m1")])).await.expect(200);
    assert_eq!(house.profile_id("user_id/ann").await, house.profile_id("email/family@people.example").await);
    decide(&house, "split", "user_id/ann", &["email/family@people.example"], false).await.expect(200);
    // The system that verified it says so again, and so do others, directly and by way of something new.
    house.send("shop", json!([both("m2"), both("m3")])).await.expect(200);
    let by_device = |user: Option<&str>, email: Option<&str>, message: &str| {
        json!([{"type": "track", "event": "Order Completed", "userId": user, "anonymousId": "laptop",
            "messageId": message, "context": {"traits": {"email": email}}}])
    };
    for source in ["crm", "site"] {
        house.send(source, json!([both(&format!("{source}-1"))])).await.expect(200);
        house.send(source, by_device(Some("ann"), None, &format!("{source}-2"))).await.expect(200);
        house.send(source, by_device(None, Some("family@people.example"), &format!("{source}-3"))).await.expect(200);
    }
    house.restart().await;
    house.send("shop", json!([both("m4")])).await.expect(200);
    let path = graph(&house, "user_id/ann", "&to=email:family@people.example").await["path"].clone();
    assert_eq!((&path["connected"], path["parted_by"].as_array().unwrap().len()), (&json!(false), 1), "{path}");
    assert_ne!(house.profile_id("user_id/ann").await, house.profile_id("email/family@people.example").await);
}

async fn a_join_by_staff_lifts_the_split(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let both = |message: &str| bought("ann", message, json!({"email": "ann@people.example"}));
    house.send("shop", json!([both("m1")])).await.expect(200);
    decide(&house, "split", "user_id/ann", &["email/ann@people.example"], false).await.expect(200);
    assert_eq!(graph(&house, "user_id/ann", "").await["cuts"].as_array().unwrap().len(), 1);
    let joined = decide(&house, "join", "user_id/ann", &["email/ann@people.example"], false).await.expect(200).json;
    assert_eq!(joined["changes"]["splits_lifted"].as_array().unwrap().len(), 1);
    let now = graph(&house, "user_id/ann", "&to=email:ann@people.example").await;
    assert_eq!((&now["path"]["connected"], now["cuts"].as_array().unwrap().len()), (&json!(true), 0), "{now}");
    // And events join to either again.
    let other = json!({"email": "ann@people.example", "phone": "+49 30 901820"});
    house.send("shop", json!([bought("ann", "m2", other)])).await.expect(200);
    assert_eq!(house.profile_id("phone/+4930901820").await, house.profile_id("user_id/ann").await);
}

async fn a_preview_tells_what_the_decision_does_and_does_nothing(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    two_customers(&house).await;
    let before = told(&house, &ALL).await;
    let look = decide(&house, "join", "user_id/ann", &["user_id/bob"], true).await.expect(200).json;
    assert_eq!((&look["in_force"], &look["id"]), (&json!(false), &Json::Null));
    assert_eq!(told(&house, &ALL).await, before, "a preview changes nothing");
    let sides = look["changes"]["sides"].as_array().unwrap();
    assert_eq!(sides.len(), 2);
    let state = |side: &Json, purpose: &str| {
        let all = side["permissions"].as_array().unwrap();
        let found = all.iter().find(|known| known["purpose"] == purpose).unwrap();
        (found["before"].as_str().unwrap().to_owned(), found["after"].as_str().unwrap().to_owned())
    };
    let to = |before: &str, after: &str| (before.to_owned(), after.to_owned());
    assert_eq!(state(&sides[0], "offers"), to("informed", "objected"), "who speaks against wins");
    assert_eq!(state(&sides[1], "news"), to("unknown", "given"), "unknown is neutral");
    assert_eq!(sides[0]["leaves"], json!(["lookers"]), "{look}");
    assert_eq!(sides[1]["enters"], json!(["shipped"]), "{look}");
    let passed = look["changes"]["limits_passed"].as_array().unwrap();
    assert!(passed.iter().any(|kind| kind["kind"] == "user_id" && kind["count"] == 2), "{look}");
    let done = decide(&house, "join", "user_id/ann", &["user_id/bob"], false).await.expect(200).json;
    assert_eq!(done["changes"], look["changes"], "and it was so");
    assert_eq!(house.state("user_id/ann", "offers").await, "objected");
    assert_eq!(house.members("lookers").await, [""; 0]);
    assert_eq!(house.members("shipped").await, [house.profile_id("user_id/ann").await]);

    let look = decide(&house, "split", "user_id/ann", &["user_id/bob"], true).await.expect(200).json;
    let sides = look["changes"]["sides"].as_array().unwrap();
    assert_eq!(state(&sides[0], "offers"), to("objected", "informed"));
    assert_eq!(state(&sides[1], "news"), to("given", "unknown"));
    let goes: Vec<&str> =
        sides[1]["fragments"].as_array().unwrap().iter().map(|part| part["kind"].as_str().unwrap()).collect();
    assert_eq!(goes.len(), 3, "the address and the device go along: {goes:?}");
    decide(&house, "split", "user_id/ann", &["user_id/bob"], false).await.expect(200);
    assert_eq!(told(&house, &ALL).await, before);
}

/// The address is kept because of what was agreed to under the account, and goes with its keys when it is parted from it.
async fn a_preview_tells_what_is_destroyed_and_never_comes_back(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let (address, nothing) = ("email/ann@people.example", json!({"identifiers": 0, "purposes": []}));
    let told = json!([{"type": "identify", "userId": "ann", "messageId": "m1", "traits": {"email": "ann@people.example"},
        "context": {"consent": {"categoryPreferences": {"news": true}}}}]);
    house.send("crm", told).await.expect(200);
    let shown = async || {
        let graph = house.get("privacy", "profiles/user_id/ann/identity?purpose=news").await.expect(200).json;
        let fragments = graph["fragments"].as_array().unwrap().clone();
        fragments.into_iter().find(|known| known["kind"] == "email").map(|known| known["value"].clone())
    };
    assert_eq!(shown().await, Some(json!("ann@people.example")));
    let look = decide(&house, "split", "user_id/ann", &[address], true).await.expect(200).json;
    let sides = &look["changes"]["sides"];
    assert_eq!(
        (&sides[0]["destroys"], &sides[1]["destroys"]),
        (&nothing, &json!({"identifiers": 1, "purposes": ["news"]}))
    );
    assert_eq!(shown().await, Some(json!("ann@people.example")), "a preview destroys nothing");
    let ban = json!({"identifier": named(address), "note": "It was checked.", "preview": true});
    let ban = house.ask("privacy", Method::POST, "identity/ban", Some(ban)).await.expect(200).json;
    let alone = &ban["changes"]["sides"][0];
    assert_eq!((&alone["fragments"][0]["kind"], &alone["destroys"]), (&json!("email"), &sides[1]["destroys"]));

    decide(&house, "split", "user_id/ann", &[address], false).await.expect(200);
    let joined = decide(&house, "join", "user_id/ann", &[address], false).await.expect(200).json;
    for side in joined["changes"]["sides"].as_array().unwrap() {
        assert_eq!(side["destroys"], nothing, "{joined}");
    }
    assert_eq!(shown().await, Some(Json::Null), "joining brings nothing back");

    // Whom staff joined each hold by themselves what is theirs.
    house.send("shop", json!([bought("bob", "m2", json!({})), bought("cyd", "m3", json!({}))])).await.expect(200);
    decide(&house, "join", "user_id/bob", &["user_id/cyd"], false).await.expect(200);
    let look = decide(&house, "split", "user_id/bob", &["user_id/cyd"], true).await.expect(200).json;
    for side in look["changes"]["sides"].as_array().unwrap() {
        assert_eq!(side["destroys"], nothing, "{look}");
    }
}

async fn a_decision_that_cannot_be_is_refused_with_why(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    two_customers(&house).await;
    let before = told(&house, &ALL).await;
    let refused = async |what: &str, person: &str, others: &[&str]| decide(&house, what, person, others, false).await;
    refused("split", "user_id/nobody", &["user_id/ann"]).await.problem(404, "profile_not_available");
    refused("split", "user_id/ann", &["user_id/nobody"]).await.problem(422, "identity_impossible");
    refused("split", "user_id/ann", &["user_id/bob"]).await.problem(422, "identity_impossible");
    refused("split", "user_id/ann", &["user_id/ann", "email/ann@people.example"])
        .await
        .problem(422, "identity_impossible");
    refused("split", "user_id/ann", &[]).await.problem(422, "invalid_fields");
    refused("join", "user_id/ann", &["email/ann@people.example"]).await.problem(422, "identity_impossible");
    refused("join", "user_id/ann", &["user_id/nobody"]).await.problem(422, "identity_impossible");
    refused("join", "user_id/ann", &["shoe/44"]).await.problem(422, "identifier_kind_unknown");
    let other_scope = json!({"person": named("user_id/ann"), "note": "It was checked.",
        "with": [{"kind": "user_id", "value": "bob", "scope": "elsewhere"}]});
    house.ask("privacy", Method::POST, "identity/join", Some(other_scope)).await.problem(422, "identity_scope_unknown");
    for note in [Json::Null, json!(""), json!("  ")] {
        let silent = json!({"person": named("user_id/ann"), "with": [named("user_id/bob")], "note": note});
        house.ask("privacy", Method::POST, "identity/join", Some(silent)).await.problem(422, "invalid_fields");
    }
    for role in ["admin", "marketing", "analyst", "service"] {
        let body = json!({"person": named("user_id/ann"), "with": [named("user_id/bob")], "note": "Because."});
        for what in ["join", "split"] {
            let refused = house.ask(role, Method::POST, &format!("identity/{what}"), Some(body.clone())).await;
            refused.problem(403, "role_not_allowed");
        }
        let read = house.get(role, "profiles/user_id/ann/identity?purpose=orders").await;
        read.problem(403, "role_not_allowed");
    }
    assert_eq!(told(&house, &ALL).await, before, "nothing was half-applied");
}

async fn the_graph_says_why_somebody_is_one_person(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    house.send("shop", json!([bought("ann", "m1", json!({})), bought("bob", "m2", json!({}))])).await.expect(200);
    house.send("site", json!([viewed(Some("bob"), "phone", "b1")])).await.expect(200);
    house.advance(Duration::from_secs(60));
    decide(&house, "join", "user_id/ann", &["user_id/bob"], false).await.expect(200);
    let path = "profiles/user_id/ann/identity?purpose=offers&to=anonymous_id:phone";
    let graph = house.get("privacy", path).await.expect(200).json;
    let fragments = graph["fragments"].as_array().unwrap();
    assert_eq!(fragments.len(), 3, "{graph}");
    let of = |kind: &str, value: &str| {
        let found = fragments.iter().find(|known| known["kind"] == kind && known["value"] == value);
        found.unwrap_or_else(|| panic!("no {kind} {value}: {graph}"))
    };
    let (ann, bob, phone) = (of("user_id", "ann"), of("user_id", "bob"), of("anonymous_id", "phone"));
    assert_eq!(
        (&ann["standing"], &bob["standing"], &phone["standing"]),
        (&json!("core"), &json!("core"), &json!("claim"))
    );
    assert_eq!((&ann["vouched"], &phone["vouched"]), (&json!(true), &json!(false)));
    assert_eq!((&ann["sources"], &phone["sources"]), (&json!(["shop"]), &json!(["site"])));
    let path: Vec<&Json> = graph["path"]["fragments"].as_array().unwrap().iter().collect();
    assert_eq!(path, [&ann["fragment"], &bob["fragment"], &phone["fragment"]]);
    let edges = graph["edges"].as_array().unwrap();
    let bond = |one: &Json, other: &Json| {
        let ends = [&one["fragment"], &other["fragment"]];
        let between = |edge: &&Json| ends.iter().all(|end| edge["between"].as_array().unwrap().contains(end));
        edges.iter().find(between).unwrap().clone()
    };
    assert_eq!(bond(bob, phone)["bond"], "claimed");
    assert_eq!(bond(bob, phone)["source"], "site");
    let by_staff = bond(ann, bob);
    assert_eq!((&by_staff["bond"], &by_staff["act"]["note"]), (&json!("asserted"), &json!("It was checked.")));
    assert_eq!((&by_staff["act"]["source"], &by_staff["act"]["actor"]), (&json!("privacy"), &json!("privacy")));
    // For a purpose that may not see identifiers the graph is the same, and says why it shows none.
    let other = house.get("privacy", "profiles/user_id/ann/identity?purpose=bookkeeping").await.expect(200);
    assert!(!other.text.contains("\"value\":\"phone\""), "{}", other.text);
    assert!(other.text.contains("not_kept_for_purpose"), "{}", other.text);
    assert_eq!(other.json["edges"], graph["edges"]);
    decide(&house, "split", "user_id/ann", &["user_id/bob"], false).await.expect(200);
    let apart = self::graph(&house, "user_id/ann", "&to=user_id:bob").await;
    assert_eq!(
        (&apart["path"]["connected"], &apart["path"]["parted_by"]),
        (&json!(false), &json!([apart["cuts"][0]["id"]]))
    );
    assert_eq!(apart["cuts"][0]["act"]["act"], "split");
    assert!(apart["edges"].as_array().unwrap().iter().any(|edge| edge["banned"].is_string()), "what once held is told");
    house.get("privacy", "profiles/user_id/nobody/identity?purpose=orders").await.problem(404, "profile_not_available");
    house.get("privacy", "profiles/user_id/ann/identity").await.problem(400, "bad_query");
    house.get("privacy", "profiles/user_id/ann/identity?purpose=all").await.problem(403, "purpose_unknown");
}

/// A visit has no identifier that could be named, so staff name its fragment.
async fn a_visit_is_split_off_by_its_fragment(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let title = canary();
    house.send("shop", json!([bought("ann", "m1", json!({})), bought("bob", "m2", json!({}))])).await.expect(200);
    house.send("site", json!([viewed(Some("ann"), "tablet", "a1")])).await.expect(200);
    house.send("site", json!([viewed(Some("bob"), "tablet", &title)])).await.expect(200);
    assert_eq!(views(&house, "user_id/bob").await, 1);
    let bob = graph(&house, "user_id/bob", "").await;
    let visit = bob["fragments"].as_array().unwrap().iter().find(|known| known["kind"] == "visit").unwrap().clone();
    let body =
        json!({"person": named("user_id/bob"), "part": [{"fragment": visit["fragment"]}], "note": "His child's."});
    let split = house.ask("privacy", Method::POST, "identity/split", Some(body.clone())).await.expect(200);
    assert_eq!(split.json["changes"]["edges_banned"], 1);
    assert_eq!(views(&house, "user_id/bob").await, 0);
    house.send("site", json!([viewed(Some("bob"), "tablet", "b2")])).await.expect(200);
    assert_eq!(views(&house, "user_id/bob").await, 0, "nor does it come back");
    house.ask("privacy", Method::POST, "identity/split", Some(body)).await.problem(422, "identity_impossible");
}

/// What each side did stays theirs, whatever ran for both of them already; and a no of both is a no of each.
async fn who_is_parted_keeps_what_they_did_while_they_were_one(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let by = |user: Option<&str>, message: &str| json!([{"type": "track", "event": "Order Completed", "userId": user, "anonymousId": "kiosk", "messageId": message}]);
    house.send("shop", by(Some("ann"), "m1")).await.expect(200);
    house.act("privacy", "user_id/ann", act_on("object", "offers")).await.expect(200);
    house.advance(Duration::from_secs(60));
    let with_no = json!([{"type": "track", "event": "Order Completed", "anonymousId": "kiosk", "messageId": "m2",
        "context": {"consent": {"categoryPreferences": {"offers": false}}}}]);
    house.send("shop", with_no).await.expect(200);
    let orders =
        async |person: &str| house.profile(person, "orders").await.expect(200).json["metrics"]["orders"].clone();
    assert_eq!(orders("user_id/ann").await, 2, "one person's");
    decide(&house, "split", "user_id/ann", &["anonymous_id/kiosk"], false).await.expect(200);
    house.advance(Duration::from_secs(60));
    assert_eq!((orders("user_id/ann").await, orders("anonymous_id/kiosk").await), (json!(1), json!(1)));
    assert_eq!(house.state("anonymous_id/kiosk", "offers").await, "objected");
    assert_eq!(house.state("anonymous_id/kiosk", "bookkeeping").await, "ongoing");
}

/// A visit has no identifier that an event could name, and still nothing joins it again.
async fn a_visit_that_was_split_off_stays_so_whatever_is_named_beside(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    house.send("shop", json!([bought("ann", "m1", json!({"email": "ann@people.example"}))])).await.expect(200);
    let told = |message: &str, traits: Json| {
        json!([{"type": "track", "event": "Product Viewed", "userId": "ann", "messageId": message,
            "context": {"traits": traits}}])
    };
    house.send("site", told("v1", json!({}))).await.expect(200);
    let of_ann = graph(&house, "user_id/ann", "").await;
    let fragments = of_ann["fragments"].as_array().unwrap();
    let visit = fragments.iter().find(|known| known["kind"] == "visit").unwrap()["fragment"].clone();
    let body = json!({"person": named("user_id/ann"), "part": [{"fragment": visit}], "note": "It was not her."});
    house.ask("privacy", Method::POST, "identity/split", Some(body)).await.expect(200);
    let alone = graph(&house, "user_id/ann", "").await["fragments"].as_array().unwrap().len();
    house.send("site", told("v2", json!({}))).await.expect(200);
    house.send("site", told("v3", json!({"email": "ann@people.example"}))).await.expect(200);
    assert_eq!(graph(&house, "user_id/ann", "").await["fragments"].as_array().unwrap().len(), alone);
}

/// Parted in one act, joined again one by one.
async fn joining_one_again_lifts_no_split_of_another(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    for (email, message) in [("one@people.example", "m1"), ("two@people.example", "m2")] {
        house.send("shop", json!([bought("ann", message, json!({"email": email}))])).await.expect(200);
    }
    let others = ["email/one@people.example", "email/two@people.example"];
    decide(&house, "split", "user_id/ann", &others, false).await.expect(200);
    decide(&house, "join", "user_id/ann", &others[..1], false).await.expect(200);
    house.send("shop", json!([bought("ann", "m3", json!({"email": "two@people.example"}))])).await.expect(200);
    let ann = house.profile_id("user_id/ann").await;
    assert_eq!(house.profile_id(others[0]).await, ann);
    assert_ne!(house.profile_id(others[1]).await, ann, "nobody has joined it again");
}
