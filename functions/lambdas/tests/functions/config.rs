use lambdas::Needs;

use crate::kit::{ALL, environment, read};

/// Each variable that a function needs is missed by name, with what to set it to; what it does not need is not asked.
#[test]
fn each_missing_variable_is_named() {
    let everywhere = [
        "STAGE",
        "STATE_TABLE",
        "JOURNAL_TABLE",
        "CAMPAIGN",
        "PLANS_BUCKET",
        "AWS_REGION",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
    ];
    let where_needed =
        ["REPORTS_BUCKET", "UPLOADS_BUCKET", "TOKEN_KEY", "MAIL_FROM", "MAIL_CONFIGURATION_SET", "SPACE_URL"];
    for name in everywhere.into_iter().chain(where_needed) {
        for empty in [false, true] {
            let mut environment = environment();
            if empty {
                environment.insert(name, String::new());
            } else {
                environment.remove(name);
            }
            let Err(error) = read(ALL, &environment) else { panic!("{name} is not missed") };
            let said = error.to_string();
            assert!(said.starts_with(&format!("{name} is not set: set it to ")), "{said}");
            assert_eq!(error.0.len(), 1, "{said}");
            assert_eq!(read(Needs::default(), &environment).is_ok(), where_needed.contains(&name), "{name}");
        }
    }
}

/// Everything that is wrong is told at once, in one line.
#[test]
fn all_problems_are_told_at_once() {
    let mut environment = environment();
    environment.remove("STATE_TABLE");
    environment.insert("CAMPAIGN", "1999".into());
    let said = read(ALL, &environment).err().unwrap().to_string();
    assert_eq!(
        said,
        "STATE_TABLE is not set: set it to the name of the table `state`; CAMPAIGN names no campaign (there is no \
         campaign \"1999\"; known are 2023, 2024, 2025, 2026): set it to the year of a campaign that is shipped, as \
         `2026`"
    );
}

/// A value that cannot be is refused with the variable's name and never repeated: some are secrets.
#[test]
fn a_value_that_cannot_be_is_refused_and_not_repeated() {
    let wrong = [
        ("STAGE", "Production"),
        ("STAGE", "staging"),
        ("STAGE", "test-"),
        ("STAGE", "test-with-a-name-that-is-too-long"),
        ("STATE_TABLE", "arn:aws:dynamodb:x"),
        ("PLANS_BUCKET", "s3://plans"),
        ("TOKEN_KEY", "8f3a0b5c"),
        ("TOKEN_KEY", "zz3a0b5c9d1e2f4a6b7c8d9e0f1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d7e8f90"),
        ("OPERATORS", "nobody"),
        ("OPERATORS", "one@example.org,two@example.org"),
        ("MAIL_FROM", "Mon Master"),
        ("MAIL_FROM", "a@example.org\r\nBcc: b@example.org"),
        ("SPACE_URL", "http://candidat.example.org"),
        ("SPACE_URL", "https://candidat.example.org/"),
        ("CAMPAIGN", "/there/is/no/such.toml"),
    ];
    for (name, value) in wrong {
        let mut environment = environment();
        environment.insert(name, value.into());
        let Err(error) = read(ALL, &environment) else { panic!("{name} may be {value}") };
        let said = error.to_string();
        assert!(said.starts_with(name) && error.0.len() == 1, "{said}");
        assert!(error.0.iter().all(|problem| !problem.found.contains(value)), "{said}");
    }
}

/// Only a test stage stands at another time or plays a campaign of its own.
#[test]
fn production_is_no_test() {
    let mut environment = environment();
    environment.insert("CLOCK_FILE", "/tmp/clock".into());
    assert!(read(ALL, &environment).unwrap().clock_file.is_some());
    environment.insert("STAGE", "production".into());
    let said = read(ALL, &environment).err().unwrap().to_string();
    assert!(said.starts_with("CLOCK_FILE is set in production"), "{said}");

    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas/campaigns/2025.toml");
    environment.remove("CLOCK_FILE");
    environment.insert("CAMPAIGN", shipped.into());
    let said = read(ALL, &environment).err().unwrap().to_string();
    assert!(said.starts_with("CAMPAIGN names no campaign"), "{said}");
    environment.insert("STAGE", "test-dev".into());
    assert!(read(ALL, &environment).is_ok());
}

/// What was read is what was told: digits as bytes, addresses apart, and nothing that is not needed.
#[test]
fn what_was_told_is_read() {
    let config = read(ALL, &environment()).unwrap();
    assert_eq!(config.token_key.unwrap()[..3], [0x8f, 0x3a, 0x0b]);
    assert_eq!(config.operators.as_deref(), Some("operators@example.org"));
    assert_eq!(config.mail.unwrap().space, "https://candidat.example.org");

    let config = read(Needs::default(), &environment()).unwrap();
    assert!(config.token_key.is_none() && config.operators.is_none() && config.mail.is_none());
    assert!(config.reports_bucket.is_none() && config.uploads_bucket.is_none());
}
