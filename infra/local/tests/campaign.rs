//! The command as a person uses it: a campaign in a folder, then questions to that folder.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first thing that is not as it should be"
)]

mod common;

use std::path::Path;
use std::process::{Command, Output};

use common::{SHORT_YEAR, complaint, dump, files, left, monmaster, printed, set};
use platform::embedded::Embedded;
use platform::store::{Expect, Segment};
use platform::{Item, Store, Table, Write};
use serde_json::Value;

/// A whole year, in few days, of 80 candidates.
fn campaign(out: &Path, more: &[&str]) -> Output {
    let mut arguments = vec!["campaign", "--candidates", "80", "--out", out.to_str().unwrap()];
    arguments.extend(set(&SHORT_YEAR));
    arguments.extend(more);
    monmaster(&arguments)
}

/// Two runs with one seed leave the same mails, plans and report, byte for byte, and the same store, on a file or in
/// memory; another seed does not.
#[test]
fn one_seed_is_one_campaign() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second, other] = ["first", "second", "other"].map(|name| folder.path().join(name));
    for (out, seed, store) in [(&first, "5", "file"), (&second, "5", "memory"), (&other, "6", "file")] {
        printed(&campaign(out, &["--seed", seed, "--store", store]));
    }
    for table in ["state", "journal"] {
        let items = dump(&first, table);
        assert!(items.lines().count() > 150);
        assert!(items == dump(&second, table), "the table {table} differs between two runs with one seed");
        assert!(items != dump(&other, table), "the table {table} is that of another seed");
    }
    let (first, second) = (left(&first), left(&second));
    assert_eq!(first.keys().collect::<Vec<_>>(), second.keys().collect::<Vec<_>>());
    for (path, bytes) in &first {
        assert!(bytes == &second[path], "{} differs between two runs with one seed", path.display());
    }
    assert!(first.keys().filter(|path| path.extension().is_some_and(|ending| ending == "eml")).count() > 150);
    assert_eq!(first.keys().filter(|path| path.starts_with("objects/plans")).count(), 51);
}

/// What a campaign leaves is as its own records say, every phase of it, and as `schemas/tables.md` describes it.
#[test]
fn what_is_left_is_what_was_decided() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let report: Value =
        serde_json::from_str(&printed(&campaign(&out, &["--formations", "4", "--json"]))).unwrap();
    let report = &report["report"];
    assert!(report["end"]["offered"].as_u64().unwrap() > 30, "{report}");
    assert_eq!(report["end"]["held"], 0, "what was held became definitive (R57)");
    let phases: Vec<&str> =
        report["phases"].as_array().unwrap().iter().map(|line| line["phase"].as_str().unwrap()).collect();
    assert_eq!(phases.len(), 8, "{phases:?}");
    let mails = files(&out.join("mails"));
    let of_kind = |kind: &str| mails.keys().filter(|path| path.to_string_lossy().contains(kind)).count();
    for kind in
        ["became_definitive", "preferences_needed", "contract_received", "contract_validated", "not_admitted"]
    {
        assert!(of_kind(kind) > 0, "{kind}");
    }
    assert_eq!(of_kind("account_activation"), 80);
    let verified = printed(&monmaster(&["verify", "--out", out.to_str().unwrap()]));
    assert!(verified.contains("all is as the records say"), "{verified}");
    for table in ["state", "journal"] {
        assert_eq!(undocumented(&dump(&out, table), table), [] as [String; 0]);
    }
}

/// The keys of a table's items that no row of `schemas/tables.md` describes, and the rows that describe no item.
fn undocumented(dump: &str, table: &str) -> Vec<String> {
    let page =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas/tables.md")).unwrap();
    let (_, from) = page.split_once(&format!("**`{table}`**")).unwrap();
    let rows = from.split("\n\n").nth(1).unwrap().lines().skip(2);
    // A key begins as described up to what stands for an id.
    let beginning = |cell: &str| cell.trim().trim_matches('`').split(['<', '…']).next().unwrap().to_owned();
    let mut described: Vec<(String, String, bool)> = Vec::new();
    for row in rows {
        let cells: Vec<&str> = row.split('|').collect();
        for pk in cells.get(1).unwrap().split(", ") {
            described.push((beginning(pk), beginning(cells.get(2).unwrap()), false));
        }
    }
    let mut wrong = Vec::new();
    for line in dump.lines() {
        let item: Value = serde_json::from_str(line).unwrap();
        let (pk, sk) = (item["pk"].as_str().unwrap(), item["sk"].as_str().unwrap());
        let mut of_it =
            described.iter_mut().filter(|(p, s, _)| pk.starts_with(p.as_str()) && sk.starts_with(s.as_str()));
        match of_it.next() {
            Some((_, _, met)) => *met = true,
            None => wrong.push(format!("{pk} / {sk}")),
        }
    }
    wrong
        .extend(described.into_iter().filter(|(_, _, met)| !met).map(|(pk, sk, _)| format!("{pk}… / {sk}…")));
    wrong
}

/// A corrupted store is not verified: the finding names the key, and the exit status is 1.
#[tokio::test]
async fn a_changed_store_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    printed(&campaign(&out, &[]));
    let changed = {
        let engine = Embedded::file(&out.join("store/monmaster.db")).unwrap();
        let store = engine.store("monmaster-").await.unwrap();
        let whole = Segment { number: 0, of: 1 };
        let items = store.scan(Table::State, whole, None, 10_000).await.unwrap().items;
        let definitive = "\"s\":\"accepted_definitively\"";
        let item = items.into_iter().find(|item| item.body.contains(definitive)).unwrap();
        let body = item.body.replacen(definitive, "\"s\":\"accepted_provisionally\"", 1);
        let expect = Expect::Version(item.version);
        let item = Item { body, version: item.version + 1, ..item };
        let pk = item.key.pk.clone();
        store.transact(vec![Write { table: Table::State, item, expect }]).await.unwrap();
        pk
    };
    let output = monmaster(&["verify", "--out", out.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stdout).unwrap().contains(&changed));
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
    let after = dump(&out, "journal");
    assert_eq!(serde_json::from_str::<Value>(&printed(&monmaster(&invoke))).unwrap(), answer);
    assert!(dump(&out, "journal") == after, "the same command again changed the store");
    let mails = ["invoke", "mail-dispatch", event.to_str().unwrap(), "--out", out_text];
    let report: Value = serde_json::from_str(&printed(&monmaster(&mails))).unwrap();
    assert_eq!(report["sent"], 1, "{report}");
    let explained = printed(&monmaster(&["explain", "c-0000003", "--out", out_text]));
    assert!(explained.contains("R61") && explained.contains("left the platform"), "{explained}");
    printed(&monmaster(&["verify", "--out", out_text]));
}

/// `certificate check` says of a certificate what it certifies, and of a code that was never issued that it is not
/// valid, with what to do.
#[test]
fn a_certificate_is_checked() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let out_text = out.to_str().unwrap();
    printed(&campaign(&out, &[]));
    let event = folder.path().join("event.json");
    std::fs::write(
        &event,
        r#"{"command_id":"certify","actor":{"candidate":"c-0000003"},"type":"request_certificate","kind":"refusal"}"#,
    )
    .unwrap();
    for function in ["commands", "mail-dispatch"] {
        printed(&monmaster(&["invoke", function, event.to_str().unwrap(), "--out", out_text]));
    }
    let check = |code: &str| monmaster(&["certificate", "check", "c-0000003", code, "--out", out_text]);
    let codes = codes_of_certificates(&out.join("mails"));
    assert!(!codes.is_empty());
    for code in &codes {
        let said = printed(&check(code));
        assert!(said.starts_with("valid: no favourable answer") && said.contains("still true"), "{said}");
    }
    for (code, remedy) in [("7K3Q", "mistyped"), ("0000-0000-0000-0000", "check the number and the code")] {
        let said = String::from_utf8(check(code).stderr).unwrap();
        assert!(said.contains(remedy), "{code}: {said}");
    }
}

/// The codes in the mails of a folder.
fn codes_of_certificates(mails: &Path) -> Vec<String> {
    let mut codes = Vec::new();
    for (path, mail) in files(mails) {
        if !path.to_string_lossy().contains("certificate") {
            continue;
        }
        let text = String::from_utf8_lossy(&mail).replace("=\r\n", "");
        let plain = text.split("text/html").next().unwrap();
        let after = plain.split("rification").skip(1).filter_map(|rest| rest.split_once(": "));
        codes.extend(after.map(|(_, code)| code.chars().take(19).collect::<String>()));
    }
    codes.retain(|code| code.len() == 19 && code.matches('-').count() == 3);
    codes
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
    let unwritable = folder.path().join("unwritable");
    std::fs::create_dir_all(unwritable.join("run.json")).unwrap();
    let unwritable = unwritable.to_str().unwrap();
    let cases: [(&[&str], &str); 13] = [
        (&["verify", "--out", nowhere], "monmaster campaign --out"),
        (&["explain", "nobody", "--out", nowhere], "monmaster campaign --out"),
        (&["campaign", "--out", foreign_text], "--out"),
        (&["campaign", "--campaign", "1999", "--out", nowhere], "known are 2023, 2024, 2025, 2026"),
        (&["campaign", "--set", "quota_student=many", "--out", nowhere], "quota_student"),
        (&["campaign", "--set", "quota_student", "--out", nowhere], "KEY=VALUE"),
        (&["campaign", "--set", "waitlist-advance=0 3 * * *", "--out", nowhere], "waitlist-advance"),
        (&["invoke", "lottery", "-", "--out", nowhere], "known are commands"),
        (&["campaign", "--out", "/dev/null"], "another folder with --out"),
        (&["campaign", "--out", "/dev/null/deeper"], "another folder with --out"),
        (&["campaign", "--out", unwritable], "another folder with --out"),
        (&["verify", "--out", "/dev/null"], "the folder of a campaign with --out"),
        (&["verify", "--out", unwritable], "the folder of a campaign with --out"),
    ];
    for (arguments, remedy) in cases {
        let said = complaint(arguments);
        assert!(said.contains(remedy) && said.trim_end().lines().count() == 1, "{arguments:?}: {said}");
        let out = arguments.last().filter(|_| remedy.ends_with("--out"));
        assert!(out.is_none_or(|out| said.contains(out)), "{arguments:?} does not name the path: {said}");
    }
    assert_eq!(std::fs::read_to_string(foreign.join("thesis.txt")).unwrap(), "years of work");
    assert!(!Path::new(nowhere).exists());
}

/// What cannot be understood exits with 1, like every failure; help and version are answers.
#[test]
fn usage_errors_are_failures() {
    let folder = tempfile::tempdir().unwrap();
    let cases: [(&[&str], &str); 5] = [
        (&["lottery"], "lottery"),
        (&["campaign", "--candidates", "0"], "--candidates"),
        (&["campaign", "--quick"], "--quick"),
        (&["explain"], "CANDIDATE"),
        (&["verify", "--out"], "--out"),
    ];
    for (arguments, named) in cases {
        let output = Command::new(env!("CARGO_BIN_EXE_monmaster"))
            .args(arguments)
            .current_dir(folder.path())
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        assert!(said.contains(named) && output.stdout.is_empty(), "{arguments:?}: {said}");
    }
    for asked in ["--help", "--version", "help"] {
        assert!(printed(&monmaster(&[asked])).contains("monmaster"), "{asked}");
    }
}

/// A campaign that was cut off says so to whoever asks about it; with the same options it goes on, with others it is
/// begun anew. Two processes never work in one folder.
#[test]
fn a_campaign_cut_off_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let out_text = out.to_str().unwrap();
    // An earlier, finished run lies there: what it left is not taken for the new one's.
    printed(&campaign(&out, &[]));
    let larger = ["campaign", "--candidates", "400", "--out", out_text];
    let mut killed = Command::new(env!("CARGO_BIN_EXE_monmaster"))
        .args(larger)
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let steps = || {
        let run: Value = serde_json::from_slice(&std::fs::read(out.join("run.json")).unwrap()).unwrap();
        if run["candidates"] == 400 { run["steps"].as_u64().unwrap() } else { 0 }
    };
    while steps() < 5 {
        assert!(killed.try_wait().unwrap().is_none(), "it ended before it could be killed");
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    let said = complaint(&["verify", "--out", out_text]);
    assert!(said.contains("another monmaster is at work"), "{said}");
    killed.kill().unwrap();
    killed.wait().unwrap();
    let event = folder.path().join("event.json");
    std::fs::write(&event, "{}").unwrap();
    let asked: [&[&str]; 4] = [
        &["verify", "--out", out_text],
        &["dump", "--out", out_text],
        &["explain", "c-0000001", "--out", out_text],
        &["invoke", "mail-dispatch", event.to_str().unwrap(), "--out", out_text],
    ];
    for arguments in asked {
        let said = complaint(arguments);
        let remedy = format!("was cut off; run `monmaster campaign --out {out_text}` with the same options");
        assert!(said.contains(&remedy) && said.trim_end().lines().count() == 1, "{arguments:?}: {said}");
    }
    let begun_anew = campaign(&out, &[]);
    assert!(!String::from_utf8_lossy(&begun_anew.stderr).contains("going on"), "{begun_anew:?}");
    let verified = printed(&monmaster(&["verify", "--out", out_text]));
    assert!(verified.contains("80 candidates"), "{verified}");
}

/// A campaign file is shown as what it makes; a slip is named with the file and the key, an assumption only if asked.
#[test]
fn a_campaign_file_is_validated() {
    let shipped = |year: &str| format!("{}/../../schemas/campaigns/{year}.toml", env!("CARGO_MANIFEST_DIR"));
    for year in ["2023", "2024", "2025", "2026"] {
        let shown = printed(&monmaster(&["validate", &shipped(year)]));
        assert_eq!(shown, printed(&monmaster(&["calendar", year])));
        let refused = complaint(&["validate", "--strict", &shipped(year)]);
        assert!(refused.contains("`activation_hours` (no text gives"), "{refused}");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.toml");
    let text = std::fs::read_to_string(shipped("2025")).unwrap();
    for (from, to, key) in [
        ("initial_deadline = \"2025-06-05\"", "", "initial_deadline"),
        ("initial_deadline = ", "initial_deadlin = ", "initial_deadlin"),
        ("year = 2025", "year = = 2025", "year"),
        ("[\"2025-06-02\", \"2025-06-16\"]", "[\"2025-06-16\", \"2025-06-02\"]", "admission"),
    ] {
        std::fs::write(&file, text.replacen(from, to, 1)).unwrap();
        let said = complaint(&["validate", file.to_str().unwrap()]);
        assert!(said.contains("mine.toml") && said.contains(key), "{said}");
        assert_eq!(said.trim_end().lines().count(), 1, "{said}");
    }
}

/// A year can be drawn, played to its last day and verified: its phases are its own, and nothing is left undecided.
fn can_be_played(year: &str, phases: usize) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join(year);
    let out_text = out.to_str().unwrap();
    let arguments = ["campaign", "--campaign", year, "--candidates", "30", "--formations", "4", "--json"];
    let whole = [&arguments[..], &["--store", "memory", "--out", out_text]].concat();
    let report: Value = serde_json::from_str(&printed(&monmaster(&whole))).unwrap();
    let report = &report["report"];
    assert_eq!(report["campaign"], year);
    assert_eq!(report["phases"].as_array().unwrap().len(), phases, "{year}");
    assert!(report["end"]["definitive"].as_u64().unwrap() > 5, "{report}");
    assert_eq!(report["end"]["held"], 0, "{year}");
    assert_eq!(report["end"]["waiting"], 0, "{year}");
    let verified = printed(&monmaster(&["verify", "--out", out_text]));
    assert!(verified.contains("all is as the records say"), "{verified}");
}

/// So can 2023, without a complementary phase.
#[test]
fn the_year_2023_can_be_played() {
    can_be_played("2023", 5);
}

/// So can 2024, with contracts in the order of their arrival.
#[test]
fn the_year_2024_can_be_played() {
    can_be_played("2024", 8);
}

/// So can 2025, with contracts by rank.
#[test]
fn the_year_2025_can_be_played() {
    can_be_played("2025", 8);
}

/// So can 2026, as far as it is known.
#[test]
fn the_year_2026_can_be_played() {
    can_be_played("2026", 8);
}

/// The calendar shows the year with the times at which jobs fire.
#[test]
fn the_calendar_of_2024() {
    insta::assert_snapshot!(printed(&monmaster(&["calendar", "2024"])));
}
