//! Everybody counted anew from what is stored, beside the counts that are kept.

use super::House;
use amana::govern::Reach;
use amana::profile::{Classes, People, View, held};
use amana_core::catalog::{AffectedCounts, Number};
use amana_core::identity::FragmentId;
use amana_core::permit::{Context, Question, Reason, Use, explain};
use amana_core::{Slot, SlotSet};
use amana_store::{KeyRange, Space};
use std::collections::BTreeMap;

/// How many fragments are gone over: far more than any test makes.
const FRAGMENTS_MAX: usize = 1_000_000;

/// For each slot the people who are processed for it; and what fragments hold, by the slots that hold it.
#[derive(Debug, Default)]
pub(crate) struct Recount {
    people: BTreeMap<Slot, u64>,
    holdings: BTreeMap<SlotSet, u64>,
    /// For each source the fragments that were seen through it, as the slots that hold what each holds.
    seen: BTreeMap<Number, Vec<SlotSet>>,
}

impl Recount {
    pub(crate) async fn of(house: &House) -> Self {
        let (app, current) = (house.app(), house.app().current());
        let (policy, now) = (&*current.policy, app.now());
        let snapshot = app.store().snapshot().await.unwrap();
        let rows = snapshot.scan(Space::Fragment, KeyRange::all(), FRAGMENTS_MAX).await.unwrap();
        let ids: Vec<FragmentId> =
            rows.iter().map(|(key, _)| FragmentId(uuid::Uuid::from_slice(key).unwrap())).collect();
        let people = People::load(app.keeper(), View::Still(&snapshot), &ids).await.unwrap();
        let classes = Classes::load(app.store()).await.unwrap();
        let mut recount = Self::default();
        for id in ids {
            let whole = people.whole(id, policy, now);
            let group = whole.group_of(id).unwrap();
            let held = held(policy, &whole.marks[group], whole.of_age(group), now);
            let fragment = &people.get(id).unwrap().fragment;
            let mut all = SlotSet::EMPTY;
            for class in &fragment.classes {
                let held = classes.slots(*class).and(held);
                *recount.holdings.entry(held).or_default() += 1;
                all = all.or(held);
            }
            fragment.sources.iter().for_each(|source| recount.seen.entry(*source).or_default().push(all));
            if whole.profile() != Some(id) {
                continue;
            }
            for rule in &policy.slots {
                let (person, context) = (whole.person(None), Context::default());
                let usage = Use::Collect;
                let question = Question { policy, slot: Some(rule), person, usage, context, contact: None, now };
                // What a register blocks goes on with everybody else when it is in force again.
                let blocked =
                    |outcome: &(_, Result<(), Reason>)| matches!(outcome.1, Ok(()) | Err(Reason::PurposeBlocked));
                if explain(&question).iter().all(blocked) {
                    *recount.people.entry(rule.slot).or_default() += 1;
                }
            }
        }
        recount
    }

    /// Of a slot: the people, its holdings, and those that none of the others holds.
    pub(crate) fn slot(&self, slot: Slot, others: SlotSet) -> AffectedCounts {
        let of_slot = || self.holdings.iter().filter(move |(held, _)| held.contains(slot));
        AffectedCounts {
            people: self.people.get(&slot).copied().unwrap_or_default(),
            holdings: of_slot().map(|(_, count)| count).sum(),
            holdings_only: of_slot().filter(|(held, _)| held.and(others).is_empty()).map(|(_, count)| count).sum(),
            ..AffectedCounts::default()
        }
    }

    /// Of a source: the fragments that were seen through it, and those that hold something for any of the slots.
    pub(crate) fn through(&self, source: Number, slots: SlotSet) -> AffectedCounts {
        let seen = self.seen.get(&source).map_or(&[][..], Vec::as_slice);
        AffectedCounts {
            identifiers: seen.len() as u64,
            identifiers_holding: seen.iter().filter(|held| !held.and(slots).is_empty()).count() as u64,
            ..AffectedCounts::default()
        }
    }

    /// How many holdings there are.
    pub(crate) fn holdings(&self) -> u64 {
        self.holdings.values().sum()
    }
}

/// The counts that are kept are those of everybody, for every slot and beside every other.
pub(crate) async fn assert_counted(house: &House, when: &str) -> Recount {
    let (reach, recount) = (Reach::load(house.app().store()).await.unwrap(), Recount::of(house).await);
    assert!(reach.is_whole(), "{when}: everybody is counted");
    let slots = || house.app().current().policy.slots.iter().map(|rule| rule.slot).collect::<Vec<_>>();
    for slot in slots() {
        let single = slots().into_iter().map(|other| SlotSet::from_iter([other]));
        for others in single.chain([SlotSet::EMPTY, SlotSet::ALL]) {
            let (kept, counted) = (reach.of(slot, others), recount.slot(slot, others));
            assert_eq!(kept, counted, "{when}: slot {} beside {others:?}", slot.0);
        }
    }
    for (source, number) in &house.app().current().numbers.sources {
        for of in slots().into_iter().map(|slot| SlotSet::from_iter([slot])).chain([SlotSet::EMPTY, SlotSet::ALL]) {
            let (kept, counted) = (reach.through(*number, of), recount.through(*number, of));
            assert_eq!(kept, counted, "{when}: source {source}, {of:?}");
        }
    }
    recount
}
