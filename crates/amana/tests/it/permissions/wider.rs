//! What was said of an earlier version of a purpose: a yes is none to a wider one, a no is one to all of them, and takes
//! along what is still kept for the earlier ones.

use super::versions::{purpose, wider};
use crate::support::{CATALOG, Engine, House, act_on, on_both_engines};
use serde_json::{Value as Json, json};
use std::time::Duration;

on_both_engines!(
    what_a_device_stores_is_no_yes_to_a_wider_version,
    a_no_to_an_earlier_version_is_a_no_to_a_wider_one,
    a_no_reaches_what_is_kept_for_earlier_versions,
    a_yes_from_before_a_wider_version_is_none_to_it,
    objecting_to_all_marketing_leaves_nothing_to_keep_for_it,
);

/// What an SDK sends with every event once somebody has agreed.
fn stored(person: &str, message: &str, name: &str) -> Json {
    json!([{"type": "track", "event": name, "userId": person, "messageId": message,
        "context": {"consent": {"categoryPreferences": {"news": true}}}}])
}

async fn what_a_device_stores_is_no_yes_to_a_wider_version(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    for person in ["ann", "bob"] {
        house.send("shop", stored(person, &format!("{person}1"), "Order Completed")).await.expect(200);
        assert_eq!(house.state(&format!("user_id/{person}"), "news").await, "given");
    }
    house.advance(Duration::from_secs(60));
    house.act("privacy", "user_id/bob", act_on("withdraw", "news")).await.expect(200);
    house.advance(Duration::from_secs(60));
    house.apply(&wider()).await;
    house.advance(Duration::from_secs(60));
    for (person, state) in [("ann", "unknown"), ("bob", "withdrawn")] {
        house.send("shop", stored(person, &format!("{person}2"), "Order Completed")).await.expect(200);
        assert_eq!(house.state(&format!("user_id/{person}"), "news").await, state, "{person}");
    }
    assert!(house.members("readers").await.is_empty());
    // Somebody who says so now says so of what is declared now.
    house.send("shop", stored("ann", "ann3", "Segment Consent Preference Updated")).await.expect(200);
    assert_eq!(house.state("user_id/ann", "news").await, "given");
}

/// Offers that also look at where people live.
fn wider_offers() -> String {
    let (code, categories) = ("code = \"offers\"\n", "\"commerce\", \"behaviour\"]");
    let wider = CATALOG.replacen(code, &format!("{code}version = 2\n"), 1);
    wider.replacen(categories, "\"commerce\", \"behaviour\", \"location\"]", 1)
}

async fn a_no_to_an_earlier_version_is_a_no_to_a_wider_one(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let visit =
        |message: &str| json!([{"type": "track", "event": "Order Completed", "userId": "cy", "messageId": message}]);
    house.send("shop", visit("c1")).await.expect(200);
    assert_eq!(house.members("lookers").await.len(), 1);
    house.act("service", "user_id/cy", act_on("object", "offers")).await.expect(200);
    assert!(house.members("lookers").await.is_empty());
    house.advance(Duration::from_secs(60));
    house.apply(&wider_offers()).await;
    house.advance(Duration::from_secs(60));
    house.send("shop", visit("c2")).await.expect(200);
    house.settle().await;
    assert_eq!(house.state("user_id/cy", "offers").await, "objected", "told of it again and objecting still");
    assert!(house.members("lookers").await.is_empty());
    house.profile("user_id/cy", "offers").await.problem(403, "objected");
    house.advance(Duration::from_secs(60));
    house.act("privacy", "user_id/cy", act_on("grant", "offers")).await.expect(200);
    assert_eq!(house.state("user_id/cy", "offers").await, "informed", "but to whoever takes it back");
}

async fn a_no_reaches_what_is_kept_for_earlier_versions(engine: Engine) {
    let taste = purpose("taste");
    let house = House::open(engine, &format!("{CATALOG}{taste}")).await;
    let looked = |person: &str| {
        json!([{"type": "track", "event": "Product Viewed", "userId": person, "messageId": format!("{person}-looked"),
            "properties": {"name": "boots"}, "context": {"consent": {"categoryPreferences": {"panel": true}}}}])
    };
    for person in ["dan", "eve"] {
        house.send("panel", looked(person)).await.expect(200);
        assert!(keeps_for(&house, person, "taste").await, "{person}");
    }
    house.advance(Duration::from_secs(60));
    let wider = taste.replacen("basis =", "version = 2\nbasis =", 1).replacen(
        "\"behaviour\",",
        "\"behaviour\", \"commerce\",",
        1,
    );
    house.apply(&format!("{CATALOG}{wider}")).await;
    house.settle().await;
    assert!(keeps_for(&house, "dan", "taste").await, "what was agreed to goes on being kept");
    house.advance(Duration::from_secs(60));
    house.act("privacy", "user_id/dan", act_on("withdraw", "taste")).await.expect(200);
    house.settle().await;
    assert!(!keeps_for(&house, "dan", "taste").await, "and goes when it is taken back");
    // A purpose that is gone keeps what it has until its time is up, or somebody says no.
    house.apply(CATALOG).await;
    house.settle().await;
    assert!(keeps_for(&house, "eve", "taste").await);
    house.advance(Duration::from_secs(60));
    house.act("privacy", "user_id/eve", act_on("withdraw", "taste")).await.expect(200);
    house.settle().await;
    assert!(!keeps_for(&house, "eve", "taste").await);
    house.act("privacy", "user_id/eve", act_on("withdraw", "nonsense")).await.problem(422, "no_such_purpose");
}

/// Whether anything of somebody is kept for a purpose.
async fn keeps_for(house: &House, person: &str, purpose: &str) -> bool {
    let keys = house.get("privacy", &format!("profiles/user_id/{person}/keys")).await.expect(200);
    // Also when it is told beside that the purpose is no longer pursued.
    keys.text.contains(&format!("\"{purpose}"))
}

async fn a_yes_from_before_a_wider_version_is_none_to_it(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let before = house.clock.now().to_string();
    house.advance(Duration::from_secs(3_600));
    house.apply(&wider()).await;
    house.advance(Duration::from_secs(3_600));
    let mut yes = act_on("grant", "news");
    yes["at"] = before.clone().into();
    house.act("privacy", "user_id/fay", yes).await.problem(422, "invalid_fields");
    let changed = json!([{"type": "track", "event": "Segment Consent Preference Updated", "userId": "fay",
        "messageId": "f1", "timestamp": before, "context": {"consent": {"categoryPreferences": {"news": true}}}}]);
    house.send("shop", changed).await.expect(200);
    assert_ne!(house.state("user_id/fay", "news").await, "given");
    // The first version has no such instant: what was agreed to before it was declared here was agreed to.
    let mut earlier = act_on("grant", "taste");
    earlier["at"] = before.into();
    house.apply(&format!("{}{}", wider(), purpose("taste"))).await;
    house.act("privacy", "user_id/fay", earlier).await.expect(200);
    assert_eq!(house.state("user_id/fay", "taste").await, "given");
}

async fn objecting_to_all_marketing_leaves_nothing_to_keep_for_it(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let viewed = json!([{"type": "track", "event": "Product Viewed", "userId": "gil", "messageId": "g1"}]);
    house.send("shop", viewed).await.expect(200);
    assert!(keeps_for(&house, "gil", "offers").await);
    let objection = json!({"act": "object", "target": "direct_marketing", "method": "call"});
    house.act("service", "user_id/gil", objection).await.expect(200);
    house.settle().await;
    assert!(!keeps_for(&house, "gil", "offers").await, "GDPR Art. 17(1)(c)");
}
