//! Time alone ends what a guardian allowed and begins what a child was too young for: at that instant, whatever the
//! basis, and without anybody going over everybody.

use crate::support::{CATALOG, Engine, House, on_both_engines};
use serde_json::json;
use std::time::Duration;

on_both_engines!(
    a_guardians_decision_about_an_interest_ends_when_it_says,
    whoever_comes_of_age_is_in_what_profiles_adults_at_that_instant,
);

const KIM: &str = "user_id/kim";
const HOUR: Duration = Duration::from_hours(1);

async fn a_guardians_decision_about_an_interest_ends_when_it_says(engine: Engine) {
    let asks =
        CATALOG.replacen("mail_ground = \"soft_opt_in\"", "mail_ground = \"soft_opt_in\"\nage_required = true", 1);
    let house = House::open(engine, &asks).await;
    let order = |message: &str| {
        json!([{"type": "track", "event": "Order Completed", "userId": "kim", "messageId": message,
            "context": {"traits": {"email": "kim@people.example"}}}])
    };
    house.send("shop", order("m1")).await.expect(200);
    assert!(house.members("lookers").await.is_empty(), "nobody knows how old");
    house.advance(Duration::from_secs(60));
    let guardian = json!({"act": "guardian", "purpose": "offers", "method": "form", "verified": "showed a passport",
        "guardian": {"kind": "email", "value": "parent@people.example"}, "until": "2026-03-01T14:00:00Z"});
    house.act("privacy", KIM, guardian).await.expect(200);
    house.send("shop", order("m2")).await.expect(200);
    house.delivered("mailer").await;
    assert_eq!(house.members("lookers").await.len(), 1, "the guardian has agreed");
    house.pass(HOUR * 3).await;
    house.delivered("mailer").await;
    assert!(house.members("lookers").await.is_empty(), "it is over");
}

async fn whoever_comes_of_age_is_in_what_profiles_adults_at_that_instant(engine: Engine) {
    let advice = r#"
[[purposes]]
code = "advice"
basis = "legitimate_interest"
categories = ["commerce", "identity", "demographic"]
starts_on = [{ notice = "privacy" }]
keep = "P60Y"
texts.en = { title = "Advice", text = "We look at what you bought to advise you." }

[[notices]]
code = "privacy"
purposes = ["advice", "#;
    // Nothing else makes it look at somebody on the day they are 16.
    let catalog = CATALOG
        .replace("direct_marketing = true", "direct_marketing = true\nage_min = 18")
        .replacen("\n[[notices]]\ncode = \"privacy\"\npurposes = [", advice, 1)
        .replace(
            "collects = [\"orders\", \"bookkeeping\", \"news\", \"offers\"]",
            "collects = [\"orders\", \"bookkeeping\", \"news\", \"offers\", \"advice\"]",
        )
        + "\n[[audiences]]\ncode = \"advised\"\nname = \"Advised\"\npurpose = \"advice\"\nwhere = \"orders >= 1\"\n";
    let house = House::open(engine, &catalog).await;
    let events = json!([{"type": "track", "event": "Order Completed", "userId": "kim", "messageId": "m1"},
        {"type": "identify", "userId": "kim", "messageId": "m2", "traits": {"birthday": "2010-03-02"}}]);
    house.send("shop", events).await.expect(200);
    assert!(house.members("advised").await.is_empty(), "a child is not profiled");
    house.pass(HOUR * 11).await;
    assert!(house.members("advised").await.is_empty(), "an hour before");
    house.pass(HOUR * 2).await;
    assert_eq!(house.members("advised").await.len(), 1, "old enough");
}
