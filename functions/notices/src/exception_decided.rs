//! `exception_decided`: exceptional circumstances were decided on (R38).

use jiff::Timestamp;
use schemas::Language;
use serde::Serialize;

use crate::mail::Notice;
use crate::words;

/// A request of exceptional circumstances was decided on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExceptionDecided {
    /// Whether placements were given back.
    pub granted: bool,
    /// For how many applications, at least 1.
    pub applications: u32,
    /// Whether the offer accepted for good is held provisionally again.
    pub held_again: bool,
    /// When.
    pub at: Timestamp,
    /// The candidate's space on the platform.
    pub space: String,
}

#[derive(Serialize)]
pub(crate) struct Facts {
    granted: bool,
    applications: u32,
    held_again: bool,
    at: String,
}

impl Notice for ExceptionDecided {
    type Facts = Facts;

    fn has_news(&self) -> bool {
        self.applications > 0
    }

    fn link(&self) -> &str {
        &self.space
    }

    fn facts(&self, language: Language) -> Facts {
        Facts {
            granted: self.granted,
            applications: self.applications,
            held_again: self.held_again,
            at: words::moment(language, self.at),
        }
    }
}
