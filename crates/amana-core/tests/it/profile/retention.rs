//! What goes when, to the millisecond.

use crate::support::{policy, rule};
use amana_core::catalog::{Basis, MetricFunction};
use amana_core::profile::{Figure, Holding, Origin, Part, Retention, day_of, end_of_epoch, epoch_of};
use amana_core::{Moment, Slot, SlotSet, Value};
use proptest::prelude::*;
use proptest::sample::subsequence;

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
        metrics: vec![("orders".into(), Figure::Count(1))],
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

const DAY: i64 = 86_400_000;
const HOUR: i64 = 3_600_000;
/// Everything is learned long after it was so, which keeps nothing any longer.
const LATE: i64 = 9_000 * DAY;

/// What is known of somebody, by the time that it is of: events of which nothing else is kept, traits, figures, what was
/// put right, and the identifier.
#[derive(Clone, Debug)]
struct Known {
    seen: Vec<Moment>,
    told: Vec<Moment>,
    counted: Vec<Moment>,
    corrected: Vec<Moment>,
    identified: Option<Moment>,
}

fn known() -> impl Strategy<Value = Known> {
    let at = || (0..4_000_i64, 0..3_i64).prop_map(|(day, hours)| Moment(day * DAY + hours * HOUR));
    let times = || prop::collection::vec(at(), 0..3);
    (times(), times(), times(), times(), prop::option::of(at()))
        .prop_map(|(seen, told, counted, corrected, identified)| Known { seen, told, counted, corrected, identified })
}

fn name(what: &str, at: Moment) -> String {
    format!("{what}_{}", at.0)
}

/// The beginning of a day.
fn day(at: Moment) -> Moment {
    Moment(at.0.div_euclid(DAY) * DAY)
}

impl Known {
    fn held(&self) -> Holding {
        let mut holding = Holding::default();
        let nothing = Part { event: None, traits: Vec::new(), metrics: Vec::new(), ..bought(Moment(0)) };
        let mut fold = |part: &Part, at: Moment| {
            holding.fold(part, Origin { at, received: at.plus_millis(LATE), source: 1 });
        };
        for at in &self.seen {
            fold(&Part { event: Some("Page".into()), ..nothing.clone() }, *at);
        }
        for at in &self.told {
            fold(&Part { traits: vec![(name("told", *at), Value::Integer(1))], ..nothing.clone() }, *at);
        }
        for at in &self.counted {
            fold(&Part { metrics: vec![("orders".into(), Figure::Count(1))], ..nothing.clone() }, *at);
        }
        if let Some(at) = self.identified {
            fold(&Part { identifier: Some("dan".into()), ..nothing }, at);
        }
        for at in &self.corrected {
            let wrong = Value::Text("wrong".into());
            holding.correct(&name("corrected", *at), None, [&wrong], *at, at.plus_millis(LATE));
        }
        holding
    }

    /// The earliest and the latest event.
    fn ends(&self) -> [Option<Moment>; 2] {
        [self.seen.iter().min().copied(), self.seen.iter().max().copied()]
    }

    /// The time of the oldest datum of what stays. Of events only the ends are known; a day's figures are of its beginning.
    fn oldest(&self, stays: impl Fn(Moment) -> bool) -> Option<Moment> {
        let counted = self.counted.iter().map(|at| day(*at));
        let data = self.told.iter().chain(&self.corrected).chain(&self.identified).copied();
        data.chain(counted).chain(self.ends().into_iter().flatten()).filter(|at| stays(*at)).min()
    }
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
    fn nothing_is_let_go_early_and_nothing_stays(known in known(), held in subsequence(vec![0_u8, 1], 0..=2), now in 0..8_000_i64) {
        let (retention, now) = (retention(&held), Moment(now * DAY + HOUR));
        let mut holding = known.held();
        prop_assert_eq!(holding.oldest(), known.oldest(|_| true));
        let before = holding.clone();
        prop_assert_eq!(holding.let_go(&retention, now), holding != before, "it says whether anything went");
        let stays = |at: Moment| retention.keeps(at, now);
        for at in &known.told {
            prop_assert_eq!(holding.traits.contains_key(&name("told", *at)), stays(*at));
        }
        for at in &known.corrected {
            prop_assert_eq!(holding.corrections.contains_key(&name("corrected", *at)), stays(*at));
        }
        prop_assert_eq!(holding.identifier.is_some(), known.identified.is_some_and(stays));
        // A day's figure goes when its beginning does.
        let orders = known.counted.iter().filter(|at| stays(day(**at))).count();
        let counted = holding.metrics.get("orders").and_then(|state| state.total(MetricFunction::Count, |_| true));
        prop_assert_eq!(counted, (orders > 0).then_some(Figure::Count(orders as u64)));
        prop_assert_eq!(holding.metrics.len(), usize::from(orders > 0), "nothing empty is left");
        prop_assert_eq!([holding.first_seen, holding.last_seen], known.ends().map(|end| end.filter(|at| stays(*at))));
        prop_assert_eq!(holding.oldest(), known.oldest(stays));
        prop_assert_eq!(holding.is_empty(), known.oldest(stays).is_none());
        prop_assert!(!holding.let_go(&retention, now), "once is enough");
        let (later, before) = (now.plus_millis(400 * DAY), holding.clone());
        prop_assert_eq!(holding.let_go(&retention, later), holding != before, "and later more goes");
    }

    #[test]
    fn an_instant_lies_within_its_epoch(at in 0..200_000_000_000_000_i64) {
        let epoch = epoch_of(Moment(at));
        prop_assert!(end_of_epoch(epoch) > Moment(at) && end_of_epoch(epoch - 1) <= Moment(at));
    }
}
