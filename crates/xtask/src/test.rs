//! `cargo xtask test`: every test of the workspace on the real parts that `setup` installed.

use std::fs::{self, File};
use std::io::Write;
use std::process::Command;

use clap::Args;

use crate::house::House;
use crate::setup::debian;
use crate::step::Steps;
use crate::{canary, command};

/// The same choice of packages and features as `check` builds and lints with, so that one build serves all.
pub(crate) const WHOLE_WORKSPACE: [&str; 2] = ["--workspace", "--all-features"];

#[derive(Args)]
pub(crate) struct Options {
    /// The long forms of the tests that have one, such as 200 kills instead of 20
    #[arg(long)]
    pub(crate) long: bool,
    /// Handed to the test runner, such as a part of a test's name
    #[arg(last = true)]
    pub(crate) filter: Vec<String>,
}

pub(crate) fn run(house: &House, steps: &Steps, options: &Options) -> Result<(), String> {
    let output = prepare(house).map_err(|problem| format!("tests: {problem}"))?;
    let whole = options.filter.is_empty();
    // Examples first: the runner's own summary, which people and CI look for, then stands at the end.
    let examples =
        if whole { steps.step("examples in docs", || run_examples(house, &output, options)) } else { Ok(()) };
    let tests = steps.step("tests", || run_tests(house, &output, options));
    let canaries = steps.step("no planted canary in any log", || canary::search(house, whole));
    examples.and(tests).and(canaries)
}

/// An empty folder for the logs, and the file that keeps the output.
fn prepare(house: &House) -> Result<File, String> {
    let logs = house.test_logs();
    for old in [&logs, &house.nextest_reports()] {
        if old.exists() {
            fs::remove_dir_all(old).map_err(|error| format!("{} could not be emptied: {error}", old.display()))?;
        }
    }
    fs::create_dir_all(&logs).map_err(|error| format!("{} could not be made: {error}", logs.display()))?;
    let output = house.test_output();
    File::create(&output).map_err(|error| format!("{} could not be made: {error}", output.display()))
}

fn run_examples(house: &House, mut output: &File, options: &Options) -> Result<String, String> {
    let mut command = command::cargo(&["test", "--quiet", "--doc"]);
    let printed = command::read(tell_places(command.args(WHOLE_WORKSPACE), house, options)?)?;
    output.write_all(printed.as_bytes()).map_err(|error| format!("the output could not be kept: {error}"))?;
    Ok(String::new())
}

fn run_tests(house: &House, output: &File, options: &Options) -> Result<String, String> {
    let mut command = if command::exists("cargo-nextest") { nextest(house, options) } else { plain(options) };
    command::copy(tell_places(&mut command, house, options)?, output)?;
    Ok(format!("all output is in {}", house.shown(&house.test_output())))
}

fn nextest(house: &House, options: &Options) -> Command {
    let mut command = command::cargo(&["nextest", "run", "--no-fail-fast", "--profile"]);
    command.arg(if options.long { "long" } else { "default" });
    command.arg("--config-file").arg(house.root.join("crates/xtask/nextest.toml"));
    command.args(WHOLE_WORKSPACE).args(&options.filter);
    command
}

fn plain(options: &Options) -> Command {
    let mut command = command::cargo(&["test", "--no-fail-fast", "--lib", "--bins", "--tests"]);
    command.args(WHOLE_WORKSPACE).args(&options.filter);
    if options.filter.is_empty() {
        command.args(["--", "--show-output"]);
    }
    command
}

/// What tests are told: README.md of the clients' folder lists it. No colours: they would tear words apart in the kept output.
fn tell_places<'c>(command: &'c mut Command, house: &House, options: &Options) -> Result<&'c mut Command, String> {
    let postgres = debian::postgres_binaries().ok_or("PostgreSQL's binaries have vanished since the setup")?;
    command
        .current_dir(&house.root)
        .env("AMANA_TEST_CLIENTS", house.clients())
        .env("AMANA_TEST_PYTHON", house.python())
        .env("AMANA_TEST_CDNOW", house.cdnow())
        .env("AMANA_TEST_FEBRL", house.febrl())
        .env("AMANA_TEST_POSTGRES", postgres)
        .env("AMANA_TEST_LOGS", house.test_logs())
        .env("CARGO_TERM_COLOR", "never");
    if options.long {
        command.env("AMANA_TEST_LONG", "1");
    }
    Ok(command)
}
