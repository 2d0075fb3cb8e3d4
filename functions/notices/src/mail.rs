//! From a notice and its reader to a mail: the machinery that all notices share.

use std::fmt;

use minijinja::ErrorKind;
use minijinja::value::{Serde, Value};
use schemas::{Language, NoticeKind};
use serde::Serialize;

use crate::{clean, templates, words};

/// Who reads the mail. It has no `Debug`: a name belongs in no log.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    /// The language of the mail.
    pub language: Language,
    /// First and last name for the greeting, as typed; cleaned before it is printed.
    pub name: Option<&'a str>,
}

/// A rendered notice. The text and the HTML state the same facts.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// One line of fewer than 78 characters; it names nobody and no formation.
    pub subject: String,
    /// The plain text: one line per paragraph, lines ended by `\n`.
    pub text: String,
    /// The same as an HTML document that needs nothing from the network.
    pub html: String,
}

impl fmt::Debug for Mail {
    // The bodies hold a name, titles, and in one notice a token.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Mail").field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// Why a notice cannot be rendered. No variant holds personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// The facts announce nothing; a mail without news would frighten or mislead.
    #[error("the notice {} has nothing to say", .0.name())]
    NothingToSay(NoticeKind),
    /// The link is not a plain `http` or `https` address. It is not repeated here: it may hold a token.
    #[error("the link of the notice {} is not a web address", .0.name())]
    Link(NoticeKind),
    /// A template is at fault; the tests render each one, so this should never be seen.
    #[error("the template {template}, line {line}: {what}")]
    Template {
        /// Its name, as `new_offers/fr/body.txt.j2`.
        template: String,
        /// The line, from 1; 0 if unknown.
        line: usize,
        /// The kind of fault.
        what: ErrorKind,
    },
}

/// What a notice brings to its templates.
pub(crate) trait Notice {
    /// The facts in words, under the names that the templates use.
    type Facts: Serialize;

    /// Whether the greeting uses the reader's name.
    ///
    /// Not where the mailbox is not proved to be the account's (R9): a stranger could otherwise have
    /// the platform send words of his choice to anybody.
    const GREETS_BY_NAME: bool = true;

    /// The folder of its templates, where it is not that of its kind.
    const FOLDER: Option<&'static str> = None;

    /// Whether there is anything to announce.
    fn has_news(&self) -> bool {
        true
    }

    /// The one link of the mail.
    fn link(&self) -> &str;

    /// The facts in the reader's language.
    fn facts(&self, language: Language) -> Self::Facts;
}

/// What every template can name, beside the facts of its notice.
#[derive(Serialize)]
struct Page<'a, Facts> {
    language: &'static str,
    greeting: String,
    subject: &'a str,
    link: &'a str,
    #[serde(flatten)]
    facts: Facts,
}

/// Renders the three templates of a notice.
pub(crate) fn render<N: Notice>(
    kind: NoticeKind,
    notice: &N,
    reader: &Reader<'_>,
) -> Result<Mail, RenderError> {
    if !notice.has_news() {
        return Err(RenderError::NothingToSay(kind));
    }
    if !is_web_address(notice.link()) {
        return Err(RenderError::Link(kind));
    }
    let language = words::pick(reader.language, "fr", "en");
    let page = |subject: &str| {
        Value::from(Serde(Page {
            language,
            greeting: greeting(reader.language, reader.name.filter(|_| N::GREETS_BY_NAME)),
            subject,
            link: notice.link(),
            facts: notice.facts(reader.language),
        }))
    };
    let folder = N::FOLDER.unwrap_or(kind.name());
    let template = |part: &str| format!("{folder}/{language}/{part}");

    let subject = templates::render(&template("subject.txt.j2"), page(""))?.trim().to_owned();
    let text = tidy(&templates::render(&template("body.txt.j2"), page(&subject))?);
    let html = tidy(&templates::render(&template("body.html.j2"), page(&subject))?);
    Ok(Mail { subject, text, html })
}

/// "Bonjour Zoé," or "Bonjour,".
fn greeting(language: Language, name: Option<&str>) -> String {
    let hello = words::pick(language, "Bonjour", "Hello");
    match name.and_then(|name| clean::line(name, clean::NAME_LENGTH_MAX)) {
        Some(name) => format!("{hello} {name},"),
        None => format!("{hello},"),
    }
}

/// A title fit to print; a formation without one still counts, so it is named as such.
pub(crate) fn title(language: Language, raw: &str) -> String {
    clean::line(raw, clean::TITLE_LENGTH_MAX)
        .unwrap_or_else(|| words::pick(language, "formation sans intitulé", "untitled programme").to_owned())
}

/// Whether this is an `http` or `https` address of the characters that RFC 3986 allows, and no other.
fn is_web_address(link: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte);
    let host = link.strip_prefix("https://").or_else(|| link.strip_prefix("http://"));
    // `http` is for a machine of one's own; a deployment gives `https`.
    host.is_some_and(|host| host.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '['))
        && link.bytes().all(allowed)
}

/// No space at line ends, no blank line at either end, never two in a row, one line break at the end.
fn tidy(rendered: &str) -> String {
    let mut tidy = String::with_capacity(rendered.len());
    let mut blank_pending = false;
    for line in rendered.lines().map(str::trim_end) {
        if line.is_empty() {
            blank_pending = !tidy.is_empty();
            continue;
        }
        if std::mem::take(&mut blank_pending) {
            tidy.push('\n');
        }
        tidy.push_str(line);
        tidy.push('\n');
    }
    tidy
}

#[cfg(test)]
mod tests {
    use super::{is_web_address, tidy};

    // Proves that only a plain web address can stand behind a button.
    #[test]
    fn only_web_addresses_are_links() {
        for good in [
            "https://example.org",
            "http://localhost:8080/a?b=c&d=%20#e",
            "https://example.org/a'b",
            "http://[::1]/",
        ] {
            assert!(is_web_address(good), "{good}");
        }
        for bad in [
            "",
            "https://",
            "https:///etc",
            "javascript:alert(1)",
            "HTTPS://example.org",
            "example.org",
            " https://example.org",
            "https://example.org/\"onclick=",
            "https://example.org/a b",
            "https://example.org/\r\nBcc: a",
            "https://exämple.org/",
            "https://example.org/<b>",
        ] {
            assert!(!is_web_address(bad), "{bad}");
        }
    }

    // Proves that conditional paragraphs leave no stray blank line.
    #[test]
    fn blank_lines_are_collapsed() {
        assert_eq!(tidy("\n\n a \n\n\n\n b\n\n"), " a\n\n b\n");
        assert_eq!(tidy("\n \n"), "");
    }
}
