//! Folding: the order of events can't matter, and sums are exact.

use crate::support::moment;
use amana_core::catalog::MetricFunction;
use amana_core::profile::{Figure, Holding, MetricState, Origin, Part};
use amana_core::{Moment, SlotSet, Value};
use proptest::prelude::*;
use proptest::sample::select;
use rust_decimal::Decimal;

const FUNCTIONS: [MetricFunction; 6] = [
    MetricFunction::Count,
    MetricFunction::Sum,
    MetricFunction::Min,
    MetricFunction::Max,
    MetricFunction::First,
    MetricFunction::Last,
];
const DAY: i64 = 86_400_000;

fn any_value() -> impl Strategy<Value = Value> {
    let amounts = prop_oneof![
        (-99_999_i64..99_999).prop_map(|cents| cents as f64 / 100.0),
        any::<f64>(),
        select(vec![0.0, -0.0, 0.1, 0.2, 0.3, 1e15, -1e15, 1e-9, 5e-324, f64::MAX, f64::NAN, f64::INFINITY]),
    ];
    prop_oneof![
        4 => amounts.prop_map(Value::Number),
        1 => any::<i64>().prop_map(Value::Integer),
        1 => "[ab]".prop_map(Value::Text),
        1 => (0..3_i64).prop_map(|at| Value::Time(Moment(at))),
        1 => (0..3_i64).prop_map(|at| Value::Text(Moment(at).to_string())),
    ]
}

fn any_figure() -> impl Strategy<Value = (Moment, Figure)> {
    (select(FUNCTIONS.to_vec()), 0..120_i64, any_value()).prop_filter_map("no number", |(function, day, value)| {
        let at = Moment(day * DAY);
        Some((at, Figure::of(function, at, Some(&value))?))
    })
}

fn any_event() -> impl Strategy<Value = (Part, Origin)> {
    let traits = prop::collection::vec(
        (
            select(vec!["name", "city"]),
            any_value().prop_filter(
                "as values are read",
                |value| !matches!(value, Value::Number(number) if !number.is_finite()),
            ),
        ),
        0..3,
    );
    let metrics = prop::collection::vec((select(vec!["spent", "orders"]), any_figure()), 0..3);
    (traits, metrics, prop::option::of("[ab]"), any::<bool>(), 0..3_i64, 0..2_i64, 0..2_u32).prop_map(
        |(traits, metrics, identifier, happened, day, late, source)| {
            let at = Moment(day * 20 * DAY);
            let part = Part {
                class: SlotSet::ALL,
                event: happened.then(|| "Order".into()),
                fields: Vec::new(),
                traits: traits.into_iter().map(|(name, value)| (name.into(), value)).collect(),
                metrics: metrics.into_iter().map(|(name, (_, figure))| (name.into(), figure)).collect(),
                identifier,
            };
            (part, Origin { at, received: at.plus_millis(late), source })
        },
    )
}

/// Whether a figure is written in few digits: JSON is read a little inexactly beyond.
fn is_short((_, figure): &(Moment, Figure)) -> bool {
    !matches!(figure, Figure::Min(number) | Figure::Max(number) if number.abs() > 1e6 || (number * 8.0).fract() != 0.0)
}

fn folded(events: &[(Part, Origin)]) -> Holding {
    let mut holding = Holding::default();
    events.iter().for_each(|(part, origin)| holding.fold(part, *origin));
    holding
}

fn state(figures: &[(Moment, Figure)]) -> MetricState {
    let mut state = MetricState::default();
    figures.iter().for_each(|(at, figure)| state.add(*at, *figure));
    state
}

/// The bytes as they are sealed: equal values that are written differently would make two different states.
fn written(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

proptest! {
    #[test]
    fn any_order_of_events_makes_the_same_holding((events, shuffled) in prop::collection::vec(any_event(), 0..10)
        .prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle()))) {
        let (one, other) = (folded(&events), folded(&shuffled));
        prop_assert_eq!(written(&one), written(&other));
        prop_assert_eq!(one, other);
    }

    #[test]
    fn joining_figures_is_commutative_and_associative((_, a) in any_figure(), (_, b) in any_figure(), (_, c) in any_figure()) {
        prop_assert_eq!(written(&a.join(b)), written(&b.join(a)));
        prop_assert_eq!(written(&a.join(b).join(c)), written(&a.join(b.join(c))));
    }

    #[test]
    fn joined_states_are_the_state_of_all_figures(one in prop::collection::vec(any_figure(), 0..8), other in prop::collection::vec(any_figure(), 0..8)) {
        let mut joined = state(&one);
        joined.join(&state(&other));
        let all = [one, other].concat();
        prop_assert_eq!(written(&joined), written(&state(&all)));
    }

    #[test]
    fn sums_of_money_are_exact(cents in prop::collection::vec(-1_000_000_i64..1_000_000, 1..60)) {
        let figures: Vec<_> = cents.iter().map(|cents| {
            let value = Value::Number(*cents as f64 / 100.0);
            (Moment(0), Figure::of(MetricFunction::Sum, Moment(0), Some(&value)).unwrap())
        }).collect();
        let total = state(&figures).total(MetricFunction::Sum, |_| true);
        prop_assert_eq!(total, Some(Figure::Sum(Decimal::new(cents.iter().sum(), 2))));
    }

    #[test]
    fn a_stored_state_is_read_back(figures in prop::collection::vec(any_figure().prop_filter("JSON reads short numbers exactly", is_short), 0..8)) {
        let state = state(&figures);
        prop_assert_eq!(serde_json::from_str::<MetricState>(&written(&state)).unwrap(), state);
    }
}

#[test]
fn amounts_are_what_the_sender_wrote() {
    let sum = |value: Value| match Figure::of(MetricFunction::Sum, Moment(0), Some(&value)) {
        Some(Figure::Sum(sum)) => Some(sum.normalize().to_string()),
        _ => None,
    };
    assert_eq!(sum(Value::Number(0.1)).as_deref(), Some("0.1"));
    assert_eq!(sum(Value::Number(0.1 + 0.2)).as_deref(), Some("0.3"));
    assert_eq!(sum(Value::Number(-0.0)).as_deref(), Some("0"));
    assert_eq!(sum(Value::Number(5e-324)).as_deref(), Some("0"));
    assert_eq!(sum(Value::Number(123_456_789_012_345.67)).as_deref(), Some("123456789012345.67"));
    assert_eq!(sum(Value::Integer(999_999_999_999_999)).as_deref(), Some("999999999999999"));
    for beyond in [
        Value::Number(f64::MAX),
        Value::Number(f64::NAN),
        Value::Integer(i64::MIN),
        Value::Number(-1.1e15),
        Value::Text("5".into()),
    ] {
        assert_eq!(sum(beyond.clone()), None, "{beyond:?}");
    }
}

#[test]
fn a_metric_that_changed_its_function_keeps_both_apart() {
    let at = moment("2026-03-10T00:00:00Z");
    let state = state(&[(at, Figure::Count(1)), (at, Figure::Max(3.0)), (at, Figure::Count(1))]);
    assert_eq!(state.total(MetricFunction::Count, |_| true), Some(Figure::Count(2)));
    assert_eq!(state.total(MetricFunction::Max, |_| true), Some(Figure::Max(3.0)));
    assert_eq!(state.total(MetricFunction::Min, |_| true), None);
}

#[test]
fn counts_and_sums_stop_at_their_ends() {
    assert_eq!(Figure::Count(u64::MAX).join(Figure::Count(1)).value(), Value::Integer(i64::MAX));
    assert_eq!(Figure::Sum(Decimal::MAX).join(Figure::Sum(Decimal::ONE)), Figure::Sum(Decimal::MAX));
}

#[test]
fn extreme_instants_are_folded_like_others() {
    for at in [i64::MIN, -1, 0, i64::MAX].map(Moment) {
        let state = state(&[(at, Figure::Count(1))]);
        assert_eq!(state.total(MetricFunction::Count, |_| true), Some(Figure::Count(1)));
    }
}
