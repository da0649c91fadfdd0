//! The deliveries of an installation: one worker for each destination that is declared or ever was, since what could not
//! be sent any more has to be counted.

use super::owed::UNREADABLE_ROWS_MAX;
use super::worker::{Ended, Worker};
use crate::app::App;
use amana_core::catalog::Number;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::{Id, JoinHandle, JoinSet};

/// Gives the value of a variable by its name, `None` when it is not set.
pub type Secrets = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// How deliveries are made.
#[derive(Clone)]
pub struct DeliveryOptions {
    /// Where `env:NAME` of a signing secret is read.
    pub secrets: Secrets,
    /// How long a worker or the supervisor rests before it looks by itself: for another catalogue, or for a clock
    /// that was moved.
    pub idle: Duration,
    /// How many deliveries to one destination wait for people who cannot be read.
    pub unreadable_rows_max: usize,
}

impl Default for DeliveryOptions {
    fn default() -> Self {
        Self {
            secrets: Arc::new(|name| std::env::var(name).ok()),
            idle: Duration::from_millis(250),
            unreadable_rows_max: UNREADABLE_ROWS_MAX,
        }
    }
}

/// The running deliveries. Dropped, they stop by themselves; [`Deliveries::shutdown`] waits until they have.
pub struct Deliveries {
    stop: watch::Sender<bool>,
    nudge: watch::Sender<u64>,
    progress: watch::Sender<u64>,
    supervisor: JoinHandle<()>,
}

/// What workers listen to, and what they tell.
#[derive(Clone)]
pub(super) struct Signals {
    pub(super) stop: watch::Receiver<bool>,
    pub(super) nudge: watch::Receiver<u64>,
    pub(super) progress: watch::Sender<u64>,
}

impl Signals {
    /// Whether nothing new is to be begun.
    pub(super) fn stopping(&self) -> bool {
        *self.stop.borrow() || self.stop.has_changed().is_err()
    }
}

impl Deliveries {
    /// Starts delivering.
    #[must_use]
    pub fn start(app: App, options: DeliveryOptions) -> Self {
        let (stop, nudge, progress) = (watch::Sender::new(false), watch::Sender::new(0), watch::Sender::new(0));
        let signals = Signals { stop: stop.subscribe(), nudge: nudge.subscribe(), progress: progress.clone() };
        let supervisor = tokio::spawn(supervise(app, Arc::new(options), signals));
        Self { stop, nudge, progress, supervisor }
    }

    /// Makes all workers look again at once: the clock was moved, the catalogue changed.
    pub fn nudge(&self) {
        self.nudge.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Changes with each commit of any worker, for whoever waits for an outcome.
    #[must_use]
    pub fn progress(&self) -> watch::Receiver<u64> {
        self.progress.subscribe()
    }

    /// Ends like a process that is killed: nothing more is committed.
    #[cfg(test)]
    pub(super) async fn kill(self) {
        self.supervisor.abort();
        drop(self.supervisor.await);
    }

    /// Stops: nothing new is begun, what is being sent is waited for and its outcome committed.
    pub async fn shutdown(self) {
        self.stop.send_replace(true);
        if self.supervisor.await.is_err() {
            tracing::error!("the supervisor of deliveries has panicked");
        }
    }
}

/// Starts a worker for each destination.
async fn supervise(app: App, options: Arc<DeliveryOptions>, mut signals: Signals) {
    let mut workers: JoinSet<Ended> = JoinSet::new();
    let mut running: HashMap<Number, Id> = HashMap::new();
    let mut doubt = app.doubt().watch();
    while *doubt.borrow_and_update() && !signals.stopping() {
        tokio::select! {
            _ = doubt.changed() => {}
            _ = signals.stop.changed() => {}
        }
    }
    while !signals.stopping() {
        for number in app.current().numbers.destinations.values() {
            running.entry(*number).or_insert_with(|| {
                let worker = Worker::new(app.clone(), options.clone(), signals.clone(), *number);
                workers.spawn(worker.run()).id()
            });
        }
        tokio::select! {
            Some(ended) = workers.join_next_with_id() => match ended {
                // Another process delivers: this one stays away until it is started anew.
                Ok((_, Ended::Fenced | Ended::Stopped)) => {}
                Err(panic) => {
                    tracing::error!("a delivery worker has panicked");
                    running.retain(|_, known| *known != panic.id());
                    tokio::time::sleep(options.idle).await;
                }
            },
            () = tokio::time::sleep(options.idle) => {}
            _ = signals.nudge.changed() => {}
            _ = signals.stop.changed() => {}
        }
    }
    while workers.join_next().await.is_some() {}
}
