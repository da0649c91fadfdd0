//! Two time axes: what was so when, and what was known of it when; and what time alone changes.

use super::{act, any_act};
use crate::support::{SLOT, moment, rule};
use amana_core::Moment;
use amana_core::catalog::{Basis, SlotRule};
use amana_core::permission::ActKind::{Assert, Grant, Guardian, Request, Withdraw};
use amana_core::permission::{Act, Judged, Marks, State, marks_at, next_change, standing, standing_of, timeline};
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
        let changes = timeline(&[Judged::always(&rule, of_age)], &acts, END, known);
        let mut state = standing_of(&rule, &Marks::default(), of_age, Moment(-1)).state;
        for change in &changes {
            prop_assert_eq!(change.before.state, state);
            prop_assert_ne!(change.after.state, state);
            state = change.after.state;
            prop_assert_eq!(change.act.is_none(), !acts.iter().any(|act| Some(act.id) == change.act));
            prop_assert_eq!(change.version, None, "there is one catalogue");
        }
        for at in (0..=END.0).map(Moment) {
            let told = changes.iter().rfind(|change| change.at <= at).map(|change| change.after.state);
            let so = standing_of(&rule, &marks_at(&acts, at, known), of_age, at).state;
            let first = standing_of(&rule, &Marks::default(), of_age, Moment(-1)).state;
            prop_assert_eq!(told.unwrap_or(first), so, "at {:?}: {:?}", at, changes);
        }
    }

    /// Whatever the catalogue says later, an instant is judged by what it said then.
    #[test]
    fn a_timeline_judges_each_instant_by_the_rule_of_that_instant(
        acts in acts(), rules in prop::collection::btree_map(0..12_i64, (rules(), birthdays()), 1..4), always in any::<bool>(),
    ) {
        let judged = |(place, (from, (rule, of_age))): (usize, (&i64, &(SlotRule, Option<Moment>)))| {
            let from = Some(Moment(*from)).filter(|_| !always || place > 0);
            (from, place as u64 + 1, rule.clone(), *of_age)
        };
        let versions: Vec<_> = rules.iter().enumerate().map(judged).collect();
        let judged = |(from, version, rule, of_age): &(Option<Moment>, u64, SlotRule, Option<Moment>)| {
            Judged { from: *from, version: *version, rule: Box::leak(Box::new(rule.clone())), of_age: *of_age }
        };
        let judged: Vec<Judged<'_>> = versions.iter().map(judged).collect();
        let changes = timeline(&judged, &acts, END, END);
        for at in (0..=END.0).map(Moment) {
            let Some(now) = judged.iter().rfind(|one| one.from.is_none_or(|from| from <= at)) else {
                prop_assert!(changes.iter().all(|change| change.at > at), "no rule, no state: {:?}", changes);
                continue;
            };
            let so = standing_of(now.rule, &marks_at(&acts, at, END), now.of_age, at).state;
            let told = changes.iter().rfind(|change| change.at <= at).map(|change| change.after.state);
            // Until something moves it, it is what the rule says of somebody who has said nothing; of several, the first.
            let begun = acts.iter().map(|act| act.at).min();
            if let Some(told) = told {
                prop_assert_eq!(told, so, "at {:?}: {:?}", at, changes);
            } else if begun.is_some_and(|begun| begun <= at) {
                let nothing = |one: &Judged<'_>| standing_of(one.rule, &Marks::default(), one.of_age, at).state;
                prop_assert!(judged.iter().any(|one| nothing(one) == so), "at {:?}: {:?}", at, changes);
            }
            let turned = changes.iter().filter(|change| change.version.is_some() && change.at == at);
            for change in turned {
                prop_assert_eq!((change.version, change.act), (Some(now.version), None));
                prop_assert_eq!(now.from, Some(at), "the catalogue changed then");
            }
        }
        for pair in changes.windows(2) {
            prop_assert_eq!(pair[0].after.state, pair[1].before.state);
            prop_assert!(pair[0].at <= pair[1].at);
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
        let rules = [Judged::always(&rule, None)];
        let changes = timeline(&rules, &acts, Moment(on("2026-12-31")), Moment(on(known)));
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

/// A time that is declared today has ended nothing in the past: what was given held until the catalogue said otherwise.
#[test]
fn what_the_catalogue_changes_is_changed_from_then_on() {
    let on = |day: &str| moment(&format!("{day}T00:00:00Z"));
    let (open, expiring) = (
        rule(0, Basis::Consent),
        SlotRule { consent_expires_after: Some(jiff::Span::new().months(1)), ..rule(0, Basis::Consent) },
    );
    let judged = |from: Option<&str>, version, rule| Judged { from: from.map(on), version, rule, of_age: None };
    let granted = [act(Grant, SLOT, on("2026-01-31").0, on("2026-01-31").0)];
    let told = |rules: &[Judged<'_>]| -> Vec<_> {
        let changes = timeline(rules, &granted, on("2026-12-31"), on("2026-12-31"));
        changes.iter().map(|change| (change.at, change.before.state, change.after.state, change.version)).collect()
    };
    let given = (on("2026-01-31"), State::Unknown, State::Given, None);
    let rules =
        [judged(None, 1, &open), judged(Some("2026-06-01"), 2, &expiring), judged(Some("2026-07-01"), 3, &open)];
    let (ended, again) = (
        (on("2026-06-01"), State::Given, State::Expired, Some(2)),
        (on("2026-07-01"), State::Expired, State::Given, Some(3)),
    );
    assert_eq!(told(&rules), [given, ended, again]);
    // Time does what the rule before would have done as well.
    let rules = [judged(None, 1, &expiring), judged(Some("2026-02-28"), 2, &expiring)];
    assert_eq!(told(&rules), [given, (on("2026-02-28"), State::Given, State::Expired, None)]);
    // What was said before there was a purpose counts from when there is one.
    let rules = [judged(Some("2026-06-01"), 1, &open)];
    assert_eq!(told(&rules), [(on("2026-06-01"), State::Unknown, State::Given, Some(1))]);
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
