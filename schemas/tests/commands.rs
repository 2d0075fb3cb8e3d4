//! Commands as the platform sends them: what is taken, and what is refused with its name.

use schemas::{Action, Command};

fn read(json: &str) -> Result<Command, String> {
    serde_json::from_str(json).map_err(|error| error.to_string())
}

/// A command is flat; what is left out has its default, and it is written as it was read.
#[test]
fn a_command_is_flat() {
    let json = r#"{"command_id":"k1","actor":{"candidate":"alice"},"type":"accept_provisionally","formation":"PSY-LYON","keep":["HIST-LYON"]}"#;
    let command = read(json).unwrap();
    assert!(
        matches!(&command.action, Action::AcceptProvisionally { drop: None, keep: Some(keep), .. } if keep.len() == 1)
    );
    assert_eq!(serde_json::to_string(&command).unwrap(), json);
    assert!(read(r#"{"command_id":"k2","actor":{"candidate":"alice"},"type":"resign"}"#).is_ok());
    assert!(read(r#"{"command_id":"k3","actor":"rector","type":"resign"}"#).is_ok());
}

/// A slip is refused with the name of what is wrong and what is known: nothing is silently ignored.
#[test]
fn slips_are_named() {
    let with = |rest: &str| {
        read(&format!(r#"{{"command_id":"k","actor":{{"candidate":"alice"}},{rest}}}"#)).unwrap_err()
    };
    for (rest, names) in [
        (r#""type":"submit_application","formation":"X","formations":"Y""#, vec!["formations"]),
        (r#""type":"submit_aplication","formation":"X""#, vec!["submit_aplication", "submit_application"]),
        (r#""type":"submit_application""#, vec!["formation"]),
        (r#""type":"submit_application","formation":"a/b""#, vec!["a/b", "formation id"]),
        (r#""type":"submit_application","formation":7"#, vec!["7"]),
        (r#""formation":"X""#, vec!["type"]),
        (r#""type":"resign","keep":[]"#, vec!["keep"]),
    ] {
        let error = with(rest);
        for name in names {
            assert!(error.contains(name), "{rest}: {error}");
        }
    }
    assert!(read(r#"{"actor":{"candidate":"alice"},"type":"resign"}"#).unwrap_err().contains("command_id"));
    assert!(
        read(r#"{"command_id":"k","actor":{"student":"alice"},"type":"resign"}"#)
            .unwrap_err()
            .contains("student")
    );
}
