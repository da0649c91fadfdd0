//! The pipeline: resolve → gate → fold → audience → outbox, in one commit with the cursor.
//!
//! One worker reads the journal and is the only writer of people's state. It decides nothing about permissions by
//! itself: it asks `permit` for the candidate person and keeps what may be kept. Everything it learns of a batch is
//! committed at once, so that a crash between any two writes repeats the batch or has done it.

mod acts;
#[cfg(test)]
mod acts_tests;
mod ahead;
mod aside_keys;
mod audiences;
mod childhood;
mod commit;
mod contents;
mod due;
mod error;
mod evidence;
mod fragment_ids;
mod identify;
mod index_rows;
mod indexing;
mod journal_batch;
mod memory;
mod muted;
mod options;
mod outbox;
mod proof;
mod prospect;
mod quarantine;
mod reindexing;
mod rekeying;
mod replaying;
mod resending;
mod retaining;
mod set_apart;
mod set_aside;
mod stages;
mod sweeping;
mod tally;
mod task;
mod unreadable;
mod unreadable_people;
mod work;
mod worker;

pub use aside_keys::aside_ring;
pub use error::PipelineError;
pub use identify::{Found, identifiers};
pub use index_rows::{IndexStanding, index_standing};
pub use options::{PipelineOptions, PipelineParts};
pub use outbox::{OutboxRow, outbox_log};
pub use quarantine::{QUARANTINE_FIELDS_MAX, QuarantineRow};
pub(crate) use rekeying::Rekeying;
pub use resending::{
    AsideError, AsideLine, DELETION_NOTE_BYTES_MAX, Deleted, Resent, aside_lines, delete_aside, deletions, resend_aside,
};
pub use set_aside::{AsideReason, SetAside};
pub use stages::{Stage, Stages};
pub use tally::{Tally, TallyName};
pub use unreadable::UnreadableRings;
pub use worker::Pipeline;
