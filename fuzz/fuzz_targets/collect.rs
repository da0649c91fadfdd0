//! Bodies of the collect door.
#![no_main]

#[path = "../src/collect.rs"]
mod collect;

libfuzzer_sys::fuzz_target!(|input: &[u8]| collect::run(input));
