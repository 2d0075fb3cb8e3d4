//! Any bytes as a table.
#![no_main]

libfuzzer_sys::fuzz_target!(init: fuzz::let_parsers_panic(), |bytes: &[u8]| fuzz::as_a_child(|| fuzz::table(bytes)));
