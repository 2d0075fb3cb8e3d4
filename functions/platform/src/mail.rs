//! The port `Mailer`: where mails leave.

use std::io::ErrorKind;

use async_trait::async_trait;

/// A mail, built and addressed.
#[derive(Debug, Clone)]
pub struct OutgoingMail {
    /// The notice's id: the tag by which the provider's events find it again. Holds nothing personal.
    pub notice: String,
    /// The address; never logged.
    pub to: String,
    /// The whole message (RFC 5322).
    pub mime: Vec<u8>,
}

/// Why a mail was certainly not sent. There is no free text in it: reasons are logged, and what providers and
/// files say of theirs may quote an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// The provider does not take this mail.
    #[error("the provider rejected it")]
    Rejected,
    /// Too many mails; try again.
    #[error("the provider is throttling")]
    Throttled,
    /// The provider was not reached.
    #[error("the provider was not reached")]
    Unreachable,
    /// The folder does not take it.
    #[error("its file cannot be written: {0}")]
    NotWritten(ErrorKind),
}

/// What can go wrong when a mail is sent.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// It was certainly not sent; it may be tried again.
    #[error("the mail was not taken: {0}")]
    NotSent(NotSent),
    /// Nobody knows whether it was sent.
    #[error("the provider did not answer: the mail may have been sent")]
    Ambiguous,
}

/// Sends one mail.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Hands the mail over and returns the provider's own id of it.
    ///
    /// # Errors
    /// [`MailError`] says whether it may have left all the same.
    async fn send(&self, mail: OutgoingMail) -> Result<String, MailError>;
}
