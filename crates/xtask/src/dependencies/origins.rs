//! Where dependencies come from: the registry, or this workspace; never a branch of somebody's repository.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::dependencies::tree;
use crate::house::House;
use crate::step::say;

/// Refuses foreign origins, and tells (as information) which crates are built in several incompatible versions.
pub(crate) fn check(house: &House) -> Result<String, String> {
    let lock = fs::read_to_string(house.root.join("Cargo.lock"))
        .map_err(|error| format!("Cargo.lock could not be read: {error}"))?;
    let foreign = foreign_sources(&lock);
    if !foreign.is_empty() {
        return Err(foreign
            .into_iter()
            .map(|source| format!("Cargo.lock: not from a registry: {source}"))
            .collect::<Vec<_>>()
            .join("\n"));
    }
    let several = several_versions(tree::all(house)?.into_iter().map(|package| (package.name, package.version)));
    for (name, versions) in &several {
        say(&format!(
            "  {name} is built in {} versions: {}",
            versions.len(),
            versions.iter().cloned().collect::<Vec<_>>().join(", ")
        ));
    }
    Ok(format!("all from the registry, {} crates in several versions", several.len()))
}

fn foreign_sources(lock: &str) -> Vec<&str> {
    let sources = lock.lines().filter_map(|line| line.strip_prefix("source = "));
    sources.map(|source| source.trim_matches('"')).filter(|source| !source.starts_with("registry+")).collect()
}

fn several_versions(packages: impl Iterator<Item = (String, String)>) -> BTreeMap<String, BTreeSet<String>> {
    let mut versions = BTreeMap::<_, BTreeSet<_>>::new();
    for (name, version) in packages {
        versions.entry(name).or_default().insert(version);
    }
    versions.retain(|_, versions| versions.len() > 1);
    versions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_no_origin() {
        let lock = "name = \"a\"\nsource = \"registry+index\"\nname = \"b\"\nsource = \"git+somewhere#1\"\n";
        assert_eq!(foreign_sources(lock), ["git+somewhere#1"]);
    }
}
