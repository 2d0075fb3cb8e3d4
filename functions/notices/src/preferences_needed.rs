//! `preferences_needed`: the complementary phase begins, and what waits must be ordered (R53, R54).

use jiff::Timestamp;
use schemas::Language;
use serde::Serialize;

use crate::mail::Notice;
use crate::words;

/// What the candidate has must be ordered by preference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreferencesNeeded {
    /// How many applications wait and can be ordered.
    pub applications: u32,
    /// Whether an offer is held provisionally: it is last by itself (R53).
    pub held: bool,
    /// The first instant at which an order is too late (R54).
    pub order_by: Timestamp,
    /// The candidate's space on the platform.
    pub space: String,
}

#[derive(Serialize)]
pub(crate) struct Facts {
    applications: u32,
    held: bool,
    order_until: String,
}

impl Notice for PreferencesNeeded {
    type Facts = Facts;

    fn has_news(&self) -> bool {
        self.applications > 0 || self.held
    }

    fn link(&self) -> &str {
        &self.space
    }

    fn facts(&self, language: Language) -> Facts {
        Facts {
            applications: self.applications,
            held: self.held,
            order_until: words::until(language, self.order_by),
        }
    }
}
