//! Bans come back with the acts (DESIGN §7): an older copy of the store must not join again what is many people's.

use super::restore::{back_up, restore};
use super::{house, shipped_and_copied};
use crate::identity::bans::ban;
use crate::support::{Engine, House, on_both_engines};
use serde_json::{Value as Json, json};
use std::time::Duration;

on_both_engines!(a_restore_brings_bans_back_and_what_was_lifted, a_restore_brings_back_that_a_device_is_shared,);

fn bought(user: &str, message: &str, email: &str) -> Json {
    json!([{"type": "track", "event": "Order Completed", "userId": user, "messageId": message,
        "context": {"traits": {"email": email}}}])
}

async fn are_one(house: &House, one: &str, other: &str) -> bool {
    house.profile_id(one).await == house.profile_id(other).await
}

async fn a_restore_brings_bans_back_and_what_was_lifted(engine: Engine) {
    let (acts, keys) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let archive = keys.path().join("keys.archive");
    let mut house = house(engine).await;
    for user in ["ann", "bob", "cleo", "dan"] {
        house.send("shop", bought(user, "m1", &format!("{user}@people.example"))).await.expect(200);
    }
    // Banned before the copy is made, lifted after it.
    ban(&house, "ban", "email/dan@people.example", false).await.expect(200);
    let mut copy = shipped_and_copied(&mut house, acts.path()).await;
    let second = Duration::from_secs(1);
    for (what, identifier) in [
        ("ban", "email/ann@people.example"),
        ("ban", "email/bob@people.example"),
        ("ban/lift", "email/bob@people.example"),
        ("ban", "user_id/cleo"),
        ("ban", "phone/030901820"),
        ("ban/lift", "email/dan@people.example"),
    ] {
        house.advance(second);
        ban(&house, what, identifier, false).await.expect(200);
    }
    back_up(&house, &archive).await;
    house.leave().await;
    assert!(restore(&copy, &archive, acts.path()).await.acts > 0);
    copy.enter().await;
    for (user, one) in [("ann", false), ("bob", true), ("cleo", false), ("dan", true)] {
        let (user_id, email) = (format!("user_id/{user}"), format!("email/{user}@people.example"));
        assert_eq!(are_one(&copy, &user_id, &email).await, one, "{user}");
        copy.send("shop", bought(user, "m2", &format!("{user}@people.example"))).await.expect(200);
        assert_eq!(are_one(&copy, &user_id, &email).await, one, "{user}, whatever events say");
    }
    let called = json!([{"type": "track", "event": "Order Completed", "userId": "eve", "messageId": "m3",
        "context": {"traits": {"phone": "+4930901820"}}}]);
    copy.send("shop", called).await.expect(200);
    let eve = copy.get("privacy", "profiles/user_id/eve/identity?purpose=orders").await.expect(200).json;
    assert_eq!(eve["left_out"][0]["why"], "banned", "also a number that nobody was known by");
    // What is in force again can be lifted again, and gives back what was taken.
    ban(&copy, "ban/lift", "email/ann@people.example", false).await.expect(200);
    assert!(are_one(&copy, "user_id/ann", "email/ann@people.example").await);
}

async fn a_restore_brings_back_that_a_device_is_shared(engine: Engine) {
    let (acts, keys) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let archive = keys.path().join("keys.archive");
    let mut house = house(engine).await;
    let viewed = |user: Option<&str>, message: &str| json!([{"type": "track", "event": "Product Viewed", "userId": user, "anonymousId": "tablet", "messageId": message}]);
    for user in ["ann", "bob"] {
        house.send("shop", bought(user, "m1", &format!("{user}@people.example"))).await.expect(200);
    }
    // Before she signs in on it: what joins her to it came after the copy, as what shares it.
    house.send("site", viewed(None, "v1")).await.expect(200);
    let mut copy = shipped_and_copied(&mut house, acts.path()).await;
    house.advance(Duration::from_secs(60));
    // Said on the device before anybody knew that it is shared, and after the copy was made.
    let said = json!([{"type": "page", "anonymousId": "tablet", "messageId": "v2",
        "context": {"consent": {"categoryPreferences": {"news": false}}}}]);
    house.send("site", said).await.expect(200);
    house.advance(Duration::from_secs(60));
    house.send("site", viewed(Some("ann"), "v3")).await.expect(200);
    house.advance(Duration::from_secs(60));
    house.send("site", viewed(Some("bob"), "v4")).await.expect(200);
    back_up(&house, &archive).await;
    house.leave().await;
    assert!(restore(&copy, &archive, acts.path()).await.acts > 0);
    copy.enter().await;
    let parts = async |house: &House, person: &str| {
        let graph = house.get("privacy", &format!("profiles/{person}/identity?purpose=orders")).await.expect(200).json;
        graph["fragments"].as_array().unwrap().clone()
    };
    let tablet = parts(&copy, "anonymous_id/tablet").await;
    assert_eq!((tablet.len(), &tablet[0]["banned"]["method"]), (1, &json!("shared_device")), "{tablet:?}");
    assert_eq!(copy.state("anonymous_id/tablet", "news").await, "refused", "the device's no goes on");
    // Whoever it was of goes on with what is theirs, and joins nobody by it.
    let before = parts(&copy, "user_id/ann").await.len();
    copy.send("site", viewed(Some("ann"), "v5")).await.expect(200);
    copy.send("site", viewed(None, "v6")).await.expect(200);
    assert_eq!(parts(&copy, "user_id/ann").await.len(), before);
    assert!(!are_one(&copy, "user_id/ann", "anonymous_id/tablet").await);
    assert!(!are_one(&copy, "user_id/ann", "user_id/bob").await);
}
