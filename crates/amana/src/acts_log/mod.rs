//! The acts log: every act, every decision about who is one person, every correction and every change of the catalogue,
//! in one chain that is shipped off the machine, so that a restore does not bring a consent back (DESIGN §7 *Acts log*).
//!
//! A record is appended in the commit of the change it is about, names its predecessor by hash, and is sealed under a key
//! of its own purpose: what is shipped tells nothing to who holds only it, but how much happened and when. Nothing in
//! here decides what an act means; applying acts to an older store is the pipeline's work.

pub mod apply;
mod cursor;
mod entry;
mod error;
mod gather;
mod head;
mod incoming;
mod keys;
mod log;
mod outgoing;
mod record;
mod segment;
mod ship;
mod start;
mod verify;

pub use cursor::{Shipped, shipped};
pub use entry::{ActOf, CatalogChange, LogEntry, MovedKeys, NamedFragment};
pub use error::{ActsError, Wrong};
pub(crate) use gather::gather;
pub use head::Head;
pub use incoming::Incoming;
pub use keys::ActsKeys;
pub(crate) use log::stored_head;
pub use log::{ActsLog, Turn, overtaken};
pub use outgoing::{Outgoing, SEGMENT_BYTES_MAX};
pub use record::{Record, record_hash};
pub(crate) use ship::ShippingTask;
pub use ship::{ShipError, Shipper, Shipping};
pub(crate) use start::check as check_start;
pub use start::{ActsShipping, StartRefused};
pub use verify::{Verified, verify};
