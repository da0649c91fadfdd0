//! What became of everything that was received, in figures that add up: received is what is kept, what left a decision
//! only, what is not kept, and what waits to be worked on.

use crate::app::App;
use crate::journal::Entry;
use crate::pipeline::{Pipeline, Tally, TallyName};
use amana_store::StoreError;

/// What received events of which nothing is kept were counted as.
const NOT_KEPT: [TallyName; 6] = [
    TallyName::EventsDuplicate,
    TallyName::EventsUnnameable,
    TallyName::EventsUnpermitted,
    TallyName::EventsUnidentified,
    TallyName::EventsSourceUnknown,
    TallyName::EventsBot,
];
/// How much of the journal is looked at to count what waits. This page is open to everybody, so it is little.
const WAITING_BYTES_MAX: usize = 256 * 1024;
/// How often the pipeline may pass by while it is counted.
const TRIES_MAX: usize = 4;

/// The figures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Figures {
    pub(super) kept: u64,
    pub(super) decision_only: u64,
    pub(super) not_kept: u64,
    /// Of those not kept: of bots.
    pub(super) bots: u64,
    pub(super) waiting: u64,
    /// Whether more waits than was counted.
    pub(super) more_waits: bool,
}

impl Figures {
    /// The counters of the pipeline with what waits behind them: both of the same moment, unless the pipeline is so
    /// fast that nothing waits long.
    pub(super) async fn load(app: &App) -> Result<(Tally, Self), StoreError> {
        let mut tries = 0;
        loop {
            tries += 1;
            let from = Pipeline::position(app.store()).await?;
            let tally = Tally::load(app.store()).await?;
            let read = app.journal().read(from, WAITING_BYTES_MAX).await;
            let unmoved = Pipeline::position(app.store()).await? == from;
            let Ok(records) = read else {
                // What the pipeline has just finished is dropped from the journal.
                if tries < TRIES_MAX {
                    continue;
                }
                return Ok((tally.clone(), Self::of(&tally, 0, true)));
            };
            if unmoved || tries == TRIES_MAX {
                let more = records.last().is_some_and(|(last, ..)| last.0 + 1 < app.journal().written().0);
                let waiting = records.iter().map(|(_, entry, _)| collected(entry)).sum();
                return Ok((tally.clone(), Self::of(&tally, waiting, more)));
            }
        }
    }

    fn of(tally: &Tally, waiting: u64, more_waits: bool) -> Self {
        Self {
            kept: tally.get(TallyName::EventsKept),
            decision_only: tally.get(TallyName::EventsDecisionOnly),
            not_kept: NOT_KEPT.iter().map(|name| tally.get(*name)).sum(),
            bots: tally.get(TallyName::EventsBot),
            waiting,
            more_waits,
        }
    }

    /// Everything that was received.
    pub(super) fn received(&self) -> u64 {
        self.kept + self.decision_only + self.not_kept + self.waiting
    }
}

/// How many events a record brings that somebody sent to the collect door.
fn collected(entry: &Entry) -> u64 {
    if let Entry::Collected(collected) = entry { collected.events.len() as u64 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_received_is_somewhere() {
        let mut tally = Tally::default();
        for (count, name) in TallyName::ALL.into_iter().enumerate() {
            tally.add(name, count + 1);
        }
        let figures = Figures::of(&tally, 7, false);
        // Whatever is counted of events is a part of what was received: one that is new cannot be forgotten here.
        let is_part = |name: &TallyName| name.name().starts_with("events_") && *name != TallyName::EventsReceived;
        let parts: u64 = TallyName::ALL.into_iter().filter(is_part).map(|name| tally.get(name)).sum();
        assert_eq!(figures.received(), parts + 7);
    }
}
