//! The worker: reads the journal, works on batches, goes over everybody, and remembers whom it has worked on lately.

use super::ahead::Ahead;
use super::aside_keys::AsideLog;
use super::commit::{CONSUMER, cursor, position_of};
use super::error::PipelineError;
use super::fragment_ids::FragmentIds;
use super::index_rows::Reindexing;
use super::memory::Memory;
use super::options::{PipelineOptions, PipelineParts};
use super::proof::Proofs;
use super::quarantine::Quarantine;
use super::rekeying::Rekeying;
use super::stages::Stages;
use super::tally::Tally;
use super::unreadable_people::UnreadablePeople;
use crate::acts_log::ActsLog;
use crate::audience::{Headcount, Sweep};
use crate::clock::Clock;
use crate::deliver::Marker;
use crate::dice::Dice;
use crate::govern::{Current, Reach};
use crate::journal::Journal;
use crate::profile::{Classes, Keeper, View};
use amana_core::identity::FragmentId;
use amana_store::space::key;
use amana_store::{Position, Snapshot, Space, Store, StoreError};
use arc_swap::ArcSwap;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The pipeline's worker.
pub struct Pipeline {
    pub(super) store: Store,
    pub(super) keeper: Keeper,
    pub(super) acts: Arc<ActsLog>,
    pub(super) journal: Journal,
    pub(super) clock: Clock,
    pub(super) dice: Dice,
    pub(super) current: Arc<ArcSwap<Current>>,
    pub(super) marker: Marker,
    pub(super) options: PipelineOptions,
    /// How many events make a batch now: fewer after one that was too large for a commit.
    pub(super) batch_events: usize,
    /// The same for the fragments of a piece of a sweep.
    pub(super) sweep_fragments: usize,
    /// How many records of the journal are being worked on; none while it is something else.
    pub(super) records_under_way: usize,
    pub(super) stages: Arc<Stages>,
    pub(super) classes: Classes,
    pub(super) tally: Tally,
    pub(super) headcount: Headcount,
    pub(super) reach: Reach,
    pub(super) quarantine: Quarantine,
    pub(super) sweep: Sweep,
    pub(super) cursor: (Position, Option<u64>),
    pub(super) ids: FragmentIds,
    /// Records that were read and not worked on yet.
    pub(super) ahead: Ahead,
    pub(super) memory: Memory,
    pub(super) reindexing: Reindexing,
    pub(super) rekeying: Rekeying,
    pub(super) proofs: Proofs,
    /// What was set aside.
    pub(super) aside: AsideLog,
    /// Who cannot be read.
    pub(super) unreadable: UnreadablePeople,
    /// Moments that have come for people nothing can be done with: they wait until somebody can be read again.
    pub(super) postponed: BTreeSet<(i64, FragmentId)>,
}

impl Pipeline {
    /// Where the pipeline stands in the journal.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn position(store: &Store) -> Result<Position, StoreError> {
        Ok(cursor(store).await?.0)
    }

    /// Where the pipeline stood in the journal when a snapshot was taken.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn position_in(snapshot: &Snapshot) -> Result<Position, StoreError> {
        let row = snapshot.get_many(Space::Cursor, &[key::cursor(CONSUMER)]).await?.pop().flatten();
        Ok(position_of(row.as_ref()))
    }

    /// A worker that goes on where the last one stood.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn open(parts: PipelineParts) -> Result<Self, PipelineError> {
        let PipelineParts { store, acts, keeper, journal, clock, dice, current, options, stages } = parts;
        let mut pipeline = Self {
            marker: Marker::of(keeper.root()),
            ahead: Ahead::default(),
            memory: Memory::new(&options),
            classes: Classes::default(),
            tally: Tally::default(),
            headcount: Headcount::default(),
            reach: Reach::default(),
            quarantine: Quarantine::default(),
            sweep: Sweep::default(),
            cursor: (Position(0), None),
            ids: FragmentIds::default(),
            batch_events: options.batch_events,
            records_under_way: 0,
            sweep_fragments: options.sweep_fragments,
            reindexing: Reindexing::default(),
            rekeying: Rekeying::default(),
            proofs: Proofs::default(),
            aside: AsideLog::default(),
            unreadable: UnreadablePeople::default(),
            postponed: BTreeSet::new(),
            store,
            acts,
            keeper,
            journal,
            clock,
            dice,
            current,
            options,
            stages,
        };
        pipeline.reload().await?;
        Ok(pipeline)
    }

    /// Forgets what is in memory and reads it anew: after a commit that failed nothing in memory can be trusted.
    async fn reload(&mut self) -> Result<(), PipelineError> {
        self.ahead = Ahead::default();
        self.memory = Memory::new(&self.options);
        self.classes = Classes::load(&self.store).await?;
        self.tally = Tally::load(&self.store).await?;
        self.headcount = Headcount::load(&self.store).await?;
        self.quarantine = Quarantine::load(self.keeper.root(), View::Live(&self.store)).await?;
        self.reach = Reach::load(&self.store).await?;
        self.sweep = Sweep::load(&self.store).await?;
        // Whoever is not counted is by the next sweep, and one that was under way has passed some of them.
        if !self.reach.is_whole() {
            self.sweep.begin(self.clock.now());
        }
        self.reindexing = Reindexing::load(&self.store).await?;
        self.rekeying = Rekeying::load(&self.store, self.keeper.root()).await?;
        self.aside = AsideLog::load(&self.store, self.keeper.root()).await?;
        self.unreadable = UnreadablePeople::load(&self.store).await?;
        self.postponed = BTreeSet::new();
        self.cursor = cursor(&self.store).await?;
        Ok(())
    }

    /// Works on what is there: a batch of the journal, a piece of a sweep. Says whether there was anything.
    ///
    /// # Errors
    /// When something cannot be read or committed; nothing is half-done then, and the worker can be asked again.
    pub async fn step(&mut self) -> Result<bool, PipelineError> {
        let error = match self.try_step().await {
            Err(error) => error,
            done => return done,
        };
        let records = std::mem::take(&mut self.records_under_way);
        self.reload().await?;
        // What few events change may be more than a commit holds, for what they touch is written anew, and a sweep may
        // have to tell many destinations: repeating the same batch would end the same way for ever.
        if matches!(error, PipelineError::Overtaken) {
            return Ok(true);
        }
        if !matches!(error, PipelineError::TooLarge(_)) {
            return Err(error);
        }
        // One record by itself: whoever sent it must not stop everybody else for good.
        if records == 1 {
            let done = self.set_aside().await;
            if done.is_err() {
                self.reload().await?;
            }
            return done.map(|()| true);
        }
        if self.batch_events > 1 || self.sweep_fragments > 1 {
            self.batch_events = (self.batch_events / 2).max(1);
            self.sweep_fragments = (self.sweep_fragments / 2).max(1);
            tracing::warn!(%error, events = self.batch_events, "a batch is tried again with fewer events");
            return Ok(true);
        }
        Err(error)
    }

    async fn try_step(&mut self) -> Result<bool, PipelineError> {
        let current = self.current.load_full();
        self.look_again(self.clock.now()).await?;
        if self.must_move_first() {
            return self.work_on_reindexing(&current).await;
        }
        let worked = self.work_on_journal().await?;
        let current = self.current.load_full();
        let now = self.clock.now();
        let closed_since = |since| current.policy.closed_an_audience(since, now);
        self.sweep.begin_if_due(current.policy.version, current.depends_on_time, closed_since, now);
        let swept = self.sweep.is_under_way();
        if swept {
            self.work_on_sweep(&current, now).await?;
        }
        let due = self.work_on_due(&current, now).await?;
        let reindexed = self.work_on_reindexing(&current).await?;
        let rekeyed = self.work_on_rekeying(now).await?;
        let busy = worked || swept || due || reindexed || rekeyed;
        if !busy && self.rekeying.is_quiet(now) {
            self.stages.catch_up(now);
        }
        Ok(busy)
    }

    /// Waits until there may be something to work on.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn wait(&self, at_most: std::time::Duration) -> Result<(), PipelineError> {
        self.journal.wait(self.cursor.0, at_most).await?;
        Ok(())
    }
}
