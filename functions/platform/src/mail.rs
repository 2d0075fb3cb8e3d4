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
    /// The provider will never take this mail.
    #[error("the provider rejected it")]
    Rejected,
    /// Too many mails a second; the same mail passes a little later.
    #[error("the provider is throttling")]
    Throttled,
    /// The day's mails are sent; the same mail passes once the day is over.
    #[error("the daily quota is used up")]
    QuotaReached,
    /// No mail of ours passes until somebody has seen to it: the account is paused or not allowed out of the sandbox,
    /// the sender is not verified, a permission is missing.
    #[error("the provider takes no mail from this account")]
    AccountRefused,
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

/// What a provider grants at this moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quota {
    /// Mails a second.
    pub per_second: f64,
    /// Mails in 24 hours, and how many of them are sent; `None` where a day has no limit.
    pub per_day: Option<Daily>,
}

/// What a provider grants in any 24 hours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Daily {
    /// Mails granted.
    pub granted: f64,
    /// Of them, those sent in the last 24 hours.
    pub sent: f64,
}

impl Quota {
    /// How many mails are left of the last 24 hours; `None` where a day has no limit.
    #[must_use]
    pub fn left_today(&self) -> Option<f64> {
        self.per_day.map(|day| (day.granted - day.sent).max(0.0))
    }
}

/// Sends one mail.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Hands the mail over and returns the provider's own id of it.
    ///
    /// # Errors
    /// [`MailError`] says whether it may have left all the same.
    async fn send(&self, mail: OutgoingMail) -> Result<String, MailError>;

    /// What the provider grants at this moment; `None` from one that has no limits.
    ///
    /// # Errors
    /// [`MailError::NotSent`] with the reason why it grants nothing, or does not say.
    async fn quota(&self) -> Result<Option<Quota>, MailError> {
        Ok(None)
    }

    /// Forgets that mails to this address came back: the provider's own part of an operator's release. One without
    /// such a list has nothing to do.
    ///
    /// # Errors
    /// [`MailError::NotSent`] with the reason.
    async fn release(&self, _address: &str) -> Result<(), MailError> {
        Ok(())
    }
}
