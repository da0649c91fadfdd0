//! Identity scopes: a no that is said where nobody is known reaches nobody, so a scope that no source has or had is refused,
//! wherever it is named; people of sources that are gone are still found under theirs.

use super::plans::with_source;
use crate::support::{CATALOG, Engine, House, act_on, on_both_engines};
use reqwest::Method;
use serde_json::{Value as Json, json};

on_both_engines!(
    a_scope_that_no_source_has_is_refused_wherever_it_is_named,
    people_of_a_source_that_is_gone_are_reached_under_its_scope,
    where_every_source_has_a_scope_of_its_own_one_must_be_named,
);

/// The site has a scope of its own.
fn scoped() -> String {
    with_source("site", "reads_device = true", "reads_device = true\nidentity_scope = \"web\"")
}

/// What is said of the scope of a request that is refused, and where it stands.
fn refused_at(answer: &Json, field: &str) {
    assert_eq!(answer["code"], "identity_scope_unknown", "{answer}");
    let error = &answer["errors"][0];
    assert_eq!((&error["field"], &error["expected"]), (&json!(field), &json!("one of default, web")), "{answer}");
    assert_eq!(error["existing"], json!(["default", "web"]), "{answer}");
    assert!(!answer.to_string().contains("defualt"), "what was sent is repeated: {answer}");
}

async fn a_scope_that_no_source_has_is_refused_wherever_it_is_named(engine: Engine) {
    let house = House::open(engine, &scoped()).await;
    house.act("privacy", "user_id/zoe", act_on("grant", "news")).await.expect(200);
    let zoe = json!({"kind": "user_id", "value": "zoe", "scope": "defualt"});
    let known = json!({"kind": "user_id", "value": "zoe"});
    let with = |mut body: Json, name: &str, value: &Json| {
        body[name] = value.clone();
        body
    };
    let scoped = |body: Json| with(body, "scope", &json!("defualt"));
    let person = "profiles/user_id/zoe";
    let note = json!({"note": "It was checked."});
    let join = with(note.clone(), "person", &known);
    let asks = [
        (Method::PUT, format!("{person}/permissions"), scoped(act_on("withdraw", "news")), "scope"),
        (Method::PUT, format!("{person}/preferences"), scoped(json!({"channels": ["email"]})), "scope"),
        (Method::POST, "restrictions".into(), json!({"identifier": zoe}), "identifier.scope"),
        (
            Method::POST,
            "permit".into(),
            json!({"identifier": zoe, "purpose": "news", "use": "profile"}),
            "identifier.scope",
        ),
        (Method::POST, "identity/ban".into(), with(note.clone(), "identifier", &zoe), "identifier.scope"),
        (Method::POST, "identity/ban/lift".into(), with(note.clone(), "identifier", &zoe), "identifier.scope"),
        (Method::POST, "identity/join".into(), with(join.clone(), "with", &json!([known, zoe])), "with[1].scope"),
        (
            Method::POST,
            "identity/split".into(),
            with(join, "part", &json!([{"fragment": uuid::Uuid::nil()}, zoe])),
            "part[1].scope",
        ),
        (
            Method::POST,
            "identity/split".into(),
            with(with(note, "person", &zoe), "part", &json!([known])),
            "person.scope",
        ),
    ];
    for (method, path, body, field) in asks {
        let refused = house.ask("privacy", method, &path, Some(body)).await.problem(422, "identity_scope_unknown");
        refused_at(&refused.json, field);
    }
    let mut act = scoped(act_on("withdraw", "news"));
    act["identifier"] = known;
    let told = house.ask("privacy", Method::POST, "acts", Some(json!({"acts": [act]}))).await.expect(200).json;
    assert_eq!((&told["recorded"], &told["items"][0]["status"]), (&json!(0), &json!(422)), "{told}");
    refused_at(&told["items"][0]["problem"], "scope");
    for read in ["?purpose=news", "/permissions?history=true", "/permissions?", "/timeline?purpose=news"]
        .into_iter()
        .chain(["/preferences?purpose=news", "/identity?purpose=news", "/keys?"])
    {
        let refused = house.get("privacy", &format!("{person}{read}&scope=defualt")).await;
        refused_at(&refused.problem(422, "identity_scope_unknown").json, "scope");
    }
    // Nobody came of it, and where she is known she says no.
    assert_eq!(house.state("user_id/zoe", "news").await, "given");
    let mut no = act_on("withdraw", "news");
    no["scope"] = json!("default");
    house.act("privacy", "user_id/zoe", no).await.expect(200);
    assert_eq!(house.state("user_id/zoe", "news").await, "withdrawn");
}

async fn people_of_a_source_that_is_gone_are_reached_under_its_scope(engine: Engine) {
    let mut house = House::open(engine, &scoped()).await;
    let visit = json!([{"type": "track", "event": "Product Viewed", "userId": "eve", "anonymousId": "d1", "messageId": "m1",
        "context": {"consent": {"categoryPreferences": {"news": true}}}}]);
    house.send("site", visit).await.expect(200);
    let state = async |house: &House| {
        let told = house.get("privacy", "profiles/user_id/eve/permissions?scope=web").await.expect(200).json;
        let news = told["permissions"].as_array().unwrap().iter().find(|one| one["purpose"] == "news").cloned();
        (!told["profile_id"].is_null(), news.unwrap()["state"].clone())
    };
    assert_eq!(state(&house).await, (true, json!("given")));
    house.apply(CATALOG).await;
    house.settle().await;
    house.restart().await;
    assert!(state(&house).await.0, "she is found, though no source has that scope any more");
    let mut no = act_on("withdraw", "news");
    no["scope"] = json!("web");
    house.act("service", "user_id/eve", no).await.expect(200);
    assert_eq!(state(&house).await, (true, json!("withdrawn")));
    let eve = json!({"kind": "user_id", "value": "eve", "scope": "web"});
    house.ask("privacy", Method::POST, "restrictions", Some(json!({"identifier": eve}))).await.expect(200);
    // Who names another is told of those that are declared.
    let refused = house.get("privacy", "profiles/user_id/eve/permissions?scope=wep").await;
    let refused = refused.problem(422, "identity_scope_unknown").json;
    assert_eq!(refused["errors"][0]["existing"], json!(["default"]));
}

async fn where_every_source_has_a_scope_of_its_own_one_must_be_named(engine: Engine) {
    let everywhere =
        CATALOG.replace("\nbrand = \"shop\"\nchannel", "\nidentity_scope = \"shops\"\nbrand = \"shop\"\nchannel");
    let house = House::open(engine, &everywhere).await;
    let declared = house.app().current().policy.catalog.sources.iter().all(|source| source.identity_scope == "shops");
    assert!(declared, "a source of the catalogue has another scope");
    let refused = house.act("service", "user_id/ann", act_on("refuse", "news")).await;
    let refused = refused.problem(422, "identity_scope_unknown").json;
    assert_eq!(refused["errors"][0]["expected"], "one of shops");
    let mut no = act_on("refuse", "news");
    no["scope"] = json!("shops");
    house.act("service", "user_id/ann", no).await.expect(200);
}
