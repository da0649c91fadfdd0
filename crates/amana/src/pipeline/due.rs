//! What time alone changes: people whose moment has come are looked at, and nobody else is.

use super::error::PipelineError;
use super::worker::Pipeline;
use crate::govern::Current;
use amana_core::Moment;
use amana_core::identity::FragmentId;
use amana_store::space::key;
use amana_store::{Batch, Space};

impl Pipeline {
    /// Looks at the people whose moment has come, as many as a piece of a sweep has. Says whether there were any. With whom
    /// nothing can be done now waits, and holds up nobody who is due later.
    pub(super) async fn work_on_due(&mut self, current: &Current, now: Moment) -> Result<bool, PipelineError> {
        let most = self.sweep_fragments + self.postponed.len();
        let rows = self.store.scan(Space::Due, key::due_until(now.0), most).await?;
        let mut due: Vec<(i64, FragmentId)> = rows
            .iter()
            .filter_map(|(key, _)| key::due_and_fragment(key))
            .map(|(at, id)| (at, FragmentId(id.0)))
            .filter(|due| !self.postponed.contains(due))
            .take(self.sweep_fragments)
            .collect();
        if due.is_empty() {
            return Ok(false);
        }
        let ids: Vec<FragmentId> = due.iter().map(|(_, id)| *id).collect();
        let mut people = self.readable_people_of(&ids).await?;
        let out = self.out_of_reach(&people, false)?;
        let waits: Vec<(i64, FragmentId)> = due.extract_if(.., |(_, id)| out.contains(id)).collect();
        self.postponed.extend(waits);
        if due.is_empty() {
            self.note_unreadable().await?;
            return Ok(true);
        }
        let ids: Vec<FragmentId> = due.iter().map(|(_, id)| *id).collect();
        let mut batch = Batch::new();
        for (at, id) in due {
            match people.get_mut(id).filter(|entry| entry.fragment.due == Some(Moment(at))) {
                Some(entry) => drop(self.keeper.clear(&self.store, entry, &mut batch).await?),
                // It stands elsewhere by now.
                None => drop(batch.delete(Space::Due, key::due(at, amana_store::FragmentId(id.0)))),
            }
        }
        self.go_over(current, now, people, &ids, batch).await?;
        Ok(true)
    }
}
