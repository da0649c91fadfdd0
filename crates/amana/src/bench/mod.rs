//! Benchmarks as commands: what a machine does with a workload, by stage, held against a floor measured in the same
//! run.

mod ingest;
mod load;

pub use ingest::{IngestOptions, IngestReport, ingest};
