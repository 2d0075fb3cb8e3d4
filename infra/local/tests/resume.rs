//! A campaign whose process is killed at any instant, again and again, ends like one that was left in peace.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first thing that is not as it should be"
)]

mod common;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use common::{dump, files, left, monmaster, printed, set};
use samplers::draw::{Draw, stream};
use serde_json::Value;

/// How many kills each test survives.
const KILLS: u32 = 100;

/// The longest time that a process works before it is killed, in milliseconds: so short that many kills fall in one
/// campaign, and so long that it gets to its end.
const WORK_MS_MAX: u64 = 250;

/// How many of the kills fall without regard to whether the process works yet: while it opens the store and recalls
/// what was done.
const EARLY_KILLS: f64 = 0.2;

/// The longest time that those processes live, in milliseconds.
const EARLY_MS_MAX: u64 = 400;

/// A small cohort and ten nights, some in every phase.
fn options(out: &Path, seed: u64) -> Vec<String> {
    let few_nights = [
        "admission=[\"2024-06-04\",\"2024-06-09\"]",
        "alternance_results_from=\"2024-06-04\"",
        "alternance_offers_from=\"2024-06-04\"",
        "complementary_application=[\"2024-06-10\",\"2024-06-10\"]",
        "complementary_examination=[\"2024-06-11\",\"2024-06-11\"]",
        "complementary_admission=[\"2024-06-12\",\"2024-06-12\"]",
        "withdrawals=[\"2024-06-13\",\"2024-06-13\"]",
        "vacancy_signals=[[\"2024-06-13\",\"2024-06-13\"]]",
    ];
    let (out, seed) = (out.to_str().unwrap(), seed.to_string());
    let options = ["campaign", "--candidates", "14", "--formations", "3", "--seed", &seed];
    let all = options.into_iter().chain(set(&few_nights)).chain(["--out", out]);
    all.map(str::to_owned).collect()
}

fn begin(out: &Path, seed: u64) -> Child {
    Command::new(env!("CARGO_BIN_EXE_monmaster"))
        .args(options(out, seed))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// How many steps the run of a folder has done.
fn steps(out: &Path) -> u64 {
    // Also before the folder is there.
    let text = std::fs::read(out.join("run.json")).unwrap_or_default();
    serde_json::from_slice::<Value>(&text).ok().and_then(|run| run["steps"].as_u64()).unwrap_or(0)
}

/// Lets a process live for a drawn time, then kills it; its status if it came to its end before.
fn killed(out: &Path, seed: u64, draw: &mut impl Draw) -> Option<ExitStatus> {
    let before = steps(out);
    let mut process = begin(out, seed);
    let early = draw.chance(EARLY_KILLS);
    while !early && steps(out) <= before {
        if let Some(status) = process.try_wait().unwrap() {
            return Some(status);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    let most = if early { EARLY_MS_MAX } else { WORK_MS_MAX };
    std::thread::sleep(Duration::from_micros((draw.unit() * (most * 1000) as f64) as u64));
    if let Some(status) = process.try_wait().unwrap() {
        return Some(status);
    }
    // SIGKILL: nothing of the process runs any more.
    process.kill().unwrap();
    process.wait().unwrap();
    None
}

/// The journal, but for what tells when a decision was written and how often a notice was.
fn journal(out: &Path) -> Vec<Value> {
    let items = dump(out, "journal");
    let lines = items.lines().map(|line| {
        let mut item: Value = serde_json::from_str(line).unwrap();
        for instant in ["decided_at", "created_at"] {
            item["row"].as_object_mut().unwrap().remove(instant);
        }
        if item["sk"].as_str().unwrap().starts_with("N#") {
            item["version"].take();
            item["row"]["version"].take();
        }
        // An operator's mail leaves once the night is applied: after the wait for the longest command, or without it
        // where a process that was killed waited before.
        if item["pk"].as_str().unwrap().starts_with("J#night#") {
            item["row"]["status"]["at"].take();
            for told in item["row"]["trail"].as_array_mut().into_iter().flatten() {
                told["at"].take();
            }
        }
        item
    });
    lines.collect()
}

/// The report, but for what it cost.
fn report(out: &Path) -> Value {
    let mut report: Value = serde_json::from_slice(&std::fs::read(out.join("report.json")).unwrap()).unwrap();
    report.as_object_mut().unwrap().remove("cost");
    for night in report["nights"].as_array_mut().unwrap() {
        night.as_object_mut().unwrap().remove("write_units");
    }
    report
}

fn same(killed: &Path, in_peace: &Path, after: &str) {
    assert!(dump(killed, "state") == dump(in_peace, "state"), "another state after {after}");
    let differs = journal(killed).into_iter().zip(journal(in_peace)).find(|(killed, peace)| killed != peace);
    assert_eq!(differs, None, "another journal after {after}");
    assert_eq!(journal(killed).len(), journal(in_peace).len(), "another journal after {after}");
    assert!(report(killed) == report(in_peace), "other figures after {after}");
    let people_read = |out: &Path| {
        let mut files = left(out);
        files.retain(|path, _| !path.starts_with("report.json") && !path.starts_with("report.html"));
        files
    };
    let (killed_left, peace_left) = (people_read(killed), people_read(in_peace));
    let names =
        |left: &std::collections::BTreeMap<PathBuf, Vec<u8>>| left.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&killed_left), names(&peace_left), "other files after {after}");
    for (path, bytes) in &peace_left {
        assert!(bytes == &killed_left[path], "another {} after {after}", path.display());
    }
    assert!(!files(&killed.join("mails")).is_empty());
    let verified = printed(&monmaster(&["verify", "--out", killed.to_str().unwrap()]));
    assert!(verified.contains("all is as the records say"), "{verified}");
}

/// Campaigns of these seeds, one after the other, until so many processes were killed.
fn survives(first_seed: u64) {
    let mut draw = stream(first_seed, "kills", &[]);
    let (mut kills, mut seed) = (0, first_seed);
    while kills < KILLS {
        let folder = tempfile::tempdir().unwrap();
        let [out, in_peace] = ["killed", "in-peace"].map(|name| folder.path().join(name));
        let mut of_this = 0;
        let ended = loop {
            if kills == KILLS {
                break begin(&out, seed).wait().unwrap();
            }
            if let Some(status) = killed(&out, seed, &mut draw) {
                break status;
            }
            of_this += 1;
            kills += 1;
        };
        assert!(ended.success(), "seed {seed} after {of_this} kills: {ended}");
        assert!(begin(&in_peace, seed).wait().unwrap().success());
        same(&out, &in_peace, &format!("{of_this} kills, seed {seed}"));
        seed += 1;
    }
}

/// Proves, at half of 200 drawn instants, that the state, the journal, the figures, the mails and the plans of a run
/// that was killed are those of one that was not.
#[test]
fn killed_anywhere_it_goes_on() {
    survives(100);
}

/// The other half, beside the first.
#[test]
fn killed_anywhere_else_it_goes_on() {
    survives(200);
}
