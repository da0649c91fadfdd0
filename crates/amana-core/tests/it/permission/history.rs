//! Two time axes: what was so when, and what was known of it when; and what time alone changes.

use super::{act, any_act};
use crate::support::{SLOT, moment, rule};
use amana_core::Moment;
use amana_core::catalog::{Basis, SlotRule};
use amana_core::permission::ActKind::{Assert, Grant, Guardian, Request, Withdraw};
use amana_core::permission::{Act, Marks, State, marks_at, next_change, standing, standing_of, timeline};
use proptest::prelude::*;
use proptest::sample::select;

fn joined(acts: &[Act]) -> Marks {
    let mut marks = Marks::default();
    for act in acts {
        marks.add(act);
    }
    marks
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    prop::collection::vec(any_act(), 0..10)
}

/// Any basis; consent with and without an end that comes within the instants of the tests.
fn rules() -> impl Strategy<Value = SlotRule> {
    use Basis::{Consent, Contract, LegalObligation, LegitimateInterest, PublicTask, VitalInterest};
    let bases =
        select(vec![Consent, Consent, Contract, LegalObligation, VitalInterest, PublicTask, LegitimateInterest]);
    (bases, prop::option::of(1..8_i64), any::<bool>()).prop_map(|(basis, expires, direct_marketing)| SlotRule {
        consent_expires_after: expires.map(|millis| jiff::Span::new().milliseconds(millis)),
        direct_marketing,
        ..rule(0, basis)
    })
}

fn birthdays() -> impl Strategy<Value = Option<Moment>> {
    prop::option::of((0..12_i64).prop_map(Moment))
}

const END: Moment = Moment(20);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn now_by_all_that_is_known_is_what_the_joined_marks_say(acts in acts(), rule in rules(), of_age in birthdays()) {
        let marks = marks_at(&acts, END, END);
        prop_assert_eq!(&marks, &joined(&acts));
        prop_assert_eq!(standing_of(&rule, &marks, of_age, END), standing_of(&rule, &joined(&acts), of_age, END));
    }

    #[test]
    fn only_what_was_learned_in_between_can_change_what_was_so(
        acts in acts(), as_of in 0..10_i64, known in 0..10_i64, later in 0..10_i64,
    ) {
        let (as_of, known, later) = (Moment(as_of), Moment(known), Moment(known + later));
        let between: Vec<_> =
            acts.iter().filter(|act| act.at <= as_of && act.received > known && act.received <= later).cloned().collect();
        let mut before = marks_at(&acts, as_of, known);
        let after = marks_at(&acts, as_of, later);
        before.join(&joined(&between));
        prop_assert_eq!(before, after);
    }

    #[test]
    fn nothing_changes_by_time_before_it_is_due(
        acts in acts(), rule in rules(), of_age in birthdays(), now in 0..12_i64,
    ) {
        let (marks, now) = (joined(&acts), Moment(now));
        let due = next_change(&rule, &marks, of_age, now);
        prop_assert!(due.is_none_or(|due| due > now));
        let state = |at: Moment| standing_of(&rule, &marks, of_age, at).state;
        for at in (now.0..due.map_or(40, |due| due.0)).map(Moment) {
            prop_assert_eq!(state(at), state(now), "at {:?}, due {:?}", at, due);
        }
        if let Some(due) = due.filter(|due| Some(*due) != of_age) {
            prop_assert_ne!(state(due), state(now), "what is due has happened when it is due");
        }
    }

    #[test]
    fn a_timeline_says_at_every_instant_what_was_so(
        acts in acts(), rule in rules(), of_age in birthdays(), known in 0..12_i64,
    ) {
        let known = Moment(known);
        let changes = timeline(&rule, &acts, of_age, END, known);
        let mut state = standing_of(&rule, &Marks::default(), of_age, Moment(-1)).state;
        for change in &changes {
            prop_assert_eq!(change.before.state, state);
            prop_assert_ne!(change.after.state, state);
            state = change.after.state;
            prop_assert_eq!(change.act.is_none(), !acts.iter().any(|act| Some(act.id) == change.act));
        }
        for at in (0..=END.0).map(Moment) {
            let told = changes.iter().rfind(|change| change.at <= at).map(|change| change.after.state);
            let so = standing_of(&rule, &marks_at(&acts, at, known), of_age, at).state;
            let first = standing_of(&rule, &Marks::default(), of_age, Moment(-1)).state;
            prop_assert_eq!(told.unwrap_or(first), so, "at {:?}: {:?}", at, changes);
        }
    }
}

/// S10: a decision is judged by what was known when it was made.
#[test]
fn a_withdrawal_learned_late_was_so_then_and_not_known_then() {
    let rule = rule(0, Basis::Consent);
    let acts = [act(Grant, SLOT, 10, 10), act(Withdraw, SLOT, 20, 50)];
    let state = |as_of, known| standing(&rule, &marks_at(&acts, Moment(as_of), Moment(known)), Moment(as_of)).state;
    assert_eq!(state(30, 30), State::Given, "what was known then");
    assert_eq!(state(30, 60), State::Withdrawn, "what we know of it now");
    assert_eq!(state(15, 60), State::Given);
    assert_eq!(state(5, 60), State::Unknown);
}

#[test]
fn a_timeline_tells_acts_and_what_time_alone_did() {
    let rule = SlotRule { consent_expires_after: Some(jiff::Span::new().months(1)), ..rule(0, Basis::Consent) };
    let on = |day: &str| moment(&format!("{day}T00:00:00Z")).0;
    let named = |id: u128, act: Act| Act { id: uuid::Uuid::from_u128(id), ..act };
    let acts = [
        named(1, act(Request, SLOT, on("2026-01-30"), on("2026-01-30"))),
        named(2, act(Grant, SLOT, on("2026-01-31"), on("2026-02-03"))),
        named(3, act(Grant, SLOT, on("2026-03-10"), on("2026-03-10"))),
        named(4, act(Withdraw, SLOT, on("2026-03-12"), on("2026-03-15"))),
    ];
    let told = |known: &str| -> Vec<_> {
        let changes = timeline(&rule, &acts, None, Moment(on("2026-12-31")), Moment(on(known)));
        changes
            .iter()
            .map(|change| (change.at.0, change.received.0, change.after.state, change.act.map(|id| id.as_u128())))
            .collect()
    };
    let expired = (on("2026-02-28"), on("2026-02-28"), State::Expired, None);
    let known_first = [
        (on("2026-01-30"), on("2026-01-30"), State::Requested, Some(1)),
        (on("2026-01-31"), on("2026-02-03"), State::Given, Some(2)),
        expired,
        (on("2026-03-10"), on("2026-03-10"), State::Given, Some(3)),
    ];
    let mut known_later = known_first.to_vec();
    known_later.push((on("2026-03-12"), on("2026-03-15"), State::Withdrawn, Some(4)));
    assert_eq!(told("2026-12-31"), known_later);
    let mut as_then = known_first.to_vec();
    as_then.push((on("2026-04-10"), on("2026-04-10"), State::Expired, None));
    assert_eq!(told("2026-03-14"), as_then);
}

#[test]
fn what_is_due_next_is_exact() {
    let consent = SlotRule { consent_expires_after: Some(jiff::Span::new().years(2)), ..rule(0, Basis::Consent) };
    let granted = joined(&[act(Grant, SLOT, moment("2024-02-29T12:00:00Z").0, moment("2024-02-29T12:00:00Z").0)]);
    let end = moment("2026-02-28T12:00:00Z");
    assert_eq!(next_change(&consent, &granted, None, moment("2025-01-01T00:00:00Z")), Some(end));
    assert_eq!(next_change(&consent, &granted, None, end.plus_millis(-1)), Some(end));
    assert_eq!(next_change(&consent, &granted, None, end), None);
    let vital = rule(0, Basis::VitalInterest);
    let asserted = joined(&[act(Assert, SLOT, 5, 5).until(Some(Moment(50)))]);
    assert_eq!(next_change(&vital, &asserted, None, Moment(6)), Some(Moment(50)));
    assert_eq!(next_change(&vital, &asserted, None, Moment(50)), None);
    let child = joined(&[act(Guardian, SLOT, 5, 5).until(Some(Moment(40))), act(Grant, SLOT, 5, 5)]);
    assert_eq!(next_change(&rule(0, Basis::Consent), &child, None, Moment(6)), Some(Moment(40)));
    assert_eq!(next_change(&rule(0, Basis::Consent), &child, Some(Moment(30)), Moment(6)), Some(Moment(30)));
}
