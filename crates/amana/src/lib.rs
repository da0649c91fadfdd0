//! Amana, the server: doors, use cases, pipeline, deliveries, jobs, configuration and the program.
//!
//! Folders are rooms on the data's way. A *door* (collect, api, home) translates, a *use case* acts, and whether
//! something is allowed is decided by `amana_core::permit` alone.

pub mod acts_log;
pub mod api;
pub mod app;
pub mod audience;
pub mod bench;
pub mod cli;
pub mod clock;
pub mod collect;
pub mod deliver;
pub mod demo;
pub mod dice;
pub mod govern;
pub mod hash;
pub mod home;
pub mod http_client;
pub mod identity;
pub mod import;
pub mod journal;
pub mod key_archive;
pub mod pipeline;
pub mod profile;
pub mod request_body;
pub mod server;
