//! `offer_reminder`: an answer is due (R35).

use jiff::Timestamp;
use schemas::Language;
use serde::Serialize;

use crate::mail::Notice;
use crate::words;

/// An answer is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferReminder {
    /// How many offers and placements are due at the first deadline, at least 1.
    pub offers: u32,
    /// The first instant at which an answer is too late (R34, R36).
    pub answer_by: Timestamp,
    /// The candidate's space on the platform.
    pub space: String,
}

#[derive(Serialize)]
pub(crate) struct Facts {
    offers: u32,
    answer_until: String,
}

impl Notice for OfferReminder {
    type Facts = Facts;

    fn has_news(&self) -> bool {
        self.offers > 0
    }

    fn link(&self) -> &str {
        &self.space
    }

    fn facts(&self, language: Language) -> Facts {
        Facts { offers: self.offers, answer_until: words::until(language, self.answer_by) }
    }
}
