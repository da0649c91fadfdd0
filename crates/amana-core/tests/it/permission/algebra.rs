//! The algebra of acts, marks and states, and the consent fields of SDKs.

use super::{TARGETS, any_act, instants};
use crate::support::{identify, mark, rule, source, track};
use amana_core::catalog::Basis;
use amana_core::permission::{Act, ActKind, Mark, Marks, PREFERENCE_EVENT, Standing};
use amana_core::permission::{State, Target, Weight, combine, preferences, signals, standing, standing_of};
use amana_core::{Event, Moment, Slot};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value as Json, json};

const KINDS: [ActKind; 24] = ActKind::ALL;
const STATES: [State; 18] = [
    State::Unknown,
    State::Requested,
    State::Given,
    State::Refused,
    State::Withdrawn,
    State::Expired,
    State::Invalidated,
    State::None,
    State::Active,
    State::Ended,
    State::Ongoing,
    State::Completed,
    State::Asserted,
    State::NotInformed,
    State::Informed,
    State::ObjectionPending,
    State::Objected,
    State::Overridden,
];
fn any_marks() -> impl Strategy<Value = Marks> {
    prop::collection::vec(any_act(), 0..8).prop_map(|acts| {
        let mut marks = Marks::default();
        for act in &acts {
            marks.add(act);
        }
        marks
    })
}

fn any_standing() -> impl Strategy<Value = Standing> {
    (select(STATES.to_vec()), instants(), instants(), any::<bool>()).prop_map(|(state, since, until, anew)| {
        let ended = anew && matches!(state, State::Unknown | State::Requested);
        Standing { state, since, until, ended }
    })
}

fn joined(one: &Marks, other: &Marks) -> Marks {
    let mut both = one.clone();
    both.join(other);
    both
}

proptest! {
    #[test]
    fn joining_marks_is_commutative_associative_and_idempotent(a in any_marks(), b in any_marks(), c in any_marks()) {
        prop_assert_eq!(joined(&a, &b), joined(&b, &a));
        prop_assert_eq!(joined(&joined(&a, &b), &c), joined(&a, &joined(&b, &c)));
        prop_assert_eq!(joined(&a, &a), a.clone());
        prop_assert_eq!(joined(&a, &Marks::default()), a);
    }

    #[test]
    fn any_order_of_acts_leaves_the_same_marks((acts, shuffled) in prop::collection::vec(any_act(), 0..12)
        .prop_flat_map(|acts| (Just(acts.clone()), Just(acts).prop_shuffle()))) {
        let marked = |acts: &[Act]| {
            let mut marks = Marks::default();
            for act in acts {
                marks.add(act);
            }
            marks
        };
        prop_assert_eq!(marked(&acts), marked(&shuffled));
        let twice: Vec<_> = acts.iter().chain(&acts).cloned().collect();
        prop_assert_eq!(marked(&acts), marked(&twice));
    }

    #[test]
    fn adding_tells_whether_anything_changed(marks in any_marks(), act in any_act()) {
        let mut after = marks.clone();
        prop_assert_eq!(after.add(&act), after != marks);
        prop_assert!(!after.add(&act), "the same act twice is one act");
    }

    #[test]
    fn the_latest_of_several_kinds_is_the_last_named_of_the_latest(marks in any_marks(), kinds in prop::sample::subsequence(KINDS.to_vec(), 0..6), target in select(TARGETS.to_vec())) {
        let simply = kinds.iter().filter_map(|kind| Some((*kind, marks.get(target, *kind)?))).max_by_key(|(_, mark)| mark.at);
        prop_assert_eq!(marks.latest(target, &kinds), simply);
    }

    #[test]
    fn combining_is_commutative_associative_and_idempotent(a in any_standing(), b in any_standing(), c in any_standing()) {
        let both = |one, other| combine([one, other]).expect("something was combined");
        prop_assert_eq!(both(a, b), both(b, a));
        prop_assert_eq!(both(both(a, b), c), both(a, both(b, c)));
        prop_assert_eq!(both(a, a), a);
        prop_assert_eq!(combine([a, b, c]), combine([c, a, b]));
    }

    #[test]
    fn a_combination_is_never_wider_than_a_part_that_says_something(parts in prop::collection::vec(any_standing(), 1..6)) {
        let whole = combine(parts.clone()).expect("there are parts");
        for part in parts.iter().filter(|part| part.weight() != Weight::Neutral) {
            prop_assert!(part.state.allows() || !whole.state.allows());
            prop_assert!(part.state.holds() || !whole.state.holds());
            prop_assert!(!whole.state.allows() || part.until.is_none_or(|end| whole.until.is_some_and(|until| until <= end)));
        }
        prop_assert!(parts.iter().any(|part| part.state == whole.state));
        // It is so since the last of those who make it so.
        let strength = |part: &Standing| (part.weight(), part.state != State::ObjectionPending);
        let strongest = parts.iter().map(strength).max();
        let since = parts.iter().filter(|part| Some(strength(part)) == strongest).map(|part| part.since).max();
        prop_assert_eq!(Some(whole.since), since);
    }

    #[test]
    fn no_joining_makes_a_consent_that_no_act_gave(a in any_marks(), b in any_marks(), now in 0..12_i64) {
        let rule = rule(0, Basis::Consent);
        if standing(&rule, &joined(&a, &b), Moment(now)).state == State::Given {
            let granted = |marks: &Marks| marks.get(Target::Slot(Slot(0)), ActKind::Grant).is_some();
            prop_assert!(granted(&a) || granted(&b));
        }
    }
}

#[test]
fn what_moves_no_permission_leaves_no_mark() {
    for kind in [ActKind::Correct, ActKind::Prefer, ActKind::Ban, ActKind::LiftBan, ActKind::Split, ActKind::Join] {
        let mut marks = Marks::default();
        assert!(!marks.add(&super::act(kind, Target::Person, 1, 1)) && marks.is_empty(), "{kind:?}");
    }
}

/// GDPR Art. 8(2)
#[test]
fn a_guardian_nobody_verified_decides_nothing() {
    let mut act = super::act(ActKind::Guardian, Target::Slot(Slot(0)), 1, 1);
    for verified in [None, Some(String::new()), Some(" ".into())] {
        act.evidence.verified = verified;
        assert!(!Marks::default().add(&act));
    }
    act.evidence.verified = Some("bank transfer".into());
    assert!(Marks::default().add(&act));
}

/// Who was told and whose reason has ended, or who agreed as a child, is not in the place of somebody who was never asked.
#[test]
fn what_has_ended_says_something() {
    let (consent, interest) = (rule(0, Basis::Consent), rule(0, Basis::LegitimateInterest));
    let slot = Target::Slot(Slot(0));
    let grown = crate::support::marks(&[(slot, ActKind::Grant, 1)]);
    let child = standing_of(&consent, &grown, Some(Moment(5)), Moment(9));
    let ended = crate::support::marks(&[(slot, ActKind::Inform, 1), (slot, ActKind::End, 5)]);
    let over = standing(&interest, &ended, Moment(9));
    assert_eq!((child.state, over.state), (State::Unknown, State::NotInformed));
    assert!(child.says_something() && over.says_something());
    for rule in [consent, interest] {
        assert!(!standing(&rule, &Marks::default(), Moment(9)).says_something());
    }
}

#[test]
fn combining_nothing_says_nothing() {
    assert_eq!(combine([]), None);
}

/// S12
#[test]
fn merged_the_more_restrictive_wins_and_apart_both_are_as_before() {
    let rule = rule(0, Basis::Consent);
    let with = |acts: &[(ActKind, i64)]| {
        let acts: Vec<_> = acts.iter().map(|(kind, at)| (Target::Slot(Slot(0)), *kind, *at)).collect();
        standing(&rule, &crate::support::marks(&acts), Moment(100))
    };
    let (withdrawn, given) = (with(&[(ActKind::Grant, 1), (ActKind::Withdraw, 2)]), with(&[(ActKind::Grant, 9)]));
    assert_eq!(combine([withdrawn, given]), Some(withdrawn));
    assert_eq!(combine([with(&[]), given]), Some(given));
}

#[test]
fn being_told_counts_from_the_first_time_and_a_decision_from_the_last() {
    for kind in KINDS {
        let mut marks = Marks::default();
        for at in [5, 3, 9] {
            marks.mark(Target::Person, kind, mark(at));
        }
        let first = matches!(kind, ActKind::Inform | ActKind::PrivacyControl);
        let counts = kind.leaves_mark().then_some(mark(if first { 3 } else { 9 }));
        assert_eq!(marks.get(Target::Person, kind), counts);
    }
}

/// S3: importing last year's list changes nothing.
#[test]
fn what_was_done_last_counts_however_late_it_became_known() {
    let rule = rule(0, Basis::Consent);
    let mut marks = crate::support::marks(&[(Target::Slot(Slot(0)), ActKind::Withdraw, 50)]);
    marks.mark(Target::Slot(Slot(0)), ActKind::Grant, Mark { received: Moment(90), ..mark(10) });
    assert_eq!(standing(&rule, &marks, Moment(100)).state, State::Withdrawn);
}

#[test]
fn people_need_not_know_the_difference_between_objecting_and_withdrawing() {
    for basis in [Basis::LegitimateInterest, Basis::PublicTask] {
        assert_eq!(
            [ActKind::Refuse, ActKind::Withdraw, ActKind::Object].map(|kind| kind.under(basis)),
            [ActKind::Object; 3]
        );
    }
    assert_eq!(ActKind::Object.under(Basis::Consent), ActKind::Withdraw);
    assert_eq!(ActKind::Object.under(Basis::Contract), ActKind::Object);
    for kind in KINDS {
        let twice = |basis| kind.under(basis).under(basis) == kind.under(basis);
        assert!(twice(Basis::Consent) && twice(Basis::LegitimateInterest));
    }
}

fn with_context(context: Json) -> Event {
    Event { context: context.as_object().cloned().unwrap_or_default(), ..track("Page", Json::Null) }
}

fn said(event: &Event) -> Vec<(u8, ActKind, bool)> {
    let source = source(&[("ads", &[1, 2]), ("stats", &[2, 3]), ("nothing", &[])]);
    signals(event, &source).into_iter().map(|signal| (signal.slot.0, signal.kind, signal.explicit)).collect()
}

#[test]
fn both_forms_of_consent_fields_are_read() {
    let (grant, refuse) = (ActKind::Grant, ActKind::Refuse);
    let segment = with_context(json!({"consent": {"categoryPreferences": {"ads": true, "unmapped": true}}}));
    assert_eq!(said(&segment), [(1, grant, false), (2, grant, false)]);
    let rudder = json!({"provider": "x", "allowedConsentIds": ["stats"], "deniedConsentIds": ["ads"]});
    assert_eq!(
        said(&with_context(json!({"consentManagement": rudder}))),
        [(1, refuse, false), (2, refuse, false), (3, grant, false)]
    );
    let explicit = Event { kind: track(PREFERENCE_EVENT, Json::Null).kind, ..segment };
    assert_eq!(said(&explicit), [(1, grant, true), (2, grant, true)]);
}

#[test]
fn where_categories_that_share_a_slot_disagree_no_wins() {
    for (ads, stats) in [(true, false), (false, true)] {
        let event = with_context(json!({"consent": {"categoryPreferences": {"ads": ads, "stats": stats}}}));
        assert!(said(&event).contains(&(2, ActKind::Refuse, false)));
    }
    let both = json!({"allowedConsentIds": ["ads"], "deniedConsentIds": ["ads"]});
    assert!(
        said(&with_context(json!({"consentManagement": both}))).iter().all(|(_, kind, _)| *kind == ActKind::Refuse)
    );
    let forms = json!({"consent": {"categoryPreferences": {"ads": false}}, "consentManagement": {"allowedConsentIds": ["ads"]}});
    assert!(said(&with_context(forms)).iter().all(|(_, kind, _)| *kind == ActKind::Refuse));
}

#[test]
fn hostile_consent_fields_say_nothing() {
    let odd = [json!(null), json!(true), json!("ads"), json!(1), json!([]), json!(["ads"]), json!({})];
    for value in &odd {
        let placed = [
            json!({"consent": value}),
            json!({"consent": {"categoryPreferences": value}}),
            json!({"consentManagement": value}),
            json!({"consentManagement": {"deniedConsentIds": {"ads": value}}}),
            json!({"consentManagement": {"allowedConsentIds": [value, {"id": "ads"}]}}),
        ];
        for context in placed.into_iter().take(if value == "ads" { 4 } else { 5 }) {
            assert_eq!(said(&with_context(context)), []);
        }
        if !value.is_boolean() {
            let event = with_context(json!({"consent": {"categoryPreferences": {"ads": value}}}));
            assert_eq!(preferences(&event).count(), 0);
        }
    }
    assert_eq!(said(&identify(json!({"consent": {"categoryPreferences": {"ads": true}}}))), []);
}
