//! A restore over a rotation of the index secret: the older copy stands under a secret that is forgotten, and still
//! everybody is found, with what they said.

use super::restore::{back_up, restore};
use super::{house, shipped, shipped_and_copied};
use crate::keys::rotation::{moved, rotate, rows};
use crate::support::{Engine, on_both_engines};
use amana::acts_log::LogEntry;
use amana::key_archive;
use amana::pipeline::index_standing;
use amana::server::open_app;
use serde_json::json;

on_both_engines!(a_restore_over_a_rotation_finds_everybody);

const KEPT: &str = "user_id/ann";
const OBJECTED: &str = "email/eve%40people.example";
const LATE: &str = "email/late%40people.example";

async fn a_restore_over_a_rotation_finds_everybody(engine: Engine) {
    let (acts, keys) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let archive = keys.path().join("keys.archive");
    let objects = || json!({"act": "object", "target": "direct_marketing"});
    let mut house = house(engine).await;
    let bought = json!([{"type": "track", "event": "Order Completed", "userId": "ann", "messageId": "m1"}]);
    house.send("shop", bought.clone()).await.expect(200);
    house.act("privacy", OBJECTED, objects()).await.expect(200);
    let mut copy = shipped_and_copied(&mut house, acts.path()).await;
    // Somebody of whom the copy does not know, under the old secret.
    house.act("privacy", LATE, objects()).await.expect(200);
    rotate(&house);
    assert_eq!(moved(&house).await, [(1, 2), (2, 1)]);
    // Both are named by events of which nothing may be kept.
    let told = |email: &str| {
        json!({"type": "track", "event": "Product Viewed", "anonymousId": email, "messageId": email,
            "context": {"traits": {"email": email}},
            "properties": {"product_id": "p"}})
    };
    house.send("crm", json!([told("eve@people.example"), told("late@people.example")])).await.expect(200);
    assert_eq!(moved(&house).await, [(2, 3)], "the old secret is forgotten");
    let mut ids = Vec::new();
    for person in [KEPT, OBJECTED, LATE] {
        ids.push(house.profile_id(person).await);
    }
    back_up(&house, &archive).await;
    let keys = house.app().acts().keys().clone();
    house.leave().await;
    let entries = shipped(acts.path(), &keys);
    let moves = entries.iter().filter(|entry| matches!(entry, LogEntry::Moved(_))).count();
    assert_eq!(moves, 2, "of everybody at once, and of those whom an event named");

    let applied = restore(&copy, &archive, acts.path()).await;
    assert_eq!((applied.acts, applied.moved), (1, 3));
    copy.enter().await;
    assert_eq!(moved(&copy).await, [(2, 3)]);
    for (person, id) in [KEPT, OBJECTED, LATE].into_iter().zip(ids) {
        assert_eq!(copy.profile_id(person).await, id);
    }
    for person in [OBJECTED, LATE] {
        assert_eq!(copy.permissions(person).await["general"][0]["act"], "object");
    }
    copy.send("shop", bought).await.expect(200);
    assert_eq!(rows(&copy).await, [(2, 3)], "and by events: nobody is there twice");
}

/// Without the acts, whoever's value is kept is found, and events wait until they are.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_copy_makes_nobody_twice() {
    let keys = tempfile::tempdir().unwrap();
    let archive = keys.path().join("keys.archive");
    let mut house = house(Engine::Embedded).await;
    let bought =
        |message: &str| json!([{"type": "track", "event": "Order Completed", "userId": "ann", "messageId": message}]);
    house.send("shop", bought("m1")).await.expect(200);
    let id = house.profile_id(KEPT).await;
    house.leave().await;
    let mut copy = house.copied().await;
    house.enter().await;
    rotate(&house);
    assert_eq!(moved(&house).await, [(2, 1)]);
    back_up(&house, &archive).await;
    house.leave().await;

    let config = copy.config();
    key_archive::restore_keys(&config, &archive).await.unwrap();
    let app = open_app(&config).await.unwrap();
    assert_eq!(index_standing(&app).await.unwrap().lost, 1);
    app.store().clone().close().await;
    drop(app);
    copy.enter().await;
    let confirmed = json!({"note": "there are no acts"});
    copy.ask("privacy", reqwest::Method::POST, "restore/confirm", Some(confirmed)).await.expect(200);
    copy.send("shop", bought("m2")).await.expect(200);
    assert_eq!(copy.profile_id(KEPT).await, id);
    assert_eq!(moved(&copy).await, [(2, 1)]);
}
