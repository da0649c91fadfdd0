//! Every error is a problem (RFC 9457), in one shape, with the headers of every answer.

use crate::support::{CATALOG, Engine, House, api_key, canary, reply, write_key};
use amana::api::roles::{Access, ROUTES};
use reqwest::Method;
use serde_json::{Value as Json, json};

#[tokio::test]
async fn every_error_has_one_shape() {
    let house = House::open(Engine::Embedded, CATALOG).await;
    let secret = canary();
    let permit = |content_type: &'static str, body: String| {
        let url = format!("{}/api/v1/permit", house.base);
        let request = house.client().post(url).bearer_auth(api_key("privacy"));
        reply(request.header("content-type", content_type).body(body))
    };
    let json = "application/json";
    let answers = [
        (house.get("admin", &format!("nowhere/{secret}")).await, 404, "not_found"),
        (house.ask("admin", Method::DELETE, "catalog", None).await, 405, "method_not_allowed"),
        (permit(json, "{".into()).await, 400, "bad_json"),
        (permit(json, "[]".into()).await, 400, "bad_json"),
        (permit(json, format!("{{\"{secret}@people.example\": 1}}")).await, 422, "invalid_fields"),
        (permit(json, format!("{{\"use\": \"{secret}\", \"purpose\": [\"{secret}\"]}}")).await, 422, "invalid_fields"),
        (permit("text/html", "{}".into()).await, 415, "content_type"),
        (permit(json, format!("\"{}\"", "x".repeat(1_000_000))).await, 413, "body_too_large"),
        (
            house.get("privacy", &format!("profiles/user_id/{secret}?purpose=orders&limit={secret}")).await,
            400,
            "bad_query",
        ),
        (house.get("marketing", "audiences/buyers/members?limit=1001").await, 400, "bad_query"),
        (house.get("privacy", &format!("profiles/user_id/{}?purpose=orders", "x".repeat(600))).await, 400, "bad_path"),
        (house.get("privacy", &format!("profiles/{secret}/1?purpose=orders")).await, 422, "identifier_kind_unknown"),
    ];
    for (answer, status, code) in answers {
        let answer = answer.problem(status, code);
        assert!(answer.header("content-type").starts_with("application/problem+json"), "{code}");
        assert_eq!(answer.json["status"], status);
        assert_eq!(answer.json["type"], format!("/problems/{}", code.replace('_', "-")));
        assert_eq!(answer.json["message"], answer.json["detail"]);
        assert!(!answer.json["title"].as_str().unwrap().is_empty());
        assert!(!answer.text.contains(&secret), "{code} repeats what was sent");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"));
    }
}

/// A path that leads to nothing in particular.
fn filled(path: &str) -> String {
    path.replace("{kind}", "user_id").replace("{value}", "nobody").replace("{code}", "nothing")
}

#[tokio::test]
async fn a_parameter_that_no_route_reads_is_refused_by_name() {
    let house = House::open(Engine::Embedded, CATALOG).await;
    for route in ROUTES {
        let Access::Roles([role, ..]) = route.access else { continue };
        let url = format!("{}{}?purpose=orders&lmit=1", house.base, filled(route.path));
        let method = Method::from_bytes(route.method.as_bytes()).unwrap();
        let role = serde_json::to_value(role).unwrap();
        let request = house.client().request(method, url).bearer_auth(api_key(role.as_str().unwrap()));
        let answer = reply(request).await.problem(400, "bad_query");
        let named = answer.json["errors"].as_array().unwrap().iter().find(|error| error["field"] == "lmit");
        let error = named.unwrap_or_else(|| panic!("{} {}: {}", route.method, route.path, answer.text));
        assert_eq!(error["code"], "unknown_field");
        assert!(!error["expected"].as_str().unwrap().is_empty());
    }
    let page = house.get("marketing", "audiences/buyers/members?lmit=1").await.problem(400, "bad_query");
    let error = &page.json["errors"][0];
    assert!(error["message"].as_str().unwrap().contains("did you mean `limit`?"), "{error}");
    assert_eq!((&error["expected"], &error["existing"][0]), (&json!("one of limit, after"), &json!("limit")));
    assert!(page.json["detail"].as_str().unwrap().starts_with("lmit: "));
}

#[tokio::test]
async fn a_field_that_no_route_reads_is_refused_by_name() {
    let house = House::open(Engine::Embedded, CATALOG).await;
    let put = |role: &'static str, path: &'static str, body: Json| house.ask(role, Method::PUT, path, Some(body));
    let audience = json!({"name": "X", "purpose": "orders", "where": "orders > 1", "destination": ["mailer"]});
    let destination = json!({"name": "X", "webhook": {"url": "https://x.example/", "alow_networks": []}});
    let act = json!({"act": "object", "purpose": "orders", "languge": "en"});
    let question = json!({"purpose": "orders", "use": "profile", "categorys": []});
    for (answer, field, meant) in [
        (put("marketing", "audiences/x", audience).await, "destination", "destinations"),
        (put("admin", "destinations/x", destination).await, "webhook.alow_networks", "allow_networks"),
        (put("privacy", "profiles/user_id/ann/permissions", act).await, "languge", "language"),
        (house.ask("privacy", Method::POST, "permit", Some(question)).await, "categorys", "categories"),
    ] {
        let answer = answer.problem(422, "invalid_fields");
        let error = &answer.json["errors"][0];
        assert_eq!((&error["field"], &error["code"]), (&json!(field), &json!("unknown_field")));
        assert!(error["message"].as_str().unwrap().contains(&format!("did you mean `{meant}`?")), "{error}");
        assert_eq!(error["existing"][0], meant);
    }
}

#[tokio::test]
async fn the_type_of_every_problem_leads_to_its_words() {
    let house = House::empty(Engine::Embedded).await;
    let docs = reply(house.client().get(format!("{}/api/v1/docs", house.base))).await.expect(200);
    let description = reply(house.client().get(format!("{}/api/v1/openapi.json", house.base))).await.expect(200).json;
    let rows =
        ["x-problems", "x-collect-problems", "x-reasons"].map(|key| description[key].as_array().unwrap().clone());
    let codes: Vec<Json> = rows.into_iter().flatten().map(|row| row["code"].clone()).collect();
    assert!(codes.len() > 80 && codes.contains(&json!("duplicate_key")) && codes.contains(&json!("consent_withdrawn")));
    for code in codes.iter().map(|code| code.as_str().unwrap()) {
        let url = format!("{}/problems/{}", house.base, code.replace('_', "-"));
        let page = reply(house.client().get(&url).header("accept", "text/html")).await.expect(200);
        assert!(page.header("content-type").starts_with("text/html") && page.text.contains(code), "{code}");
        let kind = reply(house.client().get(&url).header("accept", "application/json")).await.expect(200).json;
        assert_eq!((&kind["code"], &kind["type"]), (&json!(code), &json!(url.trim_start_matches(&house.base))));
        for meaning in kind["meanings"].as_array().unwrap() {
            let (_, anchor) = meaning["reference"].as_str().unwrap().split_once('#').unwrap();
            assert!(docs.text.contains(&format!("id=\"{anchor}\"")), "{anchor}");
            assert!(!meaning["words"].as_str().unwrap().is_empty());
        }
    }
    reply(house.client().get(format!("{}/problems/no-such-thing", house.base))).await.problem(404, "not_found");
}

#[tokio::test]
async fn another_method_at_the_collect_door_is_a_problem_with_the_ones_it_knows() {
    let house = House::open(Engine::Embedded, CATALOG).await;
    for (method, path, allow) in [
        (Method::GET, "/v1/track", "POST"),
        (Method::PUT, "/b", "POST"),
        (Method::DELETE, "/v1/t", "POST"),
        (Method::POST, "/sourceConfig", "GET"),
        (Method::POST, "/v1/projects/any/settings", "GET"),
    ] {
        let answer = reply(house.client().request(method, format!("{}{path}", house.base))).await;
        let answer = answer.problem(405, "method_not_allowed");
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert_eq!(answer.json["type"], "/problems/method-not-allowed");
        assert!(answer.header("allow").split(", ").any(|known| known == allow), "{path}: {}", answer.header("allow"));
    }
    for (method, path) in
        [(Method::GET, "/v1/buy"), (Method::POST, "/v1/buy"), (Method::POST, "/v1/a/b/c"), (Method::GET, "/v2/track")]
    {
        let answer =
            reply(house.client().request(method, format!("{}{path}", house.base))).await.problem(404, "not_found");
        assert_eq!(answer.header("content-type"), "application/problem+json", "{path}");
    }
    let two_words = house.client().post(format!("{}/v1/track", house.base)).body("{");
    let answer = reply(two_words.basic_auth(write_key("shop"), None::<&str>)).await.problem(400, "bad_json");
    assert_eq!(answer.json["type"], "/problems/bad-json", "written as the API writes it");
}

/// A field is named as it was sent, and an instant that cannot be is told which can.
#[tokio::test]
async fn what_is_refused_has_the_name_it_was_sent_under() {
    let house = House::open(Engine::Embedded, CATALOG).await;
    let field = |answer: &Json| answer["errors"][0]["field"].clone();
    for (query, name) in [
        ("known_at=2026-04-01T00:00:00Z", "known_at"),
        ("as_of=2026-04-01T00:00:00Z", "as_of"),
        ("as_of=2026-02-01T00:00:00Z&known_at=2026-04-01T00:00:00Z", "known_at"),
        ("as_of=1900-01-01T00:00:00Z", "as_of"),
        ("known_at=9999-12-31T23:59:59Z", "known_at"),
    ] {
        let answer = house.get("privacy", &format!("profiles/user_id/ann/permissions?{query}")).await;
        let answer = answer.problem(400, "bad_query").json;
        assert_eq!(field(&answer), name, "{query}: {answer}");
        let expected = answer["errors"][0]["expected"].as_str().unwrap();
        let is_unread = query.contains("1900") || query.contains("9999");
        assert_eq!(expected.contains("from 1970-01-01 to 9999-12-30"), is_unread, "{query}: {answer}");
    }
    let grant = json!({"act": "grant", "purpose": "news"});
    house.ask("privacy", Method::PUT, "profiles/user_id/ann/permissions", Some(grant)).await.expect(200);
    let named = |value: &str| json!({"kind": "user_id", "value": value});
    let body = |others: &str, value: &str| json!({"person": named("ann"), others: [named(value)], "note": "Because."});
    for (what, others, value) in [("join", "with", "nobody"), ("join", "with", "ann"), ("split", "part", "nobody")] {
        let answer = house.ask("privacy", Method::POST, &format!("identity/{what}"), Some(body(others, value))).await;
        let answer = answer.problem(422, "identity_impossible").json;
        assert_eq!(field(&answer), format!("{others}[0]"), "{what}: {answer}");
        assert!(answer["detail"].as_str().unwrap().starts_with(&format!("{others}[0]: ")), "{answer}");
    }
}
