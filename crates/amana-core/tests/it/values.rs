//! Values as they are read, and sets of slots and categories.

use crate::support::moment;
use amana_core::catalog::{CATEGORIES_MAX, CategoryId, CategorySet};
use amana_core::{FieldType, Slot, SlotSet, Value};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

fn read(field_type: FieldType, json: &Json) -> Option<Value> {
    Value::read(field_type, json)
}

#[test]
fn numbers_are_finite_and_western() {
    for text in [
        "NaN",
        "nan",
        "inf",
        "-infinity",
        "1e999",
        "-1e999",
        "",
        " ",
        "1,5",
        "1.000,00",
        "0x10",
        "1_000",
        "١٢",
        "１２",
        "€5",
        "--1",
    ] {
        assert_eq!(read(FieldType::Number, &json!(text)), None, "{text:?}");
        assert_eq!(read(FieldType::Integer, &json!(text)), None, "{text:?}");
    }
    assert!(serde_json::from_str::<Json>("1e400").is_err());
    assert_eq!(read(FieldType::Number, &json!(" 29.99 ")), Some(Value::Number(29.99)));
    assert_eq!(read(FieldType::Number, &json!("1e3")), Some(Value::Number(1000.0)));
    assert_eq!(read(FieldType::Number, &json!(true)), None);
}

#[test]
fn whole_numbers_stay_whole_and_within_63_bits() {
    for whole in [i64::MIN, -1, 0, 1, i64::MAX] {
        assert_eq!(read(FieldType::Integer, &json!(whole)), Some(Value::Integer(whole)));
        assert_eq!(read(FieldType::Integer, &json!(whole.to_string())), Some(Value::Integer(whole)));
    }
    assert_eq!(read(FieldType::Integer, &json!(3.0)), Some(Value::Integer(3)));
    for json in [json!(u64::MAX), json!(1.5), json!(1e18), json!(1e300), json!("9223372036854775808"), json!("1.5")] {
        assert_eq!(read(FieldType::Integer, &json), None, "{json}");
    }
}

#[test]
fn times_are_instants_or_dates() {
    let time = |text: &str| read(FieldType::Time, &json!(text));
    let day = Value::Time(moment("2026-03-01T00:00:00Z"));
    assert_eq!(time("2026-03-01"), Some(day.clone()));
    assert_eq!(time("2026-03-01T02:00:00+02:00"), Some(day));
    for text in ["", "yesterday", "2026-02-30", "2026-13-01", "01.03.2026", "1772323200", "99999-01-01", "٢٠٢٦-٠٣-٠١"]
    {
        assert_eq!(time(text), None, "{text:?}");
    }
    assert_eq!(read(FieldType::Time, &json!(1_772_323_200_000_i64)), None);
}

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        (any::<i32>(), prop::sample::select(vec![1_i32, 8, 100]))
            .prop_map(|(whole, part)| Json::from(f64::from(whole) / f64::from(part))),
        any::<String>().prop_map(Json::from),
        "[-+]?[0-9]{1,22}(\\.[0-9]{1,5})?(e[0-9]{1,3})?".prop_map(Json::from),
        "[-+]?[0-9]{4,6}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})?)?"
            .prop_map(Json::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| prop::collection::vec(inner, 0..3).prop_map(Json::from))
}

proptest! {
    #[test]
    fn reading_never_panics_and_reads_again_what_it_wrote(json in any_json()) {
        for field_type in [FieldType::Text, FieldType::Integer, FieldType::Number, FieldType::Boolean, FieldType::Time, FieldType::Json] {
            if let Some(value) = read(field_type, &json) {
                if let Value::Number(number) = value {
                    prop_assert!(number.is_finite());
                }
                // Instants before the year 1 are moved there when they are written.
                if !matches!(value, Value::Time(at) if at.timestamp().as_millisecond() != at.0) {
                    prop_assert_eq!(read(field_type, &value.to_json()), Some(value));
                }
            }
        }
    }

    #[test]
    fn sets_of_slots_are_sets(one in prop::collection::btree_set(any::<u8>(), 0..40), other in prop::collection::btree_set(any::<u8>(), 0..40), slot in any::<u8>()) {
        let set = |numbers: &BTreeSet<u8>| numbers.iter().map(|number| Slot(*number)).collect::<SlotSet>();
        let back = |set: SlotSet| set.iter().map(|slot| slot.0).collect::<BTreeSet<_>>();
        let (a, b) = (set(&one), set(&other));
        prop_assert_eq!(back(a.and(b)), &one & &other);
        prop_assert_eq!(back(a.or(b)), &one | &other);
        prop_assert_eq!(back(a.without(b)), &one - &other);
        prop_assert_eq!((a.len(), a.is_empty(), a.contains(Slot(slot))), (one.len(), one.is_empty(), one.contains(&slot)));
        prop_assert!(a.iter().is_sorted());
        let (mut with, mut without) = (a, a);
        with.insert(Slot(slot));
        without.remove(Slot(slot));
        prop_assert_eq!((with, without), (a.or(set(&[slot].into())), a.without(set(&[slot].into()))));
        prop_assert_eq!((a.and(SlotSet::ALL), a.or(SlotSet::EMPTY)), (a, a));
    }

    #[test]
    fn sets_of_categories_are_sets(one in prop::collection::btree_set(0..CATEGORIES_MAX as u16, 0..40), other in prop::collection::btree_set(0..CATEGORIES_MAX as u16, 0..40)) {
        let set = |numbers: &BTreeSet<u16>| {
            let mut set = CategorySet::default();
            numbers.iter().for_each(|number| set.insert(CategoryId(*number)));
            set
        };
        let back = |set: &CategorySet| set.iter().map(|category| category.0).collect::<BTreeSet<_>>();
        let (a, b) = (set(&one), set(&other));
        prop_assert_eq!(back(&a), one.clone());
        prop_assert_eq!(back(&a.or(&b)), &one | &other);
        prop_assert_eq!(a.is_subset(&b), one.is_subset(&other));
        prop_assert!(one.iter().all(|number| a.contains(CategoryId(*number))));
    }
}
