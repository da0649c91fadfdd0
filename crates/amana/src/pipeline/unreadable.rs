//! Rings that no key of the root file opens: damaged rows. What they opened can be read by nobody. They hold up nobody
//! else, and are told until they are put right: `amana_unreadable_rings`, and `degraded` in the readiness.

use super::error::PipelineError;
use super::unreadable_people::UnreadablePeople;
use amana_store::seal::SealError;
use amana_store::space::key;
use amana_store::{Batch, FragmentId, Space, Store, StoreError};
use std::collections::{BTreeMap, BTreeSet};

const NOTE: &str = "unreadable_rings";
/// How many there may be in all before the root file is suspected, and nothing is destroyed any more.
const UNREADABLE_RINGS_ALL_MAX: usize = 64;

/// The unreadable rings, as they were found when their buckets were wrapped last or somebody's was needed.
#[derive(Debug, Default)]
pub struct UnreadableRings {
    /// By bucket, each by a hash of its fragment: the id itself would lead to a person.
    rings: BTreeMap<u16, BTreeSet<u64>>,
    /// Those of people whom something needed since ([`UnreadablePeople`]).
    met: BTreeSet<u64>,
    changed: bool,
}

impl UnreadableRings {
    /// Those that were found.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn load(store: &Store) -> Result<Self, StoreError> {
        let row = store.get(Space::Cursor, key::cursor(NOTE)).await?;
        // It is told anew when a bucket is wrapped; a note that cannot be read stops nobody.
        let rings = row.and_then(|row| postcard::from_bytes(&row.value).ok()).unwrap_or_default();
        let met = UnreadablePeople::load(store).await?.hashes();
        Ok(Self { rings, met, changed: false })
    }

    /// How many there are, those included whose ring is whole and something else of theirs damaged.
    #[must_use]
    pub fn count(&self) -> usize {
        self.rings.values().flatten().chain(&self.met).collect::<BTreeSet<_>>().len()
    }

    /// Notes what was found in a bucket, and tells what is new.
    pub(super) fn found(&mut self, bucket: u16, unreadable: &BTreeSet<FragmentId>) -> Result<(), PipelineError> {
        let found: BTreeSet<u64> = unreadable.iter().map(|id| crate::hash::short(id.as_bytes())).collect();
        let known = self.rings.remove(&bucket).unwrap_or_default();
        for ring in found.difference(&known) {
            tracing::error!(
                space = Space::Ring.name(),
                key_hash = format!("{ring:016x}"),
                bucket,
                "a ring cannot be opened: what it opens can be read by nobody"
            );
        }
        self.changed |= found != known;
        if !found.is_empty() {
            self.rings.insert(bucket, found);
        }
        if self.count() > UNREADABLE_RINGS_ALL_MAX {
            return Err(SealError::TooManyUnreadable { bucket }.into());
        }
        Ok(())
    }

    /// What is to be committed.
    pub(super) fn changes(&self) -> Option<Batch> {
        if !self.changed {
            return None;
        }
        let mut batch = Batch::new();
        if self.rings.is_empty() {
            batch.delete(Space::Cursor, key::cursor(NOTE));
        } else {
            batch.put(Space::Cursor, key::cursor(NOTE), postcard::to_allocvec(&self.rings).expect("sets of numbers"));
        }
        Some(batch)
    }
}
