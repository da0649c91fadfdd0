//! What goes when, to the millisecond.

use crate::support::{policy, rule};
use amana_core::catalog::Basis;
use amana_core::profile::{Holding, Origin, Part, Retention, day_of, end_of_epoch, epoch_of};
use amana_core::{Moment, Slot, SlotSet, Value};
use proptest::prelude::*;

fn instant(text: &str) -> Moment {
    Moment::parse(text).expect("an instant")
}

/// Invoices for ten years, marketing for two.
fn retention(held: &[u8]) -> Retention {
    let keeps = ["P10Y", "P2Y"];
    let rules = keeps.iter().zip(0_u8..).map(|(keep, slot)| {
        let mut rule = rule(slot, Basis::Contract);
        rule.keep = keep.parse().expect("a duration");
        rule
    });
    let class = SlotSet::from_iter([Slot(0), Slot(1)]);
    Retention::of(&policy(rules.collect()), class, held.iter().copied().map(Slot).collect())
}

fn bought(at: Moment) -> Part {
    Part {
        class: SlotSet::EMPTY,
        event: Some("Order Completed".into()),
        fields: Vec::new(),
        traits: vec![(format!("bought_{}", at.0), Value::Integer(1))],
        metrics: vec![("orders".into(), amana_core::profile::Figure::Count(1))],
        identifier: None,
    }
}

/// Issue: invoices outlive marketing data by exactly their `keep`.
#[test]
fn a_datum_lives_until_the_last_purpose_that_holds_it_is_over() {
    let at = instant("2024-02-29T12:00:00Z");
    let ends = |held: &[u8]| retention(held).end_of(at).map(|end| end.to_string());
    assert_eq!(ends(&[0, 1]).as_deref(), Some("2034-02-28T12:00:00.000Z"));
    assert_eq!(ends(&[1]).as_deref(), Some("2026-02-28T12:00:00.000Z"));
    assert_eq!(ends(&[]), None);
    assert!(retention(&[]).is_over() && !retention(&[]).keeps(at, at));
    let end = instant("2026-02-28T12:00:00Z");
    assert!(retention(&[1]).keeps(at, end.plus_millis(-1)) && !retention(&[1]).keeps(at, end));
}

#[test]
fn what_has_outlived_its_purposes_is_let_go_and_the_rest_stays() {
    let (old, new) = (instant("2020-01-01T00:00:00Z"), instant("2024-01-01T00:00:00Z"));
    let mut holding = Holding::default();
    for at in [old, new] {
        holding.fold(&bought(at), Origin { at, received: at, source: 1 });
    }
    assert_eq!(holding.oldest(), Some(old));
    let (short, now) = (retention(&[1]), instant("2025-01-01T00:00:00Z"));
    assert!(holding.let_go(&short, now) && !holding.let_go(&short, now));
    assert_eq!(holding.traits.len(), 1);
    assert_eq!((holding.oldest(), holding.first_seen, holding.last_seen), (Some(new), None, Some(new)));
    assert!(holding.let_go(&short, instant("2026-01-01T00:00:00Z")) && holding.is_empty());
}

#[test]
fn a_month_is_an_epoch() {
    assert_eq!([epoch_of(Moment(0)), epoch_of(instant("1970-02-01T00:00:00Z"))], [1, 2]);
    assert_eq!(epoch_of(Moment(-1)), 1);
    let december = epoch_of(instant("2026-12-31T23:59:59.999Z"));
    assert_eq!(end_of_epoch(december), instant("2027-01-01T00:00:00Z"));
    assert_eq!(epoch_of(instant("2027-01-01T00:00:00Z")), december + 1);
}

proptest! {
    /// A page of events is read from the latest day on, so days have to lie as instants do.
    #[test]
    fn days_lie_in_time_as_they_compare(instants in prop::collection::vec(any::<i64>(), 2), near in 0..9_000_000_000_i64) {
        let instants = [instants[0], instants[1], near, Moment::MAX.0, -1, 0, 172_346_918_400_000 + near];
        for (one, other) in instants.iter().flat_map(|one| instants.iter().map(move |other| (Moment(*one), Moment(*other)))) {
            let (day, of_other) = (day_of(one), day_of(other));
            prop_assert!(one > other || day <= of_other, "{one:?} {other:?}");
            prop_assert!(day.0 == epoch_of(one) && (1..=31).contains(&day.1));
        }
        prop_assert_eq!(day_of(instant("2026-03-31T23:59:59.999Z")), (675, 31));
    }

    #[test]
    fn nothing_is_let_go_early_and_nothing_stays(times in prop::collection::vec(0..4_000_i64, 1..20), now in 0..8_000_i64) {
        let day = |day: i64| Moment(day * 86_400_000);
        let (retention, now) = (retention(&[1]), day(now));
        let mut holding = Holding::default();
        for at in &times {
            holding.fold(&bought(day(*at)), Origin { at: day(*at), received: day(*at), source: 1 });
        }
        holding.let_go(&retention, now);
        for at in times.iter().map(|at| day(*at)) {
            prop_assert_eq!(holding.traits.contains_key(&format!("bought_{}", at.0)), retention.keeps(at, now));
        }
        prop_assert!(holding.oldest().is_none_or(|oldest| retention.keeps(oldest, now)));
    }

    #[test]
    fn an_instant_lies_within_its_epoch(at in 0..200_000_000_000_000_i64) {
        let epoch = epoch_of(Moment(at));
        prop_assert!(end_of_epoch(epoch) > Moment(at) && end_of_epoch(epoch - 1) <= Moment(at));
    }
}
