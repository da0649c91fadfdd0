//! What changes of somebody who stays in an audience: told when it is of the contract, once, and otherwise not.

use super::{house, quiet_catalog, reader};
use crate::support::{Engine, House, on_both_engines};
use serde_json::{Value as Json, json};
use std::time::Duration;

on_both_engines!(a_change_of_the_contract_is_told_and_any_other_is_not);

fn updates(house: &House) -> Vec<Json> {
    house.heard("audience.updated", "readers").iter().map(|message| message.json()["data"]["fields"].clone()).collect()
}

async fn named(house: &House, message: &str, name: &str) {
    house.advance(Duration::from_secs(1));
    let event = json!([{"type": "identify", "userId": "u1", "messageId": message, "traits": {"firstName": name}}]);
    house.send("shop", event).await.expect(200);
}

async fn a_change_of_the_contract_is_told_and_any_other_is_not(engine: Engine) {
    let mut house = house(engine).await;
    house.send("shop", json!([reader("u1", json!({"firstName": "Ann", "lastName": "Lee"}))])).await.expect(200);
    assert_eq!(house.delivered("mailer").await.delivered, 1);
    // Neither of them is of the contract, or new.
    let other = json!([
        {"type": "identify", "userId": "u1", "messageId": "m1", "traits": {"lastName": "Low", "firstName": "Ann"}},
        {"type": "page", "userId": "u1", "messageId": "m2", "name": "Home"},
    ]);
    house.advance(Duration::from_secs(1));
    house.send("shop", other).await.expect(200);
    assert_eq!(house.delivered("mailer").await.selected, 1, "nothing was to be told");

    named(&house, "m3", "Anna").await;
    assert_eq!(house.delivered("mailer").await.delivered, 2);
    let told = updates(&house);
    assert_eq!(told.len(), 1);
    assert_eq!((&told[0]["first_name"], &told[0]["orders"]), (&json!("Anna"), &json!(0)), "all that holds now");
    let ids: Vec<_> =
        house.recipient.messages().iter().map(|message| message.json()["data"]["profile_id"].clone()).collect();
    assert_eq!(ids[0], ids[1], "the recipient knows them by the same id");
    // A restart forgets nothing of it.
    house.restart().await;
    named(&house, "m4", "Anna").await;
    assert_eq!(house.delivered("mailer").await.selected, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_changes_while_one_waits_are_told_once() {
    let house = house(Engine::Embedded).await;
    house.send("shop", json!([reader("u1", json!({"firstName": "Ann"}))])).await.expect(200);
    house.delivered("mailer").await;
    let nowhere = quiet_catalog().replacen("url = \"http://recipient/mailer\"", "url = \"http://127.0.0.1:1/\"", 1);
    house.apply(&nowhere).await;
    for number in 0..8 {
        named(&house, &format!("m{number}"), &format!("Ann {number}")).await;
    }
    house.until("mailer", "all changes are known", |rows| rows.len() == 9 && rows[1].attempts > 0).await;
    house.apply(&quiet_catalog()).await;
    house.advance(Duration::from_hours(1));
    let totals = house.delivered("mailer").await;
    assert_eq!((totals.selected, totals.delivered), (9, 2));
    let told = updates(&house);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["first_name"], "Ann 7");
}

/// A contract that names other fields is told to everybody anew.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_contract_is_another_message() {
    let house = house(Engine::Embedded).await;
    let people = ["u1", "u2", "u3"].map(|user| reader(user, json!({"firstName": user})));
    house.send("shop", Json::from(people.to_vec())).await.expect(200);
    house.delivered("mailer").await;
    house.apply(&quiet_catalog().replacen("  { from = \"firstName\", as = \"first_name\" },\n", "", 1)).await;
    house.swept().await;
    house.delivered("mailer").await;
    let told = updates(&house);
    assert_eq!(told.len(), 3);
    assert!(told.iter().all(|fields| fields.get("first_name").is_none() && fields.get("customer").is_some()));
    house.apply(&quiet_catalog().replacen("  { from = \"firstName\", as = \"first_name\" },\n", "", 1)).await;
    house.swept().await;
    assert_eq!(house.delivered("mailer").await.selected, 6);
}
