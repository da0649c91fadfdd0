//! Values of identifiers.
#![no_main]

#[path = "../src/normalise.rs"]
mod normalise;

libfuzzer_sys::fuzz_target!(|input: &[u8]| normalise::run(input));
