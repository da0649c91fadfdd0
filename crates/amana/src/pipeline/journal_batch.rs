//! A batch of the journal: read, prepared, worked on in memory, committed.

use super::audiences::{evaluate, known_members, shifts};
use super::commit::Worked;
use super::error::PipelineError;
use super::indexing::{Indexing, OlderKeys};
use super::proof::TakenProofs;
use super::retaining::retain;
use super::set_apart::needing;
use super::set_aside::AsideReason;
use super::stages::Stage;
use super::task::{Believed, Task, tasks};
use super::work::{Books, Work};
use super::worker::Pipeline;
use crate::journal::{Entry, Record};
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
        let records = self.next_records(most).await?;
        let Some((last, ..)) = records.last() else { return Ok(false) };
        self.records_under_way = records.len();
        let (end, bytes) = (Position(last.0 + 1), records.iter().map(|(.., bytes)| *bytes as u64).sum());
        lap.done(Stage::Read);
        let current = self.current.load_full();
        let (policy, now) = (&current.policy, self.clock.now());
        let mut records = self.taken(records).await?;
        let mut proofs = TakenProofs::of(&mut records.entries);
        self.proofs.follow(policy, &|name| std::env::var(name).ok());
        let secrets = self.keeper.root().index_secrets();
        let indexing = Indexing::new(&secrets);
        let believed = Believed { index: &indexing, proofs: &self.proofs, taken: &proofs };
        let counted = self.tally.clone();
        let mut todo = tasks(policy, &records.entries, believed, &mut self.tally);
        let (people, index) = self.load(&todo.all, &indexing.into_older()).await?;
        let out = self.out_of_reach(&people, records.is_again())?;
        let places = needing(&todo, &out, &people, &index);
        if !places.is_empty() {
            drop(todo);
            proofs.put_back(&mut records.entries);
            records.take_out(&places, AsideReason::Unreadable);
            proofs = TakenProofs::of(&mut records.entries);
            self.tally = counted;
            let indexing = Indexing::new(&secrets);
            let believed = Believed { index: &indexing, proofs: &self.proofs, taken: &proofs };
            todo = tasks(policy, &records.entries, believed, &mut self.tally);
        }
        lap.done(Stage::Load);
        let books = Books {
            classes: &mut self.classes,
            tally: &mut self.tally,
            quarantine: &mut self.quarantine,
            ids: &mut self.ids,
        };
        let mut work = Work::new(policy, now, self.dice.clone(), books);
        (work.people, work.index, work.secrets) = (people, index, Some(&*secrets));
        let events = todo.all.len() as u64;
        for task in &todo.all {
            task.run(&mut work);
        }
        retain(&mut work);
        lap.done(Stage::Fold);
        let seen = evaluate(&mut work, &current);
        let known = known_members(&mut self.memory, &self.store, &seen).await?;
        let shifts = shifts(&mut work, &current, &self.marker, &seen, &known);
        lap.done(Stage::Audience);
        let (people, index) = (std::mem::take(&mut work.people), std::mem::take(&mut work.index));
        let mut batch = Batch::new();
        self.put_aside(&records, &out, &mut batch).await?;
        let worked = Worked { people, index, shifts, end: Some(end), batch, made: None };
        self.commit(worked, &mut lap).await?;
        self.tell_aside(&records).await?;
        self.stages.batch(events);
        self.records_under_way = 0;
        self.batch_events = self.options.batch_events;
        self.journal.commit(end, bytes).await?;
        Ok(true)
    }

    /// The next records: those that came, or those that are to be worked on again, and never both.
    async fn next_records(&mut self, most: (usize, usize)) -> Result<Vec<Record>, PipelineError> {
        let mut records = self.ahead.take(&self.journal, self.cursor.0, most).await?;
        let is_again = |record: &Record| matches!(record.1, Entry::Again(_) | Entry::Deleted(_));
        let again = records.first().is_some_and(is_again);
        let alike = records.iter().take_while(|record| is_again(record) == again).count();
        self.ahead.put_back(records.split_off(alike));
        Ok(records)
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
        people.extend_readable(&self.keeper, View::Live(&self.store), &ids, |id| memory.take(id)).await?;
        let lifted = tasks.iter().filter_map(|task| index.get(&task.lifts()?).copied());
        let ends = people.banned_ends(lifted);
        people.extend_readable(&self.keeper, View::Live(&self.store), &ends, |id| memory.take(id)).await?;
        let named = tasks.iter().filter(|task| task.is_named()).flat_map(Task::keys);
        let named = named.filter_map(|key| index.get(&key).copied());
        people.read_names(&self.keeper, View::Live(&self.store), named).await?;
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
