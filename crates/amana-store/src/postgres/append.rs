//! Appending to logs which are written by themselves. Whoever waits while a transaction commits shares the next one: the
//! head of a log is locked until its transaction is durable, so one transaction per caller would be one sync per caller.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use super::{
    Shared,
    commit::{Work, run_transaction},
};
use crate::{
    batch::Held,
    error::{CommitError, StoreError},
    log_name::{LogName, Position},
};

/// How many requests may wait; the next one waits for room.
const REQUESTS_WAITING_MAX: usize = 4_096;
/// The most bytes that one transaction appends, about; a group ends with the request that passes it.
const GROUP_BYTES_MAX: usize = 16 << 20;

enum Request {
    Append(Waiting),
    Close(oneshot::Sender<()>),
}

struct Waiting {
    log: LogName,
    records: Vec<Bytes>,
    held: Held,
    answer: oneshot::Sender<Result<Position, StoreError>>,
}

pub(super) struct Appender(mpsc::Sender<Request>);

impl Appender {
    pub(super) fn start(shared: Arc<Shared>) -> Self {
        let (requests, receiver) = mpsc::channel(REQUESTS_WAITING_MAX);
        tokio::spawn(run(shared, receiver));
        Self(requests)
    }

    pub(super) async fn append(&self, log: &LogName, records: Vec<Bytes>, held: Held) -> Result<Position, StoreError> {
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting { log: log.clone(), records, held, answer };
        self.0.send(Request::Append(waiting)).await.map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)?
    }

    /// Lets the task finish. Being closed already is fine.
    pub(super) async fn close(&self) {
        let (answer, answered) = oneshot::channel();
        if self.0.send(Request::Close(answer)).await.is_ok() {
            let _ = answered.await;
        }
    }
}

async fn run(shared: Arc<Shared>, mut receiver: mpsc::Receiver<Request>) {
    while let Some(first) = receiver.recv().await {
        let mut next = Some(first);
        let mut bytes = 0;
        let mut group: BTreeMap<LogName, Vec<Waiting>> = BTreeMap::new();
        let mut closing = None;
        while let Some(request) = next.take() {
            match request {
                Request::Append(waiting) => {
                    bytes += waiting.records.iter().map(Bytes::len).sum::<usize>();
                    group.entry(waiting.log.clone()).or_default().push(waiting);
                    next = (bytes < GROUP_BYTES_MAX).then(|| receiver.try_recv().ok()).flatten();
                }
                Request::Close(answer) => closing = Some(answer),
            }
        }
        // One transaction per log: the heads of all of them in one would be locked for as long as the slowest takes, and
        // a log of the wrong kind would fail the others.
        for (log, waiting) in group {
            append(&shared, &log, waiting).await;
        }
        if let Some(answer) = closing {
            let _ = answer.send(());
            return;
        }
    }
}

async fn append(shared: &Arc<Shared>, log: &LogName, waiting: Vec<Waiting>) {
    let records: Vec<Bytes> = waiting.iter().flat_map(|waiting| waiting.records.iter().cloned()).collect();
    let done = run_transaction(shared, Work::Append(log, &records)).await;
    if done.is_ok() {
        shared.notify();
    }
    let mut left = records.len() as u64;
    for waiting in waiting {
        left -= waiting.records.len() as u64;
        let answer = match &done {
            Ok(end) => Ok(Position(end.0 - left)),
            Err(CommitError::Store(error)) => Err(error.clone()),
            Err(CommitError::Conflict(_)) => unreachable!("appending expects nothing"),
        };
        drop(waiting.held);
        // Whoever does not wait any more does not need the answer either.
        drop(waiting.answer.send(answer));
    }
}
