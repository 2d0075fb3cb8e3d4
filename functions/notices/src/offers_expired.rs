//! `offers_expired`: offers lost for want of an answer (R29), applications lost for want of an order (R54), and what
//! remains (R30).

use schemas::Language;
use serde::Serialize;

use crate::mail::{Notice, title};

/// Offers were lost for want of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OffersExpired {
    /// The titles of the formations lost for want of an answer.
    pub formations: Vec<String>,
    /// How many applications were lost because they were left out of the order of preference (R54).
    pub not_ranked: u32,
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
    not_ranked: u32,
    still_held: Option<String>,
    waiting: u32,
}

impl Notice for OffersExpired {
    type Facts = Facts;

    fn has_news(&self) -> bool {
        !self.formations.is_empty() || self.not_ranked > 0
    }

    fn link(&self) -> &str {
        &self.space
    }

    fn facts(&self, language: Language) -> Facts {
        Facts {
            formations: self.formations.iter().map(|raw| title(language, raw)).collect(),
            not_ranked: self.not_ranked,
            still_held: self.still_held.as_deref().map(|raw| title(language, raw)),
            waiting: self.waiting,
        }
    }
}
