//! Acts of the acts log, applied to a store that is older than they are: the same work, the same commit.

use super::audiences::{evaluate, known_members, shifts};
use super::commit::{CONSUMER, Worked};
use super::error::PipelineError;
use super::retaining::retain;
use super::work::{Books, Work};
use super::worker::Pipeline;
use crate::acts_log::{ActOf, MovedKeys, NamedFragment};
use crate::journal::JournalError;
use crate::profile::{People, View};
use amana_core::identity::FragmentId;
use amana_store::space::key;
use amana_store::{Batch, Position, Space};
use bytes::Bytes;
use std::collections::HashMap;

impl Pipeline {
    /// Applies acts, with their records as they are.
    ///
    /// # Errors
    /// When something can't be read or committed; nothing is half-done then.
    pub(crate) async fn replay(&mut self, records: Vec<(Bytes, ActOf)>) -> Result<(), PipelineError> {
        if records.is_empty() {
            return Ok(());
        }
        let (records, acts): (Vec<Bytes>, Vec<ActOf>) = records.into_iter().unzip();
        let (people, index) = self.named_people(&acts).await?;
        let current = self.current.load_full();
        let books = Books {
            classes: &mut self.classes,
            tally: &mut self.tally,
            quarantine: &mut self.quarantine,
            ids: &mut self.ids,
        };
        let secrets = self.keeper.root().index_secrets();
        let mut work = Work::new(&current.policy, self.clock.now(), self.dice.clone(), books);
        (work.people, work.index, work.secrets) = (people, index, Some(&*secrets));
        acts.iter().for_each(|of| work.replay(of));
        retain(&mut work);
        let seen = evaluate(&mut work, &current);
        let known = known_members(&mut self.memory, &self.store, &seen).await?;
        let shifts = shifts(&mut work, &current, &self.marker, &seen, &known);
        let (people, index) = (std::mem::take(&mut work.people), std::mem::take(&mut work.index));
        let stages = self.stages.clone();
        let worked = Worked { people, index, shifts, end: None, batch: Batch::new(), made: Some(records) };
        self.commit(worked, &mut stages.start()).await
    }

    /// Moves fragments in the index, with the record of it as it is. Says how many moved.
    ///
    /// # Errors
    /// When something can't be read or committed; nothing is half-done then.
    pub(crate) async fn replay_moves(&mut self, record: Bytes, moves: &MovedKeys) -> Result<u64, PipelineError> {
        let ids: Vec<FragmentId> = moves.moved.iter().map(|(id, _)| FragmentId(*id)).collect();
        let mut people = self.fragments_of(&ids).await?;
        let mut count = 0;
        for (id, key) in &moves.moved {
            count += u64::from(people.get_mut(FragmentId(*id)).is_some_and(|entry| entry.lead(*key, None)));
        }
        self.commit_moves(people, Some(vec![record])).await?;
        Ok(count)
    }

    /// Everybody whom acts name, so far as the store knows them.
    async fn named_people(&mut self, acts: &[ActOf]) -> Result<(People, HashMap<[u8; 24], FragmentId>), PipelineError> {
        let named = || acts.iter().flat_map(|of| std::iter::once(&of.fragment).chain(&of.others));
        let mut keys: Vec<[u8; 24]> = named().filter_map(|named: &NamedFragment| named.index).collect();
        keys.sort_unstable();
        keys.dedup();
        let found = self.keeper.find(View::Live(&self.store), &keys).await?;
        let index: HashMap<_, _> = keys.into_iter().zip(found).filter_map(|(key, id)| Some((key, id?))).collect();
        let ids: Vec<FragmentId> = index.values().copied().chain(named().map(|named| FragmentId(named.id))).collect();
        let mut people = self.people_of(&ids).await?;
        let ends = people.banned_ends(ids);
        let memory = &mut self.memory;
        people.extend(&self.keeper, View::Live(&self.store), &ends, |id| memory.take(id)).await?;
        Ok((people, index))
    }

    /// Steps over records of the journal whose keys were destroyed since the store was copied. What they held was
    /// received before the copy and not worked on in it; acts among it are in the acts log. Says how many there are.
    ///
    /// # Errors
    /// When the journal can't be read or the store can't be written.
    pub(crate) async fn pass_unreadable(&mut self) -> Result<u64, PipelineError> {
        let from = self.cursor.0;
        let head = self.store.head(&crate::journal::Journal::log()).await?;
        let mut at = from;
        while at < head {
            match self.journal.read(at, 1).await {
                Err(JournalError::Damaged { position }) => at = Position(position + 1),
                Err(error) => return Err(error.into()),
                // Epochs follow each other: what comes after one that can be read can be read.
                Ok(_) => break,
            }
        }
        if at > from {
            let mut batch = Batch::new();
            batch.put(Space::Cursor, key::cursor(CONSUMER), at.0.to_be_bytes().to_vec());
            self.store.commit(batch).await.map_err(PipelineError::of_commit)?;
            self.cursor = super::commit::cursor(&self.store).await?;
        }
        Ok(at.0 - from.0)
    }
}
