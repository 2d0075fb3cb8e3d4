//! `monmaster check-contract`: real forms, hostile files and parsers' test files, each read in a guarded child.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]
#![expect(clippy::print_stdout, reason = "what was skipped, and figures, are said")]

#[cfg(test)]
mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use common::monmaster;
use platform::guard::GuardedReader;
use platform::{Read, Reader, Reading};
use samplers::contracts::{ContractSpec, Defect, draw};
use schemas::campaign::ContractKind;
use serde_json::Value;

/// The files of a corpus, by name; none, said aloud, where the corpora are not there.
fn corpus(name: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpora").join(name);
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("SKIPPED: there is no {}", folder.display());
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// What the command says of files: for each its verdict and the code of its first finding. The command ends well.
fn checked(files: &[PathBuf]) -> Vec<(String, String)> {
    let mut arguments = vec!["check-contract", "--json"];
    arguments.extend(files.iter().map(|file| file.to_str().unwrap()));
    let output = monmaster(&arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    let reports = said.as_array().cloned().unwrap_or_else(|| vec![said.clone()]);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    reports.iter().map(|report| (text(&report["verdict"]), text(&report["findings"][0]["code"]))).collect()
}

/// Real blank forms are looked at by a person, never refused.
#[test]
fn real_forms_are_to_review() {
    let files = corpus("pdf-real-forms");
    if files.is_empty() {
        return;
    }
    for (file, (verdict, code)) in files.iter().zip(checked(&files)) {
        assert_eq!(verdict, "to_review", "{} {code}", file.display());
    }
}

/// No hostile file is ever taken.
#[test]
fn hostile_files_are_refused() {
    let files = corpus("pdf-hostile");
    if files.is_empty() {
        return;
    }
    for (file, (verdict, _)) in files.iter().zip(checked(&files)) {
        assert_eq!(verdict, "refused", "{}", file.display());
    }
}

/// Files made to break parsers end in a verdict, twice the same; none of them is a contract.
#[test]
fn files_for_parsers_have_one_verdict() {
    let files = corpus("pdf-mixed");
    if files.is_empty() {
        return;
    }
    let first = checked(&files);
    assert_eq!(first, checked(&files));
    let mut counts: BTreeMap<&(String, String), usize> = BTreeMap::new();
    for verdict in &first {
        *counts.entry(verdict).or_default() += 1;
    }
    println!("{counts:#?}");
    assert!(first.iter().all(|(verdict, _)| verdict != "conform"));
}

/// A file has one verdict however often it is read: the child has the memory that its limit says, wherever its allocator
/// finds it. (One in seventy readings of this file ended for want of memory.)
#[test]
fn a_file_has_one_verdict_however_often_it_is_read() {
    const READINGS: usize = 300;
    let files = corpus("pdf-mixed");
    let drawing = files.iter().find(|file| file.ends_with("py-pdf+pypdf__resources__AutoCad_Diagram.pdf"));
    let Some(drawing) = drawing else { return };
    let verdicts = checked(&vec![drawing.clone(); READINGS]);
    assert_eq!(verdicts.len(), READINGS);
    assert!(verdicts.iter().all(|(verdict, _)| verdict == "to_review"), "{verdicts:?}");
}

/// Each drawn defect has its verdict through the whole of it, also those that only a guarded reader survives.
#[test]
fn drawn_defects_through_the_guard() {
    let folder = tempfile::tempdir().unwrap();
    let drawn = |defect: Option<Defect>| {
        let kind = ContractKind::Contract;
        let spec = ContractSpec { kind, name: "Alice Ébène", title: "Droit", year: 2024, defect };
        let file = folder.path().join(defect.map_or("conform".to_owned(), Defect::name));
        std::fs::write(&file, draw(&spec, 5, "x")).unwrap();
        file
    };
    let defects: Vec<Option<Defect>> = Defect::ALL.into_iter().map(Some).chain([None]).collect();
    let files: Vec<PathBuf> = defects.iter().map(|defect| drawn(*defect)).collect();
    for (defect, (verdict, code)) in defects.iter().zip(checked(&files)) {
        // Neither a name nor a year is given here: what they would tell is not told.
        let expected = match defect {
            None | Some(Defect::OtherName | Defect::OtherYear) => "conform",
            Some(defect) => defect.verdict().name(),
        };
        assert_eq!(verdict, expected, "{defect:?} {code}");
    }
}

/// A file that is not there is a failure with a cause, not a verdict.
#[test]
fn a_missing_file_is_a_failure() {
    let output = monmaster(&["check-contract", "/nowhere/at/all.pdf"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot read /nowhere/at/all.pdf"));
}

/// What a check costs, and its child of it: `cargo test --release -p local --test contracts -- --ignored --nocapture`
/// prints how long drawn contracts take in this process and through the guard, one after the other, in turn.
#[tokio::test]
#[ignore = "a figure, not a property"]
#[expect(clippy::disallowed_methods, reason = "it measures")]
async fn what_a_check_costs() {
    const FILES: usize = 1000;
    let guarded = GuardedReader::of(env!("CARGO_BIN_EXE_monmaster"));
    let (mut here, mut there) = (Vec::new(), Vec::new());
    for number in 0..FILES {
        let kind = ContractKind::Contract;
        let spec = ContractSpec { kind, name: "Alice Ébène", title: "Droit", year: 2024, defect: None };
        let file = draw(&spec, 5, &number.to_string());
        let begun = std::time::Instant::now();
        let read = jobs::reading::read(Reading::Contract, &file);
        here.push(begun.elapsed());
        let begun = std::time::Instant::now();
        assert_eq!(guarded.read(Reading::Contract, &file).await.unwrap(), Read::Done(read));
        there.push(begun.elapsed());
    }
    for (what, mut times) in [("in this process", here), ("in a guarded child", there)] {
        times.sort();
        let second = times.iter().sum::<std::time::Duration>().as_secs_f64();
        let (p50, p99, most) = (times[FILES / 2], times[FILES * 99 / 100], times[FILES - 1]);
        println!(
            "{what}: {:.0} contracts a second; p50 {p50:?}, p99 {p99:?}, most {most:?}",
            FILES as f64 / second
        );
    }
}
