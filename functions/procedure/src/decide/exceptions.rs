//! Exceptional circumstances: a placement given back at its initial rank, never an offer (R38).

use std::collections::BTreeSet;

use jiff::Timestamp;
use schemas::{
    Application, ApplicationState, Campaign, Candidate, Change, Event, FormationId, LostCause, NoticeKind,
    Refusal, Track,
};

use super::{Decision, event, invalid};
use crate::{calendar, seats};

/// Longest grounds, in characters: a page.
const GROUNDS_CHARACTERS_MAX: usize = 4000;

/// R38: a candidate may ask back what he lost by decisions of his own, while seats are given.
pub(super) fn request(
    candidate: &Candidate,
    formations: &[FormationId],
    grounds: &str,
    now: Timestamp,
    rules: &Campaign,
) -> Result<Decision, Refusal> {
    if grounds.trim().is_empty() || grounds.chars().count() > GROUNDS_CHARACTERS_MAX {
        return Err(invalid("grounds", 1, GROUNDS_CHARACTERS_MAX));
    }
    all_restorable(candidate, formations, now, rules)?;
    let change = Change::ExceptionRequested { formations: formations.to_vec() };
    Ok(Decision { events: vec![event(38, change)], ..Decision::default() })
}

/// R38: what is granted is a placement at the initial rank. A definitive acceptance that it would wait beside becomes
/// provisional again, while anything can be held.
pub(super) fn decide(
    candidate: &Candidate,
    formations: &[FormationId],
    grant: bool,
    now: Timestamp,
    rules: &Campaign,
) -> Result<Decision, Refusal> {
    let missing: Vec<FormationId> =
        formations.iter().filter(|id| !candidate.exception.contains(id)).cloned().collect();
    if formations.is_empty() || !missing.is_empty() {
        return Err(Refusal::NoSuchException { formations: missing });
    }
    let change = Change::ExceptionDecided { formations: formations.to_vec(), granted: grant };
    let mut events = vec![event(38, change)];
    if grant {
        all_restorable(candidate, formations, now, rules)?;
        events.extend(made_provisional(candidate, formations, now, rules)?);
        let ordered = calendar::ordering_of(rules, candidate).is_some_and(|ordering| ordering.closes <= now);
        let last = candidate.applications.values().filter_map(|application| application.preference).max();
        // Who ordered the others already had no time to order these: they come last.
        let preferences = last.unwrap_or_default() + 1..;
        events.extend(formations.iter().zip(preferences).map(|(id, preference)| {
            restored(candidate, id, Some(preference).filter(|_| ordered), now, rules)
        }));
    }
    Ok(Decision { events, notice: Some(NoticeKind::ExceptionDecided), warnings: Vec::new() })
}

/// That each application is named once, ended by a decision of the candidate, has a rank, and can still be called.
fn all_restorable(
    candidate: &Candidate,
    formations: &[FormationId],
    now: Timestamp,
    rules: &Campaign,
) -> Result<(), Refusal> {
    let mut named = BTreeSet::new();
    let restorable = |id: &FormationId| {
        candidate.applications.get(id).is_some_and(|application| is_restorable(application, now, rules))
    };
    let not: Vec<FormationId> =
        formations.iter().filter(|id| !restorable(id) || !named.insert(*id)).cloned().collect();
    if formations.is_empty() || !not.is_empty() {
        return Err(Refusal::NotRestorable { formations: not });
    }
    Ok(())
}

fn is_restorable(application: &Application, now: Timestamp, rules: &Campaign) -> bool {
    let decided = matches!(
        application.now.cause,
        Some(
            LostCause::Expired
                | LostCause::RefusedByCandidate
                | LostCause::NotKept
                | LostCause::Replaced
                | LostCause::OtherAccepted
                | LostCause::NotRanked
                | LostCause::Withdrawn
        )
    );
    decided && application.now.rank.is_some() && now < calendar::track_end(rules, application.track)
}

/// The definitive acceptance beside which a placement could not live is held provisionally again.
///
/// # Errors
/// Once nothing can be held any more, it must be given up first; so must what a contract accepted, which never was an
/// offer to hold (R46).
fn made_provisional(
    candidate: &Candidate,
    formations: &[FormationId],
    now: Timestamp,
    rules: &Campaign,
) -> Result<Option<Event>, Refusal> {
    let wanted: Vec<&Application> =
        formations.iter().filter_map(|id| candidate.applications.get(id)).collect();
    let closes = |accepted: Track| wanted.iter().any(|wanted| seats::closes(accepted, wanted.track, rules));
    let definitive = candidate.applications.iter().find(|(_, application)| {
        matches!(application.now.state, ApplicationState::AcceptedDefinitively | ApplicationState::Enrolled)
            && closes(application.track)
    });
    let Some((formation, application)) = definitive else { return Ok(None) };
    let can_be_held = application.now.state == ApplicationState::AcceptedDefinitively
        && !seats::accepted_by_contract(application.track, rules)
        && calendar::holding(rules).is_some_and(|holding| now < holding.closes);
    if !can_be_held {
        return Err(Refusal::AlreadyDefinitive { formation: formation.clone() });
    }
    Ok(Some(event(38, Change::AcceptedProvisionally { formation: formation.clone() })))
}

/// A placement as the phase has them: on the waitlist, kept for the withdrawals, or, where alternance has no waitlist, in
/// contract search.
fn restored(
    candidate: &Candidate,
    formation: &FormationId,
    preference: Option<u32>,
    now: Timestamp,
    rules: &Campaign,
) -> Event {
    let track = candidate.applications.get(formation).map_or(Track::Student, |application| application.track);
    let goes_on = calendar::waits_to_track_end(rules, track);
    let state = if track == Track::Alternance && !rules.alternance.pre_search_waitlist {
        ApplicationState::ContractSearch
    } else if goes_on || now < calendar::last_admission_end(rules) {
        ApplicationState::Waitlisted
    } else {
        ApplicationState::Archived
    };
    // R60: what goes on after admission as it was is not ordered for the withdrawals.
    let preference = preference.filter(|_| !goes_on);
    event(38, Change::PlacementRestored { formation: formation.clone(), state, preference })
}
