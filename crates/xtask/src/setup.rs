//! `cargo xtask setup`: whatever the tests need and the machine does not have yet. Run again, it finds all in place.

pub(crate) mod cdnow;
pub(crate) mod debian;
pub(crate) mod febrl;
pub(crate) mod node;
pub(crate) mod python;

use std::fs;
use std::path::Path;

use crate::house::House;
use crate::step::Steps;

pub(crate) fn run(house: &House, steps: &Steps) -> Result<(), String> {
    steps.step("programs", debian::install)?;
    steps.step("node SDKs", || node::install(house))?;
    steps.step("Python SDKs", || python::install(house))?;
    steps.step("CDNOW purchases", || cdnow::fetch(house))?;
    steps.step("FEBRL people", || febrl::fetch(house))
}

/// Whether an earlier run left this text as the mark of what it had installed.
fn marked(mark: &Path, text: &str) -> bool {
    fs::read_to_string(mark).is_ok_and(|found| found == text)
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{} could not be read: {error}", path.display()))
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| format!("{} could not be written: {error}", path.display()))
}
