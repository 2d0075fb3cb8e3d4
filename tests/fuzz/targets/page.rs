//! What a page shows, how its font maps to text, and the fields of a form, in a PDF that is sound around them.
#![no_main]

libfuzzer_sys::fuzz_target!(init: fuzz::let_parsers_panic(), |pieces: &[u8]| fuzz::as_a_child(|| fuzz::contract(&fuzz::page(pieces))));
