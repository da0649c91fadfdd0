//! The key archive: the root file and all rings as they are now, in one file that takes the place of the one before.
//!
//! Destroying a key gives its bucket a new one, and rings in an older copy of the store are wrapped by the old. So an older
//! copy opens with the rings of the newest archive and with nothing else, and what was destroyed since stays destroyed.
//! An archive is worth as much as the root file: it is replaced, never accumulated.

mod clear;
mod file;
mod leftovers;
mod progress;
mod restore;
mod write;

pub use file::ArchiveError;
pub use leftovers::remove_leftovers;
pub use progress::check_restored;
pub use restore::{RestoredKeys, restore_keys};
pub use write::{Archived, archive};
