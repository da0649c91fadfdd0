//! The pipeline: resolve → gate → fold → audience → outbox, in one commit with the cursor.
//!
//! One worker reads the journal and is the only writer of people's state. It decides nothing about permissions by
//! itself: it asks `permit` for the candidate person and keeps what may be kept. Everything it learns of a batch is
//! committed at once, so that a crash between any two writes repeats the batch or has done it.

mod acts;
mod fragment_ids;
mod identify;
mod outbox;
mod prospect;
mod quarantine;
mod stages;
mod tally;
mod work;
mod worker;

pub use identify::{Found, identifiers};
pub use outbox::{OutboxRow, outbox_log};
pub use quarantine::{QUARANTINE_FIELDS_MAX, QuarantineRow};
pub use stages::{Stage, Stages};
pub use tally::{Tally, TallyName};
pub use worker::{Pipeline, PipelineError, PipelineOptions, PipelineParts};
