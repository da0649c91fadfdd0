//! The SDKs for node, exactly as the lock file names them.

use std::process::Command;

use crate::command;
use crate::house::House;
use crate::step::say;

pub(crate) fn install(house: &House) -> Result<String, String> {
    let folder = house.clients().join("node");
    let lock = super::read(&folder.join("package-lock.json"))?;
    let mark = folder.join("node_modules/.installed-by-xtask");
    if super::marked(&mark, &lock) {
        return Ok("already installed".to_owned());
    }
    say(&format!("  npm ci in {}", house.shown(&folder)));
    let arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    command::show(Command::new("npm").args(arguments).current_dir(&folder))?;
    super::write(&mark, &lock)?;
    Ok("installed".to_owned())
}
