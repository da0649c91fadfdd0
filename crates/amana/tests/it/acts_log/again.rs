//! Restoring keys again, or out of turn, brings back nothing that was destroyed in between.

use super::restore::{back_up, restore};
use super::{house, ship, viewed};
use crate::keys::burglar::Loot;
use crate::support::{Engine, act_on, canary, contains, on_both_engines};
use std::time::Duration;

on_both_engines!(restoring_keys_again_brings_no_destroyed_key_back);

async fn restoring_keys_again_brings_no_destroyed_key_back(engine: Engine) {
    let (acts, keys) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let archive = keys.path().join("keys.archive");
    let mut house = house(engine).await;
    let (gone, kept) = (canary(), canary());
    let now = house.clock.now().to_string();
    house.send("panel", viewed("dan", &gone, true, &now)).await.expect(200);
    house.send("panel", viewed("eve", &kept, true, &now)).await.expect(200);
    ship(&house, acts.path()).await;
    house.leave().await;
    let mut copy = house.copied().await;
    let backup = Loot::take(&copy).await;
    house.acts.dir = Some(acts.path().to_owned());
    copy.acts.dir = Some(acts.path().to_owned());
    house.enter().await;
    // The archive of that hour still has the keys; the acts tell that they have to go.
    back_up(&house, &archive).await;
    house.advance(Duration::from_secs(5));
    house.act("privacy", "user_id/dan", act_on("withdraw", "taste")).await.expect(200);
    house.leave().await;

    assert_eq!(restore(&copy, &archive, acts.path()).await.acts, 1);
    // Whoever is not sure whether it was done does it again.
    assert_eq!(restore(&copy, &archive, acts.path()).await.acts, 0);
    copy.enter().await;
    copy.pass(Duration::from_secs(3)).await;
    assert_eq!(copy.state("user_id/dan", "taste").await, "withdrawn");
    copy.leave().await;
    let heap = Loot::take(&copy).await.read(&backup, copy.folder.path());
    assert!(!contains(&heap, gone.as_bytes()), "what was withdrawn can be read in an older copy");
    assert!(contains(&heap, kept.as_bytes()), "what nobody withdrew cannot be read any more");
}
