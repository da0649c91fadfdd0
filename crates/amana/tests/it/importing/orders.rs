//! Orders are exported again and again, each month all of the year: each counts once, for as long as anything of it is
//! kept (law 3), and what is remembered for that goes with it.

use super::{ORDERS, orders_csv};
use crate::keys::burglar::Loot;
use crate::keys::withdrawal::PANEL;
use crate::support::{CATALOG, Engine, House, act_on, contains, on_both_engines};
use amana::hash::{sha256_hex, short};
use amana::pipeline::{SetAside, TallyName};
use amana_store::{Batch, KeyRange, Space};
use serde_json::json;
use std::time::Duration;

on_both_engines!(
    an_order_that_is_exported_each_month_counts_once,
    an_order_counts_once_whatever_its_next_export_says_of_it,
    what_was_refused_can_be_imported_when_it_is_permitted,
    what_is_remembered_of_orders_goes_with_them,
    what_a_till_sends_by_itself_is_not_taken_for_a_row,
    names_that_cannot_be_read_are_not_taken_for_none,
);

const DAY: Duration = Duration::from_hours(24);

fn named() -> String {
    format!("message_id = \"order\"\n{ORDERS}")
}

/// How many rows of names are stored.
async fn rows_of_names(house: &House) -> usize {
    house.app().store().scan(Space::Named, KeyRange::all(), 1_000).await.unwrap().len()
}

async fn revenue_of(house: &House, person: &str) -> f64 {
    let profile = house.profile(&format!("user_id/{person}"), "orders").await.expect(200);
    profile.json["metrics"]["revenue"].as_f64().unwrap()
}

async fn an_order_that_is_exported_each_month_counts_once(engine: Engine) {
    let mut house = House::open(engine, CATALOG).await;
    house.import("shop", &named(), "text/csv", orders_csv(100)).await.expect(200);
    assert_eq!(house.orders_of("u3").await, 10);
    for (months, rows) in [(1, 110_u64), (2, 120)] {
        house.pass(DAY * 40).await;
        house.restart().await;
        let answer = house.import("shop", &named(), "text/csv", orders_csv(rows)).await.expect(200).json;
        assert_eq!(answer["accepted"], rows, "the file is another one");
        assert_eq!(house.orders_of("u3").await, 10 + months);
        assert!((revenue_of(&house, "u3").await - 12.5 * (10 + months) as f64).abs() < 1e-9);
        let timeline = house.get("privacy", "profiles/user_id/u3/timeline?purpose=orders&limit=100").await.expect(200);
        let told = timeline.json["entries"].as_array().unwrap().iter();
        assert_eq!(told.filter(|entry| entry["event"] == "Order Completed").count() as u64, 10 + months);
    }
    assert_eq!(house.tally(TallyName::EventsDuplicate).await, 100 + 110);
    assert_eq!(house.tally(TallyName::EventsUnnameable).await, 0);
}

async fn an_order_counts_once_whatever_its_next_export_says_of_it(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let both = named().replace("[properties]", "identifiers.anonymous_id = \"device\"\n[properties]");
    house
        .import("shop", &both, "text/csv", "customer,device,order,amount,at\nu1,d1,o1,10,2026-02-01\n")
        .await
        .expect(200);
    house.pass(DAY * 40).await;
    // Paid meanwhile, with another amount and date; then under another identifier of the same person.
    let paid = "customer,order,amount,at\nu1,o1,99,2026-04-01\nu1,o2,5,2026-04-02\n";
    house.import("shop", &named(), "text/csv", paid).await.expect(200);
    let device = named().replace("identifiers.user_id = \"customer\"", "identifiers.anonymous_id = \"device\"");
    house.import("shop", &device, "text/csv", "device,order,amount,at\nd1,o1,99,2026-04-03\n").await.expect(200);
    assert_eq!(house.orders_of("u1").await, 2);
    assert!((revenue_of(&house, "u1").await - 15.0).abs() < 1e-9, "the first to come is what is kept");
    // What happened to it since is an event of another name.
    let cancelled = named().replace("Order Completed", "Order Cancelled");
    let file = "customer,order,amount,at\nu1,o1,10,2026-04-03\n";
    house.import("shop", &cancelled, "text/csv", file).await.expect(200);
    assert_eq!(house.tally(TallyName::EventsDuplicate).await, 2);
    let timeline = house.get("privacy", "profiles/user_id/u1/timeline?purpose=orders").await.expect(200);
    assert!(timeline.text.contains("Order Cancelled"), "{}", timeline.text);
}

/// Looks at products that are kept by consent and by nothing else.
const LOOKS: &str = r#"
kind = "track"
event = "Product Viewed"
message_id = "look"
timestamp = "at"
identifiers.user_id = "customer"
properties.name = "product"
"#;

fn looks(rows: u64) -> String {
    let row = |row: u64| format!("dan,l{row},p{row},2026-02-03\n");
    format!("customer,look,product,at\n{}", (0..rows).map(row).collect::<String>())
}

async fn looks_of(house: &House) -> u64 {
    house.profile("user_id/dan", "taste").await.json["metrics"]["views"].as_u64().unwrap_or(0)
}

async fn what_was_refused_can_be_imported_when_it_is_permitted(engine: Engine) {
    let house = House::open(engine, &format!("{CATALOG}{PANEL}")).await;
    house.act("privacy", "user_id/dan", act_on("refuse", "taste")).await.expect(200);
    house.import("panel", LOOKS, "text/csv", looks(3)).await.expect(200);
    assert_eq!((house.tally(TallyName::EventsUnpermitted).await, rows_of_names(&house).await), (3, 0));
    house.advance(Duration::from_secs(1));
    house.act("privacy", "user_id/dan", act_on("grant", "taste")).await.expect(200);
    house.import("panel", LOOKS, "text/csv", looks(4)).await.expect(200);
    assert_eq!((looks_of(&house).await, rows_of_names(&house).await), (4, 1));
    house.advance(Duration::from_secs(1));
    house.act("privacy", "user_id/dan", act_on("withdraw", "taste")).await.expect(200);
    assert_eq!(rows_of_names(&house).await, 0, "nothing is kept, and so nothing is remembered");
    house.advance(Duration::from_secs(1));
    house.act("privacy", "user_id/dan", act_on("grant", "taste")).await.expect(200);
    house.import("panel", LOOKS, "text/csv", looks(5)).await.expect(200);
    house.import("panel", LOOKS, "text/csv", looks(6)).await.expect(200);
    assert_eq!((looks_of(&house).await, rows_of_names(&house).await), (6, 1));
    assert_eq!(house.tally(TallyName::EventsDuplicate).await, 5);
}

/// An order's name as it is remembered. Whoever changes how it is made counts every order again.
fn remembered(source: &str, event: &str, order: &str) -> [u8; 8] {
    let digest = sha256_hex(format!("amana import name 1\0{source}\0{event}\0{order}").as_bytes());
    short(format!("import-{}", &digest[..32]).as_bytes()).to_be_bytes()
}

async fn what_is_remembered_of_orders_goes_with_them(engine: Engine) {
    let mut house = House::open(engine, &CATALOG.replace("keep = \"P60Y\"", "keep = \"P3M\"")).await;
    let file = "customer,order,amount,at\ndan,o1,10,2026-01-05\ndan,o2,10,2026-02-05\n";
    house.import("till", &named(), "text/csv", file).await.expect(200);
    let name = |order| remembered("till", "Order Completed", order);
    assert_eq!(rows_of_names(&house).await, 2, "one for each month, whatever else is kept of the orders");
    house.leave().await;
    let backup = Loot::take(&house).await;
    let heap = backup.read(&backup, house.folder.path());
    assert!(contains(&heap, &name("o1")) && contains(&heap, &name("o2")), "the burglar can read");
    house.enter().await;
    // The first of May: three months after the last of January, and not after the last of February.
    house.pass(DAY * 61).await;
    assert_eq!((rows_of_names(&house).await, house.orders_of("dan").await), (1, 1));
    house.import("till", &named(), "text/csv", format!("{file}dan,o3,10,2026-02-06\n")).await.expect(200);
    assert_eq!(house.orders_of("dan").await, 2, "what is kept is known, and what nobody may keep is not kept again");
    house.pass(DAY * 33).await;
    house.pass(Duration::from_secs(2)).await;
    assert_eq!(rows_of_names(&house).await, 0);
    house.leave().await;
    let heap = Loot::take(&house).await.read(&backup, house.folder.path());
    assert!(!contains(&heap, &name("o1")) && !contains(&heap, &name("o2")) && !contains(&heap, &name("o3")));
}

async fn what_a_till_sends_by_itself_is_not_taken_for_a_row(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let sent = json!([{"type": "track", "event": "Order Completed", "userId": "dan", "messageId": "o1",
        "properties": {"order_id": "o1", "revenue": 10}, "timestamp": "2026-02-05"}]);
    house.send("till", sent.clone()).await.expect(200);
    assert_eq!(rows_of_names(&house).await, 0, "what is collected pays nothing");
    house.import("till", &named(), "text/csv", "customer,order,amount,at\ndan,o1,10,2026-02-05\n").await.expect(200);
    assert_eq!(house.orders_of("dan").await, 2, "docs/import.md says so");
    house.send("till", sent).await.expect(200);
    assert_eq!(house.orders_of("dan").await, 2);
}

async fn names_that_cannot_be_read_are_not_taken_for_none(engine: Engine) {
    let mut house = House::open(engine, CATALOG).await;
    house.import("shop", &named(), "text/csv", orders_csv(20)).await.expect(200);
    let (key, row) = house.app().store().scan(Space::Named, KeyRange::all(), 1).await.unwrap().remove(0);
    let mut damaged = row.value.to_vec();
    *damaged.last_mut().unwrap() ^= 1;
    let mut batch = Batch::new();
    batch.put(Space::Named, key, damaged);
    house.app().store().commit(batch).await.unwrap();
    house.restart().await;
    house.import("shop", &named(), "text/csv", orders_csv(30)).await.expect(200);
    let mut orders = 0;
    for person in 0..10 {
        orders += house.orders_of(&format!("u{person}")).await;
    }
    assert_eq!(orders, 20 + 9, "one person's three rows wait, everybody else has one order more");
    let aside = SetAside::read(house.app().store(), house.app().root()).await.unwrap();
    assert_eq!(aside.iter().map(|aside| aside.entry.events()).sum::<usize>(), 3);
    assert_eq!(house.tally(TallyName::EventsDuplicate).await, 18);
}
