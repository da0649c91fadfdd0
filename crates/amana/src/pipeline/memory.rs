//! Whom the worker has worked on lately: what the next batch needs is mostly what the last one wrote.

use super::options::PipelineOptions;
use crate::audience::MemberRow;
use crate::profile::Entry;
use amana_core::catalog::Number;
use amana_core::identity::FragmentId;
use quick_cache::Weighter;
use quick_cache::unsync::Cache;

/// A profile's being in an audience.
pub(super) type Place = (FragmentId, Number);

/// What is remembered. It is what the store holds, so it can be forgotten at any time.
pub(super) struct Memory {
    entries: Cache<FragmentId, Entry, ByWeight>,
    index: Cache<[u8; 24], FragmentId>,
    members: Cache<Place, MemberRow>,
}

/// Remembered fragments weigh what they hold in memory, roughly.
#[derive(Clone, Copy)]
struct ByWeight;

impl Weighter<FragmentId, Entry> for ByWeight {
    fn weight(&self, _: &FragmentId, entry: &Entry) -> u64 {
        entry.weight_bytes()
    }
}

impl Memory {
    /// Nothing is remembered yet.
    pub(super) fn new(options: &PipelineOptions) -> Self {
        Self {
            entries: Cache::with_weighter(options.cache_fragments, options.cache_bytes_max, ByWeight),
            index: Cache::new(options.cache_fragments * 2),
            members: Cache::new(options.cache_fragments * 2),
        }
    }

    /// Takes a fragment out: it is about to change, and comes back when that is committed.
    pub(super) fn take(&mut self, id: FragmentId) -> Option<Entry> {
        self.entries.remove(&id).map(|(_, entry)| entry)
    }

    /// The fragment that an index key leads to.
    pub(super) fn find(&mut self, key: &[u8; 24]) -> Option<FragmentId> {
        self.index.get(key).copied()
    }

    /// A membership as it is stored.
    pub(super) fn member(&mut self, place: Place) -> Option<MemberRow> {
        self.members.get(&place).cloned()
    }

    /// Remembers fragments that are committed, or were not changed.
    pub(super) fn keep_entries(&mut self, entries: Vec<Entry>) {
        entries.into_iter().for_each(|entry| self.entries.insert(entry.id, entry));
    }

    /// Remembers where index keys lead.
    pub(super) fn keep_index(&mut self, index: impl IntoIterator<Item = ([u8; 24], FragmentId)>) {
        index.into_iter().for_each(|(key, id)| self.index.insert(key, id));
    }

    /// Remembers a membership as it is stored now, or that it ended.
    pub(super) fn keep_member(&mut self, place: Place, row: Option<MemberRow>) {
        match row {
            Some(row) => self.members.insert(place, row),
            None => drop(self.members.remove(&place)),
        }
    }
}
