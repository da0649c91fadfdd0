//! A year and a half of a real shop: CDNOW's purchases, sent through collect with their own dates and read back.

use crate::support::{CATALOG, Engine, House, assert_counted, decimal};
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;
use tokio::task::JoinSet;

/// What is known of the file (`crates/xtask/src/setup/cdnow.rs`).
const PURCHASES: usize = 69_659;
const PEOPLE: usize = 23_570;
const TOTAL: &str = "2500315.63";

const BATCH: usize = 500;
const SENDERS: usize = 4;
const READERS: usize = 4;

/// Beside what the shop counts anyway: when people ordered first and last, and their smallest and largest order.
const METRICS: &str = r#"
[[metrics]]
name = "first_order_at"
event = "Order Completed"
function = "first"

[[metrics]]
name = "last_order_at"
event = "Order Completed"
function = "last"

[[metrics]]
name = "largest_order"
event = "Order Completed"
function = "max"
field = "revenue"
"#;

/// One line of the file. Several lines are the same, so its number is part of what it is.
struct Purchase {
    line: usize,
    person: String,
    date: String,
    items: u32,
    amount: String,
}

/// What one person bought, as the file has it.
#[derive(Default)]
struct Bought {
    orders: usize,
    revenue: Decimal,
    first: String,
    last: String,
    largest: Decimal,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_purchase_of_a_real_shop_is_read_back_to_the_cent() {
    let purchases = read_file();
    let bought = by_person(&purchases);
    assert_eq!((purchases.len(), bought.len()), (PURCHASES, PEOPLE), "the file is another one");
    let house = Arc::new(House::open(Engine::Embedded, &format!("{CATALOG}{METRICS}")).await);

    let began = Instant::now();
    send(&house, purchases).await;
    let sent = began.elapsed();
    let journal = house.app().journal();
    journal.committed(journal.written()).await;
    let settled = began.elapsed();
    let members = members(&house).await;
    assert_eq!(members.len(), PEOPLE, "people with at least one order");
    let profiles = read(&house, &bought).await;
    println!("sent in {sent:.1?}, worked on after {settled:.1?}, read back after {:.1?}", began.elapsed());

    let found: BTreeSet<String> =
        profiles.values().map(|profile| profile["profile_id"].as_str().unwrap().into()).collect();
    assert_eq!(found, members, "everybody is one member");
    let orders: u64 = profiles.values().map(|profile| profile["metrics"]["orders"].as_u64().unwrap()).sum();
    assert_eq!(orders, PURCHASES as u64);
    let total: Decimal = profiles.values().map(|profile| decimal(&profile["metrics"]["revenue"])).sum();
    assert_eq!(total, TOTAL.parse().unwrap());
    for (person, bought) in &bought {
        let metrics = &profiles[person]["metrics"];
        assert_eq!(metrics["orders"], bought.orders, "orders of person {person}");
        assert_eq!(decimal(&metrics["revenue"]), bought.revenue, "revenue of person {person}");
        assert_eq!(decimal(&metrics["largest_order"]), bought.largest, "largest order of person {person}");
        assert_eq!(metrics["first_order_at"], bought.first, "first order of person {person}");
        assert_eq!(metrics["last_order_at"], bought.last, "last order of person {person}");
    }
    assert_counted(&house, "everybody ordered").await;
    let mut house = Arc::into_inner(house).expect("all senders and readers have ended");
    house.leave().await;
}

fn read_file() -> Vec<Purchase> {
    let path = std::env::var_os("AMANA_TEST_CDNOW").expect("AMANA_TEST_CDNOW is not set: run `cargo xtask setup`");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let line = |(line, text): (usize, &str)| {
        let mut columns = text.split_whitespace().map(str::to_owned);
        let mut next = || columns.next().unwrap_or_else(|| panic!("line {line} lacks a column"));
        let (person, date, items, amount) = (next(), next(), next(), next());
        Purchase { line, person, date: day(&date), items: items.parse().unwrap(), amount }
    };
    text.lines().enumerate().skip(1).map(line).collect()
}

/// `19970101` as the instant at which that day began.
fn day(date: &str) -> String {
    format!("{}-{}-{}T00:00:00.000Z", &date[..4], &date[4..6], &date[6..])
}

fn by_person(purchases: &[Purchase]) -> BTreeMap<String, Bought> {
    let mut people = BTreeMap::<String, Bought>::new();
    for purchase in purchases {
        let bought = people.entry(purchase.person.clone()).or_default();
        let amount: Decimal = purchase.amount.parse().unwrap();
        bought.orders += 1;
        bought.revenue += amount;
        bought.largest = bought.largest.max(amount);
        if bought.first.is_empty() || purchase.date < bought.first {
            bought.first.clone_from(&purchase.date);
        }
        if purchase.date > bought.last {
            bought.last.clone_from(&purchase.date);
        }
    }
    people
}

/// Several senders at once, so the purchases of a person do not come in the order of their dates.
async fn send(house: &Arc<House>, purchases: Vec<Purchase>) {
    let batches: Vec<Json> = purchases.chunks(BATCH).map(|chunk| chunk.iter().map(event).collect()).collect();
    let batches = Arc::new(std::sync::Mutex::new(batches));
    let mut senders = JoinSet::new();
    for _ in 0..SENDERS {
        let (house, batches) = (house.clone(), batches.clone());
        senders.spawn(async move {
            loop {
                let Some(batch) = batches.lock().unwrap().pop() else { return };
                let count = batch.as_array().unwrap().len();
                let answer = house.post_events("shop", batch).await.expect(200);
                assert_eq!(answer.json["accepted"], count);
            }
        });
    }
    senders.join_all().await;
}

fn event(purchase: &Purchase) -> Json {
    let Purchase { line, person, date, items, amount } = purchase;
    let revenue: Json = serde_json::from_str(amount).unwrap();
    json!({
        "type": "track", "event": "Order Completed", "userId": person, "timestamp": date,
        "messageId": format!("cdnow-{line}"),
        "properties": {
            "order_id": format!("cdnow-{line}"), "revenue": revenue, "currency": "USD",
            "products": [{ "product_id": "cd", "quantity": items }],
        },
    })
}

/// The profiles in the audience of those who ordered, page by page.
async fn members(house: &House) -> BTreeSet<String> {
    let (mut members, mut after) = (BTreeSet::new(), String::new());
    loop {
        let page =
            house.get("marketing", &format!("audiences/buyers/members?limit=1000{after}")).await.expect(200).json;
        if after.is_empty() {
            assert_eq!(page["count"], PEOPLE);
        }
        let ids = page["members"].as_array().unwrap().iter().map(|member| member["profile_id"].as_str().unwrap());
        members.extend(ids.map(str::to_owned));
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return members,
        }
    }
}

/// The profile of everybody, by the customer's number.
async fn read(house: &Arc<House>, bought: &BTreeMap<String, Bought>) -> BTreeMap<String, Json> {
    let people: Vec<String> = bought.keys().cloned().collect();
    let mut readers = JoinSet::new();
    for share in people.chunks(PEOPLE.div_ceil(READERS)) {
        let (house, share) = (house.clone(), share.to_vec());
        readers.spawn(async move {
            let mut profiles = Vec::with_capacity(share.len());
            for person in share {
                let profile = house.profile(&format!("user_id/{person}"), "orders").await.expect(200).json;
                profiles.push((person, profile));
            }
            profiles
        });
    }
    readers.join_all().await.into_iter().flatten().collect()
}
