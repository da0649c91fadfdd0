//! The quarantine: what came and no schema knows, counted by source and field. Values are never stored.

use crate::profile::{KeepError, View};
use amana_core::Moment;
use amana_core::profile::{SetAside, SetAsideReason};
use amana_store::seal::{Root, associated_data, open, seal};
use amana_store::space::key;
use amana_store::{Batch, Dice, KeyRange, Space};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How many fields of one source are counted by name; what comes beyond is counted together as `*`.
pub const QUARANTINE_FIELDS_MAX: usize = 1_000;
const REST: &str = "*";
const ROWS_MAX: usize = 1_000_000;

/// What is known of one field set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuarantineRow {
    /// Why.
    pub reason: SetAsideReason,
    /// How often.
    pub count: u64,
    /// When first.
    pub first: Moment,
    /// When last.
    pub last: Moment,
}

impl QuarantineRow {
    /// Opens a stored row: its source, its field and what is known of it.
    ///
    /// # Errors
    /// When it is damaged, or not of this root file.
    pub fn open(root: &Root, key: &[u8], value: &[u8]) -> Result<(String, String, Self), KeepError> {
        let damaged = || KeepError::Damaged { space: Space::Quarantine.name() };
        let associated = associated_data(Space::Quarantine, key);
        let plain = open(root.system_key().as_bytes(), &associated, value).map_err(|_| damaged())?;
        let row = postcard::from_bytes(&plain).map_err(|_| damaged())?;
        let text = std::str::from_utf8(key).map_err(|_| damaged())?;
        let (source, path) = text.split_once('\0').ok_or_else(damaged)?;
        Ok((source.to_owned(), path.to_owned(), row))
    }
}

/// All counts, with what has changed since they were committed.
#[derive(Debug, Default)]
pub(super) struct Quarantine {
    rows: BTreeMap<(String, String), QuarantineRow>,
    fields: BTreeMap<String, usize>,
    changed: BTreeSet<(String, String)>,
}

impl Quarantine {
    /// Loads all counts.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(super) async fn load(root: &Root, view: View<'_>) -> Result<Self, KeepError> {
        let mut quarantine = Self::default();
        for (key, row) in view.scan(Space::Quarantine, KeyRange::all(), ROWS_MAX).await? {
            let (source, path, row) = QuarantineRow::open(root, &key, &row.value)?;
            quarantine.insert(&source, &path, row);
        }
        Ok(quarantine)
    }

    /// Counts a field.
    pub(super) fn count(&mut self, source: &str, set_aside: &SetAside, at: Moment) {
        let mut place = (source.to_owned(), set_aside.path.clone());
        let full = self.fields.get(source).is_some_and(|fields| *fields >= QUARANTINE_FIELDS_MAX);
        if full && !self.rows.contains_key(&place) {
            place.1 = REST.to_owned();
        }
        let row = match self.rows.get(&place) {
            Some(row) => QuarantineRow { count: row.count + 1, last: row.last.max(at), ..*row },
            None => QuarantineRow { reason: set_aside.reason, count: 1, first: at, last: at },
        };
        self.insert(&place.0, &place.1, row);
        self.changed.insert(place);
    }

    /// Adds what has changed to a batch, and forgets that it has.
    pub(super) fn save(&mut self, root: &Root, batch: &mut Batch, dice: &mut dyn Dice) {
        for place in std::mem::take(&mut self.changed) {
            let Some(row) = self.rows.get(&place) else { continue };
            let key = key::quarantine(&place.0, &place.1);
            let plain = postcard::to_allocvec(row).expect("a row is numbers");
            let sealed = seal(root.system_key().as_bytes(), &associated_data(Space::Quarantine, &key), &plain, dice);
            batch.put(Space::Quarantine, key, sealed);
        }
    }

    fn insert(&mut self, source: &str, path: &str, row: QuarantineRow) {
        if self.rows.insert((source.to_owned(), path.to_owned()), row).is_none() {
            *self.fields.entry(source.to_owned()).or_default() += 1;
        }
    }
}
