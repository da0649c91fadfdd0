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

/// The figure of an element of a page.
fn figure(page: &str, id: &str) -> u64 {
    let (_, after) = page.split_once(&format!("id=\"{id}\">")).unwrap_or_else(|| panic!("no figure {id}"));
    let digits: String = after.split('<').next().unwrap().chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}

#[tokio::test]
async fn what_was_received_is_the_sum_of_what_became_of_it() {
    let house = House::open(Engine::Embedded, CATALOG).await;
    let order = json!({"type": "track", "event": "Order Completed", "userId": "ann", "messageId": "m1"});
    let nobody = json!({"type": "track", "event": "Order Completed", "userId": "null", "messageId": "m2"});
    let refusal = json!({"type": "page", "anonymousId": "a1", "messageId": "m3"});
    house.send("shop", json!([order, order, nobody, refusal])).await.expect(200);
    let bot = house.collect("site", "/v1/page").header("user-agent", "Googlebot/2.1 (+http://www.google.com/bot.html)");
    reply(bot.body(json!({"anonymousId": "a2"}).to_string())).await.expect(200);
    house.settle().await;
    let page = reply(house.client().get(&house.base)).await.expect(200).text;
    let of = |id| figure(&page, id);
    assert_eq!(of("received"), 5, "each one is counted, whatever became of it");
    assert_eq!(of("received"), of("kept") + of("decision-only") + of("not-kept") + of("waiting"));
    assert!(of("kept") >= 1 && of("not-kept") >= 2);
}

#[tokio::test]
async fn the_examples_of_the_home_page_work_as_they_stand() {
    let two_brands = CATALOG
        .replacen("[[purposes]]", "[[brands]]\ncode = \"other\"\nname = \"Other\"\n\n[[purposes]]", 1)
        .replacen("code = \"news\"\nbasis", "code = \"news\"\nbrands = [\"shop\", \"other\"]\nbasis", 1)
        .replacen("purpose = \"news\"\n", "purpose = \"news\"\nbrand = \"shop\"\n", 1)
        .replacen("code = \"orders\"\nbasis", "code = \"orders\"\nbrands = [\"shop\"]\nbasis", 1);
    let house = House::open(Engine::Embedded, &two_brands).await;
    let page = reply(house.client().get(&house.base)).await.expect(200).text;
    let plain = page.replace("&quot;", "\"").replace("&#34;", "\"").replace("&amp;", "&").replace("&#38;", "&");
    let bodies: Vec<&str> = plain.split("-d '").skip(1).map(|rest| rest.split('\'').next().unwrap()).collect();
    let [event, question] = bodies.as_slice() else { panic!("two lines send something: {bodies:?}") };
    reply(house.collect("shop", "/v1/track").body((*event).to_owned())).await.expect(200);
    house.settle().await;
    let answer = house.permit(serde_json::from_str(question).unwrap()).await;
    assert_eq!(answer["reason"], "consent_unknown", "the line names the brand that is needed");
    let read = plain.split("/api/v1/profiles/").nth(1).unwrap().split('"').next().unwrap();
    let profile = house.get("privacy", &format!("profiles/{read}")).await.expect(200).json;
    assert_eq!(profile["metrics"]["orders"], 1);
}

#[tokio::test]
async fn every_metric_says_what_it_counts() {
    amana::api::metrics::install();
    let house = House::open(Engine::Embedded, CATALOG).await;
    house.get("privacy", "profiles/user_id/ann?purpose=orders").await.problem(404, "profile_not_available");
    reply(house.client().post(format!("{}/v1/track", house.base))).await.problem(400, "bad_json");
    let order = |number: u32| json!({"type": "track", "event": "Order Completed", "userId": "u1", "messageId": format!("m{number}")});
    house.send("shop", json!([order(1), order(2)])).await.expect(200);
    house.delivered("mailer").await;
    let metrics = house.get("admin", "metrics").await.expect(200).text;
    for told in ["amana_deliveries_total", "amana_http_requests_total", "amana_collect_refused_total"] {
        assert!(metrics.contains(&format!("# HELP {told} ")), "{told}\n{metrics}");
    }
    for line in metrics.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let name = line.split(' ').next().unwrap();
        assert!(metrics.contains(&format!("# HELP {name} ")), "{name} has no help");
    }
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
