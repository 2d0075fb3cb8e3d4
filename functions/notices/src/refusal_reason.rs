//! `refusal_reason`: the establishment gave the reasons that it was asked for (R21).

use jiff::Timestamp;
use schemas::Language;
use serde::Serialize;

use crate::mail::{Notice, title};
use crate::words;

/// The reasons of a refusal are in the candidate's space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusalReasonGiven {
    /// The title of the formation.
    pub formation: String,
    /// When they were given.
    pub at: Timestamp,
    /// The candidate's space on the platform.
    pub space: String,
}

#[derive(Serialize)]
pub(crate) struct Facts {
    formation: String,
    at: String,
}

impl Notice for RefusalReasonGiven {
    type Facts = Facts;

    fn link(&self) -> &str {
        &self.space
    }

    fn facts(&self, language: Language) -> Facts {
        Facts { formation: title(language, &self.formation), at: words::moment(language, self.at) }
    }
}
