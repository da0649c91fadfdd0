//! Audiences: pages of members that are asked again, and no small groups for analysts.

use crate::support::{CATALOG, Engine, House};
use reqwest::Method;
use serde_json::{Value as Json, json};

async fn house_with_buyers(count: usize) -> House {
    let house = House::open(Engine::Embedded, CATALOG).await;
    let order = |number: usize| json!({"type": "track", "event": "Order Completed", "userId": format!("u{number}"), "messageId": format!("m{number}")});
    house.send("shop", (0..count).map(order).collect()).await.expect(200);
    house.swept().await;
    house
}

#[tokio::test]
async fn members_come_in_pages_that_meet() {
    let house = house_with_buyers(25).await;
    let first = house.get("marketing", "audiences/buyers/members?limit=10").await.expect(200).json;
    assert_eq!(first["count"], 25);
    let mut seen: Vec<Json> = first["members"].as_array().unwrap().clone();
    let mut next = first["next"].clone();
    while let Some(after) = next.as_str() {
        let page =
            house.get("marketing", &format!("audiences/buyers/members?limit=10&after={after}")).await.expect(200).json;
        assert!(page.get("count").is_none(), "counting once is enough");
        seen.extend(page["members"].as_array().unwrap().iter().cloned());
        next = page["next"].clone();
    }
    let mut ids: Vec<&str> = seen.iter().map(|member| member["profile_id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 25);
    ids.dedup();
    assert_eq!(ids.len(), 25);
    assert!(seen.iter().all(|member| member.as_object().unwrap().len() == 2), "who they are is not told");
}

#[tokio::test]
async fn analysts_get_counts_and_none_of_small_groups() {
    let house = house_with_buyers(9).await;
    let small = house.get("analyst", "audiences/buyers/members").await.expect(200).json;
    assert_eq!((&small["count"], &small["count_below"]), (&Json::Null, &json!(10)));
    assert!(small.get("members").is_none());
    let listed = house.get("analyst", "audiences").await.expect(200).json;
    assert!(listed["audiences"].as_array().unwrap().iter().all(|audience| audience["count"].is_null()));
    assert_eq!(house.get("marketing", "audiences/buyers").await.expect(200).json["count"], 9);

    house
        .send("shop", json!([{"type": "track", "event": "Order Completed", "userId": "u9", "messageId": "m9"}]))
        .await
        .expect(200);
    assert_eq!(house.get("analyst", "audiences/buyers").await.expect(200).json["count"], 10);
}

#[tokio::test]
async fn an_audience_is_created_changed_and_removed() {
    let house = house_with_buyers(3).await;
    let body =
        |predicate: &str| Some(json!({"code": "twice", "name": "Twice", "purpose": "orders", "where": predicate}));
    let made = house.ask("marketing", Method::PUT, "audiences", body("orders >= 2")).await.expect(201).json;
    assert_eq!((&made["code"], &made["version"]), (&json!("twice"), &json!(2)));
    house.ask("marketing", Method::PUT, "audiences/twice", body("orders >= 3")).await.expect(200);
    house.ask("marketing", Method::PUT, "audiences/other", body("orders >= 3")).await.problem(422, "invalid_fields");
    let unknown = json!({"name": "X", "purpose": "curiosity", "where": "orders >= 1"});
    let unknown =
        house.ask("marketing", Method::PUT, "audiences/x", Some(unknown)).await.problem(422, "catalog_invalid");
    assert!(unknown.json["errors"][0]["field"].as_str().unwrap().contains("purpose"));
    house.ask("marketing", Method::DELETE, "audiences/twice", None).await.expect(204);
    house.get("marketing", "audiences/twice").await.problem(404, "audience_unknown");
    house.ask("marketing", Method::DELETE, "audiences/twice", None).await.problem(404, "audience_unknown");
}

#[tokio::test]
async fn a_count_is_never_that_of_the_predicate_before() {
    let house = house_with_buyers(12).await;
    let put = |predicate: &str| {
        let body = json!({"name": "Buyers", "purpose": "orders", "where": predicate});
        let house = &house;
        async move { house.ask("marketing", Method::PUT, "audiences/buyers", Some(body)).await.expect(200).json }
    };
    for (predicate, count) in [("orders >= 2", 0), ("orders >= 1", 12), ("orders < 1", 0)] {
        let mut told = put(predicate).await;
        while told["state"] == "evaluating" {
            assert_eq!((&told["count"], &told["as_of"]), (&Json::Null, &Json::Null), "{told}");
            assert!(told.get("count_below").is_none());
            tokio::task::yield_now().await;
            told = house.get("marketing", "audiences/buyers").await.expect(200).json;
        }
        assert_eq!((&told["state"], &told["count"]), (&json!("ready"), &json!(count)), "{predicate}");
        assert!(told["as_of"].is_string());
        let page = house.get("marketing", "audiences/buyers/members").await.expect(200).json;
        assert_eq!((&page["state"], &page["count"]), (&json!("ready"), &json!(count)));
    }
    // Another name, another audience: who belongs to this one is as well known as before.
    let renamed = json!({"name": "Renamed", "purpose": "orders", "where": "orders < 1"});
    let renamed = house.ask("marketing", Method::PUT, "audiences/buyers", Some(renamed)).await.expect(200).json;
    assert_eq!((&renamed["state"], &renamed["count"]), (&json!("ready"), &json!(0)));
    let other = json!({"name": "Other", "purpose": "orders", "where": "orders > 5"});
    house.ask("marketing", Method::PUT, "audiences/other", Some(other)).await.expect(201);
    assert_eq!(house.get("marketing", "audiences/buyers").await.expect(200).json["state"], "ready");
}

#[tokio::test]
async fn a_predicate_that_divides_by_zero_or_asks_who_somebody_is_is_refused_in_words() {
    let house = House::open(Engine::Embedded, CATALOG).await;
    let put = |body: Json| house.ask("marketing", Method::PUT, "audiences/x", Some(body));
    let of = |predicate: &str| json!({"name": "X", "purpose": "orders", "where": predicate});
    let zero = put(of("orders >= 1\n AND 1 / 0 = 1")).await.problem(422, "predicate_invalid");
    let error = &zero.json["errors"][0];
    assert_eq!((&error["code"], &error["line"], &error["column"]), (&json!("division_by_zero"), &json!(2), &json!(10)));
    let who = put(of("email = 'x'")).await.problem(422, "predicate_invalid");
    let error = &who.json["errors"][0];
    assert_eq!((&error["code"], &error["category"]), (&json!("withheld_column"), &json!("contact.email")));
    assert!(error["message"].as_str().unwrap().contains("says who somebody is"), "{error}");
    assert!(error["expected"].as_str().unwrap().contains("a destination may still receive this one"), "{error}");
    let views = put(of("views > 1")).await.problem(422, "predicate_invalid");
    let message = views.json["errors"][0]["message"].as_str().unwrap();
    assert_eq!(message, "`views` is `behaviour.browsing`, a kind of data that this purpose does not use.");
    // A metric that may be zero divides: people for whom it is do not belong, and everybody else may.
    put(of("revenue / orders > 100")).await.expect(201);
}

#[tokio::test]
async fn an_audience_feeds_recipients_of_its_purpose_only() {
    let house = House::open(Engine::Embedded, CATALOG).await;
    let body = json!({"name": "Other", "webhook": {"url": "https://other.example/"}});
    house.ask("admin", Method::PUT, "destinations/other", Some(body)).await.expect(201);
    let body = json!({"name": "X", "purpose": "orders", "where": "orders >= 1", "destinations": ["mailer", "other"]});
    let refused = house.ask("marketing", Method::PUT, "audiences/x", Some(body)).await.problem(422, "catalog_invalid");
    let error = &refused.json["errors"][0];
    assert_eq!(
        (&error["field"], &error["code"]),
        (&json!("audiences.x.destinations[1]"), &json!("recipient_not_named"))
    );
    assert!(error["expected"].as_str().unwrap().contains("a recipient of the purpose (mailer)"), "{error}");
    house.get("marketing", "audiences/x").await.problem(404, "audience_unknown");
}

#[tokio::test]
async fn two_changes_at_the_same_time_are_both_kept() {
    let house = House::open(Engine::Embedded, CATALOG).await;
    let put = |code: usize| {
        let house = &house;
        let body = json!({"name": "One of several", "purpose": "orders", "where": format!("orders >= {code}")});
        async move { house.ask("marketing", Method::PUT, &format!("audiences/a{code}"), Some(body)).await.expect(201) }
    };
    let _ = tokio::join!(put(1), put(2), put(3), put(4));
    let listed = house.get("marketing", "audiences").await.expect(200).json;
    let codes: Vec<&str> =
        listed["audiences"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect();
    assert!(["a1", "a2", "a3", "a4"].iter().all(|code| codes.contains(code)), "{codes:?}");
}

#[tokio::test]
async fn a_key_of_some_purposes_sees_and_changes_their_audiences_only() {
    let limited = CATALOG.replacen("role = \"marketing\"\n", "role = \"marketing\"\npurposes = [\"news\"]\n", 1);
    let house = House::open(Engine::Embedded, &limited).await;
    let listed = house.get("marketing", "audiences").await.expect(200).json;
    let codes: Vec<&str> =
        listed["audiences"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["readers"]);
    house.get("marketing", "audiences/buyers").await.problem(403, "purpose_not_for_key");
    house.get("marketing", "audiences/buyers/members").await.problem(403, "purpose_not_for_key");
    house.ask("marketing", Method::DELETE, "audiences/buyers", None).await.problem(403, "purpose_not_for_key");
    let taken_over = json!({"name": "Mine", "purpose": "news", "where": "orders >= 1"});
    house.ask("marketing", Method::PUT, "audiences/buyers", Some(taken_over)).await.problem(403, "purpose_not_for_key");
}
