//! `waitlist_archived`: placements kept for the withdrawals phase (R59).

use schemas::Language;
use serde::Serialize;

use crate::mail::Notice;

/// Waitlist placements are kept for the withdrawals phase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitlistArchived {
    /// How many, at least 1.
    pub placements: u32,
    /// The candidate's space on the platform.
    pub space: String,
}

#[derive(Serialize)]
pub(crate) struct Facts {
    placements: u32,
}

impl Notice for WaitlistArchived {
    type Facts = Facts;

    fn has_news(&self) -> bool {
        self.placements > 0
    }

    fn link(&self) -> &str {
        &self.space
    }

    fn facts(&self, _: Language) -> Facts {
        Facts { placements: self.placements }
    }
}
