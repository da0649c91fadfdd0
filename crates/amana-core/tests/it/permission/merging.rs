//! Merges and splits: whatever is joined and parted, in whatever order, nobody agrees who did not, and nobody who spoke
//! against is overruled but by what the same person did later (DESIGN §5 *Merge algebra*, issue 3).

use super::justified::{Person, any_rule, moving_act};
use crate::support::{SLOT, rule};
use amana_core::Moment;
use amana_core::catalog::{Basis, SlotRule};
use amana_core::permission::ActKind::{End, Grant, Guardian, Override, Request, Start};
use amana_core::permission::{
    Act, Mark, Marks, Standing, State, Target, Weight, combine, holds, standing, standing_of,
};
use proptest::prelude::*;

fn acts(most: usize) -> impl Strategy<Value = Vec<Act>> {
    prop::collection::vec(moving_act(), 0..most)
}

/// Acts by fragment.
fn fragments() -> impl Strategy<Value = Vec<Vec<Act>>> {
    prop::collection::vec(acts(5), 1..5)
}

/// For each fragment the verified person it belongs to at a time: a sequence of merges and splits is a sequence of these.
fn partitions() -> impl Strategy<Value = Vec<Vec<usize>>> {
    prop::collection::vec(prop::collection::vec(0..3_usize, 5), 1..4)
}

fn instant() -> impl Strategy<Value = Moment> {
    (0..16_i64).prop_map(Moment)
}

fn marks<'a>(acts: impl IntoIterator<Item = &'a Act>) -> Marks {
    let mut marks = Marks::default();
    for act in acts {
        marks.add(act);
    }
    marks
}

/// What a part of a person says: of its own acts, merged from the marks of its fragments.
fn merged(fragments: &[&Vec<Act>]) -> Marks {
    let mut merged = Marks::default();
    fragments.iter().for_each(|acts| merged.join(&marks(*acts)));
    merged
}

/// The fragments of each person at a time.
fn persons<'a>(fragments: &'a [Vec<Act>], of: &[usize]) -> Vec<Vec<&'a Vec<Act>>> {
    let theirs = |person: usize| fragments.iter().zip(of).filter(move |(_, of)| **of == person).map(|(acts, _)| acts);
    (0..3).map(|person| theirs(person).collect::<Vec<_>>()).filter(|theirs| !theirs.is_empty()).collect()
}

/// Whether somebody whose fragment speaks against did something that answers it: later than what spoke against, and not
/// at its own end by now.
fn is_answered(rule: &SlotRule, own: &Marks, part: &Standing, both: &Marks, now: Moment) -> bool {
    let slot = Target::Slot(rule.slot);
    let expires = |agreed: &Mark| rule.consent_expires_after.map(|span| agreed.at.plus_millis(span.get_milliseconds()));
    let since = part.since.expect("what speaks against was done at some time");
    if part.ended {
        // A guardian's agreement ends by itself: then they are asked anew, and what is said at that very instant counts,
        // or another decision of the guardian reaches further. Whoever was asked since has not answered by that.
        let end = own.get(slot, Guardian).and_then(|guardian| guardian.until);
        return both.get(slot, Grant).is_some_and(|yes| Some(yes.at) >= end)
            || both.get(slot, Guardian).is_some_and(|guardian| guardian.until != end);
    }
    let agreed = own.get(slot, Grant).filter(|agreed| expires(agreed) == Some(since));
    if part.state == State::Expired && own.get(slot, End).is_none_or(|end| agreed.is_some_and(|yes| yes.at > end.at)) {
        // Nobody said anything against: they were silent for too long, which only an agreement ends that they gave after
        // the one that expired and that has not expired itself.
        let agreed = agreed.expect("what expired is the last that was agreed to");
        return both
            .get(slot, Grant)
            .is_some_and(|yes| yes.at > agreed.at && expires(&yes).is_none_or(|end| end > now));
    }
    let about = |target| target == SLOT || rule.before.iter().any(|slot| target == Target::Slot(slot));
    both.iter().any(|(target, kind, mark)| about(target) && [Grant, Start, Override].contains(&kind) && mark.at > since)
}

/// Who agreed at the computer and later on the telephone is asked again when the later agreement has expired, too.
#[test]
fn what_has_expired_is_renewed_by_a_later_act_alone() {
    let span = jiff::Span::new().milliseconds(5);
    let rule = SlotRule { consent_expires_after: Some(span), ..rule(0, Basis::Consent) };
    let yes = |at| marks(&[super::act(Grant, SLOT, at, at)]);
    let state = |parts: &[Marks], now| {
        let mut merged = Marks::default();
        parts.iter().for_each(|part| merged.join(part));
        standing(&rule, &merged, Moment(now)).state
    };
    let (computer, telephone) = (yes(1), yes(4));
    assert_eq!(state(std::slice::from_ref(&computer), 6), State::Expired);
    assert_eq!(state(&[computer.clone(), telephone.clone()], 6), State::Given);
    assert_eq!(state(&[telephone.clone(), computer.clone()], 8), State::Given);
    assert_eq!(state(&[computer.clone(), telephone], 9), State::Expired);
    assert_eq!(state(&[computer.clone(), yes(1)], 6), State::Expired, "the same again is no later act");
    assert_eq!(state(&[computer, yes(0)], 6), State::Expired, "nor is an earlier one");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    /// Fragments that are proven to be one person have that person's history, and no other: what may be done is what
    /// the acts justify.
    #[test]
    fn one_person_may_be_processed_for_what_their_own_acts_justify(
        fragments in fragments(), rule in any_rule(), of_age in prop::option::weighted(0.3, instant()), now in instant(),
    ) {
        let marks = merged(&fragments.iter().collect::<Vec<_>>());
        let person = Person { rule: &rule, acts: fragments.iter().flatten().collect(), of_age, now };
        let standing = standing_of(&rule, &marks, of_age, now);
        prop_assert_eq!(standing.state.allows(), person.is_justified(), "{:?}", standing);
        prop_assert_eq!(holds(&rule, &marks, of_age, now), person.is_held(), "{:?}", standing);
    }

    #[test]
    fn no_sequence_of_merges_and_splits_makes_a_consent_that_no_act_gave(
        fragments in fragments(), steps in partitions(), rule in any_rule(), now in instant(),
    ) {
        let apart: Vec<Marks> = fragments.iter().map(marks).collect();
        for step in &steps {
            let persons = persons(&fragments, step);
            let standings: Vec<Standing> = persons.iter().map(|theirs| standing(&rule, &merged(theirs), now)).collect();
            let whole = combine(standings.iter().copied()).expect("somebody is there");
            let justified = |acts: &Vec<&Vec<Act>>| {
                let acts = acts.iter().copied().flatten().collect();
                Person { rule: &rule, acts, of_age: None, now }.is_justified()
            };
            let justified: Vec<bool> = persons.iter().map(justified).collect();
            let against = standings.iter().any(|standing| standing.weight() == Weight::Denies);
            prop_assert_eq!(whole.state.allows(), justified.contains(&true) && !against, "{:?}", standings);
        }
        // Fragments keep their own marks, so parting is reading them apart again.
        prop_assert_eq!(apart, fragments.iter().map(marks).collect::<Vec<_>>());
    }

    /// Unless it is one person by proof, who did something later than what spoke against.
    #[test]
    fn merging_verified_fragments_is_wider_than_one_of_them_only_by_a_later_act(
        a in acts(7), b in acts(7), rule in any_rule(), now in instant(),
    ) {
        let both = merged(&[&a, &b]);
        let whole = standing(&rule, &both, now);
        for part in [&a, &b] {
            let own = marks(part);
            let part = standing(&rule, &own, now);
            if part.weight() != Weight::Denies || !whole.state.allows() {
                continue;
            }
            prop_assert!(is_answered(&rule, &own, &part, &both, now), "{:?} became {:?}", part, whole);
        }
    }

    #[test]
    fn what_is_only_claimed_never_widens_what_was_said(fragments in fragments(), rule in any_rule(), now in instant()) {
        let parts: Vec<_> = fragments.iter().map(|acts| standing(&rule, &marks(acts), now)).collect();
        let merged = combine(parts.iter().copied()).expect("there are parts");
        for part in parts.iter().filter(|part| part.says_something() && part.weight() != Weight::Neutral) {
            prop_assert!(part.state.allows() || !merged.state.allows(), "{:?} became {:?}", part, merged);
            prop_assert!(part.state.holds() || !merged.state.holds());
        }
    }

    /// Whoever fills in a form with an address decides nothing for its owner.
    #[test]
    fn asking_for_confirmation_permits_and_ends_nothing(
        acts in acts(7), rule in any_rule(), of_age in prop::option::of(instant()), at in 0..16_i64, now in instant(),
    ) {
        let before = marks(&acts);
        let mut after = before.clone();
        after.add(&super::act(Request, SLOT, at, at));
        let (was, is) = (standing_of(&rule, &before, of_age, now), standing_of(&rule, &after, of_age, now));
        prop_assert_eq!((was.state.allows(), was.state.holds()), (is.state.allows(), is.state.holds()));
        prop_assert!(was.weight() == is.weight(), "{:?} became {:?}", was, is);
    }

    #[test]
    fn a_guardian_alone_is_no_consent(at in 0..6_i64, until in 0..30_i64) {
        let guardian = super::act(Guardian, SLOT, at, at).until(Some(Moment(until)));
        prop_assert!(!standing(&rule(0, Basis::Consent), &marks(&[guardian]), Moment(20)).state.allows());
    }
}
