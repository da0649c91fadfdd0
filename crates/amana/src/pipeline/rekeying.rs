//! Making destroyed keys go for good: rings that once held them survive in the history of the store, in dead rows and in
//! backups, so the bucket keys that wrapped those rings go, and with them the journal's keys of that time (DESIGN §7).
//!
//! Destructions are grouped: whatever was destroyed within a second goes with the same two replacements of the root file,
//! and with one more that forgets the journal's keys of that time, once nothing is to be read with them any more.
//! What is to be done is noted in the commit that takes the keys out of the rings, so it is done after a crash, too.

use super::error::PipelineError;
use super::unreadable::UnreadableRings;
use super::worker::Pipeline;
use crate::profile::View;
use amana_core::Moment;
use amana_core::identity::FragmentId;
use amana_store::seal::{Root, bucket, rewrap};
use amana_store::space::key;
use amana_store::{Batch, Position, Space, Store, StoreError};
use std::collections::BTreeSet;

/// How long destructions are gathered before the root file is written.
const GATHER_MILLIS: i64 = 1_000;
/// How many buckets are rekeyed before events are worked on again: when a month ends, everybody's keys of it go at once.
const BUCKETS_AT_ONCE_MAX: usize = 64;
const NOTE: &str = "rekey";

/// What is still to be made to go.
#[derive(Debug, Default)]
pub(crate) struct Rekeying {
    /// Buckets whose rings lost keys, as noted in the store.
    wanted: BTreeSet<u16>,
    /// When the first of them came.
    since: Option<Moment>,
    /// The journal's epochs before the first are forgotten when the pipeline has passed the second.
    forget: Option<(u32, Option<Position>)>,
}

impl Rekeying {
    /// The buckets that are noted: their rings lost keys, and older copies of these rings can still be opened.
    ///
    /// # Errors
    /// When the store can't be read, or the note is damaged.
    pub(crate) async fn noted(view: View<'_>) -> Result<BTreeSet<u16>, StoreError> {
        let row = view.get_many(Space::Cursor, &[key::cursor(NOTE)]).await?.pop().flatten();
        let Some(row) = row else { return Ok(BTreeSet::new()) };
        postcard::from_bytes(&row.value)
            .map_err(|_| StoreError::Invalid("the note of the keys that are to go cannot be read".into()))
    }

    /// What was left to do when the last worker ended.
    pub(super) async fn load(store: &Store, root: &Root) -> Result<Self, StoreError> {
        let mut wanted = Self::noted(View::Live(store)).await?;
        let summary = root.summary();
        wanted.extend(summary.rekeying);
        // Long enough ago, whenever it was.
        let since = (!wanted.is_empty()).then_some(Moment(i64::MIN));
        let newest = summary.journal_epochs.last().filter(|_| summary.journal_epochs.len() > 1);
        Ok(Self { wanted, since, forget: newest.map(|epoch| (*epoch, None)) })
    }

    /// Notes that keys of these fragments are destroyed.
    pub(super) fn want(&mut self, fragments: &[FragmentId], now: Moment, batch: &mut Batch) {
        if fragments.is_empty() {
            return;
        }
        self.wanted.extend(fragments.iter().map(|id| bucket(amana_store::FragmentId(id.0))));
        self.since.get_or_insert(now);
        self.note(batch);
    }

    fn note(&self, batch: &mut Batch) {
        if self.wanted.is_empty() {
            batch.delete(Space::Cursor, key::cursor(NOTE));
        } else {
            let note = postcard::to_allocvec(&self.wanted).expect("a set of numbers");
            batch.put(Space::Cursor, key::cursor(NOTE), note);
        }
    }

    /// Whether nothing is to be done now; what is still being gathered can wait.
    pub(super) fn is_quiet(&self, now: Moment) -> bool {
        !self.is_due(now) && self.forget.is_none()
    }

    /// What is wanted is due now.
    fn hurry(&mut self) {
        self.since = (!self.wanted.is_empty()).then_some(Moment(i64::MIN));
    }

    /// Whether it is time.
    fn is_due(&self, now: Moment) -> bool {
        self.since.is_some_and(|since| since.0 == i64::MIN || now.since_millis(since) >= GATHER_MILLIS)
    }
}

impl Pipeline {
    /// Works until nothing is left to do and every key that was destroyed has gone for good, for whoever ends then: what
    /// was still waiting would be found by a later restore of the same keys.
    ///
    /// # Errors
    /// As with [`Pipeline::step`].
    pub(crate) async fn work_to_the_end(&mut self) -> Result<(), PipelineError> {
        loop {
            self.rekeying.hurry();
            if !self.step().await? && self.rekeying.wanted.is_empty() {
                return Ok(());
            }
        }
    }

    /// Makes destroyed keys go. Says whether there was something to do.
    pub(super) async fn work_on_rekeying(&mut self, now: Moment) -> Result<bool, PipelineError> {
        let rekeyed = self.rekey(now).await?;
        Ok(self.forget_journal().await? || rekeyed)
    }

    async fn rekey(&mut self, now: Moment) -> Result<bool, PipelineError> {
        if !self.rekeying.is_due(now) {
            return Ok(false);
        }
        let buckets: Vec<u16> = self.rekeying.wanted.iter().copied().take(BUCKETS_AT_ONCE_MAX).collect();
        let epoch = self.keeper.root().begin_destroying(&buckets, &mut self.dice)?;
        let mut unreadable = UnreadableRings::load(&self.store).await?;
        for bucket in &buckets {
            let done = rewrap(&self.store, self.keeper.root(), *bucket, &mut self.dice).await?;
            unreadable.found(*bucket, &done.unreadable)?;
        }
        // Before the old keys go: whoever looks for what is wrong must not depend on a process that lives on.
        if let Some(batch) = unreadable.changes() {
            self.store.commit(batch).await.map_err(PipelineError::of_commit)?;
        }
        self.keeper.root().finish_destroying(&buckets, None, &mut self.dice)?;
        self.rekeying.wanted.retain(|bucket| !buckets.contains(bucket));
        if self.rekeying.wanted.is_empty() {
            self.rekeying.since = None;
        }
        let mut batch = Batch::new();
        self.rekeying.note(&mut batch);
        self.store.commit(batch).await.map_err(PipelineError::of_commit)?;
        self.rekeying.forget = Some((epoch, None));
        Ok(true)
    }

    /// Forgets the journal's older keys as soon as nothing that was written with them is still to be read.
    async fn forget_journal(&mut self) -> Result<bool, PipelineError> {
        let Some((epoch, passed)) = self.rekeying.forget else { return Ok(false) };
        let root = self.keeper.root();
        if root.journal_epochs_in_use().is_some_and(|oldest| oldest < epoch) {
            return Ok(false);
        }
        let head = match passed {
            Some(head) => head,
            None => self.store.head(&crate::journal::Journal::log()).await?,
        };
        self.rekeying.forget = Some((epoch, Some(head)));
        if self.cursor.0 < head {
            return Ok(false);
        }
        self.keeper.root().finish_destroying(&[], Some(epoch), &mut self.dice)?;
        self.rekeying.forget = None;
        Ok(true)
    }
}
