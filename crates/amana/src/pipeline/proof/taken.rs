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

    /// Puts all proofs back into the records they were taken out of.
    pub(in crate::pipeline) fn put_back(self, entries: &mut [Entry]) {
        for ((record, place), proof) in self.0 {
            let Some(Entry::Collected(collected)) = entries.get_mut(record) else { continue };
            if let Some(event) = collected.events.get_mut(place) {
                event.context.insert(FIELD.to_owned(), proof);
            }
        }
    }

    /// The proof of an event.
    pub(in crate::pipeline) fn get(&self, record: usize, event: usize) -> Option<&Json> {
        self.0.get(&(record, event))
    }
}
