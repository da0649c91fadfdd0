//! What is sent, and what follows from the answer.

use super::{house, quiet_catalog, reader};
use crate::support::{Engine, House, canary, contains, on_both_engines};
use amana::clock::Clock;
use amana::deliver::ATTEMPTS_MAX;
use amana::hash::sha256_hex;
use serde_json::{Value as Json, json};
use std::time::Duration;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

on_both_engines!(a_message_is_signed_and_holds_what_its_contract_names, the_books_balance_row_by_row,);

async fn a_message_is_signed_and_holds_what_its_contract_names(engine: Engine) {
    // Who verifies a signature looks at the clock on the wall.
    let house = House::open_at(engine, &quiet_catalog(), Clock::System.now()).await;
    let (email, name, secret) = (format!("{}@people.example", canary()), canary(), canary());
    let traits = json!({"email": email, "firstName": name, "lastName": secret, "phone": "+4930901820",
        "address": {"city": secret, "country": "DE"}});
    house.send("shop", json!([reader("Ann-1", traits)])).await.expect(200);
    house.delivered("mailer").await;
    let messages = house.recipient.messages();
    assert_eq!(messages.len(), 1);
    let message = &messages[0];
    standardwebhooks::Webhook::new(SECRET).unwrap().verify(&message.body, &message.headers).unwrap();
    let mut forged = message.body.to_vec();
    forged.push(b' ');
    assert!(standardwebhooks::Webhook::new(SECRET).unwrap().verify(&forged, &message.headers).is_err());
    assert_eq!(message.headers["content-type"], "application/json");
    assert_eq!(message.headers["amana-origin"], "amana/shop");

    let json = message.json();
    assert_eq!(
        (&json["type"], json["timestamp"].as_str()),
        (&json!("audience.entered"), Some(&*house.app().now().to_string()))
    );
    let data = json["data"].as_object().unwrap();
    let keys: Vec<&str> = data.keys().map(String::as_str).collect();
    assert_eq!(keys, ["audience", "purpose", "profile_id", "fields", "origin"]);
    let fields = json!({"email": email, "customer": sha256_hex(b"Ann-1"), "first_name": name, "orders": 0});
    assert!(data["fields"] == fields, "the contract's fields, renamed and hashed, and nothing else");
    for hidden in [secret.as_bytes(), b"Ann-1", b"4930901820"] {
        assert!(!contains(&message.body, hidden), "something beyond the contract left");
    }
    let row = &house.deliveries("mailer").await[0];
    let recorded: Vec<_> = row.fields.iter().map(|field| (&*field.name, &*field.category)).collect();
    let expected = [
        ("email", "contact.email"),
        ("customer", "identity.user"),
        ("first_name", "contact.name"),
        ("orders", "commerce.order"),
    ];
    assert_eq!(recorded, expected, "what was disclosed is on record by name and category, never by value");
}

/// A field that the purpose may not use is left out like one that nobody knows.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_field_beyond_the_purpose_is_left_out() {
    let narrow = quiet_catalog().replacen(
        "\"contact\", \"identity\", \"commerce\", \"location\"]\nkeep = \"P60Y\"\ndirect",
        "\"contact.email\", \"commerce\"]\nkeep = \"P60Y\"\ndirect",
        1,
    );
    assert_ne!(narrow, quiet_catalog());
    let house = House::open(Engine::Embedded, &narrow).await;
    let name = canary();
    house
        .send("shop", json!([reader("u1", json!({"email": "a@people.example", "firstName": name}))]))
        .await
        .expect(200);
    house.delivered("mailer").await;
    let fields = house.recipient.messages()[0].json()["data"]["fields"].clone();
    assert!(fields == json!({"email": "a@people.example", "orders": 0}));
}

/// RFC 9110 §10.2.3.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recipient_says_when_to_come_back() {
    let house = house(Engine::Embedded).await;
    house.recipient.answer(503, Some("120"));
    house.recipient.answer(429, Some("Sun, 01 Mar 2026 13:00:00 GMT"));
    house.send("shop", json!([reader("u1", json!({}))])).await.expect(200);
    let now = house.app().now();
    house
        .until("mailer", "it waits as asked", |rows| rows.iter().any(|row| row.attempts == 1 && row.state == "waiting"))
        .await;
    let row = house.deliveries("mailer").await.remove(0);
    assert_eq!((row.last_status, row.reason), (Some(503), Some("answered_with_error")));
    assert!(row.next_attempt_at.unwrap() >= now.plus_millis(120_000));
    house.advance(Duration::from_secs(120));
    house
        .until("mailer", "it waits until the hour", |rows| {
            rows.iter().any(|row| row.attempts == 2 && row.state == "waiting")
        })
        .await;
    let due = house.deliveries("mailer").await[0].next_attempt_at.unwrap();
    assert!(due >= amana_core::Moment::parse("2026-03-01T13:00:00Z").unwrap());
    house.clock.advance_millis(due.since_millis(house.app().now()));
    house.advance(Duration::ZERO);
    assert_eq!(house.delivered("mailer").await.delivered, 1);
    let ids: Vec<_> = house.recipient.messages().iter().map(|message| message.headers["webhook-id"].clone()).collect();
    assert_eq!(ids.len(), 3);
    assert!(ids.iter().all(|id| *id == ids[0]), "who has seen it can drop it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_is_final_and_patience_ends() {
    let house = house(Engine::Embedded).await;
    house.recipient.answer(422, None);
    house.send("shop", json!([reader("u1", json!({}))])).await.expect(200);
    assert_eq!(house.delivered("mailer").await.failed, 1);
    let row = house.deliveries("mailer").await.remove(0);
    assert_eq!((row.state, row.reason, row.attempts, row.disclosed), ("failed", Some("refused_by_recipient"), 1, true));

    for _ in 0..ATTEMPTS_MAX {
        house.recipient.answer(500, None);
    }
    house.send("shop", json!([reader("u2", json!({}))])).await.expect(200);
    for attempt in 1..=ATTEMPTS_MAX {
        let made = |rows: &[amana::deliver::DeliveryView]| {
            rows.iter().any(|row| row.attempts == attempt && row.state != "sending")
        };
        house.until("mailer", "the next attempt was made", |rows| rows.len() == 2 && made(&rows[1..])).await;
        house.advance(Duration::from_hours(1));
    }
    assert_eq!(house.delivered("mailer").await.failed, 2);
    let row = house.deliveries("mailer").await.remove(1);
    assert_eq!((row.state, row.reason, row.attempts), ("failed", Some("attempts_exhausted"), ATTEMPTS_MAX));
    assert_eq!(house.recipient.messages().len() as u32, 1 + ATTEMPTS_MAX);
}

/// `selected = delivered + withheld(reason) + failed + waiting`, and each row is in one of them.
async fn the_books_balance_row_by_row(engine: Engine) {
    let house = house(engine).await;
    for status in [204, 422, 200, 500, 404, 503] {
        house.recipient.answer(status, None);
    }
    let people: Vec<Json> = (0..30).map(|number| reader(&format!("u{number}"), json!({}))).collect();
    house.send("shop", Json::from(people)).await.expect(200);
    let tried = |rows: &[amana::deliver::DeliveryView]| {
        rows.len() == 30 && rows.iter().all(|row| row.attempts > 0 && row.state != "sending")
    };
    house.until("mailer", "all were tried once", tried).await;
    for number in [3, 7] {
        let withdrawn = crate::support::act_on("withdraw", "news");
        house.act("privacy", &format!("user_id/u{number}"), withdrawn).await.expect(200);
    }
    house.advance(Duration::from_hours(1));
    let totals = house.delivered("mailer").await;
    let rows = house.deliveries("mailer").await;
    let count = |state: &str| rows.iter().filter(|row| row.state == state).count() as u64;
    assert_eq!(totals.selected, rows.len() as u64);
    assert_eq!((totals.delivered, totals.failed), (count("delivered"), count("failed")));
    assert_eq!(totals.withheld.values().sum::<u64>(), count("withheld"));
    assert_eq!(totals.failed, 2);
    let page = house.get("marketing", "destinations/mailer/deliveries?limit=1000").await.expect(200);
    assert_eq!(page.json["deliveries"].as_array().unwrap().len() as u64, totals.selected);
    assert_eq!(page.json["totals"]["selected"], totals.selected);
    assert_eq!(page.json["totals"]["delivered"], totals.delivered);
}
