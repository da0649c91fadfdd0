//! Import: files of rows become the events and acts that doors would have taken one by one.
//!
//! ```text
//! bytes ─▶ file (CSV, JSON Lines, Parquet) ─▶ row ─▶ by the map: event or acts ─▶ batch ─▶ journal
//! ```
//!
//! Events pass the collect door's own reader, so that limits, times and refusals are the same; what is kept of them is
//! decided by the pipeline, as always. An import is safe to run again: it is named by source, map and file, its rows are
//! named by it, and its record says how far it has come.
//!
//! This room must not decide about a permission, and must not put what stands in a file into a log or an error.

mod acts;
mod batch;
mod cell;
pub mod door;
mod file;
mod id;
pub mod limits;
mod map;
mod record;
mod refusal;
mod refused;
mod reject;
mod row;
mod run;
mod said;
pub mod send;
mod shown;
mod spool;
mod time;
mod unpacked_parquet;

pub use file::FileBroken;
pub use id::ImportId;
pub use map::{Format, ImportMap, RowKind};
pub use reject::Reject;
pub use run::Outcome;
