//! The promises of the catalogue.

mod affected;
mod affected_otherwise;
mod begun;
mod builtin;
mod columns;
mod compile;
mod export;
mod identity_proof;
mod numbers;
mod plan;
mod problems;
mod served;

use amana_core::catalog::{Catalog, Numbers, Policy};
use std::sync::LazyLock;

/// A whole realistic catalogue.
pub(crate) const SAMPLE: &str = include_str!("sample.toml");

/// The sample, read.
pub(crate) fn sample() -> Catalog {
    static READ: LazyLock<Catalog> = LazyLock::new(|| read(SAMPLE));
    READ.clone()
}

/// Reads a catalogue that must be right.
pub(crate) fn read(text: &str) -> Catalog {
    Catalog::read(text).unwrap_or_else(|problems| {
        let told: Vec<_> = problems.iter().map(|problem| problem.in_file("sample.toml").to_string()).collect();
        panic!("{}", told.join("\n"))
    })
}

/// The sample with some text replaced, which must be there.
pub(crate) fn sample_with(found: &str, replacement: &str) -> String {
    assert!(SAMPLE.contains(found), "the sample has no {found:?}");
    SAMPLE.replacen(found, replacement, 1)
}

/// The policy of a catalogue that was applied first.
pub(crate) fn policy(catalog: &Catalog) -> Policy {
    let numbers = Numbers::default().assign(catalog).expect("a first catalogue can always be applied");
    Policy::compile(1, catalog, &numbers)
}
