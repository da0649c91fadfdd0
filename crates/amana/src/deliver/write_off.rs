//! What was to be sent to a destination that is declared no longer: nobody is there to be told, and it is counted as
//! withheld with that reason. What such a recipient had been told stays on record.

use super::books::Books;
use super::facts::told;
use super::line::OPEN_ROWS_MAX;
use super::reasons::Withheld;
use super::turns::STEP_ROWS_MAX;
use super::worker::{WorkError, Worker};
use crate::audience::NoticeKind;
use amana_core::Moment;

impl Worker {
    /// One commit: outcomes that came in, and rows that nobody can be sent. Says whether there was anything.
    pub(super) async fn write_off(&mut self, books: &mut Books) -> Result<bool, WorkError> {
        self.held = false;
        self.land(books);
        let now = self.app.now();
        // Nothing is waited for: no attempt will come.
        let mut chosen = books.line().due(Moment(i64::MAX), STEP_ROWS_MAX);
        while chosen.len() < STEP_ROWS_MAX && books.line().len() < OPEN_ROWS_MAX && self.read_ahead(books).await? {
            let Some(row) = self.ahead.pop_front() else { break };
            let sequence = books.take(&row, now);
            if books.line().is_first(sequence) {
                chosen.push(sequence);
            }
        }
        let of = |sequence: &u64| books.line().get(*sequence).map(|record| (record.profile, record.audience));
        let about: Vec<_> = chosen.iter().filter_map(of).collect();
        let snapshot = self.app.store().snapshot().await?;
        let told = told(&self.app, &snapshot, self.number, &about).await?;
        for sequence in chosen {
            let Some(record) = books.change(sequence) else { continue };
            let known = told.contains_key(&(record.profile, record.audience));
            let nothing = record.kind == NoticeKind::Exited && !known;
            let reason = if nothing { Withheld::NeverDisclosed } else { Withheld::DestinationRemoved };
            record.withhold(reason, None, now);
        }
        if !books.has_changed() {
            return Ok(false);
        }
        books.commit(&self.code()).await?;
        self.settled(books).await?;
        Ok(true)
    }
}
