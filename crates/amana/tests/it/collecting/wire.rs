//! The wire: paths, content types, encodings, browsers' questions and refusals (`reference/wire.md`, Tracking API).

use crate::support::{CATALOG, Engine, House, br, gzip, reply, write_key, zlib, zstd};
use base64::Engine as _;
use reqwest::Method;
use serde_json::json;

fn order(id: &str) -> String {
    json!({"type": "track", "event": "Order Completed", "userId": "u1", "messageId": id, "properties": {"order_id": id}})
        .to_string()
}

async fn orders(house: &House) -> u64 {
    house.settle().await;
    house.profile("user_id/u1", "orders").await.expect(200).json["metrics"]["orders"].as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_call_is_taken_by_its_long_and_its_short_path() {
    let house = House::open(Engine::Embedded, CATALOG).await;
    for (call, body) in [
        ("identify", json!({"userId": "u1", "traits": {"firstName": "Ann"}})),
        ("track", json!({"userId": "u1", "event": "Order Completed"})),
        ("page", json!({"anonymousId": "a1", "name": "Home"})),
        ("screen", json!({"anonymousId": "a1", "name": "Home"})),
        ("group", json!({"userId": "u1", "groupId": "g1", "traits": {"name": "Club"}})),
        ("alias", json!({"userId": "u1", "previousId": "a1"})),
        ("batch", json!({"batch": [{"type": "page", "anonymousId": "a1"}]})),
    ] {
        for path in [call, &call[..1]] {
            let answer = house.call("shop", path, body.clone()).await.expect(200);
            assert_eq!(answer.json, json!({"success": true, "accepted": 1}), "{path}");
        }
    }
    let batch = json!({"batch": [{"type": "page", "anonymousId": "a1"}]}).to_string();
    for path in ["/b", "/v1/import"] {
        reply(house.collect("shop", path).body(batch.clone())).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_key_comes_in_the_header_with_or_without_colon_or_in_the_body() {
    let house = House::open(Engine::Embedded, CATALOG).await;
    let track = format!("{}/v1/track", house.base);
    let encode = |text: String| format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(text));
    for header in [encode(write_key("shop")), encode(format!("{}:", write_key("shop")))] {
        let request = house.client().post(&track).header("authorization", header).body(order("o1"));
        reply(request).await.expect(200);
    }
    let body = json!({"event": "Order Completed", "userId": "u1", "messageId": "o2", "writeKey": write_key("shop")});
    reply(house.client().post(&track).body(body.to_string())).await.expect(200);
    assert_eq!(orders(&house).await, 2);
    // A key in an address ends up in logs, so none is looked for there.
    let request = house.client().post(format!("{track}?writeKey={}", write_key("shop"))).body(order("o3"));
    reply(request).await.problem(401, "unauthorized");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn json_is_taken_under_every_content_type_and_encoding_that_sdks_use() {
    let house = House::open(Engine::Embedded, CATALOG).await;
    let form = "application/x-www-form-urlencoded";
    let base64 = |text: &str| base64::engine::general_purpose::URL_SAFE.encode(text);
    let requests: Vec<(&str, Option<&str>, Vec<u8>)> = vec![
        ("application/json; charset=utf-8", None, order("o1").into_bytes()),
        ("text/plain", None, order("o2").into_bytes()),
        (form, None, format!("data={}", base64(&order("o3"))).into_bytes()),
        ("application/json", Some("gzip"), gzip(order("o4").as_bytes())),
        ("application/json", Some("deflate"), zlib(order("o5").as_bytes())),
        ("application/json", Some("br"), br(order("o6").as_bytes())),
        ("application/json", Some("zstd"), zstd(order("o7").as_bytes())),
        // rudder-sdk-node: gzip under a form's content type, sometimes without the header.
        (form, Some("gzip"), gzip(order("o8").as_bytes())),
        (form, None, gzip(order("o9").as_bytes())),
    ];
    let sent = requests.len() as u64;
    for (content_type, encoding, body) in requests {
        let request = house.collect("shop", "/v1/track").header("content-type", content_type).body(body);
        let request = match encoding {
            Some(encoding) => request.header("content-encoding", encoding),
            None => request,
        };
        reply(request).await.expect(200);
    }
    assert_eq!(orders(&house).await, sent);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn browsers_may_send_from_any_page_and_without_credentials() {
    let house = House::open(Engine::Embedded, CATALOG).await;
    for path in ["/v1/t", "/v1/batch", "/b", "/v1/projects/any/settings", "/sourceConfig/"] {
        let asked = house.client().request(Method::OPTIONS, format!("{}{path}", house.base));
        let asked = asked.header("origin", "https://shop.example").header("access-control-request-method", "POST");
        let asked = asked.header("access-control-request-headers", "authorization,content-type,anonymousid,rsa-dev");
        let answer = reply(asked).await.expect(204);
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
        let allowed = answer.header("access-control-allow-headers").to_lowercase();
        for name in ["authorization", "content-type", "anonymousid", "rsa-dev"] {
            assert!(allowed.split(", ").any(|header| header == name), "{path}: {name}");
        }
        assert!(answer.header("access-control-allow-credentials").is_empty());
    }
    let sent =
        house.collect("site", "/v1/p").header("origin", "https://shop.example").header("content-type", "text/plain");
    let answer = reply(sent.body(json!({"anonymousId": "a1"}).to_string())).await.expect(200);
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert!(answer.header("set-cookie").is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn browser_sdks_read_settings_of_public_sources_only() {
    let house = House::open(Engine::Embedded, CATALOG).await;
    let get = |path: String| reply(house.client().get(format!("{}{path}", house.base)));
    let settings = get(format!("/v1/projects/{}/settings", write_key("site"))).await.expect(200);
    assert_eq!(settings.json["integrations"]["Segment.io"]["apiKey"], write_key("site"));
    assert_eq!(settings.json["consentSettings"]["allCategories"], json!(["news", "offers"]));
    assert_eq!(settings.header("access-control-allow-origin"), "*");
    for other in [write_key("shop"), "nobody".to_owned()] {
        get(format!("/v1/projects/{other}/settings")).await.problem(404, "not_found");
    }
    let rudder = |source: &str| {
        reply(house.client().get(format!("{}/sourceConfig/", house.base)).basic_auth(write_key(source), None::<&str>))
    };
    let config = rudder("site").await.expect(200);
    assert_eq!((&config.json["source"]["id"], &config.json["source"]["enabled"]), (&json!("site"), &json!(true)));
    assert_eq!(config.json["source"]["destinations"], json!([]), "nobody else is loaded into the page");
    rudder("shop").await.problem(404, "not_found");
    get("/sourceConfig/".into()).await.problem(401, "unauthorized");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_of_a_batch_is_told_and_the_rest_is_kept() {
    let house = House::open(Engine::Embedded, CATALOG).await;
    let answer = house
        .send(
            "shop",
            json!([
                {"type": "track", "event": "Order Completed", "userId": "u1", "messageId": "m1"},
                {"type": "track", "userId": "u1", "messageId": "m2"},
                {"type": "identify", "messageId": "m3"},
                {"type": "buy", "userId": "u1", "messageId": "m4"},
                "nothing",
                {"type": "track", "event": "Order Completed", "userId": "u1", "messageId": "m5", "timestamp": "soon"},
                {"type": "track", "event": "x".repeat(33_000), "userId": "u1", "messageId": "m6"},
            ]),
        )
        .await
        .expect(200);
    assert_eq!(answer.json["accepted"], 1);
    let told: Vec<_> =
        answer.json["refused"].as_array().unwrap().iter().map(|one| (&one["index"], &one["code"])).collect();
    let expected = [
        (1, "missing_field"),
        (2, "missing_field"),
        (3, "unknown_type"),
        (4, "not_an_object"),
        (5, "bad_time"),
        (6, "event_too_large"),
    ];
    assert_eq!(told.len(), expected.len());
    for ((index, code), (at, expected)) in told.into_iter().zip(expected) {
        assert_eq!((index, code), (&json!(at), &json!(expected)));
    }
    assert_eq!(answer.json["refused"][0]["messageId"], "m2");
    assert_eq!(orders(&house).await, 1);
    let all = house.send("shop", json!([{"type": "track", "userId": "u1"}])).await.problem(400, "all_refused");
    assert_eq!(all.json["refused"][0]["code"], "missing_field");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_kind_of_refusal_has_its_status_and_a_clear_text() {
    let house = House::open(Engine::Embedded, CATALOG).await;
    let json_type = |path: &str| house.collect("shop", path).header("content-type", "application/json");
    let many: Vec<_> = (0..2_501).map(|_| json!({"type": "page", "userId": "u"})).collect();
    let deep = format!("{}{}", "{\"a\":".repeat(70), "1".to_owned() + &"}".repeat(70));
    let no_key = house.client().post(format!("{}/v1/track", house.base)).body(order("o1"));
    for (request, status, code) in [
        (no_key, 401, "unauthorized"),
        (json_type("/v1/track").body("{"), 400, "bad_json"),
        (json_type("/v1/track").body(""), 400, "bad_json"),
        (json_type("/v1/track").body("[]"), 400, "not_an_object"),
        (json_type("/v1/track").body("{\"a\":1,\"a\":2}"), 400, "duplicate_key"),
        (json_type("/v1/track").body(&b"{\"a\":\"\xff\"}"[..]), 400, "not_utf8"),
        (json_type("/v1/track").body(deep), 400, "too_deep"),
        (json_type("/v1/track").header("content-encoding", "gzip").body("{}"), 400, "bad_compression"),
        (json_type("/v1/identify").body(order("o1")), 400, "type_mismatch"),
        (json_type("/v1/batch").body("{}"), 400, "missing_field"),
        (json_type("/v1/batch").body(json!({"batch": many}).to_string()), 413, "too_large"),
        (json_type("/v1/batch").body("x".repeat(600_000)), 413, "too_large"),
        (json_type("/v1/buy").body(order("o1")), 404, "not_found"),
        (json_type("/v1/track").header("content-encoding", "lzma").body(order("o1")), 415, "unsupported_encoding"),
        (house.collect("shop", "/v1/track").header("content-type", "text/html").body("x"), 415, "unsupported_encoding"),
    ] {
        let answer = reply(request).await.problem(status, code);
        assert_eq!(answer.header("content-type"), "application/problem+json", "{code}");
        assert!(!answer.json["detail"].as_str().unwrap().is_empty(), "{code}");
    }
    let get = house.client().get(format!("{}/v1/track", house.base));
    assert_eq!(reply(get).await.status.as_u16(), 405);
    house.settle().await;
    assert!(!house.is_known("user_id/u1").await, "nothing of it was kept");
}
