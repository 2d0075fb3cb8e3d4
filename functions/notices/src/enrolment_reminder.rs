//! `enrolment_reminder`: the day until which to enrol is near (R66, R67).

use jiff::civil::Date;
use schemas::Language;
use serde::Serialize;

use crate::mail::{Notice, title};
use crate::words;

/// An enrolment is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolmentReminder {
    /// The title of the formation.
    pub formation: String,
    /// The last day on which to enrol (R66).
    pub enrol_by: Date,
    /// The candidate's space on the platform.
    pub space: String,
}

#[derive(Serialize)]
pub(crate) struct Facts {
    formation: String,
    enrol_by: String,
}

impl Notice for EnrolmentReminder {
    type Facts = Facts;

    fn link(&self) -> &str {
        &self.space
    }

    fn facts(&self, language: Language) -> Facts {
        Facts { formation: title(language, &self.formation), enrol_by: words::by(language, self.enrol_by) }
    }
}
