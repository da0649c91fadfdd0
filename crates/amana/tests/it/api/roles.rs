//! Least privilege: every route with every role, as the one table says.

use crate::support::{CATALOG, Engine, House, api_key, reply};
use amana::api::roles::{Access, ROLES, ROUTES};
use amana_core::catalog::Role;
use reqwest::Method;

/// A path that leads to nothing in particular.
fn filled(path: &str) -> String {
    path.replace("{kind}", "user_id")
        .replace("{value}", "nobody")
        .replace("{code}", "nothing")
        .replace("{file}", "amana.css")
}

fn name(role: Role) -> String {
    serde_json::to_value(role).unwrap().as_str().unwrap().to_owned()
}

#[tokio::test]
async fn every_route_is_taken_by_its_roles_and_by_no_other() {
    let house = House::open(Engine::Embedded, CATALOG).await;
    for route in ROUTES {
        let url = format!("{}{}", house.base, filled(route.path));
        let method = Method::from_bytes(route.method.as_bytes()).unwrap();
        let ask = || house.client().request(method.clone(), &url);
        let named = format!("{} {}", route.method, route.path);
        let nobody = reply(ask()).await;
        let Access::Roles(allowed) = route.access else {
            assert_ne!(nobody.status, 401, "{named} is open");
            continue;
        };
        nobody.problem(401, "unauthorized");
        for role in ROLES {
            let answer = reply(ask().bearer_auth(api_key(&name(role)))).await;
            let refused = answer.status == 403 && answer.code() == "role_not_allowed";
            assert_eq!(refused, !allowed.contains(&role), "{named} by {role:?}: {}", answer.text);
        }
    }
}

#[tokio::test]
async fn what_is_not_a_key_opens_nothing() {
    let house = House::open(Engine::Embedded, CATALOG).await;
    let url = format!("{}/api/v1/catalog", house.base);
    let key = api_key("admin");
    for value in [
        "",
        "Bearer",
        "Bearer ",
        "Basic YWRtaW46",
        &*key,
        &format!("Bearer {key}x"),
        &format!("Bearer {}", "x".repeat(300)),
    ] {
        let answer = reply(house.client().get(&url).header("authorization", value)).await.problem(401, "unauthorized");
        assert!(answer.header("www-authenticate").starts_with("Bearer"), "{value}");
    }
    reply(house.client().get(&url).header("authorization", format!("bearer  {key}"))).await.expect(200);
    // A method that nobody may use is told with those that exist, whoever asks.
    let other = reply(house.client().delete(&url)).await.problem(405, "method_not_allowed");
    assert_eq!(other.header("allow"), "GET, PUT");
}
