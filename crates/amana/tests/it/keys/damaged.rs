//! A damaged ring: nobody reads with it any more, everybody else goes on, and it is told until it is put right.

use super::burglar::Loot;
use super::withdrawal::{house, look_at};
use crate::support::{Engine, House, act_on, canary, contains, on_both_engines};
use amana_store::seal::bucket;
use amana_store::space::key;
use amana_store::{Batch, Dice as _, FragmentId, KeyRange, Space, SystemDice};
use reqwest::Method;
use serde_json::{Value as Json, json};
use std::time::Duration;

on_both_engines!(a_damaged_ring_stops_nobody_elses_destruction_and_is_told);

/// A fragment of the same bucket as one that there is.
async fn neighbour(house: &House) -> FragmentId {
    let rings = house.app().store().scan(Space::Ring, KeyRange::all(), 1).await.unwrap();
    let known = bucket(key::fragment_of_ring(&rings[0].0).unwrap());
    let random = || {
        let mut id = [0; 16];
        SystemDice.fill(&mut id);
        FragmentId::from_bytes(id)
    };
    std::iter::repeat_with(random).find(|id| bucket(*id) == known).unwrap()
}

async fn told(house: &House) -> (Json, bool) {
    let ready = house.ask("admin", Method::GET, "ready", None).await.expect(200).json;
    let metrics = house.ask("admin", Method::GET, "metrics", None).await.expect(200).text;
    (ready, metrics.lines().any(|line| line == "amana_unreadable_rings 1"))
}

async fn a_damaged_ring_stops_nobody_elses_destruction_and_is_told(engine: Engine) {
    let mut house = house(engine).await;
    let seen = canary();
    look_at(&house, &seen).await;
    house.leave().await;
    let backup = Loot::take(&house).await;
    assert!(contains(&backup.read(&backup, house.folder.path()), seen.as_bytes()), "the burglar can read");
    house.restart().await;
    let damaged = neighbour(&house).await;
    let mut batch = Batch::new();
    batch.put(Space::Ring, key::ring(damaged), vec![1; 80]);
    house.app().store().commit(batch).await.unwrap();
    assert_eq!(told(&house).await, (json!({"status": "ready"}), false));

    house.act("privacy", "user_id/dan", act_on("withdraw", "taste")).await.expect(200);
    house.pass(Duration::from_secs(2)).await;
    let degraded = json!({"status": "degraded", "unreadable_rings": 1});
    assert_eq!(told(&house).await, (degraded.clone(), true));
    house.leave().await;
    let heap = Loot::take(&house).await.read(&backup, house.folder.path());
    assert!(!contains(&heap, seen.as_bytes()), "what was withdrawn can still be read");

    house.enter().await;
    assert_eq!(told(&house).await, (degraded, true), "it is told after a start, too");
    let mut batch = Batch::new();
    batch.delete(Space::Ring, key::ring(damaged));
    house.app().store().commit(batch).await.unwrap();
    house.act("privacy", "user_id/dan", act_on("grant", "taste")).await.expect(200);
    look_at(&house, &canary()).await;
    house.advance(Duration::from_secs(1));
    house.act("privacy", "user_id/dan", act_on("withdraw", "taste")).await.expect(200);
    house.pass(Duration::from_secs(2)).await;
    assert_eq!(told(&house).await, (json!({"status": "ready"}), false));
}
