//! What each change says to a reader.

use schemas::{Action, Cause, Change, Event, RefusalReason, Round, Rule};

use super::steps::Told;
use super::words;

/// What happened, in a sentence; empty for what concerns no application.
pub(super) fn sentence(told: &Told, event: &Event, words: &str) -> String {
    match &event.change {
        Change::Waitlisted { rank, formation } => {
            let offers = |event: &Event| {
                matches!(event.change, Change::Offered { .. }) && event.change.formation() == Some(formation)
            };
            let place = if told.events.iter().any(offers) { "" } else { "on the waitlist, " };
            format!("The result was published: {place}rank {rank}.")
        }
        Change::Refused { reason, .. } => {
            let reason = match reason {
                RefusalReason::AdminIncomplete => "the file is incomplete",
                RefusalReason::RequirementsNotMet => "the requirements are not met",
            };
            let words = if words.is_empty() { String::new() } else { format!(" (\"{words}\")") };
            format!("The result was published: refused, because {reason}{words}.")
        }
        Change::Offered { deadline, .. } => {
            format!("A seat was offered, to be answered until {}.", words::last_minute(*deadline))
        }
        Change::AcceptedProvisionally { .. } if event.rule == Rule(38) => {
            "The offer accepted for good is held provisionally again.".to_owned()
        }
        Change::AcceptedDefinitively { .. } if told.cause == Cause::Time => {
            "The offer held provisionally became definitive.".to_owned()
        }
        Change::Lost { cause, .. } => {
            let other = told.events.iter().find_map(|event| match &event.change {
                Change::AcceptedProvisionally { formation }
                | Change::AcceptedDefinitively { formation, .. } => Some(format!(" ({formation})")),
                _ => None,
            });
            format!("The application was lost: {}{}.", words::cause(*cause), other.unwrap_or_default())
        }
        Change::SearchPlaced { rank, deadline, .. } => {
            let rank = rank.map(|rank| format!(", rank {rank}")).unwrap_or_default();
            let until = deadline
                .map(|deadline| format!(", to be answered until {}", words::last_minute(deadline)))
                .unwrap_or_default();
            format!("The candidate was placed in contract search{rank}{until}.")
        }
        Change::SearchAccepted { .. } if event.rule == Rule(43) => {
            "The placement accepted later was given up: this one stays accepted.".to_owned()
        }
        Change::SearchDoubted { deadline, .. } => format!(
            "A later placement was accepted; this one is lost unless the candidate keeps it until {}.",
            words::last_minute(*deadline)
        ),
        Change::ContractReceived { arrival, .. } => {
            format!("A contract came at {}.", words::minute(*arrival))
        }
        Change::NotAdmitted { .. } if event.rule == Rule(22) => {
            "The application ended: the establishment never answered.".to_owned()
        }
        Change::CertificateIssued { kind, .. } => format!("{} was issued.", words::certificate(*kind)),
        Change::DeadlineExtended { deadline, .. } => {
            format!("The deadline was moved to {}.", words::last_minute(*deadline))
        }
        Change::ReasonAnswered { .. } => {
            format!("The establishment gave the reasons of the refusal{}.", answer(&told.cause))
        }
        Change::VacancySignalled { reason, .. } => {
            format!("The establishment signalled the seat as vacant: {}.", words::vacancy(*reason))
        }
        change => plain(change).to_owned(),
    }
}

/// The words of an answer to a request for reasons (R21); the journal alone has them.
fn answer(cause: &Cause) -> String {
    match cause {
        Cause::Command { command } => match &command.action {
            Action::AnswerRefusalReason { text, .. } => format!(" (\"{text}\")"),
            _ => String::new(),
        },
        Cause::Time | Cause::Night { .. } => String::new(),
    }
}

/// Those that say the same every time.
fn plain(change: &Change) -> &'static str {
    match change {
        Change::Submitted { round: Round::Main, .. } => "The application was sent.",
        Change::Submitted { .. } => "The application was sent, in the complementary phase.",
        Change::PreferencesOrdered { .. } => "The candidate ordered it by preference.",
        Change::AcceptedProvisionally { .. } => "The offer was accepted provisionally.",
        Change::AcceptedDefinitively { .. } => "The offer was accepted for good.",
        Change::SearchAccepted { .. } => "The placement in contract search was accepted.",
        Change::ContractValidated { .. } => "The contract was validated.",
        Change::ContractRejected { .. } => "The contract was rejected.",
        Change::Archived { .. } => "The placement was kept for the withdrawals phase.",
        Change::NotAdmitted { .. } => "The placement ended without an offer.",
        Change::ReasonRequested { .. } => "The candidate asked for the reasons of the refusal.",
        Change::VacancyCancelled { .. } => "The establishment took its signal back: the acceptance stands.",
        // The grounds are the candidate's own, and nothing to explain.
        Change::ExceptionRequested { .. } => "The candidate invoked exceptional circumstances.",
        Change::ExceptionDecided { granted: true, .. } => "The exceptional circumstances were recognised.",
        Change::ExceptionDecided { .. } => {
            "The exceptional circumstances were not recognised: nothing changed."
        }
        Change::PlacementRestored { .. } => {
            "For exceptional circumstances the placement was given back, at its initial rank."
        }
        Change::Annulled { .. } => "The application was annulled by the rector.",
        Change::Enrolled { .. } => "The establishment confirmed the enrolment.",
        _ => "",
    }
}
