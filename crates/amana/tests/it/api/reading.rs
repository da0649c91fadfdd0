//! Reading a profile: for a purpose, what it may see, and no way to find out who is known.

use crate::support::{CATALOG, Engine, House, act_on, canary};
use serde_json::{Value as Json, json};

/// A service key that may name every purpose, so that people who said no can be asked for.
fn with_open_service() -> String {
    CATALOG.replacen("purposes = [\"orders\"]\n", "", 1)
}

async fn house_with_ann() -> (House, String) {
    let house = House::open(Engine::Embedded, &with_open_service()).await;
    let email = format!("{}@people.example", canary());
    let events = json!([
        {"type": "identify", "userId": "ann", "messageId": "m1", "traits": {"email": email, "firstName": "Ann"}},
        {"type": "track", "event": "Order Completed", "userId": "ann", "messageId": "m2",
         "properties": {"order_id": "o1", "revenue": 12.5, "currency": "EUR"}},
        {"type": "track", "event": "Product Viewed", "userId": "ann", "messageId": "m3", "properties": {"product_id": "p1"}},
        {"type": "identify", "userId": "ann", "messageId": "m4", "traits": {"email": email, "firstName": "Ann"}},
    ]);
    house.send("shop", events).await.expect(200);
    (house, email)
}

#[tokio::test]
async fn a_purpose_sees_what_was_kept_for_it_and_explains_the_rest() {
    let (house, email) = house_with_ann().await;
    let orders = house.get("privacy", "profiles/user_id/ann?purpose=orders&explain=true").await.expect(200).json;
    assert_eq!(orders["purpose"], "orders");
    assert_eq!(orders["brand"], Json::Null);
    assert_eq!(orders["traits"]["firstName"], "Ann");
    assert_eq!(orders["metrics"]["orders"], 1);
    assert_eq!(orders["metrics"]["revenue"], 12.5);
    assert_eq!(orders["audiences"], json!(["buyers"]));
    let from = &orders["provenance"]["firstName"];
    assert_eq!((&from["source"], &from["trust"], &from["kind"]), (&json!("shop"), &json!("server"), &json!("user_id")));
    assert!(from["at"].is_string() && from["received"].is_string() && from["fragment"].is_string());
    assert_eq!(
        orders["provenance"]["revenue"],
        json!({"event": "Order Completed", "function": "sum", "field": "revenue"})
    );
    let identifier = orders["identifiers"].as_array().unwrap().iter().find(|known| known["kind"] == "user_id").unwrap();
    assert_eq!((&identifier["value"], &identifier["provenance"]["source"]), (&json!("ann"), &json!("shop")));
    assert_eq!(orders["verdict"]["allow"], true);
    assert_eq!(orders["verdict"]["rules"].as_array().unwrap().len(), 14);

    // Looking at something is not what orders are for: it is hidden, with its category, and not absent.
    assert!(orders["metrics"].get("views").is_none());
    let hidden = orders["hidden"].as_array().unwrap();
    let views = hidden.iter().find(|known| known["name"] == "views").unwrap();
    assert_eq!((&views["category"], &views["reason"]), (&json!("behaviour.browsing"), &json!("not_kept_for_purpose")));

    // The same person by another identifier, percent-encoded and in another spelling.
    let by_mail = email.to_uppercase().replace('@', "%40");
    let same = house.get("privacy", &format!("profiles/email/{by_mail}?purpose=orders")).await.expect(200).json;
    assert_eq!(same["profile_id"], orders["profile_id"]);
    assert!(same.get("provenance").is_none() && same.get("hidden").is_none() && same.get("verdict").is_none());
}

#[tokio::test]
async fn the_privacy_office_is_told_why_and_a_service_cannot_tell_who_is_known() {
    let (house, _) = house_with_ann().await;
    house.act("privacy", "user_id/ann", act_on("withdraw", "news")).await.expect(200);
    house.get("privacy", "profiles/user_id/ann?purpose=news").await.problem(403, "consent_withdrawn");
    let denied = house.get("service", "profiles/user_id/ann?purpose=news").await.problem(404, "profile_not_available");
    let unknown = house.get("service", "profiles/user_id/bob?purpose=news").await.problem(404, "profile_not_available");
    assert_eq!(denied.text, unknown.text, "the same bytes");
    house.get("privacy", "profiles/user_id/bob?purpose=news").await.problem(404, "profile_not_available");

    // Somebody unknown has the permissions of somebody who has said nothing, to the byte.
    let of = async |person: &str| {
        let mut answer = house.get("service", &format!("profiles/user_id/{person}/permissions")).await.expect(200).json;
        answer.as_object_mut().unwrap().remove("as_of");
        answer
    };
    let silent = json!([{"type": "alias", "userId": "carl", "previousId": "carla", "messageId": "m9"}]);
    house.send("shop", silent).await.expect(200);
    assert_eq!(of("dora").await["profile_id"], Json::Null);
    assert_eq!(of("dora").await, of("erna").await);
    assert_eq!(of("ann").await["profile_id"], Json::Null, "a service is not told the profile's id");
}

#[tokio::test]
async fn a_refusal_explains_itself_to_those_who_may_know() {
    let (house, _) = house_with_ann().await;
    let mut withdrawal = act_on("withdraw", "news");
    withdrawal["note"] = json!("by letter");
    house.act("privacy", "user_id/ann", withdrawal).await.expect(200);
    let (path, explained) = ("profiles/user_id/ann?purpose=news", "profiles/user_id/ann?purpose=news&explain=true");
    let short = house.get("privacy", path).await.problem(403, "consent_withdrawn");
    assert!(short.json.get("verdict").is_none());
    let verdict = house.get("privacy", explained).await.problem(403, "consent_withdrawn").json["verdict"].clone();
    assert_eq!((&verdict["allow"], &verdict["reason"]), (&json!(false), &json!("consent_withdrawn")));
    let basis = verdict["rules"].as_array().unwrap().iter().find(|rule| rule["rule"] == "basis").unwrap();
    assert_eq!((&basis["result"], &basis["reason"]), (&json!("fail"), &json!("consent_withdrawn")));
    assert_eq!(verdict["standing"]["state"], "withdrawn");
    let act = &verdict["acts"][0];
    assert_eq!((&act["act"], &act["decides"], &act["note"]), (&json!("withdraw"), &json!(true), &json!("by letter")));
    // `permit` says the same, with the same acts.
    let identifier = json!({"kind": "user_id", "value": "ann"});
    let asked = house.permit(json!({"identifier": identifier, "purpose": "news", "use": "profile"})).await;
    assert_eq!((&asked["rules"], &asked["acts"]), (&verdict["rules"], &verdict["acts"]));
    let hidden = house.get("service", explained).await.problem(404, "profile_not_available");
    let unknown = house.get("service", "profiles/user_id/bob?purpose=news&explain=true").await;
    assert_eq!(hidden.text, unknown.problem(404, "profile_not_available").text, "the same bytes");
}

#[tokio::test]
async fn what_is_hidden_is_under_no_name_that_is_shown_and_says_why_in_words() {
    let (house, _) = house_with_ann().await;
    for (purpose, person) in [("orders", "user_id/ann"), ("offers", "user_id/ann")] {
        let path = format!("profiles/{person}?purpose={purpose}&explain=true");
        let profile = house.get("privacy", &path).await.expect(200).json;
        let kinds = profile["identifiers"].as_array().unwrap().iter().map(|known| known["kind"].as_str().unwrap());
        let names = ["traits", "metrics"].iter().flat_map(|part| profile[part].as_object().unwrap().keys());
        let shown: Vec<&str> = names.map(String::as_str).chain(kinds).collect();
        for hidden in profile["hidden"].as_array().unwrap() {
            assert!(!shown.contains(&hidden["name"].as_str().unwrap()), "{hidden} is shown");
            let words = hidden["words"].as_str().unwrap();
            assert!(words.starts_with("It ") && !words.contains('_'), "{hidden}");
        }
    }
}

#[tokio::test]
async fn whole_numbers_and_days_are_written_as_what_they_are() {
    let more = "[[events]]\nname = \"Rated\"\ncategory = \"commerce.order\"\n\
                fields = [{ name = \"stars\", type = \"integer\", category = \"commerce.order\" }]\n\
                [[metrics]]\nname = \"worst\"\nevent = \"Rated\"\nfunction = \"min\"\nfield = \"stars\"\n\
                [[metrics]]\nname = \"stars\"\nevent = \"Rated\"\nfunction = \"sum\"\nfield = \"stars\"\n\n[[audiences]]";
    let house = House::open(Engine::Embedded, &CATALOG.replacen("[[audiences]]", more, 1)).await;
    let rated = |id: &str, stars: u32| json!({"type": "track", "event": "Rated", "userId": "ann", "messageId": id, "properties": {"stars": stars}});
    let order = json!({"type": "track", "event": "Order Completed", "userId": "ann", "messageId": "m1",
        "properties": {"revenue": 10}, "context": {"traits": {"birthday": "1980-05-03"}}});
    house.send("shop", json!([order, rated("m2", 5), rated("m3", 2)])).await.expect(200);
    let profile = house.profile("user_id/ann", "orders").await.expect(200);
    assert_eq!(profile.json["traits"]["birthday"], "1980-05-03");
    for written in ["\"orders\":1", "\"stars\":7", "\"worst\":2"] {
        let found = profile.text.find(written).unwrap_or_else(|| panic!("{written} is not in {}", profile.text));
        assert!(matches!(&profile.text[found + written.len()..=found + written.len()], "," | "}"), "{}", profile.text);
    }
}

#[tokio::test]
async fn a_question_without_the_brand_it_needs_is_told_so() {
    let two_brands = CATALOG
        .replacen("[[purposes]]", "[[brands]]\ncode = \"other\"\nname = \"Other\"\n\n[[purposes]]", 1)
        .replacen("code = \"news\"\nbasis", "code = \"news\"\nbrands = [\"shop\", \"other\"]\nbasis", 1)
        .replacen("purpose = \"news\"\n", "purpose = \"news\"\nbrand = \"shop\"\n", 1);
    let house = House::open(Engine::Embedded, &two_brands).await;
    let answer = house.permit(json!({"purpose": "news", "use": "contact:email"})).await;
    assert_eq!((&answer["allow"], &answer["reason"]), (&json!(false), &json!("brand_needed")));
    assert_eq!(answer["brands"], json!(["shop", "other"]));
    assert!(answer["words"].as_str().unwrap().contains("shop, other"), "{answer}");
    assert!(answer["rules"].as_array().unwrap().iter().all(|rule| rule["reason"] != "purpose_unknown"), "{answer}");
    let named = house.permit(json!({"purpose": "news", "brand": "other", "use": "contact:email"})).await;
    assert_eq!(named["reason"], "consent_unknown");
    assert!(named.get("brands").is_none());
    assert_eq!(house.permit(json!({"purpose": "nothing", "use": "profile"})).await["reason"], "purpose_unknown");
}

#[tokio::test]
async fn a_profile_is_never_read_without_a_purpose() {
    let (house, _) = house_with_ann().await;
    house.get("privacy", "profiles/user_id/ann").await.problem(400, "bad_query");
    house.get("privacy", "profiles/user_id/ann?purpose=").await.problem(400, "bad_query");
    house.get("privacy", "profiles/user_id/ann?purpose=curiosity").await.problem(403, "purpose_unknown");
    for role in ["admin", "marketing", "analyst"] {
        house.get(role, "profiles/user_id/ann?purpose=orders").await.problem(403, "role_not_allowed");
    }
}
