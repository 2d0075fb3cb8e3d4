//! What several tests need: every mail, and what a reader sees of an HTML document.

use notices::{Envelope, Mail, Message, Reader, samples};
use schemas::{Language, NoticeKind};

pub(crate) const LANGUAGES: [(Language, &str); 2] = [(Language::Fr, "fr"), (Language::En, "en")];

/// Every sample rendered in every language for a reader called Zoé: "name.language", message, mail.
pub(crate) fn mails() -> Vec<(String, Message, Mail)> {
    let mut mails = Vec::new();
    for (name, message) in samples() {
        for (language, tag) in LANGUAGES {
            let mail = message.render(&Reader { language, name: Some("Zoé Le Gall") }).unwrap();
            mails.push((format!("{name}.{tag}"), message.clone(), mail));
        }
    }
    mails
}

/// An envelope that needs no thought.
pub(crate) fn envelope<'a>() -> Envelope<'a> {
    Envelope {
        from: "Mon Master <ne-pas-repondre@monmaster.example>",
        to: "Zoe.LeGall+master@example.org",
        date: "2024-06-05T07:00:03.5Z".parse().unwrap(),
        message_id: "C#cand-0001/N#2024-06-05#digest",
        stage: "test",
        kind: NoticeKind::NewOffers,
    }
}

/// The words that a browser shows: no head, no tags, entities decoded, spaces collapsed.
pub(crate) fn visible(html: &str) -> String {
    let body = html.split_once("<body").unwrap().1;
    let mut words = String::new();
    for piece in body.split('<') {
        let (tag, text) = piece.split_once('>').unwrap();
        // Emphasis stands inside a sentence; every other tag parts two of them.
        words.push_str(if tag.ends_with("strong") { "" } else { " " });
        words.push_str(text);
    }
    for (entity, character) in
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#x27;", "'"), ("&#x2f;", "/"), ("&amp;", "&")]
    {
        words = words.replace(entity, character);
    }
    collapse(&words)
}

/// Runs of ordinary white space become one space; a non-breaking space stays what it is.
pub(crate) fn collapse(text: &str) -> String {
    text.split([' ', '\n', '\t']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}
