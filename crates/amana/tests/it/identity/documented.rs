//! A shared tablet and a typing error, step by step. What `docs/identity.md` shows of the sample world is held against it
//! in `demo`.

use super::staff::{decide, named};
use super::{bought, viewed, views};
use crate::support::{CATALOG, Engine, House};
use reqwest::Method;
use serde_json::{Value as Json, json};

async fn graph(house: &House, person: &str, query: &str) -> Json {
    house.get("privacy", &format!("profiles/{person}/identity?purpose=offers{query}")).await.expect(200).json
}

fn kinds(graph: &Json) -> Vec<(&str, &str)> {
    let fragments = graph["fragments"].as_array().unwrap().iter();
    fragments.map(|known| (known["kind"].as_str().unwrap(), known["standing"].as_str().unwrap())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tablet_and_a_typo_come_out_right_step_by_step() {
    let house = House::open(Engine::Embedded, CATALOG).await;
    // The shop knows both; Mina signs in on the tablet first, then Omar.
    let mina = bought("mina", "o1", json!({"email": "mina@people.example", "firstName": "Mina"}));
    let omar = bought("omar", "o2", json!({"email": "omar@people.example", "firstName": "Omar"}));
    house.send("shop", json!([mina, omar])).await.expect(200);
    house
        .send("site", json!([viewed(Some("mina"), "tablet", "v1"), viewed(Some("mina"), "tablet", "v2")]))
        .await
        .expect(200);
    house.send("site", json!([viewed(Some("omar"), "tablet", "v3")])).await.expect(200);
    assert_eq!((views(&house, "user_id/mina").await, views(&house, "user_id/omar").await), (json!(2), json!(1)));
    let of_mina = graph(&house, "user_id/mina", "&to=anonymous_id:tablet").await;
    assert_eq!(kinds(&of_mina), [("user_id", "core"), ("email", "core"), ("anonymous_id", "claim")]);
    let of_omar = graph(&house, "user_id/omar", "&to=anonymous_id:tablet").await;
    assert_eq!(kinds(&of_omar), [("user_id", "core"), ("email", "core"), ("visit", "claim")]);
    assert_eq!(of_omar["path"]["connected"], false);
    println!("{}", serde_json::to_string_pretty(&of_omar).unwrap());

    // The call centre mistypes Omar's address, and somebody else's it is.
    house.send("crm", json!([bought("omar", "o3", json!({"email": "mira@people.example"}))])).await.expect(200);
    let mira = bought("mira", "o4", json!({"email": "mira@people.example", "firstName": "Mira"}));
    house.send("shop", json!([mira])).await.expect(200);
    let typo = graph(&house, "user_id/omar", "&to=email:mira@people.example").await;
    assert_eq!(typo["path"]["connected"], true, "the address is Omar's, as far as anybody knows");
    let look = decide(&house, "split", "user_id/omar", &["email/mira@people.example"], true).await.expect(200).json;
    println!("{}", serde_json::to_string_pretty(&look).unwrap());
    decide(&house, "split", "user_id/omar", &["email/mira@people.example"], false).await.expect(200);
    let body = json!({"person": named("user_id/mira"), "with": [named("email/mira@people.example")],
        "note": "She wrote from it."});
    house.ask("privacy", Method::POST, "identity/join", Some(body)).await.expect(200);
    let mira = graph(&house, "user_id/mira", "&to=email:mira@people.example").await;
    assert_eq!(mira["path"]["connected"], true);
    println!("{}", serde_json::to_string_pretty(&mira["edges"]).unwrap());
    house.send("shop", json!([bought("omar", "o5", json!({"email": "mira@people.example"}))])).await.expect(200);
    assert_eq!(graph(&house, "user_id/omar", "&to=email:mira@people.example").await["path"]["connected"], false);
}
