//! Paris times and the plain words for states and causes.

use jiff::{SignedDuration, Timestamp};
use procedure::calendar;
use schemas::candidate::{CertificateKind, LostCause, VacancyReason};
use schemas::{AccountState, ApplicationState};

/// An instant to the minute, Paris time.
pub(super) fn minute(instant: Timestamp) -> String {
    calendar::civil(instant).strftime("%Y-%m-%d %H:%M").to_string()
}

/// The last minute before an instant: what "23:59" means (R36).
pub(super) fn last_minute(instant: Timestamp) -> String {
    minute(instant.checked_sub(SignedDuration::from_mins(1)).unwrap_or(instant))
}

/// Where an application stands, in words.
pub(super) fn state(state: ApplicationState) -> &'static str {
    match state {
        ApplicationState::Submitted => "sent, no result published",
        ApplicationState::Refused => "refused by the establishment",
        ApplicationState::Waitlisted => "on the waitlist",
        ApplicationState::ContractSearch => "placed in contract search",
        ApplicationState::ContractSubmitted => "a contract waits for its validation",
        ApplicationState::ContractValidated => "the contract is validated",
        ApplicationState::Offered => "a seat is offered",
        ApplicationState::AcceptedProvisionally => "accepted provisionally",
        ApplicationState::AcceptedDefinitively => "accepted for good",
        ApplicationState::Enrolled => "enrolled",
        ApplicationState::Archived => "kept for the withdrawals phase",
        ApplicationState::Lost => "lost",
        ApplicationState::NotAdmitted => "no favourable answer",
        ApplicationState::Annulled => "annulled",
    }
}

/// Why an application is lost, in words.
pub(super) fn cause(cause: LostCause) -> &'static str {
    match cause {
        LostCause::Expired => "the offer was not answered in time",
        LostCause::RefusedByCandidate => "the candidate refused the offer",
        LostCause::NotKept => "the candidate did not keep the placement",
        LostCause::Replaced => "the candidate held another offer instead",
        LostCause::OtherAccepted => "the candidate accepted another offer",
        LostCause::LowerPreference => "an offer that the candidate prefers came",
        LostCause::NotRanked => "the candidate left it out of his preferences",
        LostCause::ContractRejected => "the formation rejected the contract",
        LostCause::Withdrawn => "the candidate withdrew it",
        LostCause::Resigned => "the candidate left the platform",
        LostCause::Renounced => "the candidate is deemed to have given up the seat",
    }
}

/// A certificate, in words.
pub(super) fn certificate(kind: CertificateKind) -> &'static str {
    match kind {
        CertificateKind::NonEnrolment => "A certificate of non-enrolment",
        CertificateKind::Refusal => "A certificate of the refusal",
        CertificateKind::Admission => "A certificate of the admission",
    }
}

/// Why a seat is vacant, in words.
pub(super) fn vacancy(reason: VacancyReason) -> &'static str {
    match reason {
        VacancyReason::EnrolmentDeadlineMissed => "the candidate did not enrol in time",
        VacancyReason::ConditionsNotMet => "the candidate does not meet the conditions for enrolling",
        VacancyReason::AbsentFirstDay => "the candidate was absent on the first day",
        VacancyReason::Withdrew => "the candidate told it that he does not come",
    }
}

/// Where an account stands, in words.
pub(super) fn account(state: AccountState) -> &'static str {
    match state {
        AccountState::Registered => "account not activated",
        AccountState::Active => "active account",
        AccountState::Closed => "account of a campaign that is over",
        AccountState::Resigned => "left the platform",
        AccountState::Sanctioned => "sanctioned by the rector",
    }
}
