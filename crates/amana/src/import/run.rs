//! The writing side: batches become durable one after the other, no faster than the pipeline works on them.
//!
//! Before a batch is appended to the journal its rows are noted as being in doubt, after it as done. Whoever is killed in
//! between finds them in doubt and writes them again under the same message ids, of which the pipeline keeps one. After
//! the days for which it remembers message ids such rows are rejected instead, so that no row ever counts twice. The same
//! goes for rows that were refused before and are taken now.

use super::batch::{Batch, Reading};
use super::file::{FileBroken, Rows, Stopper};
use super::id::ImportId;
use super::limits::{BATCHES_AHEAD_MAX, PIECE_ROWS_MAX, REJECTS_TOLD_MAX, WORK_MAX};
use super::map::ImportMap;
use super::record::{Doubt, Held, HoldError, Progress};
use super::refused::Looked;
use super::reject::Reject;
use super::row::Names;
use crate::app::App;
use crate::journal::{Closed, Collected, Entry, Imported};
use amana_core::catalog::SourceRule;
use amana_store::{Position, StoreError};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// How long is waited until the journal may take something again.
const PAUSE: Duration = Duration::from_millis(100);

/// Rows to be imported.
pub(super) struct Work {
    pub(super) source: SourceRule,
    pub(super) map: Arc<ImportMap>,
    pub(super) import: ImportId,
    /// The number of the first row, for a piece.
    pub(super) piece_from: Option<u64>,
}

/// What has become of rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Names the import.
    pub import_id: String,
    /// How many rows were read: accepted, rejected, silent or there already.
    pub rows: u64,
    /// How many became durable now.
    pub accepted: u64,
    /// How many were rejected.
    pub rejected: u64,
    /// How many say nothing, because every column that could is empty.
    pub silent: u64,
    /// How many were done with before.
    pub already: u64,
    /// The row that is next: all before it are done with.
    pub next: u64,
    /// The first rejected rows.
    pub rejects: Vec<Reject>,
}

/// Why not all rows were worked on. What was durable before stays so.
#[derive(Debug, thiserror::Error)]
pub(super) enum Ended {
    /// The pipeline is behind, or time is up: the same again goes on.
    #[error("not all rows could be taken now; send the same again to go on")]
    Later,
    /// The file cannot be read on.
    #[error(transparent)]
    Broken(FileBroken),
    /// A piece leaves rows out before it.
    #[error("rows before this piece are missing")]
    Gap,
    /// Somebody else works on the same import.
    #[error("the same import is being worked on by another request")]
    Taken,
    /// The store refused.
    #[error(transparent)]
    Store(StoreError),
    /// Something failed here.
    #[error("something failed here")]
    Failed,
}

impl From<HoldError> for Ended {
    fn from(error: HoldError) -> Self {
        match error {
            HoldError::Taken => Self::Taken,
            HoldError::Store(error) => Self::Store(error),
            HoldError::Damaged => Self::Failed,
        }
    }
}

/// How far an import has come, and from which row on it is to be sent: all of it again where rows were refused by
/// another catalogue than the one in force, else where it stopped.
pub(super) async fn progress(app: &App, import: &ImportId) -> Result<(Progress, u64), HoldError> {
    let held = Held::load(app, import, Looked::All).await?;
    let again = held.refused.by_another(app.current().policy.version);
    let from = if again { 0 } else { held.progress.rows };
    Ok((held.progress, from))
}

/// Imports rows. The outcome tells what was done, also where not all was.
pub(super) async fn run(
    app: &App,
    work: Work,
    open: impl FnOnce(Stopper) -> Result<Rows, FileBroken> + Send + 'static,
) -> (Outcome, Result<(), Ended>) {
    let mut outcome = Outcome { import_id: work.import.to_string(), ..Outcome::default() };
    let looked = work.piece_from.map_or(Looked::All, |from| Looked::Some(from, PIECE_ROWS_MAX));
    let held = match Held::load(app, &work.import, looked).await {
        Ok(held) => held,
        Err(error) => return (outcome, Err(error.into())),
    };
    outcome.next = held.progress.rows;
    if work.piece_from.is_some_and(|from| from > held.progress.rows) {
        return (outcome, Err(Ended::Gap));
    }
    let stop = Stopper::default();
    let mut batches = read_apart(app, &work, &held, open, stop.clone());
    let written = Position(held.progress.position.min(app.journal().written().0));
    let until = Instant::now() + WORK_MAX;
    let catalog = app.current().policy.version;
    let mut writing = Writing { app, work: &work, held, catalog, before: Some(written), ahead: VecDeque::new(), until };
    let ended = writing.all(&mut batches, &mut outcome).await;
    stop.stop();
    // Whatever was durable is noted, also when something else went wrong.
    let noted = writing.held.save(app).await;
    outcome.next = writing.held.progress.rows;
    (outcome, ended.and(noted.map_err(Ended::from)))
}

/// Reads the rows on a thread of its own.
fn read_apart(
    app: &App,
    work: &Work,
    held: &Held,
    open: impl FnOnce(Stopper) -> Result<Rows, FileBroken> + Send + 'static,
    stop: Stopper,
) -> mpsc::Receiver<Result<Batch, FileBroken>> {
    let (tell, batches) = mpsc::channel(2);
    let (current, received_at) = (app.current(), app.now());
    let (map, source, import, piece_from) = (work.map.clone(), work.source.clone(), work.import, work.piece_from);
    let (done, lost, refused) = (held.progress.rows, held.progress.lost(received_at), held.refused.rows());
    tokio::task::spawn_blocking(move || {
        let reading = Reading {
            map: &map,
            current: &current,
            source: &source,
            names: Names { import, source: &source.code },
            received_at,
            from: piece_from.unwrap_or(0),
            is_piece: piece_from.is_some(),
            done,
            refused: &refused,
            lost: &lost,
        };
        match open(stop) {
            Ok(rows) => reading.run(rows, &tell),
            Err(broken) => drop(tell.blocking_send(Err(broken))),
        }
        let _ = tell.blocking_send(Ok(Batch::end_of_file()));
    });
    batches
}

/// Batches being written.
struct Writing<'a> {
    app: &'a App,
    work: &'a Work,
    held: Held,
    /// The version of the catalogue that rows are refused by.
    catalog: u64,
    /// Where the journal ended after the request before this one: pieces that follow each other must not run ahead either.
    before: Option<Position>,
    /// Positions of the journal after what was written and may not be worked on yet.
    ahead: VecDeque<Position>,
    until: Instant,
}

impl Writing<'_> {
    async fn all(
        &mut self,
        batches: &mut mpsc::Receiver<Result<Batch, FileBroken>>,
        outcome: &mut Outcome,
    ) -> Result<(), Ended> {
        // The channel closes without an end when the reader has panicked.
        while let Some(batch) = batches.recv().await {
            let batch = batch.map_err(Ended::Broken)?;
            if batch.is_end_of_file() {
                return Ok(());
            }
            self.one(batch, outcome).await?;
        }
        Err(Ended::Broken(FileBroken::Unreadable("it is damaged".into())))
    }

    async fn one(&mut self, mut batch: Batch, outcome: &mut Outcome) -> Result<(), Ended> {
        if let Some(entry) = self.entry(&mut batch) {
            self.write(&entry, &batch).await?;
        }
        self.note(&batch);
        let rejected = batch.rejects.len() as u64;
        outcome.rows += batch.accepted + batch.silent + batch.already + rejected;
        outcome.accepted += batch.accepted;
        outcome.silent += batch.silent;
        outcome.already += batch.already;
        outcome.rejected += rejected;
        // A piece is small and told in full; of a whole file only what fits into an answer.
        let told = if self.work.piece_from.is_some() { usize::MAX } else { REJECTS_TOLD_MAX };
        let room = told.saturating_sub(outcome.rejects.len());
        outcome.rejects.extend(batch.rejects.into_iter().take(room));
        Ok(())
    }

    /// What a batch leaves behind, once what it writes is durable.
    fn note(&mut self, batch: &Batch) {
        let Held { progress, refused, .. } = &mut self.held;
        progress.rows = progress.rows.max(batch.end);
        progress.accepted += batch.accepted;
        progress.silent += batch.silent;
        progress.rejected += batch.rejected;
        progress.rejected = progress.rejected.saturating_sub(batch.taken.len() as u64);
        // What is in doubt beyond stays so, as of when it was written.
        progress.doubt = progress.doubt.filter(|doubt| doubt.until > progress.rows);
        for row in &batch.refused {
            progress.refused += u64::from(refused.insert(*row, self.catalog, progress.refused));
        }
        for row in batch.taken.iter().chain(&batch.given_up) {
            progress.refused = progress.refused.saturating_sub(u64::from(refused.remove(*row)));
            progress.decided(*row);
        }
    }

    fn entry(&self, batch: &mut Batch) -> Option<Entry> {
        if !batch.events.is_empty() {
            return Some(Entry::Collected(Collected {
                source: self.work.source.code.clone(),
                received_at: self.app.now(),
                gpc: false,
                bot: false,
                named: self.work.map.message_id.is_some(),
                events: std::mem::take(&mut batch.events),
            }));
        }
        let decisions = std::mem::take(&mut batch.decisions);
        (!decisions.is_empty()).then_some(Entry::Imported(Imported { decisions }))
    }

    async fn write(&mut self, entry: &Entry, batch: &Batch) -> Result<(), Ended> {
        while self.before.is_some() || self.ahead.len() >= BATCHES_AHEAD_MAX {
            let Some(position) = self.before.or(self.ahead.front().copied()) else { break };
            let committed = self.app.journal().committed(position);
            tokio::time::timeout_at(self.until, committed).await.map_err(|_| Ended::Later)?;
            if self.before.take().is_none() {
                self.ahead.pop_front();
            }
        }
        if Instant::now() >= self.until {
            return Err(Ended::Later);
        }
        let (now, progress) = (self.app.now(), &mut self.held.progress);
        if batch.end > progress.rows {
            let known = progress.doubt;
            let until = known.map_or(batch.end, |doubt| doubt.until.max(batch.end));
            progress.doubt = Some(Doubt { until, since: known.map_or(now, |doubt| doubt.since) });
        }
        progress.trying(&batch.taken, now);
        self.held.save(self.app).await?;
        loop {
            match self.app.journal().write(entry, &mut self.app.dice()).await {
                Ok(position) => {
                    self.held.progress.position = position.0;
                    self.ahead.push_back(position);
                    return Ok(());
                }
                Err(Closed::Behind { .. }) if Instant::now() + PAUSE < self.until => tokio::time::sleep(PAUSE).await,
                Err(Closed::Behind { .. }) => return Err(Ended::Later),
                Err(Closed::Store(error)) => return Err(Ended::Store(error)),
            }
        }
    }
}
