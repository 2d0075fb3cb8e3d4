//! The guarded reader: whatever a file does to its child, the parent learns it as an answer.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::time::Duration;

use platform::guard::GuardedReader;
use platform::{Read, Reader, Reading, Unreadable};

fn guarded() -> GuardedReader {
    GuardedReader::of(env!("CARGO_BIN_EXE_misbehaves"))
}

async fn read(bytes: &[u8]) -> Read {
    guarded().read(Reading::Contract, bytes).await.unwrap()
}

fn said(text: &str) -> Read {
    Read::Done(text.as_bytes().to_vec())
}

/// A reader that ends well has said what it says, of the bytes it was given, for the reading it was asked for: also
/// of none, and of more than a pipe holds.
#[tokio::test]
async fn an_answer_comes_back_whole() {
    assert_eq!(read(b"x").await, said("contract:x"));
    assert_eq!(read(b"").await, said("contract:"));
    assert_eq!(guarded().read(Reading::Table, b"x").await.unwrap(), said("table:x"));
    let large = vec![b'y'; 3_000_000];
    assert_eq!(read(&large).await, Read::Done([b"contract:".as_slice(), &large].concat()));
}

/// A panic, a full stack, too much memory, a loop and too much output each end the child and not the parent, and each
/// is an answer about the file, the same one the second time.
#[tokio::test]
async fn whatever_ends_the_child_is_an_answer() {
    for (misbehaviour, why) in [
        ("panic", Unreadable::Crashed),
        ("stack", Unreadable::Crashed),
        ("memory", Unreadable::Crashed),
        ("loop", Unreadable::TimedOut),
        ("talk", Unreadable::TooMuchOutput),
    ] {
        for _ in 0..2 {
            assert_eq!(read(misbehaviour.as_bytes()).await, Read::Unreadable(why), "{misbehaviour}");
        }
    }
}

/// What the system does to a child says nothing of the file: killed once, it is read again; killed each time, or not
/// able to lower its limits, it is a fault of ours, to be tried again when the machine is better.
#[tokio::test]
async fn what_the_machine_does_is_no_answer() {
    let folder = tempfile::tempdir().unwrap();
    let once = folder.path().join("once");
    let told = [b"killed-once:".as_slice(), once.to_str().unwrap().as_bytes()].concat();
    std::fs::write(&once, "").unwrap();
    assert_eq!(read(&told).await, said("contract:at last"));
    assert!(guarded().read(Reading::Contract, b"killed").await.is_err());
    // What a child says that cannot begin, here since it does not know the reading; and what is made of it.
    let child = std::process::Command::new(env!("CARGO_BIN_EXE_misbehaves"))
        .args([platform::guard::CHILD, "nonsense"])
        .status()
        .unwrap();
    assert_eq!(child.code(), Some(75));
    let cannot = folder.path().join("cannot");
    std::fs::write(&cannot, "#!/bin/sh\nexit 75\n").unwrap();
    std::fs::set_permissions(&cannot, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    assert!(GuardedReader::of(cannot).read(Reading::Contract, b"x").await.is_err());
}

/// A child that uses no processor time and never ends is ended by the parent's patience, and a second time.
#[tokio::test]
async fn patience_ends() {
    let hasty = guarded().waiting_at_most(Duration::from_millis(200));
    assert_eq!(
        hasty.read(Reading::Contract, b"sleep").await.unwrap(),
        Read::Unreadable(Unreadable::TimedOut)
    );
}

/// The child can write no file and knows nothing of the parent's environment: only what its allocator is told.
#[tokio::test]
async fn the_child_has_nothing() {
    assert_eq!(read(b"file").await, said("false"));
    assert_eq!(read(b"environment").await, said("MIMALLOC_ARENA_EAGER_COMMIT"));
}

/// A program that cannot be started is a fault of ours, never an answer about a file.
#[tokio::test]
async fn a_missing_program_is_a_fault() {
    assert!(GuardedReader::of("/nowhere/at/all").read(Reading::Contract, b"x").await.is_err());
}
