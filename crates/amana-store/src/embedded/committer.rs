//! The thread that commits. Commits that touch different keys and wait at the same time share their syncs.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use tokio::sync::{mpsc, oneshot};

use super::{
    log::{LogKind, LogWriter, Logs},
    spaces::{Spaces, View},
    worker::{Request, next_group},
};
use crate::{
    batch::Prepared,
    error::{CommitError, StoreError},
    failure::Failure,
    faults::{CallFault, Step},
    log_name::{LogName, Position},
    space::{Key, Space},
};

/// The most changes that one group holds, about; a group ends with the commit that passes it.
const GROUP_ITEMS_MAX: usize = 4_096;

pub(crate) enum CommitRequest {
    Commit { batch: Prepared, answer: CommitAnswer },
    Drop { log: LogName, before: Position, answer: oneshot::Sender<Result<(), StoreError>> },
    Close(oneshot::Sender<()>),
}

type CommitAnswer = oneshot::Sender<Result<(), CommitError>>;

impl Request for CommitRequest {
    fn close(answer: oneshot::Sender<()>) -> Self {
        Self::Close(answer)
    }
}

impl CommitRequest {
    fn items(&self) -> usize {
        match self {
            Self::Commit { batch, .. } => batch.changes.len().max(1),
            Self::Drop { .. } | Self::Close(_) => 1,
        }
    }
}

pub(crate) struct Committer {
    spaces: Arc<Spaces>,
    logs: Arc<Logs>,
    failure: Failure,
    writers: BTreeMap<LogName, LogWriter>,
    last_version: u64,
}

/// Commits that do not touch each other's keys, whose expectations hold.
#[derive(Default)]
struct Group {
    commits: Vec<(Prepared, CommitAnswer)>,
    /// Keys that the group writes.
    written: HashSet<(Space, Key)>,
}

impl Group {
    /// Whether a batch can only be judged after this group.
    fn is_touched_by(&self, batch: &Prepared) -> bool {
        if self.commits.is_empty() {
            return false;
        }
        let changed = batch.changes.iter().map(|change| (change.space, &change.key));
        let expected = batch.expectations.iter().map(|expectation| (expectation.space, &expectation.key));
        changed.chain(expected).any(|(space, key)| self.written.contains(&(space, key.clone())))
    }

    fn add(&mut self, batch: Prepared, answer: CommitAnswer, more_may_come: bool) {
        // A commit that is alone, as large ones are, does not pay for the comparison.
        if more_may_come {
            self.written.extend(batch.changes.iter().map(|change| (change.space, change.key.clone())));
        }
        self.commits.push((batch, answer));
    }
}

impl Committer {
    pub(crate) fn new(spaces: Arc<Spaces>, logs: Arc<Logs>, failure: Failure) -> Result<Self, StoreError> {
        let last_version = spaces.last_version()?;
        Ok(Self { spaces, logs, failure, writers: BTreeMap::new(), last_version })
    }

    /// Works until nobody can ask any more, or until it is told to close.
    pub(crate) fn run(mut self, mut receiver: mpsc::Receiver<CommitRequest>) {
        loop {
            let requests = next_group(&mut receiver, CommitRequest::items, GROUP_ITEMS_MAX);
            if requests.is_empty() {
                return;
            }
            let mut left = requests.len();
            let mut group = Group::default();
            for request in requests {
                left -= 1;
                match request {
                    CommitRequest::Commit { batch, answer } => {
                        if group.is_touched_by(&batch) {
                            self.commit(std::mem::take(&mut group));
                        }
                        match self.judge(&batch) {
                            Ok(()) => group.add(batch, answer, left > 0),
                            Err(error) => drop(answer.send(Err(error))),
                        }
                    }
                    CommitRequest::Drop { log, before, answer } => {
                        self.commit(std::mem::take(&mut group));
                        drop(answer.send(self.drop_before(&log, before)));
                    }
                    CommitRequest::Close(answer) => {
                        self.commit(std::mem::take(&mut group));
                        let _ = answer.send(());
                        return;
                    }
                }
            }
            self.commit(group);
        }
    }

    /// Whether a batch may be committed on what is committed now.
    fn judge(&self, batch: &Prepared) -> Result<(), CommitError> {
        self.failure.check()?;
        self.logs.disk.check_floor()?;
        if batch.expectations.is_empty() {
            return Ok(());
        }
        let conflicts = conflicts(&self.spaces.view(), batch)?;
        if conflicts.is_empty() { Ok(()) } else { Err(CommitError::Conflict(conflicts)) }
    }

    fn drop_before(&mut self, log: &LogName, before: Position) -> Result<(), StoreError> {
        self.failure.check()?;
        self.writer(log)?.drop_before(before.0)
    }

    fn writer(&mut self, name: &LogName) -> Result<&mut LogWriter, StoreError> {
        // Looked up twice because a borrow that is returned on one way only cannot be ended on the other.
        if !self.writers.contains_key(name) {
            let log = self.logs.get_or_create(name, LogKind::Committed)?;
            let writer = LogWriter::new(Arc::clone(&self.logs), log, self.failure.clone());
            self.writers.insert(name.clone(), writer);
        }
        Ok(self.writers.get_mut(name).expect("made above"))
    }

    fn commit(&mut self, group: Group) {
        let mut group = group.commits;
        // A commit whose log cannot be written to at all (of the other kind, say) must not fail the others.
        for at in (0..group.len()).rev() {
            let opened = group[at].0.logs.iter().try_for_each(|(log, _)| self.writer(log).map(drop));
            if let Err(error) = opened {
                drop(group.remove(at).1.send(Err(error.into())));
            }
        }
        if group.is_empty() {
            return;
        }
        let done = self.commit_all(group.iter().map(|(batch, _)| batch));
        for (_, answer) in group {
            // Whoever does not wait any more does not need the answer either.
            drop(answer.send(done.clone().map_err(CommitError::Store)));
        }
    }

    /// Logs first, then the spaces with the logs' heads: only the second makes it happen.
    fn commit_all<'a>(&mut self, group: impl Iterator<Item = &'a Prepared> + Clone) -> Result<(), StoreError> {
        let mut touched: Vec<&LogName> = group.clone().flat_map(|batch| &batch.logs).map(|(log, _)| log).collect();
        touched.sort_unstable();
        touched.dedup();
        let written = self.write_logs(group.clone(), &touched).and_then(|()| self.failure.check());
        if let Err(error) = written {
            for log in &touched {
                self.writer(log)?.undo();
            }
            return Err(error);
        }
        self.commit_spaces(group, &touched).inspect_err(|error| {
            // The tree may or may not hold the commit now, and only opening it anew tells which.
            self.failure.set(format!("committing failed: {error}"));
        })?;
        for log in &touched {
            self.writer(log)?.publish()?;
        }
        if !touched.is_empty() {
            self.logs.notify();
        }
        Ok(())
    }

    fn write_logs<'a>(
        &mut self,
        group: impl Iterator<Item = &'a Prepared>,
        touched: &[&LogName],
    ) -> Result<(), StoreError> {
        for (log, records) in group.flat_map(|batch| &batch.logs) {
            self.writer(log)?.stage(records)?;
        }
        for log in touched {
            self.writer(log)?.write()?;
        }
        for log in touched {
            self.writer(log)?.sync()?;
        }
        Ok(())
    }

    fn commit_spaces<'a>(
        &mut self,
        group: impl Iterator<Item = &'a Prepared> + Clone,
        touched: &[&LogName],
    ) -> Result<(), StoreError> {
        let items: usize = group.clone().map(|batch| batch.changes.len()).sum();
        let mut version = self.last_version;
        let spaces = Arc::clone(&self.spaces);
        let mut commit = spaces.begin(items + touched.len());
        for batch in group {
            version += 1;
            for change in &batch.changes {
                commit.change(change.space, &change.key, change.value.as_deref(), version);
            }
        }
        for log in touched {
            commit.log_head(log, self.writer(log)?.staged_head());
        }
        self.step(Step::SpacesCommit)?;
        commit.commit(version)?;
        self.step(Step::SpacesCommitted)?;
        self.last_version = version;
        Ok(())
    }

    fn step(&self, step: Step) -> Result<(), StoreError> {
        self.logs.faults.call(step).map_err(|fault: CallFault| fault.into_error("commit", &self.logs.dir))
    }
}

/// Every expected key that has another version than expected.
fn conflicts(view: &View, batch: &Prepared) -> Result<Vec<(Space, Key)>, StoreError> {
    let mut conflicts: Vec<(Space, Key)> = Vec::new();
    for expectation in &batch.expectations {
        let holds = view.version(expectation.space, &expectation.key)? == expectation.version;
        let named = conflicts.last().is_some_and(|(s, k)| *s == expectation.space && *k == expectation.key);
        if !holds && !named {
            conflicts.push((expectation.space, expectation.key.clone()));
        }
    }
    Ok(conflicts)
}
