//! The law as stories: each is told to the real jobs, and every rule that acts at run time has one.
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use common::{complaint, monmaster};
use serde_json::Value;

/// The rules of the rule book.
const RULES: std::ops::RangeInclusive<u8> = 1..=79;

/// Rules without a story, each with the reason.
const WITHOUT_STORY: &[(u8, &str)] = &[
    (1, "which diplomas the platform covers is decided before a campaign"),
    (3, "which formations stay outside is decided before they are opened"),
    (8, "passwords are the site's; the check is a pure function with tests of its own"),
    (50, "a search never counts for the rector's own procedure (R76), which is not this platform's"),
    (75, "a committee watches; it does nothing at run time"),
    (76, "the rector's own procedure; it needs only dates and certificates"),
    (77, "retention: rules of the buckets and the end of a stack, a year after a story ends"),
    (78, "a telephone"),
    (79, "another platform's flow"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

fn name(file: &str) -> &str {
    Path::new(file).file_name().unwrap().to_str().unwrap()
}

/// The rules that a title names: `R30`.
fn rules_named(title: &str) -> Vec<u8> {
    let words = title.split(|c: char| !c.is_ascii_alphanumeric());
    words.filter_map(|word| word.strip_prefix('R')?.parse().ok()).collect()
}

/// Tells the stories of some folders and gives what came of each.
fn tell(folders: &[PathBuf]) -> Vec<Value> {
    let mut arguments = vec!["scenario", "--json"];
    arguments.extend(folders.iter().map(|folder| folder.to_str().unwrap()));
    let output = monmaster(&arguments);
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Every story is as the jobs are, every invariant holds at its end, and every rule has a story or a reason for none;
/// a reason that has become wrong is found too.
#[test]
fn every_rule_has_its_story_and_every_story_is_true() {
    let mut folders = vec![root().join("tests/scenarios")];
    let examples = root().join("../shared/scenarios");
    if examples.is_dir() {
        folders.push(examples);
    } else {
        println!("skipped: there are no example stories beside the repository");
    }
    let mut wrong = Vec::new();
    let mut stories: BTreeMap<u8, Vec<String>> = BTreeMap::new();
    for story in tell(&folders) {
        let file = name(story["file"].as_str().unwrap()).to_owned();
        let rules = rules_named(story["title"].as_str().unwrap());
        if story["ok"] != true {
            wrong.push(format!("{file}: {:#}", story["differences"]));
        }
        if rules.is_empty() {
            wrong.push(format!("{file}: its title names no rule"));
        }
        for rule in rules {
            stories.entry(rule).or_default().push(file.clone());
        }
    }
    for rule in RULES {
        let reason = WITHOUT_STORY.iter().find(|(listed, _)| *listed == rule).map(|(_, reason)| *reason);
        match (stories.get(&rule), reason) {
            (Some(files), None) => println!("R{rule}: {}: {}", files.len(), files.join(", ")),
            (None, Some(reason)) => println!("R{rule}: none: {reason}"),
            (None, None) => wrong.push(format!("R{rule} has neither a story nor a reason for having none")),
            (Some(files), Some(_)) => {
                wrong
                    .push(format!("R{rule} has a story, {}: take it out of WITHOUT_STORY", files.join(", ")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A slip in a story is named with its file and its key or step, and what would be right.
#[test]
fn slips_in_stories_are_named() {
    let head = "title = \"t (R1)\"\ncampaign = \"2024\"\n";
    let step = |body: &str| format!("{head}[[step]]\nat = \"2024-06-05T10:00\"\n{body}");
    let cases = [
        format!("{head}[[formations]]\nid = \"A\""),
        format!("{head}[rules]\ninitial_deadlin = \"2024-06-07\""),
        "title = \"t\"\ncampaign = \"1999\"".to_owned(),
        format!("{head}[[ranking]]\nformation = \"A\"\nranked = [\"ana\"]"),
        step("by = \"ana\"\ndo = { type = \"acept\" }"),
        step("by = \"ana\"\ndo = { type = \"refuse_offer\", formaton = \"A\" }"),
        step("do = { type = \"resign\" }"),
        step("refused = \"any\""),
        step("[[step]]\nat = \"2024-06-05T09:59\""),
        step("[[step]]\nat = \"2024-06-05\""),
        step("expect = [{ candidate = \"ana\", state = \"offered\" }]"),
        step("expect = [{ candidate = \"ana\", formation = \"A\", state = \"offred\" }]"),
        step("expect = [{ candidate = \"ana\", formation = \"A\" }]"),
        step("expect = [{ mail = \"new_ofers\", to = \"ana\", times = 1 }]"),
        step("expect = [{ mail = \"new_offers\", to = \"ana\", on = \"2024-06-05\" }]"),
        step("by = \"0691774D\"\nupload = { key = \"vacancies/0691774D/a.csv\", text = \"\" }"),
        step("by = \"ana\"\nupload = { contract = \"contract\", formation = \"A\" }"),
        step("by = \"ana\"\nupload = { contract = \"contract\", formation = \"A\", defect = \"unsigned\" }"),
        step("by = \"ana\"\ndo = { type = \"upload_contract\", formation = \"A\" }"),
    ];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("story.toml");
    let mut said = String::new();
    for text in cases {
        std::fs::write(&path, &text).unwrap();
        let told = tell(std::slice::from_ref(&path));
        let difference = &told[0]["differences"][0];
        let found = difference["found"].as_str().unwrap().replace(path.to_str().unwrap(), "story.toml");
        // What is allowed grows with the schemas.
        let allowed =
            ["expected one of", "known are"].iter().find_map(|words| Some(found.find(words)? + words.len()));
        let found = allowed.map_or_else(|| found.trim_end().to_owned(), |end| format!("{} …", &found[..end]));
        let text = text.strip_prefix(head).unwrap_or(&text);
        said += &format!("{text}\n    step {}: {found}\n", difference["step"]);
    }
    insta::assert_snapshot!(said);
}

/// A story that differs says at which step, what it expected and what was found, and fails the command.
#[test]
fn a_difference_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("story.toml");
    let text = r#"
title = "Nothing here is true (R23)"
campaign = "2024"
[[formation]]
id = "A"
[[ranking]]
formation = "A"
ranked = ["ana", "bob"]
[[step]]
at = "2024-06-04T09:00"
by = "ana"
do = { type = "accept_provisionally", formation = "A" }
refused = "too_early"
expect = [
  { candidate = "ana", formation = "A", state = "none", deadline = "2024-06-08T23:59" },
  { candidate = "bob", formation = "A", position = 2, received = "2024-06-04" },
  { candidate = "ana", account = "none" },
  { formation = "A", taken = 0, free = 1, waiting = 2 },
  { formation = "B", taken = 0 },
  { mail = ["new_offers", "results_available"], to = "ana", times = 0, on = "2024-06-04" },
]
"#;
    std::fs::write(&path, text).unwrap();
    let output = monmaster(&["scenario", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stdout).unwrap().replace(path.to_str().unwrap(), "story.toml");
    insta::assert_snapshot!(said);
    assert!(
        complaint(&["scenario", folder.path().join("nowhere").to_str().unwrap()])
            .contains("1 of 1 stories differ")
    );
}

/// A recording holds every wake-up in order, says which changed anything, and all that is left in the tables; told
/// again with another key, only what follows from the key differs.
#[test]
fn a_story_is_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let story = root().join("tests/scenarios/r11-one-account-for-an-address.toml");
    let record = |name: &str, more: &[&str]| {
        let into = folder.path().join(name);
        let mut arguments = vec!["scenario", story.to_str().unwrap(), "--record", into.to_str().unwrap()];
        arguments.extend(more);
        common::printed(&monmaster(&arguments));
        ["wakeups", "state", "journal"].map(|file| {
            let path = into.join("r11-one-account-for-an-address").join(file).with_extension("jsonl");
            let text = std::fs::read_to_string(path).unwrap();
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>()
        })
    };
    let [wake_ups, state, journal] = record("once", &[]);
    let instants: Vec<&str> = wake_ups.iter().map(|wake_up| wake_up["at"].as_str().unwrap()).collect();
    assert!(instants.is_sorted() && !instants.is_empty());
    let sent = |wake_up: &&Value| wake_up["function"] == "commands";
    let outcomes = journal.iter().filter(|item| item["sk"] == "OUTCOME").count();
    assert_eq!(wake_ups.iter().filter(sent).count(), outcomes);
    assert!(wake_ups.iter().any(|wake_up| wake_up["changed"] == false));
    assert!(state.iter().any(|item| item["pk"].as_str().unwrap().starts_with("C#")));

    assert_eq!(record("again", &[]), [wake_ups.clone(), state.clone(), journal]);
    let key = "ab".repeat(32);
    let [elsewhere, state_elsewhere, _] = record("elsewhere", &["--token-key", &key]);
    assert_eq!(state_elsewhere, state);
    assert_ne!(elsewhere, wake_ups);
    let short = monmaster(&["scenario", "x.toml", "--record", "x", "--token-key", "ab"]);
    assert!(String::from_utf8_lossy(&short.stderr).contains("64 hexadecimal digits"));
}
