//! Versions of purposes: who agreed to less is asked again, and what was kept under a closed slot stays apart.

use crate::support::{CATALOG, Engine, House, act_on, canary, on_both_engines};
use serde_json::{Value as Json, json};
use std::time::Duration;

on_both_engines!(
    a_wider_purpose_version_asks_again_and_does_not_inherit,
    a_retired_slots_bit_is_not_reused_while_data_refers_to_it,
);

/// News that also look at what people browse.
pub(super) fn wider() -> String {
    CATALOG.replacen(
        "code = \"news\"\nbasis = \"consent\"\ncategories = [\"contact\", \"identity\", \"commerce\", \"location\"]",
        "code = \"news\"\nversion = 2\nbasis = \"consent\"\ncategories = [\"contact\", \"identity\", \"commerce\", \"location\", \"behaviour\"]",
        1,
    )
}

async fn a_wider_purpose_version_asks_again_and_does_not_inherit(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    assert_ne!(wider(), CATALOG);
    house.act("privacy", "user_id/ann", act_on("grant", "news")).await.expect(200);
    // What her device has stored it sends with everything.
    let order = |message: &str| {
        json!([{"type": "track", "event": "Order Completed", "userId": "ann", "messageId": message,
            "context": {"consent": {"categoryPreferences": {"news": true}}}}])
    };
    house.send("shop", order("m1")).await.expect(200);
    assert_eq!(house.members("readers").await.len(), 1);
    let before = house.clock.now().to_string();
    house.advance(Duration::from_secs(60));
    house.apply(&wider()).await;
    house.settle().await;
    assert_eq!(house.state("user_id/ann", "news").await, "unknown");
    house.send("shop", order("m2")).await.expect(200);
    assert_eq!(house.state("user_id/ann", "news").await, "unknown", "what is stored was said of the narrower version");
    house.profile("user_id/ann", "news").await.problem(403, "consent_unknown");
    assert!(house.members("readers").await.is_empty(), "nobody is inherited");
    // What people agreed to can still be asked for, as what it was.
    let then = house.get("privacy", &format!("profiles/user_id/ann/permissions?as_of={before}")).await.expect(200).json;
    let news: Vec<(&Json, &Json)> = then["permissions"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|known| known["purpose"] == "news")
        .map(|known| (&known["version"], &known["state"]))
        .collect();
    assert_eq!(news, [(&json!(1), &json!("given"))], "the wider version had not come");

    house.act("privacy", "user_id/ann", act_on("grant", "news")).await.expect(200);
    assert_eq!(house.state("user_id/ann", "news").await, "given");
    let profile = house.profile("user_id/ann", "news").await.expect(200);
    assert_eq!(
        profile.json["metrics"]["orders"],
        Json::Null,
        "what was kept for the narrower version was not kept for this"
    );
}

/// A purpose with a source of its own.
pub(super) fn purpose(code: &str) -> String {
    format!(
        r#"
[[purposes]]
code = "{code}"
basis = "consent"
categories = ["behaviour", "identity.user"]
keep = "P1Y"
texts.en = {{ title = "{code}", text = "We look at what you look at." }}

[[sources]]
code = "panel"
brand = "shop"
channel = "panel"
trust = "server"
write_key_sha256 = "@@sha256:panel@@"
collects = ["{code}"]
consent_categories = {{ panel = ["{code}"] }}
"#
    )
}

async fn a_retired_slots_bit_is_not_reused_while_data_refers_to_it(engine: Engine) {
    let house = House::open(engine, &format!("{CATALOG}{}", purpose("taste"))).await;
    let seen = canary();
    let viewed = |message: &str, name: &str| {
        json!([{"type": "track", "event": "Product Viewed", "userId": "dan", "messageId": message,
            "properties": {"name": name}, "context": {"consent": {"categoryPreferences": {"panel": true}}}}])
    };
    house.send("panel", viewed("m1", &seen)).await.expect(200);
    assert_eq!(house.profile("user_id/dan", "taste").await.expect(200).json["metrics"]["views"], 1);
    let slot = |house: &House, code: &str| house.app().current().numbers.current(code, None);
    let taste = slot(&house, "taste").unwrap();

    house.apply(&format!("{CATALOG}{}", purpose("mood"))).await;
    house.settle().await;
    let mood = slot(&house, "mood").unwrap();
    assert!(mood > taste && slot(&house, "taste").is_none(), "a number is given once");
    house.send("panel", viewed("m2", "new")).await.expect(200);
    let profile = house.profile("user_id/dan", "mood").await.expect(200);
    assert_eq!(profile.json["metrics"]["views"], 1, "what was kept for the closed purpose is not this one's");
    house.profile("user_id/dan", "taste").await.problem(403, "purpose_unknown");
    // And what was agreed to is not agreed to for this: the second person only ever agreed to the first purpose.
    house.apply(&format!("{CATALOG}{}", purpose("taste"))).await;
    house.settle().await;
    assert!(slot(&house, "taste").unwrap() > mood, "the purpose itself, taken up again, asks again");
    assert_eq!(house.state("user_id/dan", "taste").await, "unknown");
}
