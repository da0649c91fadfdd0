//! One integration binary: a module for each room of the core.

#![allow(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

mod catalog;
mod identity;
mod permission;
mod permit;
mod preferences;
mod profile;
mod support;
mod values;
