//! Letting go: whoever was touched keeps only what a purpose still holds, and is looked at again when time is up.

use super::childhood::end_childhood;
use super::work::Work;
use crate::profile::{Judge, OfAge, Whole, held, is_restricted};
use amana_core::catalog::{Policy, SlotRule};
use amana_core::identity::FragmentId;
use amana_core::permission::{ActKind, Marks, Target, next_change};
use amana_core::{Moment, SlotSet};
use std::collections::BTreeSet;

/// Destroys what nothing justifies keeping any longer of everybody who was touched, notes when to look again, and for
/// what they count from now on.
pub(super) fn retain(work: &mut Work<'_>) {
    work.part_beyond();
    let mut seen = BTreeSet::<FragmentId>::new();
    for id in work.touched.clone() {
        if seen.contains(&id) {
            continue;
        }
        let whole = work.whole(id);
        seen.extend(whole.component.fragments.keys());
        let groups: Vec<Judged> = (0..whole.groups.len()).map(|group| Judged::of(work, &whole, group)).collect();
        let held = groups.iter().fold(SlotSet::EMPTY, |all, group| all.or(group.held));
        let permitted = whole.permitted(work.policy, held, work.now);
        // Time may change for what somebody counts through any of their groups.
        let counts_until = groups.iter().filter_map(|group| group.turns).min();
        for (place, (ids, group)) in whole.groups.iter().zip(&groups).enumerate() {
            let born = work.people.born(ids, work.now);
            for id in ids {
                let Some(entry) = work.people.get_mut(*id) else { continue };
                let names_profile = whole.profile() == Some(*id);
                entry.note_restriction(group.restricted);
                let judge = Judge { policy: work.policy, classes: work.classes, held: group.held, now: work.now };
                let ends = entry.retain(judge);
                let forgets = entry.forget_seen(work.now);
                let holds = !entry.fragment.classes.is_empty() || !entry.fragment.memberships.is_empty();
                // Bytes that nobody can open are cleared away with the next look.
                let clears =
                    (!entry.changes.destroyed.is_empty() || !entry.fragment.debris.is_empty()).then_some(work.now);
                let turns = [group.turns.filter(|_| holds), counts_until.filter(|_| names_profile)];
                entry.set_due([ends, clears, forgets].into_iter().chain(turns).flatten().min());
                entry.stand(if names_profile { permitted } else { SlotSet::EMPTY }, group.held, work.classes);
            }
            end_childhood(work, ids, born, whole.region(Some(place)));
        }
    }
}

/// What the marks of a group come to now.
struct Judged {
    held: SlotSet,
    restricted: bool,
    turns: Option<Moment>,
}

impl Judged {
    fn of(work: &Work<'_>, whole: &Whole, group: usize) -> Self {
        let (marks, of_age) = (&whole.marks[group], whole.of_age(group));
        Self {
            held: held(work.policy, marks, of_age, work.now),
            restricted: is_restricted(marks),
            turns: next_turn(work.policy, marks, of_age, work.now),
        }
    }
}

/// When time alone will next change what somebody's marks permit: a state changes, what a guardian decided is over, or
/// they are old enough for what profiles or advertises.
fn next_turn(policy: &Policy, marks: &Marks, of_age: OfAge<'_>, now: Moment) -> Option<Moment> {
    let turns = |rule: &SlotRule| {
        let state = next_change(rule, marks, of_age.at(policy, rule), now);
        let guarded = marks.get(Target::Slot(rule.slot), ActKind::Guardian).and_then(|guardian| guardian.until);
        let others = [guarded, of_age.protected_until(policy, rule)].into_iter().flatten();
        state.into_iter().chain(others.filter(|turn| *turn > now)).min()
    };
    policy.slots.iter().filter_map(turns).min()
}
