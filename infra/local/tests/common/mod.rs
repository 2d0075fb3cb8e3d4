//! The command as a person uses it, and what it leaves.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The settings of a year whose later phases are days, not weeks: every phase, and a third of the nights.
pub(crate) const SHORT_YEAR: [&str; 7] = [
    "alternance_results_from=\"2024-05-20\"",
    "alternance_offers_from=\"2024-05-20\"",
    "complementary_application=[\"2024-06-25\",\"2024-06-27\"]",
    "complementary_examination=[\"2024-06-28\",\"2024-06-29\"]",
    "complementary_admission=[\"2024-06-30\",\"2024-07-03\"]",
    "withdrawals=[\"2024-07-04\",\"2024-07-09\"]",
    "vacancy_signals=[[\"2024-07-04\",\"2024-07-09\"]]",
];

/// These settings as arguments.
pub(crate) fn set(settings: &[&'static str]) -> Vec<&'static str> {
    settings.iter().flat_map(|setting| ["--set", *setting]).collect()
}

/// Runs the command to its end.
pub(crate) fn monmaster(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_monmaster")).args(arguments).output().unwrap()
}

/// What a run that must succeed prints.
pub(crate) fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What a run that must fail says.
pub(crate) fn complaint(arguments: &[&str]) -> String {
    let output = monmaster(arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

/// Every file below a folder, by its path there.
pub(crate) fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(folder).unwrap().to_owned(), std::fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// What people read of a run: every file but those of the store, of which equal ones need not be equal files.
pub(crate) fn left(out: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = files(out);
    files.retain(|path, _| !path.starts_with("store") && path != Path::new("run.json"));
    files
}

/// A table of a run's store, an item a line.
pub(crate) fn dump(out: &Path, table: &str) -> String {
    printed(&monmaster(&["dump", table, "--out", out.to_str().unwrap()]))
}
