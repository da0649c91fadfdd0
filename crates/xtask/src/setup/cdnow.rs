//! Real purchases to measure ourselves against: CDNOW's, which the PyPI package `Lifetimes` carries as data.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::python;
use crate::command;
use crate::house::House;

/// One a line, below a line of headings.
const PURCHASES: usize = 69_659;
const PLACE_IN_WHEEL: &str = "lifetimes/datasets/CDNOW_master.txt";

/// Takes the one file out of the wheel; the package itself, and the numerics it asks for, are not installed.
pub(crate) fn fetch(house: &House) -> Result<String, String> {
    let data = house.cdnow();
    if data.is_file() && count_purchases(&data)? == PURCHASES {
        return Ok(format!("already there, {PURCHASES} purchases"));
    }
    let scratch = house.target.join("test-tools/cdnow");
    fs::create_dir_all(&scratch).map_err(|error| format!("{} could not be made: {error}", scratch.display()))?;
    let package = house.clients().join("python/data.txt");
    let download = ["download", "--quiet", "--no-deps", "--only-binary=:all:"];
    command::read(python::pip(house).args(download).arg("--requirement").arg(&package).arg("--dest").arg(&scratch))?;
    let wheel = wheel_in(&scratch)?;
    command::read(Command::new(house.python()).args(["-m", "zipfile", "-e"]).arg(&wheel).arg(&scratch))?;
    fs::rename(scratch.join(PLACE_IN_WHEEL), &data)
        .map_err(|error| format!("{PLACE_IN_WHEEL} is not in the wheel: {error}"))?;
    fs::remove_dir_all(&scratch).map_err(|error| format!("{} stays: {error}", scratch.display()))?;
    match count_purchases(&data)? {
        PURCHASES => Ok(format!("{PURCHASES} purchases in {}", house.shown(&data))),
        other => Err(format!(
            "{} has {other} purchases, expected {PURCHASES}: check the version in data.txt",
            data.display()
        )),
    }
}

pub(super) fn wheel_in(folder: &Path) -> Result<PathBuf, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{} could not be listed: {error}", folder.display()))?;
    let mut paths = entries.flatten().map(|entry| entry.path());
    paths
        .find(|path| path.extension().is_some_and(|end| end == "whl"))
        .ok_or_else(|| "pip downloaded no wheel".to_owned())
}

fn count_purchases(path: &Path) -> Result<usize, String> {
    super::read(path).map(|text| text.lines().skip(1).count())
}
