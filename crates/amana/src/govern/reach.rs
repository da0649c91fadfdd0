//! How far each purpose and each source reaches: how many people are processed for it now, how much is kept for it, and how
//! many identifiers were seen through it. Counted where that changes and committed with it, so that whoever plans a change
//! is told at once and nobody is gone over for it.

use crate::profile::{Classes, Counted, Entry};
use amana_core::catalog::{AffectedCounts, Number};
use amana_core::{Slot, SlotSet};
use amana_store::space::key;
use amana_store::{Batch, KeyRange, Space, Store, StoreError};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The row of the people; the names of the others begin with it.
const KEY: &str = "reach";
/// What the rows of holdings begin with.
const HOLDINGS: &str = "reach/";
/// What the rows of sources begin with.
const SOURCES: &str = "reach-through/";
/// Stands where everybody is counted for their sources.
const SOURCES_WHOLE: &str = "reach-through";
/// How many rows of holdings are read at a time.
const READ_STEP: usize = 10_000;

/// Under what a fragment holds something: a hold class, and those of its slots that hold it.
type Kept = (u32, SlotSet);

/// A source through which a fragment was seen, and the slots that hold what the fragment holds.
type Seen = (Number, SlotSet);

/// How far each slot reaches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    known: Known,
    /// How many fragments hold data, by what they hold it under.
    holdings: BTreeMap<Kept, u64>,
    /// How many fragments were seen through each source.
    seen: BTreeMap<Seen, u64>,
    /// Everybody is counted for their sources.
    seen_whole: bool,
    changed: bool,
    changed_seen_whole: bool,
    changed_holdings: BTreeSet<Kept>,
    changed_seen: BTreeSet<Seen>,
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
            let known = Known { is_whole, ..Known::default() };
            let (seen_whole, changed) = (is_whole, true);
            return Ok(Self { known, seen_whole, changed, changed_seen_whole: is_whole, ..Self::default() });
        };
        let known = postcard::from_bytes(&row.value).map_err(|_| damaged())?;
        let seen_whole = store.get(Space::Tally, key::tally(SOURCES_WHOLE)).await?.is_some();
        let (holdings, seen) = (counts(store, HOLDINGS).await?, counts(store, SOURCES).await?);
        Ok(Self { known, holdings, seen, seen_whole, ..Self::default() })
    }

    /// Whether everybody is counted.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.known.is_whole && self.seen_whole
    }

    /// Everybody was gone over.
    pub fn complete(&mut self) {
        self.changed |= !self.known.is_whole;
        self.changed_seen_whole |= !self.seen_whole;
        (self.known.is_whole, self.seen_whole) = (true, true);
    }

    /// Counts a fragment as what it is now instead of what it was counted as. One that was never counted waits until
    /// somebody has looked for what it counts.
    pub fn count(&mut self, entry: &mut Entry, classes: &Classes) {
        let standing = entry.changes.standing.take();
        let Some(standing) = standing.or_else(|| entry.counted.as_ref().map(|counted| counted.standing)) else {
            return;
        };
        let fragment = &entry.fragment;
        let now = |counted: &Counted| {
            counted.standing == standing
                && counted.classes == fragment.classes
                && counted.sources.as_ref() == Some(&fragment.sources)
        };
        if entry.counted.as_ref().is_some_and(now) {
            return;
        }
        let next = Counted { standing, classes: fragment.classes.clone(), sources: Some(fragment.sources.clone()) };
        let before = entry.counted.replace(next.clone()).unwrap_or_default();
        // What it was counted as is read from its record: that it is counted for sources must stand there.
        entry.changes.fragment |= before.sources.is_none();
        self.count_sources(&before, &next);
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

    fn count_sources(&mut self, before: &Counted, next: &Counted) {
        let seen = |counted: &Counted| -> BTreeSet<Seen> {
            let held = counted.standing.held;
            counted.sources.iter().flatten().map(|source| (*source, held)).collect()
        };
        let (before, next) = (seen(before), seen(next));
        before.difference(&next).for_each(|seen| self.count_seen(*seen, |count| count.saturating_sub(1)));
        next.difference(&before).for_each(|seen| self.count_seen(*seen, |count| count + 1));
    }

    fn count_seen(&mut self, seen: Seen, moved: impl FnOnce(u64) -> u64) {
        let count = self.seen.entry(seen).or_default();
        *count = moved(*count);
        self.changed_seen.insert(seen);
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
            ..AffectedCounts::default()
        }
    }

    /// Of a source: how many identifiers were seen through it, and how many of these hold something for any of the slots.
    #[must_use]
    pub fn through(&self, source: Number, slots: SlotSet) -> AffectedCounts {
        let seen = || self.seen.range((source, SlotSet::EMPTY)..).take_while(move |((number, _), _)| *number == source);
        let holding = seen().filter(|((_, held), _)| !held.and(slots).is_empty());
        AffectedCounts {
            identifiers: seen().map(|(_, count)| count).sum(),
            identifiers_holding: holding.map(|(_, count)| count).sum(),
            ..AffectedCounts::default()
        }
    }

    /// Adds what has changed to a batch.
    pub fn save(&mut self, batch: &mut Batch) {
        if std::mem::take(&mut self.changed) {
            self.known.people.retain(|_, count| *count > 0);
            batch.put(Space::Tally, key::tally(KEY), to_bytes(&self.known));
        }
        if std::mem::take(&mut self.changed_seen_whole) {
            batch.put(Space::Tally, key::tally(SOURCES_WHOLE), Vec::new());
        }
        save_counts(HOLDINGS, &mut self.holdings, std::mem::take(&mut self.changed_holdings), batch);
        save_counts(SOURCES, &mut self.seen, std::mem::take(&mut self.changed_seen), batch);
    }
}

/// Reads the rows of counts whose names begin so.
async fn counts<K: Ord + DeserializeOwned>(store: &Store, prefix: &str) -> Result<BTreeMap<K, u64>, StoreError> {
    let prefix = key::tally(prefix);
    let (mut counts, mut range) = (BTreeMap::new(), KeyRange::prefix(prefix.clone()));
    loop {
        let rows = store.scan(Space::Tally, range.clone(), READ_STEP).await?;
        for (key, row) in &rows {
            let counted = postcard::from_bytes(&key[prefix.len()..]).map_err(|_| damaged())?;
            counts.insert(counted, postcard::from_bytes(&row.value).map_err(|_| damaged())?);
        }
        match rows.last() {
            Some((last, _)) if rows.len() == READ_STEP => range = range.after(last),
            _ => return Ok(counts),
        }
    }
}

/// Writes those counts that have changed; of what is not there nothing is written.
fn save_counts<K: Ord + Serialize>(
    prefix: &str,
    counts: &mut BTreeMap<K, u64>,
    changed: BTreeSet<K>,
    batch: &mut Batch,
) {
    for counted in changed {
        let mut place = key::tally(prefix);
        place.extend(to_bytes(&counted));
        match counts.get(&counted) {
            Some(0) | None => {
                counts.remove(&counted);
                batch.delete(Space::Tally, place);
            }
            Some(count) => drop(batch.put(Space::Tally, place, to_bytes(count))),
        }
    }
}

fn to_bytes(value: &impl Serialize) -> Vec<u8> {
    postcard::to_allocvec(value).expect("numbers")
}

fn damaged() -> StoreError {
    StoreError::Invalid("the counts of people and holdings by purpose and source cannot be read".into())
}

#[cfg(test)]
#[path = "reach_tests.rs"]
mod tests;
