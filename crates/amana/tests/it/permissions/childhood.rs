//! A child stays one when its birthday is destroyed: until it is of age a month is remembered that only protects
//! (GDPR Art. 8).

use crate::support::{CATALOG, Engine, House, act_on, on_both_engines};
use amana::profile::{People, View};
use amana_core::Moment;
use amana_core::identity::FragmentId;
use amana_store::{KeyRange, Space};
use serde_json::json;
use std::time::Duration;

on_both_engines!(
    closing_the_account_makes_no_child_an_adult,
    a_birthday_that_runs_out_makes_no_child_an_adult,
    an_adults_birthday_leaves_nothing_behind,
    what_was_agreed_to_as_a_child_does_not_come_back,
);

const KIM: &str = "user_id/kim";
const DAY: Duration = Duration::from_hours(24);

/// A customer of whom only `orders` keeps the birthday.
async fn customer(house: &House, birthday: &str) {
    let events = json!([
        {"type": "track", "event": "Order Completed", "userId": "kim", "messageId": "m1",
            "context": {"traits": {"email": "kim@people.example"}}},
        {"type": "identify", "userId": "kim", "messageId": "m2", "traits": {"birthday": birthday}}]);
    house.send("shop", events).await.expect(200);
    house.act("privacy", KIM, act_on("grant", "news")).await.expect(200);
    house.advance(Duration::from_secs(60));
}

async fn close_the_account(house: &House) {
    let closed = json!([{"type": "track", "event": "Account Closed", "userId": "kim", "messageId": "m3"}]);
    house.send("shop", closed).await.expect(200);
    assert_eq!(house.state(KIM, "orders").await, "ended");
}

/// What all fragments remember of when somebody is of age.
async fn remembered(house: &House) -> Vec<Moment> {
    let store = house.app().store();
    let rows = store.scan(Space::Fragment, KeyRange::all(), 1_000).await.unwrap();
    let ids: Vec<FragmentId> = rows.iter().map(|(key, _)| FragmentId(uuid::Uuid::from_slice(key).unwrap())).collect();
    let people = People::load(house.app().keeper(), View::Live(store), &ids).await.unwrap();
    people.iter().filter_map(|entry| entry.fragment.of_age).collect()
}

async fn is_a_child(house: &House) {
    for purpose in ["news", "offers"] {
        house.profile(KIM, purpose).await.problem(403, "below_age");
    }
}

async fn closing_the_account_makes_no_child_an_adult(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    customer(&house, "2014-05-17").await;
    is_a_child(&house).await;
    assert_eq!(remembered(&house).await, [], "while the birthday is known nothing else is");
    close_the_account(&house).await;
    is_a_child(&house).await;
    assert_eq!(remembered(&house).await, [Moment::parse("2032-06-01T00:00:00Z").unwrap()], "18, rounded up to a month");
    for path in [
        "profiles/user_id/kim?purpose=offers&explain=true",
        "profiles/user_id/kim/permissions?history=true",
        "profiles/user_id/kim/identity?purpose=offers",
        "profiles/user_id/kim/timeline?purpose=offers",
    ] {
        let shown = house.get("privacy", path).await.text;
        assert!(
            !["2014", "2030", "2032"].iter().any(|year| shown.contains(year)),
            "it is never shown: {path}: {shown}"
        );
    }
    // It needs no event to stop protecting, and is gone when they are of age.
    house.pass(DAY * 1_560).await;
    house.profile(KIM, "offers").await.expect(200);
    house.profile(KIM, "news").await.problem(403, "consent_expired");
    assert_eq!(remembered(&house).await.len(), 1);
    house.pass(DAY * 730).await;
    assert_eq!(remembered(&house).await, [], "of age");
    house.profile(KIM, "offers").await.expect(200);
    house.profile(KIM, "news").await.problem(403, "consent_expired");
    house.act("privacy", KIM, act_on("grant", "news")).await.expect(200);
    house.profile(KIM, "news").await.expect(200);
}

async fn a_birthday_that_runs_out_makes_no_child_an_adult(engine: Engine) {
    let house = House::open(engine, &CATALOG.replacen("keep = \"P60Y\"", "keep = \"P1Y\"", 1)).await;
    customer(&house, "2014-06-01").await;
    is_a_child(&house).await;
    house.pass(DAY * 367).await;
    is_a_child(&house).await;
    assert_eq!(remembered(&house).await, [Moment::parse("2032-06-01T00:00:00Z").unwrap()]);
    // Known again, it counts itself, and nothing else is remembered.
    let again = json!([{"type": "identify", "userId": "kim", "messageId": "m4", "traits": {"birthday": "2001-06-01"}}]);
    house.send("shop", again).await.expect(200);
    assert_eq!(remembered(&house).await, []);
    house.profile(KIM, "offers").await.expect(200);
}

async fn an_adults_birthday_leaves_nothing_behind(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    customer(&house, "2008-02-01").await;
    close_the_account(&house).await;
    assert_eq!(remembered(&house).await, []);
    house.profile(KIM, "news").await.expect(200);
}

/// Whoever agreed as a child is asked anew when they are old enough; that the birthday goes then changes nothing.
async fn what_was_agreed_to_as_a_child_does_not_come_back(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let events = json!([{"type": "track", "event": "Order Completed", "userId": "kim", "messageId": "m1"},
        {"type": "identify", "userId": "kim", "messageId": "m2", "traits": {"birthday": "2008-02-01"}}]);
    house.send("shop", events).await.expect(200);
    let young = json!({"act": "grant", "purpose": "news", "method": "paper", "at": "2023-01-01T00:00:00Z"});
    house.act("privacy", KIM, young).await.expect(200);
    house.profile(KIM, "news").await.problem(403, "consent_unknown");
    close_the_account(&house).await;
    house.profile(KIM, "news").await.problem(403, "consent_expired");
}
