//! `fraud_notice`, `fraud_decision` and its copy: a case of fraud before the rector (R73, R74).

use jiff::Timestamp;
use schemas::{CandidateId, Language};
use serde::Serialize;

use crate::mail::Notice;
use crate::words;

/// Facts were reported, and the candidate has time to answer them (R73).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FraudNotice {
    /// The first instant at which observations are too late.
    pub answer_by: Timestamp,
    /// The candidate's space on the platform.
    pub space: String,
}

/// The facts of [`FraudNotice`].
#[derive(Serialize)]
pub(crate) struct NoticeFacts {
    answer_until: String,
}

impl Notice for FraudNotice {
    type Facts = NoticeFacts;

    fn link(&self) -> &str {
        &self.space
    }

    fn facts(&self, language: Language) -> NoticeFacts {
        NoticeFacts { answer_until: words::until(language, self.answer_by) }
    }
}

/// The rector decided (R74).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FraudDecision {
    /// Whether the candidate is sanctioned; else the case is dropped.
    pub sanctioned: bool,
    /// How many applications the decision ends.
    pub applications: u32,
    /// When.
    pub at: Timestamp,
    /// The candidate's space on the platform.
    pub space: String,
}

/// The facts of [`FraudDecision`].
#[derive(Serialize)]
pub(crate) struct DecisionFacts {
    sanctioned: bool,
    applications: u32,
    at: String,
}

impl Notice for FraudDecision {
    type Facts = DecisionFacts;

    fn link(&self) -> &str {
        &self.space
    }

    fn facts(&self, language: Language) -> DecisionFacts {
        DecisionFacts {
            sanctioned: self.sanctioned,
            applications: self.applications,
            at: words::moment(language, self.at),
        }
    }
}

/// The copy of a sanction for an establishment concerned (R74): it names the candidate by number only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FraudDecisionCopy {
    /// About whom.
    pub candidate: CandidateId,
    /// When the rector decided.
    pub at: Timestamp,
    /// The establishment's space on the platform.
    pub space: String,
}

/// The facts of [`FraudDecisionCopy`].
#[derive(Serialize)]
pub(crate) struct CopyFacts {
    candidate: String,
    at: String,
}

impl Notice for FraudDecisionCopy {
    type Facts = CopyFacts;

    const FOLDER: Option<&'static str> = Some("fraud_decision_copy");

    fn link(&self) -> &str {
        &self.space
    }

    fn facts(&self, language: Language) -> CopyFacts {
        CopyFacts { candidate: self.candidate.to_string(), at: words::moment(language, self.at) }
    }
}
