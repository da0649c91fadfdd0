//! Roads that lead nowhere: every route with bytes that nobody would send, paths that climb, identifiers of others.

use super::Target;
use crate::support::{Server, api_key, canary, reply, write_key};
use amana::api::roles::ROUTES;
use rand::{Rng as _, SeedableRng as _};
use reqwest::Method;
use serde_json::{Value as Json, json};

async fn raw(server: &Server, head: &str) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut connection = tokio::net::TcpStream::connect(server.base.strip_prefix("http://").unwrap()).await.unwrap();
    connection.write_all(head.as_bytes()).await.unwrap();
    let mut heard = String::new();
    connection.read_to_string(&mut heard).await.unwrap();
    heard
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_refuses_what_it_cannot_read() {
    let target = Target::start("hostile-routes");
    let secret = canary();
    let mut dice = rand_chacha::ChaCha20Rng::seed_from_u64(11);
    let values = ["%00", "%ff%fe", "%2e%2e%2f", "'%20OR%20'1'%3d'1", "*", "%0d%0aSet-Cookie:%20a", secret.as_str()];
    for (round, value) in values.into_iter().enumerate() {
        for route in ROUTES {
            let mut path = route.path.to_owned();
            while let (Some(open), Some(close)) = (path.find('{'), path.find('}')) {
                path.replace_range(open..=close, value);
            }
            let mut body = vec![0; 64 << (round % 4)];
            dice.fill_bytes(&mut body);
            for role in ["admin", "privacy", "service"] {
                let url = format!(
                    "{}{path}?{}={value}",
                    target.server.base,
                    ["purpose", "limit", "after", "scope"][round % 4]
                );
                let method = Method::from_bytes(route.method.as_bytes()).unwrap();
                let request = target.server.client.request(method, url).bearer_auth(api_key(role));
                let request = if route.method == "GET" { request } else { request.body(body.clone()) };
                let answer =
                    reply(request.header("content-type", ["application/json", "application/toml"][round % 2])).await;
                let status = answer.status.as_u16();
                assert!(status < 500 || route.path == "/api/v1/ready", "{status} by {} {}", route.method, route.path);
                assert!(answer.headers.get("set-cookie").is_none());
                assert!(!answer.text.contains(&secret), "{} {} repeats what was sent", route.method, route.path);
            }
        }
    }
    target.is_well().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_path_that_climbs_leads_nowhere() {
    let target = Target::start("hostile-paths");
    for path in [
        "/assets/../../../etc/passwd",
        "/assets/..%2f..%2f..%2fetc%2fpasswd",
        "/assets/%2e%2e/%2e%2e/root.keys",
        "/assets//etc/passwd",
        "/api/v1/audiences/../catalog",
        "/api/v1/health/../catalog",
        "/api/v1/health%2f..%2fcatalog",
        "//api/v1/catalog",
        "/api/v1/CATALOG",
        "/api/v1/catalog/",
        "/v1/../api/v1/catalog",
        "/problems/..%2f..%2froot.keys",
    ] {
        let head = format!("GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        let heard = raw(&target.server, &head).await;
        let line = heard.lines().next().unwrap();
        assert!(["400", "401", "404"].iter().any(|status| line.contains(status)), "{path}: {line}");
        assert!(!heard.contains("root:") && !heard.contains("[[purposes]]"), "{path}");
    }
    target.is_well().await;
}

/// Somebody's identifier under another kind, scope or spelling is not theirs, and a key stays within its purposes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_found_by_what_is_not_theirs() {
    let target = Target::start("hostile-identities");
    let server = &target.server;
    let (email, name) = (format!("{}@people.example", canary()), canary());
    let body = json!({"batch": [{"type": "track", "event": "Order Completed", "userId": "a/b c", "messageId": "m1",
        "context": {"traits": {"email": email, "firstName": name}}}]});
    let request = server.client.post(format!("{}/v1/batch", server.base)).basic_auth(write_key("shop"), None::<&str>);
    reply(request.body(body.to_string())).await.expect(200);
    server.settle().await;
    let get = async |role: &str, path: &str| -> (u16, Json) {
        let (status, json) = server.get(role, path).await;
        (status.as_u16(), json)
    };
    let (status, found) = get("service", "profiles/user_id/a%2Fb%20c?purpose=orders").await;
    assert_eq!(status, 200);
    assert!(found["traits"]["firstName"] == name.as_str());
    for (path, status, code) in [
        ("profiles/user_id/a%2Fb?purpose=orders", 404, "profile_not_available"),
        ("profiles/anonymous_id/a%2Fb%20c?purpose=orders", 404, "profile_not_available"),
        ("profiles/user_id/a%2Fb%20c?purpose=orders&scope=other", 422, "identity_scope_unknown"),
        ("profiles/user_id/A%2FB%20C?purpose=orders", 404, "profile_not_available"),
        ("profiles/email/a%2Fb%20c?purpose=orders", 422, "identifier_unusable"),
        ("profiles/user_id/%00?purpose=orders", 422, "identifier_unusable"),
        ("profiles/user_id/%ff?purpose=orders", 400, "bad_path"),
        ("profiles/passport/1?purpose=orders", 422, "identifier_kind_unknown"),
        ("profiles/user_id/a%2Fb%20c?purpose=news", 403, "purpose_not_for_key"),
        ("profiles/user_id/a%2Fb%20c?purpose=orders&purpose=news", 400, "bad_query"),
        ("profiles/user_id/a%2Fb%20c?purpose=orders&all=true", 400, "bad_query"),
        ("profiles/user_id/a%2Fb%20c?purpose=", 400, "bad_query"),
    ] {
        let (found, json) = get("service", path).await;
        assert_eq!((found, json["code"].as_str().unwrap_or_default()), (status, code), "{path}");
        assert!(!json.to_string().contains(&name), "{path}");
    }
    for (role, path) in [("admin", "profiles/user_id/x?purpose=orders"), ("analyst", "destinations/mailer/deliveries")]
    {
        assert_eq!(get(role, path).await.0, 403, "{role}");
    }
    // Two keys in one request are none.
    let two = format!(
        "GET /api/v1/catalog HTTP/1.1\r\nHost: h\r\nConnection: close\r\nAuthorization: Bearer x\r\nAuthorization: Bearer {}\r\n\r\n",
        api_key("admin"),
    );
    assert!(raw(server, &two).await.starts_with("HTTP/1.1 401"));
    target.is_well().await;
}
