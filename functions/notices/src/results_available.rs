//! `results_available`: the results of a track or round are published (R23, R40). It names no formation.

use jiff::Timestamp;
use schemas::Language;
use serde::Serialize;

use crate::mail::Notice;
use crate::words;

/// Results are published for the first time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultsAvailable {
    /// How many offers wait for an answer.
    pub offers: u32,
    /// How many the night accepted in the candidate's name (R56).
    pub accepted: u32,
    /// How many applications are on a waitlist.
    pub waitlisted: u32,
    /// How many applications are placed in contract search (R40, R47).
    pub searches: u32,
    /// How many applications are refused (R20).
    pub refused: u32,
    /// The first instant at which an answer is too late (R34), where an answer is due.
    pub answer_by: Option<Timestamp>,
    /// The candidate's space on the platform.
    pub space: String,
}

#[derive(Serialize)]
pub(crate) struct Facts {
    offers: u32,
    accepted: u32,
    waitlisted: u32,
    searches: u32,
    refused: u32,
    answer_until: Option<String>,
}

impl Notice for ResultsAvailable {
    type Facts = Facts;

    fn has_news(&self) -> bool {
        [self.offers, self.accepted, self.waitlisted, self.searches, self.refused]
            .iter()
            .any(|count| *count > 0)
    }

    fn link(&self) -> &str {
        &self.space
    }

    fn facts(&self, language: Language) -> Facts {
        Facts {
            offers: self.offers,
            accepted: self.accepted,
            waitlisted: self.waitlisted,
            searches: self.searches,
            refused: self.refused,
            answer_until: self.answer_by.map(|deadline| words::until(language, deadline)),
        }
    }
}
