//! What becomes of events on their way: duplicates, bots, wrong clocks, and people nobody has a purpose for.

use crate::support::{CATALOG, Engine, House, canary, on_both_engines, reply};
use amana::pipeline::TallyName;
use serde_json::{Value as Json, json};
use std::time::Duration;

const DAY: Duration = Duration::from_hours(24);

on_both_engines!(
    a_message_counts_once_within_seven_days_and_again_after_eight,
    nothing_is_kept_before_there_is_a_purpose,
);

async fn a_message_counts_once_within_seven_days_and_again_after_eight(engine: Engine) {
    let mut house = House::open(engine, CATALOG).await;
    let order = json!([{"type": "track", "event": "Order Completed", "userId": "u1", "messageId": "m1"}]);
    let twice = json!([order[0], order[0]]);
    let orders = async |house: &House| {
        house.profile("user_id/u1", "orders").await.expect(200).json["metrics"]["orders"].as_u64().unwrap()
    };
    house.send("shop", twice).await.expect(200);
    assert_eq!(orders(&house).await, 1);
    house.advance(6 * DAY);
    house.restart().await;
    house.send("shop", order.clone()).await.expect(200);
    assert_eq!(orders(&house).await, 1, "a phone that was offline for six days tells nothing new");
    assert_eq!(house.tally(TallyName::EventsDuplicate).await, 2);
    house.advance(2 * DAY);
    house.send("shop", order).await.expect(200);
    assert_eq!(orders(&house).await, 2);
}

/// Law 1: no purpose, no processing (GDPR Art. 6). A visitor who was shown nothing and said nothing is not kept.
async fn nothing_is_kept_before_there_is_a_purpose(engine: Engine) {
    let without_notice = CATALOG.replacen("notices = [\"privacy\"]\nreads_device", "reads_device", 1);
    let mut house = House::open(engine, &without_notice).await;
    let (visitor, secret) = (canary(), canary());
    let visits: Json = json!([
        {"type": "page", "anonymousId": visitor, "messageId": "m1", "properties": {"title": secret}},
        {"type": "track", "event": "Product Viewed", "anonymousId": visitor, "messageId": "m2",
         "properties": {"name": secret}},
        {"type": "identify", "anonymousId": visitor, "messageId": "m3", "traits": {"firstName": secret}},
    ]);
    house.send("site", visits).await.expect(200);
    assert_eq!(house.tally(TallyName::EventsUnpermitted).await, 3);
    assert_eq!(house.tally(TallyName::EventsKept).await, 0);
    assert!(!house.is_known(&format!("anonymous_id/{visitor}")).await, "not even that somebody came");
    house.leave().await;
    for planted in [visitor, secret] {
        assert!(!house.holds_at_rest(planted.as_bytes()));
    }
}

/// Segment's standard traits nest: of an address each purpose sees the parts that its categories name.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_is_read_part_by_part() {
    let narrow = CATALOG.replacen(
        "[\"contact\", \"identity\", \"commerce\", \"location\"]",
        "[\"contact.email\", \"location.country\", \"commerce.order\"]",
        1,
    );
    assert_ne!(narrow, CATALOG);
    let house = House::open(Engine::Embedded, &narrow).await;
    let street = canary();
    let event = json!([{"type": "track", "event": "Order Completed", "userId": "u1", "messageId": "m1",
        "context": {"consent": {"categoryPreferences": {"news": true}},
            "traits": {"address": {"street": street, "city": "Bonn", "country": "DE", "doorbell": street}}}}]);
    house.send("shop", event).await.expect(200);
    let orders = house.profile("user_id/u1", "orders").await.expect(200);
    assert!(
        orders.json["traits"] == json!({"address.city": "Bonn", "address.country": "DE", "address.street": street})
    );
    let news = house.profile("user_id/u1", "news").await.expect(200);
    assert!(news.json["traits"] == json!({"address.country": "DE"}), "the street is not for the news");
    assert_eq!(house.quarantined().await, ["shop traits.address.doorbell"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bots_are_counted_and_set_apart() {
    let house = House::open(Engine::Embedded, CATALOG).await;
    let bot = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
    let visit = |id: &str| json!({"batch": [{"type": "page", "anonymousId": id}]}).to_string();
    reply(house.collect("site", "/v1/batch").header("user-agent", bot).body(visit("crawler"))).await.expect(200);
    let person = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36";
    reply(house.collect("site", "/v1/batch").header("user-agent", person).body(visit("visitor"))).await.expect(200);
    // A system of the organisation is nobody's browser, whatever it calls itself.
    reply(house.collect("shop", "/v1/batch").header("user-agent", bot).body(visit("system"))).await.expect(200);
    house.settle().await;
    assert_eq!(house.tally(TallyName::EventsBot).await, 1);
    assert!(!house.is_known("anonymous_id/crawler").await);
    assert!(house.is_known("anonymous_id/visitor").await && house.is_known("anonymous_id/system").await);
}

/// Segment's rule: `timestamp = receivedAt − (sentAt − originalTimestamp)`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_clock_is_corrected_and_a_backfilled_date_stays() {
    let house = House::open(Engine::Embedded, CATALOG).await;
    let bought = |id: &str, name: &str| {
        json!({"type": "track", "event": "Order Completed", "userId": id, "messageId": id,
            "context": {"traits": {"firstName": name}}})
    };
    let mut early = bought("early", "Ann");
    early["timestamp"] = "2026-03-01T14:00:00Z".into();
    early["sentAt"] = "2026-03-01T14:00:05Z".into();
    let mut past = bought("past", "Bea");
    past["timestamp"] = "1997-01-12".into();
    let mut future = bought("future", "Cem");
    future["timestamp"] = "2027-01-01T00:00:00Z".into();
    house.send("shop", json!([early, past, future])).await.expect(200);
    for (person, at) in [
        ("early", "2026-03-01T11:59:55.000Z"),
        ("past", "1997-01-12T00:00:00.000Z"),
        ("future", "2026-03-01T12:00:00.000Z"),
    ] {
        let path = format!("profiles/user_id/{person}?purpose=orders&explain=true");
        let profile = house.get("privacy", &path).await.expect(200);
        assert_eq!(profile.json["provenance"]["firstName"]["at"], at, "{person}");
    }
}

/// IP shortened, user agent reduced, query strings taken off before anything is durable (DESIGN §3).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_no_purpose_was_asked_for_never_reaches_the_disk() {
    let mut house = House::open(Engine::Embedded, CATALOG).await;
    let planted = canary();
    let visit = json!({"batch": [{"type": "page", "anonymousId": "a1", "messageId": "m1",
        "properties": {"url": format!("https://shop.example/p?email={planted}"), "search": format!("?q={planted}")},
        "context": {"page": {"url": format!("https://shop.example/p?token={planted}#{planted}")}}}]});
    reply(house.collect("site", "/v1/batch").body(visit.to_string())).await.expect(200);
    house.settle().await;
    let profile = house.get("privacy", "profiles/anonymous_id/a1?purpose=offers&explain=true").await.expect(200);
    assert!(!profile.text.contains(&planted));
    house.leave().await;
    assert!(!house.holds_at_rest(planted.as_bytes()));
}
