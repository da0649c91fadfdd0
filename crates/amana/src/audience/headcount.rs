//! How many belong to each audience, counted where people enter and leave, so that nobody has to go over everybody.

use super::moves::{Move, MoveKind};
use amana_core::catalog::Number;
use amana_store::space::key;
use amana_store::{Batch, KeyRange, Space, Store, StoreError};
use std::collections::BTreeMap;

const KEY: &str = "members";
/// How many members are counted at a time, where they were not counted yet.
const COUNT_STEP: usize = 10_000;

/// How many belong to each audience. Committed with the memberships it counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headcount {
    counts: BTreeMap<Number, u64>,
    changed: bool,
}

impl Headcount {
    /// Loads the counts. A store in which nobody has counted yet is counted once.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn load(store: &Store) -> Result<Self, StoreError> {
        let Some(row) = store.get(Space::Tally, key::tally(KEY)).await? else {
            return Ok(Self { counts: count(store).await?, changed: true });
        };
        let counts = postcard::from_bytes(&row.value);
        let counts = counts.map_err(|_| StoreError::Invalid("the counts of members cannot be read".into()))?;
        Ok(Self { counts, changed: false })
    }

    /// How many belong to an audience.
    #[must_use]
    pub fn of(&self, audience: Number) -> u64 {
        self.counts.get(&audience).copied().unwrap_or_default()
    }

    /// Counts somebody who enters or leaves.
    pub fn count(&mut self, moved: &Move) {
        let count = self.counts.entry(moved.audience).or_default();
        *count = match moved.kind {
            MoveKind::Entered => *count + 1,
            MoveKind::Exited => count.saturating_sub(1),
        };
        self.changed = true;
    }

    /// Adds the counts to a batch when they have changed.
    pub fn save(&mut self, batch: &mut Batch) {
        if std::mem::take(&mut self.changed) {
            self.counts.retain(|_, count| *count > 0);
            let bytes = postcard::to_allocvec(&self.counts).expect("numbers");
            batch.put(Space::Tally, key::tally(KEY), bytes);
        }
    }
}

async fn count(store: &Store) -> Result<BTreeMap<Number, u64>, StoreError> {
    let snapshot = store.snapshot().await?;
    let (mut counts, mut range) = (BTreeMap::new(), KeyRange::all());
    loop {
        let rows = snapshot.scan(Space::Member, range.clone(), COUNT_STEP).await?;
        for (audience, _) in rows.iter().filter_map(|(key, _)| key::audience_and_profile(key)) {
            *counts.entry(audience).or_default() += 1;
        }
        match rows.last() {
            Some((last, _)) if rows.len() == COUNT_STEP => range = range.after(last),
            _ => return Ok(counts),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use amana_core::identity::FragmentId;
    use amana_store::EmbeddedOptions;

    #[tokio::test]
    async fn members_are_counted_once_and_then_as_they_move() {
        let dir = tempfile::tempdir().unwrap();
        let options = EmbeddedOptions { free_space_floor_bytes: 0, ..EmbeddedOptions::default() };
        let store = Store::open_embedded(dir.path(), options).await.unwrap();
        let mut batch = Batch::new();
        for (audience, person) in [(1, 1_u8), (1, 2), (2, 1)] {
            batch.put(Space::Member, key::member(audience, [person; 16]), vec![0; 8]);
        }
        store.commit(batch).await.unwrap();
        let mut headcount = Headcount::load(&store).await.unwrap();
        assert_eq!((headcount.of(1), headcount.of(2), headcount.of(3)), (2, 1, 0));
        let profile = FragmentId(uuid::Uuid::nil());
        headcount.count(&Move { profile, audience: 1, kind: MoveKind::Entered });
        headcount.count(&Move { profile, audience: 2, kind: MoveKind::Exited });
        let mut batch = Batch::new();
        headcount.save(&mut batch);
        store.commit(batch).await.unwrap();
        // What was counted is not counted again from the rows, which are the same as before.
        let known = Headcount::load(&store).await.unwrap();
        assert_eq!((known.of(1), known.of(2)), (3, 0));
    }
}
