//! What is set aside: places without values, also where sources put values into names.

use super::gate::shop;
use crate::support::{identify, slots, track};
use amana_core::profile::{SetAsideReason, gate};
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

fn places(event: &amana_core::Event) -> Vec<String> {
    gate(&shop(), slots(&[0]), event, None).set_aside.into_iter().map(|each| each.path).collect()
}

#[test]
fn places_are_named_as_sources_name_them() {
    let event =
        track("Order", json!({"colour": "red", "item": {"size": 3, "tags": ["a"]}, "empty": {}, "nothing": null}));
    assert_eq!(places(&event), ["Order.properties.colour", "Order.properties.item.size", "Order.properties.item.tags"]);
    assert_eq!(places(&track("Shoe Tied (left)", json!({"a": 1}))), ["Shoe Tied (left)"]);
    let wrong = gate(&shop(), slots(&[0]), &track("Order", json!({"total": "much"})), None).set_aside;
    assert_eq!((wrong[0].path.as_str(), wrong[0].reason), ("Order.properties.total", SetAsideReason::WrongType));
}

#[test]
fn keys_that_look_like_values_are_not_told() {
    for key in [
        "jane@example.com",
        "jane%40example.com",
        "Jane Doe",
        "+49 171 1234567",
        "491711234567",
        "2026-03-01",
        "192.168.1.10",
        "4111-1111-1111-1111",
        "550e8400-e29b-41d4-a716-446655440000",
        "٠٥٠١٢٣٤٥٦٧",
        "jane＠example.com",
        "",
        "a\u{0}b",
        "x\u{a0}y",
        "/users/jane",
        "{\"name\":\"jane\"}",
        "eyJhbGciOiJIUzI-eyJzdWIiOiJqYW5lIn-SflKxwRJSMeKKF",
    ] {
        assert_eq!(
            places(&identify(json!({(key): true, "ok": {(key): {"inner": 1}}}))),
            ["traits.*", "traits.ok.*.inner"],
            "{key:?}"
        );
    }
    for name in ["Mail to jane@example.com", "Order 4711 0815", "Called +49 171 1234567", "a\nb", "", &"x".repeat(200)]
    {
        assert_eq!(places(&track(name, json!({}))), ["*"], "{name:?}");
    }
}

#[test]
fn places_are_bounded_in_depth_length_and_number() {
    let nested = |depth: usize, key: &str| (0..depth).fold(json!(1), |inner, _| json!({(key): inner}));
    assert_eq!(places(&identify(nested(8, "k"))), ["traits.k.k.k.k.k.k.k.k"]);
    assert_eq!(places(&identify(nested(80, "k"))), ["traits.k.k.k.k.k.k.k.k"]);
    let long = &places(&identify(nested(8, &"k".repeat(40))))[0];
    assert!(long.len() <= 128 && long.ends_with(".*"), "{long}");
    let many: Map<String, Json> = (0..5_000).map(|number| (format!("k{number}"), json!(1))).collect();
    assert_eq!(places(&identify(Json::Object(many))).len(), 64);
    let alike: Map<String, Json> = (0..5_000).map(|number| (format!("{number:08}"), json!(1))).collect();
    assert_eq!(places(&identify(Json::Object(alike))), ["traits.*"]);
}

proptest! {
    #[test]
    fn no_value_and_nothing_long_is_ever_set_aside(keys in prop::collection::vec(any::<String>(), 1..12), name in any::<String>(), canary in "canary[a-z]{8}") {
        let object = keys.iter().rev().fold(json!(canary), |inner, key| json!({(key.as_str()): inner}));
        for event in [track(&name, object.clone()), track("Order", object.clone()), identify(object)] {
            for place in places(&event) {
                prop_assert!(place.len() <= 128 && !place.contains(&canary));
                prop_assert!(!place.contains('@') && !place.chars().any(char::is_control));
            }
        }
    }
}
