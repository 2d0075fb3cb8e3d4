//! The files of establishments, read and written by the command itself.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

use std::path::Path;
use std::process::{Command, Output};

use samplers::tables::{self, Refuses};
use serde_json::Value;

fn monmaster(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_monmaster")).args(arguments).output().unwrap()
}

fn read(command: &str, file: &Path) -> (Value, bool) {
    let output = monmaster(&[command, file.to_str().unwrap(), "--json"]);
    (serde_json::from_slice(&output.stdout).unwrap(), output.status.success())
}

/// Drawn files of every dialect and defect, through the guarded child: the verdict, each row's outcome and its reason are
/// those of the draw; a refused file ends in one line on standard error and status 1.
#[test]
fn files_are_read_by_the_command() {
    let dir = tempfile::tempdir().unwrap();
    for number in 0..40 {
        let drawn = tables::vacancies(11, number);
        let file = dir.path().join(format!("{number} \u{e9}t\u{e9}.any"));
        std::fs::write(&file, &drawn.bytes).unwrap();
        let (report, success) = read("read-vacancies", &file);
        let refused = match drawn.defect {
            Some((_, Refuses::File(code))) => {
                assert_eq!(report["reason"], code, "{number}");
                assert!(!success, "{number}");
                continue;
            }
            Some((_, Refuses::Row(row, code))) => Some((row, code)),
            None => None,
        };
        assert!(success && report["verdict"] == "accepted", "{number}: {report}");
        let rows = report["rows"].as_array().unwrap();
        assert_eq!(rows.len(), drawn.rows.len());
        for row in rows {
            let (outcome, reason) = match refused {
                Some((number, code)) if row["row"] == number => ("refused", Value::from(code)),
                _ => ("read", Value::Null),
            };
            assert_eq!(
                (&row["outcome"], &row["reason"]),
                (&Value::from(outcome), &reason),
                "{number}: {row}"
            );
        }
    }
    let file = dir.path().join("nothing.csv");
    std::fs::write(&file, "nothing\n").unwrap();
    let output = monmaster(&["read-ranking", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8(output.stderr).unwrap().lines().count(), 1);
}

/// What the command writes to be filled in, it reads once it is.
#[test]
fn what_is_to_be_filled_in_is_read_once_it_is() {
    let dir = tempfile::tempdir().unwrap();
    for (kind, command, row) in [
        ("vacancies", "read-vacancies", "alice;PSY;d\u{e9}sistement;02/09/2024"),
        ("ranking", "read-ranking", "PSY;alice;1;class\u{e9};"),
    ] {
        let output = monmaster(&["template", kind, "--formation", "PSY"]);
        assert!(output.status.success());
        let file = dir.path().join(kind);
        std::fs::write(&file, [output.stdout, format!("{row}\r\n").into_bytes()].concat()).unwrap();
        let (report, success) = read(command, &file);
        assert!(success && report["rows"][0]["outcome"] == "read", "{report}");
    }
}
