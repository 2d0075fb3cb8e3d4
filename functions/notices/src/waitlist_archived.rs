//! `waitlist_archived`: placements kept for the withdrawals phase (R59, R60).

use jiff::Timestamp;
use schemas::Language;
use serde::Serialize;

use crate::mail::Notice;
use crate::words;

/// Waitlist placements are kept for the withdrawals phase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitlistArchived {
    /// How many, at least 1.
    pub placements: u32,
    /// The first instant at which an order of preference is too late, in a year in which one is still to be given (R60).
    pub order_by: Option<Timestamp>,
    /// The candidate's space on the platform.
    pub space: String,
}

#[derive(Serialize)]
pub(crate) struct Facts {
    placements: u32,
    order_until: Option<String>,
}

impl Notice for WaitlistArchived {
    type Facts = Facts;

    fn has_news(&self) -> bool {
        self.placements > 0
    }

    fn link(&self) -> &str {
        &self.space
    }

    fn facts(&self, language: Language) -> Facts {
        Facts {
            placements: self.placements,
            order_until: self.order_by.map(|order_by| words::until(language, order_by)),
        }
    }
}
