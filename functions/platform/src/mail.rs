//! The port `Mailer`: where mails leave.

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

/// What can go wrong when a mail is sent.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// It was certainly not sent; it may be tried again.
    #[error("the mail was not taken: {0}")]
    NotSent(String),
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
