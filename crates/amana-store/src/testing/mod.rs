//! For tests, this crate's and the server's: a private PostgreSQL, and faults to inject.

mod postgres;

pub use postgres::Postgres;

pub use crate::faults::{Fault, Faults, Step};
