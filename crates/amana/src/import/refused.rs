//! Rows that were refused for a reason that may pass: the catalogue knew no such purpose, a time had not come yet. They
//! are remembered by number, with the version of the catalogue that refused them, so that the same file can bring them
//! once more without anything else of it counting twice.
//!
//! They lie in pieces under the import's id, so that a batch writes no more than the pieces that its rows are in.

use super::id::ImportId;
use super::limits::REFUSED_ROWS_MAX;
use super::record::{HoldError, opened_of, sealed};
use crate::app::App;
use amana_store::{Batch, Key, KeyRange, Space};
use std::collections::{BTreeMap, BTreeSet};

/// How many rows of a file share a piece.
const PIECE_ROWS: u64 = 4_096;
/// How many pieces are read at a time.
const PAGE_PIECES: usize = 64;
/// The format of a piece.
const FORMAT: u8 = 1;

/// Which rows are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Looked {
    /// Those of the whole file.
    All,
    /// So many from this one on.
    Some(u64, u64),
}

/// Rows that were refused and may be tried again, each with the version of the catalogue that refused it last.
pub(super) struct Refused {
    import: ImportId,
    rows: BTreeMap<u64, u64>,
    /// The pieces that are not written yet.
    changed: BTreeSet<u64>,
}

impl Refused {
    /// The rows of an import that are looked at.
    pub(super) async fn load(app: &App, import: &ImportId, looked: Looked) -> Result<Self, HoldError> {
        let mut refused = Self { import: *import, rows: BTreeMap::new(), changed: BTreeSet::new() };
        let mut range = match looked {
            Looked::All => KeyRange::prefix(prefix(import)),
            Looked::Some(from, rows) => {
                let last = from.saturating_add(rows) / PIECE_ROWS;
                KeyRange::between(piece_key(import, from / PIECE_ROWS), piece_key(import, last.saturating_add(1)))
            }
        };
        loop {
            let page = app.store().scan(Space::Import, range.clone(), PAGE_PIECES).await?;
            let Some((last, _)) = page.last() else { return Ok(refused) };
            range = range.after(last);
            for (key, row) in page {
                let rows: Vec<(u64, u64)> = opened_of(app, FORMAT, &key, &row.value)?;
                refused.rows.extend(rows);
            }
        }
    }

    /// The rows.
    pub(super) fn rows(&self) -> BTreeSet<u64> {
        self.rows.keys().copied().collect()
    }

    /// Whether one of them was refused by another version of the catalogue.
    pub(super) fn by_another(&self, version: u64) -> bool {
        self.rows.values().any(|by| *by != version)
    }

    /// Remembers a row, if there is room among `known` of the whole file. Says whether it is a new one.
    pub(super) fn insert(&mut self, row: u64, version: u64, known: u64) -> bool {
        if !self.rows.contains_key(&row) && known >= REFUSED_ROWS_MAX {
            return false;
        }
        let stood = self.rows.insert(row, version);
        if stood != Some(version) {
            self.changed.insert(row / PIECE_ROWS);
        }
        stood.is_none()
    }

    /// Forgets a row. Says whether it was there.
    pub(super) fn remove(&mut self, row: u64) -> bool {
        let removed = self.rows.remove(&row).is_some();
        if removed {
            self.changed.insert(row / PIECE_ROWS);
        }
        removed
    }

    /// Whether something is not written yet.
    pub(super) fn is_changed(&self) -> bool {
        !self.changed.is_empty()
    }

    /// Adds what has changed to a batch.
    pub(super) fn put(&self, app: &App, batch: &mut Batch) {
        for piece in &self.changed {
            let key = piece_key(&self.import, *piece);
            let rows = self.rows.range(piece * PIECE_ROWS..(piece + 1) * PIECE_ROWS);
            let rows: Vec<(u64, u64)> = rows.map(|(row, version)| (*row, *version)).collect();
            if rows.is_empty() {
                batch.delete(Space::Import, key);
            } else {
                batch.put(Space::Import, key.clone(), sealed(app, FORMAT, &key, &rows));
            }
        }
    }

    /// What has changed is written.
    pub(super) fn written(&mut self) {
        self.changed.clear();
    }
}

fn prefix(import: &ImportId) -> Key {
    format!("{import}/refused/").into_bytes()
}

fn piece_key(import: &ImportId, piece: u64) -> Key {
    format!("{import}/refused/{piece:016x}").into_bytes()
}
