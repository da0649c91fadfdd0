//! What a purpose may not see is not in its table.

use super::{policy, sample};
use amana_core::FieldType;
use amana_core::catalog::{Columns, FieldOrigin, WithheldReason};

fn columns(purpose: &str, brand: Option<&str>) -> Columns {
    let policy = policy(&sample());
    policy.columns(policy.find_slot(purpose, brand).unwrap().slot)
}

fn reason<'a>(columns: &'a Columns, name: &str) -> Option<&'a WithheldReason> {
    columns.withheld.iter().find(|withheld| withheld.name == name).map(|withheld| &withheld.reason)
}

#[test]
fn a_purpose_sees_its_own_categories_and_never_who_somebody_is() {
    let columns = columns("newsletter", Some("trail"));
    let visible = |name: &str| columns.visible.iter().find(|(column, ..)| column == name).cloned();
    assert_eq!(visible("orders"), Some(("orders".into(), FieldType::Integer, FieldOrigin::Metric)));
    assert_eq!(visible("favourite_activity").map(|column| column.2), Some(FieldOrigin::Trait));
    assert_eq!(visible("revenue_total").map(|column| column.1), Some(FieldType::Number));
    let direct = |category: &str| WithheldReason::DirectIdentifier { category: category.into() };
    assert_eq!(reason(&columns, "email"), Some(&direct("contact.email")), "although the purpose names it");
    assert_eq!(reason(&columns, "username"), Some(&direct("identity.user")));
    let foreign = WithheldReason::NotInPurpose { category: "behaviour.browsing".into() };
    assert_eq!(reason(&columns, "last_seen"), Some(&foreign));
}

#[test]
fn a_special_category_is_seen_under_a_condition_only() {
    let open = columns("mountain_rescue", None);
    assert!(open.visible.iter().any(|(name, ..)| name == "knee_injury"));
    let mut catalog = sample();
    catalog.purposes[4].special_condition = None;
    let policy = policy(&catalog);
    let slot = policy.slots_of("mountain_rescue").next().unwrap().slot;
    let special = WithheldReason::SpecialWithoutCondition { category: "health.injury".into() };
    assert_eq!(reason(&policy.columns(slot), "knee_injury"), Some(&special));
    let category = policy.categories.find("health.injury").unwrap();
    assert!(!policy.slots_for(category).contains(slot));
}

#[test]
fn a_name_is_a_trait_before_it_is_an_identifier() {
    let policy = policy(&sample());
    let origin = |name: &str| policy.column_origin(name).map(|(origin, ..)| origin);
    assert_eq!(origin("email"), Some(FieldOrigin::Trait));
    assert_eq!(origin("orders"), Some(FieldOrigin::Metric));
    assert_eq!(origin("club_card"), Some(FieldOrigin::Identifier));
    assert_eq!(origin("nothing"), None);
}
