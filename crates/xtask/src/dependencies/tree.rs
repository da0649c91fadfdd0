//! The dependency tree as `cargo tree` tells it.

use std::collections::BTreeSet;

use crate::command;
use crate::house::House;

/// A package in the tree.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) licence: String,
    /// Whether it stands in this workspace.
    pub(crate) ours: bool,
}

/// Everything that is built for this machine, tests and build scripts included.
pub(crate) fn all(house: &House) -> Result<BTreeSet<Package>, String> {
    let lines = read(house, &["--workspace", "--edges", "normal,build,dev"])?;
    Ok(lines.into_iter().map(|(_, package)| package).collect())
}

/// What one of our crates leans on, directly or not, once it is built for use.
pub(crate) fn below(house: &House, name: &str) -> Result<BTreeSet<String>, String> {
    let lines = read(house, &["--package", name, "--edges", "normal,build"])?;
    Ok(lines.into_iter().filter(|(depth, _)| *depth > 0).map(|(_, package)| package.name).collect())
}

/// What our crates name in their manifests: who, and what.
pub(crate) fn direct(house: &House) -> Result<BTreeSet<(String, Package)>, String> {
    // One of our crates under another would be shown without its own, were repetitions left out.
    let lines = read(house, &["--workspace", "--edges", "normal,build,dev", "--depth", "1", "--no-dedupe"])?;
    let mut naming = String::new();
    let mut named = BTreeSet::new();
    for (depth, package) in lines {
        if depth == 0 {
            naming = package.name;
        } else {
            named.insert((naming.clone(), package));
        }
    }
    Ok(named)
}

fn read(house: &House, arguments: &[&str]) -> Result<Vec<(usize, Package)>, String> {
    let mut command = command::cargo(&["tree", "--all-features", "--prefix", "depth", "--format", "|{p}|{l}"]);
    let printed = command::read(command.args(arguments).current_dir(&house.root))?;
    printed.lines().filter(|line| !line.is_empty()).map(parse).collect()
}

/// A line such as `2|serde v1.0.229|MIT OR Apache-2.0`; a package of ours has its path behind the version.
/// One that was shown before ends with `(*)`.
fn parse(line: &str) -> Result<(usize, Package), String> {
    let unknown = || format!("`cargo tree` printed a line that is not understood: {line}");
    let mut parts = line.splitn(3, '|');
    let (Some(depth), Some(package), Some(licence)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(unknown());
    };
    let mut words = package.splitn(3, ' ');
    let (Some(name), Some(version), remark) = (words.next(), words.next(), words.next().unwrap_or("")) else {
        return Err(unknown());
    };
    let package = Package {
        name: name.to_owned(),
        version: version.trim_start_matches('v').to_owned(),
        licence: licence.trim_end_matches(" (*)").to_owned(),
        ours: remark.starts_with("(/"),
    };
    Ok((depth.parse().map_err(|_| unknown())?, package))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_cargo_tree_is_understood() {
        let (depth, serde) = parse("2|serde v1.0.229|MIT OR Apache-2.0").expect("a line of cargo's");
        assert_eq!((depth, serde.name.as_str(), serde.version.as_str(), serde.ours), (2, "serde", "1.0.229", false));
        let (_, core) =
            parse("0|amana-core v0.1.0 (/home/amana/crates/amana-core)|Apache-2.0").expect("a line of cargo's");
        assert!(core.ours);
        let (_, derive) = parse("3|serde_derive v1.0.229 (proc-macro)|MIT").expect("a line of cargo's");
        assert!(!derive.ours);
    }

    #[test]
    fn an_unknown_line_is_an_error_and_no_gap() {
        assert!(parse("warning: something").is_err());
    }
}
