//! What a guarded child does: reads one file that somebody sent. Every program that checks uploads begins its `main`
//! with [`child`], for it is run again to read them.

use std::process::ExitCode;

use platform::{Reading, guard};

/// Does a guarded child's work, if this process was started as one.
#[must_use]
pub fn child() -> Option<ExitCode> {
    guard::child(read)
}

/// Reads a file as what it is said to be; gives what was found in it, as JSON.
#[must_use]
pub fn read(reading: Reading, bytes: &[u8]) -> Vec<u8> {
    let found = match reading {
        Reading::Contract => serde_json::to_vec(&uploads::contracts::read(bytes)),
        Reading::Table => serde_json::to_vec(&uploads::tables::read(bytes)),
    };
    // These types have no map with keys that are not texts: they always serialise.
    found.unwrap_or_default()
}
