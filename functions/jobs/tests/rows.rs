//! Rows that cannot be read: what is wrong is said without a word of what is in them.

use jobs::rows;
use platform::{Item, Key, StoreError};
use schemas::Candidate;

/// What is said of a candidate's item with this body.
#[cfg(test)]
fn problem(body: &str) -> String {
    let item = Item { key: Key::new("C#alice", "STATE"), version: 1, index: None, body: body.into() };
    match rows::read::<Candidate>(&item) {
        Err(StoreError::Corrupt { problem, .. }) => problem,
        read => panic!("{read:?}"),
    }
}

#[cfg(test)]
const A_VALUE: &str = "a value is not what it should be";

/// The place and the kind of fault are named, and a field that is missing or unknown; never a value.
#[test]
fn faults_are_named_without_values() {
    for (body, what, column) in [
        (r#"{"id":"alice@example.org"}"#, A_VALUE, 26),
        (r#"{"id":"alice","version":"alice@example.org"}"#, A_VALUE, 43),
        (r#"{"id":"alice","account":"alice@example.org"}"#, A_VALUE, 43),
        (r#"{"id":"alice"}"#, "missing field `version`", 14),
        (r#"{"id":"alice","phone":"06"}"#, "unknown field `phone`", 21),
        (r#"{"id":"alice","#, "it ends too early", 14),
        (r#"{"id":alice@example.org}"#, "it is not JSON", 7),
    ] {
        let said = problem(body);
        assert_eq!(said, format!("{what} (line 1, column {column})"), "{body}");
        assert!(!said.contains('@'), "{said}");
    }
}
