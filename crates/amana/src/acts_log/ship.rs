//! Shipping: records are copied to a folder as they are committed, and the store lets go of what is there.

use super::cursor;
use super::error::ActsError;
use super::head::Head;
use super::log::ActsLog;
use super::outgoing::Outgoing;
use super::record::Record;
use super::start;
use amana_store::{Position, StoreError};
use bytes::Bytes;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// About how many bytes are copied at a time.
const COPY_BYTES: usize = 1 << 20;
/// How long records are gathered before they are copied, so that a busy installation doesn't sync twice for each batch.
const GATHER: Duration = Duration::from_millis(100);
/// How long to wait for records at a time.
const WAIT: Duration = Duration::from_millis(500);
/// How long to wait at first after the folder could not be written to, and at most.
const PAUSE: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_secs(60);
/// How long the end of a process waits for what is not shipped yet.
const LAST_MAX: Duration = Duration::from_secs(5);

/// How far the log is shipped, for metrics.
#[derive(Debug, Default)]
pub struct Shipping {
    on: AtomicBool,
    shipped: AtomicU64,
    failing: AtomicBool,
}

impl Shipping {
    /// Whether acts are shipped at all.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.on.load(Ordering::Relaxed)
    }

    /// The number of the record that is shipped next.
    #[must_use]
    pub fn shipped(&self) -> u64 {
        self.shipped.load(Ordering::Relaxed)
    }

    /// Whether the last try failed.
    #[must_use]
    pub fn is_failing(&self) -> bool {
        self.failing.load(Ordering::Relaxed)
    }
}

/// Why nothing was shipped this time.
#[derive(Debug, thiserror::Error)]
pub enum ShipError {
    /// The folder.
    #[error(transparent)]
    Folder(#[from] ActsError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Copies the log to a folder.
pub struct Shipper {
    log: Arc<ActsLog>,
    dir: PathBuf,
    /// None: to be taken up anew.
    outgoing: Option<Outgoing>,
}

impl Shipper {
    /// Copies the log of a store to a folder.
    #[must_use]
    pub fn new(log: Arc<ActsLog>, dir: &Path) -> Self {
        log.shipping().on.store(true, Ordering::Relaxed);
        Self { log, dir: dir.to_owned(), outgoing: None }
    }

    /// Copies what is not shipped yet, a piece of it. Says whether there was anything.
    ///
    /// # Errors
    /// When the folder or the store fails; it can be tried again.
    pub async fn ship(&mut self) -> Result<bool, ShipError> {
        let shipped = self.copy().await;
        self.log.shipping().failing.store(shipped.is_err(), Ordering::Relaxed);
        let Some(head) = shipped? else { return Ok(false) };
        self.remember(head).await?;
        Ok(true)
    }

    /// Copies a piece and makes it durable in the folder; the store does not know of it yet. Answers where the folder
    /// ends now; none when there was nothing to copy.
    ///
    /// # Errors
    /// When the folder or the store fails.
    pub async fn copy(&mut self) -> Result<Option<Head>, ShipError> {
        let mut outgoing = match self.outgoing.take() {
            Some(outgoing) => outgoing,
            None => self.take_up().await?,
        };
        let next = outgoing.head().next;
        self.log.shipping().shipped.store(next, Ordering::Relaxed);
        if self.log.head().await?.next <= next {
            self.outgoing = Some(outgoing);
            return Ok(None);
        }
        let records = self.log.read(next, COPY_BYTES).await?;
        let (outgoing, appended) = blocking(move || {
            let appended = outgoing.append(&records);
            (outgoing, appended)
        })
        .await;
        appended?;
        let head = outgoing.head();
        self.outgoing = Some(outgoing);
        self.log.shipping().shipped.store(head.next, Ordering::Relaxed);
        Ok(Some(head))
    }

    /// Remembers where the folder ends, and lets the store let go of what is there.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn remember(&self, head: Head) -> Result<(), ShipError> {
        let store = self.log.store();
        cursor::remember(store, Some(head)).await?;
        store.drop_before(&ActsLog::name(), Position(head.next)).await?;
        Ok(())
    }

    /// Finds where the folder ends. Damage at its end is mended as long as the store still has what stood there.
    async fn take_up(&self) -> Result<Outgoing, ShipError> {
        let start = oldest(&self.log).await?;
        let dir = self.dir.clone();
        let outgoing = blocking(move || Outgoing::resume(&dir, start)).await?;
        let found = outgoing.head();
        start::fits(&self.log, &self.dir, found).await?;
        Ok(outgoing)
    }

    /// Ships until it is told to stop, and then what is left.
    async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut pause = PAUSE;
        loop {
            let ending = *stop.borrow();
            match self.ship().await {
                Ok(true) => pause = PAUSE,
                Ok(false) if ending => break,
                Ok(false) => {
                    let next = self.log.shipping().shipped();
                    let name = ActsLog::name();
                    tokio::select! {
                        _ = self.log.store().wait(&name, Position(next), WAIT) => tokio::time::sleep(GATHER).await,
                        () = told(&mut stop) => {}
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, dir = %self.dir.display(), "acts are not shipped");
                    if ending {
                        break;
                    }
                    tokio::select! {
                        () = tokio::time::sleep(pause) => pause = (pause * 2).min(PAUSE_MAX),
                        () = told(&mut stop) => {}
                    }
                }
            }
        }
    }

    /// Ships in a task of its own.
    pub(crate) fn start(self) -> ShippingTask {
        let (stop, stopped) = watch::channel(false);
        ShippingTask { stop, task: tokio::spawn(self.run(stopped)) }
    }
}

/// Waits until it is told to stop, or nobody is left who could tell.
async fn told(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// A running shipper.
pub(crate) struct ShippingTask {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl ShippingTask {
    /// Lets it ship what is left, for a while, and ends it.
    pub(crate) async fn stop(mut self) {
        self.stop.send_replace(true);
        if tokio::time::timeout(LAST_MAX, &mut self.task).await.is_err() {
            self.task.abort();
            let _ = self.task.await;
        }
    }
}

/// The head before the oldest record that the store still has.
pub(super) async fn oldest(log: &ActsLog) -> Result<Head, StoreError> {
    let head = log.head().await?;
    let tail = log.store().tail(&ActsLog::name()).await?.0;
    if tail >= head.next {
        return Ok(head);
    }
    let records: Vec<Bytes> = log.read(tail, 1).await?;
    let first = records.first().and_then(|record| Record::read(record).ok());
    let first = first.ok_or_else(|| StoreError::Invalid(format!("record {tail} of the acts log cannot be read")))?;
    Ok(Head { next: tail, hash: first.previous })
}

/// Works with files off the reactor's threads.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}
