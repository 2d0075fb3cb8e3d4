//! `became_definitive`: a provisional acceptance became definitive by itself (R32, R57).

use jiff::civil::Date;
use schemas::Language;
use serde::Serialize;

use crate::mail::{Notice, title};
use crate::words;

/// A provisional acceptance became definitive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BecameDefinitive {
    /// The title of the formation.
    pub formation: String,
    /// The Paris day on which it became definitive; it decides the enrolment deadline (R66).
    pub on: Date,
    /// That deadline; `None` where the establishment says it.
    pub enrol_by: Option<Date>,
    /// The candidate's space on the platform.
    pub space: String,
}

#[derive(Serialize)]
pub(crate) struct Facts {
    formation: String,
    on: String,
    enrol_by: Option<String>,
}

impl Notice for BecameDefinitive {
    type Facts = Facts;

    fn link(&self) -> &str {
        &self.space
    }

    fn facts(&self, language: Language) -> Facts {
        Facts {
            formation: title(language, &self.formation),
            on: words::on(language, self.on),
            enrol_by: self.enrol_by.map(|day| words::by(language, day)),
        }
    }
}
