//! Merges and splits: whatever is joined and parted, in whatever order, nobody agrees who did not.

use super::any_act;
use crate::support::{SLOT, rule};
use amana_core::Moment;
use amana_core::catalog::{Basis, SlotRule};
use amana_core::permission::ActKind::{self, Assert, Grant, Guardian, Inform, Override, Start};
use amana_core::permission::{Act, Marks, Standing, State, Weight, combine, standing};
use proptest::prelude::*;
use proptest::sample::select;

const NOW: Moment = Moment(20);

/// Acts by fragment.
fn fragments() -> impl Strategy<Value = Vec<Vec<Act>>> {
    prop::collection::vec(prop::collection::vec(any_act(), 0..5), 1..5)
}

/// For each fragment the verified person it belongs to at a time: a sequence of merges and splits is a sequence of these.
fn partitions() -> impl Strategy<Value = Vec<Vec<usize>>> {
    prop::collection::vec(prop::collection::vec(0..3_usize, 5), 1..4)
}

fn rules() -> impl Strategy<Value = SlotRule> {
    use Basis::{Consent, Contract, LegalObligation, LegitimateInterest, PublicTask, VitalInterest};
    let bases = vec![Consent, Consent, Contract, LegalObligation, VitalInterest, PublicTask, LegitimateInterest];
    (select(bases), any::<bool>()).prop_map(|(basis, direct_marketing)| SlotRule { direct_marketing, ..rule(0, basis) })
}

fn marks(acts: &[Act]) -> Marks {
    let mut marks = Marks::default();
    for act in acts {
        marks.add(act);
    }
    marks
}

/// The state of what is read together: verified fragments share their acts, persons are only claimed to be one.
fn whole(rule: &SlotRule, fragments: &[Marks], persons: &[usize]) -> Option<Standing> {
    let of = |person: usize| {
        let mut joined = None::<Marks>;
        for (fragment, _) in fragments.iter().zip(persons).filter(|(_, of)| **of == person) {
            joined.get_or_insert_default().join(fragment);
        }
        joined.map(|joined| standing(rule, &joined, NOW))
    };
    combine((0..3).filter_map(of))
}

fn has(fragments: &[Marks], kind: ActKind) -> bool {
    fragments.iter().any(|marks| marks.get(SLOT, kind).is_some())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_sequence_of_merges_and_splits_makes_a_consent_that_no_act_gave(
        acts in fragments(), steps in partitions(), rule in rules(),
    ) {
        let fragments: Vec<_> = acts.iter().map(|acts| marks(acts)).collect();
        let apart: Vec<_> = fragments.iter().map(|marks| standing(&rule, marks, NOW)).collect();
        for persons in &steps {
            let state = whole(&rule, &fragments, persons).map(|standing| standing.state);
            let begun_by = match state {
                Some(State::Given) => Grant,
                Some(State::Active | State::Ongoing) => Start,
                Some(State::Asserted) => Assert,
                Some(State::Informed) => Inform,
                Some(State::Overridden) => Override,
                _ => continue,
            };
            prop_assert!(has(&fragments, begun_by), "{:?}", state);
        }
        // Fragments keep their own marks, so parting is reading them apart again.
        let again: Vec<_> = fragments.iter().map(|marks| standing(&rule, marks, NOW)).collect();
        prop_assert_eq!(apart, again);
    }

    /// Unless it is one person by proof, who did something later than what spoke against.
    #[test]
    fn merging_verified_fragments_is_wider_than_one_of_them_only_by_a_later_act(
        a in prop::collection::vec(any_act(), 0..6), b in prop::collection::vec(any_act(), 0..6), rule in rules(),
    ) {
        let (a, b) = (marks(&a), marks(&b));
        let mut both = a.clone();
        both.join(&b);
        let merged = standing(&rule, &both, NOW);
        for (part, other) in [(&a, &b), (&b, &a)] {
            let part = standing(&rule, part, NOW);
            if part.weight() == Weight::Denies && merged.state.allows() {
                let since = part.since.expect("what speaks against was done at some time");
                let later = other.iter().any(|(target, kind, mark)| {
                    target == SLOT && [Grant, Start, Override, Inform].contains(&kind) && mark.at >= since
                });
                prop_assert!(later, "{:?} became {:?}", part, merged);
            }
        }
    }

    #[test]
    fn what_is_only_claimed_never_widens_what_was_said(acts in fragments(), rule in rules()) {
        let parts: Vec<_> = acts.iter().map(|acts| standing(&rule, &marks(acts), NOW)).collect();
        let merged = combine(parts.iter().copied()).expect("there are parts");
        for part in parts.iter().filter(|part| part.says_something() && part.weight() != Weight::Neutral) {
            prop_assert!(part.state.allows() || !merged.state.allows(), "{:?} became {:?}", part, merged);
            prop_assert!(part.state.holds() || !merged.state.holds());
        }
    }

    #[test]
    fn a_guardian_alone_is_no_consent(at in 0..6_i64, until in 0..30_i64) {
        let guardian = super::act(Guardian, SLOT, at, at).until(Some(Moment(until)));
        prop_assert!(!standing(&rule(0, Basis::Consent), &marks(&[guardian]), NOW).state.allows());
    }
}
