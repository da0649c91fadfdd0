//! What a worker is given, and how it works.

use super::stages::Stages;
use crate::acts_log::ActsLog;
use crate::clock::Clock;
use crate::dice::Dice;
use crate::govern::Current;
use crate::journal::Journal;
use crate::profile::Keeper;
use amana_store::{BATCH_BYTES_MAX, Store};
use arc_swap::ArcSwap;
use std::sync::Arc;

/// How the worker works.
#[derive(Clone, Copy, Debug)]
pub struct PipelineOptions {
    /// About how many bytes of the journal make a batch.
    pub batch_bytes: usize,
    /// About how many events make a batch: what they change must fit into one commit.
    pub batch_events: usize,
    /// About how many fragments are remembered.
    pub cache_fragments: usize,
    /// About how many bytes of fragments are remembered.
    pub cache_bytes_max: u64,
    /// How many fragments a sweep looks at in one go.
    pub sweep_fragments: usize,
    /// How many bytes a commit may write: at most what the store takes at once.
    pub commit_bytes_max: usize,
}

impl Default for PipelineOptions {
    fn default() -> Self {
        Self {
            batch_bytes: 1 << 20,
            batch_events: 5_000,
            cache_fragments: 200_000,
            cache_bytes_max: 768 << 20,
            sweep_fragments: 2_000,
            commit_bytes_max: BATCH_BYTES_MAX,
        }
    }
}

/// What the worker is given.
pub struct PipelineParts {
    /// The store.
    pub store: Store,
    /// The acts log.
    pub acts: Arc<ActsLog>,
    /// Opens and seals.
    pub keeper: Keeper,
    /// The journal.
    pub journal: Journal,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub dice: Dice,
    /// The current catalogue.
    pub current: Arc<ArcSwap<Current>>,
    /// How to work.
    pub options: PipelineOptions,
    /// Where time is counted.
    pub stages: Arc<Stages>,
}
