//! The thread the pipeline works on: its work is arithmetic, which must not hold up the doors.

use crate::pipeline::{Pipeline, PipelineError};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};

/// How long the worker waits for the journal at a time; a sweep that has become due waits no longer than this.
const WAIT_MAX: Duration = Duration::from_millis(500);
/// How long the worker waits after something could not be read or written.
const PAUSE: Duration = Duration::from_secs(1);

/// The worker's thread.
pub(super) struct PipelineThread {
    stop: Arc<AtomicBool>,
    stopped: Arc<Notify>,
    thread: Option<JoinHandle<()>>,
}

impl PipelineThread {
    /// Starts the worker. When it can't go on, `fatal` is told why.
    /// It rests while a restore is in doubt.
    pub(super) fn start(
        mut pipeline: Pipeline,
        doubt: watch::Receiver<bool>,
        fatal: impl FnOnce(PipelineError) + Send + 'static,
    ) -> Self {
        let (stop, stopped) = (Arc::new(AtomicBool::new(false)), Arc::new(Notify::new()));
        let (asked, done, runtime) = (stop.clone(), stopped.clone(), Handle::current());
        let work = move || {
            let work = || runtime.block_on(run(&mut pipeline, doubt.clone(), &asked));
            // A panic is a bug; without this the doors would stay open with nobody working behind them.
            let ended = catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(PipelineError::Panicked));
            if let Err(error) = ended {
                fatal(error);
            }
            done.notify_one();
        };
        let builder = std::thread::Builder::new().name("pipeline".into());
        let thread = builder.spawn(work).expect("the system lets a process have one more thread at its start");
        Self { stop, stopped, thread: Some(thread) }
    }

    /// Lets the worker finish its batch and ends it.
    pub(super) async fn stop(mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.stopped.notified().await;
        if let Some(thread) = self.thread.take() {
            // It has said that it is done; what is left takes no time.
            let _ = thread.join();
        }
    }
}

async fn run(
    pipeline: &mut Pipeline,
    mut doubt: watch::Receiver<bool>,
    stop: &AtomicBool,
) -> Result<(), PipelineError> {
    while *doubt.borrow_and_update() && !stop.load(Ordering::Relaxed) {
        // Whoever waits longer looks again whether to stop.
        let _ = tokio::time::timeout(WAIT_MAX, doubt.changed()).await;
    }
    while !stop.load(Ordering::Relaxed) {
        match pipeline.step().await {
            Ok(true) => {}
            Ok(false) => match pipeline.wait(WAIT_MAX).await {
                Err(error) if !error.is_temporary() => return Err(error),
                Err(_) => tokio::time::sleep(PAUSE).await,
                Ok(()) => {}
            },
            Err(error) if error.is_temporary() => {
                tracing::warn!(%error, "the pipeline waits for the store");
                tokio::time::sleep(PAUSE).await;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
