//! Positions on waitlists: who is worse off than before, because of whom, and whether the law has a reason for it.

use std::collections::{BTreeSet, HashMap};

use schemas::{CandidateId, Change, Event, FormationId};

/// Whose position on a list became worse, and who came before them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Worse {
    /// Who wait longer than before.
    pub candidates: BTreeSet<CandidateId>,
    /// Who are before one of them now and were not.
    pub because_of: BTreeSet<CandidateId>,
}

/// Compares a list with what it was; each has the next one first. Nobody is worse off for others leaving.
#[must_use]
pub fn worse(before: &[CandidateId], now: &[CandidateId]) -> Worse {
    let old: HashMap<&CandidateId, usize> = before.iter().zip(0..).collect();
    let mut worse = Worse::default();
    for (place, candidate) in now.iter().enumerate() {
        let Some(was) = old.get(candidate).filter(|was| **was < place) else { continue };
        worse.candidates.insert(candidate.clone());
        let ahead = now.iter().take(place).filter(|other| old.get(other).is_none_or(|at| was < at));
        worse.because_of.extend(ahead.cloned());
    }
    worse
}

/// Why somebody may come before others who waited already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AheadCause {
    /// Exceptional circumstances were granted: his placement came back at its rank (R38).
    ExceptionGranted,
    /// His result was published, by a ranking that came late or was corrected (R19, R23).
    ResultPublished,
    /// His contract was validated, and had come before theirs (R47).
    ContractValidated,
}

impl AheadCause {
    /// The cause's stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ExceptionGranted => "exception_granted",
            Self::ResultPublished => "result_published",
            Self::ContractValidated => "contract_validated",
        }
    }
}

/// The reason that a decision gives its candidate to wait at a formation, if it gives him one.
#[must_use]
pub fn ahead_cause(events: &[Event], formation: &FormationId) -> Option<AheadCause> {
    let cause = |event: &Event| match &event.change {
        Change::PlacementRestored { .. } => Some(AheadCause::ExceptionGranted),
        Change::Waitlisted { .. } => Some(AheadCause::ResultPublished),
        Change::ContractValidated { .. } => Some(AheadCause::ContractValidated),
        _ => None,
    };
    events.iter().filter(|event| event.change.formation() == Some(formation)).find_map(cause)
}
