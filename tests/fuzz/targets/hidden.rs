//! What stands around an action that starts a program.
#![no_main]

libfuzzer_sys::fuzz_target!(init: fuzz::let_parsers_panic(), |pieces: &[u8]| fuzz::as_a_child(|| fuzz::hidden(pieces)));
