//! When more comes than can be worked on, senders are told to wait; and a stop loses nothing that is under way.

use crate::support::{CATALOG, Engine, Place, Recipient, Reply, Server, canary, catalog, on_both_engines};
use crate::support::{reply, reply_or_error, with_json, write_key};
use amana::app::App;
use amana::http_client::client_builder;
use amana::journal::BacklogLimits;
use amana::pipeline::{Pipeline, PipelineOptions, PipelineParts, Tally, TallyName};
use amana::server::{Config, Doors, open_app};
use amana_core::catalog::Catalog;
use serde_json::{Value as Json, json};
use std::io::Write as _;
use tokio::sync::watch;

on_both_engines!(senders_are_told_to_wait_while_the_pipeline_is_behind);

async fn senders_are_told_to_wait_while_the_pipeline_is_behind(engine: Engine) {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new(folder.path());
    config.store = engine.store();
    config.backlog = BacklogLimits { records_max: 5, ..BacklogLimits::default() };
    let app = open_app(&config).await.unwrap();
    let text = catalog(CATALOG, &Recipient::start().await.url());
    amana::govern::apply_catalog(&app, &Catalog::read(&text).unwrap(), None).await.unwrap();
    // Nobody works on the journal yet.
    let doors = Doors::open(&app, folder.path(), ([127, 0, 0, 1], 0).into()).await.unwrap();
    let base = format!("http://{}", doors.address);
    for number in 0..5 {
        drop(post(&base, number).await.expect(200));
    }
    for number in 5..8 {
        let answer = post(&base, number).await.problem(429, "too_far_behind");
        let seconds: u32 = answer.header("retry-after").parse().expect("whole seconds");
        assert!((1..=300).contains(&seconds), "SDKs read no more than five minutes, but it is {seconds} s");
        assert!(answer.json["message"].is_string(), "RudderStack's SDKs look for it");
    }
    let mut pipeline = pipeline(&app).await;
    while pipeline.step().await.unwrap() {}
    for number in 5..8 {
        drop(post(&base, number).await.expect(200));
    }
    while pipeline.step().await.unwrap() {}
    assert_eq!(Tally::load(app.store()).await.unwrap().get(TallyName::EventsKept), 8, "what was refused came again");
    doors.close().await;
    drop(pipeline);
    app.store().clone().close().await;
}

async fn pipeline(app: &App) -> Pipeline {
    let parts = PipelineParts {
        store: app.store().clone(),
        acts: app.acts().clone(),
        keeper: app.keeper().clone(),
        journal: app.journal().clone(),
        clock: app.clock().clone(),
        dice: app.dice(),
        current: app.current_cell(),
        options: PipelineOptions::default(),
        stages: app.stages().clone(),
    };
    Pipeline::open(parts).await.unwrap()
}

async fn post(base: &str, number: u32) -> Reply {
    let client = client_builder().build().unwrap();
    let request = client.post(format!("{base}/v1/batch")).basic_auth(write_key("shop"), None::<&str>);
    reply(with_json(request, &json!({ "batch": [order(number, "")] }))).await
}

fn order(number: u32, mark: &str) -> Json {
    json!({
        "type": "track", "event": "Order Completed", "userId": format!("u{mark}{number}"), "messageId": format!("m{number}"),
        "properties": { "order_id": format!("o{number}"), "revenue": 1.5, "currency": "EUR" },
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_in_the_middle_of_traffic_ends_cleanly_and_keeps_what_was_acknowledged() {
    let place = Place::new().await;
    let mut server = place.serve("stopped", &Engine::Embedded, CATALOG);
    let mark = canary();
    let (acknowledged, mut count) = watch::channel(0);
    let sending = tokio::spawn(send_until_gone(server.client.clone(), server.base.clone(), mark.clone(), acknowledged));
    // Somebody who has begun to send and never ends must not hold up the stop.
    let mut slow = std::net::TcpStream::connect(server.base.trim_start_matches("http://")).unwrap();
    slow.write_all(b"POST /v1/batch HTTP/1.1\r\nhost: amana\r\ncontent-length: 100000\r\n\r\n{").unwrap();
    count.wait_for(|count| *count >= 50).await.unwrap();
    server.terminate();
    let sent = sending.await.unwrap();
    server.start_again();
    server.settle().await;
    for number in 0..sent {
        assert_eq!(orders(&server, &mark, number).await, 1, "order {number} of {sent}");
    }
}

/// Sends one order after the other until nobody answers, and says how many were acknowledged.
async fn send_until_gone(client: reqwest::Client, base: String, mark: String, acknowledged: watch::Sender<u32>) -> u32 {
    loop {
        let number = *acknowledged.borrow();
        let request = client.post(format!("{base}/v1/batch")).basic_auth(write_key("shop"), None::<&str>);
        match reply_or_error(with_json(request, &json!({ "batch": [order(number, &mark)] }))).await {
            Ok(answer) => drop(answer.expect(200)),
            Err(_) => return number,
        }
        acknowledged.send_replace(number + 1);
    }
}

async fn orders(server: &Server, mark: &str, number: u32) -> u64 {
    let (status, profile) = server.get("privacy", &format!("profiles/user_id/u{mark}{number}?purpose=orders")).await;
    assert_eq!(status, 200);
    profile["metrics"]["orders"].as_u64().unwrap()
}
