//! How far each purpose reaches: how many people are processed for it now, and how much is kept for it. Counted where
//! that changes and committed with it, so that whoever plans a change is told at once and nobody is gone over for it.

use crate::profile::{Classes, Counted, Entry};
use amana_core::catalog::AffectedCounts;
use amana_core::{Slot, SlotSet};
use amana_store::space::key;
use amana_store::{Batch, KeyRange, Space, Store, StoreError};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The row of the people; the rows of holdings have names that begin with it.
const KEY: &str = "reach";
/// How many rows of holdings are read at a time.
const READ_STEP: usize = 10_000;

/// Under what a fragment holds something: a hold class, and those of its slots that hold it.
type Kept = (u32, SlotSet);

/// How far each slot reaches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    known: Known,
    /// How many fragments hold data, by what they hold it under.
    holdings: BTreeMap<Kept, u64>,
    changed: bool,
    changed_holdings: BTreeSet<Kept>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    /// Everybody is counted: a store that was written before anybody counted is gone over first.
    is_whole: bool,
    /// How many people are processed for a slot now.
    people: BTreeMap<Slot, u64>,
}

impl Reach {
    /// Loads the counts. Of a store in which nobody is, everybody is counted.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn load(store: &Store) -> Result<Self, StoreError> {
        let Some(row) = store.get(Space::Tally, key::tally(KEY)).await? else {
            let is_whole = store.scan(Space::Fragment, KeyRange::all(), 1).await?.is_empty();
            return Ok(Self { known: Known { is_whole, ..Known::default() }, changed: true, ..Self::default() });
        };
        let known = postcard::from_bytes(&row.value).map_err(|_| damaged())?;
        let (mut holdings, mut range) = (BTreeMap::new(), KeyRange::prefix(holdings_key()));
        loop {
            let rows = store.scan(Space::Tally, range.clone(), READ_STEP).await?;
            for (key, row) in &rows {
                let kept: Kept = postcard::from_bytes(&key[holdings_key().len()..]).map_err(|_| damaged())?;
                holdings.insert(kept, postcard::from_bytes(&row.value).map_err(|_| damaged())?);
            }
            match rows.last() {
                Some((last, _)) if rows.len() == READ_STEP => range = range.after(last),
                _ => return Ok(Self { known, holdings, ..Self::default() }),
            }
        }
    }

    /// Whether everybody is counted.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.known.is_whole
    }

    /// Everybody was gone over.
    pub fn complete(&mut self) {
        self.changed |= !self.known.is_whole;
        self.known.is_whole = true;
    }

    /// Counts a fragment as what it is now instead of what it was counted as. One that was never counted waits until
    /// somebody has looked for what it counts.
    pub fn count(&mut self, entry: &mut Entry, classes: &Classes) {
        let standing = entry.changes.standing.take();
        let Some(standing) = standing.or_else(|| entry.counted.as_ref().map(|counted| counted.standing)) else {
            return;
        };
        let now = |counted: &Counted| counted.standing == standing && counted.classes == entry.fragment.classes;
        if entry.counted.as_ref().is_some_and(now) {
            return;
        }
        let next = Counted { standing, classes: entry.fragment.classes.clone() };
        let before = entry.counted.replace(next.clone()).unwrap_or_default();
        self.count_people(before.standing.permitted, standing.permitted);
        let kept = |counted: &Counted| -> BTreeSet<Kept> {
            let held = |class: &u32| (*class, classes.slots(*class).and(counted.standing.held));
            counted.classes.iter().map(held).collect()
        };
        let (before, next) = (kept(&before), kept(&next));
        before.difference(&next).for_each(|kept| self.count_holding(*kept, |count| count.saturating_sub(1)));
        next.difference(&before).for_each(|kept| self.count_holding(*kept, |count| count + 1));
    }

    fn count_people(&mut self, before: SlotSet, next: SlotSet) {
        for slot in before.without(next).iter() {
            let count = self.known.people.entry(slot).or_default();
            *count = count.saturating_sub(1);
        }
        for slot in next.without(before).iter() {
            *self.known.people.entry(slot).or_default() += 1;
        }
        self.changed |= before != next;
    }

    fn count_holding(&mut self, kept: Kept, moved: impl FnOnce(u64) -> u64) {
        let count = self.holdings.entry(kept).or_default();
        *count = moved(*count);
        self.changed_holdings.insert(kept);
    }

    /// Of a slot: how many people are processed for it now, how many holdings are kept for it, and how many of these for
    /// none of the others.
    #[must_use]
    pub fn of(&self, slot: Slot, others: SlotSet) -> AffectedCounts {
        let of_slot = || self.holdings.iter().filter(move |((_, held), _)| held.contains(slot));
        let only = of_slot().filter(|((_, held), _)| held.and(others).is_empty());
        AffectedCounts {
            people: self.known.people.get(&slot).copied().unwrap_or_default(),
            holdings: of_slot().map(|(_, count)| count).sum(),
            holdings_only: only.map(|(_, count)| count).sum(),
        }
    }

    /// Adds what has changed to a batch.
    pub fn save(&mut self, batch: &mut Batch) {
        if std::mem::take(&mut self.changed) {
            self.known.people.retain(|_, count| *count > 0);
            batch.put(Space::Tally, key::tally(KEY), to_bytes(&self.known));
        }
        for kept in std::mem::take(&mut self.changed_holdings) {
            let mut place = holdings_key();
            place.extend(to_bytes(&kept));
            match self.holdings.get(&kept) {
                Some(0) | None => {
                    self.holdings.remove(&kept);
                    batch.delete(Space::Tally, place);
                }
                Some(count) => drop(batch.put(Space::Tally, place, to_bytes(count))),
            }
        }
    }
}

/// What the keys of the rows of holdings begin with.
fn holdings_key() -> amana_store::Key {
    key::tally("reach/")
}

fn to_bytes(value: &impl Serialize) -> Vec<u8> {
    postcard::to_allocvec(value).expect("numbers")
}

fn damaged() -> StoreError {
    StoreError::Invalid("the counts of people and holdings by purpose cannot be read".into())
}

#[cfg(test)]
#[path = "reach_tests.rs"]
mod tests;
