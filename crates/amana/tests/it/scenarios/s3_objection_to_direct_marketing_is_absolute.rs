//! S3: marketing runs on legitimate interest and the person objects to direct marketing. At once nothing of direct
//! marketing uses them, service goes on, last year's list changes nothing and nobody can override
//! (GDPR Art. 21(2), (3)).

use crate::support::{CATALOG, Engine, House, act_on, canary, on_both_engines};
use serde_json::{Value as Json, json};

const ANN: &str = "user_id/ann";

on_both_engines!(s3_objection_to_direct_marketing_is_absolute);

async fn s3_objection_to_direct_marketing_is_absolute(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    with_ann(&house).await;
    let id = house.profile_id(ANN).await;

    let objection = json!({"act": "object", "target": "direct_marketing", "method": "call"});
    house.act("service", ANN, objection).await.expect(200);

    // At once: no wait and no clock between the answer and what follows.
    uses_nothing_for_marketing(&house, &id).await;
    house.delivered("mailer").await;
    assert_eq!(house.heard("audience.exited", "lookers").len(), 1, "who had received them is told (Art. 19)");
    assert_eq!(house.heard("audience.exited", "readers").len(), 1);
    let told = house.recipient.messages().len();

    service_goes_on(&house, &id).await;
    last_years_list_changes_nothing(&house, &id).await;
    nobody_can_override(&house, &id).await;
    let marketing = |house: &House| {
        let kinds = ["lookers", "readers"].map(|audience| house.heard("audience.entered", audience).len());
        kinds.into_iter().sum::<usize>()
    };
    assert_eq!(marketing(&house), 2, "nothing was delivered after the objection");
    assert_eq!(house.recipient.messages().len(), told + 1, "but that a parcel is on its way");

    own_consent_counts_for_its_purpose_alone(&house, &id).await;
    a_no_to_one_purpose_of_marketing_is_weighed_by_nobody(&house).await;
}

/// Saying no to one purpose of direct marketing by its name is an objection to direct marketing as well.
async fn a_no_to_one_purpose_of_marketing_is_weighed_by_nobody(house: &House) {
    let bob = "user_id/bob";
    house.send("shop", json!([{"type": "identify", "userId": "bob", "messageId": "b1"}])).await.expect(200);
    house.profile(bob, "offers").await.expect(200);
    house.act("service", bob, act_on("object", "offers")).await.expect(200);
    assert_eq!(house.state(bob, "offers").await, "objected", "at once, and not to be weighed");
    house.profile(bob, "offers").await.problem(403, "objected");
    let grounds = json!({"act": "override", "purpose": "offers", "method": "api", "note": "we would like to"});
    house.act("privacy", bob, grounds).await.problem(422, "act_impossible");
    assert_eq!(house.state(bob, "offers").await, "objected");
}

/// Somebody whom two marketing purposes and one service purpose use.
async fn with_ann(house: &House) {
    let agreed = json!({"consent": {"categoryPreferences": {"news": true}}});
    let events = json!([
        {"type": "identify", "userId": "ann", "messageId": "m1", "context": agreed,
         "traits": {"email": format!("{}@people.example", canary()), "firstName": canary()}},
        order("o1", "m2"),
    ]);
    house.send("shop", events).await.expect(200);
    house.delivered("mailer").await;
    for audience in ["lookers", "readers"] {
        assert_eq!(house.heard("audience.entered", audience).len(), 1, "{audience}");
        assert_eq!(house.members(audience).await.len(), 1, "{audience}");
    }
}

async fn uses_nothing_for_marketing(house: &House, id: &str) {
    for audience in ["lookers", "readers"] {
        assert!(!house.members(audience).await.iter().any(|member| member == id), "{audience}");
    }
    for purpose in ["offers", "news"] {
        house.profile(ANN, purpose).await.problem(403, "marketing_objected");
        for usage in ["segment", "analyse", "profile", "decide", "contact:email", "share:mailer", "collect"] {
            let question = json!({"identifier": {"kind": "user_id", "value": "ann"}, "purpose": purpose, "use": usage});
            let answer = house.permit(question).await;
            assert_eq!(answer["reason"], "marketing_objected", "{usage} for {purpose}");
        }
    }
}

async fn service_goes_on(house: &House, id: &str) {
    house.send("till", json!([order("o2", "m3")])).await.expect(200);
    let profile = house.profile(ANN, "orders").await.expect(200);
    assert_eq!(profile.json["metrics"]["orders"], 2);
    for audience in ["buyers", "shipped"] {
        assert!(house.members(audience).await.iter().any(|member| member == id), "{audience}");
    }
    house.delivered("mailer").await;
    assert_eq!(house.heard("audience.entered", "shipped").len(), 1);
}

/// The list says yes, with its own times and without any, as fields of every row and as changed preferences.
async fn last_years_list_changes_nothing(house: &House, id: &str) {
    house.advance(std::time::Duration::from_hours(24));
    let yes = json!({"consent": {"categoryPreferences": {"news": true, "offers": true}}});
    let last_year = "2025-02-01T09:00:00Z";
    let changed = |id: &str| {
        json!({"type": "track", "event": "Segment Consent Preference Updated", "userId": "ann", "messageId": id,
            "context": yes, "timestamp": last_year})
    };
    let row = |id: &str, context: &Json| {
        json!({"type": "identify", "userId": "ann", "messageId": id, "context": context,
            "traits": {"lastName": canary()}})
    };
    let dated = |id: &str, context: &Json| {
        let mut row = row(id, context);
        row["timestamp"] = last_year.into();
        row
    };
    let rudder = json!({"consentManagement": {"allowedConsentIds": ["news", "offers"]}});
    // Without a time of its own a row counts as of now, which is after the objection.
    for list in [json!([row("l1", &yes)]), json!([row("l2", &rudder)]), json!([dated("l3", &yes), changed("l4")])] {
        for source in ["crm", "shop"] {
            house.send(source, list.clone()).await.expect(200);
            uses_nothing_for_marketing(house, id).await;
        }
    }
    // The same list as a file, with the day of each yes.
    let imported = house.import("crm", LIST, "text/csv", "customer,wants,day\nann,yes,2025-02-01\n").await.expect(200);
    assert_eq!(imported.json["accepted"], 1, "{}", imported.text);
    uses_nothing_for_marketing(house, id).await;
}

/// How last year's list is to be read.
const LIST: &str = r#"
kind = "acts"
timestamp = { column = "day", format = "%Y-%m-%d", time_zone = "Europe/Berlin" }
identifiers.user_id = "customer"
[[acts]]
purpose = "news"
act = { column = "wants", values = { yes = "grant", no = "withdraw" } }
"#;

async fn nobody_can_override(house: &House, id: &str) {
    let grounds = |about: Json| {
        let mut act = json!({"act": "override", "method": "api", "note": "we would like to"});
        act.as_object_mut().unwrap().extend(about.as_object().unwrap().clone());
        act
    };
    for about in [json!({"purpose": "offers"}), json!({"target": "direct_marketing"})] {
        house.act("privacy", ANN, grounds(about.clone())).await.problem(422, "act_impossible");
        for role in ["admin", "marketing", "analyst", "service"] {
            house.act(role, ANN, grounds(about.clone())).await.problem(403, "role_not_allowed");
        }
    }
    let everything = json!({"act": "grant", "target": "direct_marketing", "method": "call"});
    house.act("privacy", ANN, everything).await.problem(422, "act_impossible");
    uses_nothing_for_marketing(house, id).await;
}

/// The person alone can change it, and consent is specific (Art. 4(11)).
async fn own_consent_counts_for_its_purpose_alone(house: &House, id: &str) {
    house.advance(std::time::Duration::from_secs(60));
    house.act("privacy", ANN, act_on("grant", "news")).await.expect(200);
    house.profile(ANN, "news").await.expect(200);
    assert!(house.members("readers").await.iter().any(|member| member == id));
    house.profile(ANN, "offers").await.problem(403, "marketing_objected");
    assert!(house.members("lookers").await.is_empty());
    house.delivered("mailer").await;
    assert_eq!(house.heard("audience.entered", "readers").len(), 2);
    assert_eq!(house.heard("audience.entered", "lookers").len(), 1);
}

fn order(order: &str, message: &str) -> Json {
    json!({"type": "track", "event": "Order Completed", "userId": "ann", "messageId": message,
        "properties": {"order_id": order, "revenue": 10.5, "currency": "EUR"}})
}
