//! Children: below the age of consent a guardian decides, who is verified and somebody else, until the birthday
//! (GDPR Art. 8).

use crate::support::{CATALOG, Engine, House, act_on, on_both_engines};
use serde_json::json;
use std::time::Duration;

on_both_engines!(a_childs_consent_needs_a_guardian_until_the_birthday);

const KIM: &str = "user_id/kim";

async fn a_childs_consent_needs_a_guardian_until_the_birthday(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let order = json!([{"type": "track", "event": "Order Completed", "userId": "kim", "messageId": "m1",
        "context": {"traits": {"email": "kim@people.example"}}},
        {"type": "identify", "userId": "kim", "messageId": "m2", "traits": {"birthday": "2014-06-01"}}]);
    house.send("shop", order).await.expect(200);
    house.act("privacy", KIM, act_on("grant", "news")).await.expect(200);
    house.profile(KIM, "news").await.problem(403, "below_age");

    house.advance(Duration::from_secs(60));
    let guardian = |more: serde_json::Value| {
        let mut act = act_on("guardian", "news");
        act.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        house.act("privacy", KIM, act)
    };
    let unverified = guardian(json!({})).await.problem(422, "invalid_fields");
    assert_eq!(unverified.json["errors"][0]["field"], "verified");
    let proof = "showed a passport and the birth certificate";
    // Who reads the child's mail is the child, whichever of the child's addresses it is.
    for (kind, value) in [("email", "KIM@people.example "), ("user_id", "kim")] {
        let own = json!({"verified": proof, "guardian": {"kind": kind, "value": value}});
        let refused = guardian(own).await.problem(422, "act_impossible");
        assert_eq!(refused.json["errors"][0]["field"], "guardian");
    }
    let parent = json!({"verified": proof, "guardian": {"kind": "email", "value": "parent@people.example"}});
    let recorded = guardian(parent).await.expect(200).json;
    let acts = recorded["permissions"][0]["acts"].as_array().unwrap();
    let decision = acts.iter().find(|act| act["act"] == "guardian").unwrap();
    assert_eq!((&decision["verified"], &decision["until"]), (&json!(proof), &json!("2030-06-01T00:00:00.000Z")));
    assert!(!house.is_known("email/parent%40people.example").await, "the guardian's address is not kept");
    house.profile(KIM, "news").await.expect(200);

    house.pass(Duration::from_hours(24 * 1_552)).await;
    house.profile(KIM, "news").await.expect(200);
    house.pass(Duration::from_hours(24 * 2)).await;
    assert_eq!(house.state(KIM, "news").await, "unknown", "asked anew");
    house.profile(KIM, "news").await.problem(403, "consent_unknown");
    let grown = guardian(json!({"verified": proof})).await.problem(422, "act_impossible");
    assert!(grown.json["detail"].as_str().unwrap().contains("old enough"));
    house.act("privacy", KIM, act_on("grant", "news")).await.expect(200);
    house.profile(KIM, "news").await.expect(200);
}
