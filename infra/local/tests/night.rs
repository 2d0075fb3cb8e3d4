//! `monmaster night` as an operator types it, on a campaign that stands before a publication.
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

mod common;

use std::path::Path;

use common::{SHORT_YEAR, complaint, dump, files, monmaster, printed, set};
use serde_json::Value;

/// A campaign of 60 candidates that stops before this time.
fn until(out: &Path, time: &str) {
    let out = out.to_str().unwrap();
    let mut arguments = vec!["campaign", "--candidates", "60", "--seed", "3", "--until", time, "--out", out];
    arguments.extend(set(&SHORT_YEAR));
    printed(&monmaster(&arguments));
}

/// What `monmaster night` prints.
fn night(out: &Path, arguments: &[&str]) -> String {
    printed(&monmaster(&[&["night"], arguments, &["--out", out.to_str().unwrap()]].concat()))
}

/// What it says when it cannot.
fn refused(out: &Path, arguments: &[&str]) -> String {
    complaint(&[&["night"], arguments, &["--out", out.to_str().unwrap()]].concat())
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// A dry run shows the figures and the offers of the night to come, leaves both tables, every object, every mail and the
/// store's time as they were, and is what the night then does.
#[test]
fn a_dry_run_shows_the_night_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    until(&out, "2024-06-04T03:00");
    let tables = ["state", "journal"].map(|table| dump(&out, table));
    let mut before = files(&out);
    let told = json(&night(&out, &["dry-run", "--json"]));
    let text = night(&out, &["dry-run"]);
    let later = json(&night(&out, &["dry-run", "--at", "2024-06-04T06:00", "--json"]));
    let mut after = files(&out);
    for files in [&mut before, &mut after] {
        // The engine's own files; what they hold is compared as dumped.
        files.retain(|path, _| !path.starts_with("store"));
    }
    assert!(before == after, "a dry run changed a file");
    assert_eq!(["state", "journal"].map(|table| dump(&out, table)), tables);
    assert_eq!((&told["date"], &told["status"]), (&Value::from("2024-06-04"), &Value::Null));
    assert_eq!(told["plan"], later["plan"], "nothing happens between 4 and 6");
    let offers = told["offers"].as_array().unwrap();
    assert!(offers.len() > 5, "{told}");
    assert!(text.contains("a dry run: nothing is changed"), "{text}");
    for name in ["offers", "lapses", "seats free", "withheld", "change", "answer by"] {
        assert!(text.contains(&format!("\n  {name} ")), "{name}: {text}");
    }
    let first = offers[0]["formation"].as_str().unwrap();
    let only = night(&out, &["dry-run", "--formation", first]);
    assert!(only.contains(&format!("\n{first}  ")), "{only}");
    assert!(only.lines().count() < text.lines().count(), "{only}");
    assert!(night(&out, &["dry-run", "--formation", "NOWHERE"]).contains("No seat is given by NOWHERE"));
    let tick = folder.path().join("tick.json");
    std::fs::write(&tick, "{\"time\":\"2024-06-04T02:00:00Z\"}").unwrap();
    let (tick, of) = (tick.to_str().unwrap(), out.to_str().unwrap());
    printed(&monmaster(&["invoke", "waitlist-advance", tick, "--out", of]));
    let came = json(&night(&out, &["show", "--json"]));
    assert_eq!(came["status"], "applied");
    for same in ["plan", "offers", "figures", "deadline", "withheld", "rankings"] {
        assert_eq!(came[same], told[same], "{same}");
    }
    let said = refused(&out, &["dry-run"]);
    assert!(said.contains("the night of 2024-06-04 is applied already"), "{said}");
    assert!(refused(&out, &["show", "2024-05-01"]).contains("there are nights from"));
}

/// An operator keeps a night back, lets it go on and undoes it; each slip is answered with what can be done instead.
#[test]
fn an_operator_holds_releases_and_undoes() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    until(&out, "2024-06-05T08:00");
    let said = refused(&out, &["release"]);
    assert!(said.contains("is not held") && said.contains("night hold"), "{said}");
    assert!(refused(&out, &["hold", "2024-06-04"]).contains("is published already"));
    assert!(refused(&out, &["hold", "2024-06-09"]).contains("there is no night of 2024-06-09"));
    assert!(refused(&out, &["hold", "--at", "2024-06-05T07:00"]).contains("time does not go back"));
    // What is refused moves no clock, whatever time it was typed for.
    let said = refused(&out, &["hold", "--at", "2024-06-09T10:00"]);
    assert!(said.contains("there is no night of 2024-06-09"), "{said}");
    let said = refused(&out, &["hold", "--at", "2024-06-05T12:30"]);
    assert!(said.contains("is past 12:00") && said.contains("waitlist-advance"), "{said}");
    let held = night(&out, &["hold"]);
    assert!(held.contains("the night of 2024-06-05 is held") && held.contains("at 12:00"), "{held}");
    assert!(night(&out, &["show"]).contains("\n  status      held\n"));
    assert!(refused(&out, &["hold"]).contains("is held already"));
    assert!(refused(&out, &["release", "--at", "2024-06-05T12:00"]).contains("is past 12:00"));
    assert!(night(&out, &["release", "--at", "2024-06-05T08:30"]).contains("goes on with the next tick"));
    let undone = night(&out, &["void", "2024-06-05", "--at", "2024-06-05T08:45"]);
    assert!(undone.contains("everybody has what he had before"), "{undone}");
    assert!(refused(&out, &["void"]).contains("was undone already"));
    let verified = printed(&monmaster(&["verify", "--out", out.to_str().unwrap()]));
    assert!(verified.contains("all is as the records say"), "{verified}");
}

/// Before the first night there is none to show, and after the last none to come; both are said with a remedy.
#[test]
fn where_there_is_no_night_it_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let (early, late) = (folder.path().join("early"), folder.path().join("late"));
    until(&early, "2024-03-10T12:00");
    let said = refused(&early, &["show"]);
    assert!(said.contains("no night was planned yet") && said.contains("dry-run"), "{said}");
    until(&late, "2025-01-01T00:00");
    let said = refused(&late, &["dry-run"]);
    assert!(said.contains("no night is to come any more"), "{said}");
}
