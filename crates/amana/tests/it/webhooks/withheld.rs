//! What does not leave, and why: permission, membership and declarations are asked when the bytes would leave.

use super::{house, quiet_catalog, reader};
use crate::support::{Engine, House, act_on, api_key, canary, on_both_engines, reply};
use serde_json::json;
use std::time::Duration;

on_both_engines!(what_ended_while_a_message_waited_is_withheld_with_its_reason);

/// Somebody whose first message was answered with an error, and whose next one is an hour away.
async fn with_a_waiting_message(house: &House) {
    house.recipient.answer(500, Some("3600"));
    house.send("shop", json!([reader("u1", json!({"address": {"country": "DE"}}))])).await.expect(200);
    house.until("mailer", "it waits", |rows| rows.iter().any(|row| row.state == "waiting" && row.attempts == 1)).await;
}

async fn first_row(house: &House) -> (&'static str, Option<&'static str>) {
    house.advance(Duration::from_hours(2));
    house.delivered("mailer").await;
    let row = house.deliveries("mailer").await.remove(0);
    (row.state, row.reason)
}

async fn what_ended_while_a_message_waited_is_withheld_with_its_reason(engine: Engine) {
    let germans = quiet_catalog().replacen("where = \"orders >= 0\"", "where = \"\\\"address.country\\\" = 'DE'\"", 1);
    let house = House::open(engine, &germans).await;
    with_a_waiting_message(&house).await;
    let moved =
        json!([{"type": "identify", "userId": "u1", "messageId": "moved", "traits": {"address": {"country": "FR"}}}]);
    house.advance(Duration::from_secs(1));
    house.send("shop", moved).await.expect(200);
    assert_eq!(first_row(&house).await, ("withheld", Some("left_audience")));
    assert_eq!(house.heard("audience.exited", "readers").len(), 1, "who may have received them is told");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_objection_withholds_what_waits() {
    let house = house(Engine::Embedded).await;
    with_a_waiting_message(&house).await;
    let objection = json!({"act": "object", "target": "direct_marketing"});
    house.act("privacy", "user_id/u1", objection).await.expect(200);
    assert_eq!(first_row(&house).await, ("withheld", Some("marketing_objected")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restriction_withholds_what_waits() {
    let house = house(Engine::Embedded).await;
    with_a_waiting_message(&house).await;
    house.act("privacy", "user_id/u1", json!({"act": "restrict", "target": "person"})).await.expect(200);
    assert_eq!(first_row(&house).await, ("withheld", Some("restricted")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recipient_no_longer_named_receives_nothing() {
    let house = house(Engine::Embedded).await;
    with_a_waiting_message(&house).await;
    let unnamed =
        quiet_catalog().replacen("direct_marketing = true\nrecipients = [\"mailer\"]", "direct_marketing = true", 1);
    // The check refuses an audience that feeds whom its purpose does not name, so both go.
    let unnamed =
        unnamed.replacen("where = \"orders >= 0\"\ndestinations = [\"mailer\"]", "where = \"orders >= 0\"", 1);
    house.apply(&unnamed).await;
    assert_eq!(first_row(&house).await, ("withheld", Some("destination_detached")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_audience_no_longer_declared_tells_nobody_anew() {
    let house = house(Engine::Embedded).await;
    with_a_waiting_message(&house).await;
    let removed = house.ask("marketing", reqwest::Method::DELETE, "audiences/readers", None).await;
    assert!(removed.status.is_success(), "{}", removed.text);
    assert_eq!(first_row(&house).await, ("withheld", Some("audience_removed")));
}

/// What never left discloses nothing, so there is nothing to take back (GDPR Art. 19).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_never_told_is_not_told_of_the_end() {
    let nowhere = quiet_catalog().replacen("url = \"http://recipient/mailer\"", "url = \"http://127.0.0.1:1/\"", 1);
    let house = House::open(Engine::Embedded, &nowhere).await;
    house.send("shop", json!([reader("u1", json!({"firstName": canary()}))])).await.expect(200);
    house.until("mailer", "nobody answers", |rows| rows.iter().any(|row| row.reason == Some("unreachable"))).await;
    house.act("privacy", "user_id/u1", act_on("withdraw", "news")).await.expect(200);
    house.apply(&quiet_catalog()).await;
    assert_eq!(first_row(&house).await, ("withheld", Some("consent_withdrawn")));
    let rows = house.deliveries("mailer").await;
    let reasons: Vec<_> = rows.iter().map(|row| (row.reason, row.disclosed, row.fields.len())).collect();
    assert_eq!(reasons, [(Some("consent_withdrawn"), false, 0), (Some("never_disclosed"), false, 0)]);
    assert!(house.recipient.messages().is_empty());
}

/// A catalogue names hosts, and must not make this server reach into the organisation's own network.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn private_networks_are_reached_only_when_they_are_named() {
    let unnamed = quiet_catalog().replacen("allow_networks = [\"127.0.0.0/8\"]\n", "", 1);
    let by_name = quiet_catalog().replacen("http://recipient/mailer", "http://localhost:@@port@@/mailer", 1);
    let by_name = by_name.replacen("allow_networks = [\"127.0.0.0/8\"]", "allow_networks = [\"10.0.0.0/8\"]", 1);
    for text in [unnamed, by_name] {
        let house = House::empty(Engine::Embedded).await;
        let port = house.recipient.address.port().to_string();
        house.apply(&text.replace("@@port@@", &port)).await;
        house.send("shop", json!([reader("u1", json!({}))])).await.expect(200);
        house
            .until("mailer", "the address is refused", |rows| {
                rows.iter().any(|row| row.reason == Some("address_refused"))
            })
            .await;
        assert!(!house.deliveries("mailer").await[0].disclosed);
        assert!(house.recipient.messages().is_empty());
    }
}

/// Opening a private network is an admin's to do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_an_admin_opens_a_private_network() {
    let house = house(Engine::Embedded).await;
    let body =
        json!({"name": "Inside", "webhook": {"url": "https://inside.example/", "allow_networks": ["10.0.0.0/8"]}});
    let put = |role: &str| {
        let request =
            house.client().put(format!("{}/api/v1/destinations/inside", house.base)).bearer_auth(api_key(role));
        reply(request.header("content-type", "application/json").body(body.to_string()))
    };
    put("marketing").await.problem(403, "role_not_allowed");
    let made = put("admin").await.expect(201);
    assert!(made.json["signing_secret"].as_str().unwrap().starts_with("whsec_"), "told once");
    let read = house.get("admin", "destinations/inside").await.expect(200);
    assert!(!read.text.contains("whsec_"), "and never again");
}
