//! Keeps fragments in the store: opens and seals what hangs on them. The only place that knows how a person's state
//! is laid out in bytes.

use super::counted::Standing;
use super::entry::{Entry, EventRow, RECORD};
use super::events::by_day;
use super::named::save_names;
use crate::dice::Dice;
use amana_core::identity::FragmentId;
use amana_core::permission::Act;
use amana_core::profile::{Debris, Fragment};
use amana_store::seal::{IndexKey, KeyId, Ring, Root, associated_data, open, seal};
use amana_store::space::key;
use amana_store::{Batch, Key, KeyRange, Position, Snapshot, Space, Store, StoreError, Versioned};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::ops::Range;
use std::sync::Arc;

/// Why a person's state cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// The store could not read it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Keys were destroyed between the state that is read and now: a newer state is to be read.
    #[error("what is read was superseded: read it again")]
    Superseded,
    /// It is damaged, or not of this root file.
    #[error(
        "a value of space `{space}` cannot be opened: it is damaged, or the root file is not the one it was written with"
    )]
    Damaged {
        /// Where.
        space: &'static str,
    },
}

/// Where values are read: the store as it is now, or a snapshot that stands still.
#[derive(Clone, Copy)]
pub enum View<'a> {
    /// As it is now: for the one writer, who knows that nobody else changes it.
    Live(&'a Store),
    /// At one instant: for readers beside the writer.
    Still(&'a Snapshot),
}

impl View<'_> {
    /// The values of these keys, in the same order.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn get_many(&self, space: Space, keys: &[Key]) -> Result<Vec<Option<Versioned>>, StoreError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        match self {
            Self::Live(store) => store.get_many(space, keys).await,
            Self::Still(snapshot) => snapshot.get_many(space, keys).await,
        }
    }

    /// Keys and values of a range, in ascending order.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn scan(&self, space: Space, range: KeyRange, most: usize) -> Result<Vec<(Key, Versioned)>, StoreError> {
        match self {
            Self::Live(store) => store.scan(space, range, most).await,
            Self::Still(snapshot) => snapshot.scan(space, range, most).await,
        }
    }
}

/// How often somebody who reads beside the writer reads again when keys were destroyed meanwhile, which happens at most
/// about once a second; after that it counts as damaged.
pub const READS_MAX: usize = 4;

impl KeepError {
    /// The space of what cannot be read.
    #[must_use]
    pub fn space(&self) -> &'static str {
        match self {
            Self::Damaged { space } => space,
            Self::Superseded | Self::Store(_) => Space::Ring.name(),
        }
    }

    /// Whether a newer state can be read.
    #[must_use]
    pub fn is_superseded(&self) -> bool {
        matches!(self, Self::Superseded)
    }
}

/// Opens and seals what hangs on fragments.
#[derive(Clone)]
pub struct Keeper {
    root: Arc<Root>,
}

impl Keeper {
    /// A keeper with the keys of a root file.
    #[must_use]
    pub fn new(root: Arc<Root>) -> Self {
        Self { root }
    }

    /// The keys it keeps with.
    #[must_use]
    pub fn root(&self) -> &Root {
        &self.root
    }

    /// The fragments of index keys, `None` where there is none.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn find(&self, view: View<'_>, keys: &[[u8; 24]]) -> Result<Vec<Option<FragmentId>>, KeepError> {
        let keys: Vec<Key> = keys.iter().map(key::index).collect();
        let found = view.get_many(Space::Index, &keys).await?;
        found.into_iter().map(|value| value.map(|value| fragment_id(&value.value)).transpose()).collect()
    }

    /// Acts of a fragment, oldest receipt first.
    ///
    /// # Errors
    /// When the store cannot be read or an act cannot be opened.
    pub async fn acts(&self, view: View<'_>, entry: &Entry, most: usize) -> Result<Vec<Act>, KeepError> {
        let prefix = key::of_fragment(amana_store::FragmentId(entry.id.0));
        let rows = view.scan(Space::Act, KeyRange::prefix(prefix), most).await?;
        rows.iter().map(|(key, row)| opened(&entry.ring, RECORD, Space::Act, key, &row.value)).collect()
    }

    /// Events of a fragment, by hold class and month and then from the latest day back. What nobody can open any
    /// more is left out.
    ///
    /// # Errors
    /// When the store cannot be read or an event cannot be opened.
    pub async fn events(&self, view: View<'_>, entry: &Entry, most: usize) -> Result<Vec<(u32, EventRow)>, KeepError> {
        let prefix = key::of_fragment(amana_store::FragmentId(entry.id.0));
        let mut events = Vec::new();
        for (key, row) in view.scan(Space::Event, KeyRange::prefix(prefix), most).await? {
            let place = EventPlace::of(&key).ok_or_else(|| damaged(Space::Event))?;
            let id = KeyId::events(place.class, place.epoch);
            if place.is_among(&entry.fragment.debris) || entry.ring.key(id).is_none() {
                continue;
            }
            let rows: Vec<EventRow> = opened(&entry.ring, id, Space::Event, &key, &row.value)?;
            events.extend(rows.into_iter().map(|row| (place.class, row)));
        }
        Ok(events)
    }

    /// Adds everything that has changed in an entry to a batch, and forgets that it has. Events are written under the
    /// journal's position before the batch; what is destroyed was written before the position after it. Says whether
    /// keys were destroyed: they are gone for good when the fragment's bucket is rekeyed.
    pub fn save(&self, entry: &mut Entry, span: Range<Position>, batch: &mut Batch, dice: &mut Dice) -> bool {
        let id = amana_store::FragmentId(entry.id.0);
        let changes = std::mem::take(&mut entry.changes);
        if let Some(index) = changes.index {
            batch.put(Space::Index, key::index(&index), entry.id.0.as_bytes().to_vec());
        }
        let (before, destroys) = (entry.ring.len(), changes.destroys());
        for (class, epoch) in &changes.destroyed {
            entry.fragment.debris.push(Debris { class: *class, epoch: *epoch, before: span.end.0 });
            if epoch.is_none() {
                batch.delete(Space::Block, key::block(id, *class));
            }
        }
        match changes.restricted {
            Some(true) => drop(batch.put(Space::Restricted, key::restricted(id), Vec::new())),
            Some(false) => drop(batch.delete(Space::Restricted, key::restricted(id))),
            None => {}
        }
        if let Some(stood) = changes.due {
            stood.map(|due| batch.delete(Space::Due, key::due(due.0, id)));
            entry.fragment.due.map(|due| batch.put(Space::Due, key::due(due.0, id), Vec::new()));
        }
        if changes.fragment {
            sealed(entry, RECORD, Space::Fragment, key::fragment(id), Value::Fragment, batch, dice);
        }
        for class in changes.holdings {
            sealed(entry, KeyId::holding(class), Space::Block, key::block(id, class), Value::Holding, batch, dice);
        }
        for ((class, epoch), rows) in &changes.events {
            for (day, rows) in by_day(rows) {
                let key = key::event(id, *class, *epoch, day, span.start);
                let rows = to_bytes(&rows);
                sealed(entry, KeyId::events(*class, *epoch), Space::Event, key, Value::Other(&rows), batch, dice);
            }
        }
        for act in &changes.acts {
            let key = key::act(id, act.received.0, *act.id.as_bytes());
            sealed(entry, RECORD, Space::Act, key, Value::Other(&to_bytes(act)), batch, dice);
        }
        for day in changes.seen {
            if let Some(hashes) = entry.seen.get(&day) {
                batch.put(Space::Seen, key::seen(id, day), to_bytes(hashes));
            }
        }
        for day in changes.forgotten {
            batch.delete(Space::Seen, key::seen(id, day));
        }
        save_names(entry, changes.names, batch, dice);
        if changes.ring || entry.ring.len() != before {
            self.root.put_ring(batch, id, &entry.ring, dice);
        }
        destroys
    }

    /// Adds the deletion of rows that nobody can open any more, as many as a page has. Says whether there may be more.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn clear(&self, store: &Store, entry: &mut Entry, batch: &mut Batch) -> Result<bool, StoreError> {
        let Some(debris) = entry.fragment.debris.first().copied() else { return Ok(false) };
        let id = amana_store::FragmentId(entry.id.0);
        let prefix = match debris.epoch {
            Some(epoch) => key::events_of_epoch(id, debris.class, epoch),
            None => key::events_of_class(id, debris.class),
        };
        let gone = |key: &[u8]| EventPlace::of(key).is_some_and(|place| place.is_among(&[debris]));
        let mut range = KeyRange::prefix(prefix);
        let more = loop {
            let rows = store.scan(Space::Event, range.clone(), CLEAR_ROWS_MAX).await?;
            let unreadable: Vec<&Key> = rows.iter().map(|(key, _)| key).filter(|key| gone(key)).collect();
            let full = rows.len() == CLEAR_ROWS_MAX;
            if !unreadable.is_empty() || !full {
                for key in unreadable {
                    batch.delete(Space::Event, key.clone());
                }
                break full;
            }
            // Later rows alone, which have a new key: on to the next page.
            range = rows.last().map_or_else(KeyRange::all, |(key, _)| range.after(key));
        };
        if !more {
            entry.fragment.debris.remove(0);
            entry.changes.fragment = true;
        }
        Ok(more || !entry.fragment.debris.is_empty())
    }
}

/// How many event rows are looked at, and at most deleted, at a time.
const CLEAR_ROWS_MAX: usize = 20_000;

/// Where an event row lies.
pub(super) struct EventPlace {
    pub(super) class: u32,
    pub(super) epoch: u16,
    pub(super) position: u64,
}

impl EventPlace {
    pub(super) fn of(key: &[u8]) -> Option<Self> {
        let (_, class) = key::fragment_and_class(key)?;
        let epoch = key::epoch_of_event(key)?;
        Some(Self { class, epoch, position: key::position_of_event(key)?.0 })
    }

    pub(super) fn is_among(&self, debris: &[Debris]) -> bool {
        debris.iter().any(|debris| debris.covers(self.class, self.epoch, self.position))
    }
}

/// What of an entry is sealed.
enum Value<'a> {
    Fragment,
    Holding,
    Other(&'a [u8]),
}

fn sealed(entry: &mut Entry, id: KeyId, space: Space, key: Key, value: Value<'_>, batch: &mut Batch, dice: &mut Dice) {
    let encoded;
    let plain = match value {
        Value::Fragment => {
            encoded = record_bytes(entry);
            &encoded
        }
        Value::Holding => {
            encoded = to_bytes(entry.holdings.entry(id.class).or_default());
            &encoded
        }
        Value::Other(bytes) => bytes,
    };
    let bytes = seal(entry.ring.key_or_new(id, dice).as_bytes(), &associated_data(space, &key), plain, dice);
    batch.put(space, key, bytes);
}

/// What follows a fragment's own record: it belongs to the store and not to the domain, and whoever does not expect it
/// reads the same fragment.
#[derive(Default)]
pub(super) struct Beside {
    /// The index key that leads to it, where it is known.
    pub(super) index: Option<IndexKey>,
    /// For what it is counted, with all its classes; none while it was not counted.
    pub(super) standing: Option<Standing>,
    /// Whether it is counted for all its sources, too.
    pub(super) sources: bool,
}

/// Follows what a fragment is counted for when it is counted for its sources, too: those that were written before anybody
/// counted sources have nothing there.
const SOURCES_COUNTED: u8 = 1;

/// Stands in the place of an index key where none is known: the first byte of a key is a version, and those begin at 1.
const NO_INDEX: IndexKey = [0; size_of::<IndexKey>()];

fn record_bytes(entry: &Entry) -> Vec<u8> {
    let mut bytes = to_bytes(&entry.fragment);
    match &entry.counted {
        None => bytes.extend(entry.index.iter().flatten()),
        Some(counted) => {
            bytes.extend(entry.index.unwrap_or(NO_INDEX));
            bytes.extend(to_bytes(&counted.standing));
            bytes.extend(counted.sources.as_ref().map(|_| SOURCES_COUNTED));
        }
    }
    bytes
}

pub(super) fn opened_record(ring: &Ring, key: &[u8], value: &[u8]) -> Result<(Fragment, Beside), KeepError> {
    let wrong = || damaged(Space::Fragment);
    let data_key = ring.key(RECORD).ok_or_else(wrong)?;
    let plain = open(data_key.as_bytes(), &associated_data(Space::Fragment, key), value).map_err(|_| wrong())?;
    let (fragment, rest) = postcard::take_from_bytes(&plain).map_err(|_| wrong())?;
    let Some((index, rest)) = rest.split_first_chunk() else { return Ok((fragment, Beside::default())) };
    let index = Some(*index).filter(|index| *index != NO_INDEX);
    if rest.is_empty() {
        return Ok((fragment, Beside { index, ..Beside::default() }));
    }
    let (standing, rest) = postcard::take_from_bytes(rest).map_err(|_| wrong())?;
    Ok((fragment, Beside { index, standing: Some(standing), sources: rest.first() == Some(&SOURCES_COUNTED) }))
}

pub(super) fn opened<T: DeserializeOwned>(
    ring: &Ring,
    id: KeyId,
    space: Space,
    key: &[u8],
    value: &[u8],
) -> Result<T, KeepError> {
    let data_key = ring.key(id).ok_or_else(|| damaged(space))?;
    let plain = open(data_key.as_bytes(), &associated_data(space, key), value).map_err(|_| damaged(space))?;
    postcard::from_bytes(&plain).map_err(|_| damaged(space))
}

fn to_bytes(value: &impl Serialize) -> Vec<u8> {
    postcard::to_allocvec(value).expect("these types have a length and no foreign parts")
}

fn fragment_id(bytes: &[u8]) -> Result<FragmentId, KeepError> {
    uuid::Uuid::from_slice(bytes).map(FragmentId).map_err(|_| damaged(Space::Index))
}

pub(super) fn damaged(space: Space) -> KeepError {
    KeepError::Damaged { space: space.name() }
}
