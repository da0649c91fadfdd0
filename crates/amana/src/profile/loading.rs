//! Loading fragments from the store: whole, or not at all. Who is damaged is told apart, for the one writer has to go on with
//! everybody else.

use super::counted::Counted;
use super::entry::{Changes, Entry, SeenDay};
use super::keeper::{Beside, KeepError, Keeper, View, damaged, opened, opened_record};
use amana_core::identity::FragmentId;
use amana_core::profile::Holding;
use amana_store::seal::{KeyId, SealError};
use amana_store::space::key;
use amana_store::{Key, Space};
use std::collections::BTreeMap;

/// What was found of fragments.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Those that can be read.
    pub entries: Vec<Entry>,
    /// Those that are there and cannot be read, each with why.
    pub unreadable: Vec<(FragmentId, KeepError)>,
}

impl Loaded {
    /// Who lacks something is not there in part.
    fn leave_out(&mut self, wrong: Vec<(FragmentId, KeepError)>) {
        if !wrong.is_empty() {
            self.entries.retain(|entry| wrong.iter().all(|(id, _)| *id != entry.id));
            self.unreadable.extend(wrong);
        }
    }
}

impl Keeper {
    /// Loads fragments with all that hangs on them but events and acts. What does not exist is left out.
    ///
    /// # Errors
    /// When the store cannot be read or something cannot be opened.
    pub async fn load(&self, view: View<'_>, ids: &[FragmentId]) -> Result<Vec<Entry>, KeepError> {
        let Loaded { entries, unreadable } = self.load_readable(view, ids).await?;
        match unreadable.into_iter().next() {
            Some((_, error)) => Err(error),
            None => Ok(entries),
        }
    }

    /// The same, where whoever cannot be read stops nobody else.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn load_readable(&self, view: View<'_>, ids: &[FragmentId]) -> Result<Loaded, KeepError> {
        let stored: Vec<_> = ids.iter().map(|id| amana_store::FragmentId(id.0)).collect();
        let fragment_keys: Vec<Key> = stored.iter().map(|id| key::fragment(*id)).collect();
        let ring_keys: Vec<Key> = stored.iter().map(|id| key::ring(*id)).collect();
        let fragments = view.get_many(Space::Fragment, &fragment_keys).await?;
        let rings = view.get_many(Space::Ring, &ring_keys).await?;
        let mut loaded = Loaded { entries: Vec::with_capacity(ids.len()), unreadable: Vec::new() };
        for (place, (fragment, ring)) in fragments.into_iter().zip(rings).enumerate() {
            let (Some(fragment), Some(ring)) = (fragment, ring) else { continue };
            match self.opened_entry(ids[place], &ring.value, (&fragment_keys[place], &fragment.value)) {
                Ok(entry) => loaded.entries.push(entry),
                Err(error) => loaded.unreadable.push((ids[place], error)),
            }
        }
        self.load_holdings(view, &mut loaded).await?;
        self.load_seen(view, &mut loaded).await?;
        Ok(loaded)
    }

    /// A fragment without what lies in rows of their own.
    fn opened_entry(&self, id: FragmentId, ring: &[u8], (key, record): (&[u8], &[u8])) -> Result<Entry, KeepError> {
        let ring = self.root().unwrap_ring(amana_store::FragmentId(id.0), ring).map_err(|error| match error {
            SealError::NoSuchKey { .. } => KeepError::Superseded,
            _ => damaged(Space::Ring),
        })?;
        let (fragment, Beside { index, standing, sources }) = opened_record(&ring, key, record)?;
        Ok(Entry {
            id,
            index,
            counted: standing.map(|standing| {
                let seen = sources.then(|| fragment.sources.clone());
                Counted { standing, classes: fragment.classes.clone(), sources: seen }
            }),
            fragment,
            ring,
            holdings: BTreeMap::new(),
            seen: BTreeMap::new(),
            names: None,
            changes: Changes::default(),
        })
    }

    async fn load_holdings(&self, view: View<'_>, loaded: &mut Loaded) -> Result<(), KeepError> {
        let mut places = Vec::new();
        let mut keys = Vec::new();
        for (place, entry) in loaded.entries.iter().enumerate() {
            for class in &entry.fragment.classes {
                places.push((place, *class));
                keys.push(key::block(amana_store::FragmentId(entry.id.0), *class));
            }
        }
        let blocks = view.get_many(Space::Block, &keys).await?;
        let mut wrong = Vec::new();
        for (((place, class), key), block) in places.into_iter().zip(&keys).zip(blocks) {
            // A class whose key was destroyed holds nothing any more, whatever bytes are left.
            let entry = &mut loaded.entries[place];
            let (Some(block), Some(_)) = (block, entry.ring.key(KeyId::holding(class))) else { continue };
            match opened::<Holding>(&entry.ring, KeyId::holding(class), Space::Block, key, &block.value) {
                Ok(holding) => drop(entry.holdings.insert(class, holding)),
                Err(error) => wrong.push((entry.id, error)),
            }
        }
        loaded.leave_out(wrong);
        Ok(())
    }

    async fn load_seen(&self, view: View<'_>, loaded: &mut Loaded) -> Result<(), KeepError> {
        let mut places = Vec::new();
        let mut keys = Vec::new();
        for (place, entry) in loaded.entries.iter().enumerate() {
            for day in &entry.fragment.seen_days {
                places.push((place, *day));
                keys.push(key::seen(amana_store::FragmentId(entry.id.0), *day));
            }
        }
        let mut wrong = Vec::new();
        for ((place, day), value) in places.into_iter().zip(view.get_many(Space::Seen, &keys).await?) {
            let Some(value) = value else { continue };
            let entry = &mut loaded.entries[place];
            match postcard::from_bytes::<SeenDay>(&value.value) {
                Ok(hashes) => drop(entry.seen.insert(day, hashes)),
                Err(_) => wrong.push((entry.id, damaged(Space::Seen))),
            }
        }
        loaded.leave_out(wrong);
        Ok(())
    }
}
