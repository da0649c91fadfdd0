//! How far restoring keys into a copy of a store has come, as the copy remembers it.
//!
//! A ring of the copy takes the archive's keys in. Done again after acts were applied, that would bring back what they
//! have destroyed; so a copy takes one archive once, and the note goes when the copy is served.

use super::file::ArchiveError;
use super::restore::commit;
use amana_store::space::key;
use amana_store::{Batch, Space, Store, StoreError};

const ROW: &str = "key_archive/restored";
const BEGUN: u8 = 0;
const DONE: u8 = 1;

/// How far it has come, and with which archive, by its sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    None,
    Begun([u8; 32]),
    Done([u8; 32]),
}

impl Progress {
    pub(super) async fn load(store: &Store) -> Result<Self, StoreError> {
        let Some(row) = store.get(Space::Cursor, key::cursor(ROW)).await? else { return Ok(Self::None) };
        let damaged = || StoreError::Invalid("how far keys were restored cannot be read".into());
        let (state, sum) = row.value.split_first().ok_or_else(damaged)?;
        let sum = sum.try_into().map_err(|_| damaged())?;
        match *state {
            BEGUN => Ok(Self::Begun(sum)),
            DONE => Ok(Self::Done(sum)),
            _ => Err(damaged()),
        }
    }

    pub(super) fn note(self, batch: &mut Batch) {
        let (state, sum) = match self {
            Self::None => {
                batch.delete(Space::Cursor, key::cursor(ROW));
                return;
            }
            Self::Begun(sum) => (BEGUN, sum),
            Self::Done(sum) => (DONE, sum),
        };
        batch.put(Space::Cursor, key::cursor(ROW), [&[state], sum.as_slice()].concat());
    }
}

/// Whether a store may be served: not while restoring keys was broken off. From now on it is no copy that waits for keys.
///
/// # Errors
/// When it may not, or the store can't be read or written.
pub async fn check_restored(store: &Store) -> Result<(), ArchiveError> {
    match Progress::load(store).await? {
        Progress::None => Ok(()),
        Progress::Begun(_) => Err(ArchiveError::HalfRestored),
        Progress::Done(_) => {
            let mut batch = Batch::new();
            Progress::None.note(&mut batch);
            commit(store, batch).await
        }
    }
}
