//! A key that is declared with purposes reaches no further than these, whatever its role (law 1).

use crate::support::{CATALOG, Engine, House, act_on, api_key, on_both_engines};
use amana::hash::sha256_hex;
use reqwest::Method;
use serde_json::{Value as Json, json};
use std::time::Duration;

on_both_engines!(
    a_restriction_of_everything_is_lifted_by_who_answers_for_everything,
    a_limited_key_sees_restrictions_of_its_purposes_alone,
    preferences_are_read_for_a_purpose,
    keys_of_a_person_are_told_to_the_privacy_office_for_its_purposes,
);

const TOPICS: &str = r#"
[[topics]]
code = "tours"
purpose = "news"
name.en = "Guided tours"

[[topics]]
code = "parcels"
purpose = "orders"
name.en = "Parcels"
"#;

/// With a key of the privacy office that is for news alone.
async fn house(engine: Engine) -> House {
    let sha256 = sha256_hex(api_key("news-office").as_bytes());
    let key = format!(
        "\n[[api_keys]]\nname = \"news-office\"\nrole = \"privacy\"\nsha256 = \"{sha256}\"\npurposes = [\"news\"]\n"
    );
    let house = House::open(engine, &format!("{CATALOG}{TOPICS}{key}")).await;
    let events = json!([
        {"type": "track", "event": "Order Completed", "userId": "ann", "messageId": "m1",
            "context": {"traits": {"email": "ann@people.example"}}, "properties": {"order_id": "o1"}},
        {"type": "track", "event": "Order Completed", "userId": "bob", "messageId": "m2"},
    ]);
    house.send("shop", events).await.expect(200);
    house
}

fn of(user: &str) -> Json {
    json!({"identifier": {"kind": "user_id", "value": user}, "method": "paper", "note": "a letter"})
}

fn of_purpose(user: &str, purpose: &str) -> Json {
    let mut body = of(user);
    body["purpose"] = purpose.into();
    body
}

async fn a_restriction_of_everything_is_lifted_by_who_answers_for_everything(engine: Engine) {
    let house = house(engine).await;
    let post = async |role: &str, path: &str, body: Json| house.ask(role, Method::POST, path, Some(body)).await;
    // To ask for it takes nothing from anybody.
    post("news-office", "restrictions", of("ann")).await.expect(200);
    house.advance(Duration::from_secs(60));
    post("news-office", "restrictions/told", of("ann")).await.problem(403, "purpose_not_for_key");
    post("privacy", "restrictions/told", of("ann")).await.expect(200);
    house.advance(Duration::from_secs(60));
    post("news-office", "restrictions/lift", of("ann")).await.problem(403, "purpose_not_for_key");
    let act = json!({"identifier": {"kind": "user_id", "value": "ann"}, "act": "lift", "target": "person",
        "method": "paper"});
    let batch = post("news-office", "acts", json!({"acts": [act]})).await.expect(200).json;
    assert_eq!(batch["recorded"], 0, "nor in a batch: {batch}");
    house.profile("user_id/ann", "orders").await.problem(403, "restricted");
    post("privacy", "restrictions/lift", of("ann")).await.expect(200);
    house.profile("user_id/ann", "orders").await.expect(200);
    // Within its purpose it does all of it.
    house.advance(Duration::from_secs(60));
    post("news-office", "restrictions", of_purpose("ann", "news")).await.expect(200);
    house.advance(Duration::from_secs(60));
    post("news-office", "restrictions/told", of_purpose("ann", "news")).await.expect(200);
    post("news-office", "restrictions/lift", of_purpose("ann", "news")).await.expect(200);
    post("news-office", "restrictions/lift", of_purpose("ann", "orders")).await.problem(403, "purpose_not_for_key");
}

async fn a_limited_key_sees_restrictions_of_its_purposes_alone(engine: Engine) {
    let house = house(engine).await;
    house.act("privacy", "user_id/ann", act_on("grant", "news")).await.expect(200);
    let again = json!([{"type": "identify", "userId": "ann", "messageId": "m3",
        "traits": {"email": "ann@people.example"}}]);
    house.send("shop", again).await.expect(200);
    for body in [of_purpose("ann", "news"), of_purpose("ann", "offers"), of_purpose("bob", "orders")] {
        house.ask("privacy", Method::POST, "restrictions", Some(body)).await.expect(200);
    }
    let listed = async |role: &str| house.get(role, "restrictions").await.expect(200).json["people"].clone();
    assert_eq!(listed("privacy").await.as_array().unwrap().len(), 2);
    let seen = listed("news-office").await;
    let [ann] = seen.as_array().unwrap().as_slice() else { panic!("{seen}") };
    let purposes: Vec<&Json> =
        ann["restrictions"].as_array().unwrap().iter().map(|restriction| &restriction["purpose"]).collect();
    assert_eq!(purposes, ["news"], "what is restricted of other purposes is not told");
    house.ask("privacy", Method::POST, "restrictions", Some(of("bob"))).await.expect(200);
    let seen = listed("news-office").await;
    assert!(!seen.to_string().contains("bob"), "nothing of his is kept for news: {seen}");
}

async fn preferences_are_read_for_a_purpose(engine: Engine) {
    let house = house(engine).await;
    let path = "profiles/user_id/ann/preferences";
    let wishes = json!({"topics": {"tours": "refused", "parcels": "wanted"}, "time_zone": "Europe/Vienna"});
    house.ask("privacy", Method::PUT, path, Some(wishes)).await.expect(200);
    house.get("service", path).await.problem(400, "bad_query");
    house.get("service", &format!("{path}?purpose=news")).await.problem(403, "purpose_not_for_key");
    let seen = house.get("service", &format!("{path}?purpose=orders")).await.expect(200).json;
    assert_eq!(seen["honoured"]["topics"], json!({"parcels": "wanted"}), "topics of other purposes are not told");
    assert_eq!(seen["honoured"]["time_zone"], "Europe/Vienna");
    assert!(!seen.to_string().contains("tours"), "{seen}");
    // Whoever changes a part is told of that part.
    house.advance(Duration::from_secs(60));
    let told = house.ask("service", Method::PUT, path, Some(json!({"language": "de"}))).await.expect(200).json;
    assert_eq!(told["honoured"]["language"], "de");
    assert!(!told.to_string().contains("Vienna") && !told.to_string().contains("tours"), "{told}");
    let permissions = house.get("service", "profiles/user_id/ann/permissions").await.expect(200).text;
    assert!(!permissions.contains("Vienna"), "{permissions}");
    // Nobody is read whom the purpose may not read, and it looks as if nobody were known.
    house.ask("privacy", Method::POST, "restrictions", Some(of("ann"))).await.expect(200);
    house.get("service", &format!("{path}?purpose=orders")).await.problem(404, "profile_not_available");
    let nobody = "profiles/user_id/nobody/preferences?purpose=orders";
    house.get("service", nobody).await.problem(404, "profile_not_available");
    house.get("privacy", &format!("{path}?purpose=orders")).await.problem(403, "restricted");
    let of_right = house.get("privacy", &format!("{path}?purpose=orders&use=disclose:subject")).await.expect(200).json;
    assert_eq!(of_right["honoured"]["language"], "de");
}

async fn keys_of_a_person_are_told_to_the_privacy_office_for_its_purposes(engine: Engine) {
    let house = house(engine).await;
    let path = "profiles/user_id/ann/keys";
    house.get("admin", path).await.problem(403, "role_not_allowed");
    let all = house.get("privacy", path).await.expect(200).text;
    assert!(all.contains("orders"), "{all}");
    let seen = house.get("news-office", path).await.expect(200).text;
    assert!(!seen.contains("orders") && !seen.contains("bookkeeping"), "{seen}");
    let nobody = house.get("news-office", "profiles/user_id/nobody/keys").await.expect(200).json;
    let seen: Json = serde_json::from_str(&seen).unwrap();
    assert_eq!(seen["fragments"], nobody["fragments"], "whether somebody is known for something else is not told");
    // Whoever may open the folder looks without a key.
    let client = amana::http_client::client_builder().unix_socket(house.folder.path().join("amana.sock")).build();
    let local = client.unwrap().get(format!("http://local/api/v1/{path}")).send().await.unwrap();
    assert_eq!(local.status(), 200);
}
