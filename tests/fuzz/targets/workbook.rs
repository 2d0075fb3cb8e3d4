//! The parts of a workbook, in an archive that is sound around them.
#![no_main]

libfuzzer_sys::fuzz_target!(init: fuzz::let_parsers_panic(), |pieces: &[u8]| fuzz::as_a_child(|| {
    if let Ok(file) = fuzz::workbook(pieces) {
        fuzz::table(&file);
    }
}));
