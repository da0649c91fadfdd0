//! Preferences: how people want to be written to, and what that holds back.

use crate::support::{CATALOG, Engine, House, Reply, act_on, on_both_engines};
use reqwest::Method;
use serde_json::{Value as Json, json};
use std::time::Duration;

on_both_engines!(quiet_hours_and_counts_hold_back_contact, what_was_said_last_is_honoured_and_null_clears);

const ANN: &str = "user_id/ann";
const TOPICS: &str = r#"
[[topics]]
code = "tours"
purpose = "news"
name.en = "Guided tours"

[[topics]]
code = "repairs"
name.en = "Repairs"
"#;

async fn house(engine: Engine) -> House {
    let house = House::open(engine, &format!("{CATALOG}{TOPICS}")).await;
    house.act("privacy", ANN, act_on("grant", "news")).await.expect(200);
    house
}

async fn prefer(house: &House, body: Json) -> Reply {
    house.ask("service", Method::PUT, &format!("profiles/{ANN}/preferences"), Some(body)).await
}

async fn contact(house: &House, contact: Json) -> Json {
    let question = json!({"identifier": {"kind": "user_id", "value": "ann"}, "purpose": "news",
        "use": "contact:email", "contact": contact});
    house.permit(question).await
}

/// It is one o'clock on a Sunday in Berlin.
async fn quiet_hours_and_counts_hold_back_contact(engine: Engine) {
    let house = house(engine).await;
    let week = json!({"count": 2, "period": "P1W"});
    let sundays = json!([{"days": ["sunday"], "from": 0, "to": 24}]);
    let wishes =
        json!({"quiet": sundays, "at_most": week, "topics": {"tours": "refused"}, "channels": ["push", "email"]});
    prefer(&house, wishes).await.expect(200);
    let asked = contact(&house, json!({"contacted": 0})).await;
    assert_eq!((&asked["reason"], &asked["next_possible"]), (&json!("quiet_time"), &json!("2026-03-01T23:00:00.000Z")));
    house.pass(Duration::from_hours(12)).await;
    for (facts, reason) in [
        (json!({"contacted": 1}), "permitted"),
        (json!({"contacted": 1, "topic": "repairs"}), "permitted"),
        (json!({"contacted": 2}), "contacted_enough"),
        (json!({"topic": "tours"}), "topic_refused"),
        (json!({"topic": "lottery"}), "topic_unknown"),
    ] {
        let asked = contact(&house, facts.clone()).await;
        assert_eq!((&asked["reason"], asked.get("next_possible")), (&json!(reason), None), "{facts}");
    }
    let uncounted =
        json!({"identifier": {"kind": "user_id", "value": "ann"}, "purpose": "news", "use": "contact:email"});
    assert_eq!(
        house.permit(uncounted).await["reason"],
        "contacted_enough",
        "where nobody counted it is taken for full"
    );
    let sms = json!({"identifier": {"kind": "user_id", "value": "ann"}, "purpose": "news", "use": "contact:sms",
        "contact": {"contacted": 0}});
    assert_eq!(house.permit(sms).await["reason"], "channel_refused");
    let told = house.permissions(ANN).await["preferences"].clone();
    assert_eq!(
        (&told["at_most"], &told["channels"]),
        (&json!({"count": 2, "period": "P7D"}), &json!(["push", "email"]))
    );
}

async fn what_was_said_last_is_honoured_and_null_clears(engine: Engine) {
    let mut house = house(engine).await;
    let first =
        prefer(&house, json!({"language": "de", "time_zone": "Europe/Vienna", "method": "form"})).await.expect(200);
    assert_eq!(first.json["honoured"]["language"], "de");
    house.advance(Duration::from_secs(60));
    let second = json!({"language": null, "channels": ["post"], "topics": {"tours": "wanted"}});
    let changed = prefer(&house, second).await.expect(200).json;
    assert_eq!((&changed["honoured"]["time_zone"], &changed["honoured"]["channels"]), (&Json::Null, &json!(["post"])));
    let now = house.get("privacy", &format!("profiles/{ANN}/preferences?purpose=news")).await.expect(200).json;
    let honoured = &now["honoured"];
    assert_eq!((&honoured["language"], &honoured["time_zone"]), (&Json::Null, &json!("Europe/Vienna")));
    assert_eq!((&honoured["topics"], &honoured["channels"]), (&json!({"tours": "wanted"}), &json!(["post"])));
    let parts = now["parts"].as_array().unwrap();
    let part = |name: &str| parts.iter().find(|part| part["part"] == name).unwrap();
    assert_eq!((&part("time_zone")["method"], &part("channels")["method"]), (&json!("form"), &json!("api")));
    assert_eq!((&part("language")["value"], &part("language")["source"]), (&Json::Null, &json!("service")));
    assert_eq!(part("topics.tours")["actor"], "person");
    for (wrong, field) in [
        (json!({"topics": {"tuors": "wanted"}}), "topics"),
        (json!({"topics": {"tours": "maybe"}}), "topics"),
        (json!({"channels": ["fax"]}), "channels"),
        (json!({"channels": ["post", "post"]}), "channels"),
        (json!({"at_most": {"count": 1, "period": "P9Y"}}), "at_most.period"),
        (json!({"quiet": [{"days": ["sunday"], "from": 3, "to": 3}]}), "quiet"),
        (json!({"time_zone": "Middle/Earth"}), "time_zone"),
        (json!({}), "preferences"),
    ] {
        let refused = prefer(&house, wrong.clone()).await.problem(422, "invalid_fields");
        assert_eq!(refused.json["errors"][0]["field"], field, "{wrong}");
    }
    let unknown = prefer(&house, json!({"topics": {"tuors": "wanted"}})).await;
    assert!(unknown.json["errors"][0]["existing"].as_array().unwrap().contains(&json!("tours")));
    house.advance(Duration::from_secs(60));
    let taken_back = prefer(&house, json!({"topics": {"tours": null, "repairs": "refused"}})).await.expect(200).json;
    assert_eq!(taken_back["honoured"]["topics"], json!({"repairs": "refused"}));
    let parts = taken_back["parts"].as_array().unwrap();
    assert!(parts.iter().any(|part| part["part"] == "topics.tours" && part["value"].is_null()), "{taken_back}");
    house.advance(Duration::from_secs(60));
    let act = json!({"identifier": {"kind": "user_id", "value": "ann"}, "act": "prefer", "method": "call",
        "preferences": {"topics": {"repairs": null}}});
    let done = house.ask("privacy", Method::POST, "acts", Some(json!({ "acts": [act] }))).await.expect(200).json;
    assert_eq!(done["recorded"], 1, "{done}");
    assert_eq!(house.permissions(ANN).await["preferences"]["topics"], json!({}));
    house.restart().await;
    assert_eq!(house.permissions(ANN).await["preferences"]["topics"], json!({}));
    // As of the first, there was no channel yet.
    let then =
        house.get("privacy", &format!("profiles/{ANN}/permissions?as_of=2026-03-01T12:00:30Z")).await.expect(200);
    assert_eq!(then.json["preferences"]["language"], "de");
}
