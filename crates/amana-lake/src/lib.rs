//! The one expression engine of Amana: an audience is a SQL predicate over the columns of a slot's purpose-bound table.
//!
//! DataFusion parses, types and evaluates; this crate says what it may be asked. Nothing of DataFusion or Arrow stands
//! in a public signature, so that the engine can be replaced or upgraded behind these types.
//!
//! Three promises hold whatever a predicate says:
//! - A row that hides a column which the predicate names does not match (DESIGN §5, "hidden is not absent").
//! - A row that cannot be computed (division by zero, overflow, a bad cast) does not match, and spoils no other row.
//! - A predicate that was accepted reads nothing but the row and the instant it was given.
//!
//! This crate must not read a clock, draw a random number, or put a person's value into an error.

mod columns;
mod error;
mod evaluate;
mod matches;
mod parquet;
mod physical;
mod predicate;
mod rows;
mod suggest;
mod table;

pub use columns::{Column, ColumnMask, Columns};
pub use error::{EvaluationError, Forbidden, PredicateError, PredicateErrorCode};
pub use matches::Matches;
pub use parquet::{PARQUET_COLUMNS_MAX, ParquetError, ParquetFile, ParquetRows, ROW_GROUP_BYTES_MAX, RandomAccess};
pub use predicate::{IN_LIST_MAX, NESTING_MAX, PREDICATE_BYTES_MAX, Predicate, REGEX_BYTES_MAX};
pub use rows::{Cell, Rows};
pub use table::Table;
