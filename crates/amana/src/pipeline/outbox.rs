//! The outbox: who is to be told, committed with what it tells of. One log for each destination, so that a slow one
//! holds up nobody else. A row names people by their profile's id and carries nothing of them: what is sent is read
//! when it is sent.

use crate::audience::{Move, MoveKind};
use amana_core::Moment;
use amana_core::catalog::{Number, Policy};
use amana_core::identity::FragmentId;
use amana_store::{Batch, LogName};
use serde::{Deserialize, Serialize};

/// A message to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxRow {
    /// The profile it is about.
    pub profile: FragmentId,
    /// The audience's number.
    pub audience: Number,
    /// Whether it entered or left.
    pub kind: MoveKind,
    /// When that was found.
    pub at: Moment,
}

/// The log of a destination.
#[must_use]
pub fn outbox_log(destination: Number) -> LogName {
    LogName::new(&format!("outbox/{destination}")).expect("digits and a slash are allowed")
}

/// Adds a row for every destination that an audience feeds. Which ones were fed by an audience that is declared no
/// longer only the deliveries know: all are asked, and who was never told of a member is not told that it left.
pub(super) fn enqueue(policy: &Policy, moves: &[Move], at: Moment, batch: &mut Batch) {
    for each in moves {
        let audience = policy.audiences.iter().find(|audience| audience.number == each.audience);
        let all = || (0..policy.destinations.len()).collect();
        let fed: Vec<usize> = audience.map_or_else(all, |audience| audience.destinations.clone());
        let row = OutboxRow { profile: each.profile, audience: each.audience, kind: each.kind, at };
        let bytes = postcard::to_allocvec(&row).expect("a row is ids and numbers");
        for destination in fed.iter().filter_map(|place| policy.destinations.get(*place)) {
            batch.append(&outbox_log(destination.number), bytes.clone());
        }
    }
}
