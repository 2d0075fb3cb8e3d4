//! `new_offers`: the digest of a morning (R24, R33): how many and until when, never which.

use jiff::Timestamp;
use schemas::Language;
use serde::Serialize;

use crate::mail::Notice;
use crate::words;

/// New offers this morning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOffers {
    /// How many wait for an answer.
    pub offers: u32,
    /// How many the night accepted in the candidate's name (R56).
    pub accepted: u32,
    /// How many applications are newly placed in contract search (R40).
    pub searches: u32,
    /// The first instant at which an answer is too late (R34), where one is due; the earliest, should they differ.
    pub answer_by: Option<Timestamp>,
    /// The candidate's space on the platform.
    pub space: String,
}

#[derive(Serialize)]
pub(crate) struct Facts {
    offers: u32,
    accepted: u32,
    searches: u32,
    answer_until: Option<String>,
}

impl Notice for NewOffers {
    type Facts = Facts;

    fn has_news(&self) -> bool {
        self.offers > 0 || self.accepted > 0 || self.searches > 0
    }

    fn link(&self) -> &str {
        &self.space
    }

    fn facts(&self, language: Language) -> Facts {
        Facts {
            offers: self.offers,
            accepted: self.accepted,
            searches: self.searches,
            answer_until: self.answer_by.map(|deadline| words::until(language, deadline)),
        }
    }
}
