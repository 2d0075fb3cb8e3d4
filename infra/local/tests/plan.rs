//! `monmaster plan`: whole nights come out exactly, bad input is refused by file and line, and nothing is half written.
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{complaint, monmaster, printed};

const FORMATIONS: &str = "formation,seats\n9,1\n10,2\n";

/// A folder with these two files.
fn night(formations: &str, applications: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("formations.csv"), formations).unwrap();
    fs::write(folder.path().join("applications.csv"), applications).unwrap();
    folder
}

fn arguments<'a>(folder: &'a Path, mode: &'a str, out: &'a Path) -> Vec<&'a str> {
    vec!["plan", "--night", folder.to_str().unwrap(), "--mode", mode, "--out", out.to_str().unwrap()]
}

/// The two lists of a planned night.
fn planned(folder: &Path, mode: &str) -> (String, String) {
    let out = tempfile::tempdir().unwrap();
    printed(&monmaster(&arguments(folder, mode, out.path())));
    let read = |name: &str| fs::read_to_string(out.path().join(name)).unwrap();
    assert_eq!(names(out.path()), ["lost.csv", "offers.csv"]);
    (read("offers.csv"), read("lost.csv"))
}

/// What is in a folder.
fn names(folder: &Path) -> Vec<std::ffi::OsString> {
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    names
}

/// Lines of applications.csv in another order, the last candidate's first.
fn turned(text: &str) -> String {
    let (header, rows) = text.split_once('\n').unwrap();
    let mut rows: Vec<&str> = rows.lines().rev().collect();
    let third = rows.len() / 3;
    rows.rotate_left(third);
    format!("{header}\n{}", rows.join("\n"))
}

/// The nights beside the repository have exactly the offers and losses that are known for them, whatever the order of
/// their rows.
#[test]
fn known_nights_come_out_exactly() {
    let nights = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/nights"));
    if !nights.is_dir() {
        println!("skipped: there are no whole nights beside the repository");
        return;
    }
    for mode in ["main", "complementary", "withdrawals"] {
        let folder = nights.join(mode);
        let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
        let expected = (read("expected_offers.csv"), read("expected_lost.csv"));
        assert!(planned(&folder, mode) == expected, "{mode}");
        let other = night(&turned(&read("formations.csv")), &turned(&read("applications.csv")));
        assert!(planned(other.path(), mode) == expected, "{mode}, in another order");
    }
}

/// Formations sort as numbers, columns stand in any order beside others, and neither a byte order mark nor the line ends
/// of other systems matter.
#[test]
fn files_as_people_have_them() {
    let folder = night(
        "\u{feff}seats,name,formation\r\n1,Neuf,9\r\n2,\"Dix, et plus\",10\r\n",
        "state,rank,formation,preference,candidate\r\nwaitlisted,4,10,1,a\r\nwaitlisted,2,9,2,a\r\noffered,1,10,1,b\r\n",
    );
    assert_eq!(planned(folder.path(), "main").0, "formation,rank,candidate\n9,2,a\n10,4,a\n");
    let (offers, lost) = planned(folder.path(), "withdrawals");
    assert_eq!(
        (offers.as_str(), lost.as_str()),
        ("formation,rank,candidate\n10,4,a\n", "formation,rank,candidate\n9,2,a\n")
    );
    let nothing = night(FORMATIONS, "candidate,formation,rank,preference,state\n");
    assert_eq!(planned(nothing.path(), "complementary").0, "formation,rank,candidate\n");
}

/// Each kind of bad input is refused with its file, line and reason, and what stands in the folder of results stays.
#[test]
fn bad_input_is_refused_and_nothing_is_written() {
    let head = "candidate,formation,rank,preference,state\n";
    let row = |line: &str| format!("{head}a,9,1,1,waitlisted\n{line}\n");
    let of_formations = |text: &str| (text.to_owned(), format!("{head}a,9,1,1,waitlisted\n"));
    let of_rows = |line: &str| (FORMATIONS.to_owned(), row(line));
    let cases = [
        ("main", of_formations("formation\n9\n")),
        ("main", of_formations("formation,seats,seats\n9,1,1\n")),
        ("main", of_formations("formation,seats\n9,-1\n")),
        ("main", of_formations("formation,seats\n9,1.5\n")),
        ("main", of_formations("formation,seats\n9,\n")),
        ("main", of_formations("formation,seats\n9,1\n9,2\n")),
        ("main", of_formations("formation,seats\n,1\n")),
        ("main", of_formations("formation,seats\n9,1,2\n")),
        ("main", of_formations("formation;seats\n9;1\n")),
        ("main", (FORMATIONS.to_owned(), "candidate,formation,rank,state\na,9,1,waitlisted\n".to_owned())),
        ("main", (FORMATIONS.to_owned(), String::new())),
        ("main", (FORMATIONS.to_owned(), format!("{head},9,1,1,waitlisted\na,10,1,2,waitlisted\n"))),
        ("main", of_formations("formation,seats\n9,4294967295\n")),
        ("main", of_rows("b,11,2,1,waitlisted")),
        ("main", of_rows("b,9,,1,waitlisted")),
        ("main", of_rows("b,9,2e3,1,waitlisted")),
        ("main", of_rows("b,9,-2,1,waitlisted")),
        ("main", of_rows("b,9,99999999999,1,waitlisted")),
        ("main", of_rows("b,9,2,first,waitlisted")),
        ("main", of_rows("b,9,2,1,waiting")),
        ("main", of_rows("b,9,2,1")),
        ("main", of_rows("Zoé Martin,9,2,1,waitlisted")),
        ("main", of_rows("b,9,1,1,waitlisted")),
        ("main", of_rows("a,9,2,2,waitlisted")),
        ("main", of_rows("a,10,2,1,waitlisted")),
        ("main", of_rows("\n\nb,10,1,1,accepted\nb,9,3,2,accepted")),
        ("complementary", of_rows("b,9,2,1,offered")),
        ("complementary", of_rows("b,9,2,1,accepted\nb,10,1,2,waitlisted")),
        ("withdrawals", of_rows("b,9,2,2,accepted\nb,10,1,1,waitlisted")),
    ];
    let mut said = String::new();
    for (mode, (formations, applications)) in cases {
        let folder = night(&formations, &applications);
        let out = tempfile::tempdir().unwrap();
        fs::write(out.path().join("offers.csv"), "of yesterday").unwrap();
        let complaint = complaint(&arguments(folder.path(), mode, out.path()));
        assert_eq!(complaint.trim().lines().count(), 1, "{complaint}");
        said += &complaint.replace(folder.path().to_str().unwrap(), "NIGHT");
        assert_eq!(fs::read_to_string(out.path().join("offers.csv")).unwrap(), "of yesterday");
        assert_eq!(fs::read_dir(out.path()).unwrap().count(), 1);
    }
    insta::assert_snapshot!(said);
    let nowhere = complaint(&["plan", "--night", "/nowhere", "--mode", "main"]);
    assert!(nowhere.contains("a night is a folder with formations.csv and applications.csv"), "{nowhere}");
}

/// A fault is found on the line that an editor shows, whatever ends the lines and however many of them are empty, also
/// beside a byte order mark and inside quotes; and what is repeated of a file cannot act on a terminal.
#[test]
fn a_fault_is_on_the_line_that_an_editor_shows() {
    let head = "candidate,formation,rank,preference,state\n";
    let (right, wrong) = ("a,9,1,1,waitlisted\n", "b,9,x,1,waitlisted\n");
    let cases = [
        (format!("{head}{wrong}"), 2),
        (format!("{head}{right}{wrong}"), 3),
        (format!("{head}{right}\n\n\n{wrong}"), 6),
        (format!("\n\n{head}\n{right}{wrong}"), 6),
        (format!("\u{feff}{head}{right}\n{wrong}"), 4),
        (format!("{head}a,9,1,1,waitlisted\n\nb,9,2,1\n"), 4),
        (format!("note,{head}\"one\n\ntwo\",{right},{wrong}"), 5),
    ];
    for (text, line) in cases {
        for ends in ["\n", "\r\n", "\r"] {
            let folder = night(FORMATIONS, &text.replace('\n', ends));
            let complaint = complaint(&arguments(folder.path(), "main", folder.path()));
            assert!(
                complaint.contains(&format!("applications.csv, line {line} (row ")),
                "{text:?}: {complaint}"
            );
        }
    }
    let folder = night(FORMATIONS, &format!("{head}a,\u{1b}[31m,1,1,waitlisted\n"));
    let complaint = complaint(&arguments(folder.path(), "main", folder.path()));
    assert!(complaint.contains("formation \"\\u{1b}[31m\" is unknown"), "{complaint}");
}

/// Where one of the two lists cannot be written, neither is, and nothing is left beside what stood there.
#[test]
fn both_lists_are_written_or_none() {
    let folder = night(FORMATIONS, "candidate,formation,rank,preference,state\na,9,1,1,waitlisted\n");
    for blocked in ["offers.csv", "lost.csv", "offers.csv.new", "lost.csv.new"] {
        let out = tempfile::tempdir().unwrap();
        fs::write(out.path().join("offers.csv"), "of yesterday").unwrap();
        let _ = fs::remove_file(out.path().join(blocked));
        fs::create_dir(out.path().join(blocked)).unwrap();
        let before = names(out.path());
        let complaint = complaint(&arguments(folder.path(), "main", out.path()));
        assert!(complaint.contains(blocked) && complaint.contains("folder"), "{blocked}: {complaint}");
        assert_eq!(names(out.path()), before, "{blocked}");
        if blocked != "offers.csv" {
            assert_eq!(fs::read_to_string(out.path().join("offers.csv")).unwrap(), "of yesterday");
        }
    }
}

/// What may look like bad input and is not: more seats held than there are, an order of preference with holes, a rank of
/// nought.
#[test]
fn what_is_legal_is_planned() {
    let folder = night(
        "formation,seats\n9,0\n10,2\n",
        "candidate,formation,rank,preference,state\na,9,1,7,accepted\nb,9,2,1,waitlisted\nb,10,0,900,waitlisted\n",
    );
    for mode in ["main", "complementary", "withdrawals"] {
        assert_eq!(planned(folder.path(), mode).0, "formation,rank,candidate\n10,0,b\n", "{mode}");
    }
}

/// A drawn night is one that can be planned, in each mode, the same for the same seed; its figures can be read by a
/// program.
#[test]
fn a_drawn_night_can_be_planned() {
    for mode in ["main", "complementary", "withdrawals"] {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().to_str().unwrap();
        let draw =
            ["night", "draw", "--mode", mode, "--candidates", "3000", "--formations", "120", "--out", at];
        printed(&monmaster(&draw));
        let out = folder.path().join("out");
        let mut plan = arguments(folder.path(), mode, &out);
        plan.push("--json");
        let report: serde_json::Value = serde_json::from_str(&printed(&monmaster(&plan))).unwrap();
        assert!(report["offers"].as_u64().unwrap() > 100, "{report}");
        assert_eq!(report["lost"].as_u64().unwrap() > 100, mode != "main", "{report}");
        let lines = fs::read_to_string(out.join("offers.csv")).unwrap().lines().count() as u64;
        assert_eq!(report["offers"].as_u64().unwrap() + 1, lines);
    }
}
