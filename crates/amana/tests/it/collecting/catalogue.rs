//! The catalogue through the API: planned, applied all or nothing against a named version, and what nobody declares
//! counted.

use crate::support::{CATALOG, Engine, House, Reply, api_key, canary, on_both_engines, reply};
use reqwest::Method;
use serde_json::json;

on_both_engines!(a_catalogue_is_planned_and_applied_against_the_version_it_was_planned_for);

async fn put(house: &House, text: &str, base: Option<&str>) -> Reply {
    let request = house.client().put(format!("{}/api/v1/catalog", house.base)).bearer_auth(api_key("admin"));
    let request = request.header("content-type", "application/toml").body(house.filled(text));
    reply(match base {
        Some(base) => request.header("if-match", base),
        None => request,
    })
    .await
}

async fn a_catalogue_is_planned_and_applied_against_the_version_it_was_planned_for(engine: Engine) {
    let mut house = House::open(engine, CATALOG).await;
    let renamed = CATALOG.replacen("name = \"Buyers\"", "name = \"All buyers\"", 1);
    let plan = house.client().post(format!("{}/api/v1/catalog/plan", house.base)).bearer_auth(api_key("admin"));
    let plan = plan.header("content-type", "application/toml").body(house.filled(&renamed));
    let planned = reply(plan).await.expect(200);
    assert_eq!(planned.json["base"], 1);
    assert!(planned.json["summary"].as_str().unwrap().contains("audiences.buyers"), "{}", planned.json["summary"]);
    let before = house.get("admin", "catalog").await.expect(200);
    assert_eq!(before.header("etag"), "\"1\"", "planning changes nothing");

    put(&house, &renamed, None).await.problem(428, "base_needed");
    let applied = put(&house, &renamed, Some("\"1\"")).await.expect(200);
    assert_eq!((&applied.json["version"], applied.header("etag")), (&json!(2), "\"2\""));
    put(&house, CATALOG, Some("\"1\"")).await.problem(412, "catalog_outdated");

    // What is exported is equivalent: applied again it changes nothing, and it outlives a restart.
    house.restart().await;
    let exported = house.get("admin", "catalog").await.expect(200);
    assert_eq!(exported.header("etag"), "\"2\"");
    assert!(exported.text.contains("All buyers"));
    let again = put(&house, &exported.text, Some("\"2\"")).await.expect(200);
    assert_eq!(again.json["version"], 2);
    for role in ["privacy", "marketing", "analyst", "service"] {
        house.get(role, "catalog").await.problem(403, "role_not_allowed");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_field_is_set_aside_until_it_is_declared_and_kept_from_then_on() {
    let house = House::open(Engine::Embedded, CATALOG).await;
    let value = canary();
    let identify = |id: &str| {
        json!([{"type": "track", "event": "Order Completed", "userId": "u1", "messageId": id,
            "context": {"traits": {"shoe_size": value}}}])
    };
    house.send("shop", identify("m1")).await.expect(200);
    house.send("shop", identify("m2")).await.expect(200);
    let page = house.get("privacy", "quarantine?source=shop").await.expect(200);
    let row = &page.json["fields"][0];
    assert_eq!(
        (&row["field"], &row["reason"], &row["count"]),
        (&json!("traits.shoe_size"), &json!("undeclared"), &json!(2))
    );
    assert!(!page.text.contains(&value));
    assert_eq!(house.get("privacy", "quarantine?source=site").await.expect(200).json["fields"], json!([]));

    let declared =
        format!("{CATALOG}\n[[traits]]\nname = \"shoe_size\"\ntype = \"text\"\ncategory = \"commerce.order\"\n");
    put(&house, &declared, Some("\"1\"")).await.expect(200);
    let profile = house.profile("user_id/u1", "orders").await.expect(200);
    assert!(profile.json["traits"].get("shoe_size").is_none(), "what was set aside is not there to be kept later");
    house.send("shop", identify("m3")).await.expect(200);
    let profile = house.profile("user_id/u1", "orders").await.expect(200);
    assert!(profile.json["traits"]["shoe_size"] == value.as_str());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_audience_is_saved_counted_and_refused_with_place_and_columns() {
    let house = House::open(Engine::Embedded, CATALOG).await;
    let put = |code: &str, body| {
        let path = format!("audiences/{code}");
        let house = &house;
        async move { house.ask("marketing", Method::PUT, &path, Some(body)).await }
    };
    let saved =
        put("german", json!({"name": "In Germany", "purpose": "orders", "where": "\"address.country\" = 'DE'"})).await;
    saved.expect(201);
    let wrong = put("wrong", json!({"name": "Wrong", "purpose": "orders", "where": "order >= 2"})).await;
    let wrong = wrong.problem(422, "predicate_invalid");
    let error = &wrong.json["errors"][0];
    assert_eq!((&error["line"], &error["column"], &error["code"]), (&json!(1), &json!(1), &json!("unknown_column")));
    assert_eq!(error["existing"][0], "orders", "the closest name comes first");
    let hidden = put("hidden", json!({"name": "Hidden", "purpose": "orders", "where": "views > 1"})).await;
    let hidden = hidden.problem(422, "predicate_invalid");
    assert_eq!(hidden.json["errors"][0]["category"], "behaviour.browsing");
    house.get("marketing", "audiences/wrong").await.problem(404, "audience_unknown");
}
