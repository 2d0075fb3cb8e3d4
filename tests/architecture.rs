//! The house holds: which way its arrows go, what the pure crates reach, how long a file may be.
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Each crate with the crates of the house that it may name. An absent crate is one that is not built yet.
const ARROWS: &[(&str, &[&str])] = &[
    ("schemas", &[]),
    ("procedure", &["schemas"]),
    ("notices", &["schemas", "procedure"]),
    ("uploads", &["schemas", "procedure"]),
    ("platform", &["schemas", "procedure"]),
    ("samplers", &["schemas", "procedure"]),
    ("jobs", &["schemas", "procedure", "notices", "uploads", "platform"]),
    ("lambdas", &["schemas", "procedure", "notices", "uploads", "platform", "jobs"]),
    ("local", &["schemas", "procedure", "notices", "uploads", "platform", "jobs", "samplers"]),
    ("fuzz", &["schemas", "uploads", "samplers"]),
    (
        "tests",
        &["schemas", "procedure", "notices", "uploads", "platform", "jobs", "samplers", "lambdas", "local"],
    ),
];

/// The crates that reach no clock, no environment, no async and no I/O.
const PURE: [&str; 4] = ["schemas", "procedure", "notices", "uploads"];

/// What a pure crate may not name, each with what it would reach.
const IMPURE: &[(&str, &str)] = &[
    ("std::env", "the environment"),
    ("std::fs", "files"),
    ("std::io", "input and output"),
    ("std::net", "the network"),
    ("std::process", "other processes"),
    ("std::thread", "threads"),
    ("SystemTime::now", "the clock"),
    ("Instant::now", "the clock"),
    ("Timestamp::now", "the clock"),
    ("Zoned::now", "the clock"),
    ("TimeZone::system", "the machine's zone"),
    ("async fn", "async"),
    (".await", "async"),
    ("tokio", "async"),
    ("println!", "the terminal"),
];

/// Crates that no pure crate may have anywhere below it: runtimes, randomness of the machine, the network.
const IMPURE_CRATES: &[&str] =
    &["tokio", "async-std", "smol", "getrandom", "rand", "mio", "socket2", "reqwest", "hyper", "chrono"];

/// What a pure crate has below it all the same: the archive of a workbook is read by a crate that also writes encrypted
/// ones, whose salts it would draw. Nothing here writes one.
const NEVER_REACHED: [(&str, &str); 1] = [("uploads", "getrandom")];

/// Reading bytes that are in memory already, as crates ask for them: not input or output.
const IN_MEMORY: &str = "std::io::{Cursor, Read}";

/// The folders and files at the top; dot-files aside.
const TOP: [&str; 9] = [
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "functions",
    "infra",
    "samplers",
    "schemas",
    "tests",
];

/// Longest source file, in lines.
const LINES_MAX: usize = 500;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--locked", "--all-features"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn texts<'a>(values: &'a Value, key: &str) -> Vec<&'a str> {
    values.as_array().unwrap().iter().map(|value| value[key].as_str().unwrap()).collect()
}

/// The source files of a crate of the house, by its folder.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    found
}

/// Every arrow between crates of the house is one of those drawn, and every crate of the house is drawn.
#[test]
fn arrows_go_one_way() {
    let metadata = metadata();
    let members: BTreeSet<&str> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|package| package["source"].is_null())
        .map(|package| package["name"].as_str().unwrap())
        .collect();
    let allowed: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    for package in metadata["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        if !members.contains(name) {
            continue;
        }
        let may =
            allowed.get(name).unwrap_or_else(|| panic!("{name} has no place in the house: draw its arrows"));
        for dependency in package["dependencies"].as_array().unwrap() {
            let to = dependency["name"].as_str().unwrap();
            // A test may look further than what it tests.
            let shipped = dependency["kind"].is_null();
            if shipped && members.contains(to) {
                assert!(may.contains(&to), "{name} names {to}: no arrow of the house goes there");
            }
        }
    }
}

/// `aws-sdk-*` is named by `platform` and `lambdas` only, and the local command has no TLS anywhere below it.
#[test]
fn the_cloud_stays_at_the_edge() {
    let metadata = metadata();
    for package in
        metadata["packages"].as_array().unwrap().iter().filter(|package| package["source"].is_null())
    {
        let name = package["name"].as_str().unwrap();
        for dependency in texts(&package["dependencies"], "name") {
            let at_the_edge = ["platform", "lambdas"].contains(&name);
            assert!(at_the_edge || !dependency.starts_with("aws-"), "{name} names {dependency}");
        }
    }
    let tree = tree_of("local");
    for banned in
        ["rustls", "native-tls", "openssl", "ring", "aws-lc-rs", "aws-config", "hyper", "h2", "reqwest"]
    {
        assert!(!tree.iter().any(|name| name == banned), "the local command has {banned} below it");
    }
    let services: BTreeSet<&String> = tree.iter().filter(|name| name.starts_with("aws-sdk-")).collect();
    assert_eq!(services.into_iter().collect::<Vec<_>>(), ["aws-sdk-dynamodb"]);
}

/// The crates below a crate of the house, as shipped: tests and build scripts aside.
fn tree_of(name: &str) -> Vec<String> {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--locked",
            "--package",
            name,
            "--edges",
            "normal,no-proc-macro",
            "--prefix",
            "none",
            "--format",
            "{lib}",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| line.split_whitespace().next().unwrap_or_default().replace('_', "-")).collect()
}

/// No pure crate has a runtime, the machine's randomness or the network anywhere below it.
#[test]
fn pure_crates_have_pure_foundations() {
    for name in PURE.iter().filter(|name| folder_of(name).is_some()) {
        let tree = tree_of(name);
        assert!(tree.iter().any(|below| below == "jiff"), "{name}: the tree cannot be right: {tree:?}");
        for banned in IMPURE_CRATES.iter().filter(|banned| !NEVER_REACHED.contains(&(name, banned))) {
            assert!(!tree.iter().any(|below| below == banned), "{name} has {banned} below it");
        }
    }
}

fn folder_of(name: &str) -> Option<PathBuf> {
    let candidates = [root().join(name), root().join("functions").join(name)];
    candidates.into_iter().find(|folder| folder.join("Cargo.toml").is_file())
}

/// What comes before the tests of a file: tests may read files and wait.
fn shipped(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or_default()
}

/// No pure crate names a clock, the environment, async or I/O.
#[test]
fn pure_crates_are_pure() {
    for name in PURE {
        let Some(folder) = folder_of(name) else { continue };
        let files = sources(&folder.join("src"));
        assert!(!files.is_empty(), "{name} has no sources");
        for (path, text) in files {
            for (number, line) in shipped(&text).lines().enumerate() {
                let code = line.split("//").next().unwrap_or_default().replace(IN_MEMORY, "");
                for (banned, what) in IMPURE {
                    assert!(
                        !code.contains(banned),
                        "{}:{}: {banned} reaches {what}",
                        path.display(),
                        number + 1
                    );
                }
            }
        }
    }
}

/// Every file can be read in one sitting.
#[test]
fn files_are_short() {
    for folder in ["functions", "infra", "samplers", "schemas", "tests"] {
        for (path, text) in sources(&root().join(folder)) {
            let lines = text.lines().count();
            assert!(lines <= LINES_MAX, "{} has {lines} lines; at most {LINES_MAX}", path.display());
        }
    }
}

/// The top level is the one everybody knows.
#[test]
fn the_top_level_is_fixed() {
    let output = Command::new("git").args(["ls-files"]).current_dir(root()).output().unwrap();
    let listed = String::from_utf8(output.stdout).unwrap();
    let top: BTreeSet<&str> = listed.lines().filter_map(|path| path.split('/').next()).collect();
    for name in top.iter().filter(|name| !name.starts_with('.')) {
        assert!(TOP.contains(name), "{name} is not part of the top level: {TOP:?}");
    }
}

/// What reads the files of strangers checks its arithmetic in release too: a number that overflows ends its child, and is
/// not taken for another number. (Tests are built with these checks anyway, so none of them would miss the lines.)
#[test]
fn readers_check_their_arithmetic_in_release() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let release = manifest.split("[profile.release.package]").nth(1).unwrap().split("\n[").next().unwrap();
    let tree = tree_of("uploads");
    for reader in ["uploads", "hayro-syntax", "calamine", "quick-xml", "zip", "miniz_oxide"] {
        assert!(
            tree.iter().any(|name| name.replace('_', "-") == reader.replace('_', "-")),
            "{reader} is not read with"
        );
        assert!(release.lines().any(|line| line == format!("{reader}.overflow-checks = true")), "{reader}");
    }
}
