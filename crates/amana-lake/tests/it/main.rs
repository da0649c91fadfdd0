//! The promises of the expression engine.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod evaluate;
mod names;
mod parquet;
mod people;
mod positions;
mod reference;
mod refusals;
mod rows;
mod soup;
mod time;
mod typing;
