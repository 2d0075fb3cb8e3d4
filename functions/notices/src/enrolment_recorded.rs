//! `enrolment_recorded`: what the establishment said of a seat accepted for good (R65, R67, R68).

use jiff::Timestamp;
use schemas::Language;
use serde::Serialize;

use crate::mail::{Notice, title};
use crate::words;

/// What the establishment said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Recorded {
    /// The candidate is enrolled (R65).
    Enrolled,
    /// The seat is vacant: he did not enrol in time (R66, R67).
    DeadlineMissed,
    /// The seat is vacant: he does not meet the conditions for enrolling.
    ConditionsNotMet,
    /// The seat is vacant: he was absent on the first day.
    AbsentFirstDay,
    /// The seat is vacant: he told the establishment that he does not come.
    Withdrew,
    /// The seat is not vacant after all: the acceptance stands (R68).
    Restored,
}

/// An enrolment was confirmed, or a seat signalled as vacant, or that taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolmentRecorded {
    /// What the establishment said.
    pub recorded: Recorded,
    /// The title of the formation.
    pub formation: String,
    /// When it said so.
    pub at: Timestamp,
    /// The candidate's space on the platform.
    pub space: String,
}

#[derive(Serialize)]
pub(crate) struct Facts {
    recorded: Recorded,
    formation: String,
    at: String,
}

impl Notice for EnrolmentRecorded {
    type Facts = Facts;

    fn link(&self) -> &str {
        &self.space
    }

    fn facts(&self, language: Language) -> Facts {
        Facts {
            recorded: self.recorded,
            formation: title(language, &self.formation),
            at: words::moment(language, self.at),
        }
    }
}
