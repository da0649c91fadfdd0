//! What is kept of imports: how far each has come, and the maps that sources have sent.
//!
//! An import's record is one value of the space `Import` under the import's id, the rows it may try again lie beside it
//! (`<id>/refused/…`), a map's under `map/<source>/<name>`. All are sealed with the system's key.

use super::id::ImportId;
use super::limits::{MAP_NAME_BYTES_MAX, MAPS_MAX, SENT_AGAIN_MAX_MILLIS};
use super::refused::{Looked, Refused};
use crate::app::App;
use amana_core::Moment;
use amana_store::seal::{associated_data, open, seal};
use amana_store::{Batch, CommitError, Key, KeyRange, Space, StoreError};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::ops::Range;

/// The format of maps.
const MAP_FORMAT: u8 = 1;
/// The format of an import's record. Of format 1 were those that remembered no refused rows.
const PROGRESS_FORMAT: u8 = 2;

/// How far an import has come. The rows before `rows` are done with: durable, or rejected.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Progress {
    /// How many rows are done with.
    pub(super) rows: u64,
    /// How many of them became durable.
    pub(super) accepted: u64,
    /// How many of them were rejected.
    pub(super) rejected: u64,
    /// How many of them say nothing.
    pub(super) silent: u64,
    /// Rows from `rows` up to here may have become durable: they were being written when nothing more was heard.
    pub(super) doubt: Option<Doubt>,
    /// The position of the journal after what was written last.
    pub(super) position: u64,
    /// Who wrote this: two that work on the same import must not take each other's record for their own.
    pub(super) holder: u64,
    /// How many refused rows are remembered.
    pub(super) refused: u64,
    /// Of them, those that were being written when nothing more was heard: at most a batch, save what was given up.
    pub(super) tried: Option<Tried>,
}

/// A record of format 1.
#[derive(Deserialize)]
struct ProgressOf1 {
    rows: u64,
    accepted: u64,
    rejected: u64,
    silent: u64,
    doubt: Option<Doubt>,
    position: u64,
    holder: u64,
}

impl From<ProgressOf1> for Progress {
    fn from(known: ProgressOf1) -> Self {
        let ProgressOf1 { rows, accepted, rejected, silent, doubt, position, holder } = known;
        Self { rows, accepted, rejected, silent, doubt, position, holder, refused: 0, tried: None }
    }
}

/// Rows that were refused, were tried again, and may have become durable by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tried {
    /// Their numbers.
    pub(super) rows: BTreeSet<u64>,
    /// When they were being written.
    pub(super) since: Moment,
}

/// Rows of which nobody can know any more whether they are durable: the pipeline has forgotten what it saw then.
#[derive(Clone, Debug, Default)]
pub(super) struct Lost {
    range: Range<u64>,
    rows: BTreeSet<u64>,
}

impl Lost {
    /// Whether a row is one of them.
    pub(super) fn contains(&self, row: u64) -> bool {
        self.range.contains(&row) || self.rows.contains(&row)
    }
}

/// Rows of which it is not known whether they are durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Doubt {
    /// The row after the last of them.
    pub(super) until: u64,
    /// When they were being written.
    pub(super) since: Moment,
}

impl Progress {
    /// The rows of which nobody can know any more whether they are durable.
    pub(super) fn lost(&self, now: Moment) -> Lost {
        let too_long_ago = |since: Moment| now.since_millis(since) > SENT_AGAIN_MAX_MILLIS;
        let doubt = self.doubt.filter(|doubt| too_long_ago(doubt.since));
        let tried = self.tried.as_ref().filter(|tried| too_long_ago(tried.since));
        Lost {
            range: doubt.map_or(0..0, |doubt| self.rows..doubt.until),
            rows: tried.map(|tried| tried.rows.clone()).unwrap_or_default(),
        }
    }

    /// Notes that refused rows are being written.
    pub(super) fn trying(&mut self, rows: &[u64], now: Moment) {
        if !rows.is_empty() {
            let tried = self.tried.get_or_insert_with(|| Tried { rows: BTreeSet::new(), since: now });
            tried.rows.extend(rows);
        }
    }

    /// Notes that nobody has to ask any more whether a row was written.
    pub(super) fn decided(&mut self, row: u64) {
        if let Some(tried) = &mut self.tried {
            tried.rows.remove(&row);
        }
        if self.tried.as_ref().is_some_and(|tried| tried.rows.is_empty()) {
            self.tried = None;
        }
    }
}

/// The record of an import, held by one who works on it.
pub(super) struct Held {
    key: Key,
    version: Option<u64>,
    holder: u64,
    stored: Progress,
    pub(super) progress: Progress,
    /// Of the rows that are looked at, those that were refused.
    pub(super) refused: Refused,
}

/// Why a record was not written.
#[derive(Debug, thiserror::Error)]
pub(super) enum HoldError {
    /// Somebody else works on the same import.
    #[error("the same import is being worked on by another request")]
    Taken,
    /// It cannot be opened.
    #[error("a record of an import cannot be opened")]
    Damaged,
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Held {
    /// The record of an import; an empty one at first. Of its refused rows those that will be looked at.
    pub(super) async fn load(app: &App, import: &ImportId, looked: Looked) -> Result<Self, HoldError> {
        let key = import.to_string().into_bytes();
        let (progress, version) = match app.store().get(Space::Import, key.clone()).await? {
            Some(row) => (opened_progress(app, &key, &row.value)?, Some(row.version)),
            None => (Progress::default(), None),
        };
        // Read after the record: whoever changes them writes the record too, and is noticed when this one is written.
        let refused = Refused::load(app, import, looked).await?;
        let mut holder = [0; 8];
        amana_store::Dice::fill(&mut app.dice(), &mut holder);
        Ok(Self { key, version, holder: u64::from_be_bytes(holder), stored: progress.clone(), progress, refused })
    }

    /// Writes it, if it has changed and nobody else has written it since it was read.
    pub(super) async fn save(&mut self, app: &App) -> Result<(), HoldError> {
        if self.progress == self.stored && !self.refused.is_changed() {
            return Ok(());
        }
        self.progress.holder = self.holder;
        let mut batch = Batch::new();
        batch.expect(Space::Import, self.key.clone(), self.version);
        batch.put(Space::Import, self.key.clone(), sealed(app, PROGRESS_FORMAT, &self.key, &self.progress));
        self.refused.put(app, &mut batch);
        match app.store().commit(batch).await {
            Ok(()) => {}
            Err(CommitError::Conflict(_)) => return Err(HoldError::Taken),
            Err(CommitError::Store(error)) => return Err(error.into()),
        }
        let row = app.store().get(Space::Import, self.key.clone()).await?.ok_or(HoldError::Taken)?;
        let known = opened_progress(app, &self.key, &row.value)?;
        if known.holder != self.holder {
            return Err(HoldError::Taken);
        }
        self.refused.written();
        self.version = Some(row.version);
        self.stored = known;
        Ok(())
    }
}

/// Why a map was not kept.
#[derive(Debug, thiserror::Error)]
pub(super) enum MapNotKept {
    /// The source has too many.
    #[error("the source has {MAPS_MAX} maps already; delete some")]
    TooMany,
    /// It cannot be opened, or the store refused.
    #[error(transparent)]
    Hold(#[from] HoldError),
}

/// Whether a map can have this name.
pub(super) fn is_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=MAP_NAME_BYTES_MAX).contains(&name.len()) && name.bytes().all(fits)
}

fn map_key(source: &str, name: &str) -> Key {
    format!("map/{source}/{name}").into_bytes()
}

/// The text of a map.
pub(super) async fn load_map(app: &App, source: &str, name: &str) -> Result<Option<String>, HoldError> {
    let key = map_key(source, name);
    let row = app.store().get(Space::Import, key.clone()).await?;
    row.map(|row| opened_of(app, MAP_FORMAT, &key, &row.value)).transpose()
}

/// Keeps a map under a name.
pub(super) async fn save_map(app: &App, source: &str, name: &str, text: &str) -> Result<(), MapNotKept> {
    let prefix = map_key(source, "");
    let known = app.store().scan(Space::Import, KeyRange::prefix(prefix), MAPS_MAX).await.map_err(HoldError::from)?;
    let key = map_key(source, name);
    if known.len() >= MAPS_MAX && !known.iter().any(|(known, _)| *known == key) {
        return Err(MapNotKept::TooMany);
    }
    let mut batch = Batch::new();
    batch.put(Space::Import, key.clone(), sealed(app, MAP_FORMAT, &key, &text));
    commit(app, batch).await.map_err(MapNotKept::from)
}

/// Forgets a map.
pub(super) async fn delete_map(app: &App, source: &str, name: &str) -> Result<(), HoldError> {
    let mut batch = Batch::new();
    batch.delete(Space::Import, map_key(source, name));
    commit(app, batch).await
}

async fn commit(app: &App, batch: Batch) -> Result<(), HoldError> {
    app.store().commit(batch).await.map_err(|error| match error {
        CommitError::Conflict(_) => HoldError::Taken,
        CommitError::Store(error) => error.into(),
    })
}

pub(super) fn sealed(app: &App, format: u8, key: &Key, value: &impl Serialize) -> Vec<u8> {
    let mut plain = vec![format];
    plain.extend(postcard::to_allocvec(value).expect("records are numbers and text"));
    let associated = associated_data(Space::Import, key);
    seal(app.root().system_key().as_bytes(), &associated, &plain, &mut app.dice())
}

pub(super) fn opened_of<T: DeserializeOwned>(app: &App, format: u8, key: &Key, value: &[u8]) -> Result<T, HoldError> {
    let plain = opened(app, key, value)?;
    match plain.split_first() {
        Some((found, rest)) if *found == format => decoded(rest),
        _ => Err(HoldError::Damaged),
    }
}

fn opened_progress(app: &App, key: &Key, value: &[u8]) -> Result<Progress, HoldError> {
    let plain = opened(app, key, value)?;
    match plain.split_first() {
        Some((1, rest)) => decoded::<ProgressOf1>(rest).map(Progress::from),
        Some((&PROGRESS_FORMAT, rest)) => decoded(rest),
        _ => Err(HoldError::Damaged),
    }
}

fn opened(app: &App, key: &Key, value: &[u8]) -> Result<Vec<u8>, HoldError> {
    let associated = associated_data(Space::Import, key);
    open(app.root().system_key().as_bytes(), &associated, value).map_err(|_| HoldError::Damaged)
}

fn decoded<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, HoldError> {
    postcard::from_bytes(bytes).map_err(|_| HoldError::Damaged)
}
