//! Deliveries: who entered or left an audience, and what changed of who stayed, is told to the destinations it feeds,
//! as signed webhooks.
//!
//! A consumer of the outbox logs, one task for each destination, so that a slow one holds up nobody else. What is
//! sent is decided when it is sent, and anew before each further attempt: the person as they are now, `permit`, and
//! only the contract's fields that the slot may use. Before the bytes leave, an *intent* is committed; after the
//! answer, the outcome. So whatever happens in between, a disclosure that may have been made is on record.
//!
//! ```text
//! outbox log ──▶ line ──▶ decide ──▶ intent ──▶ send ──▶ outcome
//!                 ▲          └─ withheld                    ├─ delivered
//!                 └─────────────── waiting ◀────────────────┴─ failed
//! ```
//!
//! Nothing here is stored that was sent, but the names and categories of the fields and a keyed hash that tells whether
//! there is anything new to say; nothing decides about a permission by itself.

mod backoff;
mod books;
mod content;
mod contract;
mod decide;
mod deliveries;
mod facts;
mod line;
mod message;
mod network;
mod outcome;
mod owed;
mod reasons;
mod recipient_id;
mod record;
mod send;
mod sign;
mod standing;
mod told;
mod turns;
mod view;
mod worker;
mod write_off;

#[cfg(test)]
mod tests;

pub(crate) use content::{Marker, Subject};

pub use backoff::{ATTEMPTS_MAX, BACKOFF_BASE_MILLIS, BACKOFF_MAX_MILLIS, RETRY_AFTER_MAX_MILLIS};
pub use deliveries::{Deliveries, DeliveryOptions, Secrets};
pub use line::OPEN_ROWS_MAX;
pub use message::ORIGIN_HEADER;
pub use owed::{UNREADABLE_MILLIS_MAX, UNREADABLE_ROWS_MAX};
pub use reasons::{Failure, Why, Withheld};
pub use recipient_id::recipient_id;
pub use record::{Ground, SentField};
pub use send::{ANSWER_BYTES_MAX, CONNECT_TIMEOUT, SEND_TIMEOUT};
pub use view::{DELIVERIES_PAGE_MAX, DeliveryQueryError, DeliveryView, Totals, deliveries, totals};

/// Requests at the same time to a destination that does not say.
pub const CONCURRENCY_DEFAULT: u16 = 8;
