//! What is kept of imports: how far each has come, and the maps that sources have sent.
//!
//! An import's record is one value of the space `Import` under the import's id, a map's under `map/<source>/<name>`.
//! Both are sealed with the system's key.

use super::id::ImportId;
use super::limits::{MAP_NAME_BYTES_MAX, MAPS_MAX, SENT_AGAIN_MAX_MILLIS};
use crate::app::App;
use amana_core::Moment;
use amana_store::seal::{associated_data, open, seal};
use amana_store::{Batch, CommitError, Key, KeyRange, Space, StoreError};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The format of the records.
const FORMAT: u8 = 1;

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
    /// The rows of which nobody can know any more whether they are durable: the pipeline has forgotten what it saw then.
    pub(super) fn lost(&self, now: Moment) -> std::ops::Range<u64> {
        let doubt = self.doubt.filter(|doubt| now.since_millis(doubt.since) > SENT_AGAIN_MAX_MILLIS);
        doubt.map_or(0..0, |doubt| self.rows..doubt.until)
    }
}

/// The record of an import, held by one who works on it.
pub(super) struct Held {
    key: Key,
    version: Option<u64>,
    holder: u64,
    stored: Progress,
    pub(super) progress: Progress,
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
    /// The record of an import; an empty one at first.
    pub(super) async fn load(app: &App, import: &ImportId) -> Result<Self, HoldError> {
        let key = import.to_string().into_bytes();
        let (progress, version) = match app.store().get(Space::Import, key.clone()).await? {
            Some(row) => (opened(app, &key, &row.value)?, Some(row.version)),
            None => (Progress::default(), None),
        };
        let mut holder = [0; 8];
        amana_store::Dice::fill(&mut app.dice(), &mut holder);
        Ok(Self { key, version, holder: u64::from_be_bytes(holder), stored: progress.clone(), progress })
    }

    /// Writes it, if it has changed and nobody else has written it since it was read.
    pub(super) async fn save(&mut self, app: &App) -> Result<(), HoldError> {
        if self.progress == self.stored {
            return Ok(());
        }
        self.progress.holder = self.holder;
        let mut batch = Batch::new();
        batch.expect(Space::Import, self.key.clone(), self.version);
        batch.put(Space::Import, self.key.clone(), sealed(app, &self.key, &self.progress));
        match app.store().commit(batch).await {
            Ok(()) => {}
            Err(CommitError::Conflict(_)) => return Err(HoldError::Taken),
            Err(CommitError::Store(error)) => return Err(error.into()),
        }
        let row = app.store().get(Space::Import, self.key.clone()).await?.ok_or(HoldError::Taken)?;
        let known: Progress = opened(app, &self.key, &row.value)?;
        if known.holder != self.holder {
            return Err(HoldError::Taken);
        }
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
    row.map(|row| opened(app, &key, &row.value)).transpose()
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
    batch.put(Space::Import, key.clone(), sealed(app, &key, &text));
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

fn sealed(app: &App, key: &Key, value: &impl Serialize) -> Vec<u8> {
    let mut plain = vec![FORMAT];
    plain.extend(postcard::to_allocvec(value).expect("records are numbers and text"));
    let associated = associated_data(Space::Import, key);
    seal(app.root().system_key().as_bytes(), &associated, &plain, &mut app.dice())
}

fn opened<T: DeserializeOwned>(app: &App, key: &Key, value: &[u8]) -> Result<T, HoldError> {
    let associated = associated_data(Space::Import, key);
    let plain = open(app.root().system_key().as_bytes(), &associated, value).map_err(|_| HoldError::Damaged)?;
    match plain.split_first() {
        Some((&FORMAT, rest)) => postcard::from_bytes(rest).map_err(|_| HoldError::Damaged),
        _ => Err(HoldError::Damaged),
    }
}
