//! Every error is a problem (RFC 9457), in one shape, with the headers of every answer.

use crate::support::{CATALOG, Engine, House, api_key, canary, reply};
use reqwest::Method;

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
        (permit(json, format!("{{\"{secret}\": 1}}")).await, 422, "invalid_fields"),
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

#[tokio::test]
async fn the_type_of_a_problem_leads_to_its_words() {
    let house = House::empty(Engine::Embedded).await;
    let docs = reply(house.client().get(format!("{}/api/v1/docs", house.base))).await.expect(200);
    for code in ["profile-not-available", "consent-withdrawn"] {
        let led = reply(house.client().get(format!("{}/problems/{code}", house.base))).await;
        let anchor = code.replace('-', "_");
        // The client follows where it is led, or tells where to.
        let there = led.status == 200 || led.header("location") == format!("/api/v1/docs#{anchor}");
        assert!(there, "{}", led.status);
        assert!(docs.text.contains(&format!("id=\"{anchor}\"")));
    }
    reply(house.client().get(format!("{}/problems/no-such-thing", house.base))).await.problem(404, "not_found");
}
