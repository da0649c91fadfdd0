//! Everybody counted anew from what is stored, beside the counts that are kept.

use super::House;
use amana::govern::Reach;
use amana::profile::{Classes, People, View, held};
use amana_core::catalog::AffectedCounts;
use amana_core::identity::FragmentId;
use amana_core::permit::{Context, Question, Use, permit};
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
            for class in &people.get(id).unwrap().fragment.classes {
                *recount.holdings.entry(classes.slots(*class).and(held)).or_default() += 1;
            }
            if whole.profile() != Some(id) {
                continue;
            }
            for rule in &policy.slots {
                let (person, context) = (whole.person(None), Context::default());
                let usage = Use::Collect;
                if permit(&Question { policy, slot: Some(rule), person, usage, context, contact: None, now }).allow {
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
    recount
}
