//! A batch of the journal: read, prepared, worked on in memory, committed.

use super::audiences::{evaluate, known_members, shifts};
use super::commit::Worked;
use super::error::PipelineError;
use super::indexing::{Indexing, OlderKeys};
use super::proof::TakenProofs;
use super::retaining::retain;
use super::stages::Stage;
use super::task::{Believed, Task, tasks};
use super::work::{Books, Work};
use super::worker::Pipeline;
use crate::journal;
use crate::profile::{People, View};
use amana_core::identity::FragmentId;
use amana_store::seal::IndexKey;
use amana_store::{Batch, Position};
use std::collections::HashMap;

impl Pipeline {
    /// Works on the next batch. Says whether there was one.
    pub(super) async fn work_on_journal(&mut self) -> Result<bool, PipelineError> {
        let stages = self.stages.clone();
        let mut lap = stages.start();
        let most = (self.options.batch_bytes, self.batch_events);
        let records = self.ahead.take(&self.journal, self.cursor.0, most).await?;
        let Some((last, ..)) = records.last() else { return Ok(false) };
        self.records_under_way = records.len();
        let (end, bytes) = (Position(last.0 + 1), records.iter().map(|(.., bytes)| *bytes as u64).sum());
        lap.done(Stage::Read);
        let current = self.current.load_full();
        let (policy, now) = (&current.policy, self.clock.now());
        let mut entries: Vec<journal::Entry> = records.into_iter().map(|(_, entry, _)| entry).collect();
        let taken = TakenProofs::of(&mut entries);
        self.proofs.follow(policy, &|name| std::env::var(name).ok());
        let secrets = self.keeper.root().index_secrets();
        let indexing = Indexing::new(&secrets);
        let believed = Believed { index: &indexing, proofs: &self.proofs, taken: &taken };
        let tasks = tasks(policy, &entries, believed, &mut self.tally);
        let (people, index) = self.load(&tasks, &indexing.into_older()).await?;
        lap.done(Stage::Load);
        let books = Books {
            classes: &mut self.classes,
            tally: &mut self.tally,
            quarantine: &mut self.quarantine,
            ids: &mut self.ids,
        };
        let mut work = Work::new(policy, now, self.dice.clone(), books);
        (work.people, work.index) = (people, index);
        let events = tasks.len() as u64;
        for task in &tasks {
            task.run(&mut work);
        }
        retain(&mut work);
        lap.done(Stage::Fold);
        let seen = evaluate(&mut work, &current);
        let known = known_members(&mut self.memory, &self.store, &seen).await?;
        let shifts = shifts(&mut work, &current, &self.marker, &seen, &known);
        lap.done(Stage::Audience);
        let worked = Worked {
            people: std::mem::take(&mut work.people),
            index: std::mem::take(&mut work.index),
            shifts,
            end: Some(end),
            batch: Batch::new(),
            made: None,
        };
        self.commit(worked, &mut lap).await?;
        self.stages.batch(events);
        self.records_under_way = 0;
        self.batch_events = self.options.batch_events;
        self.journal.commit(end, bytes).await?;
        Ok(true)
    }

    /// The fragments that tasks lead to, with everything joined to them.
    async fn load(
        &mut self,
        tasks: &[Task<'_>],
        older: &OlderKeys,
    ) -> Result<(People, HashMap<[u8; 24], FragmentId>), PipelineError> {
        let mut index = HashMap::new();
        let mut unknown = Vec::new();
        for key in tasks.iter().flat_map(Task::keys) {
            match self.memory.find(&key) {
                Some(id) => drop(index.insert(key, id)),
                None => unknown.push(key),
            }
        }
        unknown.sort_unstable();
        unknown.dedup();
        let found = self.keeper.find(View::Live(&self.store), &unknown).await?;
        let (known, unknown): (Vec<_>, Vec<_>) = unknown.into_iter().zip(found).partition(|(_, id)| id.is_some());
        index.extend(known.into_iter().filter_map(|(key, id)| Some((key, id?))));
        let unknown = unknown.into_iter().map(|(key, _)| key);
        let stood = self.find_under_older(unknown, older).await?;
        index.extend(stood.iter().map(|(key, (_, id))| (*key, *id)));
        let ids: Vec<FragmentId> = index.values().copied().collect();
        let mut people = People::default();
        let memory = &mut self.memory;
        people.extend(&self.keeper, View::Live(&self.store), &ids, |id| memory.take(id)).await?;
        let lifted = tasks.iter().filter_map(|task| index.get(&task.lifts()?).copied());
        let ends = people.banned_ends(lifted);
        people.extend(&self.keeper, View::Live(&self.store), &ends, |id| memory.take(id)).await?;
        for (key, id) in &index {
            people.get_mut(*id).map(|entry| entry.lead(*key, stood.get(key).map(|(older, _)| *older)));
        }
        Ok((people, index))
    }

    /// Of index keys that lead nowhere, those whose identifiers stand under an older key, with that key.
    async fn find_under_older(
        &self,
        unknown: impl Iterator<Item = IndexKey>,
        older: &OlderKeys,
    ) -> Result<HashMap<IndexKey, (IndexKey, FragmentId)>, PipelineError> {
        let pairs = |key: IndexKey| older.get(&key).into_iter().flatten().map(move |older| (key, *older));
        let pairs: Vec<(IndexKey, IndexKey)> = unknown.flat_map(pairs).collect();
        let keys: Vec<IndexKey> = pairs.iter().map(|(_, older)| *older).collect();
        let found = self.keeper.find(View::Live(&self.store), &keys).await?;
        let mut stood = HashMap::new();
        for ((key, older), id) in pairs.into_iter().zip(found) {
            // The newer keys come first.
            if let Some(id) = id {
                stood.entry(key).or_insert((older, id));
            }
        }
        Ok(stood)
    }
}
