//! Time destroys, too: each datum from its own time, without anybody being scanned for it.

use super::burglar::Loot;
use super::withdrawal::{PANEL, house, look_at, order};
use crate::support::{CATALOG, Engine, House, act_on, canary, contains, on_both_engines};
use amana_core::Moment;
use serde_json::json;
use std::time::Duration;

on_both_engines!(invoices_outlive_marketing_data_by_exactly_their_keep, consent_that_expires_destroys_by_itself);

const DAY: Duration = Duration::from_hours(24);

/// The shop with invoices that are kept for three years, from the day they are of.
async fn house_with_invoices(engine: Engine) -> House {
    let (before, invoices) = CATALOG.split_once("code = \"bookkeeping\"").unwrap();
    let invoices = invoices.replacen("keep = \"P60Y\"", "keep = \"P3Y\"", 1);
    House::open(engine, &format!("{before}code = \"bookkeeping\"{invoices}{PANEL}")).await
}

/// The orders that can be read for bookkeeping.
async fn invoices(house: &House) -> String {
    let read = house.get("privacy", "profiles/user_id/dan/timeline?purpose=bookkeeping").await;
    if read.status == 200 { read.json["entries"].to_string() } else { read.code().to_owned() }
}

async fn invoices_outlive_marketing_data_by_exactly_their_keep(engine: Engine) {
    let mut house = house_with_invoices(engine).await;
    let (seen, bought) = (canary(), canary());
    look_at(&house, &seen).await;
    order(&house, &bought).await;
    // The contract is over, and nothing but the law demands the invoice.
    let closed = json!([{"type": "track", "event": "Account Closed", "userId": "dan", "messageId": "closed",
        "timestamp": house.clock.now().to_string()}]);
    house.advance(Duration::from_secs(1));
    house.send("shop", closed).await.expect(200);
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
    house.enter().await;
    pass_until(&house, "2029-02-28T12:00:00Z").await;
    assert!(invoices(&house).await.contains(&bought), "the day before");
    pass_until(&house, "2029-03-01T11:59:59Z").await;
    assert!(invoices(&house).await.contains(&bought), "a moment before");
    pass_until(&house, "2029-03-01T12:00:01Z").await;
    assert!(!invoices(&house).await.contains(&bought), "hidden when three years are over");
    house.leave().await;
    let heap = Loot::take(&house).await.read(&loot, house.folder.path());
    assert!(contains(&heap, bought.as_bytes()), "its bytes go with the month it is of");
    house.enter().await;
    pass_until(&house, "2029-04-02T00:00:00Z").await;
    house.pass(Duration::from_secs(2)).await;
    house.leave().await;
    let heap = Loot::take(&house).await.read(&loot, house.folder.path());
    assert!(!contains(&heap, bought.as_bytes()), "three years and the month later nobody reads the invoice");
}

async fn pass_until(house: &House, instant: &str) {
    let millis = Moment::parse(instant).unwrap().since_millis(house.clock.now());
    house.pass(Duration::from_millis(millis.try_into().unwrap())).await;
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
