//! Everything persistent of Amana, behind one narrow waist: ordered keys, atomic commits and logs (DESIGN §7).
//!
//! * [`Store`] is the waist. It is one type over two engines, so no engine's type leaks and nothing above is generic:
//!   an embedded one (an LSM tree for spaces, segmented files for logs) and PostgreSQL.
//! * [`space`] declares every space there is, with the layout of its keys.
//! * [`seal`] holds the keys: the master key, the root file with its 4,096 bucket keys, rings, sealed values.
//!
//! What this crate must not do: know what a purpose, a person or a permission is. It keeps bytes under keys, and it can
//! forget them so that no backup brings them back. It reads no clock, and randomness comes in through [`Dice`].

mod batch;
mod dice;
mod durable_file;
mod embedded;
mod error;
mod failure;
mod faults;
mod formats;
mod log_name;
mod postgres;
mod range;
pub mod seal;
mod snapshot;
pub mod space;
mod store;
#[cfg(feature = "testing")]
pub mod testing;

pub use batch::{
    BATCH_BYTES_MAX, BATCH_ITEMS_MAX, Batch, KEY_BYTES_MAX, RECORD_BYTES_MAX, RESERVED_META_PREFIX, VALUE_BYTES_MAX,
};
pub use dice::{Dice, SystemDice};
pub use embedded::EmbeddedOptions;
pub use error::{CommitError, StoreError};
pub use failure::Failed;
pub use log_name::{LOG_NAME_BYTES_MAX, LogName, Position};
pub use postgres::PostgresOptions;
pub use range::KeyRange;
pub use snapshot::Snapshot;
pub use space::{FragmentId, Key, Space};
pub use store::{FORMAT_VERSION, Health, Result, Store, Versioned};
