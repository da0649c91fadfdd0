//! Time destroys, too: each datum from its own time, without anybody being scanned for it.

use super::burglar::Loot;
use super::withdrawal::{house, look_at, order};
use crate::support::{Engine, act_on, canary, contains, on_both_engines};
use std::time::Duration;

on_both_engines!(invoices_outlive_marketing_data_by_exactly_their_keep, consent_that_expires_destroys_by_itself);

const DAY: Duration = Duration::from_hours(24);

async fn invoices_outlive_marketing_data_by_exactly_their_keep(engine: Engine) {
    let mut house = house(engine).await;
    let (seen, bought) = (canary(), canary());
    look_at(&house, &seen).await;
    order(&house, &bought).await;
    // Agreed anew each five months, so that it is the data's own time that runs out.
    for _ in 0..2 {
        house.pass(DAY * 150).await;
        house.act("privacy", "user_id/dan", act_on("grant", "taste")).await.expect(200);
    }
    house.pass(DAY * 64).await;
    house.leave().await;
    let loot = Loot::take(&house).await;
    assert!(contains(&loot.read(&loot, house.folder.path()), seen.as_bytes()), "364 days later it is kept");
    house.restart().await;
    house.pass(DAY * 32).await;
    house.pass(Duration::from_secs(2)).await;
    house.leave().await;
    let heap = Loot::take(&house).await.read(&loot, house.folder.path());
    assert!(!contains(&heap, seen.as_bytes()), "after a year and the month it is of it is gone everywhere");
    assert!(contains(&heap, bought.as_bytes()), "invoices stay");
}

async fn consent_that_expires_destroys_by_itself(engine: Engine) {
    let mut house = house(engine).await;
    let seen = canary();
    look_at(&house, &seen).await;
    assert_eq!(house.state("user_id/dan", "taste").await, "given");
    house.pass(DAY * 183).await;
    assert_eq!(house.state("user_id/dan", "taste").await, "given", "the first of September has not come");
    house.pass(DAY * 2).await;
    assert_eq!(house.state("user_id/dan", "taste").await, "expired");
    house.pass(Duration::from_secs(2)).await;
    house.leave().await;
    let loot = Loot::take(&house).await;
    assert!(!contains(&loot.read(&loot, house.folder.path()), seen.as_bytes()));
}
