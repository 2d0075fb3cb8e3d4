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
    let mut left: Vec<_> =
        fs::read_dir(out.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["lost.csv", "offers.csv"]);
    (read("offers.csv"), read("lost.csv"))
}

/// Lines of applications.csv in another order, the last candidate's first.
fn turned(text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    lines[1..].reverse();
    let middle = lines.len() / 3;
    lines[1..].rotate_left(middle);
    lines.join("\n")
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
