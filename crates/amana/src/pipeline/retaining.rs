//! Letting go: whoever was touched keeps only what a purpose still holds, and is looked at again when time is up.

use super::work::Work;
use crate::profile::{Judge, OfAge, held, is_restricted};
use amana_core::Moment;
use amana_core::catalog::Policy;
use amana_core::identity::FragmentId;
use amana_core::permission::{Marks, next_change};
use std::collections::BTreeSet;

/// Destroys what nothing justifies keeping any longer of everybody who was touched, and notes when to look again.
pub(super) fn retain(work: &mut Work<'_>) {
    let mut seen = BTreeSet::<FragmentId>::new();
    for id in work.touched.clone() {
        if seen.contains(&id) {
            continue;
        }
        let whole = work.whole(id);
        seen.extend(whole.component.fragments.keys());
        for (group, marks) in whole.groups.iter().zip(&whole.marks) {
            let held = held(work.policy, marks, whole.of_age(), work.now);
            let turns = next_turn(work.policy, marks, whole.of_age(), work.now);
            let restricted = is_restricted(marks);
            for id in group {
                let Some(entry) = work.people.get_mut(*id) else { continue };
                entry.note_restriction(restricted);
                let judge = Judge { policy: work.policy, classes: work.classes, held, now: work.now };
                let ends = entry.retain(judge);
                let holds = !entry.fragment.classes.is_empty() || !entry.fragment.memberships.is_empty();
                // Bytes that nobody can open are cleared away with the next look.
                let clears =
                    (!entry.changes.destroyed.is_empty() || !entry.fragment.debris.is_empty()).then_some(work.now);
                entry.set_due([ends, turns.filter(|_| holds), clears].into_iter().flatten().min());
            }
        }
    }
}

/// When time alone will next change what somebody's marks permit.
fn next_turn(policy: &Policy, marks: &Marks, of_age: OfAge<'_>, now: Moment) -> Option<Moment> {
    policy.slots.iter().filter_map(|rule| next_change(rule, marks, of_age.at(policy, rule), now)).min()
}
