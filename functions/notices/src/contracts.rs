//! `contract_received`, `contract_validated`, `contract_rejected`: what becomes of a contract in alternance (R46–R49).

use jiff::Timestamp;
use schemas::Language;
use serde::Serialize;

use crate::mail::{Notice, title};
use crate::words;

/// A contract came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractReceived {
    /// The title of the formation.
    pub formation: String,
    /// When it came.
    pub at: Timestamp,
    /// Whether it accepts the place for good (R46).
    pub accepted: bool,
    /// The candidate's space on the platform.
    pub space: String,
}

/// The facts of [`ContractReceived`].
#[derive(Serialize)]
pub(crate) struct ReceivedFacts {
    formation: String,
    at: String,
    accepted: bool,
}

impl Notice for ContractReceived {
    type Facts = ReceivedFacts;

    fn link(&self) -> &str {
        &self.space
    }

    fn facts(&self, language: Language) -> ReceivedFacts {
        ReceivedFacts {
            formation: title(language, &self.formation),
            at: words::moment(language, self.at),
            accepted: self.accepted,
        }
    }
}

/// A contract was validated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractValidated {
    /// The title of the formation.
    pub formation: String,
    /// Whether the formation is mixed: the contract says how one enters, not whether (R49).
    pub mixed: bool,
    /// The candidate's space on the platform.
    pub space: String,
}

/// The facts of [`ContractValidated`].
#[derive(Serialize)]
pub(crate) struct ValidatedFacts {
    formation: String,
    mixed: bool,
}

impl Notice for ContractValidated {
    type Facts = ValidatedFacts;

    fn link(&self) -> &str {
        &self.space
    }

    fn facts(&self, language: Language) -> ValidatedFacts {
        ValidatedFacts { formation: title(language, &self.formation), mixed: self.mixed }
    }
}

/// A contract was rejected; why is in the candidate's space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractRejected {
    /// The title of the formation.
    pub formation: String,
    /// Whether the application ended with it.
    pub ended: bool,
    /// The candidate's space on the platform.
    pub space: String,
}

/// The facts of [`ContractRejected`].
#[derive(Serialize)]
pub(crate) struct RejectedFacts {
    formation: String,
    ended: bool,
}

impl Notice for ContractRejected {
    type Facts = RejectedFacts;

    fn link(&self) -> &str {
        &self.space
    }

    fn facts(&self, language: Language) -> RejectedFacts {
        RejectedFacts { formation: title(language, &self.formation), ended: self.ended }
    }
}
