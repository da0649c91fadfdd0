//! S11: what is not known denies, each with its own reason; nothing defaults to allow (DESIGN §1 law 1).

use crate::support::{CATALOG, Engine, House, act_on, api_key, canary, on_both_engines, reply, write_key};
use amana::http_client::client_builder;
use reqwest::Method;
use serde_json::{Value as Json, json};

on_both_engines!(s11_missing_context_denies);

async fn s11_missing_context_denies(engine: Engine) {
    let house = House::open(engine, &with_a_blocked_purpose()).await;
    let customer = json!([
        {"type": "track", "event": "Order Completed", "userId": "u1", "messageId": "m1",
         "properties": {"order_id": "o1", "revenue": 5, "currency": "EUR"}},
    ]);
    house.send("shop", customer).await.expect(200);
    unknown_words_have_reasons_of_their_own(&house).await;
    an_undeclared_field_is_set_aside_and_not_kept(&house).await;
    unknown_keys_and_roads_are_refused(&house).await;
    an_unreadable_catalogue_leaves_the_old_one_in_force(&house).await;
}

/// A purpose that a register blocks while an impact assessment is not approved.
fn with_a_blocked_purpose() -> String {
    let blocked = r#"
[[purposes]]
code = "scoring"
basis = "contract"
categories = ["commerce"]
starts_on = [{ event = "Order Completed" }]
keep = "P1Y"
blocked_by = ["assessment-of-scoring"]
texts.en = { title = "Scoring", text = "We guess what you will buy." }

[[registers]]
code = "assessment-of-scoring"
kind = "assessment"

[[notices]]"#;
    CATALOG.replacen("[[notices]]", blocked, 1)
}

async fn unknown_words_have_reasons_of_their_own(house: &House) {
    let of = json!({"kind": "user_id", "value": "u1"});
    for (question, reason) in [
        (json!({"purpose": "orders", "use": "profile"}), "permitted"),
        (json!({"purpose": "everything", "use": "profile"}), "purpose_unknown"),
        (json!({"purpose": "orders", "brand": "other", "use": "profile"}), "purpose_unknown"),
        (json!({"purpose": "orders", "use": "profile", "categories": ["shoes"]}), "category_unknown"),
        (
            json!({"purpose": "orders", "use": "profile", "categories": ["behaviour.browsing"]}),
            "category_not_in_purpose",
        ),
        (json!({"purpose": "orders", "use": "share:stranger"}), "recipient_unknown"),
        (json!({"purpose": "bookkeeping", "use": "share:mailer"}), "recipient_not_named"),
        (json!({"purpose": "bookkeeping", "use": "collect", "device": true}), "device_ground_missing"),
        (json!({"purpose": "bookkeeping", "use": "contact:email"}), "mail_ground_missing"),
        (json!({"purpose": "news", "use": "profile"}), "consent_unknown"),
        (json!({"purpose": "scoring", "use": "profile"}), "purpose_blocked"),
        (json!({"purpose": "scoring", "use": "collect"}), "purpose_blocked"),
    ] {
        let mut question = question;
        question["identifier"] = of.clone();
        let answer = house.permit(question.clone()).await;
        assert_eq!(answer["reason"], reason, "{question}");
        assert_eq!(answer["allow"], reason == "permitted", "{question}");
        assert!(!answer["words"].as_str().unwrap().is_empty());
    }
    // Somebody of whom nothing is known has permitted nothing.
    for (purpose, reason) in [("orders", "not_started"), ("news", "consent_unknown"), ("offers", "not_informed")] {
        let answer = house.permit(json!({"purpose": purpose, "use": "profile"})).await;
        assert_eq!((&answer["allow"], &answer["reason"]), (&json!(false), &json!(reason)));
    }
    let ask = |body: Json| house.ask("privacy", Method::POST, "permit", Some(body));
    ask(json!({"purpose": "orders", "use": "sell"})).await.problem(422, "invalid_fields");
    ask(json!({"purpose": "orders"})).await.problem(422, "invalid_fields");
    ask(json!({"use": "profile"})).await.problem(422, "invalid_fields");
    let unknown_kind = json!({"purpose": "orders", "use": "profile", "identifier": {"kind": "passport", "value": "1"}});
    ask(unknown_kind).await.problem(422, "identifier_kind_unknown");
    house.profile("user_id/u1", "everything").await.problem(403, "purpose_unknown");
    house.profile("user_id/u1", "scoring").await.problem(403, "purpose_blocked");
    house.get("privacy", "profiles/user_id/u1").await.problem(400, "bad_query");
}

async fn an_undeclared_field_is_set_aside_and_not_kept(house: &House) {
    let value = canary();
    let unclassified = json!([
        {"type": "identify", "userId": "u1", "messageId": "m2", "traits": {"shoe_size": value}},
        {"type": "track", "event": "Dream Told", "userId": "u1", "messageId": "m3", "properties": {"dream": value}},
        {"type": "track", "event": "Order Completed", "userId": "u1", "messageId": "m4",
         "properties": {"order_id": "o2", "star_sign": value}},
    ]);
    house.send("shop", unclassified).await.expect(200);
    let set_aside = house.quarantined().await;
    for place in ["shop traits.shoe_size", "shop Dream Told", "shop Order Completed.properties.star_sign"] {
        assert!(set_aside.iter().any(|known| known == place), "{place} is not among {set_aside:?}");
    }
    let quarantine = house.get("privacy", "quarantine").await.expect(200);
    let profile = house.get("privacy", "profiles/user_id/u1?purpose=orders&explain=true").await.expect(200);
    for text in [&quarantine.text, &profile.text] {
        assert!(!text.contains(&value), "the value was kept");
    }
}

async fn unknown_keys_and_roads_are_refused(house: &House) {
    let batch = format!("{}/v1/batch", house.base);
    let body = json!({"batch": [{"type": "page", "anonymousId": "a1"}]}).to_string();
    let send = || house.client().post(&batch).header("content-type", "application/json").body(body.clone());
    reply(send()).await.problem(401, "unauthorized");
    reply(send().basic_auth("no-such-key", None::<&str>)).await.problem(401, "unauthorized");
    let read = |key: &str| house.client().get(format!("{}/api/v1/audiences", house.base)).bearer_auth(key);
    reply(read("amk_nobody")).await.problem(401, "unauthorized");
    // A write key opens no reading door, an API key no collecting one.
    reply(read(&write_key("shop"))).await.problem(401, "unauthorized");
    reply(send().basic_auth(api_key("admin"), None::<&str>)).await.problem(401, "unauthorized");
}

async fn an_unreadable_catalogue_leaves_the_old_one_in_force(house: &House) {
    let before = house.get("admin", "catalog").await.expect(200);
    let tag = before.header("etag").to_owned();
    let whole = house.filled(&with_a_blocked_purpose());
    for (what, text, code) in [
        ("no TOML", "[[purposes", "catalog_invalid"),
        ("a word nobody knows", &*whole.replace("basis = \"consent\"", "basis = \"we_like_it\""), "catalog_invalid"),
        ("a field nobody knows", &*whole.replacen("keep =", "kept =", 1), "catalog_invalid"),
        ("a category nobody knows", &*whole.replacen("\"contact\", ", "\"contacts\", ", 1), "catalog_invalid"),
        (
            "a predicate over what its purpose may not see",
            &*whole.replace("orders >= 1\"", "views >= 1\""),
            "catalog_invalid",
        ),
    ] {
        let put = house.client().put(format!("{}/api/v1/catalog", house.base)).bearer_auth(api_key("admin"));
        let put = put.header("content-type", "application/toml").header("if-match", &tag).body(text.to_owned());
        let refused = reply(put).await.problem(422, code);
        assert!(!refused.json["errors"].as_array().unwrap().is_empty(), "{what}");
        let after = house.get("admin", "catalog").await.expect(200);
        assert_eq!((after.header("etag"), &after.text), (&*tag, &before.text), "{what}");
    }
    assert_eq!(house.permit(json!({"purpose": "news", "use": "profile"})).await["reason"], "consent_unknown");
}

on_both_engines!(s11_without_a_catalogue_everything_is_denied);

async fn s11_without_a_catalogue_everything_is_denied(engine: Engine) {
    let house = House::empty(engine).await;
    house.post_events("shop", json!([{"type": "page", "anonymousId": "a1"}])).await.problem(401, "unauthorized");
    house.get("privacy", "profiles/user_id/u1?purpose=orders").await.problem(401, "unauthorized");
    house.act("privacy", "user_id/u1", act_on("grant", "news")).await.problem(401, "unauthorized");
    house.get("admin", "health").await.expect(200);
    house.get("admin", "ready").await.problem(503, "not_ready");
    // Whoever may open the folder can ask, and is told that nothing is permitted.
    let local = client_builder().unix_socket(house.folder.path().join("amana.sock")).build().unwrap();
    let question = json!({"purpose": "orders", "use": "profile"}).to_string();
    let ask = local.post("http://local/api/v1/permit").header("content-type", "application/json").body(question);
    let answer = reply(ask).await.expect(200).json;
    assert_eq!((&answer["allow"], &answer["reason"]), (&json!(false), &json!("purpose_unknown")));
}
