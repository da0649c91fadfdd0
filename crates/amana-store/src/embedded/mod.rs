//! The embedded engine: an LSM tree (fjall) for spaces, append files for logs, one folder, one process.
//!
//! ```text
//! DIR/lock      held by the process that has the folder open
//! DIR/spaces/   the LSM tree
//! DIR/logs/     one folder per log
//! ```
//!
//! Reads are done where they are asked for, as they take microseconds. Writes go through two threads, one for commits and
//! one for appends, so that acknowledging what comes in never waits for a large commit.

mod appender;
mod committer;
mod disk;
mod log;
mod spaces;
mod worker;

use std::{
    fs::File,
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use tokio::sync::watch;

use appender::{AppendRequest, Appender};
use committer::{CommitRequest, Committer};
use disk::Disk;
use log::{LogKind, Logs};
use spaces::Spaces;
pub(crate) use spaces::View;
use worker::Worker;

use crate::{
    batch::{Held, Prepared},
    durable_file::{dir_of, sync_dir},
    error::{CommitError, StoreError},
    failure::Failure,
    faults::Faults,
    log_name::{LogName, Position},
    store::Health,
};

/// How the embedded engine is opened.
#[derive(Clone, Debug)]
pub struct EmbeddedOptions {
    /// Below this many free bytes nothing is written (512 MiB).
    pub free_space_floor_bytes: u64,
    /// A segment of a log that has reached this many bytes is followed by a new one (64 MiB).
    pub segment_bytes_max: u64,
    /// Memory for blocks that were read (256 MiB).
    pub cache_bytes: u64,
    /// Faults to inject.
    #[cfg(feature = "testing")]
    pub faults: Faults,
}

impl Default for EmbeddedOptions {
    fn default() -> Self {
        Self {
            free_space_floor_bytes: 512 << 20,
            segment_bytes_max: 64 << 20,
            cache_bytes: 256 << 20,
            #[cfg(feature = "testing")]
            faults: Faults::default(),
        }
    }
}

impl EmbeddedOptions {
    #[cfg(feature = "testing")]
    fn faults(&self) -> Faults {
        self.faults.clone()
    }

    #[cfg(not(feature = "testing"))]
    #[expect(clippy::unused_self, reason = "the same shape as with faults")]
    fn faults(&self) -> Faults {
        Faults::none()
    }
}

/// The open engine. The fields are dropped in their order: threads end before the files close, the lock goes last.
pub(crate) struct Embedded {
    appender: Worker<AppendRequest>,
    committer: Worker<CommitRequest>,
    logs: Arc<Logs>,
    spaces: Arc<Spaces>,
    failure: Failure,
    _lock: File,
}

impl Embedded {
    /// Opens the folder, making it if it is new. Takes as long as recovery needs, so it must not run on the reactor.
    pub(crate) fn open(dir: &Path, options: &EmbeddedOptions) -> Result<Self, StoreError> {
        let is_new = !dir.exists();
        let spaces_dir = make_dir(dir, "spaces")?;
        let logs_dir = make_dir(dir, "logs")?;
        let lock = disk::lock_dir(dir)?;
        sync_dir(dir)?;
        if is_new {
            sync_dir(dir_of(dir))?;
        }
        let failure = Failure::new();
        let disk = Disk { dir: dir.to_path_buf(), floor_bytes: options.free_space_floor_bytes };
        let spaces = Arc::new(Spaces::open(&spaces_dir, options.cache_bytes)?);
        let logs = Logs::new(logs_dir, options.segment_bytes_max, disk, options.faults());
        log::open_all(&logs, &|name| spaces.log_head(name))?;
        let logs = Arc::new(logs);
        let appender = Appender::new(Arc::clone(&logs), failure.clone());
        let committer = Committer::new(Arc::clone(&spaces), Arc::clone(&logs), failure.clone())?;
        Ok(Self {
            appender: Worker::start("amana-append", |requests| appender.run(requests))?,
            committer: Worker::start("amana-commit", |requests| committer.run(requests))?,
            logs,
            spaces,
            failure,
            _lock: lock,
        })
    }

    /// What is committed now.
    pub(crate) fn view(&self) -> View {
        self.spaces.view()
    }

    pub(crate) async fn commit(&self, batch: Prepared) -> Result<(), CommitError> {
        self.committer.ask(|answer| CommitRequest::Commit { batch, answer }).await?
    }

    pub(crate) async fn append(&self, log: &LogName, records: Vec<Bytes>, held: Held) -> Result<Position, StoreError> {
        let log = log.clone();
        self.appender.ask(|answer| AppendRequest::Append { log, records, held, answer }).await?
    }

    /// Reads on a thread for blocking work, for a log that was not read lately comes from the disk.
    pub(crate) async fn read(
        &self,
        log: &LogName,
        from: Position,
        bytes_max: usize,
    ) -> Result<Vec<(Position, Bytes)>, StoreError> {
        let Some(log) = self.logs.get(log) else { return Ok(Vec::new()) };
        if log.head() <= from.0 {
            return Ok(Vec::new());
        }
        let read = tokio::task::spawn_blocking(move || log.read(from.0, bytes_max)).await;
        read.map_err(|_| StoreError::Closed)?
    }

    pub(crate) fn head(&self, log: &LogName) -> Position {
        Position(self.logs.get(log).map_or(0, |log| log.head()))
    }

    pub(crate) fn tail(&self, log: &LogName) -> Position {
        Position(self.logs.get(log).map_or(0, |log| log.tail()))
    }

    pub(crate) async fn drop_before(&self, log: &LogName, before: Position) -> Result<(), StoreError> {
        let name = log.clone();
        match self.logs.get(log).map(|log| log.kind) {
            None => Ok(()),
            Some(LogKind::Appended) => {
                self.appender.ask(|answer| AppendRequest::Drop { log: name, before, answer }).await?
            }
            Some(LogKind::Committed) => {
                self.committer.ask(|answer| CommitRequest::Drop { log: name, before, answer }).await?
            }
        }
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.logs.subscribe()
    }

    pub(crate) fn failure(&self) -> &Failure {
        &self.failure
    }

    pub(crate) async fn close(&self) {
        self.appender.close().await;
        self.committer.close().await;
    }

    pub(crate) fn health(&self) -> Result<Health, StoreError> {
        Ok(Health {
            engine: "embedded",
            free_bytes: Some(self.logs.disk.free_bytes()?),
            floor_bytes: Some(self.logs.disk.floor_bytes),
            failed: self.failure.reason(),
        })
    }
}

fn make_dir(dir: &Path, name: &str) -> Result<PathBuf, StoreError> {
    let path = dir.join(name);
    std::fs::create_dir_all(&path).map_err(StoreError::io("make the folder", &path))?;
    Ok(path)
}
