//! Proofs are taken out of events before anything else looks at these.

use crate::journal::Entry;
use serde_json::Value as Json;
use std::collections::HashMap;

/// Where an event carries a proof, within `context`.
const FIELD: &str = "identityProof";

/// Proofs, by the places of their record and of their event in it.
#[derive(Debug, Default)]
pub(in crate::pipeline) struct TakenProofs(HashMap<(usize, usize), Json>);

impl TakenProofs {
    /// Takes all proofs out of records.
    pub(in crate::pipeline) fn of(entries: &mut [Entry]) -> Self {
        let mut taken = HashMap::new();
        for (record, entry) in entries.iter_mut().enumerate() {
            let Entry::Collected(collected) = entry else { continue };
            for (place, event) in collected.events.iter_mut().enumerate() {
                if let Some(proof) = event.context.shift_remove(FIELD) {
                    taken.insert((record, place), proof);
                }
            }
        }
        Self(taken)
    }

    /// The proof of an event.
    pub(in crate::pipeline) fn get(&self, record: usize, event: usize) -> Option<&Json> {
        self.0.get(&(record, event))
    }
}
