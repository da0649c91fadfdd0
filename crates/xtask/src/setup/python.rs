//! The SDKs for Python, in an environment of their own inside the target directory.

use std::fs;
use std::process::Command;

use crate::command;
use crate::house::House;
use crate::step::say;

/// Makes the environment anew whenever the requirements or the interpreter changed.
pub(crate) fn install(house: &House) -> Result<String, String> {
    let environment = house.python_environment();
    let requirements = house.clients().join("python/requirements.txt");
    let interpreter =
        command::read(Command::new("python3").args(["-c", "import sys; print(sys.version, sys.prefix)"]))?;
    let wanted = format!("{interpreter}\n{}", super::read(&requirements)?);
    let mark = environment.join(".installed-by-xtask");
    if super::marked(&mark, &wanted) && house.python().is_file() {
        return Ok("already installed".to_owned());
    }
    say(&format!("  pip install into {}", house.shown(&environment)));
    if environment.exists() {
        fs::remove_dir_all(&environment).map_err(|error| format!("{} stays: {error}", environment.display()))?;
    }
    command::read(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
    command::read(pip(house).args(["install", "--quiet", "--no-deps", "--requirement"]).arg(&requirements))?;
    command::read(pip(house).arg("check"))?;
    super::write(&mark, &wanted)?;
    Ok("installed".to_owned())
}

/// The environment's own pip, with nothing to ask and nothing to add about itself.
pub(crate) fn pip(house: &House) -> Command {
    let mut command = Command::new(house.python());
    command.args(["-m", "pip", "--disable-pip-version-check", "--no-input"]);
    command
}
