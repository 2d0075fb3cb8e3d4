//! The command as a person uses it: a campaign in a folder, then questions to that folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn monmaster(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_monmaster")).args(arguments).output().unwrap()
}

fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What a run that must fail says.
fn complaint(arguments: &[&str]) -> String {
    let output = monmaster(arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn campaign(out: &Path, more: &[&str]) -> Output {
    let mut arguments = vec!["campaign", "--candidates", "150", "--out", out.to_str().unwrap()];
    arguments.extend(more);
    monmaster(&arguments)
}

/// Every file below a folder, by its path there.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
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

/// Two runs with one seed leave the same mails, plans, store and report, byte for byte; another seed does not.
#[test]
fn one_seed_is_one_campaign() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second, other] = ["first", "second", "other"].map(|name| folder.path().join(name));
    for (out, seed) in [(&first, "5"), (&second, "5"), (&other, "6")] {
        printed(&campaign(out, &["--seed", seed]));
    }
    let (first, second, other) = (files(&first), files(&second), files(&other));
    let names = |run: &BTreeMap<PathBuf, Vec<u8>>| run.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&first), names(&second));
    for (path, bytes) in &first {
        assert!(bytes == &second[path], "{} differs between two runs with one seed", path.display());
    }
    assert!(first.keys().filter(|path| path.extension().is_some_and(|ending| ending == "eml")).count() > 300);
    assert_eq!(first.keys().filter(|path| path.starts_with("objects/plans")).count(), 21);
    assert_ne!(first[Path::new("store/state.jsonl")], other[Path::new("store/state.jsonl")]);
}

/// What a campaign leaves is as its own records say, also to the end of the phase as in 2023, where provisional
/// acceptances become definitive and whoever has a seat is told that his placements had no answer (R32, R58).
#[test]
fn what_is_left_is_what_was_decided() {
    let folder = tempfile::tempdir().unwrap();
    for (name, more) in [("as-2024", vec![]), ("as-2023", vec!["--set", "provisional_conversion_phase=main"])]
    {
        let out = folder.path().join(name);
        let report: Value =
            serde_json::from_str(&printed(&campaign(&out, &[&more[..], &["--json"]].concat()))).unwrap();
        let end = &report["report"]["end"];
        assert!(end["offered"].as_u64().unwrap() > 60, "{end}");
        assert_eq!(end["held"].as_u64() == Some(0), name == "as-2023", "{end}");
        let mails = files(&out.join("mails"));
        let of_kind = |kind: &str| mails.keys().filter(|path| path.to_string_lossy().contains(kind)).count();
        assert_eq!(of_kind("became_definitive") > 0, name == "as-2023");
        assert_eq!(of_kind("account_activation"), 150);
        let verified = printed(&monmaster(&["verify", "--out", out.to_str().unwrap()]));
        assert!(verified.contains("all is as the records say"), "{verified}");
    }
}

/// A corrupted store is not verified: the finding names the key, and the exit status is 1.
#[test]
fn a_changed_store_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    printed(&campaign(&out, &[]));
    let path = out.join("store/state.jsonl");
    let text = std::fs::read_to_string(&path).unwrap();
    let changed = text.replacen("\"s\":\"accepted_definitively\"", "\"s\":\"accepted_provisionally\"", 1);
    assert_ne!(text, changed);
    let line = text.lines().zip(changed.lines()).find(|(a, b)| a != b).unwrap().0;
    let item: Value = serde_json::from_str(line).unwrap();
    std::fs::write(&path, &changed).unwrap();
    let output = monmaster(&["verify", "--out", out.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stdout).unwrap().contains(item["pk"].as_str().unwrap()));
}

/// `invoke` lets one function act on the store that a campaign left, with its answer as JSON, and `explain` tells
/// the new decision with its rule; the same command again changes nothing.
#[test]
fn one_function_one_event() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let out_text = out.to_str().unwrap();
    printed(&campaign(&out, &[]));
    let event = folder.path().join("event.json");
    std::fs::write(&event, r#"{"command_id":"leave","actor":{"candidate":"c-0000003"},"type":"resign"}"#)
        .unwrap();
    let invoke = ["invoke", "commands", event.to_str().unwrap(), "--out", out_text];
    let answer: Value = serde_json::from_str(&printed(&monmaster(&invoke))).unwrap();
    assert_eq!(answer["outcome"], "accepted", "{answer}");
    let after = files(&out.join("store"));
    assert_eq!(serde_json::from_str::<Value>(&printed(&monmaster(&invoke))).unwrap(), answer);
    assert!(files(&out.join("store")) == after, "the same command again changed the store");
    let mails = ["invoke", "mail-dispatch", event.to_str().unwrap(), "--out", out_text];
    let report: Value = serde_json::from_str(&printed(&monmaster(&mails))).unwrap();
    assert_eq!(report["sent"], 1, "{report}");
    let explained = printed(&monmaster(&["explain", "c-0000003", "--out", out_text]));
    assert!(explained.contains("R61") && explained.to_lowercase().contains("resigned"), "{explained}");
    printed(&monmaster(&["verify", "--out", out_text]));
}

/// A slip is answered in one line that says what is wrong and what to do; nothing is written.
#[test]
fn slips_are_answered_with_a_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("nowhere");
    let foreign = folder.path().join("foreign");
    std::fs::create_dir(&foreign).unwrap();
    std::fs::write(foreign.join("thesis.txt"), "years of work").unwrap();
    let (nowhere, foreign_text) = (nowhere.to_str().unwrap(), foreign.to_str().unwrap());
    let cases: [(&[&str], &str); 7] = [
        (&["verify", "--out", nowhere], "monmaster campaign --out"),
        (&["explain", "nobody", "--out", nowhere], "monmaster campaign --out"),
        (&["campaign", "--out", foreign_text], "--out"),
        (&["campaign", "--campaign", "1999", "--out", nowhere], "known are 2024"),
        (&["campaign", "--set", "quota_student=many", "--out", nowhere], "quota_student"),
        (&["campaign", "--set", "quota_student", "--out", nowhere], "KEY=VALUE"),
        (&["invoke", "lottery", "-", "--out", nowhere], "known are commands"),
    ];
    for (arguments, remedy) in cases {
        let said = complaint(arguments);
        assert!(said.contains(remedy) && said.trim_end().lines().count() == 1, "{arguments:?}: {said}");
    }
    assert_eq!(std::fs::read_to_string(foreign.join("thesis.txt")).unwrap(), "years of work");
    assert!(!Path::new(nowhere).exists());
}

/// The calendar shows the year with the times at which jobs fire.
#[test]
fn the_calendar_of_2024() {
    insta::assert_snapshot!(printed(&monmaster(&["calendar", "2024"])));
}
