//! The one commit of a batch: state, cursor, outbox and counters, or nothing of them.

use super::audiences::Shifts;
use super::error::PipelineError;
use super::stages::{Lap, Stage};
use super::worker::Pipeline;
use crate::acts_log::{ActsLog, Turn, gather};
use crate::dice::Dice;
use crate::profile::{Entry, People};
use amana_core::Moment;
use amana_core::identity::FragmentId;
use amana_store::space::key;
use amana_store::{Batch, Position, Space, Store, StoreError, Versioned};
use bytes::Bytes;
use std::collections::HashMap;

pub(super) const CONSUMER: &str = "pipeline";

/// What a batch of the journal or a piece of a sweep has come to.
pub(super) struct Worked {
    /// Everybody who was looked at.
    pub(super) people: People,
    /// Where index keys lead.
    pub(super) index: HashMap<[u8; 24], FragmentId>,
    /// What has changed about audiences.
    pub(super) shifts: Shifts,
    /// Where the journal was read to; `None` for a piece of a sweep.
    pub(super) end: Option<Position>,
    /// What is to be committed with it.
    pub(super) batch: Batch,
    /// The records of the acts log that it is, where they were made before.
    pub(super) made: Option<Vec<Bytes>>,
}

impl Pipeline {
    /// Commits everything that has changed, with the cursor, and remembers it.
    pub(super) async fn commit(&mut self, worked: Worked, lap: &mut Lap<'_>) -> Result<(), PipelineError> {
        let Worked { mut people, index, shifts, end, mut batch, made } = worked;
        let span = self.cursor.0..end.unwrap_or(self.cursor.0);
        let mut entries: Vec<Entry> = people.drain().collect();
        entries.sort_unstable_by_key(|entry| entry.id);
        let acts = self.acts.clone();
        let turn = append_acts(&acts, (&entries, self.clock.now()), made, &mut batch, &mut self.dice).await?;
        self.reindexing.count(&entries);
        self.reindexing.save(&mut batch);
        // First what goes: another fragment may take the place in the index.
        for moved in entries.iter().filter_map(|entry| entry.changes.moved) {
            batch.delete(Space::Index, key::index(&moved));
        }
        let mut destroyed = Vec::new();
        for entry in entries.iter_mut().filter(|entry| entry.changes.any()) {
            self.reach.count(entry, &self.classes);
            if self.keeper.save(entry, span.clone(), &mut batch, &mut self.dice) {
                destroyed.push(entry.id);
            }
        }
        self.rekeying.want(&destroyed, self.clock.now(), &mut batch);
        shifts.save(&mut self.headcount, &mut batch);
        self.headcount.save(&mut batch);
        self.reach.save(&mut batch);
        self.classes.save(&mut batch);
        self.tally.save(&mut batch);
        self.quarantine.save(self.keeper.root(), &mut batch, &mut self.dice);
        self.unreadable.save(&mut batch);
        // A sweep moves no cursor and still must not commit beside another worker.
        batch.expect(Space::Cursor, key::cursor(CONSUMER), self.cursor.1);
        match end {
            Some(end) => drop(batch.put(Space::Cursor, key::cursor(CONSUMER), end.0.to_be_bytes().to_vec())),
            None => self.sweep.save(&mut batch),
        }
        lap.done(Stage::Seal);
        let (bytes, bytes_max) = (batch.bytes(), self.options.commit_bytes_max);
        if bytes > bytes_max {
            let detail = format!("it has {bytes} bytes, and at most {bytes_max} are allowed");
            return Err(PipelineError::TooLarge(StoreError::Invalid(detail)));
        }
        self.store.commit(batch).await.map_err(PipelineError::of_commit)?;
        drop(turn);
        self.classes.settle();
        if end.is_some() {
            self.cursor = cursor(&self.store).await?;
        }
        self.memory.keep_entries(entries);
        self.memory.keep_index(index);
        shifts.keep(&mut self.memory);
        lap.done(Stage::Commit);
        Ok(())
    }
}

/// Adds the records of all acts to a batch. The turn to append is held until the batch is committed.
async fn append_acts<'a>(
    log: &'a ActsLog,
    (entries, now): (&[Entry], Moment),
    made: Option<Vec<Bytes>>,
    batch: &mut Batch,
    dice: &mut Dice,
) -> Result<Option<Turn<'a>>, StoreError> {
    let acts = if made.is_some() { Vec::new() } else { gather(entries, now) };
    if acts.is_empty() && made.is_none() {
        return Ok(None);
    }
    let mut turn = log.turn().await?;
    acts.iter().for_each(|entry| turn.add(entry, batch, dice));
    made.into_iter().flatten().for_each(|record| turn.add_made(record, batch));
    turn.save(batch);
    Ok(Some(turn))
}

/// Where the pipeline stands in the journal, with the version of that row.
pub(super) async fn cursor(store: &Store) -> Result<(Position, Option<u64>), StoreError> {
    let row = store.get(Space::Cursor, key::cursor(CONSUMER)).await?;
    Ok((position_of(row.as_ref()), row.map(|row| row.version)))
}

/// What the row of the cursor says.
pub(super) fn position_of(row: Option<&Versioned>) -> Position {
    let bytes = row.and_then(|row| row.value.first_chunk().copied());
    Position(u64::from_be_bytes(bytes.unwrap_or_default()))
}
