//! `not_admitted`: the phase ended without a favourable answer (R58).

use schemas::Language;
use serde::Serialize;

use crate::mail::Notice;

/// No favourable answer at the end of the phase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAdmitted {
    /// How many applications were still on a waitlist, at least 1.
    pub applications: u32,
    /// The candidate's space on the platform.
    pub space: String,
}

#[derive(Serialize)]
pub(crate) struct Facts {
    applications: u32,
}

impl Notice for NotAdmitted {
    type Facts = Facts;

    fn has_news(&self) -> bool {
        self.applications > 0
    }

    fn link(&self) -> &str {
        &self.space
    }

    fn facts(&self, _: Language) -> Facts {
        Facts { applications: self.applications }
    }
}
