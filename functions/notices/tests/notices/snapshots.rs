//! Every word that is sent, on file.

use notices::mime;

use crate::support::{envelope, mails};

// Proves that no word of any mail changes unseen: subject and text of every sample, in both languages.
#[test]
fn the_texts_are_those_on_file() {
    for (name, _, mail) in mails() {
        insta::assert_snapshot!(
            format!("{name}.text"),
            format!("Subject: {}\n\n{}", mail.subject, mail.text)
        );
    }
}

// Proves the same of the HTML of every kind of notice; the variants of a kind differ in words only.
#[test]
fn the_pages_are_those_on_file() {
    for (name, message, mail) in mails() {
        if name.split('.').next() == Some(message.kind().name()) {
            insta::assert_snapshot!(format!("{name}.html"), mail.html);
        }
    }
}

// Proves what leaves on the wire, headers and encodings included.
#[test]
fn the_bytes_are_those_on_file() {
    let (_, message, mail) = mails().into_iter().find(|(name, ..)| name == "new_offers.fr").unwrap();
    let mut envelope = envelope();
    envelope.kind = message.kind();
    let bytes = mime(&mail, &envelope).unwrap();
    insta::assert_snapshot!("new_offers.fr.mime", String::from_utf8(bytes).unwrap());
}
