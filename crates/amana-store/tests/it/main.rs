//! One suite for both engines, and what only one of them promises.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "the whole binary is tests")]

mod bed;
mod classes;
mod commits;
mod crashes;
mod destroying;
mod files;
mod formats;
mod full_disk;
mod logs;
mod model;
mod people;
mod postgres;
mod rewrapping;
mod snapshots;
