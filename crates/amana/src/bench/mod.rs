//! Benchmarks as commands: what a machine does with a workload, by stage, held against a floor measured in the same
//! run.

mod house;
mod ingest;
mod load;
mod permit;
mod sender;

pub use ingest::{IngestOptions, IngestReport, ingest};
pub use permit::{PermitOptions, PermitReport, permit};

type Failure = Box<dyn std::error::Error + Send + Sync>;
