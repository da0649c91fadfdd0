//! Running other programs: shown, quiet, or copied to a file as well.

use std::env;
use std::fs::File;
use std::io::{Read, Write};
use std::process::{Command, Output, Stdio};

/// `cargo`, freed of what the cargo that started us told about *this* crate. Some build scripts (ring's) watch those variables,
/// and would build everything anew at each change between `cargo xtask test` and a plain `cargo test`.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.args(arguments);
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        let ours =
            ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"].iter().any(|start| name.starts_with(start));
        if ours || name == "CARGO_PRIMARY_PACKAGE" || name == "OUT_DIR" {
            command.env_remove(name);
        }
    }
    command
}

/// Whether a program can be started at all.
pub(crate) fn exists(program: &str) -> bool {
    Command::new(program).arg("--version").stdin(Stdio::null()).output().is_ok_and(|output| output.status.success())
}

/// Runs a program that talks to the terminal itself.
pub(crate) fn show(command: &mut Command) -> Result<(), String> {
    let status = command.stdin(Stdio::null()).status().map_err(|error| not_started(command, &error))?;
    if status.success() { Ok(()) } else { Err(format!("{} ended with {status}", line_of(command))) }
}

/// Runs a program and answers what it printed. If it fails, all that it said is the error.
pub(crate) fn read(command: &mut Command) -> Result<String, String> {
    let Output { status, stdout, stderr } =
        command.stdin(Stdio::null()).output().map_err(|error| not_started(command, &error))?;
    let printed = String::from_utf8_lossy(&stdout).into_owned();
    if status.success() {
        return Ok(printed);
    }
    Err(format!("{} ended with {status}\n{}\n{printed}", line_of(command), String::from_utf8_lossy(&stderr).trim_end()))
}

/// Runs a program that talks to the terminal, and keeps a copy of all it says, in the order it was said.
pub(crate) fn copy(command: &mut Command, into: &File) -> Result<(), String> {
    let (reading, writing) = std::io::pipe().map_err(|error| format!("no pipe could be opened: {error}"))?;
    let second = writing.try_clone().map_err(|error| format!("the pipe could not be shared: {error}"))?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(writing)
        .stderr(second)
        .spawn()
        .map_err(|error| not_started(command, &error))?;
    // The command still holds the ends for writing; the pipe only ends once they are closed.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let copied = forward(reading, into);
    let status = child.wait().map_err(|error| format!("{} got lost: {error}", line_of(command)))?;
    copied.map_err(|error| format!("its output could not be kept: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{} ended with {status}", line_of(command))) }
}

fn forward(mut from: impl Read, mut into: &File) -> std::io::Result<()> {
    let mut buffer = [0; 16 * 1024];
    loop {
        let length = from.read(&mut buffer)?;
        if length == 0 {
            return Ok(());
        }
        into.write_all(&buffer[..length])?;
        let mut terminal = std::io::stdout();
        terminal.write_all(&buffer[..length])?;
        terminal.flush()?;
    }
}

fn not_started(command: &Command, error: &std::io::Error) -> String {
    format!("{} could not be started: {error}", line_of(command))
}

fn line_of(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    format!("`{}`", words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" "))
}
