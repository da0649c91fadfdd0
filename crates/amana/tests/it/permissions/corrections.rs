//! Corrections: a value that was put right stays right, and who received the wrong one is told (GDPR Art. 16, 19).

use crate::support::{CATALOG, Engine, House, Reply, act_on, canary, on_both_engines};
use reqwest::Method;
use serde_json::{Value as Json, json};
use std::time::Duration;

on_both_engines!(
    a_sources_re_sync_does_not_bring_back_a_corrected_value,
    a_wrong_value_that_comes_again_takes_the_place_of_no_right_one,
);

async fn correct(house: &House, field: &str, value: Json) -> Reply {
    let act =
        json!({"identifier": {"kind": "user_id", "value": "ann"}, "act": "correct", "field": field, "value": value});
    house.ask("privacy", Method::POST, "acts", Some(json!({"acts": [act]}))).await.expect(200)
}

async fn a_sources_re_sync_does_not_bring_back_a_corrected_value(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let wrong = canary();
    let row = |message: &str, name: &str| json!([{"type": "identify", "userId": "ann", "messageId": message, "traits": {"firstName": name}}]);
    house.act("privacy", "user_id/ann", act_on("grant", "news")).await.expect(200);
    let (mail, other_wrong) = (format!("{}@people.example", canary()), canary());
    let order = json!([{"type": "track", "event": "Order Completed", "userId": "ann", "messageId": "m0",
        "context": {"traits": {"email": mail}}}]);
    house.send("crm", order).await.expect(200);
    // Another export knows her by her address alone.
    let by_mail = |message: &str| {
        json!([{"type": "identify", "anonymousId": message, "messageId": message,
            "traits": {"email": mail, "firstName": other_wrong}}])
    };
    house.send("crm", by_mail("k1")).await.expect(200);
    house.advance(Duration::from_secs(60));
    house.send("crm", row("m1", &wrong)).await.expect(200);
    house.delivered("mailer").await;
    house.advance(Duration::from_hours(1));

    let done = correct(&house, "firstName", json!("Anna")).await.json;
    assert_eq!((&done["recorded"], &done["items"][0]["act"]), (&json!(1), &json!("correct")), "{done}");
    let name = |profile: Reply| profile.expect(200).json["traits"]["firstName"].clone();
    assert_eq!(name(house.profile("user_id/ann", "news").await), "Anna");
    house.delivered("mailer").await;
    let told = house.heard("audience.updated", "readers");
    let last = told.last().unwrap().json();
    assert_eq!(last["data"]["fields"]["first_name"], "Anna", "who had received the wrong value is told");

    // The system that was not corrected sends it again, in capital letters too.
    house.advance(Duration::from_hours(24));
    house.send("crm", row("m2", &wrong)).await.expect(200);
    // Later, for of values of one instant the greater counts.
    house.advance(Duration::from_secs(60));
    house.send("crm", row("m3", &wrong.to_uppercase())).await.expect(200);
    house.advance(Duration::from_secs(60));
    house.send("crm", by_mail("k2")).await.expect(200);
    for purpose in ["news", "orders"] {
        assert_eq!(name(house.profile("user_id/ann", purpose).await), "Anna", "{purpose}");
    }
    house.delivered("mailer").await;
    assert_eq!(house.heard("audience.updated", "readers").len(), told.len(), "nothing has changed");
    // What nobody knew then is news.
    house.advance(Duration::from_hours(1));
    house.send("crm", row("m4", "Anne")).await.expect(200);
    assert_eq!(name(house.profile("user_id/ann", "news").await), "Anne");
    let history = house.get("privacy", "profiles/user_id/ann/permissions?history=true").await.expect(200);
    assert!(history.text.contains("\"correct\"") && !history.text.contains("Anna"), "history keeps no value");

    for (field, value, named) in [
        ("shoe_size", json!(44), "field"),
        ("email", json!("a@people.example"), "field"),
        ("birthday", json!(true), "value"),
        ("firstName", json!("x".repeat(3_000)), "value"),
    ] {
        let refused = correct(&house, field, value).await.json;
        let item = &refused["items"][0];
        assert_eq!((&item["status"], &item["recorded"]), (&json!(422), &json!(false)), "{item}");
        assert_eq!(item["problem"]["errors"][0]["field"], named, "{item}");
    }
    house.advance(Duration::from_hours(1));
    assert_eq!(correct(&house, "firstName", Json::Null).await.json["recorded"], 1);
    assert_eq!(name(house.profile("user_id/ann", "news").await), Json::Null, "there is no right one");
    // What comes late and is of before was known to nobody and is as wrong.
    let mut late = row("m6", "Hanna");
    late[0]["timestamp"] = "2026-03-01T12:30:00Z".into();
    house.send("crm", late).await.expect(200);
    assert_eq!(name(house.profile("user_id/ann", "news").await), Json::Null, "it is of before it was put right");
}

/// What was known to be wrong comes again behind what is news: the news stays.
async fn a_wrong_value_that_comes_again_takes_the_place_of_no_right_one(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let wrong = canary();
    let row = |message: &str, name: &str| json!([{"type": "identify", "userId": "ann", "messageId": message, "traits": {"firstName": name}}]);
    let order = json!([{"type": "track", "event": "Order Completed", "userId": "ann", "messageId": "m0"}]);
    house.send("crm", order).await.expect(200);
    house.send("crm", row("m1", &wrong)).await.expect(200);
    house.advance(Duration::from_hours(1));
    assert_eq!(correct(&house, "firstName", json!("Anna")).await.json["recorded"], 1);
    let name = |profile: Reply| profile.expect(200).json["traits"]["firstName"].clone();
    for (message, sent) in [("m2", "Anne"), ("m3", wrong.as_str())] {
        house.advance(Duration::from_hours(1));
        house.send("crm", row(message, sent)).await.expect(200);
        assert_eq!(name(house.profile("user_id/ann", "orders").await), "Anne", "after {message}");
    }
}
