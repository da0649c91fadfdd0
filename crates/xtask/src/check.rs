//! `cargo xtask check`: all that has to hold before a commit, the quick things first.

mod generated;
mod sources;

use clap::Args;

use crate::house::House;
use crate::step::Steps;
use crate::test::WHOLE_WORKSPACE;
use crate::{command, dependencies, setup, test};

#[derive(Args)]
pub(crate) struct Options {
    /// Everything but the tests
    #[arg(long)]
    skip_tests: bool,
    /// The long forms of the tests
    #[arg(long, conflicts_with = "skip_tests")]
    long: bool,
}

/// Everything before the tests is run even when something failed, so that one run tells all there is to mend.
pub(crate) fn run(house: &House, steps: &Steps, options: &Options) -> Result<(), String> {
    let outcomes = [
        steps.step("format", || cargo(house, &["fmt", "--all", "--check"], &[])),
        steps.step("house rules", || sources::check(house)),
        dependencies::run(house, steps),
        steps.step("lints", || lint(house)),
        steps.step("docs", || document(house)),
        steps.step("build", || build(house)),
        steps.step("generated files", || generated::check(house)),
    ];
    let failed: Vec<_> = outcomes.into_iter().filter_map(Result::err).collect();
    if !failed.is_empty() {
        return Err(failed.join(", "));
    }
    if options.skip_tests {
        return Ok(());
    }
    setup::run(house, steps)?;
    test::run(house, steps, &test::Options { long: options.long, filter: Vec::new() })
}

fn lint(house: &House) -> Result<String, String> {
    let arguments = [&["clippy", "--all-targets"], WHOLE_WORKSPACE.as_slice(), &["--", "--deny", "warnings"]].concat();
    cargo(house, &arguments, &[])
}

fn document(house: &House) -> Result<String, String> {
    let arguments = [&["doc", "--no-deps"], WHOLE_WORKSPACE.as_slice()].concat();
    cargo(house, &arguments, &[("RUSTDOCFLAGS", "--deny warnings")])
}

/// Exactly what the tests will run, so that they find it built.
fn build(house: &House) -> Result<String, String> {
    cargo(house, &[&["build", "--lib", "--bins", "--tests"], WHOLE_WORKSPACE.as_slice()].concat(), &[])
}

fn cargo(house: &House, arguments: &[&str], environment: &[(&str, &str)]) -> Result<String, String> {
    let mut command = command::cargo(arguments);
    command.current_dir(&house.root).envs(environment.iter().copied());
    command::show(&mut command).map(|()| String::new())
}
