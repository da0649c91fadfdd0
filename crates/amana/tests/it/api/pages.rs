//! Pages and what operators ask: read without a key, without scripts, without anything of anybody.

use crate::support::{CATALOG, Engine, House, canary, reply};
use serde_json::json;

#[tokio::test]
async fn pages_load_nothing_from_elsewhere_and_run_nothing() {
    let house = House::open(Engine::Embedded, CATALOG).await;
    for path in ["/", "/api/v1/docs"] {
        let page = reply(house.client().get(format!("{}{path}", house.base))).await.expect(200);
        assert!(page.header("content-type").starts_with("text/html"));
        assert!(page.header("content-security-policy").contains("default-src 'none'"));
        assert!(page.text.contains("lang=\"en\" dir=\"ltr\""));
        for forbidden in ["<script", "style=\"", "onclick", "src=\"http", "href=\"http", "//cdn"] {
            assert!(!page.text.contains(forbidden), "{path} has {forbidden}");
        }
        for link in page.text.split("href=\"#").skip(1) {
            let anchor = link.split('"').next().unwrap();
            assert!(page.text.contains(&format!("id=\"{anchor}\"")), "{path} leads to {anchor}, which is not there");
        }
    }
    for (file, content_type) in [("amana.css", "text/css"), ("amana.svg", "image/svg+xml")] {
        let asset = reply(house.client().get(format!("{}/assets/{file}", house.base))).await.expect(200);
        assert!(asset.header("content-type").starts_with(content_type));
    }
}

#[tokio::test]
async fn the_home_page_counts_and_names_nobody() {
    let house = House::open(Engine::Embedded, CATALOG).await;
    let email = format!("{}@people.example", canary());
    let order = json!([{"type": "track", "event": "Order Completed", "userId": email, "messageId": "m1",
        "context": {"traits": {"email": email}}}]);
    house.send("shop", order).await.expect(200);
    let page = reply(house.client().get(&house.base)).await.expect(200);
    assert!(page.text.contains("A Shop") && page.text.contains("Ready"));
    assert!(!page.text.contains(&email));
    assert!(page.text.contains(&house.base), "its examples work where it was found");
    let empty = House::empty(Engine::Embedded).await;
    let page = reply(empty.client().get(&empty.base)).await.expect(200);
    assert!(page.text.contains("Not ready yet") && page.text.contains("amana apply"));
}

#[tokio::test]
async fn metrics_count_routes_and_reads_and_no_people() {
    amana::api::metrics::install();
    let house = House::open(Engine::Embedded, CATALOG).await;
    let person = canary();
    let order = json!([{"type": "track", "event": "Order Completed", "userId": person, "messageId": "m1"}]);
    house.send("shop", order).await.expect(200);
    house.profile(&format!("user_id/{person}"), "orders").await.expect(200);
    house.profile(&format!("user_id/{person}"), &person).await.problem(403, "purpose_unknown");
    let metrics = house.get("admin", "metrics").await.expect(200);
    assert!(metrics.header("content-type").starts_with("text/plain"));
    for line in [
        "amana_events_received_total 1",
        "amana_journal_backlog_records 0",
        "amana_catalog_version 1",
        "amana_pipeline_stage_nanoseconds_total{stage=\"fold\"}",
        "route=\"/api/v1/profiles/{kind}/{value}\"",
        "amana_profile_reads_total{key=\"privacy\",role=\"privacy\",purpose=\"orders\",outcome=\"shown\"}",
        "purpose=\"*\"",
    ] {
        assert!(metrics.text.contains(line), "{line} is not in\n{}", metrics.text);
    }
    assert!(!metrics.text.contains(&person));
}

#[tokio::test]
async fn the_committed_description_is_the_one_that_is_served() {
    let house = House::empty(Engine::Embedded).await;
    let served = reply(house.client().get(format!("{}/api/v1/openapi.json", house.base))).await.expect(200);
    assert_eq!(served.text, amana::api::openapi_json());
    let paths = served.json["paths"].as_object().unwrap();
    assert!(paths["/api/v1/profiles/{kind}/{value}"]["get"]["x-roles"] == json!(["privacy", "service"]));
}
