//! `new_offers`: the digest of a morning (R24, R33): how many and until when, never which.

use jiff::Timestamp;
use schemas::Language;
use serde::Serialize;

use crate::mail::Notice;
use crate::words;

/// New offers this morning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOffers {
    /// How many, at least 1.
    pub offers: u32,
    /// The first instant at which an answer is too late (R34); the earliest, should they differ.
    pub answer_by: Timestamp,
    /// The candidate's space on the platform.
    pub space: String,
}

#[derive(Serialize)]
pub(crate) struct Facts {
    offers: u32,
    answer_until: String,
}

impl Notice for NewOffers {
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
