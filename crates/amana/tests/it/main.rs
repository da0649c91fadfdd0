//! What Amana promises as a whole product: real doors, real stores, real SDKs.
//!
//! Each test is named after the promise it keeps. Tests that run on both engines come in a module of that name with
//! one test for each engine.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod support;

mod acts_log;
mod api;
mod backpressure;
mod cdnow;
mod collecting;
mod crash;
mod durability;
mod full_disk;
mod hostile;
mod identity;
mod importing;
mod keys;
mod permissions;
mod scenarios;
mod sdks;
mod seeds;
mod spine;
mod webhooks;
