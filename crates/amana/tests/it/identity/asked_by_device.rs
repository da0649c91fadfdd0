//! Who asks by a device that merely claims to be somebody's sees what came from it, stopped by what that person said; and
//! what staff record for a device makes it nobody else's (DESIGN §6 *Trust*).

use crate::support::{CATALOG, Engine, House, act_on, canary, on_both_engines};
use reqwest::Method;
use serde_json::{Value as Json, json};
use std::time::Duration;

on_both_engines!(
    what_somebody_said_counts_when_their_device_is_asked,
    what_is_recorded_for_a_device_reads_and_stops_nobody_else,
    a_claimed_address_is_not_shown_of_who_is_known,
);

const YES: [(&str, bool); 2] = [("news", true), ("offers", true)];

/// An order on a page of the site, with consent and traits.
fn ordered(user: &str, device: &str, message: &str, traits: Json) -> Json {
    let consent: Json =
        YES.iter().map(|(purpose, yes)| ((*purpose).to_owned(), json!(yes))).collect::<serde_json::Map<_, _>>().into();
    json!([{"type": "track", "event": "Order Completed", "userId": user, "anonymousId": device, "messageId": message,
        "context": {"traits": traits, "consent": {"categoryPreferences": consent}}}])
}

async fn minute(house: &House) {
    house.advance(Duration::from_secs(60));
}

/// GDPR Art. 7(3), 18, 21: whoever holds the device of somebody who withdrew, objected or restricted is not used either.
async fn what_somebody_said_counts_when_their_device_is_asked(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let acts = [
        ("withdraw", json!({"act": "withdraw", "purpose": "news", "method": "form"}), "consent_withdrawn"),
        ("object", json!({"act": "object", "target": "direct_marketing", "method": "form"}), "marketing_objected"),
        ("restrict", json!({"act": "restrict", "target": "person", "method": "form"}), "restricted"),
    ];
    for (name, act, reason) in acts {
        let (person, device, secret) = (format!("user_id/{name}"), format!("device-{name}"), canary());
        let known = json!([{"type": "identify", "userId": name, "messageId": format!("{name}-1"), "traits": {"lastName": "K"},
            "context": {"consent": {"categoryPreferences": {"news": true}}}}]);
        house.send("crm", known).await.expect(200);
        house
            .send("site", ordered(name, &device, &format!("{name}-2"), json!({"firstName": secret})))
            .await
            .expect(200);
        let asked = format!("anonymous_id/{device}");
        assert!(house.profile(&asked, "news").await.expect(200).text.contains(&secret));
        minute(&house).await;
        house.act("privacy", &person, act).await.expect(200);

        house.profile(&asked, "news").await.problem(403, reason);
        house.get("privacy", &format!("profiles/{asked}/timeline?purpose=news")).await.problem(403, reason);
        let permission = house.permission(&asked, "news").await;
        assert_eq!(permission["uses"]["share:mailer"]["reason"], reason);
        let ask = |usage: &str| json!({"identifier": {"kind": "anonymous_id", "value": device}, "purpose": "news", "use": usage});
        assert_eq!(house.permit(ask("contact:email")).await["allow"], false, "{name}");
        for usage in ["profile", "segment", "share:mailer"] {
            assert_eq!(house.permit(ask(usage)).await["reason"], reason, "{name}: {usage}");
        }
        // Their own access does not end with that.
        let own = house.get("privacy", &format!("profiles/{asked}?purpose=orders&use=disclose:subject")).await;
        assert!(own.expect(200).text.contains(&secret));
    }
}

/// An act or a preference that is recorded for a device is the word of whoever holds it, whatever account it names.
async fn what_is_recorded_for_a_device_reads_and_stops_nobody_else(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let (name, account) = (canary(), "user_id/cleo");
    house.send("site", ordered("cleo", "phone", "c1", json!({"firstName": name}))).await.expect(200);
    house.send("site", ordered("cleo", "stranger", "c2", json!({}))).await.expect(200);
    minute(&house).await;
    let (before, members) = (house.profile(account, "news").await.expect(200), house.members("readers").await);
    assert!(before.json["traits"]["firstName"] == name.as_str());
    let language = json!({"language": "de"});
    house.ask("privacy", Method::PUT, "profiles/anonymous_id/stranger/preferences", Some(language)).await.expect(200);
    let object = json!({"act": "object", "target": "direct_marketing", "method": "form"});
    house.act("privacy", "anonymous_id/stranger", object).await.expect(200);

    for purpose in ["orders", "news", "offers"] {
        for path in ["?explain=true&", "/timeline?", "/identity?", "?use=disclose:subject&"] {
            let read = house.get("privacy", &format!("profiles/anonymous_id/stranger{path}purpose={purpose}")).await;
            assert!(!read.text.contains(&name), "{purpose} {path}");
            assert!(!read.text.contains("phone"), "{purpose} {path}");
        }
    }
    let after = house.profile(account, "news").await.expect(200);
    assert!(after.json["traits"]["firstName"] == name.as_str(), "what came from them is still used");
    assert_eq!(house.members("readers").await, members);
    house.profile("anonymous_id/stranger", "news").await.problem(403, "marketing_objected");
    // What is recorded for the account itself counts for all of it.
    house.act("privacy", account, act_on("withdraw", "news")).await.expect(200);
    house.profile(account, "news").await.problem(403, "consent_withdrawn");
    house.profile("anonymous_id/phone", "news").await.problem(403, "consent_withdrawn");
}

/// Or staff would write to whoever typed their own address beside somebody else's account.
async fn a_claimed_address_is_not_shown_of_who_is_known(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let evil = format!("{}@people.example", canary());
    let known = json!([{"type": "identify", "userId": "ann", "messageId": "m1", "traits": {"firstName": "Ann"},
        "context": {"consent": {"categoryPreferences": {"news": true}}}}]);
    house.send("crm", known).await.expect(200);
    house.send("site", ordered("ann", "stranger", "c1", json!({"email": evil, "lastName": "Other"}))).await.expect(200);
    let read = house.get("privacy", "profiles/user_id/ann?purpose=news&explain=true").await.expect(200);
    assert_eq!((&read.json["traits"]["firstName"], &read.json["traits"]["email"]), (&json!("Ann"), &Json::Null));
    assert!(!read.text.contains(&evil), "a stranger's address");
    let hidden = read.json["hidden"].as_array().unwrap().iter().find(|hidden| hidden["name"] == "email").cloned();
    assert_eq!(hidden.unwrap()["reason"], "address_claimed");
    // Who only typed it is not written to, either, whoever asks.
    for kind in [("anonymous_id", "stranger"), ("email", evil.as_str())] {
        let ask = json!({"identifier": {"kind": kind.0, "value": kind.1}, "purpose": "news", "use": "contact:email"});
        assert_eq!(house.permit(ask).await["allow"], false, "{}", kind.0);
    }
    house
        .send(
            "site",
            json!([{"type": "identify", "anonymousId": "x", "messageId": "c2", "traits": {"email": "v@people.example"},
        "context": {"consent": {"categoryPreferences": {"news": true}}}}]),
        )
        .await
        .expect(200);
    let ask = json!({"identifier": {"kind": "anonymous_id", "value": "x"}, "purpose": "news", "use": "contact:email"});
    assert_eq!(house.permit(ask).await["reason"], "only_claimed");
}
