//! What tests stand on: an installation inside the test ([`House`]), one as a process of its own ([`Server`]), a
//! recipient that remembers what it got ([`Recipient`]), and both engines ([`Engine`]).

mod asks;
mod bytes_at_rest;
mod catalog;
mod collects;
mod copies;
mod deliveries;
mod engine;
mod house;
mod place;
mod recipient;
mod recount;
mod reply;
mod server;
mod then;

pub(crate) use asks::act_on;
pub(crate) use bytes_at_rest::{contains, dump};
pub(crate) use catalog::{CATALOG, api_key, catalog, write_key};
pub(crate) use collects::{br, gzip, zlib, zstd};
pub(crate) use engine::{Engine, on_both_engines};
pub(crate) use house::House;
pub(crate) use place::{Place, Tmpfs};
pub(crate) use recipient::{Message, Recipient};
pub(crate) use recount::assert_counted;
pub(crate) use reply::{Reply, reply, reply_or_error};
pub(crate) use server::{Reader, Server, program, with_json};
pub(crate) use then::{Then, permission_of};

/// A value that must never turn up in a log: the test run greps for its form afterwards.
pub(crate) fn canary() -> String {
    static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    format!("canary-{:08x}", std::process::id().wrapping_mul(2_654_435_761).wrapping_add(number))
}

/// The folder into which servers under test log.
pub(crate) fn log_folder() -> std::path::PathBuf {
    let folder =
        std::env::var_os("AMANA_TEST_LOGS").map_or_else(|| "target/test-logs".into(), std::path::PathBuf::from);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// A number of an answer as it is written, exactly.
#[track_caller]
pub(crate) fn decimal(number: &serde_json::Value) -> rust_decimal::Decimal {
    number.to_string().parse().unwrap_or_else(|_| panic!("{number} is no number"))
}
