//! Consent on the wire: fields of SDKs and Global Privacy Control become acts with evidence (GDPR Art. 7(1), 21(5)).

use crate::support::{CATALOG, Engine, House, act_on, on_both_engines, reply};
use amana::pipeline::TallyName;
use serde_json::{Value as Json, json};
use std::time::Duration;

on_both_engines!(
    consent_fields_become_acts_with_evidence,
    a_language_that_is_none_is_not_kept,
    a_device_that_repeats_itself_neither_renews_nor_undoes,
    after_a_withdrawal_nothing_more_is_collected_for_it,
);

fn visit(device: &str, message: &str, context: Json) -> Json {
    json!({"type": "page", "anonymousId": device, "messageId": message, "context": context})
}

fn segment(news: bool) -> Json {
    json!({"consent": {"categoryPreferences": {"news": news}}, "locale": "en-GB"})
}

fn rudder(allowed: &[&str], denied: &[&str]) -> Json {
    json!({"consentManagement": {"provider": "custom", "allowedConsentIds": allowed, "deniedConsentIds": denied}})
}

async fn consent_fields_become_acts_with_evidence(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let preference = |device: &str, context: Json| {
        json!({"type": "track", "event": "Segment Consent Preference Updated", "anonymousId": device,
            "messageId": format!("p-{device}"), "context": context})
    };
    let events = json!([
        visit("segment", "m1", segment(true)),
        visit("rudder", "m2", rudder(&["news"], &["offers"])),
        preference("changed", segment(false)),
        visit("unmapped", "m3", json!({"consent": {"categoryPreferences": {"everything": true}}})),
        visit("odd", "m4", json!({"consent": {"categoryPreferences": {"news": "yes"}}})),
        visit("torn", "m5", rudder(&["news"], &["news"])),
    ]);
    house.send("site", events).await.expect(200);
    for (device, purpose, state) in [
        ("segment", "news", "given"),
        ("rudder", "news", "given"),
        ("rudder", "offers", "objected"),
        ("changed", "news", "refused"),
        ("unmapped", "news", "unknown"),
        ("odd", "news", "unknown"),
        ("torn", "news", "refused"),
    ] {
        assert_eq!(house.state(&format!("anonymous_id/{device}"), purpose).await, state, "{device}");
    }
    let news = house.permission("anonymous_id/segment", "news").await;
    let act = news["acts"].as_array().unwrap().iter().find(|act| act["act"] == "grant").unwrap();
    assert_eq!(act["decides"], true);
    for (field, expected) in [
        ("method", json!("sdk")),
        ("source", json!("site")),
        ("actor", json!("person")),
        ("notice", json!({"code": "privacy", "version": 1})),
        ("language", json!("en")),
        ("at", json!("2026-03-01T12:00:00.000Z")),
        ("received", json!("2026-03-01T12:00:00.000Z")),
    ] {
        assert_eq!(act[field], expected, "{field}");
    }
    // Which text was shown nobody has said.
    assert!(act.get("text_sha256").is_none_or(Json::is_null) && act.get("purpose_version").is_none_or(Json::is_null));
}

/// What a public client calls its language is kept in a log for ever: only what is one.
async fn a_language_that_is_none_is_not_kept(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let locales = [
        ("en-GB", json!("en")),
        ("de_AT", json!("de")),
        ("FIL", json!("fil")),
        ("Ann Smith", Json::Null),
        ("ann@people.example", Json::Null),
        ("e", Json::Null),
        ("en-", Json::Null),
        ("en--GB", Json::Null),
        ("en-Ann Smith", Json::Null),
        ("0049171123456", Json::Null),
        ("en-a1b2c3d4e5f6", Json::Null),
        ("", Json::Null),
    ];
    for (place, (locale, language)) in locales.into_iter().enumerate() {
        let device = format!("d{place}");
        let event = json!([{"type": "page", "anonymousId": device, "messageId": "m", "context":
            {"consent": {"categoryPreferences": {"news": true}}, "locale": locale}}]);
        house.send("site", event).await.expect(200);
        let news = house.permission(&format!("anonymous_id/{device}"), "news").await;
        let act = news["acts"].as_array().unwrap().iter().find(|act| act["act"] == "grant").unwrap();
        assert_eq!(act.get("language").cloned().unwrap_or_default(), language, "{locale}");
    }
}

/// Only exactly `1` counts, of several headers one is enough, and it is an objection by automated means (Art. 21(5)).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn global_privacy_control_objects_to_direct_marketing() {
    let house = House::open(Engine::Embedded, CATALOG).await;
    for (device, signals) in [("one", vec!["1"]), ("two", vec!["0", "1"]), ("zero", vec!["0"]), ("odd", vec!["true"])] {
        let mut request = house.collect("site", "/v1/batch");
        for signal in signals {
            request = request.header("sec-gpc", signal);
        }
        reply(request.body(json!({"batch": [visit(device, device, json!({}))]}).to_string())).await.expect(200);
    }
    house.settle().await;
    for (device, reason) in
        [("one", "privacy_signal"), ("two", "privacy_signal"), ("zero", "permitted"), ("odd", "permitted")]
    {
        let of = json!({"kind": "anonymous_id", "value": device});
        let asked = json!({"identifier": of, "purpose": "offers", "use": "profile"});
        assert_eq!(house.permit(asked).await["reason"], reason, "{device}");
    }
    let permissions = house.permissions("anonymous_id/one").await;
    let act = &permissions["general"][0];
    assert_eq!(
        (&act["act"], &act["method"], &act["target"]),
        (&json!("privacy_control"), &json!("gpc"), &json!("person"))
    );
}

async fn a_device_that_repeats_itself_neither_renews_nor_undoes(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let expiring =
        CATALOG.replacen("mail_ground = \"consent\"", "mail_ground = \"consent\"\nconsent_expires_after = \"P30D\"", 1);
    house.apply(&expiring).await;
    for (place, device) in ["loyal", "gone"].iter().enumerate() {
        house.send("site", json!([visit(device, &format!("m{place}"), segment(true))])).await.expect(200);
    }
    house.advance(Duration::from_hours(24));
    house.act("privacy", "anonymous_id/gone", act_on("withdraw", "news")).await.expect(200);
    for day in 0..3 {
        house.advance(Duration::from_hours(24));
        let repeated = ["loyal", "gone"].map(|device| visit(device, &format!("{device}-{day}"), segment(true)));
        house.send("site", json!(repeated)).await.expect(200);
    }
    let gone = house.permission("anonymous_id/gone", "news").await;
    assert_eq!(gone["state"], "withdrawn", "what was withdrawn elsewhere stays withdrawn");
    let loyal = house.permission("anonymous_id/loyal", "news").await;
    assert_eq!((&loyal["state"], &loyal["since"]), (&json!("given"), &json!("2026-03-01T12:00:00.000Z")));
    house.advance(Duration::from_hours(30 * 24));
    house.send("site", json!([visit("loyal", "late", segment(true))])).await.expect(200);
    assert_eq!(house.state("anonymous_id/loyal", "news").await, "expired", "repeating renews nothing");
    // A change does count, and so does an explicit preference.
    house
        .send("site", json!([visit("loyal", "no", segment(false)), visit("loyal", "yes", segment(true))]))
        .await
        .expect(200);
    assert_eq!(house.state("anonymous_id/loyal", "news").await, "withdrawn", "of the same instant the no counts");
    house.advance(Duration::from_secs(60));
    let changed = json!([{"type": "track", "event": "Segment Consent Preference Updated", "anonymousId": "loyal",
        "messageId": "anew", "context": segment(true)}]);
    house.send("site", changed).await.expect(200);
    assert_eq!(house.state("anonymous_id/loyal", "news").await, "given");
}

async fn after_a_withdrawal_nothing_more_is_collected_for_it(engine: Engine) {
    let for_news_only =
        CATALOG.replacen("collects = [\"orders\", \"bookkeeping\", \"news\", \"offers\"]", "collects = [\"news\"]", 1);
    let house = House::open(engine, &for_news_only).await;
    let order = |message: &str, context: Json| json!([{"type": "track", "event": "Order Completed", "anonymousId": "d1", "messageId": message, "context": context}]);
    house.send("site", order("m1", segment(true))).await.expect(200);
    let known = house.tally(TallyName::EventsKept).await;
    house.advance(Duration::from_secs(60));
    house.act("privacy", "anonymous_id/d1", act_on("withdraw", "news")).await.expect(200);
    house.send("site", order("m2", segment(true))).await.expect(200);
    assert_eq!(house.tally(TallyName::EventsKept).await, known, "nothing of it is kept");
    assert_eq!(house.tally(TallyName::EventsUnpermitted).await, 1);
    house.profile("anonymous_id/d1", "news").await.problem(403, "consent_withdrawn");
    house.advance(Duration::from_secs(60));
    house.act("privacy", "anonymous_id/d1", act_on("grant", "news")).await.expect(200);
    house.send("site", order("m3", json!({}))).await.expect(200);
    let profile = house.profile("anonymous_id/d1", "news").await.expect(200);
    assert_eq!(profile.json["metrics"]["orders"], 1, "what came before is destroyed, what came between was not kept");
}
