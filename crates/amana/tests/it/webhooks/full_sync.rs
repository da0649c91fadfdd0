//! Destinations that are attached to an audience that has members, and detached from one whose members they were told:
//! both are told of everybody, once, whatever happens in between.

use super::{quiet_catalog, reader};
use crate::support::{CATALOG, Engine, House, Place, Server, act_on, on_both_engines, with_json};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

on_both_engines!(
    a_destination_attached_later_is_told_of_everybody_once,
    a_detached_destination_is_told_that_everybody_left,
);

/// The catalogue in which nobody is told who reads.
fn detached() -> String {
    let readers = "where = \"orders >= 0\"\n";
    let text = quiet_catalog().replacen(&format!("{readers}destinations = [\"mailer\"]"), readers, 1);
    assert_ne!(text, quiet_catalog());
    text
}

async fn with_readers(engine: Engine, text: &str, count: usize) -> House {
    let house = House::open(engine, text).await;
    let people: Vec<Json> = (0..count).map(|number| reader(&format!("u{number}"), json!({}))).collect();
    house.send("shop", Json::from(people)).await.expect(200);
    house
}

fn ids(house: &House, kind: &str) -> BTreeSet<String> {
    let messages = house.heard(kind, "readers");
    let id = |message: &crate::support::Message| message.json()["data"]["profile_id"].as_str().unwrap().to_owned();
    let ids: BTreeSet<String> = messages.iter().map(id).collect();
    assert_eq!(ids.len(), messages.len(), "somebody was told of twice");
    ids
}

async fn a_destination_attached_later_is_told_of_everybody_once(engine: Engine) {
    let mut house = with_readers(engine, &detached(), 40).await;
    for user in ["u3", "u4"] {
        house.act("privacy", &format!("user_id/{user}"), act_on("withdraw", "news")).await.expect(200);
    }
    assert_eq!(house.delivered("mailer").await.selected, 0);
    house.apply(&quiet_catalog()).await;
    house.swept().await;
    let totals = house.delivered("mailer").await;
    assert_eq!((totals.selected, totals.delivered), (38, 38), "members only, and each of them");
    assert_eq!(ids(&house, "audience.entered").len(), 38);
    // Going over everybody again, for another version or after a restart, finds nothing new to say.
    house.restart().await;
    house.apply(&quiet_catalog().replacen("Readers of our news", "Readers", 1)).await;
    house.swept().await;
    assert_eq!(house.delivered("mailer").await.selected, 38);
    assert_eq!(house.recipient.messages().len(), 38);
}

/// GDPR Art. 19: whoever was told of somebody is told of the end of it, and nobody else is.
async fn a_detached_destination_is_told_that_everybody_left(engine: Engine) {
    let house = with_readers(engine, &quiet_catalog(), 20).await;
    house.delivered("mailer").await;
    let entered = ids(&house, "audience.entered");
    house.recipient.answer(422, None);
    house.apply(&detached()).await;
    house.swept().await;
    let totals = house.delivered("mailer").await;
    assert_eq!((totals.selected, totals.failed), (40, 1));
    assert_eq!(ids(&house, "audience.exited"), entered);
    assert_eq!(house.members("readers").await.len(), 20, "they belong still");
    // Who was told the end is told anew when the destination comes back; of whom the recipient kept it knows.
    house.apply(&quiet_catalog()).await;
    house.swept().await;
    house.delivered("mailer").await;
    assert_eq!(house.heard("audience.entered", "readers").len(), 40);
}

/// What never left is not taken back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_detached_destination_that_was_told_nothing_is_told_nothing() {
    let nowhere = quiet_catalog().replacen("url = \"http://recipient/mailer\"", "url = \"http://127.0.0.1:1/\"", 1);
    let house = with_readers(Engine::Embedded, &nowhere, 5).await;
    house.until("mailer", "nobody answers", |rows| rows.iter().any(|row| row.reason == Some("unreachable"))).await;
    house.apply(&detached()).await;
    house.swept().await;
    house.advance(Duration::from_hours(1));
    let withheld = house.delivered("mailer").await.withheld;
    let withheld: BTreeMap<&str, u64> = withheld.iter().map(|(reason, count)| (reason.code(), *count)).collect();
    assert_eq!(withheld, BTreeMap::from([("destination_detached", 5), ("never_disclosed", 5)]));
    assert!(house.recipient.messages().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removed_audience_tells_whoever_was_told_of_its_members() {
    let house = with_readers(Engine::Embedded, &quiet_catalog(), 10).await;
    house.delivered("mailer").await;
    let entered = ids(&house, "audience.entered");
    let removed = house.ask("marketing", reqwest::Method::DELETE, "audiences/readers", None).await;
    assert!(removed.status.is_success(), "{}", removed.text);
    house.swept().await;
    house.delivered("mailer").await;
    assert_eq!(ids(&house, "audience.exited"), entered);
}

/// A destination that is declared no longer cannot be told: what it should have been told is counted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_removed_destination_cannot_be_told_is_counted() {
    let house = with_readers(Engine::Embedded, &quiet_catalog(), 10).await;
    house.act("privacy", "user_id/u0", act_on("withdraw", "news")).await.expect(200);
    let before = house.delivered("mailer").await;
    let told = before.delivered;
    let removed = CATALOG.split_once("[[destinations]]").unwrap().0.to_owned()
        + &CATALOG[CATALOG.find("[[api_keys]]").unwrap()..];
    let removed = removed.replace("destinations = [\"mailer\"]\n", "").replace("recipients = [\"mailer\"]\n", "");
    house.apply(&removed).await;
    house.swept().await;
    let totals = house.delivered("mailer").await;
    let removed: u64 = totals
        .withheld
        .iter()
        .filter(|(reason, _)| reason.code() == "destination_removed")
        .map(|(_, count)| count)
        .sum();
    assert_eq!(removed, 9, "everybody who belonged: {totals:?}");
    assert_eq!((totals.delivered, totals.selected), (told, before.selected + 9));
    let page = house.get("marketing", "destinations/mailer/deliveries?limit=1000").await.expect(200);
    assert_eq!(page.json["totals"]["withheld"]["destination_removed"], 9);
}

/// Killed in the middle of it, a full sync goes on where it stood: each member is told under one name.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_sync_survives_kills() {
    const PEOPLE: usize = 2_400;
    let place = Place::new().await;
    let mut server = place.serve("full-sync", &Engine::Embedded, &detached());
    let people: Vec<Json> = (0..PEOPLE).map(|number| reader(&format!("u{number}"), json!({}))).collect();
    for people in people.chunks(400) {
        assert!(server.batch("shop", &Json::from(people)).send().await.unwrap().status().is_success());
    }
    server.settle().await;
    let body = json!({"name": "Readers", "purpose": "news", "where": "orders >= 0", "destinations": ["mailer"]});
    let put = with_json(server.request("marketing", reqwest::Method::PUT, "audiences/readers"), &body);
    assert!(put.send().await.unwrap().status().is_success());
    for count in [1, 300, 900, 1_500] {
        place.recipient.got(count).await;
        server.kill();
        server.start_again();
    }
    let totals = delivered(&server, PEOPLE as u64).await;
    assert_eq!(totals["selected"], PEOPLE as u64);
    let mut names = BTreeMap::<String, BTreeSet<String>>::new();
    for message in place.recipient.messages() {
        let json = message.json();
        assert_eq!(json["type"], "audience.entered");
        let id = json["data"]["profile_id"].as_str().unwrap().to_owned();
        names.entry(id).or_default().insert(message.headers["webhook-id"].to_str().unwrap().to_owned());
    }
    assert_eq!(names.len(), PEOPLE, "everybody was told of");
    assert!(names.values().all(|names| names.len() == 1), "and whoever was told of twice under the same name");
}

async fn delivered(server: &Server, count: u64) -> Json {
    let waited = tokio::time::timeout(Duration::from_secs(120), async {
        loop {
            let (_, page) = server.get("marketing", "destinations/mailer/deliveries?limit=1").await;
            let totals = page["totals"].clone();
            if totals["delivered"].as_u64() >= Some(count) && totals["waiting"] == 0 {
                return totals;
            }
            tokio::task::yield_now().await;
        }
    });
    waited.await.unwrap()
}
