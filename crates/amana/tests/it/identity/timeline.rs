//! What happened to a person, for a purpose: only what it may see, newest first, however much there is.

use super::{bought, viewed};
use crate::support::{CATALOG, Engine, House, Reply, act_on, canary, on_both_engines};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::time::Duration;

on_both_engines!(a_timeline_shows_what_the_purpose_may_see, a_long_timeline_is_read_page_by_page,);

async fn timeline(house: &House, role: &str, person: &str, query: &str) -> Reply {
    house.get(role, &format!("profiles/{person}/timeline?{query}")).await
}

fn names(page: &Json) -> Vec<String> {
    let entries = page["entries"].as_array().unwrap().iter();
    let name = |entry: &Json| entry["event"].as_str().or(entry["act"].as_str()).unwrap().to_owned();
    entries.map(name).collect()
}

async fn a_timeline_shows_what_the_purpose_may_see(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let note = canary();
    house.send("shop", json!([bought("ann", "m1", json!({}))])).await.expect(200);
    house.advance(Duration::from_secs(60));
    house
        .send(
            "shop",
            json!([{"type": "track", "event": "Product Viewed", "userId": "ann", "messageId": "v1",
        "properties": {"product_id": "p1"}}]),
        )
        .await
        .expect(200);
    house.advance(Duration::from_secs(60));
    let mut grant = act_on("grant", "news");
    grant["note"] = note.as_str().into();
    house.act("privacy", "user_id/ann", grant).await.expect(200);
    house.advance(Duration::from_secs(60));
    let order = json!([{"type": "track", "event": "Order Completed", "userId": "ann", "messageId": "m2",
        "properties": {"order_id": "o1", "revenue": 12.5, "currency": "EUR"}}]);
    house.send("shop", order).await.expect(200);

    let orders = timeline(&house, "privacy", "user_id/ann", "purpose=orders").await.expect(200).json;
    let events: Vec<String> = names(&orders).into_iter().filter(|name| name.contains(' ')).collect();
    assert_eq!(events, ["Order Completed", "Order Completed"], "browsing is not for orders: {orders}");
    let newest = &orders["entries"][0];
    assert_eq!(
        (&newest["entry"], &newest["event"], &newest["source"]),
        (&json!("event"), &json!("Order Completed"), &json!("shop"))
    );
    assert_eq!(newest["fields"]["revenue"], 12.5);
    assert!(names(&orders).contains(&"start".to_owned()), "what started the contract is part of it: {orders}");
    // Before the consent nothing was kept for news; the act itself is told, its note to the privacy office alone.
    let news = timeline(&house, "privacy", "user_id/ann", "purpose=news").await.expect(200);
    assert_eq!(names(&news.json)[..2], ["Order Completed", "grant"], "{}", news.text);
    assert!(news.text.contains(&note));
    let offers = timeline(&house, "privacy", "user_id/ann", "purpose=offers").await.expect(200).json;
    assert!(names(&offers).contains(&"Product Viewed".to_owned()), "{offers}");

    // A service sees its purposes, and no notes; others see nobody.
    let service = timeline(&house, "service", "user_id/ann", "purpose=orders").await.expect(200);
    assert!(!service.text.contains(&note));
    timeline(&house, "service", "user_id/ann", "purpose=news").await.problem(403, "purpose_not_for_key");
    for role in ["admin", "marketing", "analyst"] {
        timeline(&house, role, "user_id/ann", "purpose=orders").await.problem(403, "role_not_allowed");
    }
    timeline(&house, "service", "user_id/nobody", "purpose=orders").await.problem(404, "profile_not_available");
    timeline(&house, "privacy", "user_id/ann", "purpose=orders&before=yesterday").await.problem(400, "bad_query");
    // What was withdrawn is shown no more, to whoever asks.
    house.act("privacy", "user_id/ann", act_on("withdraw", "news")).await.expect(200);
    timeline(&house, "privacy", "user_id/ann", "purpose=news").await.problem(403, "consent_withdrawn");
}

/// Many events in one month, of a device and an account, in batches that do not come in order.
async fn a_long_timeline_is_read_page_by_page(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    house.send("shop", json!([bought("ann", "m1", json!({}))])).await.expect(200);
    let mut sent = BTreeSet::new();
    for batch in 0..10 {
        let events: Vec<Json> = (0..100)
            .map(|number| {
                let id = format!("p{}", batch * 100 + number);
                let second = (number * 10 + (batch * 7) % 10) * 3_000;
                let at = amana_core::Moment(1_772_366_400_000 - 86_400_000 * 40 + i64::from(second) * 1_000);
                let mut event = viewed(Some("ann"), "phone", &id);
                event["timestamp"] = at.to_string().into();
                sent.insert(id);
                event
            })
            .collect();
        house.send("site", Json::from(events)).await.expect(200);
    }
    let (mut seen, mut last, mut before) = (Vec::new(), String::from("9999"), String::new());
    for page in 0.. {
        assert!(page < 100, "it ends");
        let query = format!("purpose=offers&limit=37{before}");
        let page = timeline(&house, "privacy", "user_id/ann", &query).await.expect(200).json;
        for entry in page["entries"].as_array().unwrap() {
            let at = entry["at"].as_str().unwrap().to_owned();
            assert!(at <= last, "newest first: {at} after {last}");
            last = at;
            seen.extend(entry["fields"]["product_id"].as_str().map(str::to_owned));
        }
        match page["next"].as_str() {
            Some(next) => before = format!("&before={next}"),
            None => break,
        }
    }
    assert_eq!(seen.len(), sent.len(), "each once");
    assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), sent, "and all");
}
