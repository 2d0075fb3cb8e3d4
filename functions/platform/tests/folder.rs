//! Objects and mails in a folder.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use platform::contract::HOSTILE_KEYS;
use platform::folder::{FolderMailer, FolderObjects};
use platform::{MailError, Mailer, NotSent, ObjectError, Objects, OutgoingMail};

/// Every file below a folder.
fn files(dir: &Path) -> BTreeSet<PathBuf> {
    let Ok(entries) = fs::read_dir(dir) else { return BTreeSet::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { BTreeSet::from([path]) }).collect()
}

fn mail(notice: &str, mime: &str) -> OutgoingMail {
    OutgoingMail { notice: notice.to_owned(), to: "alice@example.org".to_owned(), mime: mime.into() }
}

// An object is at its key, its folders are made, a second put replaces it, and nothing else is left.
#[tokio::test]
async fn objects_are_files_at_their_keys() {
    let dir = tempfile::tempdir().unwrap();
    let objects = FolderObjects::new(dir.path().join("objects"));
    let key = "rankings/E1/2024@a:b#c_d-e.csv";
    assert_eq!(objects.get(key).await.unwrap(), None, "before the folder is there");
    for bytes in [&b"first, and longer"[..], b"second", b""] {
        objects.put(key, bytes.to_vec()).await.unwrap();
        assert_eq!(objects.get(key).await.unwrap().as_deref(), Some(bytes));
    }
    assert_eq!(files(dir.path()), BTreeSet::from([dir.path().join("objects").join(key)]));
    assert_eq!(objects.get("rankings/E1").await.unwrap(), None, "a folder is no object");
    assert_eq!(
        objects.get("rankings/E1/2024@a:b#c_d-e.csv/below").await.unwrap(),
        None,
        "nor is what is below one"
    );
}

// Hostile keys touch nothing.
#[tokio::test]
async fn hostile_keys_touch_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let objects = FolderObjects::new(dir.path().join("objects"));
    for key in HOSTILE_KEYS {
        objects.put(key, b"x".to_vec()).await.unwrap_err();
        objects.get(key).await.unwrap_err();
    }
    assert_eq!(files(dir.path()), BTreeSet::new());
}

// A put that cannot succeed is an error that names the object, and leaves nothing unfinished.
#[tokio::test]
async fn a_put_that_fails_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let objects = FolderObjects::new(dir.path());
    objects.put("a/b", b"x".to_vec()).await.unwrap();
    for key in ["a", "a/b/c"] {
        let put = objects.put(key, b"y".to_vec()).await;
        assert!(matches!(&put, Err(ObjectError::Unavailable { key: named, .. }) if named == key), "{put:?}");
    }
    assert_eq!(objects.get("a/b").await.unwrap().as_deref(), Some(&b"x"[..]));
    assert_eq!(files(dir.path()).len(), 1);
}

// A mail is one readable file in its candidate's folder of two digits, with exactly the bytes of the message.
#[tokio::test]
async fn a_mail_is_a_readable_file() {
    let dir = tempfile::tempdir().unwrap();
    let mailer = FolderMailer::new(dir.path().join("mails"));
    let notice = "C#alice#N#2024-06-04#digest";
    let id = mailer.send(mail(notice, "To: x\r\n\r\nBonjour é\r\n")).await.unwrap();
    assert_eq!(id, "folder:C+alice+N+2024-06-04+digest");

    let shard = format!("{:02}", platform::store::shard("C#alice"));
    let path = dir.path().join("mails").join(shard).join("C+alice+N+2024-06-04+digest.eml");
    assert_eq!(mailer.mail_path(notice), path);
    assert_eq!(fs::read(&path).unwrap(), "To: x\r\n\r\nBonjour é\r\n".as_bytes());
    let other = mailer.mail_path("C#alice#N#command-7#activation");
    assert_eq!(other.parent(), path.parent(), "one candidate, one folder");
}

// The same notice sent twice is one file, the last, under one provider's id.
#[tokio::test]
async fn the_same_notice_twice_is_one_file() {
    let dir = tempfile::tempdir().unwrap();
    let mailer = FolderMailer::new(dir.path());
    let first = mailer.send(mail("C#alice#N#d#digest", "first, and longer")).await.unwrap();
    let second = mailer.send(mail("C#alice#N#d#digest", "second")).await.unwrap();
    assert_eq!(first, second);
    assert_eq!(files(dir.path()), BTreeSet::from([mailer.mail_path("C#alice#N#d#digest")]));
    assert_eq!(fs::read(mailer.mail_path("C#alice#N#d#digest")).unwrap(), b"second");
}

// However alike or strange, no two notices have one file, none leaves the folder, and each can be written.
#[tokio::test]
async fn mail_paths_are_injective_and_safe() {
    let dir = tempfile::tempdir().unwrap();
    let mailer = FolderMailer::new(dir.path());
    let long = "C#".to_owned() + &"x".repeat(300);
    let mut notices: Vec<String> = [
        "C#a#N#1",
        "C#a#N#1#",
        "C#a##N#1",
        "C#a+N#1",
        "C+a+N+1",
        "C#a%23N#1",
        "C%23a",
        "C%2Ba",
        "C#a.N",
        "C#a_N",
        "C#A#N#1",
        "C#é#N",
        "C#e\u{301}#N",
        "C#%C3%A9#N",
        "#",
        "##",
        "+",
        "%",
        "%~",
        "a b",
        "a\0b",
        "a\nb",
        "/",
        "..",
    ]
    .map(str::to_owned)
    .into();
    notices.extend(HOSTILE_KEYS.map(str::to_owned));
    notices.extend([long.clone(), long.clone() + "x", long + "#N", "é".repeat(150)]);
    let notices: BTreeSet<String> = notices.into_iter().collect();

    for notice in &notices {
        let path = mailer.mail_path(notice);
        mailer.send(mail(notice, notice)).await.unwrap();
        assert_eq!(fs::read(&path).unwrap(), notice.as_bytes(), "{notice:?}");
        assert_eq!(path.parent().and_then(Path::parent), Some(dir.path()), "{notice:?}");
    }
    assert_eq!(files(dir.path()).len(), notices.len());
}

// A mail whose file cannot be written was certainly not sent; the reason names neither folder nor address.
#[tokio::test]
async fn a_mail_that_cannot_be_written_is_not_sent() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("file"), b"").unwrap();
    let sent = FolderMailer::new(dir.path().join("file")).send(mail("C#a#N", "x")).await;
    let Err(MailError::NotSent(why @ NotSent::NotWritten(_))) = &sent else { panic!("{sent:?}") };
    assert_eq!(why.to_string(), "its file cannot be written: not a directory");
}
