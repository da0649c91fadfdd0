//! Evidence says what was shown when it was done, and never what is shown today (GDPR Art. 7(1)).

use crate::support::{CATALOG, Engine, House, act_on, on_both_engines};
use serde_json::{Value as Json, json};
use std::time::Duration;

on_both_engines!(an_act_of_the_past_gets_no_text_of_today);

async fn told(house: &House, person: &str, at: Option<&str>, more: Json) -> Json {
    let mut act = act_on("grant", "news");
    act["language"] = json!("en");
    if let Some(at) = at {
        act["at"] = json!(at);
    }
    act.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    house.act("privacy", &format!("user_id/{person}"), act).await.expect(200).json["permissions"][0]["acts"][0].clone()
}

async fn an_act_of_the_past_gets_no_text_of_today(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    house.advance(Duration::from_hours(24));
    // The catalogue of today came into force on the first of March.
    let paper = told(&house, "ann", Some("2026-01-03T00:00:00Z"), json!({})).await;
    assert_eq!((&paper["purpose_version"], &paper["text_sha256"]), (&Json::Null, &Json::Null), "{paper}");
    assert_eq!(paper["language"], "en");
    let call = told(&house, "bob", Some("2026-03-01T13:00:00Z"), json!({})).await;
    assert_eq!(call["purpose_version"], 1);
    let first = call["text_sha256"].as_str().expect("it was in force then").to_owned();

    let edited = CATALOG.replace("We write to you about what is new.", "We write to you about news.");
    let next = edited.replacen("code = \"news\"\n", "code = \"news\"\nversion = 2\n", 1);
    house.apply(&next).await;
    house.advance(Duration::from_hours(24));
    let before = told(&house, "cyd", Some("2026-03-01T13:00:00Z"), json!({})).await;
    assert_eq!((&before["purpose_version"], &before["text_sha256"]), (&Json::Null, &Json::Null), "{before}");
    let named = told(&house, "dan", Some("2026-03-01T13:00:00Z"), json!({"text_sha256": first})).await;
    assert_eq!(named["text_sha256"], json!(first), "who knows what was shown says so");
    let now = told(&house, "eve", None, json!({})).await;
    assert_eq!(now["purpose_version"], 2);
    assert_ne!(now["text_sha256"], json!(first));
    // What changes nothing about the purpose takes nothing away.
    house.apply(&next.replace("name = \"Buyers\"", "name = \"All buyers\"")).await;
    house.advance(Duration::from_hours(1));
    let still = told(&house, "fay", Some("2026-03-03T00:00:00Z"), json!({})).await;
    assert_eq!((&still["purpose_version"], &still["text_sha256"]), (&json!(2), &now["text_sha256"]));
}
