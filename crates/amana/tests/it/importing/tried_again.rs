//! Rows that were refused because of the catalogue or the clock come in with the same file later, and nothing else of it
//! counts a second time, however long after.

use super::killed::TASTING;
use crate::support::{CATALOG, Engine, House, on_both_engines, reply_or_error};
use amana_store::testing::{Fault, Faults, Step};
use serde_json::Value as Json;
use std::time::Duration;

on_both_engines!(
    rows_that_another_catalogue_refused_are_tried_again,
    what_was_taken_stays_taken_when_the_catalogue_refuses_it_now,
    rows_that_may_be_there_are_not_tried_again_after_the_week,
);

const SAID: &str = r#"
kind = "acts"
timestamp = "at"
identifiers.user_id = "customer"
[[acts]]
purpose = { column = "about" }
act = { column = "said", values = { yes = "grant", no = "withdraw" } }
"#;

/// One is understood, one is about a purpose that is not there yet, one is wrong for good, one has not come yet.
const FILE: &str = "customer,about,said,at\n\
    d1,news,no,2026-02-01\n\
    d2,tasting,no,2026-02-01\n\
    d3,news,maybe,2026-02-01\n\
    d4,news,no,2026-03-20\n";

fn counts(answer: &Json) -> [u64; 4] {
    ["accepted", "rejected", "already", "next"].map(|name| answer[name].as_u64().unwrap())
}

async fn import(house: &House) -> Json {
    house.import_by("crm", "text/csv", FILE).await.expect(200).json
}

async fn acts(house: &House, person: &str) -> usize {
    let told = house.permissions(&format!("user_id/{person}")).await;
    let all = told["permissions"].as_array().unwrap().iter();
    all.map(|known| known["acts"].as_array().map_or(0, Vec::len)).sum()
}

async fn rows_that_another_catalogue_refused_are_tried_again(engine: Engine) {
    let mut house = House::open(engine, CATALOG).await;
    house.put_map("crm", "map", SAID).await.expect(200);
    assert_eq!(counts(&import(&house).await), [1, 3, 0, 4]);
    assert_eq!(counts(&import(&house).await), [0, 3, 1, 4], "nothing has changed");
    house.advance(Duration::from_secs(8 * 86_400));
    house.apply(&format!("{CATALOG}{TASTING}")).await;
    house.restart().await;
    assert_eq!(counts(&import(&house).await), [1, 2, 1, 4]);
    assert_eq!(house.state("user_id/d2", "tasting").await, "withdrawn");
    house.advance(Duration::from_secs(20 * 86_400));
    assert_eq!(counts(&import(&house).await), [1, 1, 2, 4], "its time has come");
    // Whatever is forgotten meanwhile: the file is done with.
    house.advance(Duration::from_secs(30 * 86_400));
    let written = house.app().journal().written();
    let last = import(&house).await;
    assert_eq!(counts(&last), [0, 1, 3, 4]);
    assert_eq!((&last["rejects"][0]["line"], &last["rejects"][0]["code"]), (&4.into(), &"unknown_value".into()));
    assert_eq!(house.app().journal().written(), written, "nothing was even written");
    for person in ["d1", "d2", "d4"] {
        assert_eq!(acts(&house, person).await, 1, "{person}");
    }
}

async fn what_was_taken_stays_taken_when_the_catalogue_refuses_it_now(engine: Engine) {
    let house = House::open(engine, &format!("{CATALOG}{TASTING}")).await;
    house.put_map("crm", "map", SAID).await.expect(200);
    assert_eq!(counts(&import(&house).await), [2, 2, 0, 4]);
    house.apply(CATALOG).await;
    assert_eq!(counts(&import(&house).await), [0, 2, 2, 4]);
    house.apply(&format!("{CATALOG}{TASTING}")).await;
    assert_eq!(counts(&import(&house).await), [0, 2, 2, 4]);
    assert_eq!(acts(&house, "d1").await, 1);
}

/// Killed when it was noted that they are being written, and left alone for longer than the pipeline remembers.
async fn rows_that_may_be_there_are_not_tried_again_after_the_week(engine: Engine) {
    let committed = if engine.url().is_some() { Step::TransactionCommitted } else { Step::SpacesCommitted };
    let mut house = House::open(engine, CATALOG).await;
    house.put_map("crm", "map", SAID).await.expect(200);
    import(&house).await;
    house.apply(&format!("{CATALOG}{TASTING}")).await;
    house.settle().await;
    house.pass(Duration::from_secs(1)).await;
    house.faults.inject_at(committed, Fault::Crash);
    let request = house.collect("crm", "/v1/import?map=map").header("content-type", "text/csv").body(FILE);
    drop(reply_or_error(request).await);
    assert!(house.faults.crashed());
    house.leave().await;
    house.faults = Faults::none();
    house.advance(Duration::from_secs(8 * 86_400));
    house.enter().await;
    let told = import(&house).await;
    assert_eq!((counts(&told), &told["rejects"][0]["code"]), ([0, 3, 1, 4], &"in_doubt".into()));
    assert_eq!(counts(&import(&house).await), [0, 2, 2, 4], "it is told once");
    assert_eq!(acts(&house, "d2").await, 0);
}
