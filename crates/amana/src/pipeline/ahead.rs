//! Reading ahead: while a batch is worked on, the records after it are read, opened and decoded on another thread.

use crate::journal::{Journal, JournalError, Record};
use amana_store::Position;
use std::collections::VecDeque;
use tokio::task::JoinHandle;

/// Records that were read and not worked on yet, and those that are being read.
#[derive(Default)]
pub(super) struct Ahead {
    ready: VecDeque<Record>,
    coming: Option<Coming>,
}

struct Coming {
    from: Position,
    records: JoinHandle<Result<Vec<Record>, JournalError>>,
}

impl Ahead {
    /// The records from a position, as many as have this many events; one at least, if there is any. What was read
    /// beyond them waits, so that nothing is opened twice.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub(super) async fn take(
        &mut self,
        journal: &Journal,
        from: Position,
        (bytes, events): (usize, usize),
    ) -> Result<Vec<Record>, JournalError> {
        if self.ready.is_empty() {
            self.ready = self.read(journal, from, bytes).await?.into();
            self.read_on(journal, bytes);
        }
        let count = within(self.ready.iter().map(|(_, entry, _)| entry.events()), events);
        Ok(self.ready.drain(..count.min(self.ready.len())).collect())
    }

    /// Puts records back that were taken last and are not worked on yet.
    pub(super) fn put_back(&mut self, records: Vec<Record>) {
        records.into_iter().rev().for_each(|record| self.ready.push_front(record));
    }

    async fn read(&mut self, journal: &Journal, from: Position, bytes: usize) -> Result<Vec<Record>, JournalError> {
        // Whatever went wrong while reading ahead shows again when it is read here.
        if let Some(coming) = self.coming.take().filter(|coming| coming.from == from)
            && let Ok(Ok(records)) = coming.records.await
            && !records.is_empty()
        {
            return Ok(records);
        }
        journal.read(from, bytes).await
    }

    /// Begins to read what follows, where something does.
    fn read_on(&mut self, journal: &Journal, bytes: usize) {
        let Some(from) = self.ready.back().map(|(last, ..)| Position(last.0 + 1)) else { return };
        if from < journal.written() {
            let records = tokio::spawn(journal.clone().read_beside(from, bytes));
            self.coming = Some(Coming { from, records });
        }
    }
}

/// How many of these come first until there are `most` events; one at least.
fn within(events: impl Iterator<Item = usize>, most: usize) -> usize {
    let mut sum = 0;
    let fits = events.take_while(|count| {
        sum += count;
        sum <= most
    });
    fits.count().max(1)
}
