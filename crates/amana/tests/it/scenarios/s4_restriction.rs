//! S4: while restricted somebody is absent from counts, audiences, decisions and reads by staff, and present for
//! themselves, the privacy office and legal claims. Lifting is refused until they have been told (GDPR Art. 18).

use crate::support::{CATALOG, Engine, House, Reply, canary, on_both_engines};
use reqwest::Method;
use serde_json::{Value as Json, json};
use std::time::Duration;

const ANN: &str = "user_id/ann";

on_both_engines!(s4_restriction);

async fn s4_restriction(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let email = format!("{}@people.example", canary());
    with_ann(&house, &email).await;
    assert_eq!(count(&house, "buyers").await, 2);
    let id = house.profile_id(ANN).await;

    restrict(&house, "restrictions", json!({"note": "disputes the address", "method": "paper"})).await.expect(200);
    absent(&house, &id).await;
    present(&house).await;
    what_a_basis_demands_is_still_stored(&house).await;
    listed(&house, &id, &email).await;
    lifted_only_after_telling(&house, &id).await;

    assert_eq!(house.profile(ANN, "orders").await.expect(200).json["metrics"]["orders"], 2);
    assert_eq!(count(&house, "buyers").await, 2);
    assert!(house.members("buyers").await.contains(&id));
}

async fn with_ann(house: &House, email: &str) {
    let agreed = json!({"consent": {"categoryPreferences": {"news": true}}});
    let events = json!([
        {"type": "page", "userId": "ann", "messageId": "m0", "context": agreed},
        order("ann", "m2"),
        {"type": "identify", "userId": "ann", "messageId": "m1", "traits": {"email": email, "firstName": "Ann"}},
        order("bob", "m3"),
    ]);
    house.send("shop", events).await.expect(200);
    house.delivered("mailer").await;
    assert_eq!(house.heard("audience.entered", "readers").len(), 1);
}

async fn absent(house: &House, id: &str) {
    for audience in ["buyers", "lookers", "readers"] {
        assert!(!house.members(audience).await.iter().any(|member| member == id), "{audience}");
    }
    assert_eq!(count(house, "buyers").await, 1, "counts are of the others");
    for purpose in ["orders", "news", "offers"] {
        house.profile(ANN, purpose).await.problem(403, "restricted");
        for usage in ["segment", "analyse", "profile", "decide", "contact:email", "share:mailer", "disclose:authority"]
        {
            let question = json!({"identifier": {"kind": "user_id", "value": "ann"}, "purpose": purpose, "use": usage});
            assert_eq!(house.permit(question).await["reason"], "restricted", "{usage} for {purpose}");
        }
    }
    house.get("service", &format!("profiles/{ANN}?purpose=orders")).await.problem(404, "profile_not_available");
    house.delivered("mailer").await;
    assert_eq!(house.heard("audience.exited", "readers").len(), 1, "who had received them is told (Art. 19)");
}

async fn present(house: &House) {
    for usage in ["disclose:subject", "disclose:legal_claim"] {
        let path = format!("profiles/{ANN}?purpose=orders&use={usage}");
        let read = house.get("privacy", &path).await.expect(200);
        assert_eq!((&read.json["traits"]["firstName"], &read.json["audiences"]), (&json!("Ann"), &json!([])));
        house.get("service", &path).await.problem(403, "role_not_allowed");
        let question = json!({"identifier": {"kind": "user_id", "value": "ann"}, "purpose": "orders", "use": usage});
        assert_eq!(house.permit(question).await["reason"], "permitted");
    }
    house.get("privacy", &format!("profiles/{ANN}?purpose=orders&use=decide")).await.problem(400, "bad_query");
}

async fn what_a_basis_demands_is_still_stored(house: &House) {
    house.send("till", json!([order("ann", "m4")])).await.expect(200);
    house.profile(ANN, "orders").await.problem(403, "restricted");
    assert_eq!(house.heard("audience.entered", "shipped").len(), 0);
}

async fn listed(house: &House, id: &str, email: &str) {
    house.get("service", "restrictions").await.problem(403, "role_not_allowed");
    let page = house.get("privacy", "restrictions").await.expect(200).json;
    let person = &page["people"][0];
    assert_eq!((&person["profile_id"], page["people"].as_array().unwrap().len()), (&json!(id), 1));
    let identifiers = person["identifiers"].as_array().unwrap();
    assert!(identifiers.contains(&json!({"kind": "email", "value": email})), "{identifiers:?}");
    let restriction = &person["restrictions"][0];
    assert_eq!((&restriction["purpose"], &restriction["told"]), (&Json::Null, &Json::Null));
    assert_eq!(restriction["note"], "disputes the address");
}

async fn lifted_only_after_telling(house: &House, id: &str) {
    house.advance(Duration::from_hours(24));
    let refused = restrict(house, "restrictions/lift", json!({})).await.problem(422, "act_impossible");
    assert!(refused.json["detail"].as_str().unwrap().contains("Art. 18(3)"), "{}", refused.text);
    restrict(house, "restrictions/told", json!({"method": "paper"})).await.problem(422, "invalid_fields");
    house.profile(ANN, "orders").await.problem(403, "restricted");
    let told = json!({"method": "paper", "note": "letter of 2 March: the address is right"});
    restrict(house, "restrictions/told", told).await.expect(200);
    let page = house.get("privacy", "restrictions").await.expect(200).json;
    let restriction = &page["people"][0]["restrictions"][0];
    assert_eq!((&page["people"][0]["profile_id"], restriction["told"].is_string()), (&json!(id), true));
    assert_eq!(restriction["told_how"], "paper: letter of 2 March: the address is right");
    house.profile(ANN, "orders").await.problem(403, "restricted");
    restrict(house, "restrictions/lift", json!({})).await.expect(200);
    assert_eq!(house.get("privacy", "restrictions").await.expect(200).json["people"], json!([]));
    // What was told of the last restriction is not told of the next.
    house.advance(Duration::from_secs(60));
    restrict(house, "restrictions", json!({})).await.expect(200);
    house.advance(Duration::from_secs(60));
    restrict(house, "restrictions/lift", json!({})).await.problem(422, "act_impossible");
    restrict(house, "restrictions/told", json!({"method": "call", "note": "called"})).await.expect(200);
    restrict(house, "restrictions/lift", json!({})).await.expect(200);
    restrict(house, "restrictions/lift", json!({})).await.problem(422, "act_impossible");
}

async fn restrict(house: &House, path: &str, more: Json) -> Reply {
    let mut body = json!({"identifier": {"kind": "user_id", "value": "ann"}});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    house.ask("privacy", Method::POST, path, Some(body)).await
}

async fn count(house: &House, audience: &str) -> u64 {
    house.get("marketing", &format!("audiences/{audience}")).await.expect(200).json["count"].as_u64().unwrap()
}

fn order(user: &str, message: &str) -> Json {
    json!({"type": "track", "event": "Order Completed", "userId": user, "messageId": message,
        "properties": {"order_id": message, "revenue": 10.5, "currency": "EUR"}})
}
