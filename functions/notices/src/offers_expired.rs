//! `offers_expired`: offers lost for want of an answer (R29), and what remains (R30).

use schemas::Language;
use serde::Serialize;

use crate::mail::{Notice, title};

/// Offers were lost for want of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OffersExpired {
    /// The titles of the formations lost, at least one.
    pub formations: Vec<String>,
    /// The title of the offer accepted before, which is kept (R30).
    pub still_held: Option<String>,
    /// How many waitlist placements remain.
    pub waiting: u32,
    /// The candidate's space on the platform.
    pub space: String,
}

#[derive(Serialize)]
pub(crate) struct Facts {
    formations: Vec<String>,
    still_held: Option<String>,
    waiting: u32,
}

impl Notice for OffersExpired {
    type Facts = Facts;

    fn has_news(&self) -> bool {
        !self.formations.is_empty()
    }

    fn link(&self) -> &str {
        &self.space
    }

    fn facts(&self, language: Language) -> Facts {
        Facts {
            formations: self.formations.iter().map(|raw| title(language, raw)).collect(),
            still_held: self.still_held.as_deref().map(|raw| title(language, raw)),
            waiting: self.waiting,
        }
    }
}
