//! From a mail to the bytes that leave: headers, and text and HTML as `multipart/alternative`.
//!
//! Everything that an e-mail library would otherwise take from the clock or from chance is an argument or a
//! constant, so a second attempt sends the very same bytes.

use std::time::SystemTime;

use jiff::Timestamp;
use lettre::Address;
use lettre::message::header::{
    ContentTransferEncoding, ContentType, Header, HeaderName, HeaderValue, MIME_VERSION_1_0,
};
use lettre::message::{Body, Mailbox, MultiPart, SinglePart};
use schemas::NoticeKind;

use crate::Mail;

/// The longest address that can be mailed to, in bytes: RFC 5321 allows a path of 256 with its brackets.
pub const ADDRESS_LENGTH_MAX: usize = 254;

/// The longest left part of a `Message-ID`, in bytes, once encoded: a header line without a space cannot be
/// folded, and some relays cut lines at 256.
pub const MESSAGE_ID_LENGTH_MAX: usize = 200;

/// The longest name of a stage, in bytes.
const STAGE_LENGTH_MAX: usize = 32;

/// What separates the two parts. `=_` never occurs in quoted-printable text, so no body can hold it.
const BOUNDARY: &str = "=_mon_master_alternative";

/// The last second that the `Date` header can hold: the end of the year 9999.
const DATE_S_MAX: i64 = 253_402_300_799;

/// What the outside of the mail says. It has no `Debug`: an address belongs in no log.
#[derive(Clone, Copy)]
pub struct Envelope<'a> {
    /// The sender, as `Mon Master <ne-pas-repondre@monmaster.example>`; its domain ends the `Message-ID`.
    pub from: &'a str,
    /// The candidate's address as he wrote it, without a name: ASCII only.
    pub to: &'a str,
    /// The instant of the `Date` header, cut to the second.
    pub date: Timestamp,
    /// The notice's id; any text, it is encoded.
    pub message_id: &'a str,
    /// The name of the deployment (`prod`, `test`), so that a mail of one is never taken for the other's.
    pub stage: &'a str,
    /// Which notice it is.
    pub kind: NoticeKind,
}

/// Why a mail cannot be built. No variant repeats what it refuses: it may be an address.
#[derive(Debug, thiserror::Error)]
pub enum MimeError {
    /// The sender is not an address, or not one in ASCII.
    #[error("the sender is not an address that can send")]
    From,
    /// The recipient's address cannot be mailed to.
    #[error("the recipient's address is not one that can be mailed to")]
    Address,
    /// The notice's id is empty or longer than [`MESSAGE_ID_LENGTH_MAX`].
    #[error("the id of the notice is empty or over {MESSAGE_ID_LENGTH_MAX} bytes once encoded")]
    MessageId,
    /// The stage is not 1 to 32 letters, digits, `-` or `_`.
    #[error("the stage is not 1 to {STAGE_LENGTH_MAX} letters, digits, \"-\" or \"_\"")]
    Stage,
    /// The instant is before 1970 or after 9999.
    #[error("the date is outside the years 1970 to 9999")]
    Date,
    /// The subject is empty or holds a control character.
    #[error("the subject is empty or not one line")]
    Subject,
    /// The parts do not make a mail.
    #[error("the mail cannot be built")]
    Build(#[source] lettre::error::Error),
}

/// The bytes of the mail, lines ended by CRLF. The same arguments give the same bytes.
///
/// # Errors
///
/// A [`MimeError`] for the first argument that cannot stand in a header.
///
/// ```
/// use notices::{Envelope, Mail, mime};
/// use schemas::NoticeKind;
///
/// let mail = Mail { subject: "Réponse".into(), text: "Bonjour,\n".into(), html: "<p>Bonjour,</p>\n".into() };
/// let envelope = Envelope {
///     from: "Mon Master <ne-pas-repondre@monmaster.example>",
///     to: "zoe@example.org",
///     date: "2024-06-05T07:00:00Z".parse()?,
///     message_id: "cand-1/2024-06-05",
///     stage: "test",
///     kind: NoticeKind::NewOffers,
/// };
/// let bytes = String::from_utf8(mime(&mail, &envelope)?)?;
/// assert!(bytes.contains("\r\nMessage-ID: <cand-1%2F2024-06-05@monmaster.example>\r\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn mime(mail: &Mail, envelope: &Envelope<'_>) -> Result<Vec<u8>, MimeError> {
    let from = sender(envelope.from)?;
    let to = parse_address(envelope.to)?;
    let message_id = message_id(envelope.message_id, from.email.domain())?;
    let message = lettre::Message::builder()
        .date(date(envelope.date)?)
        .from(from)
        .to(Mailbox::new(None, to))
        .subject(subject(&mail.subject)?)
        .message_id(Some(message_id))
        // RFC 3834: no out-of-office reply is due to a machine.
        .header(AutoSubmitted)
        .header(Stage(stage(envelope.stage)?))
        .header(Kind(envelope.kind))
        .header(MIME_VERSION_1_0)
        .multipart(
            MultiPart::alternative()
                .boundary(BOUNDARY)
                .singlepart(part(ContentType::TEXT_PLAIN, &mail.text))
                .singlepart(part(ContentType::TEXT_HTML, &mail.html)),
        )
        .map_err(MimeError::Build)?;
    Ok(message.formatted())
}

/// One part, always quoted-printable: legible in a file, and its lines stay short.
fn part(content_type: ContentType, content: &str) -> SinglePart {
    let body = Body::new_with_encoding(content.to_owned(), ContentTransferEncoding::QuotedPrintable)
        // Quoted-printable takes any text; should that ever change, the library's own choice is as good.
        .unwrap_or_else(Body::new);
    SinglePart::builder().content_type(content_type).body(body)
}

/// A recipient in ASCII: an address in other letters needs a relay that speaks them (RFC 6531), and ours
/// does not promise it.
fn parse_address(address: &str) -> Result<Address, MimeError> {
    let plain = address.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"(),:;<>[\\]".contains(&byte));
    if !plain || address.len() > ADDRESS_LENGTH_MAX {
        return Err(MimeError::Address);
    }
    address.parse().map_err(|_| MimeError::Address)
}

/// The sender, its address held to the same rule as a recipient's.
fn sender(from: &str) -> Result<Mailbox, MimeError> {
    if from.chars().any(char::is_control) {
        return Err(MimeError::From);
    }
    let mailbox: Mailbox = from.parse().map_err(|_| MimeError::From)?;
    parse_address(mailbox.email.as_ref()).map_err(|_| MimeError::From)?;
    Ok(mailbox)
}

/// `<id@domain>`; in the id, whatever is not a letter, a digit, `-` or `_` becomes `%` and two hex digits,
/// so that two ids never meet.
fn message_id(id: &str, domain: &str) -> Result<String, MimeError> {
    let mut encoded = String::with_capacity(id.len());
    for byte in id.bytes() {
        if is_word(byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    if encoded.is_empty() || encoded.len() > MESSAGE_ID_LENGTH_MAX {
        return Err(MimeError::MessageId);
    }
    Ok(format!("<{encoded}@{domain}>"))
}

fn stage(stage: &str) -> Result<String, MimeError> {
    let fits = (1..=STAGE_LENGTH_MAX).contains(&stage.len()) && stage.bytes().all(is_word);
    fits.then(|| stage.to_owned()).ok_or(MimeError::Stage)
}

fn subject(subject: &str) -> Result<&str, MimeError> {
    // An encoded word may decode to a line break, so encoding alone is no protection.
    let one_line = !subject.is_empty()
        && !subject.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'));
    one_line.then_some(subject).ok_or(MimeError::Subject)
}

/// The library's `Date` panics outside these years, so they are checked here.
fn date(at: Timestamp) -> Result<SystemTime, MimeError> {
    (0..=DATE_S_MAX).contains(&at.as_second()).then(|| SystemTime::from(at)).ok_or(MimeError::Date)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

/// A header that is only ever written.
macro_rules! header {
    ($type:ident, $name:literal, |$self:ident| $value:expr) => {
        impl Header for $type {
            fn name() -> HeaderName {
                const { HeaderName::new_from_ascii_str($name) }
            }

            fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
                Err(concat!($name, " is never read").into())
            }

            fn display(&self) -> HeaderValue {
                let $self = self;
                HeaderValue::new(Self::name(), $value)
            }
        }
    };
}

#[derive(Clone)]
struct AutoSubmitted;
header!(AutoSubmitted, "Auto-Submitted", |_header| "auto-generated".to_owned());

#[derive(Clone)]
struct Stage(String);
header!(Stage, "X-Stage", |header| header.0.clone());

#[derive(Clone)]
struct Kind(NoticeKind);
header!(Kind, "X-Notice-Kind", |header| header.0.name().to_owned());
