//! The fuzz targets (`fuzz/`) on a stable compiler: every seed, and thousands of mutations of them, through the same
//! functions.

#[path = "../../../../fuzz/src/catalogue.rs"]
mod catalogue;
#[path = "../../../../fuzz/src/collect.rs"]
mod collect;
#[path = "../../../../fuzz/src/normalise.rs"]
mod normalise;

use proptest::prelude::*;
use proptest::sample::Index;
use std::path::Path;

/// What the parsers stumble over more often than over random bytes.
const TOKENS: [&[u8]; 20] = [
    b"{",
    b"[",
    b"}",
    b"]",
    b"\"",
    b":",
    b",",
    b"null",
    b"true",
    b"-1",
    b"1e308",
    b"\\u0000",
    b"\xff",
    b"\n",
    b"=",
    b"'''",
    b"[[",
    b"\"type\":\"track\"",
    b"\"userId\":",
    b"P1Y",
];

fn seeds(folder: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds").join(folder);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| std::fs::read(file).unwrap()).collect()
}

/// One change of a seed.
#[derive(Clone, Debug)]
enum Change {
    Set(Index, u8),
    Insert(Index, usize),
    Remove(Index, usize),
    Repeat(Index, usize, usize),
    Splice(Index, Index, Index),
}

fn change() -> impl Strategy<Value = Change> {
    let place = any::<Index>;
    prop_oneof![
        (place(), any::<u8>()).prop_map(|(at, byte)| Change::Set(at, byte)),
        (place(), 0..TOKENS.len()).prop_map(|(at, token)| Change::Insert(at, token)),
        (place(), 1..40_usize).prop_map(|(at, length)| Change::Remove(at, length)),
        (place(), 1..80_usize, 1..40_usize).prop_map(|(at, length, times)| Change::Repeat(at, length, times)),
        (place(), place(), place()).prop_map(|(at, other, from)| Change::Splice(at, other, from)),
    ]
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>, seeds: &[Vec<u8>]) {
        let place = |at: &Index, bytes: &[u8]| at.index(bytes.len() + 1);
        match self {
            Self::Set(at, byte) if !bytes.is_empty() => {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            Self::Set(..) => {}
            Self::Insert(at, token) => {
                let at = place(at, bytes);
                bytes.splice(at..at, TOKENS[*token].iter().copied());
            }
            Self::Remove(at, length) => {
                let at = place(at, bytes);
                bytes.drain(at..(at + length).min(bytes.len()));
            }
            Self::Repeat(at, length, times) => {
                let at = place(at, bytes);
                let piece = bytes[at..(at + length).min(bytes.len())].repeat(*times);
                bytes.splice(at..at, piece);
            }
            Self::Splice(at, other, from) => {
                let other = &seeds[other.index(seeds.len())];
                let at = place(at, bytes);
                bytes.truncate(at);
                bytes.extend_from_slice(&other[place(from, other)..]);
            }
        }
    }
}

fn mutated(seeds: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    (any::<Index>(), prop::collection::vec(change(), 1..6)).prop_map(move |(seed, changes)| {
        let mut bytes = seeds[seed.index(seeds.len())].clone();
        changes.iter().for_each(|change| change.apply(&mut bytes, &seeds));
        bytes
    })
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 10_000, ..ProptestConfig::default() }
}

#[test]
fn every_seed_of_the_collect_door_keeps_its_promises() {
    seeds("collect").iter().for_each(|seed| collect::run(seed));
}

#[test]
fn every_seed_of_the_catalogue_keeps_its_promises() {
    seeds("catalogue").iter().for_each(|seed| catalogue::run(seed));
}

#[test]
fn every_seed_of_the_normaliser_keeps_its_promises() {
    seeds("normalise").iter().for_each(|seed| normalise::run(seed));
}

/// The seeds reach what they are there for: with no event accepted, mutations would only ever test refusals.
#[test]
fn seeds_are_accepted_where_they_should_be() {
    let shop =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/catalogue/shop.toml"));
    amana_core::catalog::Catalog::read(&shop.unwrap()).unwrap_or_else(|problems| panic!("{problems:#?}"));
}

proptest! {
    #![proptest_config(config(6_000))]

    #[test]
    fn a_mutated_body_is_refused_clearly_or_taken_whole(input in mutated(seeds("collect"))) {
        collect::run(&input);
    }
}

proptest! {
    #![proptest_config(config(2_000))]

    #[test]
    fn a_mutated_catalogue_is_refused_with_places_or_compiled(input in mutated(seeds("catalogue"))) {
        catalogue::run(&input);
    }
}

proptest! {
    #![proptest_config(config(6_000))]

    #[test]
    fn a_mutated_identifier_has_one_form_or_none(input in mutated(seeds("normalise"))) {
        normalise::run(&input);
    }
}
