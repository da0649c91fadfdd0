//! Logs as segmented append files beside the LSM tree.
//!
//! Queues in an LSM tree drown in tombstones; a file that is appended to, read in order and unlinked does not. A log is of
//! one of two kinds, which its first append decides:
//!
//! * *appended* by itself ([`crate::Store::append`]): a record is durable when its own file was synced;
//! * *committed* ([`crate::Batch::append`]): the files are written and synced first, then the spaces commit together with
//!   the log's new head. What lies behind that head after a crash never happened, and is cut off when the log is opened.

mod read;
mod record;
mod recover;
mod segment;
mod write;

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::sync::watch;

pub(crate) use recover::open_all;
use segment::Segment;
pub(crate) use write::{LogWriter, is_no_space};

use crate::{embedded::disk::Disk, error::StoreError, faults::Faults, log_name::LogName};

/// How a log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum LogKind {
    /// By itself.
    Appended = 1,
    /// Within commits.
    Committed = 2,
}

impl LogKind {
    pub(crate) fn from_number(number: u8) -> Option<Self> {
        [Self::Appended, Self::Committed].into_iter().find(|kind| *kind as u8 == number)
    }

    pub(crate) fn describe(self) -> &'static str {
        match self {
            Self::Appended => "by itself",
            Self::Committed => "within commits",
        }
    }
}

/// One log: what readers and its writer share.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) name: LogName,
    pub(crate) kind: LogKind,
    dir: PathBuf,
    /// Ascending by base, never empty.
    segments: RwLock<Vec<Arc<Segment>>>,
    head: AtomicU64,
}

impl Log {
    /// The position that the next record will get.
    pub(crate) fn head(&self) -> u64 {
        self.head.load(Ordering::Acquire)
    }

    /// The first position that is held.
    pub(crate) fn tail(&self) -> u64 {
        self.segments.read().unwrap_or_else(PoisonError::into_inner).first().map_or(0, |segment| segment.base)
    }

    fn active(&self) -> Arc<Segment> {
        let segments = self.segments.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(segments.last().expect("a log has a segment from its creation on"))
    }
}

/// All logs of a folder.
#[derive(Debug)]
pub(crate) struct Logs {
    pub(crate) dir: PathBuf,
    pub(crate) segment_bytes_max: u64,
    pub(crate) disk: Disk,
    pub(crate) faults: Faults,
    by_name: RwLock<HashMap<LogName, Arc<Log>>>,
    /// Held while a log is made, so that its two possible writers cannot both make it.
    creating: Mutex<()>,
    /// Counts publications, for those who wait.
    published: watch::Sender<u64>,
}

impl Logs {
    pub(crate) fn new(dir: PathBuf, segment_bytes_max: u64, disk: Disk, faults: Faults) -> Self {
        Self {
            dir,
            segment_bytes_max,
            disk,
            faults,
            by_name: RwLock::default(),
            creating: Mutex::default(),
            published: watch::Sender::new(0),
        }
    }

    pub(crate) fn get(&self, name: &LogName) -> Option<Arc<Log>> {
        self.by_name.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// The log of this name, made now if it is new.
    pub(crate) fn get_or_create(&self, name: &LogName, kind: LogKind) -> Result<Arc<Log>, StoreError> {
        let _creating = self.creating.lock().unwrap_or_else(PoisonError::into_inner);
        let log = match self.get(name) {
            Some(log) => log,
            None => {
                let log = Arc::new(write::create_log(self, name, kind)?);
                self.insert(Arc::clone(&log));
                log
            }
        };
        if log.kind != kind {
            let (owner, asked) = (log.kind.describe(), kind.describe());
            return Err(StoreError::LogKind { log: name.clone(), owner, asked });
        }
        Ok(log)
    }

    fn insert(&self, log: Arc<Log>) {
        self.by_name.write().unwrap_or_else(PoisonError::into_inner).insert(log.name.clone(), log);
    }

    /// Wakes those who wait.
    pub(crate) fn notify(&self) {
        self.published.send_modify(|count| *count += 1);
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.published.subscribe()
    }

    /// The folder of a log. A name can contain `/` and even be `..`, so neither stands alone as a folder's name.
    fn dir_of(&self, name: &LogName) -> PathBuf {
        self.dir.join(format!("{}.log", name.as_str().replace('/', "+")))
    }

    fn name_of_dir(file_name: &str) -> Option<LogName> {
        LogName::new(&file_name.strip_suffix(".log")?.replace('+', "/")).ok()
    }
}
