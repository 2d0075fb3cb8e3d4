//! Who has a seat, what it closes, and who waits for one: derived from states, never counted (law 5 of the design).

use jiff::Timestamp;
use schemas::campaign::AlternanceMode;
use schemas::{Application, ApplicationState, Campaign, Candidate, LostCause, Track};

/// Whether an application in this state takes a seat of its formation: offers, acceptances, enrolments, and contract
/// searches, also with a contract that somebody must still look at, where the year says so (R40, R46).
#[must_use]
pub fn takes_seat(state: ApplicationState, rules: &Campaign) -> bool {
    let searches = matches!(state, ApplicationState::ContractSearch | ApplicationState::ContractSubmitted);
    state.takes_seat() || (searches && rules.alternance.search_uses_seat)
}

/// Whether a definitive acceptance in one track closes another one (R28). In 2023 that of an offer leaves alternance
/// open (R45), while that by a contract closes the phase for the candidate, in both tracks (R46).
#[must_use]
pub fn closes(accepted: Track, other: Track, rules: &Campaign) -> bool {
    rules.definitive_closes_other_track || accepted == other || accepted_by_contract(accepted, rules)
}

/// Whether what is accepted in this track was accepted by a contract, never by an answer to an offer (R46).
#[must_use]
pub fn accepted_by_contract(track: Track, rules: &Campaign) -> bool {
    track == Track::Alternance && rules.alternance.mode == AlternanceMode::UploadIsAcceptance
}

/// The place of an application in its formation's queue; the smallest is next.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Turn {
    /// By the jury's rank (R24, R48).
    Rank(u32),
    /// By the arrival of the contract, then its version (R47).
    Arrival(Timestamp, String),
}

/// The place of an application that waits for a seat: on a waitlist, or with a validated contract.
#[must_use]
pub fn turn(application: &Application, rules: &Campaign) -> Option<Turn> {
    let rank = application.now.rank.map(Turn::Rank);
    match application.now.state {
        ApplicationState::Waitlisted | ApplicationState::Archived => rank,
        ApplicationState::ContractValidated if rules.alternance.mode == AlternanceMode::ValidatedFifo => {
            let contract = application.contract.as_ref()?;
            Some(Turn::Arrival(contract.arrival, contract.version.clone()))
        }
        ApplicationState::ContractValidated => rank,
        _ => None,
    }
}

/// How many offers and placements in contract search of a settled candidate lapsed after one instant and by another, for
/// want of an answer (R29, R30, R42, R43).
#[must_use]
pub fn lapsed(candidate: &Candidate, after: Timestamp, by: Timestamp) -> u64 {
    let lapsed = |application: &&Application| {
        application.now.cause == Some(LostCause::Expired)
            && application.now.deadline.is_some_and(|deadline| after < deadline && deadline <= by)
    };
    candidate.applications.values().filter(lapsed).count() as u64
}
