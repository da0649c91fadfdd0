//! Many acts in one request: each by itself, all that can be recorded together, and the same again changes nothing.

use crate::support::{CATALOG, Engine, House, Reply, api_key, on_both_engines, reply};
use reqwest::Method;
use serde_json::{Value as Json, json};

on_both_engines!(
    acts_in_one_request_are_checked_one_by_one_and_recorded_together,
    the_same_request_again_changes_nothing
);

fn act(user: &str, act: &str, purpose: &str) -> Json {
    json!({"identifier": {"kind": "user_id", "value": user}, "act": act, "purpose": purpose, "method": "form"})
}

async fn post(house: &House, role: &str, acts: Json) -> Reply {
    house.ask(role, Method::POST, "acts", Some(json!({"acts": acts}))).await
}

async fn acts_in_one_request_are_checked_one_by_one_and_recorded_together(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let mut misspelt = act("cyd", "grant", "news");
    misspelt["methd"] = json!("form");
    let nobody = json!({"act": "grant", "purpose": "news"});
    let acts = json!([
        act("ann", "grant", "news"),
        act("ann", "grant", "orders"),
        act("bob", "object", "news"),
        misspelt,
        nobody,
        act("dan", "grant", "curiosity"),
        act("eve", "inform", "offers"),
    ]);
    let told = post(&house, "privacy", acts.clone()).await.expect(200).json;
    assert_eq!((&told["recorded"], &told["refused"], &told["in_force"]), (&json!(3), &json!(4), &json!(true)));
    let items = told["items"].as_array().unwrap();
    let codes: Vec<&str> = items.iter().map(|item| item["problem"]["code"].as_str().unwrap_or("recorded")).collect();
    assert_eq!(
        codes,
        ["recorded", "act_impossible", "recorded", "invalid_fields", "invalid_fields", "no_such_purpose", "recorded"]
    );
    assert_eq!(items[0]["after"], json!([{"purpose": "news", "state": "given"}]));
    assert_eq!(
        (&items[2]["after"][0]["state"], &items[6]["after"][0]["state"]),
        (&json!("withdrawn"), &json!("informed"))
    );
    assert_eq!(house.state("user_id/ann", "news").await, "given");
    assert!(!house.is_known("user_id/cyd").await);

    // A service's key reaches as far as with one act, and hears of its own purposes.
    let told = post(&house, "service", acts).await.expect(200).json;
    let codes: Vec<&str> = told["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["problem"]["code"].as_str().unwrap_or("recorded"))
        .collect();
    assert_eq!((codes[0], codes[2], codes[6]), ("purpose_not_for_key", "recorded", "role_not_allowed"));
    assert!(told["items"][2].get("after").is_none());
    for role in ["admin", "marketing", "analyst"] {
        post(&house, role, json!([act("ann", "object", "news")])).await.problem(403, "role_not_allowed");
    }
    post(&house, "privacy", json!([])).await.problem(422, "invalid_fields");
    let many: Vec<Json> = (0..501).map(|_| act("ann", "object", "news")).collect();
    post(&house, "privacy", json!(many)).await.problem(422, "invalid_fields");
    let most: Vec<Json> = (0..500).map(|number| act(&format!("p{number}"), "object", "news")).collect();
    assert_eq!(post(&house, "privacy", json!(most)).await.expect(200).json["recorded"], 500);
}

async fn the_same_request_again_changes_nothing(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let mut named = act("ann", "grant", "news");
    named["id"] = json!("0197a1c2-7b3c-7f10-8000-000000000001");
    let first = post(&house, "privacy", json!([named])).await.expect(200).json;
    assert_eq!((&first["items"][0]["id"], &first["items"][0]["repeated"]), (&named["id"], &json!(false)));
    house.advance(std::time::Duration::from_secs(60));
    post(&house, "privacy", json!([act("ann", "withdraw", "news")])).await.expect(200);
    house.advance(std::time::Duration::from_secs(60));
    let again = post(&house, "privacy", json!([named])).await.expect(200).json;
    assert_eq!((&again["recorded"], &again["items"][0]["repeated"]), (&json!(1), &json!(true)));
    assert_eq!(house.state("user_id/ann", "news").await, "withdrawn", "sent again, it is no new consent");

    let request = |key: &'static str| {
        let body = json!({"acts": [act("bob", "grant", "news"),
            {"identifier": {"kind": "user_id", "value": "bob"}, "act": "prefer",
             "preferences": {"channels": ["email"], "language": "en"}}]});
        let request = house.client().post(format!("{}/api/v1/acts", house.base)).bearer_auth(api_key("privacy"));
        reply(request.header("idempotency-key", key).header("content-type", "application/json").body(body.to_string()))
    };
    assert_eq!(request("r1").await.expect(200).json["recorded"], 2);
    house.advance(std::time::Duration::from_secs(60));
    post(&house, "privacy", json!([act("bob", "withdraw", "news")])).await.expect(200);
    house.advance(std::time::Duration::from_secs(60));
    let again = request("r1").await.expect(200).json;
    assert!(again["items"].as_array().unwrap().iter().all(|item| item["repeated"] == true), "{again}");
    assert_eq!(house.state("user_id/bob", "news").await, "withdrawn");
    let told = house.get("privacy", "profiles/user_id/bob/permissions?history=true").await.expect(200).json;
    assert_eq!(told["history"].as_array().unwrap().len(), 4, "a grant, two preferences, a withdrawal: {told}");
    assert_eq!(request("r2").await.expect(200).json["items"][0]["repeated"], false);
    assert_eq!(house.state("user_id/bob", "news").await, "given");
}
