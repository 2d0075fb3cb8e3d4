use std::process::Command;

/// The functions, each with a variable that it alone among others needs, if there is one.
const FUNCTIONS: [(&str, &str, &str); 11] = [
    ("commands", env!("CARGO_BIN_EXE_commands"), "TOKEN_KEY"),
    ("contract-check", env!("CARGO_BIN_EXE_contract-check"), "UPLOADS_BUCKET"),
    ("deadline-expiry", env!("CARGO_BIN_EXE_deadline-expiry"), "UPLOADS_BUCKET"),
    ("deadline-reminder", env!("CARGO_BIN_EXE_deadline-reminder"), "STATE_TABLE"),
    ("mail-dispatch", env!("CARGO_BIN_EXE_mail-dispatch"), "MAIL_FROM"),
    ("mail-feedback", env!("CARGO_BIN_EXE_mail-feedback"), "STATE_TABLE"),
    ("night-report", env!("CARGO_BIN_EXE_night-report"), "REPORTS_BUCKET"),
    ("phase-transition", env!("CARGO_BIN_EXE_phase-transition"), "UPLOADS_BUCKET"),
    ("ranking-intake", env!("CARGO_BIN_EXE_ranking-intake"), "UPLOADS_BUCKET"),
    ("vacancy-intake", env!("CARGO_BIN_EXE_vacancy-intake"), "UPLOADS_BUCKET"),
    ("waitlist-advance", env!("CARGO_BIN_EXE_waitlist-advance"), "UPLOADS_BUCKET"),
];

/// A function that is told nothing ends at once, with one JSON line that names what it lacks; and none is forgotten
/// here.
#[test]
fn a_function_that_is_told_nothing_says_so() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/bin");
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), FUNCTIONS.len());
    for (name, binary, needs) in FUNCTIONS {
        let ended = Command::new(binary).env_clear().output().unwrap();
        assert_eq!(ended.status.code(), Some(1), "{name}");
        let said = String::from_utf8(ended.stdout).unwrap();
        let line: serde_json::Value = serde_json::from_str(&said).unwrap();
        assert_eq!((line["function"].as_str(), line["message"].as_str()), (Some(name), Some("Cannot start")));
        assert_eq!(line["error.word"], "InvalidConfiguration");
        let message = line["error.message"].as_str().unwrap();
        assert!(message.contains("STAGE is not set: set it to"), "{message}");
        assert!(message.contains(&format!("{needs} is not set")), "{message}");
    }
}
