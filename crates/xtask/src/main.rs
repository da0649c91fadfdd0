//! Amana's chores, the same on every machine and in CI: `cargo xtask setup`, `test`, `check`, `dependencies`.
//!
//! Only the standard library and `clap` are used here, so that a chore starts within seconds of a fresh clone.

mod canary;
mod check;
mod command;
mod dependencies;
mod house;
mod setup;
mod step;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::house::House;
use crate::step::Steps;

/// Amana's chores.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Install what the tests need and the machine does not have: PostgreSQL, strace, the real SDKs, the CDNOW data
    Setup,
    /// Run all tests of the workspace on the real parts, then search everything they logged for planted canaries
    Test(test::Options),
    /// All that has to hold before a commit: format, house rules, dependencies, lints, docs, generated files, tests
    Check(check::Options),
    /// Check the dependencies alone: the walls between our crates, licences, origins, docs/dependencies.md
    Dependencies,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let steps = Steps::begin();
    let outcome = House::find().and_then(|house| match arguments.chore {
        Chore::Setup => setup::run(&house, &steps),
        Chore::Test(options) => setup::run(&house, &steps).and_then(|()| test::run(&house, &steps, &options)),
        Chore::Check(options) => check::run(&house, &steps, &options),
        Chore::Dependencies => dependencies::run(&house, &steps),
    });
    steps.conclude(outcome)
}
