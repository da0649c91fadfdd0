//! The log in the store: records are appended in the commit of what they tell, by whoever makes that commit.

use super::entry::LogEntry;
use super::head::Head;
use super::keys::ActsKeys;
use super::record;
use super::ship::Shipping;
use amana_store::seal::Root;
use amana_store::space::key;
use amana_store::{Batch, Dice, Key, LogName, Position, Space, Store, StoreError};
use bytes::Bytes;
use tokio::sync::{Mutex, MutexGuard};

const HEAD_ROW: &str = "acts/head";
const HEAD_FORMAT: u8 = 1;

/// The acts log of an installation.
pub struct ActsLog {
    store: Store,
    keys: ActsKeys,
    name: LogName,
    /// Each record names the one before, so whoever appends holds the turn until their commit is done.
    turn: Mutex<()>,
    shipping: Shipping,
}

/// The turn to append, until it is dropped.
pub struct Turn<'a> {
    log: &'a ActsLog,
    head: Head,
    row: Option<u64>,
    _turn: MutexGuard<'a, ()>,
}

impl ActsLog {
    /// The acts log of a store.
    #[must_use]
    pub fn new(store: Store, root: &Root) -> Self {
        let (keys, name) = (ActsKeys::of(root), Self::name());
        Self { store, keys, name, turn: Mutex::new(()), shipping: Shipping::default() }
    }

    /// Name of the log.
    #[must_use]
    pub fn name() -> LogName {
        LogName::new("acts").expect("the name is lower-case letters")
    }

    /// The keys its records are sealed under.
    #[must_use]
    pub fn keys(&self) -> &ActsKeys {
        &self.keys
    }

    /// The store it lies in.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// How far it is shipped.
    #[must_use]
    pub fn shipping(&self) -> &Shipping {
        &self.shipping
    }

    /// Where it ends.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn head(&self) -> Result<Head, StoreError> {
        stored_head(&self.store).await
    }

    /// Waits for the turn to append.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn turn(&self) -> Result<Turn<'_>, StoreError> {
        let turn = self.turn.lock().await;
        let (head, row) = head_row(&self.store).await?;
        Ok(Turn { log: self, head, row, _turn: turn })
    }

    /// The records from a position on, at most about so many bytes of them.
    ///
    /// # Errors
    /// When they can't be read, or were let go.
    pub async fn read(&self, from: u64, bytes_max: usize) -> Result<Vec<Bytes>, StoreError> {
        let records = self.store.read(&self.name, Position(from), bytes_max).await?;
        Ok(records.into_iter().map(|(_, record)| record).collect())
    }
}

/// Where the acts log of a store ends.
///
/// # Errors
/// When the store can't be read.
pub(crate) async fn stored_head(store: &Store) -> Result<Head, StoreError> {
    Ok(head_row(store).await?.0)
}

async fn head_row(store: &Store) -> Result<(Head, Option<u64>), StoreError> {
    let Some(row) = store.get(Space::Cursor, key::cursor(HEAD_ROW)).await? else {
        return Ok((Head::default(), None));
    };
    let damaged = || StoreError::Invalid("the head of the acts log cannot be read".into());
    let (format, rest) = row.value.split_first().ok_or_else(damaged)?;
    if *format != HEAD_FORMAT {
        return Err(StoreError::Invalid("the head of the acts log was written by a newer program".into()));
    }
    let (next, hash) = rest.split_first_chunk::<8>().ok_or_else(damaged)?;
    let head = Head { next: u64::from_be_bytes(*next), hash: hash.try_into().map_err(|_| damaged())? };
    Ok((head, Some(row.version)))
}

impl Turn<'_> {
    /// Where the log ends with what was added so far.
    #[must_use]
    pub fn head(&self) -> Head {
        self.head
    }

    /// Adds a record to a batch.
    pub fn add(&mut self, entry: &LogEntry, batch: &mut Batch, dice: &mut dyn Dice) {
        let record = record::make(&self.head, entry, &self.log.keys, dice);
        self.add_made(record.into(), batch);
    }

    /// Adds a record that was made before, such as a shipped one. It must be the one that comes next.
    pub fn add_made(&mut self, record: Bytes, batch: &mut Batch) {
        self.head = self.head.after(&record);
        batch.append(&self.log.name, record);
    }

    /// Adds the new head. The batch holds only while nobody else has appended: another process that shares the store.
    pub fn save(&self, batch: &mut Batch) {
        let mut row = vec![HEAD_FORMAT];
        row.extend_from_slice(&self.head.next.to_be_bytes());
        row.extend_from_slice(&self.head.hash);
        batch.expect(Space::Cursor, key::cursor(HEAD_ROW), self.row);
        batch.put(Space::Cursor, key::cursor(HEAD_ROW), row);
    }
}

/// Whether a commit failed for nothing but another process having appended meanwhile.
#[must_use]
pub fn overtaken(conflict: &[(Space, Key)]) -> bool {
    !conflict.is_empty()
        && conflict.iter().all(|(space, found)| *space == Space::Cursor && *found == key::cursor(HEAD_ROW))
}
