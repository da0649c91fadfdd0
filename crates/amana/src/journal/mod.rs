//! The journal: what was received, durable before it is acknowledged, read once by the pipeline.
//!
//! What came from people and what staff decided stand in one order, so the pipeline is the only writer of people's
//! state. Records are sealed: until the pipeline has decided what may be kept, this is the only place where it lies.

mod coded;
mod entry;
mod error;

pub use entry::{Again, AgainRecord, Collected, Decided, DeletedAside, Entry, IdentityDecision, Imported, Named};
pub use error::{Closed, JournalError};

use amana_store::seal::{Root, open, seal};
use amana_store::{LogName, Position, Store, StoreError};
use bytes::Bytes;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::watch;

/// How many records the journal may be ahead of the pipeline before it takes no more.
pub const BACKLOG_RECORDS_MAX: u64 = 50_000;
/// How many bytes of events the journal may be ahead of the pipeline, counted since the start of the process.
pub const BACKLOG_BYTES_MAX: u64 = 512 << 20;
/// How many events or acts a record has. A record is the smallest batch that the pipeline can work on, and what it changes
/// has to fit into one commit, so a larger request is several records, written all or none.
pub const RECORD_EVENTS_MAX: usize = 250;

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

/// A record as JSON, which what is rare is.
const FORMAT_JSON: u8 = 1;
/// Events of one request, as [`coded`] writes them.
const FORMAT_CODED: u8 = 2;
/// The same of events that their file names.
const FORMAT_CODED_NAMED: u8 = 3;
/// A sealed record opens nowhere but in the journal.
const ASSOCIATED: &[u8] = b"journal";

/// A record of the journal, with where it stands and how long it is.
pub type Record = (Position, Entry, usize);

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

    /// Writes an entry, as several records where it is large: all of them, or none. When this returns they are durable;
    /// the answer is the position after the last.
    ///
    /// # Errors
    /// When the pipeline is too far behind or the store refuses: nothing was written.
    pub async fn write(&self, entry: &Entry, dice: &mut dyn amana_store::Dice) -> Result<Position, Closed> {
        let records = self.backlog();
        let BacklogLimits { records_max, bytes_max } = self.limits;
        if records >= records_max || self.state.bytes_ahead.load(Ordering::Relaxed) >= bytes_max {
            return Err(Closed::Behind { records, records_max });
        }
        // It goes along with the record, which may be appended even when whoever asked has gone: as long as it lives, the
        // key is not forgotten.
        let writer = self.root.journal_writer();
        let mut sealed = |(format, plain): (u8, Vec<u8>)| {
            let mut record = vec![format];
            record.extend_from_slice(&writer.epoch().to_be_bytes());
            record.extend(seal(writer.key().as_bytes(), ASSOCIATED, &plain, dice));
            Bytes::from(record)
        };
        let records: Vec<Bytes> = entry.to_records().into_iter().map(&mut sealed).collect();
        let bytes = records.iter().map(|record| record.len() as u64).sum();
        // Counted before it is there: the pipeline may be done with it before this task goes on, and when whoever asked
        // has gone this task never goes on.
        self.state.bytes_ahead.fetch_add(bytes, Ordering::Relaxed);
        let appended = self.store.append_holding(&self.log, records, writer).await;
        let position = appended.inspect_err(|_| self.fewer_bytes_ahead(bytes))?;
        self.state.written.fetch_max(position.0, Ordering::Relaxed);
        Ok(position)
    }

    /// Reads records from a position, about `bytes_max` of them.
    ///
    /// # Errors
    /// When the log or a record cannot be read.
    pub async fn read(&self, from: Position, bytes_max: usize) -> Result<Vec<Record>, JournalError> {
        let records = self.store.read(&self.log, from, bytes_max).await?;
        records.into_iter().map(|(position, record)| self.unseal(position, &record)).collect()
    }

    /// The same on a thread of its own: opening what waits is some milliseconds of arithmetic.
    ///
    /// # Errors
    /// When the log or a record cannot be read.
    pub async fn read_beside(self, from: Position, bytes_max: usize) -> Result<Vec<Record>, JournalError> {
        let records = self.store.read(&self.log, from, bytes_max).await?;
        let unseal = move || records.into_iter().map(|(position, record)| self.unseal(position, &record)).collect();
        tokio::task::spawn_blocking(unseal).await.unwrap_or_else(|_| Ok(Vec::new()))
    }

    fn unseal(&self, position: Position, record: &[u8]) -> Result<Record, JournalError> {
        let damaged = || JournalError::Damaged { position: position.0 };
        let (format, sealed) = record.split_first().ok_or_else(damaged)?;
        if !matches!(*format, FORMAT_JSON | FORMAT_CODED | FORMAT_CODED_NAMED) {
            return Err(JournalError::Format { found: *format });
        }
        let (epoch, sealed) = sealed.split_first_chunk().ok_or_else(damaged)?;
        let key = self.root.journal_key(u32::from_be_bytes(*epoch)).map_err(|_| damaged())?;
        let plain = open(key.as_bytes(), ASSOCIATED, sealed).map_err(|_| damaged())?;
        let entry = Entry::from_bytes(*format, &plain).ok_or_else(damaged)?;
        Ok((position, entry, record.len()))
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
