//! Time destroys, too: each datum from its own time, without anybody being scanned for it.

use super::burglar::Loot;
use super::withdrawal::{PANEL, house, look_at, order};
use crate::support::{CATALOG, Engine, House, act_on, canary, contains, on_both_engines};
use amana_core::Moment;
use jiff::Span;
use jiff::tz::Offset;
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

/// What can be read of Dan for a purpose.
async fn read_for(house: &House, purpose: &str) -> String {
    let read = house.get("privacy", &format!("profiles/user_id/dan/timeline?purpose={purpose}")).await;
    if read.status == 200 { read.json["entries"].to_string() } else { read.code().to_owned() }
}

/// So many years after an instant, by the calendar (UTC, as `keep` is counted).
fn years_after(instant: Moment, years: i64) -> Moment {
    let day = Offset::UTC.to_datetime(instant.timestamp()).checked_add(Span::new().years(years)).unwrap();
    Moment(Offset::UTC.to_timestamp(day).unwrap().as_millisecond())
}

async fn invoices_outlive_marketing_data_by_exactly_their_keep(engine: Engine) {
    let mut house = house_with_invoices(engine).await;
    let (seen, bought) = (canary(), canary());
    let born = house.clock.now();
    look_at(&house, &seen).await;
    order(&house, &bought).await;
    let (taste_ends, invoice_ends) = (years_after(born, 1), years_after(born, 3));
    assert_eq!(years_after(taste_ends, 2), invoice_ends, "two years longer");
    assert_eq!(invoice_ends.since_millis(taste_ends), 731 * 86_400_000, "of which one is a leap year");
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
    pass_until(&house, taste_ends.plus_millis(-1)).await;
    assert!(read_for(&house, "taste").await.contains(&seen), "a moment before a year is over");
    house.leave().await;
    let loot = Loot::take(&house).await;
    assert!(contains(&loot.read(&loot, house.folder.path()), seen.as_bytes()), "and so it is kept");
    house.enter().await;
    pass_until(&house, taste_ends).await;
    assert!(!read_for(&house, "taste").await.contains(&seen), "hidden when the year is over");
    assert_eq!(house.state("user_id/dan", "taste").await, "given", "by its own time and by nothing else");
    assert!(read_for(&house, "bookkeeping").await.contains(&bought), "invoices stay");
    house.pass(DAY * 32).await;
    house.pass(Duration::from_secs(2)).await;
    house.leave().await;
    let heap = Loot::take(&house).await.read(&loot, house.folder.path());
    assert!(!contains(&heap, seen.as_bytes()), "after a year and the month it is of it is gone everywhere");
    assert!(contains(&heap, bought.as_bytes()), "invoices stay");
    house.enter().await;
    pass_until(&house, invoice_ends.plus_millis(-1)).await;
    assert!(read_for(&house, "bookkeeping").await.contains(&bought), "a moment before three years are over");
    pass_until(&house, invoice_ends).await;
    assert!(!read_for(&house, "bookkeeping").await.contains(&bought), "hidden when three years are over");
    house.leave().await;
    let heap = Loot::take(&house).await.read(&loot, house.folder.path());
    assert!(contains(&heap, bought.as_bytes()), "its bytes go with the month it is of");
    house.enter().await;
    pass_until(&house, Moment::parse("2029-04-02T00:00:00Z").unwrap()).await;
    house.pass(Duration::from_secs(2)).await;
    house.leave().await;
    let heap = Loot::take(&house).await.read(&loot, house.folder.path());
    assert!(!contains(&heap, bought.as_bytes()), "three years and the month later nobody reads the invoice");
}

async fn pass_until(house: &House, instant: Moment) {
    let millis = instant.since_millis(house.clock.now());
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
