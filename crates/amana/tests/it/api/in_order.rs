//! Acts of one request are judged one after the other: what stands first is taken into account, and nothing becomes wider
//! by what was true before the request.

use crate::support::{CATALOG, Engine, House, act_on, on_both_engines};
use amana::clock::Clock;
use amana_core::Moment;
use reqwest::Method;
use serde_json::{Value as Json, json};
use std::time::Duration;

on_both_engines!(
    one_letter_restricts_is_told_of_and_lifts,
    what_was_restricted_anew_is_not_lifted_by_what_was_told_before,
    acts_about_somebody_else_change_nothing,
    of_a_yes_and_a_no_at_one_instant_the_no_counts,
    acts_that_say_no_instant_are_done_at_one_whatever_the_clock_does,
    a_lift_that_was_recorded_is_acknowledged_again,
    nobody_decides_for_a_child_whose_birthday_is_put_right_in_the_same_request,
);

fn act(user: &str, act: &str, at: Option<&str>) -> Json {
    let whose = json!({"kind": "user_id", "value": user});
    let mut body = json!({"identifier": whose, "act": act, "target": "person", "note": "letter of 1 March"});
    if let Some(at) = at {
        body["at"] = format!("2026-03-01T{at}:00Z").into();
    }
    body
}

fn said(user: &str, what: &str, at: Option<&str>) -> Json {
    let mut body = act(user, what, at);
    body.as_object_mut().unwrap().remove("target");
    body["purpose"] = json!("news");
    body
}

/// For each act the code of its problem, or that it was recorded.
async fn post(house: &House, acts: &[Json]) -> Vec<String> {
    let told = house.ask("privacy", Method::POST, "acts", Some(json!({"acts": acts}))).await.expect(200).json;
    let code = |item: &Json| item["problem"]["errors"][0]["field"].as_str().unwrap_or("recorded").to_owned();
    told["items"].as_array().unwrap().iter().map(code).collect()
}

async fn is_restricted(house: &House, user: &str) -> bool {
    let page = house.get("privacy", "restrictions").await.expect(200);
    let question = json!({"identifier": {"kind": "user_id", "value": user}, "purpose": "orders", "use": "profile"});
    let rules = house.permit(question).await["rules"].clone();
    let restriction = rules.as_array().unwrap().iter().find(|rule| rule["rule"] == "restricted").unwrap().clone();
    assert_eq!(restriction["result"] == "fail", !page.json["people"].as_array().unwrap().is_empty(), "{}", page.text);
    restriction["result"] == "fail"
}

async fn one_letter_restricts_is_told_of_and_lifts(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let order = json!([{"type": "track", "event": "Order Completed", "userId": "ann", "messageId": "m1"}]);
    house.send("shop", order).await.expect(200);
    for user in ["ann", "nobody"] {
        let (restrict, told, lift) = (Some("09:00"), Some("10:00"), Some("11:00"));
        let whole = [act(user, "restrict", restrict), act(user, "told", told), act(user, "lift", lift)];
        assert_eq!(post(&house, &whole).await, ["recorded"; 3], "{user}");
        assert!(!is_restricted(&house, user).await, "{user}");
        // Nobody was told of it in time, or nothing is restricted yet.
        let early = [act(user, "restrict", Some("11:10")), act(user, "lift", Some("11:30"))];
        assert_eq!(post(&house, &early).await, ["recorded", "act"], "{user}");
        assert!(is_restricted(&house, user).await, "{user}");
        let turned = [act(user, "lift", Some("11:50")), act(user, "told", Some("11:40"))];
        assert_eq!(
            post(&house, &turned).await,
            ["act", "recorded"],
            "{user}: what comes later in the list is no ground"
        );
        assert!(is_restricted(&house, user).await, "{user}");
        house.advance(Duration::from_secs(1));
        assert_eq!(post(&house, &[act(user, "lift", None)]).await, ["recorded"], "{user}");
        assert!(!is_restricted(&house, user).await, "{user}");
    }
    // What is restricted and lifted at one instant would stay restricted, so nobody is told that it is lifted.
    let at_once = [act("bob", "restrict", None), act("bob", "told", None), act("bob", "lift", None)];
    assert_eq!(post(&house, &at_once).await, ["recorded", "recorded", "at"]);
    assert!(is_restricted(&house, "bob").await);
}

async fn what_was_restricted_anew_is_not_lifted_by_what_was_told_before(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let first = [act("ann", "restrict", Some("08:00")), act("ann", "told", Some("09:00"))];
    assert_eq!(post(&house, &first).await, ["recorded"; 2]);
    // Before the request the person had been told, and the lift would have been right.
    let anew = [act("ann", "restrict", Some("10:00")), act("ann", "lift", Some("11:00"))];
    assert_eq!(post(&house, &anew).await, ["recorded", "act"]);
    assert!(is_restricted(&house, "ann").await);
}

async fn acts_about_somebody_else_change_nothing(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let others = [
        act("ann", "restrict", Some("08:00")),
        act("bob", "told", Some("09:00")),
        act("bob", "lift", Some("10:00")),
        act("ann", "lift", Some("10:00")),
    ];
    assert_eq!(post(&house, &others).await, ["recorded", "act", "act", "act"]);
    assert!(is_restricted(&house, "ann").await);
}

async fn of_a_yes_and_a_no_at_one_instant_the_no_counts(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let state = async |user: &str| house.state(&format!("user_id/{user}"), "news").await;
    post(&house, &[said("ann", "grant", None), said("ann", "withdraw", None)]).await;
    post(&house, &[said("bob", "withdraw", None), said("bob", "grant", None)]).await;
    assert_eq!((state("ann").await, state("bob").await), ("withdrawn".into(), "withdrawn".into()));
    // Whoever means an order says when each was done.
    post(&house, &[said("cyd", "grant", Some("10:00")), said("cyd", "withdraw", Some("09:00"))]).await;
    assert_eq!(state("cyd").await, "given");
}

/// docs/permissions.md: "acts without `at` are done at one instant". No two readings of this clock are the same.
async fn acts_that_say_no_instant_are_done_at_one_whatever_the_clock_does(engine: Engine) {
    let house =
        House::open_with(engine, CATALOG, Clock::stepping(Moment::parse("2026-03-01T12:00:00Z").unwrap())).await;
    for (user, order) in [("ann", ["withdraw", "grant"]), ("bob", ["grant", "withdraw"])] {
        assert_eq!(post(&house, &order.map(|act| said(user, act, None))).await, ["recorded"; 2]);
        assert_eq!(house.state(&format!("user_id/{user}"), "news").await, "withdrawn", "{order:?}");
    }
    let at_once = ["restrict", "told", "lift"].map(|what| act("cyd", what, None));
    assert_eq!(post(&house, &at_once).await, ["recorded", "recorded", "at"]);
    assert!(is_restricted(&house, "cyd").await);
}

async fn a_lift_that_was_recorded_is_acknowledged_again(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let mut lift = act("ann", "lift", Some("11:00"));
    lift["id"] = json!("0197a1c2-7b3c-7f10-8000-000000000001");
    let acts = [act("ann", "restrict", Some("09:00")), act("ann", "told", Some("10:00")), lift.clone()];
    assert_eq!(post(&house, &acts).await, ["recorded"; 3]);
    house.advance(Duration::from_secs(60));
    assert_eq!(post(&house, &[lift]).await, ["recorded"], "nothing is restricted any more, and it was lifted by this");
    house.act("privacy", "user_id/ann", act_on("object", "news")).await.expect(200);
}

/// By what was so before the request she was a child.
async fn nobody_decides_for_a_child_whose_birthday_is_put_right_in_the_same_request(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let known = json!([
        {"type": "track", "event": "Order Completed", "userId": "ann", "messageId": "m1"},
        {"type": "identify", "userId": "ann", "messageId": "m2", "traits": {"birthday": "2014-05-01"}},
    ]);
    house.send("crm", known).await.expect(200);
    let mut birthday = act("ann", "correct", None);
    (birthday["field"], birthday["value"]) = (json!("birthday"), json!("1990-05-01"));
    let guardian = |user: &str| {
        let mut decision = said(user, "guardian", None);
        (decision["verified"], decision["until"]) = (json!("identity card"), json!("2030-05-01T00:00:00Z"));
        decision
    };
    let acts = [birthday, guardian("ann"), guardian("bob")];
    assert_eq!(post(&house, &acts).await, ["recorded", "act", "recorded"]);
    assert_eq!(house.state("user_id/ann", "news").await, "unknown");
    // When the right birthday is known, nobody decides for her any more.
    assert_eq!(post(&house, &[guardian("ann")]).await, ["act"]);
}
