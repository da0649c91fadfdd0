//! Where a destination's worker stands, and what it has counted: both are committed with the rows they are about.
//!
//! The cursor carries the numbers of the deliveries that are not final, so starting reads exactly these, however many
//! have been finished between them. A lowest open number would not do, for one delivery that waits for a missing
//! secret would make every later one be read; a key for each open delivery would cost a put and a delete each. There
//! are at most [`super::OPEN_ROWS_MAX`] of them, mostly some ten.

use super::reasons::Withheld;
use super::record::{DeliveryState, Record};
use amana_core::catalog::Number;
use amana_store::space::key;
use amana_store::{Batch, Space, StoreError, Versioned};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const FORMAT: u8 = 1;

/// Where a worker stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Standing {
    /// The first row of the log that was not taken yet.
    pub(super) next: u64,
    /// The rows before it that are not final, ascending.
    pub(super) open: Vec<u64>,
}

/// What became of the rows that were taken: `taken = open + delivered + failed + Σ withheld`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Counts {
    /// Rows taken from the log.
    pub(super) taken: u64,
    /// Not final.
    pub(super) open: u64,
    /// Confirmed by the recipient.
    pub(super) delivered: u64,
    /// Given up.
    pub(super) failed: u64,
    /// Withheld, by reason.
    pub(super) withheld: BTreeMap<Withheld, u64>,
}

impl Counts {
    /// A row was taken.
    pub(super) fn take(&mut self) {
        self.taken += 1;
        self.open += 1;
    }

    /// A row has become final; anything else is not counted.
    pub(super) fn finish(&mut self, record: &Record) {
        match record.state {
            DeliveryState::Waiting { .. } | DeliveryState::Sending => return,
            DeliveryState::Delivered => self.delivered += 1,
            DeliveryState::Failed(_) => self.failed += 1,
            DeliveryState::Withheld(reason) => *self.withheld.entry(reason).or_default() += 1,
        }
        self.open = self.open.saturating_sub(1);
    }

    /// Adds it to a batch.
    pub(super) fn save(&self, destination: Number, batch: &mut Batch) {
        batch.put(Space::Tally, key::tally(&name(destination)), encode(self));
    }
}

impl Standing {
    /// Adds it to a batch that holds only while nobody else has moved it.
    pub(super) fn save(&self, destination: Number, version: Option<u64>, batch: &mut Batch) {
        let key = key::cursor(&name(destination));
        batch.expect(Space::Cursor, key.clone(), version);
        batch.put(Space::Cursor, key, encode(self));
    }
}

/// The name of a destination's cursor and counters.
pub(super) fn name(destination: Number) -> String {
    format!("deliver/{destination}")
}

/// Reads a cursor or counters; what was never written is at its beginning.
pub(super) fn decode<T: DeserializeOwned + Default>(row: Option<&Versioned>) -> Result<T, StoreError> {
    let Some(row) = row else { return Ok(T::default()) };
    let damaged = || StoreError::Invalid("a destination's cursor or counters cannot be read".into());
    match row.value.split_first() {
        Some((&FORMAT, plain)) => postcard::from_bytes(plain).map_err(|_| damaged()),
        _ => Err(damaged()),
    }
}

fn encode(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = vec![FORMAT];
    bytes.extend(postcard::to_allocvec(value).expect("numbers and codes"));
    bytes
}
