//! Recording what people decide: in force when it is answered, with its evidence, by whom it is meant for.

use crate::support::{CATALOG, Engine, House, act_on, canary, on_both_engines};
use serde_json::{Value as Json, json};

on_both_engines!(
    an_act_is_in_force_when_it_is_answered,
    anybody_may_object_before_anything_is_known_of_them,
    a_service_records_what_people_say_about_its_purposes,
    what_the_law_rules_out_is_refused_with_the_article,
    restricting_stops_every_use_until_the_person_was_told_and_it_is_lifted,
    a_grant_is_a_request_until_somebody_vouches_for_the_second_step,
    evidence_is_what_the_catalogue_declares,
    the_privacy_office_is_told_that_an_act_is_of_somebody_new,
);

async fn an_act_is_in_force_when_it_is_answered(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let person = format!("email/{}%40people.example", canary());
    assert_eq!(house.state(&person, "news").await, "unknown");
    let mut act = act_on("grant", "news");
    act["language"] = json!("en");
    act["note"] = json!("said so at the counter");
    let answer = house.act("privacy", &person, act).await.expect(200).json;
    let after = &answer["permissions"][0];
    assert_eq!((&after["purpose"], &after["state"]), (&json!("news"), &json!("given")));
    assert_eq!(
        after["uses"]["contact:email"],
        json!({"allow": true, "reason": "permitted", "words": "Every rule lets it pass."})
    );
    let evidence = &after["acts"][0];
    assert_eq!(
        (&evidence["act"], &evidence["method"], &evidence["source"]),
        (&json!("grant"), &json!("form"), &json!("privacy"))
    );
    assert_eq!((&evidence["actor"], &evidence["decides"]), (&json!("person"), &json!(true)));
    assert_eq!((&evidence["purpose_version"], &evidence["language"]), (&json!(1), &json!("en")));
    assert_eq!(evidence["text_sha256"].as_str().unwrap().len(), 64, "the text in that language was shown");
    assert_eq!(evidence["note"], "said so at the counter");

    house.advance(std::time::Duration::from_secs(5));
    house.act("privacy", &person, act_on("withdraw", "news")).await.expect(200);
    let permission = house.permission(&person, "news").await;
    assert_eq!(permission["state"], "withdrawn");
    assert_eq!(permission["uses"]["profile"]["reason"], "consent_withdrawn");
    let acts: Vec<&str> =
        permission["acts"].as_array().unwrap().iter().map(|act| act["act"].as_str().unwrap()).collect();
    assert_eq!(acts, ["withdraw", "grant"]);
    assert_eq!(permission["acts"][1]["decides"], false);
}

async fn anybody_may_object_before_anything_is_known_of_them(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let person = format!("email/{}%40people.example", canary());
    assert!(!house.is_known(&person).await);
    let objection = json!({"act": "object", "target": "direct_marketing", "method": "call"});
    house.act("service", &person, objection).await.expect(200);
    assert!(house.is_known(&person).await);
    let general = house.permissions(&person).await["general"].clone();
    assert_eq!((&general[0]["act"], &general[0]["target"]), (&json!("object"), &json!("direct_marketing")));
    // Nobody has informed them either, which is asked first; the objection is among the rules that fail.
    let value = person.trim_start_matches("email/").replace("%40", "@");
    let question = json!({"identifier": {"kind": "email", "value": value}, "purpose": "offers", "use": "segment"});
    let rules = house.permit(question).await["rules"].clone();
    let objection = rules.as_array().unwrap().iter().find(|rule| rule["rule"] == "objection").unwrap();
    assert_eq!((&objection["result"], &objection["reason"]), (&json!("fail"), &json!("marketing_objected")));
}

async fn a_service_records_what_people_say_about_its_purposes(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let act = |body: Json| house.act("service", "user_id/ann", body);
    act(act_on("object", "orders")).await.expect(200);
    act(act_on("grant", "news")).await.problem(403, "purpose_not_for_key");
    act(json!({"act": "grant", "target": "channel:email"})).await.problem(403, "purpose_not_for_key");
    act(json!({"act": "refuse", "target": "channel:email"})).await.expect(200);
    // Taking back is as easy as giving (GDPR Art. 7(3)): a no is heard by whoever is told it, and tells them nothing.
    for no in ["refuse", "withdraw", "object"] {
        let heard = act(act_on(no, "news")).await.expect(200).json;
        assert_eq!(heard["permissions"], json!([]), "{no}");
    }
    assert_eq!(house.state("user_id/ann", "news").await, "withdrawn");
    for yes in ["grant", "request"] {
        act(act_on(yes, "news")).await.problem(403, "purpose_not_for_key");
    }
    for staff in
        ["inform", "start", "end", "uphold", "override", "assert", "invalidate", "guardian", "restrict", "told", "lift"]
    {
        act(act_on(staff, "orders")).await.problem(403, "role_not_allowed");
    }
    let seen = house.get("service", "profiles/user_id/ann/permissions").await.expect(200).json;
    let purposes: Vec<&str> =
        seen["permissions"].as_array().unwrap().iter().map(|one| one["purpose"].as_str().unwrap()).collect();
    assert_eq!((purposes, &seen["general"]), (vec!["orders"], &json!([])));
}

async fn what_the_law_rules_out_is_refused_with_the_article(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let act = |body: Json| house.act("privacy", "user_id/ann", body);
    let noted = |act: &str, purpose: &str| json!({"act": act, "purpose": purpose, "note": "grounds"});
    let refused = act(noted("override", "offers")).await.problem(422, "act_impossible");
    assert!(refused.json["detail"].as_str().unwrap().contains("Art. 21(2)"));
    act(noted("override", "news")).await.problem(422, "act_impossible");
    act(noted("uphold", "orders")).await.problem(422, "act_impossible");
    act(noted("assert", "orders")).await.problem(422, "act_impossible");
    act(json!({"act": "grant", "target": "person"})).await.problem(422, "act_impossible");
    let contract = act(act_on("grant", "orders")).await.problem(422, "act_impossible");
    let possible: Vec<&str> =
        contract.json["errors"][0]["existing"].as_array().unwrap().iter().map(|act| act.as_str().unwrap()).collect();
    assert_eq!(
        possible,
        ["refuse", "withdraw", "object", "inform", "start", "end", "guardian", "restrict", "told", "lift"]
    );
    assert!(contract.json["detail"].as_str().unwrap().contains("basis contract"), "{}", contract.text);
    act(act_on("grant", "bookkeeping")).await.problem(422, "act_impossible");
    act(act_on("lift", "orders")).await.problem(422, "act_impossible");
    act(act_on("erase", "orders")).await.problem(422, "invalid_fields");
    act(act_on("grant", "curiosity")).await.problem(422, "no_such_purpose");
    for wrong in [
        json!({"act": "grant"}),
        json!({"act": "grant", "purpose": "news", "target": "person"}),
        json!({"act": "grant", "purpose": "news", "at": "2031-01-01T00:00:00Z"}),
        json!({"act": "grant", "purpose": "news", "at": "yesterday"}),
        json!({"act": "grant", "purpose": "news", "text_sha256": "abc"}),
        json!({"act": "grant", "purpose": "news", "method": "telepathy"}),
        json!({"act": "object", "target": "direct_marketing", "brand": "shop"}),
    ] {
        act(wrong.clone()).await.problem(422, "invalid_fields");
    }
    assert!(!house.is_known("user_id/ann").await, "nothing of it was recorded");
}

async fn restricting_stops_every_use_until_the_person_was_told_and_it_is_lifted(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let order =
        json!([{"type": "track", "event": "Order Completed", "userId": "ann", "messageId": "m1", "properties": {}}]);
    house.send("shop", order).await.expect(200);
    house.profile("user_id/ann", "orders").await.expect(200);
    house.act("privacy", "user_id/ann", json!({"act": "restrict", "target": "person"})).await.expect(200);
    house.profile("user_id/ann", "orders").await.problem(403, "restricted");
    assert!(house.members("buyers").await.is_empty());
    house.advance(std::time::Duration::from_secs(5));
    let lift = json!({"act": "lift", "target": "person"});
    let untold = house.act("privacy", "user_id/ann", lift.clone()).await.problem(422, "act_impossible");
    assert!(untold.json["detail"].as_str().unwrap().contains("Art. 18(3)"));
    let told = json!({"act": "told", "target": "person", "method": "paper", "note": "letter of 1 March"});
    house.act("privacy", "user_id/ann", told).await.expect(200);
    house.act("privacy", "user_id/ann", lift).await.expect(200);
    house.profile("user_id/ann", "orders").await.expect(200);
}

/// The shop, with a second step for its news.
fn with_double_opt_in() -> String {
    CATALOG.replacen(
        "direct_marketing = true\nrecipients",
        "direct_marketing = true\ndouble_opt_in = true\nrecipients",
        1,
    )
}

async fn a_grant_is_a_request_until_somebody_vouches_for_the_second_step(engine: Engine) {
    let house = House::open(engine, &with_double_opt_in()).await;
    let act = |body: Json| house.act("privacy", "user_id/ann", body);
    let asked = act(act_on("grant", "news")).await.expect(200).json;
    assert_eq!((&asked["act"], &asked["permissions"][0]["state"]), (&json!("request"), &json!("requested")));
    assert_eq!(asked["permissions"][0]["uses"]["contact:email"]["reason"], "consent_requested");
    house.advance(std::time::Duration::from_secs(5));
    let unexplained = act(json!({"act": "grant", "purpose": "news", "verified": "called back"})).await;
    assert_eq!(unexplained.problem(422, "invalid_fields").json["errors"][0]["field"], "method");
    act(json!({"act": "refuse", "purpose": "news", "verified": "called back", "method": "call"}))
        .await
        .problem(422, "invalid_fields");
    let vouched = json!({"act": "grant", "purpose": "news", "verified": "called back", "method": "call"});
    let given = act(vouched).await.expect(200).json;
    assert_eq!((&given["act"], &given["permissions"][0]["state"]), (&json!("grant"), &json!("given")));
    let evidence = &given["permissions"][0]["acts"][0];
    assert_eq!((&evidence["method"], &evidence["source"]), (&json!("call"), &json!("privacy")));
    assert_eq!(evidence["verified"], "called back");
}

async fn evidence_is_what_the_catalogue_declares(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let with = |more: Json| {
        let mut body = act_on("grant", "news");
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        house.act("privacy", "user_id/ann", body)
    };
    let text = |title: &str, text: &str| amana::hash::sha256_hex(format!("{title}\n{text}").as_bytes());
    let news = text("News", "We write to you about what is new.");
    for (more, field) in [
        (json!({"notice": "privcy"}), "notice"),
        (json!({"notice_version": 1}), "notice"),
        (json!({"notice": "privacy", "notice_version": 2}), "notice_version"),
        (json!({"language": "fr"}), "language"),
        (json!({"text_sha256": "0".repeat(64)}), "text_sha256"),
    ] {
        let refused = with(more).await.problem(422, "invalid_fields");
        let error = &refused.json["errors"][0];
        assert_eq!(error["field"], field, "{error}");
        assert!(!error["expected"].as_str().unwrap().is_empty());
    }
    assert!(!house.is_known("user_id/ann").await, "nothing of it was recorded");
    let told = with(json!({"notice": "privacy", "language": "en-GB", "text_sha256": news})).await.expect(200).json;
    let evidence = &told["permissions"][0]["acts"][0];
    assert_eq!(evidence["notice"], json!({"code": "privacy", "version": 1}));
    assert_eq!((&evidence["language"], &evidence["text_sha256"]), (&json!("en-GB"), &json!(news)));
    house.advance(std::time::Duration::from_secs(5));
    // The text that was shown may have been the notice's; which language that was follows from its hash.
    let notice = text("Privacy", "What we do with your data.");
    let told = with(json!({"notice": "privacy", "text_sha256": notice})).await.expect(200).json;
    let evidence = &told["permissions"][0]["acts"][0];
    assert_eq!((&evidence["language"], &evidence["text_sha256"]), (&json!("en"), &json!(notice)));
    let other = json!({"act": "grant", "purpose": "bookkeeping", "notice": "privacy"});
    house.act("privacy", "user_id/ann", other).await.problem(422, "act_impossible");
}

async fn the_privacy_office_is_told_that_an_act_is_of_somebody_new(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let act = |role: &'static str, person: &'static str| house.act(role, person, act_on("object", "orders"));
    assert_eq!(act("privacy", "user_id/ann").await.expect(200).json["created"], true);
    assert_eq!(act("privacy", "user_id/ann").await.expect(200).json["created"], false);
    for person in ["user_id/ann", "user_id/bob"] {
        let answer = act("service", person).await.expect(200).json;
        assert!(answer.get("created").is_none(), "a service cannot find out who is known");
    }
}
