//! The thread that appends to logs which are written by themselves. Whoever waits while it syncs shares the next sync.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use super::{
    log::{LogKind, LogWriter, Logs},
    worker::{Request, next_group},
};
use crate::{
    batch::Held,
    error::StoreError,
    failure::Failure,
    log_name::{LogName, Position},
};

/// The most bytes that one sync covers, about; a group ends with the request that passes it.
const GROUP_BYTES_MAX: usize = 16 << 20;

type Answer<T> = oneshot::Sender<Result<T, StoreError>>;

pub(crate) enum AppendRequest {
    Append { log: LogName, records: Vec<Bytes>, held: Held, answer: Answer<Position> },
    Drop { log: LogName, before: Position, answer: Answer<()> },
    Close(oneshot::Sender<()>),
}

impl Request for AppendRequest {
    fn close(answer: oneshot::Sender<()>) -> Self {
        Self::Close(answer)
    }
}

impl AppendRequest {
    fn bytes(&self) -> usize {
        match self {
            Self::Append { records, .. } => records.iter().map(Bytes::len).sum(),
            Self::Drop { .. } | Self::Close(_) => 0,
        }
    }
}

pub(crate) struct Appender {
    logs: Arc<Logs>,
    failure: Failure,
    writers: BTreeMap<LogName, LogWriter>,
}

/// What was staged for one log.
#[derive(Default)]
struct Waiting(Vec<(Position, Held, Answer<Position>)>);

impl Appender {
    pub(crate) fn new(logs: Arc<Logs>, failure: Failure) -> Self {
        Self { logs, failure, writers: BTreeMap::new() }
    }

    /// Works until nobody can ask any more, or until it is told to close.
    pub(crate) fn run(mut self, mut receiver: mpsc::Receiver<AppendRequest>) {
        loop {
            let group = next_group(&mut receiver, AppendRequest::bytes, GROUP_BYTES_MAX);
            if group.is_empty() {
                return;
            }
            let mut waiting: BTreeMap<LogName, Waiting> = BTreeMap::new();
            for request in group {
                match request {
                    AppendRequest::Append { log, records, held, answer } => match self.stage(&log, &records) {
                        Ok(position) => waiting.entry(log).or_default().0.push((position, held, answer)),
                        Err(error) => drop(answer.send(Err(error))),
                    },
                    AppendRequest::Drop { log, before, answer } => {
                        self.write_all(std::mem::take(&mut waiting));
                        drop(answer.send(self.drop_before(&log, before)));
                    }
                    AppendRequest::Close(answer) => {
                        self.write_all(std::mem::take(&mut waiting));
                        self.writers.values().for_each(LogWriter::confirm);
                        let _ = answer.send(());
                        return;
                    }
                }
            }
            self.write_all(waiting);
        }
    }

    fn stage(&mut self, log: &LogName, records: &[Bytes]) -> Result<Position, StoreError> {
        self.failure.check()?;
        self.logs.disk.check_floor()?;
        self.writer(log)?.stage(records).map(Position)
    }

    fn drop_before(&mut self, log: &LogName, before: Position) -> Result<(), StoreError> {
        self.failure.check()?;
        self.writer(log)?.drop_before(before.0)
    }

    fn writer(&mut self, name: &LogName) -> Result<&mut LogWriter, StoreError> {
        // Looked up twice because a borrow that is returned on one way only cannot be ended on the other.
        if !self.writers.contains_key(name) {
            let log = self.logs.get_or_create(name, LogKind::Appended)?;
            let writer = LogWriter::new(Arc::clone(&self.logs), log, self.failure.clone());
            self.writers.insert(name.clone(), writer);
        }
        Ok(self.writers.get_mut(name).expect("made above"))
    }

    fn write_all(&mut self, waiting: BTreeMap<LogName, Waiting>) {
        for (log, waiting) in waiting {
            let writer = self.writers.get_mut(&log).expect("records were staged in it");
            let done = write_durably(writer, &self.failure);
            if done.is_ok() {
                self.logs.notify();
            }
            for (position, held, answer) in waiting.0 {
                drop(held);
                // Whoever does not wait any more does not need the answer either.
                drop(answer.send(done.clone().map(|()| position)));
            }
        }
    }
}

fn write_durably(writer: &mut LogWriter, failure: &Failure) -> Result<(), StoreError> {
    failure.check().inspect_err(|_| writer.undo())?;
    writer.write()?;
    writer.sync()?;
    writer.publish()
}
