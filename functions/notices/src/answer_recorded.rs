//! `answer_recorded`: the receipt of an answer, a withdrawal or a resignation (R26–R28).

use jiff::Timestamp;
use jiff::civil::Date;
use schemas::Language;
use serde::Serialize;

use crate::mail::{Notice, title};
use crate::words;

/// What the candidate did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Accepted an offer for good (R28).
    AcceptedDefinitively,
    /// Accepted an offer while waiting for better (R27).
    AcceptedProvisionally,
    /// Refused an offer.
    Refused,
    /// Accepted a placement in contract search (R41).
    SearchAccepted,
    /// Refused a placement in contract search (R41).
    SearchRefused,
    /// Withdrew an application.
    Withdrawn,
    /// Left the platform.
    Resigned,
}

/// An answer, a withdrawal or a resignation was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerRecorded {
    /// What the candidate did.
    pub answer: Answer,
    /// The title of the formation; `None` for a resignation.
    pub formation: Option<String>,
    /// When it was recorded.
    pub at: Timestamp,
    /// How many waitlist placements are kept.
    pub kept: u32,
    /// How many other applications and placements this answer ends.
    pub lost: u32,
    /// Until when one enrols after a definitive acceptance (R66); `None` where the establishment says it.
    pub enrol_by: Option<Date>,
    /// The candidate's space on the platform.
    pub space: String,
}

#[derive(Serialize)]
pub(crate) struct Facts {
    answer: Answer,
    formation: Option<String>,
    at: String,
    kept: u32,
    lost: u32,
    enrol_by: Option<String>,
}

impl Notice for AnswerRecorded {
    type Facts = Facts;

    fn link(&self) -> &str {
        &self.space
    }

    fn facts(&self, language: Language) -> Facts {
        Facts {
            answer: self.answer,
            formation: self.formation.as_deref().map(|raw| title(language, raw)),
            at: words::moment(language, self.at),
            kept: self.kept,
            lost: self.lost,
            enrol_by: self.enrol_by.map(|day| words::by(language, day)),
        }
    }
}
