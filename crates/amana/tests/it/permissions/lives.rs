//! What moves the states of a purpose: second steps, weighed objections, emergencies, conditions, and time.

use crate::support::{CATALOG, Engine, House, act_on, canary, on_both_engines};
use amana::audience::Sweep;
use amana::pipeline::TallyName;
use amana_core::catalog::Catalog;
use reqwest::Method;
use serde_json::{Value as Json, json};
use std::time::Duration;

on_both_engines!(
    double_opt_in_asks_first,
    objection_is_weighed_then_upheld_or_overridden,
    vital_interest_ends_by_itself,
    special_categories_are_denied_until_a_condition_is_recorded,
    a_special_field_is_neither_kept_nor_shown_until_a_condition_is_recorded,
    consent_expires_and_the_person_leaves_the_audience_without_a_sweep,
);

const DAY: Duration = Duration::from_hours(24);

fn with(purpose: &str) -> String {
    CATALOG.replacen("[[notices]]", &format!("{purpose}\n[[notices]]"), 1)
}

async fn double_opt_in_asks_first(engine: Engine) {
    let catalog = CATALOG.replacen(
        "direct_marketing = true\nrecipients",
        "direct_marketing = true\ndouble_opt_in = true\nrecipients",
        1,
    );
    let house = House::open(engine, &catalog).await;
    let ann = "email/ann%40people.example";
    // Somebody types an address into a form: whoever that was, it is a request.
    let form = json!([{"type": "identify", "anonymousId": "d1", "messageId": "m1", "traits": {"email": "ann@people.example"},
        "context": {"consent": {"categoryPreferences": {"news": true}}}}]);
    house.send("site", form).await.expect(200);
    assert_eq!(house.state("anonymous_id/d1", "news").await, "requested");
    let asked = house.act("privacy", ann, act_on("grant", "news")).await.expect(200).json;
    assert_eq!((&asked["act"], &asked["permissions"][0]["state"]), (&json!("request"), &json!("requested")));
    assert_eq!(asked["permissions"][0]["uses"]["contact:email"]["reason"], "consent_requested");

    house.advance(Duration::from_secs(60));
    let unexplained = json!({"act": "grant", "purpose": "news", "method": "double_opt_in"});
    house.act("privacy", ann, unexplained.clone()).await.problem(422, "invalid_fields");
    let mut followed = unexplained;
    followed["verified"] = json!("link of message 4711");
    let given = house.act("privacy", ann, followed).await.expect(200).json;
    assert_eq!((&given["act"], &given["permissions"][0]["state"]), (&json!("grant"), &json!("given")));
    let evidence = &given["permissions"][0]["acts"][0];
    assert_eq!((&evidence["method"], &evidence["verified"]), (&json!("double_opt_in"), &json!("link of message 4711")));
    // Who asks again for a confirmed address takes nothing back.
    house.advance(Duration::from_secs(60));
    house.act("privacy", ann, act_on("grant", "news")).await.expect(200);
    assert_eq!(house.state(ann, "news").await, "given");
}

/// A purpose on legitimate interest that is no direct marketing.
const FRAUD: &str = r#"
[[purposes]]
code = "fraud"
basis = "legitimate_interest"
categories = ["commerce", "identity.user"]
keep = "P1Y"
texts.en = { title = "Fraud", text = "We look for stolen cards." }
"#;

async fn objection_is_weighed_then_upheld_or_overridden(engine: Engine) {
    let house = House::open(engine, &with(FRAUD)).await;
    for person in ["user_id/ann", "user_id/bob"] {
        house.act("privacy", person, act_on("inform", "fraud")).await.expect(200);
        assert_eq!(house.state(person, "fraud").await, "informed");
        house.advance(Duration::from_secs(60));
        house.act("service", person, act_on("object", "fraud")).await.expect(200);
        assert_eq!(house.state(person, "fraud").await, "objection_pending");
        house.profile(person, "fraud").await.problem(403, "objection_pending");
        house.advance(Duration::from_secs(60));
    }
    let mut grounds = act_on("override", "fraud");
    house.act("privacy", "user_id/ann", grounds.clone()).await.problem(422, "invalid_fields");
    grounds["note"] = json!("two of three orders were paid with stolen cards");
    house.act("privacy", "user_id/ann", grounds.clone()).await.expect(200);
    assert_eq!(house.state("user_id/ann", "fraud").await, "overridden");
    house.profile("user_id/ann", "fraud").await.expect(200);

    house.act("privacy", "user_id/bob", act_on("uphold", "fraud")).await.expect(200);
    assert_eq!(house.state("user_id/bob", "fraud").await, "objected");
    house.advance(Duration::from_secs(60));
    house.act("privacy", "user_id/bob", grounds).await.expect(200);
    assert_eq!(house.state("user_id/bob", "fraud").await, "objected", "what was upheld stays so");
}

const RESCUE: &str = r#"
[[purposes]]
code = "rescue"
basis = "vital_interest"
categories = ["contact", "identity.user"]
keep = "P1Y"
texts.en = { title = "Rescue", text = "We help when a life is at stake." }
"#;

async fn vital_interest_ends_by_itself(engine: Engine) {
    let house = House::open(engine, &with(RESCUE)).await;
    let now = house.clock.now();
    let assertion = |until: i64| {
        json!({"act": "assert", "purpose": "rescue", "note": "lost in the mountains",
            "until": now.plus_millis(until).to_string()})
    };
    house.act("privacy", "user_id/ann", assertion(0)).await.problem(422, "invalid_fields");
    house.act("privacy", "user_id/ann", assertion(3 * 3_600_000)).await.expect(200);
    assert_eq!(house.state("user_id/ann", "rescue").await, "asserted");
    house.pass(Duration::from_hours(2)).await;
    house.profile("user_id/ann", "rescue").await.expect(200);
    house.pass(Duration::from_hours(1)).await;
    assert_eq!(house.state("user_id/ann", "rescue").await, "none");
    house.profile("user_id/ann", "rescue").await.problem(403, "not_started");
    let told = house.get("privacy", "profiles/user_id/ann/permissions?history=true").await.expect(200).json;
    let ended = told["history"].as_array().unwrap().iter().find(|entry| entry["after"] == "none").unwrap();
    assert!(ended["act"].is_null(), "time alone did it");
}

fn diet(categories: &str, more: &str) -> String {
    with(&format!(
        r#"
[[purposes]]
code = "diet"
basis = "consent"
categories = [{categories}]
keep = "P1Y"
{more}
texts.en = {{ title = "Diet", text = "We leave out what you cannot eat." }}
"#
    ))
}

/// GDPR Art. 9: neither the catalogue nor `permit` lets health pass for a purpose that records no condition.
async fn special_categories_are_denied_until_a_condition_is_recorded(engine: Engine) {
    let house = House::open(engine, &diet(r#""identity.user""#, "")).await;
    house.act("privacy", "user_id/ann", act_on("grant", "diet")).await.expect(200);
    let question = json!({"identifier": {"kind": "user_id", "value": "ann"}, "purpose": "diet", "use": "collect",
        "categories": ["health"]});
    assert_eq!(house.permit(question.clone()).await["reason"], "category_not_in_purpose");
    let with_health = r#""identity.user", "health""#;
    let Err(problems) = Catalog::read(&house.filled(&diet(with_health, "version = 2"))) else {
        panic!("a special category without a condition was let in")
    };
    assert!(problems.iter().any(|problem| problem.expected.contains("Art. 9(2)")), "{problems:?}");
    assert_eq!(house.permit(question.clone()).await["reason"], "category_not_in_purpose");

    house.advance(Duration::from_secs(60));
    let condition = "version = 2\nspecial_condition = \"Art. 9(2)(a): explicit consent, register entry 12\"";
    house.apply(&diet(with_health, condition)).await;
    assert_eq!(house.permit(question.clone()).await["reason"], "consent_unknown", "it is another question, asked anew");
    house.act("privacy", "user_id/ann", act_on("grant", "diet")).await.expect(200);
    assert_eq!(house.permit(question).await["reason"], "permitted");
}

/// A field of a special category that lies below one which a purpose names.
const DISABILITY: &str = r#"
[[categories]]
code = "demographic.disability"
name = "Disabilities"
special = true

[[traits]]
name = "disability"
type = "text"
category = "demographic.disability"
"#;

/// GDPR Art. 9: naming the category above it is no reason to refuse the purpose; the field itself is denied at every door, and
/// denied again when the condition is taken out.
async fn a_special_field_is_neither_kept_nor_shown_until_a_condition_is_recorded(engine: Engine) {
    let version = |more: &str| {
        let orders = format!("code = \"orders\"\n{more}");
        format!("{}{DISABILITY}", CATALOG.replacen("code = \"orders\"\n", &orders, 1))
    };
    let house = House::open(engine, &version("")).await;
    let secret = canary();
    let order = |message: &str| {
        json!([{"type": "track", "event": "Order Completed", "userId": "ann", "messageId": message,
            "timestamp": house.clock.now().to_string(),
            "context": {"traits": {"firstName": "Ann", "disability": secret}}}])
    };
    let question = |usage: &str| {
        json!({"identifier": {"kind": "user_id", "value": "ann"}, "purpose": "orders", "use": usage,
            "categories": ["demographic.disability"]})
    };
    let read = async || house.get("privacy", "profiles/user_id/ann?purpose=orders&explain=true").await.expect(200);
    let audience = async || {
        let body = json!({"name": "Disabled", "purpose": "orders", "where": "disability = 'x'"});
        house.ask("marketing", Method::PUT, "audiences/disabled", Some(body)).await
    };
    let unpermitted = house.tally(TallyName::FieldsUnpermitted).await;
    house.send("shop", order("m1")).await.expect(200);
    for usage in ["collect", "store", "profile", "segment"] {
        assert_eq!(house.permit(question(usage)).await["reason"], "special_category", "{usage}");
    }
    assert_eq!(house.tally(TallyName::FieldsUnpermitted).await, unpermitted + 1);
    let profile = read().await;
    assert_eq!(profile.json["traits"]["firstName"], "Ann", "the rest of the event is kept");
    assert!(!profile.text.contains(&secret) && profile.json["traits"].get("disability").is_none(), "{}", profile.text);
    let refused = audience().await.problem(422, "predicate_invalid").text;
    assert!(refused.contains("special category"), "{refused}");

    house.advance(Duration::from_secs(60));
    let condition = "version = 2\nspecial_condition = \"Art. 9(2)(a): explicit consent, register entry 12\"\n";
    house.apply(&version(condition)).await;
    house.settle().await;
    assert_eq!(house.permit(question("profile")).await["reason"], "not_started", "what is wider begins anew");
    house.send("shop", order("m2")).await.expect(200);
    assert_eq!(house.permit(question("profile")).await["reason"], "permitted");
    assert_eq!(read().await.json["traits"]["disability"], secret.as_str());
    audience().await.expect(201);
    house.ask("marketing", Method::DELETE, "audiences/disabled", None).await.expect(204);

    house.advance(Duration::from_secs(60));
    house.apply(&version("version = 2\n")).await;
    house.settle().await;
    assert_eq!(house.permit(question("profile")).await["reason"], "special_category");
    let profile = read().await;
    assert!(!profile.text.contains(&secret), "{}", profile.text);
    let hidden = profile.json["hidden"].as_array().unwrap().iter().find(|known| known["name"] == "disability");
    assert_eq!(hidden.unwrap()["reason"], "special_category");
    audience().await.problem(422, "predicate_invalid");
}

async fn consent_expires_and_the_person_leaves_the_audience_without_a_sweep(engine: Engine) {
    let catalog = CATALOG.replacen(
        "direct_marketing = true\nrecipients",
        "direct_marketing = true\nconsent_expires_after = \"P6M\"\nrecipients",
        1,
    );
    let house = House::open(engine, &catalog).await;
    house.act("privacy", "user_id/ann", act_on("grant", "news")).await.expect(200);
    let order = json!([{"type": "track", "event": "Order Completed", "userId": "ann", "messageId": "m1"}]);
    house.send("shop", order).await.expect(200);
    house.delivered("mailer").await;
    assert_eq!(house.members("readers").await.len(), 1);
    house.pass(DAY * 184 - Duration::from_hours(1)).await;
    assert_eq!(house.members("readers").await.len(), 1, "noon of the first of September has not come");
    house.swept().await;
    let sweep = Sweep::load(house.app().store()).await.unwrap();
    house.pass(Duration::from_hours(1)).await;
    assert!(house.members("readers").await.is_empty());
    let count: Json = house.get("marketing", "audiences/readers").await.expect(200).json;
    assert_eq!(count["count"], 0);
    assert_eq!(house.state("user_id/ann", "news").await, "expired");
    house.delivered("mailer").await;
    assert_eq!(house.heard("audience.exited", "readers").len(), 1);
    assert_eq!(Sweep::load(house.app().store()).await.unwrap(), sweep, "nobody went over everybody");
}
