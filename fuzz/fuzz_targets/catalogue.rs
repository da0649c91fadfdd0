//! Catalogue files.
#![no_main]

#[path = "../src/catalogue.rs"]
mod catalogue;

libfuzzer_sys::fuzz_target!(|input: &[u8]| catalogue::run(input));
