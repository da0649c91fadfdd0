//! Names of imported events: an order that is exported each month counts once, however long after (law 3).
//!
//! A name is remembered by a short hash, with the part of its event that lives longest: under the key of that hold class
//! and of the month the event is of. So what is remembered goes with the last that is kept of those events, and no
//! earlier; and of what nobody was allowed to keep nothing is remembered.
//!
//! Names are read for imports of named events alone. What comes from elsewhere neither reads nor writes any.

use super::entry::Entry;
use super::keeper::{KeepError, Keeper, View, damaged};
use super::people::People;
use amana_core::identity::FragmentId;
use amana_store::seal::{KeyId, associated_data, open, seal};
use amana_store::space::key;
use amana_store::{Batch, Key, Space};
use std::collections::{BTreeMap, BTreeSet};

/// How many names are remembered per fragment, hold class and month. A named event beyond is not kept: who did so much in a
/// month is no person, and forgetting a name would count its event again.
pub const NAMES_PER_MONTH_MAX: usize = 100_000;

/// Bytes of a short hash.
const HASH_BYTES: usize = size_of::<u64>();

/// A hold class and a month of its events.
pub type NamedPlace = (u32, u16);

/// The names of a fragment's imported events, as short hashes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names(BTreeMap<NamedPlace, BTreeSet<u64>>);

impl Names {
    fn len(&self) -> usize {
        self.0.values().map(BTreeSet::len).sum()
    }
}

impl Entry {
    /// Whether names are stored for it that were not read.
    #[must_use]
    pub fn has_unread_names(&self) -> bool {
        self.names.is_none() && !self.fragment.named.is_empty()
    }

    /// Whether an event of this name is kept. The names must have been read.
    #[must_use]
    pub fn is_named(&self, name: u64) -> bool {
        self.names.as_ref().is_some_and(|names| names.0.values().any(|month| month.contains(&name)))
    }

    /// Whether one more name can be remembered. Where they were not read none can, for that would forget the others.
    #[must_use]
    pub fn has_room_for_name(&self, place: NamedPlace) -> bool {
        let known = self.names.as_ref().and_then(|names| names.0.get(&place));
        !self.has_unread_names() && known.is_none_or(|month| month.len() < NAMES_PER_MONTH_MAX)
    }

    /// Remembers the name of an event that is kept. There must be room.
    pub fn remember_name(&mut self, place: NamedPlace, name: u64) {
        self.names.get_or_insert_default().0.entry(place).or_default().insert(name);
        self.changes.names.insert(place);
        if let Err(at) = self.fragment.named.binary_search(&place) {
            self.fragment.named.insert(at, place);
            self.changes.fragment = true;
        }
    }

    /// Forgets the names of the events of a class, or of one of its months: nothing is kept of them any more.
    pub(super) fn forget_names(&mut self, class: u32, month: Option<u16>) {
        let goes = |place: &NamedPlace| place.0 == class && month.is_none_or(|month| month == place.1);
        let (gone, named) = self.fragment.named.iter().partition(|place| goes(place));
        self.fragment.named = named;
        if let Some(names) = &mut self.names {
            names.0.retain(|place, _| !goes(place));
        }
        self.changes.fragment |= !Vec::is_empty(&gone);
        self.changes.names.extend(gone);
    }

    /// About how many bytes its names take in memory.
    pub(super) fn names_weight_bytes(&self) -> usize {
        self.names.as_ref().map_or(0, |names| names.len() * 2 * HASH_BYTES)
    }
}

impl People {
    /// Reads the names of everybody whom these fragments belong to. Whose cannot be read is noted, and stops nobody else.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn read_names(
        &mut self,
        keeper: &Keeper,
        view: View<'_>,
        ids: impl Iterator<Item = FragmentId>,
    ) -> Result<(), KeepError> {
        let mut wanted = BTreeSet::new();
        for id in ids {
            if !wanted.contains(&id) {
                let before = self.get(id).and_then(|entry| entry.fragment.belonged);
                let parts = before.into_iter().chain([id]).map(|id| self.component(id));
                wanted.extend(parts.flat_map(|part| part.fragments.into_keys()));
            }
        }
        let unread = self.iter_mut().filter(|entry| entry.has_unread_names() && wanted.contains(&entry.id));
        for id in keeper.read_names(view, &mut unread.collect::<Vec<_>>()).await? {
            self.note_unreadable(id, &damaged(Space::Named));
        }
        Ok(())
    }
}

impl Keeper {
    /// Reads the names of fragments, and says whose cannot be read.
    async fn read_names(&self, view: View<'_>, entries: &mut [&mut Entry]) -> Result<Vec<FragmentId>, KeepError> {
        let mut places: Vec<(usize, NamedPlace)> = Vec::new();
        let mut keys: Vec<Key> = Vec::new();
        for (at, entry) in entries.iter().enumerate() {
            for place in &entry.fragment.named {
                places.push((at, *place));
                keys.push(key_of(entry, *place));
            }
        }
        let rows = view.get_many(Space::Named, &keys).await?;
        let mut unreadable = BTreeSet::new();
        for (((at, place), key), row) in places.into_iter().zip(&keys).zip(rows) {
            let entry = &mut *entries[at];
            let names = entry.names.get_or_insert_default();
            // Where the key was destroyed nothing is known any more, whatever bytes are left.
            let (Some(row), Some(data_key)) = (row, entry.ring.key(KeyId::events(place.0, place.1))) else { continue };
            let plain = open(data_key.as_bytes(), &associated_data(Space::Named, key), &row.value);
            match plain.ok().and_then(|plain| read(&plain)) {
                Some(hashes) => drop(names.0.insert(place, hashes)),
                None => drop(unreadable.insert(at)),
            }
        }
        unreadable.iter().for_each(|at| entries[*at].names = None);
        Ok(unreadable.into_iter().map(|at| entries[at].id).collect())
    }
}

/// Adds the names of the months that have changed to a batch.
pub(super) fn save_names(
    entry: &mut Entry,
    changed: BTreeSet<NamedPlace>,
    batch: &mut Batch,
    dice: &mut dyn amana_store::Dice,
) {
    for place in changed {
        let key = key_of(entry, place);
        let Some(hashes) = entry.names.as_ref().and_then(|names| names.0.get(&place)) else {
            batch.delete(Space::Named, key);
            continue;
        };
        let plain: Vec<u8> = hashes.iter().flat_map(|hash| hash.to_be_bytes()).collect();
        let data_key = entry.ring.key_or_new(KeyId::events(place.0, place.1), dice);
        let bytes = seal(data_key.as_bytes(), &associated_data(Space::Named, &key), &plain, dice);
        batch.put(Space::Named, key, bytes);
    }
}

fn key_of(entry: &Entry, (class, month): NamedPlace) -> Key {
    key::named(amana_store::FragmentId(entry.id.0), class, month)
}

fn read(bytes: &[u8]) -> Option<BTreeSet<u64>> {
    let (hashes, []) = bytes.as_chunks::<HASH_BYTES>() else { return None };
    Some(hashes.iter().map(|hash| u64::from_be_bytes(*hash)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use amana_core::Moment;

    const MARCH: u16 = 675;

    fn entry() -> Entry {
        Entry::new(FragmentId(uuid::Uuid::from_u128(1)), "user_id", "default", Moment(0), [0; 24])
    }

    #[test]
    fn a_month_that_is_full_takes_no_name_and_forgets_none() {
        let mut entry = entry();
        (0..NAMES_PER_MONTH_MAX as u64).for_each(|name| entry.remember_name((1, MARCH), name));
        assert!(!entry.has_room_for_name((1, MARCH)) && entry.is_named(0) && entry.is_named(99_999));
        assert!(entry.has_room_for_name((1, MARCH + 1)) && entry.has_room_for_name((2, MARCH)));
    }

    #[test]
    fn what_was_not_read_is_not_written_over() {
        let mut entry = entry();
        entry.remember_name((1, MARCH), 7);
        entry.names = None;
        assert!(entry.has_unread_names() && !entry.has_room_for_name((1, MARCH)));
        assert!(!entry.has_room_for_name((2, MARCH)), "another month would count as all there is");
    }

    #[test]
    fn names_go_with_their_month_or_class_and_no_other() {
        let mut entry = entry();
        for (name, place) in (0..).zip([(1, MARCH), (1, MARCH + 1), (2, MARCH)]) {
            entry.remember_name(place, name);
        }
        entry.changes = crate::profile::Changes::default();
        entry.forget_names(1, Some(MARCH));
        assert!(!entry.is_named(0) && entry.is_named(1) && entry.is_named(2));
        entry.forget_names(2, None);
        assert!(entry.is_named(1) && !entry.is_named(2));
        assert_eq!(entry.fragment.named, [(1, MARCH + 1)]);
        assert!(entry.changes.fragment && entry.changes.any());
        assert_eq!(entry.changes.names.iter().copied().collect::<Vec<_>>(), [(1, MARCH), (2, MARCH)]);
    }

    #[test]
    fn half_a_hash_is_damage() {
        assert_eq!(read(&[0, 0, 0, 0, 0, 0, 0, 5]), Some(BTreeSet::from([5])));
        assert_eq!((read(&[]), read(&[1; 9])), (Some(BTreeSet::new()), None));
    }
}
