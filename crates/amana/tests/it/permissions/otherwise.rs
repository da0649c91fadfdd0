//! What is declared otherwise while people's data stands: a plan says whom it concerns, and what it says comes true
//! (issue 3).

use super::affected::{plan, slot, three_customers_and_a_visitor};
use super::plans::{told, with_source};
use crate::support::{CATALOG, Engine, House, assert_counted, on_both_engines};
use amana_core::SlotSet;
use serde_json::{Value as Json, json};
use std::time::Duration;

on_both_engines!(
    a_plan_says_whom_another_type_metric_notice_or_trust_concerns,
    what_was_kept_in_another_type_is_found_by_no_audience_until_told_anew,
    what_was_counted_goes_on_or_begins_anew_as_the_plan_says,
);

/// Shoes of a size that the shop declared as a text.
fn sized(field_type: &str, predicate: &str) -> String {
    format!(
        "{CATALOG}\n[[traits]]\nname = \"size\"\ntype = \"{field_type}\"\ncategory = \"commerce\"\n\n\
         [[audiences]]\ncode = \"big\"\nname = \"Big shoes\"\npurpose = \"orders\"\nwhere = \"{predicate}\"\n"
    )
}

async fn a_plan_says_whom_another_type_metric_notice_or_trust_concerns(engine: Engine) {
    let house = House::open(engine, &sized("text", "size = '46'")).await;
    three_customers_and_a_visitor(&house).await;
    let found = assert_counted(&house, "before").await;
    let of = |purpose: &str| found.slot(slot(&house, purpose), SlotSet::EMPTY);
    let is_told = |planned: &Json, effect: &str, purpose: &str, fields: Json| {
        let told = told(planned, effect, purpose);
        assert_eq!((&told["fields"], &told["state"]), (&fields, &json!("ready")), "{planned:#}");
        let counted = of(purpose);
        assert_eq!((&told["people"], &told["holdings"]), (&json!(counted.people), &json!(counted.holdings)));
    };
    assert_eq!((of("orders").people, of("news").people), (3, 2));

    let planned = plan(&house, &sized("integer", "size = 46")).await.json;
    is_told(&planned, "retypes", "orders", json!(["traits.size"]));
    is_told(&planned, "retypes", "news", json!(["traits.size"]));
    let declared = sized("text", "size = '46'");
    let largest = declared.replacen("function = \"sum\"", "function = \"max\"", 1);
    let planned = plan(&house, &largest).await.json;
    is_told(&planned, "restarts", "orders", json!(["metrics.revenue"]));
    let line =
        "has figures of another function, which are left out: they are counted from now on (metrics.revenue): 3 people";
    assert!(planned["summary"].as_str().unwrap().contains(line), "{planned:#}");
    let carts = declared.replacen("event = \"Product Viewed\"", "event = \"Product Clicked\"", 1);
    is_told(&plan(&house, &carts).await.json, "mixes", "offers", json!(["metrics.views"]));

    // Offers begin with being told of them, so who comes from now on is not offered anything.
    let told_of = |purposes: &str| format!("purposes = [{purposes}]\ntexts.en = {{ title = \"Privacy\"");
    let all = told_of("\"orders\", \"news\", \"offers\"");
    assert!(declared.contains(&all));
    let silent = declared.replacen(&all, &told_of("\"orders\", \"news\""), 1);
    is_told(&plan(&house, &silent).await.json, "untold", "offers", json!(["notices.privacy"]));

    let public = with_source("shop", "trust = \"server\"", "trust = \"public\"");
    let planned = plan(&house, &public).await.json;
    let distrusted = told(&planned, "distrusted", "shop");
    let counted = found.through(house.app().current().numbers.sources["shop"], SlotSet::ALL);
    assert_eq!((counted.identifiers, counted.identifiers_holding > 0), (6, true));
    assert_eq!(
        (&distrusted["identifiers"], &distrusted["identifiers_holding"]),
        (&json!(counted.identifiers), &json!(counted.identifiers_holding))
    );
    house.apply(&public).await;
    house.swept().await;
    let planned = plan(&house, CATALOG).await.json;
    assert_eq!(told(&planned, "trusted", "shop")["identifiers"], json!(counted.identifiers));
}

/// An order of Ann's, who says what size she wears.
async fn ann_orders(house: &House, message: &str, size: Json) {
    let order = json!([{"type": "track", "event": "Order Completed", "userId": "ann", "messageId": message,
        "properties": {"order_id": message, "revenue": 10}, "context": {"traits": {"size": size}}}]);
    house.send("shop", order).await.expect(200);
}

async fn what_was_kept_in_another_type_is_found_by_no_audience_until_told_anew(engine: Engine) {
    let house = House::open(engine, &sized("text", "size = '46'")).await;
    ann_orders(&house, "o1", json!("46")).await;
    assert_eq!(house.members("big").await.len(), 1);
    house.advance(Duration::from_secs(60));
    house.apply(&sized("integer", "size = 46")).await;
    house.swept().await;
    assert_eq!(house.members("big").await.len(), 0, "the number is not compared with the text");
    house.apply(&sized("integer", "size IS NULL")).await;
    house.swept().await;
    assert_eq!(house.members("big").await.len(), 0, "nor is it as if nothing were known");
    let seen = house.profile("user_id/ann", "orders").await.expect(200).json;
    assert_eq!(seen["traits"]["size"], "46", "it is shown as it was kept");
    house.apply(&sized("integer", "size = 46")).await;
    ann_orders(&house, "o2", json!("46")).await;
    assert_eq!(house.members("big").await.len(), 1, "told anew it is a number");
    let seen = house.profile("user_id/ann", "orders").await.expect(200).json;
    assert_eq!(seen["traits"]["size"], 46);
}

async fn what_was_counted_goes_on_or_begins_anew_as_the_plan_says(engine: Engine) {
    let house = House::open(engine, &sized("integer", "size = 46")).await;
    for order in ["o1", "o2"] {
        ann_orders(&house, order, json!(46)).await;
    }
    let figures = async || house.profile("user_id/ann", "orders").await.expect(200).json["metrics"].clone();
    assert_eq!((&figures().await["orders"], &figures().await["revenue"]), (&json!(2), &json!(20.0)));

    // Another function: what was added up says nothing of what is the largest.
    let largest = sized("integer", "size = 46").replacen("function = \"sum\"", "function = \"max\"", 1);
    house.apply(&largest).await;
    house.swept().await;
    assert!(figures().await.get("revenue").is_none(), "there is no figure until the next order");
    ann_orders(&house, "o3", json!(46)).await;
    assert_eq!(figures().await["revenue"], json!(10.0));

    // Another event: what was counted of the former one stays in the figure.
    let sign_ups = largest.replacen(
        "name = \"orders\"\nevent = \"Order Completed\"",
        "name = \"orders\"\nevent = \"Order Cancelled\"",
        1,
    );
    house.apply(&sign_ups).await;
    house.swept().await;
    assert_eq!(figures().await["orders"], 3);
    let cancelled = json!([{"type": "track", "event": "Order Cancelled", "userId": "ann", "messageId": "c1"}]);
    house.send("shop", cancelled).await.expect(200);
    ann_orders(&house, "o4", json!(46)).await;
    assert_eq!(figures().await["orders"], 4, "three orders, and one that was cancelled");
}
