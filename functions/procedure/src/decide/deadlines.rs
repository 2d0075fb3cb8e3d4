//! Deadlines of live offers moved by an operator (R34, R36).

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use schemas::{Application, ApplicationState, Campaign, Candidate, Change, FormationId, Refusal};

use super::{Decision, event};
use crate::calendar;

/// Which offers, and the last minute in time.
pub(super) struct Extension<'a> {
    pub(super) formation: Option<&'a FormationId>,
    pub(super) region: Option<&'a str>,
    pub(super) received: Option<Date>,
    pub(super) until: DateTime,
}

/// Moves the deadlines of a candidate's live offers and searches that are meant, later and never earlier; not of what he
/// received since.
pub(super) fn extend(
    candidate: &Candidate,
    extension: &Extension<'_>,
    now: Timestamp,
    rules: &Campaign,
) -> Result<Decision, Refusal> {
    let deadline = calendar::end_of_minute(extension.until);
    let is_meant = |(id, application): &(&FormationId, &Application)| {
        extension.formation.is_none_or(|formation| formation == *id)
            && extension.region.is_none_or(|region| region == candidate.region)
            && extension.received.is_none_or(|received| application.now.received_on == Some(received))
            && application.now.received_on.is_none_or(|day| calendar::publication(rules, day) <= now)
            && matches!(application.now.state, ApplicationState::Offered | ApplicationState::ContractSearch)
            && application.now.deadline.is_some_and(|before| before < deadline)
    };
    let meant = candidate.applications.iter().filter(is_meant);
    let events: Vec<_> = meant
        .map(|(id, _)| event(34, Change::DeadlineExtended { formation: id.clone(), deadline }))
        .collect();
    if events.is_empty() || deadline <= now {
        return Err(Refusal::NoSuchOffer {});
    }
    // Nobody is told by a mail of its own: the reminder of the last day gives the new deadline (R35).
    Ok(Decision { events, ..Decision::default() })
}
