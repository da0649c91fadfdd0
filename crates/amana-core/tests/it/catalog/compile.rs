//! What every decision asks: names resolved, and what does not resolve denied.

use super::{policy, sample};
use amana_core::catalog::{CategoryId, Numbers, Policy};
use amana_core::{Slot, SlotSet};
use std::collections::BTreeSet;

fn slots(policy: &Policy, wanted: &[(&str, Option<&str>)]) -> SlotSet {
    let found = wanted.iter().map(|(purpose, brand)| {
        let mut rules = policy.slots.iter().filter(|rule| !rule.retired);
        rules.find(|rule| rule.purpose == *purpose && rule.brand.as_deref() == *brand).unwrap().slot
    });
    found.collect()
}

#[test]
fn a_purpose_has_a_slot_for_each_brand_or_one_for_all() {
    let policy = policy(&sample());
    let slots: Vec<_> = policy.slots.iter().map(|rule| (rule.purpose.as_str(), rule.brand.as_deref())).collect();
    let expected = [
        ("shop", None),
        ("bookkeeping", None),
        ("newsletter", Some("summit")),
        ("newsletter", Some("trail")),
        ("recommendations", None),
        ("mountain_rescue", None),
    ];
    assert_eq!(slots, expected, "a purpose that is retired from the start has none");
    assert_eq!(policy.slots[2].since_version, 2);
    assert!(policy.find_slot("newsletter", None).is_none(), "without a brand it is not clear which");
    assert_eq!(policy.find_slot("shop", Some("trail")).map(|rule| rule.slot), Some(Slot(0)));
}

#[test]
fn a_category_includes_everything_below_it() {
    let policy = policy(&sample());
    let may = |code: &str| policy.slots_for(policy.categories.find(code).unwrap());
    assert_eq!(may("commerce.wishlist"), slots(&policy, &[("shop", None), ("recommendations", None)]));
    assert_eq!(may("health.injury"), slots(&policy, &[("mountain_rescue", None)]));
    assert_eq!(may("belief"), SlotSet::EMPTY);
    assert_eq!(policy.slots_for(CategoryId(511)), SlotSet::EMPTY);
}

#[test]
fn a_source_concerns_its_own_brand() {
    let policy = policy(&sample());
    let web = policy.source("summit_web").unwrap();
    let news = ("newsletter", Some("summit"));
    assert_eq!(web.collects, slots(&policy, &[("shop", None), news, ("recommendations", None)]));
    assert_eq!(web.concerns.len(), 5);
    assert_eq!(web.informs, slots(&policy, &[("shop", None), ("recommendations", None)]));
    assert_eq!(web.starts, slots(&policy, &[("recommendations", None)]));
    assert_eq!(web.consent_categories["Advertising"], slots(&policy, &[news]));
    assert_eq!(web.notice, Some(("privacy".into(), 3)));
    let tills = policy.source("tills").unwrap();
    assert!(tills.starts.is_empty() && tills.notice.is_none());
    assert_eq!(tills.identity_scope, "shops");
}

#[test]
fn a_write_key_is_found_by_its_hash() {
    use sha2::Digest as _;
    let policy = policy(&sample());
    let hash = sha2::Sha256::digest(b"summit-web-0123456789").into();
    assert_eq!(policy.source_by_key(&hash).map(|source| source.code.as_str()), Some("summit_web"));
    let mut declared = [0; 32];
    let eighths = [0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef];
    declared.iter_mut().zip(eighths.iter().cycle()).for_each(|(byte, value)| *byte = *value);
    assert_eq!(policy.source_by_key(&declared).map(|source| source.code.as_str()), Some("tills"));
    assert!(policy.source_by_key(&[0; 32]).is_none());
    assert_eq!(policy.api_keys.len(), 1);
}

#[test]
fn events_start_and_end_bases_and_feed_metrics() {
    let policy = policy(&sample());
    let order = &policy.events["Order Completed"];
    assert_eq!(order.starts, slots(&policy, &[("shop", None), ("bookkeeping", None)]));
    assert_eq!(order.metrics, [0, 1]);
    assert_eq!(policy.events["Account Closed"].ends, slots(&policy, &[("shop", None)]));
    assert_eq!(policy.metrics[1].category, policy.categories.find("commerce.order").unwrap());
}

#[test]
fn an_event_only_triggers_name_is_never_kept() {
    let mut catalog = sample();
    catalog.purposes[0].ends_on[0].event = Some("Moved Away".into());
    let policy = policy(&catalog);
    let rule = &policy.events["Moved Away"];
    assert_eq!((rule.category, rule.ends.len()), (None, 1));
}

#[test]
fn a_register_blocks_until_it_is_in_force() {
    let mut policy = policy(&sample());
    let rescue = policy.find_slot("mountain_rescue", None).unwrap().slot;
    assert!(!policy.open.contains(rescue));
    assert_eq!(policy.slot(rescue).unwrap().blocked.as_deref(), Some("rescue-assessment"));
    policy.set_in_force(&BTreeSet::from(["rescue-assessment".to_owned()]));
    assert!(policy.open.contains(rescue) && policy.slot(rescue).unwrap().blocked.is_none());
    assert_eq!(policy.open.len(), 6);
}

#[test]
fn audiences_and_destinations_find_their_slots_and_fields() {
    let policy = policy(&sample());
    let audience = &policy.audiences[0];
    assert_eq!(SlotSet::from_iter([audience.slot]), slots(&policy, &[("newsletter", Some("trail"))]));
    assert_eq!(audience.destinations, [0]);
    let fields: Vec<_> = policy.destinations[0].fields.iter().map(|field| (&*field.name, field.hashed)).collect();
    assert_eq!(fields, [("address", true), ("orders", false), ("club_card", false)]);
}

#[test]
fn what_does_not_resolve_is_left_out() {
    let mut catalog = sample();
    catalog.traits[0].category = "nothing".into();
    catalog.metrics[0].event = "Nothing".into();
    catalog.audiences[0].brand = Some("nothing".into());
    catalog.destinations[0].fields[0].from = "nothing".into();
    catalog.purposes[1].keep = "for ever".into();
    let policy = policy(&catalog);
    assert!(!policy.traits.contains_key("favourite_activity"));
    assert_eq!((policy.metrics.len(), policy.audiences.len(), policy.destinations[0].fields.len()), (2, 0, 1));
    assert!(policy.find_slot("bookkeeping", None).is_none());
    let without_numbers = Policy::compile(1, &catalog, &Numbers::default());
    assert!(without_numbers.sources.is_empty() && without_numbers.open.is_empty());
}
