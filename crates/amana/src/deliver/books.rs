//! The books of one destination: its open deliveries, its cursor and its counters in memory, and their commits.

use super::line::Line;
use super::owed::{owe, owed_key};
use super::reasons::{Why, Withheld};
use super::record::{DeliveryState, Record};
use super::standing::{Counts, Standing, decode, name};
use super::told::{Knows, Told, told_key};
use crate::app::App;
use crate::audience::NoticeKind;
use crate::pipeline::OutboxRow;
use amana_core::Moment;
use amana_core::catalog::Number;
use amana_core::identity::FragmentId;
use amana_store::space::key;
use amana_store::{Batch, CommitError, Key, Space, StoreError};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Why the books cannot be kept.
#[derive(Debug, thiserror::Error)]
pub(super) enum BookError {
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Somebody else has moved the cursor.
    #[error("another process delivers to the same destination: only one may")]
    Fenced,
}

/// The books of one destination.
pub(super) struct Books {
    app: App,
    destination: Number,
    version: Option<u64>,
    next: u64,
    counts: Counts,
    line: Line,
    /// Deliveries that have changed since the last commit.
    dirty: BTreeSet<u64>,
    /// What the destination is told from the next commit on, `None` for what it need no longer be told the end of.
    told: BTreeMap<Key, Option<Told>>,
    /// What the destination is owed from the next commit on.
    owed: BTreeSet<Key>,
    /// What the destination had been told before deliveries whose attempt is not over.
    before: HashMap<u64, Option<Told>>,
}

impl Books {
    /// Reads the books. What was being sent when the process stopped may have arrived: it counts as disclosed and is
    /// to be sent again under the same name.
    pub(super) async fn open(app: &App, destination: Number) -> Result<Self, StoreError> {
        let store = app.store();
        let cursor = store.get(Space::Cursor, key::cursor(&name(destination))).await?;
        let counts = store.get(Space::Tally, key::tally(&name(destination))).await?;
        let standing: Standing = decode(cursor.as_ref())?;
        let keys: Vec<Key> = standing.open.iter().map(|sequence| key::delivery(destination, *sequence)).collect();
        let rows = store.get_many(Space::Delivery, &keys).await?;
        let mut books = Self {
            app: app.clone(),
            destination,
            version: cursor.map(|row| row.version),
            next: standing.next,
            counts: decode(counts.as_ref())?,
            line: Line::default(),
            dirty: BTreeSet::new(),
            told: BTreeMap::new(),
            owed: BTreeSet::new(),
            before: HashMap::new(),
        };
        let now = app.now();
        for ((sequence, key), row) in standing.open.iter().zip(&keys).zip(rows) {
            let row = row.ok_or_else(|| StoreError::Invalid("an open delivery is missing".into()))?;
            let mut record: Record = Record::read(app.root(), key, &row.value)?;
            if record.state == DeliveryState::Sending {
                record.disclosed = true;
                record.enter(DeliveryState::Waiting { due: now, why: Why::OutcomeUnknown }, now);
                books.dirty.insert(*sequence);
            }
            books.line.insert(*sequence, record);
        }
        Ok(books)
    }

    /// The first row of the log that was not taken yet.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// The open deliveries.
    pub(super) fn line(&self) -> &Line {
        &self.line
    }

    /// Takes the next row of the log. Of many changes while one waits to be told, that one tells all.
    pub(super) fn take(&mut self, row: &OutboxRow, now: Moment) -> u64 {
        let sequence = self.next;
        self.next += 1;
        self.counts.take();
        let mut record = Record::new(row, now);
        if row.kind == NoticeKind::Updated && self.line.will_say(row.profile, row.audience) {
            record.withhold(Withheld::AlreadyWaiting, None, now);
        }
        self.line.insert(sequence, record);
        self.dirty.insert(sequence);
        sequence
    }

    /// A delivery to be changed.
    pub(super) fn change(&mut self, sequence: u64) -> Option<&mut Record> {
        let record = self.line.get_mut(sequence)?;
        self.dirty.insert(sequence);
        Some(record)
    }

    /// The destination is about to be told something of somebody.
    pub(super) fn tell(&mut self, sequence: u64, before: Option<Told>, told: Told) {
        if let Some(key) = self.told_key(sequence) {
            self.told.insert(key, Some(told));
            self.before.insert(sequence, before);
        }
    }

    /// Something that cannot be said for now is owed. Whether an attempt of it arrived nobody knows: it is said again.
    pub(super) fn owe(&mut self, sequence: u64, about: (FragmentId, Number), told: Option<Told>) {
        self.owed.insert(owed_key(self.destination, about));
        if let Some(told) = told.filter(|told| told.last == sequence && matches!(told.knows, Knows::This(_))) {
            let key = told_key(self.destination, about.1, about.0);
            self.told.insert(key, Some(Told { knows: Knows::Something, ..told }));
        }
    }

    /// An attempt is over: what the destination knows now. Of what never left it knows what it knew before.
    pub(super) fn landed(&mut self, sequence: u64) {
        let before = self.before.remove(&sequence);
        let (Some(record), Some(key)) = (self.line.get(sequence), self.told_key(sequence)) else { return };
        if record.kind == NoticeKind::Exited && record.state == DeliveryState::Delivered {
            self.told.insert(key, None);
        } else if let Some(before) = before.filter(|_| !record.disclosed) {
            self.told.insert(key, before);
        }
    }

    fn told_key(&self, sequence: u64) -> Option<Key> {
        let record = self.line.get(sequence)?;
        Some(told_key(self.destination, record.audience, record.profile))
    }

    /// Whether there is something to commit.
    pub(super) fn has_changed(&self) -> bool {
        !self.dirty.is_empty()
    }

    /// Commits what has changed: rows, cursor, counters, and what the destination was told. When it fails nothing in
    /// memory can be trusted any more, and the books must be opened anew.
    pub(super) async fn commit(&mut self, code: &str) -> Result<(), BookError> {
        let mut batch = Batch::new();
        let mut dice = self.app.dice();
        let (mut finished, mut counted) = (Vec::new(), Vec::new());
        for sequence in std::mem::take(&mut self.dirty) {
            let Some(record) = self.line.get(sequence) else { continue };
            record.save((self.destination, sequence), self.app.root(), &mut batch, &mut dice);
            if record.state.is_final() {
                self.counts.finish(record);
                finished.push(sequence);
            }
            counted.push(record.state);
        }
        for sequence in finished {
            self.line.remove(sequence);
        }
        for (key, told) in std::mem::take(&mut self.told) {
            if let Some(told) = told {
                told.save(key, self.app.root(), &mut batch, &mut dice);
            } else {
                batch.delete(Space::Delivery, key);
            }
        }
        std::mem::take(&mut self.owed).into_iter().for_each(|key| owe(key, &mut batch));
        let standing = Standing { next: self.next, open: self.line.iter().map(|(sequence, _)| sequence).collect() };
        standing.save(self.destination, self.version, &mut batch);
        self.counts.save(self.destination, &mut batch);
        match self.app.store().commit(batch).await {
            Ok(()) => {}
            Err(CommitError::Conflict(_)) => return Err(BookError::Fenced),
            Err(CommitError::Store(error)) => return Err(error.into()),
        }
        counted.into_iter().for_each(|state| count(code, state));
        let cursor = self.app.store().get(Space::Cursor, key::cursor(&name(self.destination))).await?;
        self.version = cursor.map(|row| row.version);
        Ok(())
    }
}

fn count(code: &str, state: DeliveryState) {
    let (state, reason) = state.codes();
    let labels = [
        ("destination", code.to_owned()),
        ("state", state.to_owned()),
        ("reason", reason.unwrap_or_default().to_owned()),
    ];
    metrics::counter!("amana_deliveries_total", &labels).increment(1);
}
