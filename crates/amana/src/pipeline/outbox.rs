//! The outbox: who is to be told, committed with what it tells of. One log for each destination, so that a slow one
//! holds up nobody else. A row names people by their profile's id and carries nothing of them: what is sent is read
//! when it is sent.

use crate::audience::{Notice, NoticeKind};
use amana_core::Moment;
use amana_core::catalog::Number;
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
    /// What is to be told.
    pub kind: NoticeKind,
    /// When that was found.
    pub at: Moment,
}

/// The log of a destination.
#[must_use]
pub fn outbox_log(destination: Number) -> LogName {
    LogName::new(&format!("outbox/{destination}")).expect("digits and a slash are allowed")
}

/// Adds a row for everything that has to be told. A destination that is declared no longer has its rows as well: what
/// it was not told any more is counted, not forgotten.
pub(super) fn enqueue(notices: &[Notice], at: Moment, batch: &mut Batch) {
    for notice in notices {
        let row = OutboxRow { profile: notice.profile, audience: notice.audience, kind: notice.kind, at };
        let bytes = postcard::to_allocvec(&row).expect("a row is ids and numbers");
        batch.append(&outbox_log(notice.destination), bytes);
    }
}
