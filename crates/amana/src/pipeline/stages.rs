//! Where the pipeline's time goes: nanoseconds by stage, over all batches since the start.

use amana_core::Moment;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use tokio::sync::watch;

/// A stage of the pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Reading and opening the journal.
    Read,
    /// Finding identifiers and loading the people they lead to.
    Load,
    /// Resolving, permitting, parting and folding.
    Fold,
    /// Evaluating audiences.
    Audience,
    /// Coding and sealing what has changed.
    Seal,
    /// Committing.
    Commit,
}

impl Stage {
    /// All stages in their order.
    pub const ALL: [Self; 6] = [Self::Read, Self::Load, Self::Fold, Self::Audience, Self::Seal, Self::Commit];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Load => "load",
            Self::Fold => "fold",
            Self::Audience => "audience",
            Self::Seal => "seal",
            Self::Commit => "commit",
        }
    }
}

/// Time spent by stage.
#[derive(Debug, Default)]
pub struct Stages {
    nanos: [AtomicU64; 6],
    events: AtomicU64,
    batches: AtomicU64,
    caught_up: watch::Sender<Moment>,
}

/// Measures one stage after the other.
pub struct Lap<'a> {
    stages: &'a Stages,
    since: Instant,
}

impl Stages {
    /// Up to here everything that time demands was done: whose moment had come was looked at, destroyed keys are gone.
    pub(super) fn catch_up(&self, now: Moment) {
        self.caught_up.send_if_modified(|known| std::mem::replace(known, now) != now);
    }

    /// The instant up to which everything that time demands was done.
    #[must_use]
    pub fn caught_up(&self) -> watch::Receiver<Moment> {
        self.caught_up.subscribe()
    }

    /// Begins to measure.
    #[must_use]
    pub fn start(&self) -> Lap<'_> {
        Lap { stages: self, since: Instant::now() }
    }

    /// Counts a batch.
    pub fn batch(&self, events: u64) {
        self.events.fetch_add(events, Ordering::Relaxed);
        self.batches.fetch_add(1, Ordering::Relaxed);
    }

    /// Events so far.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.events.load(Ordering::Relaxed)
    }

    /// Batches so far.
    #[must_use]
    pub fn batches(&self) -> u64 {
        self.batches.load(Ordering::Relaxed)
    }

    /// Nanoseconds of a stage so far.
    #[must_use]
    pub fn nanos(&self, stage: Stage) -> u64 {
        self.nanos[stage as usize].load(Ordering::Relaxed)
    }
}

impl Lap<'_> {
    /// The time since the last call belongs to this stage.
    pub fn done(&mut self, stage: Stage) {
        let now = Instant::now();
        let nanos = u64::try_from(now.duration_since(self.since).as_nanos()).unwrap_or(u64::MAX);
        self.stages.nanos[stage as usize].fetch_add(nanos, Ordering::Relaxed);
        self.since = now;
    }
}
