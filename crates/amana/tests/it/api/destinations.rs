//! Destinations: a signing secret goes in, is made once, and never comes out again.

use crate::support::{CATALOG, Engine, House};
use reqwest::Method;
use serde_json::{Value as Json, json};

fn body(url: &str) -> Json {
    json!({"name": "A recipient", "webhook": {"url": url}, "fields": [{"from": "email", "hashed": true}]})
}

#[tokio::test]
async fn a_signing_secret_is_told_once_and_kept_when_it_is_left_out() {
    let house = House::open(Engine::Embedded, CATALOG).await;
    let put = |url: &str| house.ask("admin", Method::PUT, "destinations/new", Some(body(url)));
    let made = put("https://one.example/").await.expect(201).json;
    let secret = made["signing_secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("whsec_"));
    let changed = put("https://two.example/").await.expect(200).json;
    assert!(changed.get("signing_secret").is_none());
    assert_eq!(changed["webhook"]["url"], "https://two.example/");
    assert!(house.get("admin", "catalog").await.expect(200).text.contains(&secret), "it signs as before");
    for path in ["destinations", "destinations/new"] {
        let read = house.get("admin", path).await.expect(200);
        assert!(!read.text.contains("whsec_"), "{path}");
    }
    let read = house.get("marketing", "destinations/new").await.expect(200).json;
    assert_eq!(read["fields"], json!([{"from": "email", "as": "email", "hashed": true}]));
    assert_eq!(read["webhook"]["signing_secret_in"], "catalog");
}

#[tokio::test]
async fn where_data_goes_is_an_admins_to_say() {
    let house = House::open(Engine::Embedded, CATALOG).await;
    let mut environment = body("https://one.example/");
    environment["webhook"]["signing_secret"] = json!("env:PATH");
    house.ask("marketing", Method::PUT, "destinations/new", Some(environment)).await.problem(403, "role_not_allowed");
    // The networks of a known one stay as they are when they are left out, and go when an admin says so.
    let mailer = |networks: Json| json!({"name": "Mailer", "webhook": {"url": "https://one.example/", "allow_networks": networks}});
    house
        .ask("marketing", Method::PUT, "destinations/mailer", Some(mailer(json!([]))))
        .await
        .problem(403, "role_not_allowed");
    let kept = house.ask("admin", Method::PUT, "destinations/mailer", Some(mailer(Json::Null))).await.expect(200).json;
    assert_eq!(kept["webhook"]["allow_networks"], json!(["127.0.0.0/8"]));
    let cleared =
        house.ask("admin", Method::PUT, "destinations/mailer", Some(mailer(json!([])))).await.expect(200).json;
    assert_eq!(cleared["webhook"]["allow_networks"], json!([]));
}

#[tokio::test]
async fn deliveries_are_told_with_totals_that_balance() {
    let house = House::open(Engine::Embedded, CATALOG).await;
    let orders = (0..3).map(|number| {
        json!({"type": "track", "event": "Order Completed", "userId": "ann", "messageId": format!("m{number}")})
    });
    house.send("shop", orders.collect()).await.expect(200);
    house.delivered("mailer").await;
    let page = house.get("marketing", "destinations/mailer/deliveries?limit=1").await.expect(200).json;
    let totals = &page["totals"];
    let sum = |name: &str| totals[name].as_u64().unwrap();
    let withheld: u64 = totals["withheld"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
    assert_eq!(sum("selected"), sum("delivered") + withheld + sum("failed") + sum("waiting"));
    assert!(sum("selected") > 1);
    let after = page["next"].as_str().unwrap();
    let rest = house.get("marketing", &format!("destinations/mailer/deliveries?after={after}")).await.expect(200).json;
    let told = page["deliveries"].as_array().unwrap().len() + rest["deliveries"].as_array().unwrap().len();
    assert_eq!(told as u64, sum("selected"));
    house.get("marketing", "destinations/nobody/deliveries").await.problem(404, "destination_unknown");
}

#[tokio::test]
async fn totals_are_of_the_purposes_that_a_key_may_name() {
    let limited = CATALOG.replacen("role = \"marketing\"\n", "role = \"marketing\"\npurposes = [\"offers\"]\n", 1);
    let house = House::open(Engine::Embedded, &limited).await;
    let order = |number: u32| json!({"type": "track", "event": "Order Completed", "userId": "ann", "messageId": format!("m{number}")});
    house.send("shop", json!([order(1), order(2)])).await.expect(200);
    house.delivered("mailer").await;
    let page = |role: &'static str| house.get(role, "destinations/mailer/deliveries");
    let (all, own) = (page("privacy").await.expect(200).json, page("marketing").await.expect(200).json);
    let seen = own["deliveries"].as_array().unwrap();
    assert!(!seen.is_empty() && seen.iter().all(|delivery| delivery["audience"] == "lookers"));
    assert_eq!(own["totals"]["selected"], seen.len());
    assert!(own["totals"]["selected"].as_u64() < all["totals"]["selected"].as_u64(), "others are not counted");
    let totals = &own["totals"];
    let sum = |name: &str| totals[name].as_u64().unwrap();
    let withheld: u64 = totals["withheld"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
    assert_eq!(sum("selected"), sum("delivered") + withheld + sum("failed") + sum("waiting"));
}
