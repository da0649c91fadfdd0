//! S10: for a delivery of some months ago, what it rested on: the verdict, the permission's text, language, method and
//! time, as it was then, with what was known then and by the rules of then (GDPR Art. 5(2), 7(1)). The proof by the ledger
//! comes with it.

use crate::permissions::past_catalogues::{expiring, without_recipient};
use crate::support::{CATALOG, Engine, House, Reply, canary, on_both_engines};
use serde_json::{Value as Json, json};
use std::time::Duration;

const ANN: &str = "user_id/ann";
const DAY: Duration = Duration::from_hours(24);

on_both_engines!(s10_prove_it);

async fn s10_prove_it(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let asked_at = house.clock.now().to_string();
    let grant = json!({"act": "grant", "purpose": "news", "method": "call", "language": "en", "notice": "privacy",
        "jurisdiction": "DE", "document": "calls/2026-03-01/17", "system": {"name": "hotline", "id": "c-17"}});
    house.act("privacy", ANN, grant).await.expect(200);
    house.delivered("mailer").await;
    house.advance(DAY);
    let order = json!([{"type": "track", "event": "Order Completed", "userId": "ann", "messageId": "m1",
        "context": {"traits": {"email": format!("{}@people.example", canary())}}, "properties": {"order_id": "o1"}}]);
    house.send("shop", order).await.expect(200);
    house.delivered("mailer").await;
    let page = house.get("privacy", "destinations/mailer/deliveries").await.expect(200).json;
    let delivery = page["deliveries"].as_array().unwrap().iter().rfind(|row| row["audience"] == "readers").unwrap();
    let delivered_at = delivery["at"].as_str().unwrap().to_owned();
    assert_eq!((&delivery["state"], &delivery["ground"]["state"]), (&json!("delivered"), &json!("given")));

    // Months go by: the text is another, agreement ends after a month, the mail service receives nothing for news any more,
    // and the person has withdrawn.
    house.pass(DAY * 120).await;
    let other_text = CATALOG.replace("We write to you about what is new.", "We write to you once a week.");
    let next = expiring(&other_text);
    house.apply(&next).await;
    house.apply(&without_recipient(&next)).await;
    assert_eq!(house.state(ANN, "news").await, "expired", "by the rules of today");
    assert_eq!(house.permission(ANN, "news").await["uses"]["share:mailer"], Json::Null);
    house.act("service", ANN, json!({"act": "withdraw", "purpose": "news"})).await.expect(200);
    assert_eq!(house.state(ANN, "news").await, "withdrawn");

    assert_eq!(read(&house, &format!("as_of={delivered_at}")).await.json["catalog_version"], 1);
    let then = at(&house, &format!("as_of={delivered_at}")).await;
    assert_eq!((&then["state"], &then["uses"]["share:mailer"]["allow"]), (&json!("given"), &json!(true)));
    let evidence = then["acts"].as_array().unwrap().iter().find(|act| act["decides"] == true).unwrap();
    assert_eq!(evidence["act"], "grant");
    assert_eq!((&evidence["at"], &evidence["received"]), (&json!(asked_at), &json!(asked_at)));
    assert_eq!((&evidence["method"], &evidence["language"]), (&json!("call"), &json!("en")));
    assert_eq!(evidence["text"], json!({"title": "News", "text": "We write to you about what is new."}));
    assert_eq!(evidence["notice"], json!({"code": "privacy", "version": 1}));
    assert_eq!((&evidence["document"], &evidence["jurisdiction"]), (&json!("calls/2026-03-01/17"), &json!("DE")));
    assert_eq!(evidence["system"], json!({"name": "hotline", "id": "c-17"}));

    what_was_learned_later_was_not_known_then(&house, &delivered_at).await;
    the_history_tells_each_step(&house, &asked_at).await;
    nobody_is_asked_about_the_future(&house).await;
    // The delivery itself says what it rested on, whatever came since.
    let page = house.get("privacy", "destinations/mailer/deliveries").await.expect(200).json;
    let rows = page["deliveries"].as_array().unwrap();
    let since = rows.iter().find(|row| row["sequence"] == delivery["sequence"]).unwrap();
    assert_eq!((&since["ground"], &since["at"]), (&delivery["ground"], &delivery["at"]));
}

/// A letter of the day of the call turns up: the person had said no before the delivery.
async fn what_was_learned_later_was_not_known_then(house: &House, delivered_at: &str) {
    let letter = json!({"act": "withdraw", "purpose": "news", "method": "paper", "at": "2026-03-01T18:00:00Z"});
    house.act("privacy", ANN, letter).await.expect(200);
    let now_known = at(house, &format!("as_of={delivered_at}")).await;
    assert_eq!(now_known["state"], "withdrawn", "{now_known}");
    let known_then = at(house, &format!("as_of={delivered_at}&known_at={delivered_at}")).await;
    assert_eq!(known_then["state"], "given", "what the delivery rested on");
}

async fn the_history_tells_each_step(house: &House, asked_at: &str) {
    let told = read(house, "history=true&limit=2").await.expect(200).json;
    assert_eq!(told["history"].as_array().unwrap().len(), 2);
    let next = told["next"].as_str().unwrap();
    let rest = read(house, &format!("history=true&after={next}")).await.expect(200).json;
    assert!(rest["next"].is_null());
    let both = [&told["history"], &rest["history"]].into_iter().flat_map(|page| page.as_array().unwrap());
    let news: Vec<(&Json, &Json, &Json)> = both
        .filter(|entry| entry["purpose"] == "news" && !entry["after"].is_null())
        .map(|entry| (&entry["before"], &entry["after"], &entry["at"]))
        .collect();
    let (unknown, given, withdrawn) = (json!("unknown"), json!("given"), json!("withdrawn"));
    let (first, letter) = (json!(asked_at), json!("2026-03-01T18:00:00.000Z"));
    assert_eq!(news, [(&unknown, &given, &first), (&given, &withdrawn, &letter)]);
    let service = house.get("service", &format!("profiles/{ANN}/permissions?history=true")).await.expect(200).json;
    let seen = service["history"].as_array().unwrap();
    assert!(seen.iter().all(|entry| entry["purpose"] == "orders"), "a key sees its own purposes: {seen:?}");
}

async fn nobody_is_asked_about_the_future(house: &House) {
    for parameter in ["as_of", "known_at"] {
        read(house, &format!("{parameter}=2031-01-01T00:00:00Z")).await.problem(400, "bad_query");
    }
    read(house, "as_of=yesterday").await.problem(400, "bad_query");
    read(house, "after=3").await.problem(400, "bad_query");
}

async fn read(house: &House, query: &str) -> Reply {
    house.get("privacy", &format!("profiles/{ANN}/permissions?{query}")).await
}

async fn at(house: &House, query: &str) -> Json {
    let told = read(house, query).await.expect(200).json;
    let permissions = told["permissions"].as_array().unwrap();
    permissions.iter().find(|permission| permission["purpose"] == "news").unwrap().clone()
}
