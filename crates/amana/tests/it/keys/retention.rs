//! Time destroys, too: each datum from its own time, without anybody being scanned for it.

use super::burglar::Loot;
use super::withdrawal::{PANEL, house, look_at};
use crate::support::{CATALOG, Engine, House, act_on, canary, contains, on_both_engines};
use amana_core::Moment;
use jiff::Span;
use jiff::tz::Offset;
use serde_json::{Value as Json, json};
use std::time::Duration;

on_both_engines!(invoices_outlive_marketing_data_by_exactly_their_keep, consent_that_expires_destroys_by_itself);

const DAY: Duration = Duration::from_hours(24);

/// The shop with invoices that are kept for three years, from the day they are of.
async fn house_with_invoices(engine: Engine) -> House {
    let (before, invoices) = CATALOG.split_once("code = \"bookkeeping\"").unwrap();
    let invoices = invoices.replacen("keep = \"P60Y\"", "keep = \"P3Y\"", 1);
    let (service, offers) = invoices.split_once("code = \"offers\"").unwrap();
    let offers = offers.replacen("keep = \"P60Y\"", "keep = \"P1Y\"", 1);
    House::open(engine, &format!("{before}code = \"bookkeeping\"{service}code = \"offers\"{offers}{PANEL}")).await
}

/// What happened at an instant, and is sent now.
async fn tell(house: &House, source: &str, at: Moment, mut event: Json) {
    (event["userId"], event["timestamp"]) = ("dan".into(), at.to_string().into());
    house.send(source, json!([event])).await.expect(200);
}

/// A trait as a purpose sees it.
async fn trait_for(house: &House, purpose: &str, name: &str) -> Json {
    house.profile("user_id/dan", purpose).await.expect(200).json["traits"][name].clone()
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

#[expect(clippy::too_many_lines, reason = "one story: each step rests on those before")]
async fn invoices_outlive_marketing_data_by_exactly_their_keep(engine: Engine) {
    let mut house = house_with_invoices(engine).await;
    let [seen, bought, called, later, sold, name] = [(); 6].map(|()| canary());
    let born = house.clock.now();
    // All of it is of one instant, and comes in another month: what counts is when it was.
    house.advance(DAY * 33);
    let agreed = json!({"consent": {"categoryPreferences": {"taste": true}}});
    let viewed = json!({"type": "track", "event": "Product Viewed", "messageId": "seen", "properties": {"name": seen},
        "context": agreed});
    tell(&house, "panel", born, viewed).await;
    let login = json!({"type": "identify", "messageId": "called", "traits": {"username": called}, "context": agreed});
    tell(&house, "panel", born, login).await;
    let order = |number: &str| {
        json!({"type": "track", "event": "Order Completed", "messageId": number,
            "properties": {"order_id": number, "total": 10}, "context": {"traits": {"lastName": name}}})
    };
    tell(&house, "till", born, order(&bought)).await;
    // One that marketing may use, too.
    tell(&house, "shop", born, order(&sold)).await;
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
    // A look in winter, which lives on when that of spring goes.
    look_at(&house, &later).await;
    pass_until(&house, taste_ends.plus_millis(-1)).await;
    assert!(read_for(&house, "taste").await.contains(&seen), "a moment before a year is over");
    assert!(read_for(&house, "offers").await.contains(&sold), "and so is what marketing may use");
    assert_eq!(trait_for(&house, "offers", "lastName").await, name.as_str());
    house.leave().await;
    let loot = Loot::take(&house).await;
    let heap = loot.read(&loot, house.folder.path());
    assert!(contains(&heap, seen.as_bytes()) && contains(&heap, called.as_bytes()), "and so it is kept");
    house.enter().await;
    pass_until(&house, taste_ends).await;
    assert!(!read_for(&house, "taste").await.contains(&seen), "hidden when the year is over");
    assert_eq!(house.state("user_id/dan", "taste").await, "given", "by its own time and by nothing else");
    assert!(read_for(&house, "taste").await.contains(&later), "each datum goes by its own time");
    assert!(!read_for(&house, "offers").await.contains(&sold), "marketing has had its year");
    assert_eq!(trait_for(&house, "offers", "lastName").await, Json::Null);
    assert_eq!(trait_for(&house, "bookkeeping", "lastName").await, name.as_str());
    assert!(read_for(&house, "bookkeeping").await.contains(&bought), "invoices stay");
    house.pass(DAY * 32).await;
    house.pass(Duration::from_secs(2)).await;
    house.leave().await;
    let heap = Loot::take(&house).await.read(&loot, house.folder.path());
    assert!(!contains(&heap, seen.as_bytes()), "after a year and the month it is of it is gone everywhere");
    assert!(!contains(&heap, called.as_bytes()), "and so are values, though others of the same purpose stay");
    assert!(contains(&heap, later.as_bytes()), "what came in winter stays");
    assert!(contains(&heap, bought.as_bytes()) && contains(&heap, sold.as_bytes()), "invoices stay");
    house.enter().await;
    for invoice in [&bought, &sold] {
        assert!(read_for(&house, "bookkeeping").await.contains(invoice), "whatever else they were kept for");
    }
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
