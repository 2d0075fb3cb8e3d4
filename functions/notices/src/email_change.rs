//! `email_change`: the link that confirms a new address (R11).

use std::fmt;

use jiff::Timestamp;
use schemas::Language;
use serde::Serialize;

use crate::mail::Notice;
use crate::words;

/// The link that confirms a new address.
#[derive(Clone, PartialEq, Eq)]
pub struct EmailChange {
    /// The link, token included.
    pub link: String,
    /// The first instant at which the link no longer works.
    pub expires_at: Timestamp,
}

impl fmt::Debug for EmailChange {
    // Whoever reads the link in a log could confirm the address.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("EmailChange").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

#[derive(Serialize)]
pub(crate) struct Facts {
    valid_until: String,
}

impl Notice for EmailChange {
    type Facts = Facts;

    const GREETS_BY_NAME: bool = false;

    fn link(&self) -> &str {
        &self.link
    }

    fn facts(&self, language: Language) -> Facts {
        Facts { valid_until: words::until(language, self.expires_at) }
    }
}
