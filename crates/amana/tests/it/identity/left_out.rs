//! What a limit left out is recorded with the person and shown: why somebody is *not* the same person (DESIGN §6).

use super::{bought, viewed};
use crate::support::{CATALOG, Engine, House, canary, on_both_engines};
use serde_json::{Value as Json, json};
use std::time::Duration;

on_both_engines!(
    what_a_limit_left_out_is_shown_with_the_person,
    an_identifier_of_somebody_else_is_shown_to_nobody_who_merely_claims
);

async fn left_out(house: &House, person: &str, purpose: &str) -> Vec<Json> {
    let graph = house.get("privacy", &format!("profiles/{person}/identity?purpose={purpose}")).await.expect(200).json;
    graph["left_out"].as_array().unwrap().clone()
}

async fn what_a_limit_left_out_is_shown_with_the_person(engine: Engine) {
    let mut house = House::open(engine, CATALOG).await;
    let email = format!("{}@people.example", canary());
    house.send("shop", json!([bought("ann", "m1", json!({"email": email}))])).await.expect(200);
    assert_eq!(left_out(&house, "user_id/ann", "orders").await, [Json::Null; 0]);
    let by_bob = |message: &str| json!([bought("bob", message, json!({"email": email}))]);
    house.send("shop", by_bob("m2")).await.expect(200);
    let first = house.clock.now().to_string();
    let shown = left_out(&house, "user_id/bob", "orders").await;
    assert_eq!(shown.len(), 1, "{shown:?}");
    let address =
        house.get("privacy", &format!("profiles/email/{email}/identity?purpose=orders")).await.expect(200).json;
    let of_ann = address["fragments"].as_array().unwrap().iter().find(|known| known["kind"] == "email").unwrap();
    assert_eq!(
        (&shown[0]["kind"], &shown[0]["why"], &shown[0]["source"]),
        (&json!("email"), &json!("kind_limit"), &json!("shop"))
    );
    assert_eq!(
        (&shown[0]["other"], &shown[0]["value"]),
        (&of_ann["fragment"], &json!(email)),
        "whose it is, for who may see it"
    );
    assert_eq!((&shown[0]["first"], &shown[0]["last"], &shown[0]["days"]), (&json!(first), &json!(first), &json!(1)));
    // For a purpose that may not see it of Ann, it is hidden.
    let hidden = left_out(&house, "user_id/bob", "bookkeeping").await;
    assert_eq!((&hidden[0]["value"], &hidden[0]["hidden"]), (&Json::Null, &json!("not_kept_for_purpose")));
    // Repetitions of a day are one; another day counts.
    house.advance(Duration::from_secs(60));
    house.send("shop", by_bob("m3")).await.expect(200);
    assert_eq!(left_out(&house, "user_id/bob", "orders").await, shown);
    house.advance(Duration::from_secs(86_400));
    house.restart().await;
    house.send("shop", by_bob("m4")).await.expect(200);
    let later = left_out(&house, "user_id/bob", "orders").await;
    assert_eq!((later.len(), &later[0]["days"], &later[0]["first"]), (1, &json!(2), &json!(first)));
    assert_eq!(later[0]["last"], house.clock.now().to_string());
    // Another source says another thing: the split is why, and more than twenty are not kept.
    let crowd: Vec<Json> = (0..40)
        .flat_map(|place| {
            let email = format!("p{place}@people.example");
            [
                bought(&format!("u{place}"), "c1", json!({"email": email})),
                bought("bob", &format!("c{place}"), json!({"email": email})),
            ]
        })
        .collect();
    house.advance(Duration::from_secs(86_400));
    house.send("shop", Json::from(crowd)).await.expect(200);
    let many = left_out(&house, "user_id/bob", "orders").await;
    assert_eq!(many.len(), 20, "and no more");
}

async fn an_identifier_of_somebody_else_is_shown_to_nobody_who_merely_claims(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let email = format!("{}@people.example", canary());
    house
        .send("shop", json!([bought("ann", "m1", json!({"email": email})), bought("bob", "m2", json!({}))]))
        .await
        .expect(200);
    // Whoever holds the public key names Bob's account and Ann's address.
    let event = json!([{"type": "track", "event": "Product Viewed", "userId": "bob", "anonymousId": "stranger",
        "messageId": "s1", "context": {"traits": {"email": email}}}]);
    house.send("site", event).await.expect(200);
    let graph = house.get("privacy", "profiles/user_id/bob/identity?purpose=orders").await.expect(200);
    let shown = graph.json["left_out"].as_array().unwrap();
    let told = |one: &Json| [one["kind"].clone(), one["value"].clone(), one["hidden"].clone()];
    let expected = [json!(["email", null, "claimed"])];
    assert_eq!(shown.iter().map(|one| json!(told(one))).collect::<Vec<_>>(), expected, "{}", graph.text);
    assert!(!graph.text.contains(&email));
    // Nor is it when the device is known by then, to whoever holds it.
    house
        .send("site", json!([viewed(Some("ann"), "phone", "s2"), viewed(Some("bob"), "phone", "s3")]))
        .await
        .expect(200);
    let graph = house.get("privacy", "profiles/anonymous_id/phone/identity?purpose=orders").await.expect(200);
    assert!(!graph.text.contains(&email), "{}", graph.text);
    for person in ["user_id/bob", "anonymous_id/stranger"] {
        let read = house.get("privacy", &format!("profiles/{person}?purpose=orders&explain=true")).await;
        assert!(!read.text.contains(&email), "nor is it anywhere in {person}'s record");
    }
}
