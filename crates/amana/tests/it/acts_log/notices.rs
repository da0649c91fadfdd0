//! Which notices somebody was shown comes back with the acts: nothing is recorded a second time after a restore.

use super::restore::{back_up, restore};
use super::shipped_and_copied;
use crate::support::{CATALOG, Engine, House, on_both_engines};
use serde_json::{Value as Json, json};
use std::time::Duration;

on_both_engines!(what_was_shown_survives_a_restore);

async fn visit(house: &House, message: &str) {
    let page = json!([{"type": "page", "anonymousId": "d1", "messageId": message}]);
    house.send("site", page).await.expect(200);
    house.advance(Duration::from_secs(60));
}

/// The versions of the notice by which the device was informed about offers.
async fn shown(house: &House) -> Vec<u64> {
    let told = house.get("privacy", "profiles/anonymous_id/d1/permissions?history=true").await.expect(200).json;
    let entries = told["history"].as_array().unwrap().iter();
    let informed = entries.filter(|entry| entry["purpose"] == "offers" && entry["act"]["act"] == "inform");
    informed.map(|entry: &Json| entry["act"]["notice"]["version"].as_u64().unwrap()).collect()
}

async fn what_was_shown_survives_a_restore(engine: Engine) {
    let (acts, keys) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let archive = keys.path().join("keys.archive");
    let mut house = House::open(engine, CATALOG).await;
    visit(&house, "m1").await;
    let mut copy = shipped_and_copied(&mut house, acts.path()).await;
    house.apply(&CATALOG.replacen("code = \"privacy\"\n", "code = \"privacy\"\nversion = 2\n", 1)).await;
    visit(&house, "m2").await;
    assert_eq!(shown(&house).await, [1, 2]);
    back_up(&house, &archive).await;
    house.leave().await;

    restore(&copy, &archive, acts.path()).await;
    copy.enter().await;
    assert_eq!(shown(&copy).await, [1, 2]);
    let head = copy.app().acts().head().await.unwrap().next;
    visit(&copy, "m3").await;
    assert_eq!(shown(&copy).await, [1, 2], "it was shown before");
    assert_eq!(copy.app().acts().head().await.unwrap().next, head);
    // And a later version is a new one there, too.
    copy.apply(&CATALOG.replacen("code = \"privacy\"\n", "code = \"privacy\"\nversion = 3\n", 1)).await;
    visit(&copy, "m4").await;
    assert_eq!(shown(&copy).await, [1, 2, 3]);
}
