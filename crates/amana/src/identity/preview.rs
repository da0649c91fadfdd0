//! What a decision changes: who then stands on which side, what each side's permissions are before and after, and which
//! audiences each enters and leaves.

use super::graph::{counts, shown_kind};
use super::located::Located;
use super::shown::{Destroyed, IdentityChanges, IdentitySide, KindCount, PermissionShift, SideFragment};
use crate::govern::Current;
use crate::profile::spelling::word;
use crate::profile::{Whole, held};
use amana_core::catalog::{Number, SlotRule};
use amana_core::identity::{Banned, FragmentId, Joined, Lifted, Parted, StaffAct, Unjoinable};
use amana_core::permit::{Context, Question, Use, permit};
use amana_core::profile::{Holding, Retention};
use amana_core::{Moment, SlotSet};
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

/// Persons as they are at one point, with the audiences they belong to.
struct Persons(Vec<(Rc<Whole>, Vec<Number>)>);

/// Does a decision on what was read, and says what it changes.
pub(super) struct Preview<'a> {
    pub(super) current: &'a Current,
    pub(super) now: Moment,
    pub(super) named: BTreeSet<FragmentId>,
}

impl Preview<'_> {
    /// What a split changes; `None` when nothing would go.
    pub(super) fn split(&self, located: &mut Located, act: StaffAct, anchor: FragmentId) -> Option<IdentityChanges> {
        let before = self.persons(located, [anchor]);
        let Parted { goes, edges, .. } = located.people.part(act, anchor, &self.named)?;
        let after = self.persons(located, std::iter::once(anchor).chain(goes));
        let whole = before.0.first()?;
        let sides = after.0.iter().map(|side| self.side(located, &side.0, whole, side)).collect();
        let limits_passed = self.passed(&after.0);
        Some(IdentityChanges { sides, edges_banned: edges.len(), limits_passed, ..IdentityChanges::of("split") })
    }

    /// What a ban changes. Where nobody is known by the identifier there is nobody to change.
    pub(super) fn ban(&self, located: &mut Located, act: StaffAct, id: Option<FragmentId>) -> IdentityChanges {
        let before = self.persons(located, id);
        let banned = id.and_then(|id| located.people.ban(act, id));
        let Banned { rest, edges } = banned.unwrap_or(Banned { rest: BTreeSet::new(), edges: Vec::new() });
        let after = self.persons(located, id.into_iter().chain(rest));
        let sides =
            before.0.first().into_iter().flat_map(|whole| {
                after.0.iter().map(|side| self.side(located, &side.0, whole, side)).collect::<Vec<_>>()
            });
        let (sides, limits_passed) = (sides.collect(), self.passed(&after.0));
        IdentityChanges { sides, edges_banned: edges.len(), limits_passed, ..IdentityChanges::of("ban") }
    }

    /// What lifting a ban changes.
    pub(super) fn lift_ban(&self, located: &mut Located, id: Option<FragmentId>) -> IdentityChanges {
        let ends = located.people.banned_ends(id);
        let before = self.persons(located, id.into_iter().chain(ends));
        let lifted = id.and_then(|id| located.people.lift_ban(id));
        let Lifted { edges, stay } = lifted.unwrap_or(Lifted { edges: Vec::new(), stay: Vec::new() });
        let after = self.persons(located, id);
        let sides = after.0.first().into_iter().flat_map(|whole| {
            let of_it = |side: &&(Rc<Whole>, Vec<Number>)| {
                side.0.profile().is_some_and(|profile| whole.0.component.fragments.contains_key(&profile))
            };
            before.0.iter().filter(of_it).map(|side| self.side(located, &side.0, side, whole)).collect::<Vec<_>>()
        });
        let (sides, limits_passed) = (sides.collect(), self.passed(&after.0));
        let (edges_restored, edges_still_banned) = (edges.len(), stay.len());
        IdentityChanges { sides, edges_restored, edges_still_banned, limits_passed, ..IdentityChanges::of("lift_ban") }
    }

    /// What a join changes.
    pub(super) fn join(
        &self,
        located: &mut Located,
        act: StaffAct,
        anchor: FragmentId,
        others: &[FragmentId],
    ) -> Result<IdentityChanges, (usize, Unjoinable)> {
        let before = self.persons(located, std::iter::once(anchor).chain(others.iter().copied()));
        let mut lifted = BTreeSet::new();
        for (place, other) in others.iter().enumerate() {
            let apart = before.0.first().is_some_and(|(whole, _)| !whole.component.fragments.contains_key(other));
            match located.people.assert_one(act, anchor, *other) {
                Ok(Joined { lifted: now, .. }) => lifted.extend(now),
                // Two identifiers of one other person: the first has joined them both.
                Err(Unjoinable::Already) if apart && place > 0 => {}
                Err(why) => return Err((place, why)),
            }
        }
        let after = self.persons(located, [anchor]);
        let whole = after.0.first().ok_or((0, Unjoinable::Gone))?;
        Ok(IdentityChanges {
            sides: before.0.iter().map(|side| self.side(located, &side.0, side, whole)).collect(),
            splits_lifted: lifted.iter().map(uuid::Uuid::to_string).collect(),
            limits_passed: self.passed(std::slice::from_ref(whole)),
            ..IdentityChanges::of("join")
        })
    }

    /// The kinds of which persons have more identifiers than their limit.
    fn passed(&self, persons: &[(Rc<Whole>, Vec<Number>)]) -> Vec<KindCount> {
        let counted = persons.iter().flat_map(|(whole, _)| counts(&whole.component, self.policy()));
        counted.filter(|count| count.passed).collect()
    }

    fn policy(&self) -> &amana_core::catalog::Policy {
        &self.current.policy
    }

    /// The persons that fragments are part of, each once, in this order.
    fn persons(&self, located: &Located, of: impl IntoIterator<Item = FragmentId>) -> Persons {
        let (policy, now) = (self.policy(), self.now);
        let mut wholes = Vec::<Rc<Whole>>::new();
        for id in of {
            if !wholes.iter().any(|known| known.component.fragments.contains_key(&id)) {
                wholes.push(Rc::new(located.people.whole(id, policy, now)));
            }
        }
        let belonging = self.current.audiences.belonging(policy, &located.people, &located.classes, &wholes, now);
        let numbers = |belonging: Vec<(FragmentId, Number)>| belonging.into_iter().map(|(_, number)| number).collect();
        Persons(wholes.into_iter().zip(belonging.into_iter().map(numbers)).collect())
    }

    fn side(
        &self,
        located: &Located,
        of: &Whole,
        before: &(Rc<Whole>, Vec<Number>),
        after: &(Rc<Whole>, Vec<Number>),
    ) -> IdentitySide {
        let fragment = |(id, kind): (&FragmentId, &String)| SideFragment {
            fragment: id.to_string(),
            kind: shown_kind(kind),
            named: self.named.contains(id),
        };
        let name = |whole: &Whole| whole.profile().map(|profile| profile.to_string()).unwrap_or_default();
        let only = |these: &[Number], those: &[Number]| {
            let audiences = self.policy().audiences.iter();
            let shown = audiences.filter(|known| these.contains(&known.number) && !those.contains(&known.number));
            shown.map(|audience| audience.code.clone()).collect()
        };
        let current = self.policy().slots.iter().filter(|rule| !rule.retired);
        IdentitySide {
            fragments: of.component.fragments.iter().map(fragment).collect(),
            profile_before: name(&before.0),
            profile_after: name(&after.0),
            permissions: current.map(|rule| self.shift(rule, &before.0, &after.0)).collect(),
            enters: only(&after.1, &before.1),
            leaves: only(&before.1, &after.1),
            destroys: self.destroyed(located, of, &before.0, &after.0),
        }
    }

    /// What of a side nothing holds any more: what a fragment keeps only because of what the others decided goes with its
    /// keys when it is parted from them.
    fn destroyed(&self, located: &Located, of: &Whole, before: &Whole, after: &Whole) -> Destroyed {
        let (before, after) = (self.held(before), self.held(after));
        let (mut identifiers, mut slots) = (0, SlotSet::EMPTY);
        for entry in of.component.fragments.keys().filter_map(|id| located.people.get(*id)) {
            let held = |held: &HashMap<FragmentId, SlotSet>| held.get(&entry.id).copied().unwrap_or_default();
            let (before, after) = (held(&before), held(&after));
            let lost = entry.fragment.classes.iter().filter(|class| {
                let class_of = |held| Retention::of(self.policy(), located.classes.slots(**class), held);
                let oldest = entry.holdings.get(class).and_then(Holding::oldest);
                let (kept, keeps) = (class_of(before), class_of(after));
                let outlives = |oldest| kept.keeps(oldest, self.now) && !keeps.keeps(oldest, self.now);
                !kept.is_over() && keeps.is_over() || oldest.is_some_and(outlives)
            });
            let of_class = |class: &u32| located.classes.slots(*class).and(before).without(after);
            let lost = lost.fold(SlotSet::EMPTY, |all, class| all.or(of_class(class)));
            identifiers += usize::from(!lost.is_empty());
            slots = slots.or(lost);
        }
        let purposes: BTreeSet<&String> =
            slots.iter().filter_map(|slot| Some(&self.policy().slot(slot)?.purpose)).collect();
        Destroyed { identifiers, purposes: purposes.into_iter().cloned().collect() }
    }

    /// For each fragment of a person the slots that hold its data.
    fn held(&self, whole: &Whole) -> HashMap<FragmentId, SlotSet> {
        let groups = whole.groups.iter().zip(&whole.marks).enumerate();
        let each = groups.flat_map(|(place, (group, marks))| {
            let held = held(self.policy(), marks, whole.of_age(place), self.now);
            group.iter().map(move |id| (*id, held))
        });
        each.collect()
    }

    fn shift(&self, rule: &SlotRule, before: &Whole, after: &Whole) -> PermissionShift {
        let verdict = |whole: &Whole| {
            let (person, context) = (whole.person(None), Context::default());
            let (policy, slot, now) = (self.policy(), Some(rule), self.now);
            let verdict = permit(&Question { policy, slot, person, usage: Use::Profile, context, contact: None, now });
            (word(&verdict.standing.state), verdict.allow)
        };
        let ((before, allowed_before), (after, allowed_after)) = (verdict(before), verdict(after));
        let (purpose, brand) = (rule.purpose.clone(), rule.brand.clone());
        PermissionShift { purpose, brand, before, after, allowed_before, allowed_after }
    }
}
