//! The gate: nothing undeclared comes through, and nothing for a slot that may not have it.

use crate::support::{BROWSING, EMAIL, HEALTH, declare, field, identify, measure, only, policy, rule, slots, track};
use amana_core::catalog::{Basis, CategoryId, MetricFunction, Policy};
use amana_core::profile::{Figure, Kept, Part, SetAsideReason, gate};
use amana_core::{Event, EventKind, FieldType, Slot, SlotSet, Value};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value as Json, json};

/// Slot 0 may use e-mail addresses and browsing, slot 1 browsing, slot 2 health and browsing.
pub(crate) fn shop() -> Policy {
    let categories = [vec![EMAIL, BROWSING], vec![BROWSING], vec![HEALTH, BROWSING]];
    let slots = (0..).zip(categories).map(|(slot, categories)| {
        let mut rule = rule(slot, Basis::Consent);
        rule.categories = only(&categories);
        rule
    });
    let mut policy = policy(slots.collect());
    let fields = [
        ("total", field(FieldType::Number, BROWSING)),
        ("diagnosis", field(FieldType::Text, HEALTH)),
        ("cart", field(FieldType::Json, BROWSING)),
        ("shop.city", field(FieldType::Text, BROWSING)),
        ("context.page.path", field(FieldType::Text, BROWSING)),
    ];
    declare(&mut policy, "Order", BROWSING, &fields);
    declare(&mut policy, "Identify", BROWSING, &[]);
    declare(&mut policy, "Group", BROWSING, &[("name", field(FieldType::Text, BROWSING))]);
    measure(&mut policy, "orders", "Order", MetricFunction::Count, None);
    measure(&mut policy, "spent", "Order", MetricFunction::Sum, Some("total"));
    for (name, field_type, category) in
        [("name", FieldType::Text, EMAIL), ("address", FieldType::Json, EMAIL), ("a.b", FieldType::Integer, BROWSING)]
    {
        policy.traits.insert(name.into(), field(field_type, category));
    }
    policy
}

fn part(kept: &Kept, class: &[u8]) -> Part {
    let found: Vec<_> = kept.parts.iter().filter(|part| part.class == slots(class)).collect();
    assert_eq!(found.len(), 1, "one part for {class:?} in {kept:?}");
    found[0].clone()
}

#[test]
fn an_event_is_parted_by_who_may_keep_what() {
    let event = track("Order", json!({"total": "9.5", "diagnosis": "flu", "shop": {"city": "Bonn"}}));
    let kept = gate(&shop(), slots(&[0, 1, 2, 9]), &event, Some((EMAIL, "jane@example.com")));
    let all = part(&kept, &[0, 1, 2]);
    assert_eq!(all.event.as_deref(), Some("Order"));
    assert_eq!(all.fields, [("total".into(), Value::Number(9.5)), ("shop.city".into(), Value::Text("Bonn".into()))]);
    assert_eq!(all.metrics[0], ("orders".into(), Figure::Count(1)));
    assert_eq!(part(&kept, &[2]).fields, [("diagnosis".into(), Value::Text("flu".into()))]);
    assert_eq!(part(&kept, &[0]).identifier.as_deref(), Some("jane@example.com"));
    assert_eq!((kept.parts.len(), kept.refused, kept.set_aside.len()), (3, 0, 0));
}

#[test]
fn what_no_slot_may_keep_is_counted_and_dropped() {
    let event = track("Order", json!({"total": 1, "diagnosis": "flu"}));
    let kept = gate(&shop(), slots(&[1]), &event, Some((EMAIL, "jane@example.com")));
    assert_eq!((kept.parts.len(), kept.refused), (1, 2));
    let none = gate(&shop(), SlotSet::EMPTY, &event, None);
    assert_eq!((none.parts, none.set_aside), (vec![], vec![]));
}

#[test]
fn a_declared_parent_takes_its_object_whole_and_nulls_say_nothing() {
    let kept =
        gate(&shop(), slots(&[0]), &identify(json!({"address": {"city": "Bonn"}, "name": null, "a": {"b": 1}})), None);
    let traits = part(&kept, &[0]).traits;
    assert_eq!(
        traits,
        [("address".into(), Value::Json(r#"{"city":"Bonn"}"#.into())), ("a.b".into(), Value::Integer(1))]
    );
}

#[test]
fn of_the_context_only_what_a_schema_names_is_looked_at() {
    let context = json!({"page": {"path": "/shop", "secret": "x"}, "ip": "192.0.2.0"});
    let event = Event { context: context.as_object().unwrap().clone(), ..track("Order", json!({})) };
    let kept = gate(&shop(), slots(&[1]), &event, None);
    assert_eq!(part(&kept, &[1]).fields, [("context.page.path".into(), Value::Text("/shop".into()))]);
    assert!(kept.set_aside.is_empty());
}

#[test]
fn a_company_does_not_give_its_name_to_who_works_there() {
    let event = Event { kind: EventKind::Group { group_id: "g".into() }, ..identify(json!({"name": "Initech"})) };
    let kept = gate(&shop(), slots(&[0]), &event, None);
    let part = part(&kept, &[0]);
    assert_eq!((part.traits, part.fields), (vec![], vec![("name".into(), Value::Text("Initech".into()))]));
}

/// Who may have a field and not the event it is of has neither.
#[test]
fn a_field_is_kept_for_who_may_have_the_event_and_a_figure_for_who_may_have_its_field() {
    let mut policy = shop();
    let mut health_alone = rule(3, Basis::Consent);
    health_alone.categories = only(&[HEALTH]);
    policy.slots.push(health_alone);
    policy.slots_by_category[usize::from(HEALTH.0)].insert(Slot(3));
    declare(
        &mut policy,
        "Visit",
        BROWSING,
        &[("pain", field(FieldType::Number, HEALTH)), ("price", field(FieldType::Number, BROWSING))],
    );
    measure(&mut policy, "paid", "Visit", MetricFunction::Sum, Some("price"));
    measure(&mut policy, "hurt", "Visit", MetricFunction::Max, Some("pain"));
    let event = track("Visit", json!({"pain": 7, "price": 30}));
    let kept = gate(&policy, slots(&[0, 1, 2, 3]), &event, None);
    let (all, health) = (part(&kept, &[0, 1, 2]), part(&kept, &[2]));
    assert_eq!((kept.parts.len(), health.event.as_deref()), (2, Some("Visit")), "{kept:?}");
    assert_eq!(health.fields, [("pain".into(), Value::Number(7.0))]);
    assert_eq!(
        all.metrics,
        [("paid".into(), Figure::of(MetricFunction::Sum, event.at, Some(&Value::Number(30.0))).unwrap())]
    );
    assert_eq!(health.metrics, [("hurt".into(), Figure::Max(7.0))]);
}

#[test]
fn a_trait_is_at_most_two_kilobytes_long() {
    for (bytes, fits) in [(2_048, true), (2_049, false)] {
        let long = |around: usize| "x".repeat(bytes - around);
        let object = json!({"c": long(r#"{"c":""}"#.len())});
        let kept = gate(&shop(), slots(&[0]), &identify(json!({"name": long(0), "address": object})), None);
        let traits = kept.parts.iter().map(|part| part.traits.len()).sum::<usize>();
        let aside: Vec<_> = kept.set_aside.iter().map(|each| (each.path.as_str(), each.reason)).collect();
        let too_long = |name| (name, SetAsideReason::TooLong);
        let expected = if fits { vec![] } else { vec![too_long("traits.name"), too_long("traits.address")] };
        assert_eq!((traits, aside), (if fits { 2 } else { 0 }, expected));
    }
}

#[test]
fn an_event_that_only_triggers_name_is_not_kept() {
    let mut policy = shop();
    policy.events.get_mut("Order").unwrap().category = None;
    let kept = gate(&policy, SlotSet::ALL, &track("Order", json!({"total": 1})), None);
    assert_eq!(kept, Kept::default());
}

fn any_object() -> impl Strategy<Value = Json> {
    let keys = select(vec![
        "total",
        "diagnosis",
        "cart",
        "shop",
        "city",
        "name",
        "address",
        "a",
        "b",
        "a.b",
        "odd",
        "context.page.path",
    ]);
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        "[a-c]{0,3}".prop_map(Json::from),
        Just(json!([1, {"total": 2}]))
    ];
    let object = move |value: BoxedStrategy<Json>| {
        prop::collection::vec((keys.clone(), value), 0..5)
            .prop_map(|fields| Json::Object(fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()))
    };
    let nested = leaf.boxed().prop_recursive(10, 40, 4, {
        let object = object.clone();
        move |inner| object(inner.boxed())
    });
    object(nested.boxed())
}

proptest! {
    #[test]
    fn nothing_undeclared_and_nothing_for_a_slot_that_may_not_have_it(
        properties in any_object(), traits in any_object(), allowed in subsequence(vec![0_u8, 1, 2, 3], 0..=4),
        name in select(vec!["Order", "Unknown"]),
    ) {
        let policy = shop();
        let allowed = slots(&allowed);
        let event = Event { traits: traits.as_object().unwrap().clone(), ..track(name, properties) };
        let kept = gate(&policy, allowed, &event, Some((EMAIL, "jane@example.com")));
        let may = |class: SlotSet, category: CategoryId| class.without(allowed.and(policy.slots_for(category))).is_empty();
        let rule = policy.events.get(name);
        for part in &kept.parts {
            prop_assert!(!part.class.is_empty());
            prop_assert!(part.event.is_none() || may(part.class, BROWSING));
            // The class of a field is within that of its event.
            prop_assert!(part.fields.is_empty() || part.event.is_some());
            for (name, _) in &part.fields {
                let field = rule.and_then(|rule| rule.fields.get(name));
                prop_assert!(field.is_some_and(|field| may(part.class, field.category)));
            }
            for (name, _) in &part.traits {
                prop_assert!(policy.traits.get(name).is_some_and(|field| may(part.class, field.category)));
            }
            for (name, _) in &part.metrics {
                let metric = policy.metrics.iter().find(|metric| metric.name == *name);
                prop_assert!(metric.is_some_and(|metric| may(part.class, metric.category)));
            }
            prop_assert!(part.identifier.is_none() || may(part.class, EMAIL));
        }
        let classes: std::collections::HashSet<_> = kept.parts.iter().map(|part| part.class).collect();
        prop_assert_eq!(classes.len(), kept.parts.len());
    }
}
