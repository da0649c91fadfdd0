//! The same act again counts once, and nothing else is taken for it: a no that is acknowledged is recorded.

use crate::support::{CATALOG, Engine, House, Reply, api_key, on_both_engines, reply};
use reqwest::Method;
use serde_json::{Value as Json, json};
use std::time::Duration;

on_both_engines!(
    a_name_that_was_used_for_something_else_swallows_no_act,
    more_evidence_than_fits_is_refused_and_less_is_recorded_whole,
);

fn act(user: &str, act: &str, purpose: &str) -> Json {
    json!({"identifier": {"kind": "user_id", "value": user}, "act": act, "purpose": purpose, "method": "form"})
}

async fn post(house: &House, role: &str, acts: Json) -> Reply {
    house.ask(role, Method::POST, "acts", Some(json!({"acts": acts}))).await
}

async fn keyed(house: &House, key: &str, acts: Json) -> Reply {
    let request = house.client().post(format!("{}/api/v1/acts", house.base)).bearer_auth(api_key("privacy"));
    let request = request.header("idempotency-key", key).header("content-type", "application/json");
    let told = reply(request.body(json!({"acts": acts}).to_string())).await;
    house.advance(Duration::from_secs(60));
    told
}

async fn a_name_that_was_used_for_something_else_swallows_no_act(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    keyed(&house, "k", json!([act("sam", "grant", "news")])).await.expect(200);
    let told = keyed(&house, "k", json!([act("sam", "withdraw", "news")])).await.expect(200).json;
    let item = &told["items"][0];
    assert_eq!(
        (&told["recorded"], &item["status"], &item["recorded"]),
        (&json!(0), &json!(409), &json!(false)),
        "{told}"
    );
    assert_eq!(item["problem"]["code"], "act_id_used");
    assert_eq!(house.state("user_id/sam", "news").await, "given", "nobody was told that it was recorded");
    // The same words about somebody else are another act.
    let told = keyed(&house, "k", json!([act("kim", "withdraw", "news")])).await.expect(200).json;
    assert_eq!((&told["recorded"], &told["items"][0]["repeated"]), (&json!(1), &json!(false)));
    assert_eq!(house.state("user_id/kim", "news").await, "withdrawn");
    // And with another time, or other evidence, it is not the same one either.
    let mut earlier = act("sam", "grant", "news");
    earlier["at"] = json!("2026-02-01T00:00:00Z");
    let told = keyed(&house, "k", json!([earlier])).await.expect(200).json;
    assert_eq!(told["items"][0]["problem"]["code"], "act_id_used");
    let again = keyed(&house, "k", json!([act("sam", "grant", "news")])).await.expect(200).json;
    assert_eq!((&again["recorded"], &again["items"][0]["repeated"]), (&json!(1), &json!(true)));

    // Two acts of one name in one request: which of them is meant, nobody can know.
    let id = "0197a1c2-7b3c-7f10-8000-000000000001";
    let named = |mut act: Json| {
        act["id"] = json!(id);
        act
    };
    let twice = json!([named(act("sam", "withdraw", "news")), named(act("sam", "object", "offers"))]);
    let refused = post(&house, "privacy", twice).await.problem(422, "invalid_fields");
    assert_eq!(refused.json["errors"][0]["field"], "acts[1].id", "{}", refused.text);
    assert_eq!(house.state("user_id/sam", "news").await, "given", "nothing of it was recorded");

    // Names are each key's own.
    post(&house, "service", json!([named(act("sam", "object", "orders"))])).await.expect(200);
    house.advance(Duration::from_secs(60));
    let told = post(&house, "privacy", json!([named(act("sam", "withdraw", "news"))])).await.expect(200).json;
    assert_eq!((&told["recorded"], &told["items"][0]["repeated"]), (&json!(1), &json!(false)), "{told}");
    assert_eq!(house.state("user_id/sam", "news").await, "withdrawn");
}

async fn more_evidence_than_fits_is_refused_and_less_is_recorded_whole(engine: Engine) {
    let topics: String = (0..20).map(|topic| format!("\n[[topics]]\ncode = \"t{topic}\"\nname.en = \"T\"\n")).collect();
    let house = House::open(engine, &format!("{CATALOG}{topics}")).await;
    let wishes: serde_json::Map<String, Json> = (0..20).map(|topic| (format!("t{topic}"), json!("wanted"))).collect();
    let acts = |count: usize| {
        let act = |number: usize| {
            json!({"identifier": {"kind": "user_id", "value": format!("u{number}")}, "act": "prefer", "method": "form",
                "preferences": {"topics": wishes}, "note": "n".repeat(1_900)})
        };
        json!((0..count).map(act).collect::<Vec<_>>())
    };
    let refused = post(&house, "privacy", acts(480)).await.problem(413, "body_too_large");
    assert!(refused.json["detail"].as_str().unwrap().contains("fewer"), "{}", refused.text);
    assert!(!house.is_known("user_id/u0").await, "nothing of it was recorded");
    let before = house.app().journal().written();
    let told = post(&house, "privacy", acts(100)).await.expect(200).json;
    assert_eq!(told["recorded"], 100);
    assert_eq!(house.app().journal().written().0 - before.0, 8, "2,000 parts in records of 250");
    house.settle().await;
    let known = house.permissions("user_id/u99").await;
    assert_eq!(known["preferences"]["topics"].as_object().unwrap().len(), 20, "{known}");
}
