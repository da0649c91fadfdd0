//! The intent is committed before the bytes leave: whatever happens in between, a disclosure that may have been made
//! is on record, and the same message is sent again under its name (DESIGN §9).

use super::{house, quiet_catalog, reader};
use crate::support::{Engine, Recipient, Server, catalog, on_both_engines, write_key};
use serde_json::{Value as Json, json};
use std::time::Duration;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;

on_both_engines!(a_message_under_way_at_a_kill_is_known_and_sent_again_under_its_name);

async fn a_message_under_way_at_a_kill_is_known_and_sent_again_under_its_name(engine: Engine) {
    let (folder, recipient) = (tempfile::tempdir().unwrap(), Recipient::start().await);
    let file = folder.path().join("org.toml");
    std::fs::write(&file, catalog(&quiet_catalog(), &recipient.url())).unwrap();
    recipient.hang();
    let mut server = Server::start("webhook-crash", &folder.path().join("data"), &file, engine.url());
    let batch = json!({"batch": [reader("u1", json!({"firstName": "Ann"}))]}).to_string();
    let request = server.client.post(format!("{}/v1/batch", server.base)).basic_auth(write_key("shop"), None::<&str>);
    assert!(request.body(batch).send().await.unwrap().status().is_success());
    let first = recipient.got(1).await.remove(0);
    let (_, page) = server.get("marketing", "destinations/mailer/deliveries").await;
    assert_eq!(page["deliveries"][0]["state"], "sending", "the intent is on record while the bytes are on their way");
    server.kill();

    recipient.hang();
    server.start_again();
    let second = recipient.got(2).await.remove(1);
    assert_eq!(first.headers["webhook-id"], second.headers["webhook-id"]);
    assert_eq!(first.json()["data"], second.json()["data"]);
    let (_, page) = server.get("marketing", "destinations/mailer/deliveries").await;
    let row = &page["deliveries"][0];
    assert_eq!(
        (&row["attempts"], &row["disclosed"]),
        (&json!(2), &json!(true)),
        "what may have arrived counts as disclosed"
    );
    server.kill();

    server.start_again();
    recipient.got(3).await;
    let settled = async |server: &Server| loop {
        let (_, page) = server.get("marketing", "destinations/mailer/deliveries").await;
        if page["totals"]["waiting"] == 0 {
            return page;
        }
        tokio::task::yield_now().await;
    };
    let page: Json = tokio::time::timeout(Duration::from_secs(60), settled(&server)).await.unwrap();
    assert_eq!(page["totals"]["delivered"], 1);
    assert_eq!(page["deliveries"][0]["attempts"], 3);
    assert_eq!(recipient.messages().len(), 3);
}

/// A connection that breaks after the last byte left may have delivered everything.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_never_came_is_an_unknown_outcome_and_counts_as_disclosed() {
    let house = house(Engine::Embedded).await;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let broken = format!("http://{}/mailer", listener.local_addr().unwrap());
    house.apply(&quiet_catalog().replacen("http://recipient/mailer", &broken, 1)).await;
    tokio::spawn(async move {
        loop {
            let (mut connection, _) = listener.accept().await.unwrap();
            let mut bytes = vec![0; 64 << 10];
            let _ = connection.read(&mut bytes).await;
        }
    });
    house.send("shop", json!([reader("u1", json!({}))])).await.expect(200);
    house.until("mailer", "the outcome is unknown", |rows| rows.iter().any(|row| row.state == "unknown")).await;
    let row = house.deliveries("mailer").await.remove(0);
    assert_eq!((row.reason, row.disclosed), (Some("outcome_unknown"), true));
    house.apply(&quiet_catalog()).await;
    house.advance(Duration::from_hours(1));
    assert_eq!(house.delivered("mailer").await.delivered, 1);
}
