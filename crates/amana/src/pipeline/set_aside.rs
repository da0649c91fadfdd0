//! Records of the journal that change more than a commit holds, each by itself. They hold up nobody else: they are put
//! into a log of their own, sealed, in the commit that passes them, and told until somebody looks after them:
//! `amana_records_set_aside`, `degraded` in the readiness, `amana inspect set-aside`. What was acknowledged is not lost.

use super::commit::CONSUMER;
use super::error::PipelineError;
use super::worker::Pipeline;
use crate::journal::Entry;
use amana_store::seal::{Root, open, seal};
use amana_store::space::key;
use amana_store::{Batch, LogName, Position, Space, Store, StoreError};

const FORMAT: u8 = 1;
/// A sealed record opens nowhere but in this log.
const ASSOCIATED: &[u8] = b"set aside";
/// How many bytes are read at a time.
const READ_BYTES: usize = 16 << 20;

/// What was set aside.
#[derive(Clone, Debug)]
pub struct SetAside {
    /// Where it stood in the journal.
    pub position: u64,
    /// What it says.
    pub entry: Entry,
}

impl SetAside {
    /// Name of the log.
    #[must_use]
    pub fn log() -> LogName {
        LogName::new("aside").expect("the name is lower-case letters")
    }

    /// How many records were set aside.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn count(store: &Store) -> Result<u64, StoreError> {
        let (head, tail) = (store.head(&Self::log()).await?, store.tail(&Self::log()).await?);
        Ok(head.0.saturating_sub(tail.0))
    }

    /// What was set aside, oldest first.
    ///
    /// # Errors
    /// When the store cannot be read, or something was written by a newer program or under another root file.
    pub async fn read(store: &Store, root: &Root) -> Result<Vec<Self>, StoreError> {
        let log = Self::log();
        let (mut from, mut found) = (store.tail(&log).await?, Vec::new());
        loop {
            let records = store.read(&log, from, READ_BYTES).await?;
            let Some((last, _)) = records.last() else { return Ok(found) };
            from = Position(last.0 + 1);
            for (_, record) in &records {
                let damaged = || StoreError::Invalid("a record that was set aside cannot be opened".into());
                found.push(Self::open(root, record).ok_or_else(damaged)?);
            }
        }
    }

    fn open(root: &Root, record: &[u8]) -> Option<Self> {
        let (format, sealed) = record.split_first()?;
        let plain = open(root.system_key().as_bytes(), ASSOCIATED, sealed).ok().filter(|_| *format == FORMAT)?;
        let (position, rest) = plain.split_first_chunk::<8>()?;
        let (format, bytes) = rest.split_first()?;
        Some(Self { position: u64::from_be_bytes(*position), entry: Entry::from_bytes(*format, bytes)? })
    }
}

impl Pipeline {
    /// Sets the record at the cursor aside and goes on behind it.
    pub(super) async fn set_aside(&mut self) -> Result<(), PipelineError> {
        let at = self.cursor.0;
        let Some((position, entry, bytes)) = self.journal.read(at, 1).await?.into_iter().next() else {
            return Ok(());
        };
        let (format, coded) = entry.to_bytes();
        let mut plain = position.0.to_be_bytes().to_vec();
        plain.push(format);
        plain.extend(coded);
        let mut record = vec![FORMAT];
        record.extend(seal(self.keeper.root().system_key().as_bytes(), ASSOCIATED, &plain, &mut self.dice));
        let end = Position(position.0 + 1);
        let mut batch = Batch::new();
        batch.append(&SetAside::log(), record);
        batch.expect(Space::Cursor, key::cursor(CONSUMER), self.cursor.1);
        batch.put(Space::Cursor, key::cursor(CONSUMER), end.0.to_be_bytes().to_vec());
        self.store.commit(batch).await.map_err(PipelineError::of_commit)?;
        self.cursor = super::commit::cursor(&self.store).await?;
        self.journal.commit(end, bytes as u64).await?;
        tracing::error!(
            position = position.0,
            events = entry.events(),
            bytes,
            "a record of the journal changes more than a commit holds: it was set aside and not worked on"
        );
        Ok(())
    }
}
