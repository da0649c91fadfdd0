//! Interned hold classes: the set of slots a datum is kept for, as a number.

use super::keeper::View;
use amana_core::SlotSet;
use amana_store::space::key;
use amana_store::{Batch, KeyRange, Space, Store, StoreError};
use std::collections::{BTreeSet, HashMap};

/// How many hold classes there may be: far more than catalogues make, and a bound on what is kept in memory.
const CLASSES_MAX: usize = 100_000;

/// All hold classes, both ways. Numbers start at 1 and are never given twice; 0 is a fragment's own record.
#[derive(Clone, Debug, Default)]
pub struct Classes {
    slots: Vec<SlotSet>,
    numbers: HashMap<SlotSet, u32>,
    fresh: Vec<u32>,
}

impl Classes {
    /// Loads all classes.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn load(store: &Store) -> Result<Self, StoreError> {
        let mut classes = Self::default();
        for (_, row) in store.scan(Space::Class, KeyRange::all(), CLASSES_MAX).await? {
            let slots = postcard::from_bytes(&row.value).map_err(|_| damaged())?;
            classes.add(slots);
        }
        Ok(classes)
    }

    /// Only the classes of these numbers: for readers who look at one person and number nothing.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn of(view: View<'_>, numbers: impl IntoIterator<Item = u32>) -> Result<Self, StoreError> {
        let numbers: BTreeSet<u32> = numbers.into_iter().filter(|number| *number > 0).collect();
        let keys: Vec<_> = numbers.iter().map(|number| key::class(*number)).collect();
        let mut classes = Self::default();
        let most = numbers.last().map_or(0, |number| *number as usize).min(CLASSES_MAX);
        classes.slots = vec![SlotSet::EMPTY; most];
        for (number, row) in numbers.iter().zip(view.get_many(Space::Class, &keys).await?) {
            let (Some(row), Some(place)) = (row, classes.slots.get_mut(*number as usize - 1)) else { continue };
            *place = postcard::from_bytes(&row.value).map_err(|_| damaged())?;
        }
        Ok(classes)
    }

    /// The slots of a class; none for a number never given.
    #[must_use]
    pub fn slots(&self, class: u32) -> SlotSet {
        let place = usize::try_from(class).unwrap_or(usize::MAX).wrapping_sub(1);
        self.slots.get(place).copied().unwrap_or_default()
    }

    /// The number of a class, a new one where there is none. `None` when there are too many.
    pub fn number(&mut self, slots: SlotSet) -> Option<u32> {
        if let Some(number) = self.numbers.get(&slots) {
            return Some(*number);
        }
        if self.slots.len() >= CLASSES_MAX {
            return None;
        }
        let number = self.add(slots);
        self.fresh.push(number);
        Some(number)
    }

    /// Adds classes that are new to a batch. They are forgotten as new only by [`Classes::settle`].
    pub fn save(&self, batch: &mut Batch) {
        for number in &self.fresh {
            let slots = postcard::to_allocvec(&self.slots(*number)).expect("a set of slots is four words");
            batch.put(Space::Class, key::class(*number), slots);
            batch.expect(Space::Class, key::class(*number), None);
        }
    }

    /// The new classes are committed.
    pub fn settle(&mut self) {
        self.fresh.clear();
    }

    fn add(&mut self, slots: SlotSet) -> u32 {
        self.slots.push(slots);
        let number = u32::try_from(self.slots.len()).expect("there are at most CLASSES_MAX");
        self.numbers.insert(slots, number);
        number
    }
}

fn damaged() -> StoreError {
    StoreError::Invalid("a hold class cannot be read: the store is damaged".into())
}
