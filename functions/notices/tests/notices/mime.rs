//! The bytes of a mail: always the same, always well formed, never to a wrong address.

use jiff::Timestamp;
use notices::{ADDRESS_LENGTH_MAX, Envelope, MESSAGE_ID_LENGTH_MAX, Mail, MimeError, mime};

use crate::support::{envelope, mails};

fn mail() -> Mail {
    Mail { subject: "Sujet".to_owned(), text: "Bonjour,\n".to_owned(), html: "<p>Bonjour,</p>\n".to_owned() }
}

fn text_of(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

// Proves that a second attempt sends the same bytes: no clock and no chance in any mail.
#[test]
fn two_builds_are_identical() {
    for (name, _, mail) in mails() {
        assert_eq!(mime(&mail, &envelope()).unwrap(), mime(&mail, &envelope()).unwrap(), "{name}");
    }
}

// Proves the headers that other machines act on, and the absence of those that would do harm.
#[test]
fn the_headers_are_those_of_an_automatic_mail() {
    let bytes = text_of(mime(&mail(), &envelope()).unwrap());
    let headers = bytes.split("\r\n\r\n").next().unwrap();
    for line in [
        "Date: Wed, 05 Jun 2024 07:00:03 +0000",
        "From: \"Mon Master\" <ne-pas-repondre@monmaster.example>",
        "To: Zoe.LeGall+master@example.org",
        "Subject: Sujet",
        "Message-ID: <C%23cand-0001%2FN%232024-06-05%23digest@monmaster.example>",
        "Auto-Submitted: auto-generated",
        "X-Stage: test",
        "X-Notice-Kind: new_offers",
        "MIME-Version: 1.0",
    ] {
        assert!(headers.split("\r\n").any(|header| header == line), "{line:?} is not in {headers}");
    }
    // A candidate must not be able to unsubscribe from his own deadlines.
    assert!(!headers.to_lowercase().contains("list-unsubscribe"));
}

// Proves that every mail is safe to carry: ASCII, CRLF only, no line near the limits of RFC 5322.
#[test]
fn every_line_can_be_carried() {
    for (name, _, mail) in mails() {
        let bytes = text_of(mime(&mail, &envelope()).unwrap());
        assert!(bytes.is_ascii(), "{name}");
        assert_eq!(bytes.matches('\n').count(), bytes.matches("\r\n").count(), "{name}");
        assert_eq!(bytes.matches('\r').count(), bytes.matches("\r\n").count(), "{name}");
        assert!(bytes.split("\r\n").all(|line| line.len() <= 78), "{name}");
        let (plain, html) = (bytes.find("text/plain; charset=utf-8"), bytes.find("text/html; charset=utf-8"));
        // RFC 2046: the last part is the one preferred.
        assert!(plain.is_some() && plain < html, "{name}");
    }
}

// Proves that each address that cannot be mailed to is refused, and that the error keeps it to itself.
#[test]
fn bad_addresses_are_refused_and_not_repeated() {
    let long = format!("{}@example.org", "a".repeat(ADDRESS_LENGTH_MAX));
    for address in [
        "",
        "secret",
        "secret@",
        "@secret.example",
        "secret@@example.org",
        "a@b@secret.example",
        "secret @example.org",
        " secret@example.org",
        "secret@example.org\r\nBcc: x@example.org",
        "secret@example.org\n",
        "secret@example.org, x@example.org",
        "Secret <secret@example.org>",
        "\"a\r\nBcc: secret\"@example.org",
        "\"secret\"@example.org",
        "secret@[127.0.0.1]",
        "secret..x@example.org",
        ".secret@example.org",
        "secret@-example-.org",
        "sécret@example.org",
        "secret@exämple.org",
        "secret\u{202e}@example.org",
        "secret\u{0}@example.org",
        long.as_str(),
    ] {
        let error = mime(&mail(), &Envelope { to: address, ..envelope() }).unwrap_err();
        assert!(matches!(error, MimeError::Address), "{address:?}: {error:?}");
        let printed = format!("{error} {error:?}");
        assert!(!printed.to_lowercase().contains("secret") && !printed.contains("aaa"), "{printed}");
    }
}

// Proves that ordinary addresses pass as they were written, capitals and tags included.
#[test]
fn good_addresses_pass_unchanged() {
    for address in [
        "zoe@example.org",
        "Zoe.O'Brien+tag@Example.ORG",
        "z@xn--exmple-cua.org",
        "zoe_%x@sub.univ-lyon2.fr",
        "a@localhost",
    ] {
        let bytes = text_of(mime(&mail(), &Envelope { to: address, ..envelope() }).unwrap());
        assert!(bytes.contains(&format!("\r\nTo: {address}\r\n")), "{address}");
    }
}

// Proves which error answers each other bad argument.
#[test]
fn bad_arguments_have_their_own_error() {
    let ok = envelope();
    let error = |envelope: Envelope<'_>| mime(&mail(), &envelope).unwrap_err();
    for from in [
        "",
        "Mon Master",
        "Mon Master <a@b@c>",
        "Mon Master <é@example.org>",
        "M\r\nBcc: x@y.z <a@example.org>",
    ] {
        assert!(matches!(error(Envelope { from, ..ok }), MimeError::From), "{from:?}");
    }
    let long = "a".repeat(MESSAGE_ID_LENGTH_MAX + 1);
    for message_id in ["", long.as_str()] {
        assert!(matches!(error(Envelope { message_id, ..ok }), MimeError::MessageId));
    }
    for stage in ["", "pro d", "prod\r\nX: y", "é", &"a".repeat(33)] {
        assert!(matches!(error(Envelope { stage, ..ok }), MimeError::Stage), "{stage:?}");
    }
    for date in [Timestamp::MIN, Timestamp::from_second(-1).unwrap()] {
        assert!(matches!(error(Envelope { date, ..ok }), MimeError::Date));
    }
    assert!(mime(&mail(), &Envelope { date: Timestamp::UNIX_EPOCH, ..ok }).is_ok());
    for subject in ["", "a\r\nBcc: x@example.org", "a\u{2028}b", "a\u{0}b"] {
        let mail = Mail { subject: subject.to_owned(), ..mail() };
        assert!(matches!(mime(&mail, &ok), Err(MimeError::Subject)), "{subject:?}");
    }
}

// Proves that the latest instant that can be written is either sent or refused, without a panic.
#[test]
fn the_end_of_time_does_not_panic() {
    let _ = mime(&mail(), &Envelope { date: Timestamp::MAX, ..envelope() });
}

// Proves that two ids, however close, never make the same `Message-ID`.
#[test]
fn ids_stay_apart() {
    let id = |message_id| {
        let bytes = text_of(mime(&mail(), &Envelope { message_id, ..envelope() }).unwrap());
        bytes.split("\r\n").find(|line| line.starts_with("Message-ID")).unwrap().to_owned()
    };
    let ids = ["a#b", "a%23b", "a_23b", "a b", "a.b", "a/b", "A#b"].map(id);
    for (index, one) in ids.iter().enumerate() {
        assert!(ids[index + 1..].iter().all(|other| other != one), "{one}");
    }
}
