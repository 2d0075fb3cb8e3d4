//! `account_activation`: the link that makes an account real (R9), in the words of the platform's own mail.

use std::fmt;

use jiff::Timestamp;
use schemas::Language;
use serde::Serialize;

use crate::mail::Notice;
use crate::words;

/// The link that activates a new account.
#[derive(Clone, PartialEq, Eq)]
pub struct AccountActivation {
    /// The link, token included.
    pub link: String,
    /// The first instant at which the link no longer works.
    pub expires_at: Timestamp,
}

impl fmt::Debug for AccountActivation {
    // Whoever reads the link in a log could open the account.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("AccountActivation")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

#[derive(Serialize)]
pub(crate) struct Facts {
    valid_until: String,
}

impl Notice for AccountActivation {
    type Facts = Facts;

    const GREETS_BY_NAME: bool = false;

    fn link(&self) -> &str {
        &self.link
    }

    fn facts(&self, language: Language) -> Facts {
        Facts { valid_until: words::until(language, self.expires_at) }
    }
}
