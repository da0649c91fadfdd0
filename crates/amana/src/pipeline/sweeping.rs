//! A piece of a sweep: some people put through the audiences as if they had just changed.

use super::audiences::{evaluate, known_members, shifts};
use super::commit::Worked;
use super::error::PipelineError;
use super::retaining::retain;
use super::work::{Books, Work};
use super::worker::Pipeline;
use crate::govern::Current;
use crate::profile::{People, View};
use amana_core::Moment;
use amana_core::identity::FragmentId;
use amana_store::{Batch, KeyRange, Space};
use std::collections::HashMap;

impl Pipeline {
    /// Goes over the next people, and commits where the sweep stands with what it found.
    pub(super) async fn work_on_sweep(&mut self, current: &Current, now: Moment) -> Result<(), PipelineError> {
        let from = self.sweep.at.clone().unwrap_or_default();
        let range = if from.is_empty() { KeyRange::all() } else { KeyRange::all().after(&from) };
        let rows = self.store.scan(Space::Fragment, range, self.sweep_fragments).await?;
        let through = rows.len() < self.sweep_fragments;
        self.sweep.at = rows.last().filter(|_| !through).map(|(key, _)| key.clone());
        if through {
            self.reach.complete();
        }
        let mut ids: Vec<FragmentId> =
            rows.iter().filter_map(|(key, _)| uuid::Uuid::from_slice(key).ok()).map(FragmentId).collect();
        let people = self.readable_people_of(&ids).await?;
        let out = self.out_of_reach(&people, false)?;
        ids.retain(|id| !out.contains(id));
        self.go_over(current, now, people, &ids, Batch::new()).await
    }

    /// Fragments with everything joined to them.
    pub(super) async fn people_of(&mut self, ids: &[FragmentId]) -> Result<People, PipelineError> {
        let mut people = People::default();
        let memory = &mut self.memory;
        people.extend(&self.keeper, View::Live(&self.store), ids, |id| memory.take(id)).await?;
        Ok(people)
    }

    /// The same, where who cannot be read holds up nobody else.
    pub(super) async fn readable_people_of(&mut self, ids: &[FragmentId]) -> Result<People, PipelineError> {
        let mut people = People::default();
        let memory = &mut self.memory;
        people.extend_readable(&self.keeper, View::Live(&self.store), ids, |id| memory.take(id)).await?;
        Ok(people)
    }

    /// Puts people through everything as if they had just changed, and commits what follows, with what is in `batch`.
    pub(super) async fn go_over(
        &mut self,
        current: &Current,
        now: Moment,
        people: People,
        ids: &[FragmentId],
        batch: Batch,
    ) -> Result<(), PipelineError> {
        let books = Books {
            classes: &mut self.classes,
            tally: &mut self.tally,
            quarantine: &mut self.quarantine,
            ids: &mut self.ids,
        };
        let mut work = Work::new(&current.policy, now, self.dice.clone(), books);
        work.people = people;
        work.touched.extend(ids);
        retain(&mut work);
        let seen = evaluate(&mut work, current);
        let known = known_members(&mut self.memory, &self.store, &seen).await?;
        let shifts = shifts(&mut work, current, &self.marker, &seen, &known);
        let people = std::mem::take(&mut work.people);
        let stages = self.stages.clone();
        let worked = Worked { people, index: HashMap::new(), shifts, end: None, batch, made: None };
        self.commit(worked, &mut stages.start()).await?;
        self.sweep_fragments = self.options.sweep_fragments;
        Ok(())
    }
}
