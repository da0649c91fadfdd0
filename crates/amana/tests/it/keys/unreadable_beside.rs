//! Somebody who cannot be read among others: pages and deliveries leave them out, say so, and go on.

use super::unreadable::Row;
use crate::support::{CATALOG, Engine, House, act_on, on_both_engines};
use amana::deliver::{DeliveryView, UNREADABLE_MILLIS_MAX, Withheld};
use amana_store::Space;
use reqwest::Method as Verb;
use serde_json::{Value as Json, json};
use std::time::Duration;

on_both_engines!(
    pages_leave_out_whom_nobody_can_read_and_say_so,
    a_delivery_about_somebody_unreadable_waits_and_holds_up_nobody,
    a_delivery_about_somebody_unreadable_ends_and_is_made_up_for_when_they_can_be_read,
);

fn bought_twice(person: &str) -> [Json; 2] {
    ["1", "2"].map(|number| {
        json!({"type": "track", "event": "Order Completed", "userId": person, "messageId": format!("{person}-{number}"),
            "properties": {"order_id": format!("{person}-{number}"), "revenue": 10}})
    })
}

async fn pages_leave_out_whom_nobody_can_read_and_say_so(engine: Engine) {
    let mut house = House::open(engine, CATALOG).await;
    let people = ["ann", "dan", "eve"];
    house.send("shop", json!(people.map(bought_twice).concat())).await.expect(200);
    for person in ["ann", "dan"] {
        let restriction = json!({"identifier": {"kind": "user_id", "value": person}, "purpose": "news",
            "note": "disputes it", "method": "paper"});
        house.ask("privacy", Verb::POST, "restrictions", Some(restriction)).await.expect(200);
    }
    let restricted = house.get("privacy", "restrictions").await.expect(200).json;
    assert_eq!((restricted["people"].as_array().unwrap().len(), &restricted["unreadable"]), (2, &json!(0)));
    let ring = Row::of(&house, Space::Ring, "user_id/dan").await;
    ring.damage(&mut house).await;

    let members = house.get("marketing", "audiences/buyers/members").await.expect(200).json;
    assert_eq!((members["members"].as_array().unwrap().len(), &members["unreadable"]), (2, &json!(1)));
    let restricted = house.get("privacy", "restrictions").await.expect(200).json;
    assert_eq!((restricted["people"].as_array().unwrap().len(), &restricted["unreadable"]), (1, &json!(1)));
    // Page by page, too: whoever is left out is no end.
    let (mut after, mut seen) = (String::new(), 0);
    loop {
        let page = house.get("privacy", &format!("restrictions?limit=1{after}")).await.expect(200).json;
        seen += page["people"].as_array().unwrap().len();
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    assert_eq!(seen, 1);
    ring.restore(&house).await;
    assert_eq!(house.members("buyers").await.len(), 3);
}

async fn a_delivery_about_somebody_unreadable_waits_and_holds_up_nobody(engine: Engine) {
    let mut house = House::open(engine, CATALOG).await;
    let (people, audiences) = (["ann", "dan"], ["lookers", "shipped"]);
    let count = people.len() * audiences.len();
    (0..count).for_each(|_| house.recipient.answer(503, Some("60")));
    house.send("shop", json!(people.map(bought_twice).concat())).await.expect(200);
    let tried = |rows: &[DeliveryView]| rows.len() == count && rows.iter().all(|row| row.attempts == 1);
    house.until("mailer", "all were tried", tried).await;
    let ring = Row::of(&house, Space::Ring, "user_id/dan").await;
    ring.damage(&mut house).await;
    house.advance(Duration::from_secs(3_600));
    let halves = |rows: &[DeliveryView]| {
        let mut states: Vec<_> = rows.iter().map(|row| (row.state, row.reason)).collect();
        states.sort_unstable();
        let waits = ("waiting", Some("person_unreadable"));
        states == [("delivered", None), ("delivered", None), waits, waits]
    };
    house.until("mailer", "Ann's have arrived and Dan's wait", halves).await;
    for audience in audiences {
        assert_eq!(house.heard("audience.entered", audience).len(), 3, "two that were refused, and Ann's");
    }
    ring.restore(&house).await;
    house.advance(Duration::from_secs(60));
    house.until("mailer", "all have arrived", |rows| rows.iter().all(|row| row.state == "delivered")).await;
    house.leave().await;
}

/// It is withheld for good, and yet whoever was told that somebody entered is told that they left (GDPR Art. 19).
async fn a_delivery_about_somebody_unreadable_ends_and_is_made_up_for_when_they_can_be_read(engine: Engine) {
    let mut house = House::open(engine, CATALOG).await;
    house.send("shop", json!(["ann", "dan"].map(bought_twice).concat())).await.expect(200);
    assert_eq!(house.delivered("mailer").await.delivered, 4);
    // Dan objects to offers, and the recipient cannot take it before nobody can read him any more.
    house.recipient.answer(503, None);
    house.act("privacy", "user_id/dan", act_on("object", "offers")).await.expect(200);
    house.until("mailer", "it was tried", |rows| rows.len() == 5 && rows[4].attempts == 1).await;
    let ring = Row::of(&house, Space::Ring, "user_id/dan").await;
    ring.damage(&mut house).await;
    let is = |row: &DeliveryView, state: &str| (row.state, row.reason) == (state, Some("person_unreadable"));
    house.advance(Duration::from_secs(60));
    house.until("mailer", "Dan's waits", |rows| is(&rows[4], "waiting")).await;
    house.advance(Duration::from_millis(u64::try_from(UNREADABLE_MILLIS_MAX).unwrap()));
    house.until("mailer", "Dan's has ended", |rows| is(&rows[4], "withheld")).await;
    let totals = house.delivered("mailer").await;
    assert_eq!((totals.selected, totals.delivered, totals.waiting), (5, 4, 0));
    assert_eq!(totals.withheld[&Withheld::PersonUnreadable], 1);
    let heard = house.heard("audience.exited", "lookers").len();

    ring.restore(&house).await;
    house.advance(Duration::from_secs(60));
    house.until("mailer", "what is so is told", |rows| rows.len() == 6 && rows[5].state == "delivered").await;
    assert_eq!(house.heard("audience.exited", "lookers").len(), heard + 1, "he left");
    let totals = house.delivered("mailer").await;
    assert_eq!((totals.selected, totals.delivered), (6, 5));
    house.leave().await;
}
