//! A claimed birthday or country decides about its own data alone: it neither ends nor opens anything for whom it
//! claims to be (DESIGN §6 *Trust*, `docs/identity.md`).

use super::bought;
use crate::support::{CATALOG, Engine, House, act_on, canary, on_both_engines};
use serde_json::{Value as Json, json};
use std::time::Duration;

on_both_engines!(
    a_claimed_birthday_ends_nobody_elses_consent,
    a_claimed_country_neither_ends_nor_opens_anything,
    a_claimed_age_makes_nobody_older,
);

const DAYS: Duration = Duration::from_hours(24 * 3);

/// What whoever reads the site's key may say in somebody's name: a device that bought, agreed, and says something of
/// itself.
fn claimed(user: &str, device: &str, traits: Json) -> Json {
    json!([
        {"type": "track", "event": "Order Completed", "userId": user, "anonymousId": device, "messageId": "c1",
            "context": {"consent": {"categoryPreferences": {"news": true}}}},
        {"type": "identify", "userId": user, "anonymousId": device, "messageId": "c2", "traits": traits},
    ])
}

/// A customer with a name, who has agreed to news.
async fn customer(house: &House, user: &str, traits: Json) -> String {
    let name = canary();
    let mut bought = bought(user, "m1", json!({"firstName": name, "email": format!("{user}@people.example")}));
    bought["context"]["traits"].as_object_mut().unwrap().extend(traits.as_object().unwrap().clone());
    house.act("privacy", &format!("user_id/{user}"), act_on("grant", "news")).await.expect(200);
    house.advance(Duration::from_secs(60));
    house.send("shop", json!([bought])).await.expect(200);
    name
}

async fn is_as_before(house: &House, user: &str, name: &str, when: &str) {
    let person = format!("user_id/{user}");
    assert_eq!(house.state(&person, "news").await, "given", "{when}");
    let news = house.profile(&person, "news").await.expect(200);
    assert_eq!(news.json["traits"]["firstName"], name, "{when}: her data is there");
}

async fn a_claimed_birthday_ends_nobody_elses_consent(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let ann = customer(&house, "ann", json!({})).await;
    let eve = customer(&house, "eve", json!({"birthday": "1980-01-01"})).await;
    // Of age in two days, in four years, and never yet: each would end or stop a consent that was given today.
    for (place, birthday) in ["2010-03-02", "2014-06-01", "2026-02-01"].into_iter().enumerate() {
        for user in ["ann", "eve"] {
            let device = format!("stranger-{user}-{place}");
            house.send("site", claimed(user, &device, json!({"birthday": birthday}))).await.expect(200);
            house.profile(&format!("anonymous_id/{device}"), "news").await.problem(403, "below_age");
        }
    }
    for (user, name) in [("ann", &ann), ("eve", &eve)] {
        is_as_before(&house, user, name, "at once").await;
    }
    house.pass(DAYS).await;
    for (user, name) in [("ann", &ann), ("eve", &eve)] {
        is_as_before(&house, user, name, "when the claim comes of age").await;
    }
    assert_eq!(house.state("anonymous_id/stranger-ann-0", "news").await, "unknown", "it is asked anew itself");
}

async fn a_claimed_country_neither_ends_nor_opens_anything(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    // Nearly 18: old enough in Germany, where the shop is, and not in India.
    let ann = customer(&house, "ann", json!({"birthday": "2008-03-02"})).await;
    // 14: old enough in Belgium.
    customer(&house, "kim", json!({"birthday": "2011-06-01"})).await;
    for (user, country) in [("ann", "IN"), ("kim", "BE")] {
        let event = claimed(user, &format!("stranger-{user}"), json!({"address": {"country": country}}));
        house.send("site", event).await.expect(200);
    }
    house.profile("user_id/kim", "news").await.problem(403, "below_age");
    is_as_before(&house, "ann", &ann, "at once").await;
    house.pass(DAYS).await;
    is_as_before(&house, "ann", &ann, "when she is 18").await;
    house.profile("user_id/kim", "news").await.problem(403, "below_age");
}

async fn a_claimed_age_makes_nobody_older(engine: Engine) {
    let asks = CATALOG.replacen("mail_ground = \"consent\"", "mail_ground = \"consent\"\nage_required = true", 1);
    let house = House::open(engine, &asks).await;
    customer(&house, "ann", json!({})).await;
    house.send("site", claimed("ann", "stranger", json!({"birthday": "1980-01-01"}))).await.expect(200);
    house.profile("user_id/ann", "news").await.problem(403, "age_unknown");
}
