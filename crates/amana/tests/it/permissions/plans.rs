//! Plans of what is collected, who meets whom, and what data is: whom they concern is said beforehand (issue 3).

use super::affected::{plan, three_customers_and_a_visitor};
use crate::support::{CATALOG, Engine, House, assert_counted, on_both_engines};
use amana_core::{Slot, SlotSet};
use serde_json::{Value as Json, json};

on_both_engines!(
    a_plan_says_how_many_were_seen_through_a_source_that_changes,
    a_plan_says_whom_data_of_another_category_concerns,
);

/// What is said with this effect of a source or a purpose.
pub(super) fn told<'a>(planned: &'a Json, effect: &str, name: &str) -> &'a Json {
    let mut found =
        planned["affects"].as_array().unwrap().iter().filter(|affected| {
            affected["effect"] == effect && (affected["source"] == name || affected["purpose"] == name)
        });
    let told = found.next().unwrap_or_else(|| panic!("nothing is said of {name}: {planned:#}"));
    assert!(found.next().is_none(), "{name} is told once: {planned:#}");
    told
}

/// The shop, with the declaration of one source changed.
pub(super) fn with_source(source: &str, found: &str, replacement: &str) -> String {
    let place = CATALOG.find(&format!("[[sources]]\ncode = \"{source}\"")).unwrap();
    let (before, after) = CATALOG.split_at(place);
    assert!(after.contains(found));
    format!("{before}{}", after.replacen(found, replacement, 1))
}

async fn a_plan_says_how_many_were_seen_through_a_source_that_changes(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    three_customers_and_a_visitor(&house).await;
    let found = assert_counted(&house, "before").await;
    let current = house.app().current();
    let number = |source: &str| current.numbers.sources[source];
    let slots = |purposes: &[&str]| -> SlotSet {
        let slot = |purpose: &&str| Slot(u8::try_from(current.numbers.current(purpose, None).unwrap()).unwrap());
        purposes.iter().map(slot).collect()
    };
    let collects = "collects = [\"orders\", \"bookkeeping\", \"news\", \"offers\"]";
    let consents = "consent_categories = { news = [\"news\"], offers = [\"offers\"] }\n";

    // Three customers with three addresses came through the shop; two of them hold something for the news.
    let less = with_source("shop", collects, "collects = [\"orders\", \"bookkeeping\", \"offers\"]").replacen(
        &format!("{consents}notices = [\"privacy\"]\n\n"),
        "notices = [\"privacy\"]\n\n",
        1,
    );
    let planned = plan(&house, &less).await.json;
    let shop = told(&planned, "collects_less", "shop");
    let counted = found.through(number("shop"), slots(&["news"]));
    assert_eq!((counted.identifiers, counted.identifiers_holding > 0), (6, true));
    assert!(counted.identifiers_holding < counted.identifiers, "{counted:?}");
    assert_eq!((&shop["fields"], &shop["state"]), (&json!(["news"]), &json!("ready")));
    assert_eq!(
        (&shop["identifiers"], &shop["identifiers_holding"]),
        (&json!(counted.identifiers), &json!(counted.identifiers_holding))
    );
    let line = format!(
        "! source shop collects for fewer purposes (news): 6 identifiers were seen through it, and {} of them hold \
         something at stake\n",
        counted.identifiers_holding
    );
    assert!(planned["summary"].as_str().unwrap().contains(&line), "{planned:#}");

    // More, elsewhere, and not at all.
    let more = with_source("till", "collects = [\"orders\", \"bookkeeping\"]", "collects = [\"orders\", \"offers\"]");
    let planned = plan(&house, &more).await.json;
    assert_eq!(told(&planned, "collects_more", "till")["identifiers"], 0, "nobody came through the till");
    assert_eq!(told(&planned, "collects_less", "till")["fields"], json!(["bookkeeping"]));
    let rescoped = with_source("site", "reads_device = true", "reads_device = true\nidentity_scope = \"web\"");
    let planned = plan(&house, &rescoped).await.json;
    let site = told(&planned, "rescoped", "site");
    let counted = found.through(number("site"), SlotSet::ALL);
    assert_eq!((&site["identifiers"], &site["fields"]), (&json!(counted.identifiers), &json!(["web"])));
    assert_eq!(counted.identifiers, 1, "the visitor's tablet");
    let place = CATALOG.find("[[sources]]\ncode = \"till\"").unwrap();
    let end = CATALOG.find("[[sources]]\ncode = \"crm\"").unwrap();
    let removed = format!("{}{}", &CATALOG[..place], &CATALOG[end..]);
    assert_eq!(told(&plan(&house, &removed).await.json, "removed", "till")["identifiers"], 0);
}

async fn a_plan_says_whom_data_of_another_category_concerns(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    three_customers_and_a_visitor(&house).await;
    assert_eq!(house.profile("user_id/ann", "news").await.expect(200).json["traits"]["firstName"], "ann");
    // A first name is what an account has, and no longer what a letter says: orders may use both.
    let moved = CATALOG.replacen(
        "[[metrics]]",
        "[[traits]]\nname = \"firstName\"\ntype = \"text\"\ncategory = \"account.activity\"\n\n[[metrics]]",
        1,
    );
    let planned = plan(&house, &moved).await.json;
    for (purpose, people) in [("news", 2), ("offers", told(&planned, "hides", "offers")["people"].as_u64().unwrap())] {
        let hides = told(&planned, "hides", purpose);
        assert_eq!((&hides["fields"], &hides["people"]), (&json!(["traits.firstName"]), &json!(people)));
        assert!(hides["holdings"].as_u64().unwrap() > 0, "{hides}");
    }
    let of_orders = planned["affects"].as_array().unwrap().iter().any(|affected| affected["purpose"] == "orders");
    assert!(!of_orders, "{planned:#}");
    let line = "! slot 2 (news) sees no longer what is of another category (traits.firstName): 2 people are processed";
    assert!(planned["summary"].as_str().unwrap().contains(line), "{planned:#}");
    // It is as the plan said, and back again nothing was lost.
    house.apply(&moved).await;
    assert!(house.profile("user_id/ann", "news").await.expect(200).json["traits"].get("firstName").is_none());
    assert_eq!(house.profile("user_id/ann", "orders").await.expect(200).json["traits"]["firstName"], "ann");
    let planned = plan(&house, CATALOG).await.json;
    assert_eq!(told(&planned, "takes", "news")["fields"], json!(["traits.firstName"]));
    house.apply(CATALOG).await;
    assert_eq!(house.profile("user_id/ann", "news").await.expect(200).json["traits"]["firstName"], "ann");
}
