//! Alternance: contract searches and their answers, contracts and what is decided on them (R41–R49).

use std::collections::BTreeSet;

use jiff::Timestamp;
use schemas::campaign::{AlternanceMode, ContractKind};
use schemas::upload::Verdict;
use schemas::{
    Application, ApplicationState, Campaign, Candidate, CandidateId, Change, Event, FormationId, LostCause,
    NoticeKind, Refusal, Rule, Track,
};

use super::answers::{self, Choice, answered, others};
use super::{Decision, Facts, event, invalid};
use crate::fold::lost;
use crate::{calendar, seats};

/// Longest reason for a rejection, in characters: a paragraph.
const REASON_CHARACTERS_MAX: usize = 2000;

/// An uploaded contract that its check does not refuse.
pub(super) struct Upload<'a> {
    pub(super) version: &'a str,
    pub(super) arrival: Timestamp,
    pub(super) kind: ContractKind,
    pub(super) verdict: Verdict,
}

/// R41–R44: a placement in contract search is accepted or refused by its deadline. Of the searches accepted before, each
/// is kept or given up at once, or later by the same command; what is not said by the deadline is lost.
pub(super) fn answer_search(
    candidate: &Candidate,
    formation: &FormationId,
    accept: bool,
    choice: Choice<'_>,
    rules: &Campaign,
) -> Result<Decision, Refusal> {
    answers::not_definitive(candidate, Track::Alternance, rules)?;
    let application = candidate.applications.get(formation).ok_or(Refusal::NoSuchApplication {})?;
    match (application.now.state, application.now.cause) {
        (ApplicationState::ContractSearch, _) if rules.alternance.search_reply_required => {}
        (ApplicationState::Lost, Some(LostCause::Expired)) => return Err(Refusal::OfferExpired {}),
        _ => return Err(Refusal::NoSuchOffer {}),
    }
    if !accept {
        let refused = lost(Rule(41), formation, LostCause::RefusedByCandidate);
        return Ok(answered(std::iter::once(refused).chain(kept_without(candidate, formation)).collect()));
    }
    let held =
        |other: &Application| other.now.state == ApplicationState::ContractSearch && other.now.accepted;
    let earlier: Vec<(&FormationId, &Application)> =
        others(candidate, formation).filter(|(_, other)| held(other)).collect();
    let said_nothing = choice.keep.is_none() && choice.drop.is_none();
    if application.now.accepted {
        let in_doubt = earlier.iter().any(|(_, other)| other.now.deadline.is_some());
        if said_nothing || !in_doubt {
            return Err(Refusal::NoSuchOffer {});
        }
    }
    let mut events = Vec::new();
    if !application.now.accepted {
        events.push(event(41, Change::SearchAccepted { formation: formation.clone() }));
    }
    if said_nothing {
        let doubted = earlier.iter().filter_map(|(id, other)| {
            // Of several in doubt, each keeps its own day if that comes first.
            let deadline = application.now.deadline?;
            let deadline = other.now.deadline.map_or(deadline, |earlier| earlier.min(deadline));
            Some(event(44, Change::SearchDoubted { formation: (*id).clone(), deadline }))
        });
        events.extend(doubted);
        return Ok(answered(events));
    }
    let placements: BTreeSet<&FormationId> = earlier.iter().map(|(id, _)| *id).collect();
    let dropped = choice.dropped_of(&placements)?;
    for (id, other) in earlier {
        if dropped.contains(id) {
            events.push(lost(Rule(44), id, LostCause::NotKept));
        } else if other.now.deadline.is_some() {
            events.push(event(44, Change::SearchAccepted { formation: id.clone() }));
        }
    }
    Ok(answered(events))
}

/// R43, R44: who gives up the search that he accepted last has none beside which to say what he keeps, so the earlier
/// ones stay accepted. Only that one is accepted without a deadline while others have one.
pub(super) fn kept_without(candidate: &Candidate, given_up: &FormationId) -> Vec<Event> {
    let accepted = |own: &Application| own.now.state == ApplicationState::ContractSearch && own.now.accepted;
    let was_last =
        candidate.applications.get(given_up).is_some_and(|own| accepted(own) && own.now.deadline.is_none());
    others(candidate, given_up)
        .filter(|(_, other)| was_last && accepted(other) && other.now.deadline.is_some())
        .map(|(id, _)| event(43, Change::SearchAccepted { formation: id.clone() }))
        .collect()
}

/// R46–R49: what a contract does on the day it came. Where its upload accepts, it ends everything else in both tracks,
/// also what was accepted for good (R25). A later version changes nothing: the first one keeps its place.
pub(super) fn receive(
    candidate: &Candidate,
    formation: &FormationId,
    upload: &Upload<'_>,
    facts: &Facts<'_>,
    rules: &Campaign,
) -> Result<Decision, Refusal> {
    let mixed = facts.formation.is_some_and(|formation| formation.mixed);
    let application = candidate.applications.get(formation);
    // R49: who accepted a mixed formation for good may still say how he enters it.
    let accepted = application.is_some_and(|own| own.now.state == ApplicationState::AcceptedDefinitively);
    if !(mixed && accepted) {
        answers::not_definitive(candidate, Track::Alternance, rules)?;
    }
    let application = application.ok_or(Refusal::NoSuchApplication {})?;
    match (application.now.state, application.now.cause) {
        (ApplicationState::ContractSubmitted | ApplicationState::ContractValidated, _) => {
            return Ok(Decision::default());
        }
        _ if mixed && application.contract.is_some() => return Ok(Decision::default()),
        (ApplicationState::ContractSearch, _) => {}
        _ if arrived_in_time(application, upload.arrival, facts) => {}
        (state, _) if mixed && enters_mixed(state) => {}
        (ApplicationState::Lost, Some(LostCause::Expired)) => return Err(Refusal::OfferExpired {}),
        _ => return Err(Refusal::NoSuchContract {}),
    }
    if upload.verdict == Verdict::Refused {
        return Err(Refusal::NoSuchContract {});
    }
    if !rules.alternance.contract_kinds.contains(&upload.kind) {
        return Err(Refusal::ContractKindNotTaken {});
    }
    let change = Change::ContractReceived {
        formation: formation.clone(),
        arrival: upload.arrival,
        version: upload.version.to_owned(),
        kind: upload.kind,
    };
    let (rule, accepts) = match rules.alternance.mode {
        _ if enters_mixed(application.now.state) => (49, false),
        // What a person must look at first keeps its seat until the formation validates it.
        AlternanceMode::UploadIsAcceptance => (46, upload.verdict == Verdict::Conform),
        AlternanceMode::ValidatedFifo => (47, false),
        AlternanceMode::ValidatedRank => (48, false),
    };
    let mut events = vec![event(rule, change)];
    if accepts {
        events.extend(accepted_by(candidate, formation, application.track, upload.arrival, rules));
    }
    Ok(Decision { events, notice: Some(NoticeKind::ContractReceived), warnings: Vec::new() })
}

/// R46: the definitive acceptance that a contract is, with everything that it ends.
fn accepted_by(
    candidate: &Candidate,
    formation: &FormationId,
    track: Track,
    at: Timestamp,
    rules: &Campaign,
) -> Vec<Event> {
    let on = calendar::day(at);
    let accepted = event(46, Change::AcceptedDefinitively { formation: formation.clone(), on });
    let closed = answers::closed_by(candidate, formation, track, rules);
    let closed = closed.map(|event| Event { rule: Rule(46), ..event });
    std::iter::once(accepted).chain(closed).collect()
}

/// Whether a search lapsed only after its contract had come, and no night has given its seat since: what arrived in time
/// counts as of its arrival, whenever it was taken in.
fn arrived_in_time(application: &Application, arrival: Timestamp, facts: &Facts<'_>) -> bool {
    let lapsed = application.track == Track::Alternance
        && application.contract.is_none()
        && (application.now.state, application.now.cause)
            == (ApplicationState::Lost, Some(LostCause::Expired));
    let last_night = facts.gate.closed_for.max(facts.gate.published);
    lapsed
        && application
            .now
            .deadline
            .is_some_and(|deadline| arrival < deadline && last_night < Some(calendar::day(deadline)))
}

/// R49: a mixed formation takes a contract from whoever waits for its seat or has it.
fn enters_mixed(state: ApplicationState) -> bool {
    matches!(
        state,
        ApplicationState::Waitlisted
            | ApplicationState::Archived
            | ApplicationState::Offered
            | ApplicationState::AcceptedProvisionally
            | ApplicationState::AcceptedDefinitively
    )
}

/// R46–R48: the establishment validates; where contracts go by arrival, not before those that came earlier.
pub(super) fn validate(
    candidate: &Candidate,
    formation: &FormationId,
    earlier: Option<&CandidateId>,
    now: Timestamp,
    rules: &Campaign,
) -> Result<Decision, Refusal> {
    let application = undecided(candidate, formation, rules)?;
    let rule = match rules.alternance.mode {
        _ if application.now.state != ApplicationState::ContractSubmitted => 49,
        AlternanceMode::ValidatedRank => 48,
        AlternanceMode::ValidatedFifo => 47,
        AlternanceMode::UploadIsAcceptance => 46,
    };
    if rule == 47
        && let Some(earlier) = earlier
    {
        return Err(Refusal::EarlierContractPending { candidate: earlier.clone() });
    }
    let mut events = vec![event(rule, Change::ContractValidated { formation: formation.clone() })];
    if rule == 46 {
        // The upload was the acceptance; all that it waited for was somebody to look at it.
        events.extend(accepted_by(candidate, formation, application.track, now, rules));
    }
    Ok(Decision { events, notice: Some(NoticeKind::ContractValidated), warnings: Vec::new() })
}

/// R47: the establishment rejects; a search ends with its contract, a place at a mixed formation does not (R49).
pub(super) fn reject(
    candidate: &Candidate,
    formation: &FormationId,
    reason: &str,
    rules: &Campaign,
) -> Result<Decision, Refusal> {
    let application = undecided(candidate, formation, rules)?;
    if reason.trim().is_empty() || reason.chars().count() > REASON_CHARACTERS_MAX {
        return Err(invalid("reason", 1, REASON_CHARACTERS_MAX));
    }
    let mut events = vec![event(47, Change::ContractRejected { formation: formation.clone() })];
    if application.now.state == ApplicationState::ContractSubmitted {
        events.push(lost(Rule(47), formation, LostCause::ContractRejected));
    }
    Ok(Decision { events, notice: Some(NoticeKind::ContractRejected), warnings: Vec::new() })
}

/// The application whose contract waits for a decision. One that was the acceptance waits for none (R46), one that must be
/// looked at first does.
fn undecided<'a>(
    candidate: &'a Candidate,
    formation: &FormationId,
    rules: &Campaign,
) -> Result<&'a Application, Refusal> {
    let application = candidate.applications.get(formation).ok_or(Refusal::NoSuchApplication {})?;
    let waits = application.now.state.is_live()
        && (application.now.state == ApplicationState::ContractSubmitted
            || !seats::accepted_by_contract(application.track, rules))
        && application.contract.as_ref().is_some_and(|contract| !contract.validated);
    if waits { Ok(application) } else { Err(Refusal::NoSuchContract {}) }
}

/// Whether this contract waits for a decision and came before another one (R47).
#[must_use]
pub fn comes_before(application: &Application, other: (Timestamp, &str)) -> bool {
    application.now.state == ApplicationState::ContractSubmitted
        && application
            .contract
            .as_ref()
            .is_some_and(|contract| (contract.arrival, contract.version.as_str()) < other)
}
