//! Safe to run again: the same file changes nothing, and whoever was stopped goes on.

use super::{ORDERS, orders_csv};
use crate::support::{CATALOG, Engine, House, Place, on_both_engines, reply, reply_or_error, write_key};
use amana::pipeline::TallyName;
use std::time::Duration;

on_both_engines!(
    the_same_file_twice_changes_nothing,
    a_changed_file_counts_only_what_is_new_where_events_are_named,
    pieces_go_on_where_they_stopped_and_leave_nothing_out,
    who_breaks_off_and_sends_again_counts_every_row_once,
    a_server_killed_while_importing_counts_every_row_once,
);

async fn the_same_file_twice_changes_nothing(engine: Engine) {
    let mut house = House::open(engine, CATALOG).await;
    let file = orders_csv(2_500);
    let first = house.import("shop", ORDERS, "text/csv", file.clone()).await.expect(200).json;
    assert_eq!((&first["accepted"], &first["already"], &first["next"]), (&2_500.into(), &0.into(), &2_500.into()));
    let (received, written) = (house.tally(TallyName::EventsReceived).await, house.app().journal().written());
    // The pipeline knows message ids for a week; the import's record for ever.
    house.advance(Duration::from_secs(30 * 86_400));
    house.restart().await;
    let again = house.import("shop", ORDERS, "text/csv", file.clone()).await.expect(200).json;
    assert_eq!((&again["accepted"], &again["already"], &again["rows"]), (&0.into(), &2_500.into(), &2_500.into()));
    assert_eq!(again["import_id"], first["import_id"]);
    assert_eq!(house.tally(TallyName::EventsReceived).await, received);
    assert_eq!(house.app().journal().written(), written, "nothing was even written");
    assert_eq!(house.orders_of("u3").await, 250);
    let other = house.import("till", ORDERS, "text/csv", file).await.expect(200).json;
    assert_ne!(other["import_id"], first["import_id"], "another source's import is another");
}

async fn a_changed_file_counts_only_what_is_new_where_events_are_named(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let map = format!("message_id = \"order\"\n{ORDERS}");
    house.import("shop", &map, "text/csv", orders_csv(100)).await.expect(200);
    house.import("shop", &map, "text/csv", orders_csv(110)).await.expect(200);
    assert_eq!(house.orders_of("u3").await, 11);
}

async fn pieces_go_on_where_they_stopped_and_leave_nothing_out(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    house.put_map("shop", "map", ORDERS).await.expect(200);
    let line = |row: u64| format!("{{\"customer\":\"u1\",\"order\":\"o{row}\",\"at\":\"2026-02-01\"}}\n");
    let piece = |from: u64, rows: std::ops::Range<u64>| {
        let path = format!("/v1/import?map=map&file={}&from={from}", "ab".repeat(32));
        let request = house.collect("shop", &path).header("content-type", "application/x-ndjson");
        reply(request.body(rows.map(line).collect::<String>()))
    };
    assert_eq!(piece(0, 0..10).await.expect(200).json["next"], 10);
    let gap = piece(20, 20..30).await.problem(409, "rows_missing");
    assert_eq!(gap.json["import"]["next"], 10);
    let overlapping = piece(5, 5..20).await.expect(200).json;
    assert_eq!((&overlapping["already"], &overlapping["accepted"]), (&5.into(), &10.into()));
    house.settle().await;
    assert_eq!(house.orders_of("u1").await, 20);
}

async fn who_breaks_off_and_sends_again_counts_every_row_once(engine: Engine) {
    let mut house = House::open(engine, CATALOG).await;
    let rows = 6_000;
    let file = orders_csv(rows);
    house.put_map("shop", "map", ORDERS).await.expect(200);
    for after in [5, 20, 40, 70] {
        let request = house.collect("shop", "/v1/import?map=map").header("content-type", "text/csv");
        let sent = tokio::time::timeout(Duration::from_millis(after), reply_or_error(request.body(file.clone()))).await;
        drop(sent);
        house.restart().await;
    }
    let mut next = 0;
    while next < rows {
        let answer = house.import_by("shop", "text/csv", file.clone()).await.expect(200).json;
        next = answer["next"].as_u64().unwrap();
    }
    for person in 0..10 {
        assert_eq!(house.orders_of(&format!("u{person}")).await, rows / 10);
    }
}

async fn a_server_killed_while_importing_counts_every_row_once(engine: Engine) {
    let place = Place::new().await;
    let mut server = place.serve(
        if engine.url().is_some() { "importing-killed-postgres" } else { "importing-killed" },
        &engine,
        CATALOG,
    );
    let rows = 20_000;
    let file = orders_csv(rows);
    let url = |server: &crate::support::Server, path: &str| format!("{}/v1/import{path}", server.base);
    let key = write_key("shop");
    let put = server.client.put(url(&server, "/maps/map")).basic_auth(&key, None::<&str>).body(ORDERS);
    reply(put).await.expect(200);
    for after in [30, 80, 150, 260] {
        let request = server.client.post(url(&server, "?map=map")).basic_auth(&key, None::<&str>);
        let request = request.header("content-type", "text/csv").body(file.clone());
        let sent = tokio::spawn(reply_or_error(request));
        tokio::time::sleep(Duration::from_millis(after)).await;
        server.kill();
        drop(sent.await.unwrap());
        server.start_again();
    }
    let request = server.client.post(url(&server, "?map=map")).basic_auth(&key, None::<&str>);
    let answer = reply(request.header("content-type", "text/csv").body(file)).await.expect(200).json;
    assert_eq!((&answer["next"], &answer["rejected"]), (&rows.into(), &0.into()));
    server.settle().await;
    for person in 0..10 {
        let (status, profile) = server.get("privacy", &format!("profiles/user_id/u{person}?purpose=orders")).await;
        assert_eq!((status.as_u16(), &profile["metrics"]["orders"]), (200, &(rows / 10).into()));
    }
}
