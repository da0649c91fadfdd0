//! Generated files that are committed: the program that writes them says whether they are up to date.

use std::process::Command;

use crate::command;
use crate::house::House;

/// Asks the `amana` that was just built, in the sub-command `generate --check`.
pub(crate) fn check(house: &House) -> Result<String, String> {
    let amana = || {
        let mut command = Command::new(house.target.join("debug/amana"));
        command.current_dir(&house.root);
        command
    };
    if command::read(amana().args(["generate", "--help"])).is_err() {
        return Ok("none yet: `amana generate` does not exist".to_owned());
    }
    match command::read(amana().args(["generate", "--check"])) {
        Ok(_) => Ok("up to date".to_owned()),
        Err(problem) => Err(format!("{problem}\nwrite them with `cargo run -- generate` and commit them")),
    }
}
