//! S12: A withdrew; B consented later on a shared tablet. Merged: the more restrictive. Split: both histories as before,
//! no consent made by either.

use crate::identity::staff::{decide, told};
use crate::support::{CATALOG, Engine, House, act_on, on_both_engines};
use serde_json::{Value as Json, json};
use std::time::Duration;

on_both_engines!(s12_merge_and_split, s12_merge_and_split_of_whom_only_a_public_key_has_named);

const PEOPLE: [&str; 4] = ["user_id/ann", "email/ann@people.example", "user_id/bob", "email/bob@people.example"];

async fn s12_merge_and_split(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let bought = |user: &str, message: &str| {
        json!({"type": "track", "event": "Order Completed", "userId": user, "messageId": message,
            "context": {"traits": {"email": format!("{user}@people.example")}}})
    };
    house.send("shop", json!([bought("ann", "m1"), bought("bob", "m2")])).await.expect(200);
    // Ann's tablet, on which she agrees and later withdraws.
    let on_tablet = |user: &str, allowed: bool, message: &str| {
        json!([{"type": "track", "event": "Segment Consent Preference Updated", "userId": user, "anonymousId": "tablet",
            "messageId": message, "context": {"consent": {"categoryPreferences": {"news": allowed}}}}])
    };
    house.send("shop", on_tablet("ann", true, "a1")).await.expect(200);
    house.advance(Duration::from_secs(60));
    house.act("privacy", "user_id/ann", act_on("withdraw", "news")).await.expect(200);
    house.advance(Duration::from_secs(60));
    // Later Bob signs in on the same tablet and agrees.
    house.send("shop", on_tablet("bob", true, "b1")).await.expect(200);
    assert_eq!(states(&house).await, ["withdrawn", "given"], "each has decided for themselves");
    house.send("shop", json!([bought("bob", "m3")])).await.expect(200);
    house.delivered("mailer").await;
    assert_eq!(house.members("readers").await, [house.profile_id("user_id/bob").await]);
    let before = told(&house, &PEOPLE).await;

    decide(&house, "join", "user_id/ann", &["user_id/bob"], false).await.expect(200);
    assert_eq!(states(&house).await, ["withdrawn", "withdrawn"], "merged, the more restrictive counts");
    for person in PEOPLE {
        house.profile(person, "news").await.problem(403, "consent_withdrawn");
    }
    assert_eq!(house.members("readers").await, [""; 0], "and at once nobody is written to");
    let grants = grants_of(&house, "user_id/ann").await;
    assert_eq!(grants, grants_of(&house, "user_id/bob").await);

    decide(&house, "split", "user_id/ann", &["user_id/bob"], false).await.expect(200);
    assert_eq!(states(&house).await, ["withdrawn", "given"]);
    let after = told(&house, &PEOPLE).await;
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before, after, "both histories are as before");
    }
    assert_eq!(house.members("readers").await, [house.profile_id("user_id/bob").await]);
    assert_eq!(grants_of(&house, "user_id/ann").await, ["tablet-ann"; 0], "no consent was made by either");
}

/// Nothing but claims on either side: staff's word makes one person of two, and of no claim more than it was.
async fn s12_merge_and_split_of_whom_only_a_public_key_has_named(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let on_tablet = |user: &str, allowed: bool, message: &str| {
        json!([{"type": "track", "event": "Order Completed", "userId": user, "anonymousId": "tablet",
            "messageId": message, "context": {"consent": {"categoryPreferences": {"news": allowed}}}}])
    };
    for (user, allowed, message) in [("ann", true, "a1"), ("ann", false, "a2"), ("bob", true, "b1")] {
        house.send("site", on_tablet(user, allowed, message)).await.expect(200);
        house.advance(Duration::from_secs(60));
    }
    assert_eq!(states(&house).await, ["withdrawn", "given"], "each has decided for themselves");
    let people = ["user_id/ann", "user_id/bob"];
    let (before, reader) = (told(&house, &people).await, house.profile_id("user_id/bob").await);
    assert_eq!(house.members("readers").await, std::slice::from_ref(&reader));

    decide(&house, "join", "user_id/ann", &["user_id/bob"], false).await.expect(200);
    assert_eq!(states(&house).await, ["withdrawn", "withdrawn"], "merged, the more restrictive counts");
    for person in people {
        house.profile(person, "news").await.problem(403, "consent_withdrawn");
    }
    assert_eq!(house.members("readers").await, [""; 0]);

    decide(&house, "split", "user_id/ann", &["user_id/bob"], false).await.expect(200);
    assert_eq!(states(&house).await, ["withdrawn", "given"]);
    for (before, after) in before.iter().zip(&told(&house, &people).await) {
        assert_eq!(before, after, "both histories are as before");
    }
    assert_eq!(house.members("readers").await, [reader]);
}

async fn states(house: &House) -> [String; 2] {
    [house.state("user_id/ann", "news").await, house.state("user_id/bob", "news").await]
}

/// The acts by which somebody now has consented.
async fn grants_of(house: &House, person: &str) -> Vec<String> {
    let permission = house.permission(person, "news").await;
    let deciding = |act: &&Json| act["act"] == "grant" && act["decides"] == true;
    let acts = permission["acts"].as_array().unwrap().iter().filter(deciding);
    acts.map(|act| act["id"].as_str().unwrap().to_owned()).collect()
}
