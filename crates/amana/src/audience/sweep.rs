//! Going over everybody: after the catalogue changed, and when time alone can change an answer.
//!
//! A sweep walks the fragments in the order of their ids and puts each person through the audiences once, as if they
//! had just changed. Where it stands is committed with what it found, so it goes on after a restart.

use amana_core::Moment;
use amana_store::space::key;
use amana_store::{Batch, Space, Store, StoreError};
use serde::{Deserialize, Serialize};

const CONSUMER: &str = "sweep";

/// The time between the beginnings of two sweeps that time alone makes necessary.
const SWEEP_PERIOD_MILLIS: i64 = 60_000;

/// The same where no answer changes within a day: what is kept runs out, and people become older.
const SWEEP_PERIOD_SLOW_MILLIS: i64 = 86_400_000;

/// Where the current sweep stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sweep {
    /// The version of the catalogue it goes over everybody for.
    pub catalog: u64,
    /// When it began.
    pub began: Moment,
    /// The key of the last fragment it has seen; `None` when it is through.
    pub at: Option<Vec<u8>>,
    /// The version of the catalogue that the last one before it went over everybody for.
    before: u64,
}

impl Sweep {
    /// Where the last sweep stood. One that an earlier version of the program stored is taken for none, and begins anew.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn load(store: &Store) -> Result<Self, StoreError> {
        let row = store.get(Space::Cursor, key::cursor(CONSUMER)).await?;
        Ok(row.and_then(|row| postcard::from_bytes(&row.value).ok()).unwrap_or_default())
    }

    /// Begins anew when the catalogue is another, when so much time has passed that it may have changed answers, or when
    /// an audience was closed since the last one began: `closed_since` says whether one was after an instant.
    pub fn begin_if_due(
        &mut self,
        catalog: u64,
        depends_on_time: bool,
        closed_since: impl FnOnce(Moment) -> bool,
        now: Moment,
    ) {
        let period = if depends_on_time { SWEEP_PERIOD_MILLIS } else { SWEEP_PERIOD_SLOW_MILLIS };
        let aged = catalog > 0 && self.at.is_none() && now.since_millis(self.began) >= period;
        if self.catalog != catalog || aged || catalog > 0 && closed_since(self.began) {
            *self = Self { catalog, began: now, at: Some(Vec::new()), before: self.through() };
        }
    }

    /// Begins anew: not everybody was seen for what there is to see now.
    pub fn begin(&mut self, now: Moment) {
        *self = Self { catalog: self.catalog, began: now, at: Some(Vec::new()), before: self.through() };
    }

    /// The version of the catalogue that everybody was gone over for, to the last of them. Whoever belongs to an
    /// audience that has been as it is since then is known.
    #[must_use]
    pub fn through(&self) -> u64 {
        if self.at.is_none() { self.catalog } else { self.before }
    }

    /// Whether there is something to go over.
    #[must_use]
    pub fn is_under_way(&self) -> bool {
        self.at.is_some()
    }

    /// Adds where it stands to a batch.
    pub fn save(&self, batch: &mut Batch) {
        let bytes = postcard::to_allocvec(self).expect("a sweep is numbers and a key");
        batch.put(Space::Cursor, key::cursor(CONSUMER), bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_gone_through_when_its_sweep_has_seen_everybody() {
        let mut sweep = Sweep::default();
        let open = |_| false;
        sweep.begin_if_due(1, false, open, Moment(0));
        assert_eq!(sweep.through(), 0);
        sweep.at = None;
        assert_eq!(sweep.through(), 1);
        // A change in the middle of a sweep: what it had not reached was never asked for version 2.
        sweep.begin_if_due(2, false, open, Moment(1));
        sweep.begin_if_due(3, false, open, Moment(2));
        assert_eq!(sweep.through(), 1);
        sweep.at = None;
        sweep.begin_if_due(3, true, open, Moment(SWEEP_PERIOD_MILLIS + 2));
        assert!(sweep.is_under_way());
        assert_eq!(sweep.through(), 3, "going over everybody again forgets nothing");
        sweep.at = Some(vec![7]);
        sweep.begin(Moment(SWEEP_PERIOD_MILLIS + 3));
        assert_eq!((sweep.at.as_deref(), sweep.through()), (Some(&[][..]), 3), "and neither does beginning it anew");
    }

    #[test]
    fn an_audience_that_is_closed_by_time_is_gone_over_once() {
        let closes = 5_000;
        let closed_by = |now: i64| move |since: Moment| since < Moment(closes) && closes <= now;
        let mut sweep = Sweep::default();
        sweep.begin_if_due(1, false, closed_by(0), Moment(0));
        sweep.at = None;
        for (now, begins) in [(closes - 1, false), (closes, true), (closes + 1, false), (closes + 90_000, false)] {
            sweep.begin_if_due(1, false, closed_by(now), Moment(now));
            assert_eq!(sweep.is_under_way(), begins, "{now}");
            sweep.at = None;
        }
        // One that is under way has passed some of whom it concerns.
        let mut sweep = Sweep { catalog: 1, began: Moment(1), at: Some(vec![9]), before: 1 };
        sweep.begin_if_due(1, false, closed_by(closes), Moment(closes));
        assert_eq!((sweep.at.as_deref(), sweep.through()), (Some(&[][..]), 1));
    }
}
