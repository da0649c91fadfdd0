//! S4: while restricted somebody is absent from counts, audiences, decisions and reads by staff, and present for
//! themselves, the privacy office and legal claims. Lifting is refused until they have been told (GDPR Art. 18).

use crate::support::{CATALOG, Engine, House, Reply, canary, on_both_engines};
use reqwest::Method;
use serde_json::{Value as Json, json};
use std::time::Duration;

const ANN: &str = "user_id/ann";

on_both_engines!(
    s4_restriction,
    s4_what_a_claimant_restricts_is_shown_to_nobody_else,
    s4_who_only_claims_to_be_somebody_is_shown_their_own
);

async fn s4_restriction(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let email = format!("{}@people.example", canary());
    with_ann(&house, &email).await;
    assert_eq!(count(&house, "buyers").await, 2);
    let id = house.profile_id(ANN).await;

    restrict(&house, "restrictions", json!({"note": "disputes the address", "method": "paper"})).await.expect(200);
    absent(&house, &id).await;
    present(&house, &email).await;
    what_a_basis_demands_is_still_stored(&house).await;
    listed(&house, &id, &email).await;
    lifted_only_after_telling(&house, &id).await;

    assert_eq!(house.profile(ANN, "orders").await.expect(200).json["metrics"]["orders"], 2);
    assert_eq!(count(&house, "buyers").await, 2);
    assert!(house.members("buyers").await.contains(&id));
    of_one_purpose_alone(&house, &id).await;
}

/// What is restricted may be one purpose: it is not used, and the others go on.
async fn of_one_purpose_alone(house: &House, id: &str) {
    house.advance(Duration::from_secs(60));
    house.profile(ANN, "news").await.expect(200);
    restrict(house, "restrictions", json!({"purpose": "news"})).await.expect(200);
    house.profile(ANN, "news").await.problem(403, "restricted");
    assert!(!house.members("readers").await.iter().any(|member| member == id));
    house.profile(ANN, "orders").await.expect(200);
    assert!(house.members("buyers").await.iter().any(|member| member == id));
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
    for what in ["timeline", "preferences"] {
        let path = format!("profiles/{ANN}/{what}?purpose=orders");
        house.get("privacy", &path).await.problem(403, "restricted");
        house.get("privacy", &format!("{path}&use=profile")).await.problem(403, "restricted");
        house.get("service", &path).await.problem(404, "profile_not_available");
    }
    // Who is one person is still shown to whoever has to answer them; what the person is called is not.
    let graph = house.get("privacy", &format!("profiles/{ANN}/identity?purpose=orders")).await.expect(200).json;
    let fragments = graph["fragments"].as_array().unwrap();
    assert!(fragments.len() > 1 && fragments.iter().all(|fragment| fragment.get("value").is_none_or(Json::is_null)));
    assert!(fragments.iter().any(|fragment| fragment["hidden"] == "restricted"), "{graph}");
    house.delivered("mailer").await;
    assert_eq!(house.heard("audience.exited", "readers").len(), 1, "who had received them is told (Art. 19)");
}

async fn present(house: &House, email: &str) {
    for usage in ["disclose:subject", "disclose:legal_claim"] {
        let path = format!("profiles/{ANN}?purpose=orders&use={usage}");
        let read = house.get("privacy", &path).await.expect(200);
        assert_eq!((&read.json["traits"]["firstName"], &read.json["audiences"]), (&json!("Ann"), &json!([])));
        house.get("service", &path).await.problem(403, "role_not_allowed");
        let question = json!({"identifier": {"kind": "user_id", "value": "ann"}, "purpose": "orders", "use": usage});
        assert_eq!(house.permit(question).await["reason"], "permitted");
        let of_right = |what: &str| format!("profiles/{ANN}/{what}?purpose=orders&use={usage}");
        let timeline = house.get("privacy", &of_right("timeline")).await.expect(200).json;
        let entries = timeline["entries"].as_array().unwrap();
        assert!(entries.iter().any(|entry| entry["event"] == "Order Completed"), "{timeline}");
        assert!(entries.iter().any(|entry| entry["act"] == "restrict"), "what she asked for is part of it: {timeline}");
        let graph = house.get("privacy", &of_right("identity")).await.expect(200);
        assert!(graph.text.contains(email), "{}", graph.text);
        house.get("privacy", &of_right("preferences")).await.expect(200);
        for what in ["timeline", "preferences", "identity"] {
            house.get("service", &of_right(what)).await.problem(403, "role_not_allowed");
        }
    }
    house.get("privacy", &format!("profiles/{ANN}/permissions")).await.expect(200);
    house.get("privacy", &format!("profiles/{ANN}/timeline?purpose=orders&use=decide")).await.problem(400, "bad_query");
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

/// Nobody vouches for a visitor, and what they restrict stops what is read of them: by staff, and not by themselves.
async fn s4_who_only_claims_to_be_somebody_is_shown_their_own(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let (device, email) = ("anonymous_id/tablet", format!("{}@people.example", canary()));
    let visit = json!([
        {"type": "identify", "anonymousId": "tablet", "messageId": "v1", "traits": {"email": email, "firstName": "Ann"}},
        {"type": "track", "event": "Product Viewed", "anonymousId": "tablet", "messageId": "v2",
            "properties": {"product_id": "p1"}},
    ]);
    house.send("site", visit).await.expect(200);
    let read = |path: &str, more: &str| {
        let path = format!("profiles/{device}{path}?purpose=offers{more}");
        let house = &house;
        async move { house.get("privacy", &path).await }
    };
    let before = read("", "").await.expect(200).json;
    assert_eq!(before["traits"]["firstName"], "Ann");
    house.act("privacy", device, json!({"act": "restrict", "target": "person", "method": "form"})).await.expect(200);
    read("", "").await.problem(403, "restricted");
    read("/timeline", "").await.problem(403, "restricted");
    for usage in ["&use=disclose:subject", "&use=disclose:legal_claim"] {
        let own = read("", usage).await.expect(200).json;
        assert_eq!((&own["traits"], &own["identifiers"]), (&before["traits"], &before["identifiers"]), "{own}");
        let timeline = read("/timeline", usage).await.expect(200);
        assert!(timeline.text.contains("Product Viewed"), "{}", timeline.text);
        let identity = read("/identity", usage).await.expect(200);
        assert!(identity.text.contains("\"value\":\"tablet\""), "{}", identity.text);
    }
}

/// Whoever merely claims to be somebody whom systems know may be another, whose restriction holds against them, too.
async fn s4_what_a_claimant_restricts_is_shown_to_nobody_else(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let (other, email) = (canary(), format!("{}@people.example", canary()));
    let known = json!([{"type": "identify", "userId": "ann", "messageId": "k1", "traits": {"email": email, "firstName": "Ann"}}]);
    house.send("shop", known).await.expect(200);
    let claims = json!([{"type": "identify", "userId": "ann", "anonymousId": "tablet", "messageId": "c1",
        "traits": {"lastName": other}}]);
    house.send("site", claims).await.expect(200);
    let read = async |usage: &str| {
        house.get("privacy", &format!("profiles/{ANN}?purpose=offers&use={usage}")).await.expect(200).text
    };
    assert!(read("profile").await.contains(&other), "claims are read with whom they claim to be");
    let restriction = json!({"act": "restrict", "target": "person", "method": "form"});
    house.act("privacy", "anonymous_id/tablet", restriction).await.expect(200);
    for usage in ["profile", "disclose:subject", "disclose:legal_claim"] {
        assert!(!read(usage).await.contains(&other), "{usage}");
    }
    let timeline = house.get("privacy", &format!("profiles/{ANN}/timeline?purpose=offers&use=disclose:subject")).await;
    assert!(!timeline.expect(200).text.contains(&other));
}
