//! People whose keys or rows are damaged, as the worker has met them. Nothing is assumed of them and nothing forgotten: what
//! needs them is set aside ([`super::set_apart`]), what time demands of them waits, and everybody else goes on.
//!
//! Who can be read again is still left alone until what was set aside because of them is worked on: a page seen today must
//! not be kept under an agreement that they took back while nobody could read it.

use super::error::PipelineError;
use crate::hash;
use amana_core::Moment;
use amana_core::identity::FragmentId;
use amana_store::space::key;
use amana_store::{Batch, Space, Store, StoreError};
use std::collections::{BTreeMap, BTreeSet};

const NOTE: &str = "unreadable_people";
/// How many there may be before the root file is suspected instead of a few rows, and nothing is set aside any more.
pub(super) const UNREADABLE_PEOPLE_MAX: usize = 64;
/// How often it is looked whether they can be read again.
const LOOK_AGAIN_MILLIS: i64 = 60_000;

/// Fragments that cannot be read, or could not.
#[derive(Debug, Default)]
pub(super) struct UnreadablePeople {
    /// Each with the place in the log of what was set aside up to which it may be about them.
    met: BTreeMap<FragmentId, u64>,
    changed: bool,
    looked: Option<Moment>,
}

impl UnreadablePeople {
    /// As a store has them noted.
    pub(super) async fn load(store: &Store) -> Result<Self, StoreError> {
        let Some(row) = store.get(Space::Cursor, key::cursor(NOTE)).await? else { return Ok(Self::default()) };
        let met = postcard::from_bytes(&row.value)
            .map_err(|_| StoreError::Invalid("the note of who cannot be read cannot be read itself".into()))?;
        Ok(Self { met, ..Self::default() })
    }

    /// Hashes of their ids: an id itself would lead to a person.
    pub(super) fn hashes(&self) -> BTreeSet<u64> {
        self.met.keys().map(|id| hash::short(id.0.as_bytes())).collect()
    }

    /// Notes who cannot be read, and tells who is new.
    ///
    /// # Errors
    /// When there are too many for a few damaged rows.
    pub(super) fn meet(
        &mut self,
        unreadable: impl Iterator<Item = (FragmentId, &'static str)>,
    ) -> Result<(), PipelineError> {
        for (id, space) in unreadable {
            if self.met.contains_key(&id) {
                continue;
            }
            let key_hash = format!("{:016x}", hash::short(id.0.as_bytes()));
            tracing::error!(space, key_hash, "somebody cannot be read: what is about them is set aside, and waits");
            self.met.insert(id, 0);
            self.changed = true;
        }
        if self.met.len() > UNREADABLE_PEOPLE_MAX {
            return Err(PipelineError::TooManyUnreadable);
        }
        Ok(())
    }

    /// Those about whom something was set aside that is not worked on yet.
    pub(super) fn waiting(&self, done: u64) -> impl Iterator<Item = FragmentId> {
        self.met.iter().filter(move |(_, until)| **until > done).map(|(id, _)| *id)
    }

    /// Notes that up to this place of the log something may be about them.
    pub(super) fn wait(&mut self, about: &BTreeSet<FragmentId>, until: u64) {
        for (_, known) in self.met.iter_mut().filter(|(id, _)| about.contains(id)) {
            *known = until;
            self.changed = true;
        }
    }

    /// Whom to look at again, when it is time to.
    pub(super) fn due(&mut self, now: Moment) -> Vec<FragmentId> {
        if self.met.is_empty() || self.looked.is_some_and(|looked| now.since_millis(looked) < LOOK_AGAIN_MILLIS) {
            return Vec::new();
        }
        self.looked = Some(now);
        self.met.keys().copied().collect()
    }

    /// It is time now.
    pub(super) fn hurry(&mut self) {
        self.looked = None;
    }

    /// Forgets who can be read again, once everything about them is worked on. Says how many those are.
    pub(super) fn found(&mut self, still: &BTreeSet<FragmentId>, done: u64) -> usize {
        let before = self.met.len();
        self.met.retain(|id, until| still.contains(id) || *until > done);
        let gone = before - self.met.len();
        self.changed |= gone > 0;
        gone
    }

    /// Adds what has changed to a batch.
    pub(super) fn save(&mut self, batch: &mut Batch) {
        if !std::mem::take(&mut self.changed) {
            return;
        }
        if self.met.is_empty() {
            batch.delete(Space::Cursor, key::cursor(NOTE));
        } else {
            batch.put(Space::Cursor, key::cursor(NOTE), postcard::to_allocvec(&self.met).expect("ids and numbers"));
        }
    }
}
