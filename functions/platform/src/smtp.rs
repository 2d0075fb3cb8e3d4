//! Mails through a relay of the platform's own, by SMTP: over TLS only, signed in, on connections that are kept.
//!
//! SMTP tells no events: what the relay took is sent, what comes back comes back to the sender's mailbox. An answer that
//! is lost after the message was handed over stays in doubt; the message's own `Message-ID` is the same at the second
//! attempt, so a relay or a mailbox that knows it shows it once.

use std::time::Duration;

use async_trait::async_trait;
use lettre::address::Envelope;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::response::{Code, Response};
use lettre::transport::smtp::{Error, PoolConfig};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

use crate::mail::{MailError, Mailer, NotSent, OutgoingMail, Quota};

/// How long a relay may take for one command: RFC 5321 asks for minutes at the end of a message, a relay next door takes
/// seconds, and a claim of the outbox lasts a quarter of an hour.
pub const COMMAND_TIMEOUT: Duration = Duration::from_secs(60);

/// How many connections are kept at the most: what relays allow one client.
pub const CONNECTIONS_MAX: u32 = 10;

/// Replies by which a relay refuses whoever signs in, not the mail (RFC 4954).
const SIGN_IN_REFUSED: [&str; 5] = ["530", "534", "535", "538", "454"];

/// Which relay, and how to sign in there.
#[derive(Clone)]
pub struct SmtpSettings {
    /// Its name, as in its certificate.
    pub host: String,
    /// Its port: 465 speaks TLS from the first byte, any other must offer STARTTLS.
    pub port: u16,
    /// Who signs in.
    pub user: String,
    /// By which word.
    pub password: String,
    /// The sender's address, to which the relay returns what it cannot deliver.
    pub sender: String,
    /// The certificate of an authority of the platform's own, as PEM; else those of the machine.
    pub authority: Option<Vec<u8>>,
    /// How many mails a second the relay takes, if it takes so many only.
    pub per_second: Option<f64>,
}

/// The port that speaks TLS from the first byte (RFC 8314).
const PORT_OF_TLS: u16 = 465;

/// Why there is no mailer of these settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SmtpSettingsError {
    /// The relay's name cannot be in a certificate, or the authority's certificate is not one.
    #[error("the relay's name or its authority's certificate cannot be used; expected a host name and PEM")]
    Tls,
    /// The sender is not an address.
    #[error("the sender is not an address; expected somebody@example.org, without a name")]
    Sender,
}

/// Sends through a relay.
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    sender: Address,
    per_second: Option<f64>,
}

impl SmtpMailer {
    /// Through this relay; the first connection is made with the first mail.
    ///
    /// # Errors
    /// [`SmtpSettingsError`] names what cannot be used.
    pub fn new(settings: SmtpSettings) -> Result<Self, SmtpSettingsError> {
        let mut tls = TlsParameters::builder(settings.host.clone());
        if let Some(pem) = &settings.authority {
            tls = tls.add_root_certificate(Certificate::from_pem(pem).map_err(|_| SmtpSettingsError::Tls)?);
        }
        let tls = tls.build().map_err(|_| SmtpSettingsError::Tls)?;
        let tls = if settings.port == PORT_OF_TLS { Tls::Wrapper(tls) } else { Tls::Required(tls) };
        let transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(settings.host)
            .port(settings.port)
            .tls(tls)
            .timeout(Some(COMMAND_TIMEOUT))
            .credentials(Credentials::new(settings.user, settings.password))
            .pool_config(PoolConfig::new().max_size(CONNECTIONS_MAX))
            .build();
        let sender = settings.sender.parse().map_err(|_| SmtpSettingsError::Sender)?;
        Ok(Self { transport, sender, per_second: settings.per_second })
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, mail: OutgoingMail) -> Result<String, MailError> {
        let rejected = MailError::NotSent(NotSent::Rejected);
        let Ok(to) = mail.to.parse::<Address>() else { return Err(rejected) };
        let Ok(envelope) = Envelope::new(Some(self.sender.clone()), vec![to]) else { return Err(rejected) };
        // The transport ends the last line itself.
        let message = mail.mime.strip_suffix(b"\r\n").unwrap_or(&mail.mime);
        match self.transport.send_raw(&envelope, message).await {
            Ok(response) => Ok(id(&response, &mail.notice)),
            Err(error) => Err(failed(&error)),
        }
    }

    async fn quota(&self) -> Result<Option<Quota>, MailError> {
        Ok(self.per_second.map(|per_second| Quota { per_second, per_day: None }))
    }
}

/// The relay's own name of the mail, the last word of its answer, or the notice's where that is none.
fn id(response: &Response, notice: &str) -> String {
    let word = response.message().last().and_then(|line| line.split_whitespace().last()).unwrap_or_default();
    let plain =
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if plain { format!("smtp:{word}") } else { format!("smtp:{}", crate::tag::encode(notice)) }
}

/// What a failure means to the port. A reply of the relay, at whatever step, says that it did not take the mail; so does
/// a connection that did not come about. A connection that broke may have broken after the message.
fn failed(error: &Error) -> MailError {
    if let Some(code) = error.status() {
        return MailError::NotSent(refused(code));
    }
    if error.is_client() || error.is_tls() {
        return MailError::NotSent(NotSent::AccountRefused);
    }
    let mut behind: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(cause) = behind {
        if cause.downcast_ref::<std::io::Error>().is_some_and(never_connected) {
            return MailError::NotSent(NotSent::Unreachable);
        }
        behind = cause.source();
    }
    MailError::Ambiguous
}

fn never_connected(problem: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionRefused, HostUnreachable, NetworkUnreachable};
    matches!(problem.kind(), ConnectionRefused | HostUnreachable | NetworkUnreachable)
}

fn refused(code: Code) -> NotSent {
    let written = code.to_string();
    if SIGN_IN_REFUSED.contains(&written.as_str()) {
        NotSent::AccountRefused
    } else if written.starts_with('4') {
        NotSent::Deferred
    } else {
        NotSent::Rejected
    }
}
