//! What every decision asks: names resolved, and what does not resolve denied.

use super::{policy, sample};
use amana_core::catalog::{Catalog, CategoryId, Numbers, Policy};
use amana_core::{Moment, Slot, SlotSet};

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
    let shown = web.served_at(Moment(0)).unwrap();
    assert_eq!(shown.informs, slots(&policy, &[("shop", None), ("recommendations", None)]));
    assert_eq!(shown.starts, slots(&policy, &[("recommendations", None)]));
    assert_eq!(web.jurisdiction.as_deref(), Some("DE"));
    assert_eq!(web.consent_categories["Advertising"], slots(&policy, &[news]));
    let tills = policy.source("tills").unwrap();
    let shown = tills.served_at(Moment(0)).unwrap();
    assert!(shown.starts.is_empty() && shown.informs.is_empty() && shown.notices.is_empty());
    assert_eq!(tills.jurisdiction, None);
    assert_eq!(tills.identity_scope, "shops");
    assert!(!tills.shared_devices, "only where it is said");
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
fn a_previous_write_key_opens_its_source_until_it_is_taken_out() {
    let old = "6769950888bf8b079b6bf12348ef165828a482eb4fec54bf2ffba494734a2162";
    let declared = format!("identity_scope = \"shops\"\nprevious_write_keys_sha256 = [\"{old}\"]");
    let catalog = super::read(&super::sample_with("identity_scope = \"shops\"", &declared));
    let mut hash = [0; 32];
    hash.iter_mut()
        .enumerate()
        .for_each(|(at, byte)| *byte = u8::from_str_radix(&old[2 * at..2 * at + 2], 16).unwrap());
    let policy_with = policy(&catalog);
    assert_eq!(policy_with.source_by_key(&hash).map(|source| source.code.as_str()), Some("tills"));
    assert!(policy_with.is_previous_write_key(&hash));
    let newest = policy_with.sources_by_key.values().filter(|key| !key.previous).count();
    assert_eq!(newest, catalog.sources.len(), "and the newest of each");
    assert_eq!(amana_core::catalog::Catalog::read(&catalog.to_toml()).unwrap(), catalog, "an export keeps it");
    let without = policy(&sample());
    assert!(without.source_by_key(&hash).is_none() && !without.is_previous_write_key(&hash));
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
fn a_register_blocks_until_it_is_in_force_and_from_the_day_it_lapses() {
    // The organisation's day of 2030-01-01 begins in Berlin.
    let lapses = Moment::parse("2029-12-31T23:00:00Z").unwrap();
    let before = lapses.plus_millis(-1);
    let blocking = |change: fn(&mut Catalog)| {
        let mut catalog = sample();
        change(&mut catalog);
        let policy = policy(&catalog);
        let rescue = policy.find_slot("mountain_rescue", None).unwrap();
        let by = [before, lapses].map(|now| rescue.depends.blocked_at(now).map(str::to_owned));
        let open = [before, lapses].map(|now| policy.open_at(now).contains(rescue.slot));
        assert_eq!(open, [by[0].is_none(), by[1].is_none()], "the mask and the rule agree");
        assert_eq!(
            policy.open_at(before).without(SlotSet::from_iter([rescue.slot])).len(),
            5,
            "and no other is touched"
        );
        by
    };
    let (it, none) = (|| Some("rescue-assessment".to_owned()), || None::<String>);
    assert_eq!(blocking(|_| {}), [none(), it()]);
    assert_eq!(blocking(|catalog| catalog.registers[0].until = None), [none(), none()]);
    assert_eq!(blocking(|catalog| catalog.registers[0].in_force = false), [it(), it()]);
    // What was not checked and cannot be read is not in force.
    assert_eq!(blocking(|catalog| catalog.registers[0].until = Some("some day".into())), [it(), it()]);
    assert_eq!(blocking(|catalog| catalog.registers.clear()), [it(), it()]);
    // Of several each can block, and the first to lapse is the one.
    let second = |catalog: &mut Catalog| {
        let mut other = catalog.registers[0].clone();
        (other.code, other.until) = ("vendor".into(), Some("2029-12-31".into()));
        catalog.registers.push(other);
        catalog.purposes[4].blocked_by.push("vendor".into());
    };
    assert_eq!(blocking(second), [Some("vendor".to_owned()), Some("vendor".to_owned())]);
}

#[test]
fn an_audience_is_closed_once_when_its_register_lapses() {
    let mut catalog = sample();
    catalog.purposes[2].blocked_by.push("rescue-assessment".into());
    let lapses = Moment::parse("2029-12-31T23:00:00Z").unwrap();
    let closed = |catalog: &Catalog, since: i64, now: i64| {
        policy(catalog).closed_an_audience(lapses.plus_millis(since), lapses.plus_millis(now))
    };
    assert!(closed(&catalog, -1, 0) && closed(&catalog, -1, 5));
    assert!(!closed(&catalog, -9, -1) && !closed(&catalog, 0, 5), "not before, and not again");
    assert!(!closed(&sample(), -1, 0), "no audience serves the rescue");
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
