//! The journal: what was received, durable before it is acknowledged, read once by the pipeline.
//!
//! What came from people and what staff decided stand in one order, so the pipeline is the only writer of people's
//! state. Records are sealed: until the pipeline has decided what may be kept, this is the only place where it lies.

use amana_core::permission::{ActKind, Content, Evidence, Target};
use amana_core::{Event, Moment};
use amana_store::seal::{Root, open, seal};
use amana_store::{LogName, Position, Store, StoreError};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::watch;
use uuid::Uuid;

/// How many records the journal may be ahead of the pipeline before it takes no more.
pub const BACKLOG_RECORDS_MAX: u64 = 50_000;
/// How many bytes of events the journal may be ahead of the pipeline, counted since the start of the process.
pub const BACKLOG_BYTES_MAX: u64 = 512 << 20;

/// How far the journal may be ahead of the pipeline before it takes no more.
#[derive(Clone, Copy, Debug)]
pub struct BacklogLimits {
    /// In records.
    pub records_max: u64,
    /// In bytes, counted since the start of the process.
    pub bytes_max: u64,
}

impl Default for BacklogLimits {
    fn default() -> Self {
        Self { records_max: BACKLOG_RECORDS_MAX, bytes_max: BACKLOG_BYTES_MAX }
    }
}

const FORMAT: u8 = 1;
/// A sealed record opens nowhere but in the journal.
const ASSOCIATED: &[u8] = b"journal";

/// One record of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub enum Entry {
    /// Events of one request.
    Collected(Collected),
    /// An act of a person or of staff.
    Decided(Box<Decided>),
    /// Staff joined or parted who is taken for one person.
    Identity(Box<IdentityDecision>),
    /// Acts of rows of a file.
    Imported(Imported),
}

impl Entry {
    /// How many events it is.
    #[must_use]
    pub fn events(&self) -> usize {
        match self {
            Self::Collected(collected) => collected.events.len(),
            Self::Decided(_) | Self::Identity(_) => 1,
            Self::Imported(imported) => imported.decisions.len(),
        }
    }
}

/// One request's worth of accepted events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Collected {
    /// Code of the source whose write key came with it.
    pub source: String,
    /// When it was received.
    pub received_at: Moment,
    /// Whether the request carried a Global Privacy Control signal.
    pub gpc: bool,
    /// Whether the sender is a known bot: counted and set apart, never part of a profile.
    pub bot: bool,
    /// The events, in the order they came.
    pub events: Vec<Event>,
}

/// What rows of a file say that people decided. Who was stopped while importing sends rows again under the same ids,
/// and each counts once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Imported {
    /// The acts, in the order of their rows.
    pub decisions: Vec<Decided>,
}

/// An act, with whom it is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decided {
    /// Names the act.
    pub id: Uuid,
    /// The identifier of the person: code of its kind, and value.
    pub kind: String,
    /// The value.
    pub value: String,
    /// The identity scope it belongs to.
    pub scope: String,
    /// What was done.
    pub act: ActKind,
    /// What it is about.
    pub targets: Vec<Target>,
    /// When it was done.
    pub at: Moment,
    /// When we learned of it.
    pub received_at: Moment,
    /// For assertions: until when.
    pub until: Option<Moment>,
    /// Why it is believed.
    pub evidence: Evidence,
    /// What was said, for acts that are about a value or a preference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Content>,
}

/// An identifier, in the one form of its kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Code of its kind.
    pub kind: String,
    /// The value.
    pub value: String,
    /// The identity scope it belongs to.
    pub scope: String,
}

/// A decision of staff about who is one person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IdentityDecision {
    /// Names the act.
    pub id: Uuid,
    /// What was decided: [`ActKind::Join`] or [`ActKind::Split`].
    pub act: ActKind,
    /// The person.
    pub anchor: Named,
    /// Who is joined to them, or goes from them.
    pub others: Vec<Named>,
    /// Who goes from them besides, by fragment: a visit has no identifier that could be named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fragments: Vec<Uuid>,
    /// When it was received.
    pub received_at: Moment,
    /// Why it is believed.
    pub evidence: Evidence,
}

/// Why the journal takes nothing now.
#[derive(Debug, thiserror::Error)]
pub enum Closed {
    /// The pipeline is too far behind.
    #[error("{records} records wait to be worked on, of at most {records_max}")]
    Behind {
        /// How many records wait.
        records: u64,
        /// How many may wait.
        records_max: u64,
    },
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The journal's writing end, and where the reading end stands.
#[derive(Clone)]
pub struct Journal {
    store: Store,
    root: Arc<Root>,
    log: LogName,
    limits: BacklogLimits,
    state: Arc<State>,
}

struct State {
    /// The position after the last record that was acknowledged.
    written: AtomicU64,
    /// Bytes acknowledged and not yet worked on.
    bytes_ahead: AtomicU64,
    /// The position after the last record the pipeline committed.
    committed: watch::Sender<Position>,
}

impl Journal {
    /// The journal of a store.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn open(store: Store, root: Arc<Root>, committed: Position) -> Result<Self, StoreError> {
        let log = Self::log();
        let written = store.head(&log).await?;
        let state = State {
            written: AtomicU64::new(written.0),
            bytes_ahead: AtomicU64::new(0),
            committed: watch::Sender::new(committed),
        };
        Ok(Self { store, root, log, limits: BacklogLimits::default(), state: Arc::new(state) })
    }

    /// The same journal with limits of its own.
    #[must_use]
    pub fn limited(self, limits: BacklogLimits) -> Self {
        Self { limits, ..self }
    }

    /// How far it may be ahead of the pipeline.
    #[must_use]
    pub fn limits(&self) -> BacklogLimits {
        self.limits
    }

    /// Name of the journal's log.
    #[must_use]
    pub fn log() -> LogName {
        LogName::new("journal").expect("the name is lower-case letters")
    }

    /// Writes a record. When this returns it is durable; the answer is the position after it.
    ///
    /// # Errors
    /// When the pipeline is too far behind or the store refuses: nothing was written.
    pub async fn write(&self, entry: &Entry, dice: &mut dyn amana_store::Dice) -> Result<Position, Closed> {
        let records = self.backlog();
        let BacklogLimits { records_max, bytes_max } = self.limits;
        if records >= records_max || self.state.bytes_ahead.load(Ordering::Relaxed) >= bytes_max {
            return Err(Closed::Behind { records, records_max });
        }
        let plain = serde_json::to_vec(entry).expect("entries have only text keys");
        // It goes along with the record, which may be appended even when whoever asked has gone: as long as it lives, the
        // key is not forgotten.
        let writer = self.root.journal_writer();
        let mut record = vec![FORMAT];
        record.extend_from_slice(&writer.epoch().to_be_bytes());
        record.extend(seal(writer.key().as_bytes(), ASSOCIATED, &plain, dice));
        let bytes = record.len() as u64;
        // Counted before it is there: the pipeline may be done with it before this task goes on, and when whoever asked
        // has gone this task never goes on.
        self.state.bytes_ahead.fetch_add(bytes, Ordering::Relaxed);
        let appended = self.store.append_holding(&self.log, vec![record.into()], writer).await;
        let position = appended.inspect_err(|_| self.fewer_bytes_ahead(bytes))?;
        self.state.written.fetch_max(position.0, Ordering::Relaxed);
        Ok(position)
    }

    /// Reads records from a position, about `bytes_max` of them.
    ///
    /// # Errors
    /// When the log or a record cannot be read.
    pub async fn read(&self, from: Position, bytes_max: usize) -> Result<Vec<(Position, Entry, usize)>, JournalError> {
        let records = self.store.read(&self.log, from, bytes_max).await?;
        let decode = |(position, record): (Position, bytes::Bytes)| {
            let damaged = || JournalError::Damaged { position: position.0 };
            let (format, sealed) = record.split_first().ok_or_else(damaged)?;
            if *format != FORMAT {
                return Err(JournalError::Format { found: *format });
            }
            let (epoch, sealed) = sealed.split_first_chunk().ok_or_else(damaged)?;
            let key = self.root.journal_key(u32::from_be_bytes(*epoch)).map_err(|_| damaged())?;
            let plain = open(key.as_bytes(), ASSOCIATED, sealed).map_err(|_| damaged())?;
            let entry = serde_json::from_slice(&plain).map_err(|_| damaged())?;
            Ok((position, entry, record.len()))
        };
        records.into_iter().map(decode).collect()
    }

    /// Waits until there is something at or after a position, for a time at most.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn wait(&self, from: Position, at_most: std::time::Duration) -> Result<bool, StoreError> {
        self.store.wait(&self.log, from, at_most).await
    }

    /// Tells everybody who waits how far the pipeline has come, and lets go of what it will not read again.
    ///
    /// # Errors
    /// When the log cannot be shortened.
    pub async fn commit(&self, position: Position, bytes: u64) -> Result<(), StoreError> {
        self.fewer_bytes_ahead(bytes);
        if position >= self.written() {
            // Nothing waits, whatever was counted of those who broke off.
            self.state.bytes_ahead.store(0, Ordering::Relaxed);
        }
        self.state.committed.send_replace(position);
        self.store.drop_before(&self.log, position).await
    }

    fn fewer_bytes_ahead(&self, bytes: u64) {
        let ahead = &self.state.bytes_ahead;
        let _ = ahead.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |known| Some(known.saturating_sub(bytes)));
    }

    /// Waits until the pipeline has committed everything before a position.
    pub async fn committed(&self, position: Position) {
        let mut committed = self.state.committed.subscribe();
        // The sender lives in `self`, so waiting cannot end otherwise.
        let _ = committed.wait_for(|reached| *reached >= position).await;
    }

    /// The position after the last committed record.
    #[must_use]
    pub fn reached(&self) -> Position {
        *self.state.committed.borrow()
    }

    /// The position after the last acknowledged record.
    #[must_use]
    pub fn written(&self) -> Position {
        Position(self.state.written.load(Ordering::Relaxed))
    }

    /// How many records wait for the pipeline.
    #[must_use]
    pub fn backlog(&self) -> u64 {
        self.written().0.saturating_sub(self.reached().0)
    }
}

/// Why the journal cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The store could not read it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A record is damaged, or its key is not in the root file.
    #[error(
        "journal record {position} cannot be opened: it is damaged, or the root file is not the one it was written with"
    )]
    Damaged {
        /// Where.
        position: u64,
    },
    /// A newer program wrote it.
    #[error("the journal holds a record of format {found}, newer than this program: install the version that wrote it")]
    Format {
        /// The format found.
        found: u8,
    },
}
