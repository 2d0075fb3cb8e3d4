//! Answers to offers: accept for good, accept while waiting for better, refuse (R26–R28, R31).

use std::collections::BTreeSet;

use jiff::Timestamp;
use schemas::{
    Application, ApplicationState, Campaign, Candidate, Change, Event, FormationId, LostCause, NoticeKind,
    Refusal, Rule, Track,
};

use super::{Decision, event, outside};
use crate::fold::lost;
use crate::{calendar, seats, settle};

/// What a candidate says of his waitlist placements when he accepts provisionally (R27).
#[derive(Clone, Copy)]
pub(super) struct Choice<'a> {
    pub(super) keep: Option<&'a [FormationId]>,
    pub(super) drop: Option<&'a [FormationId]>,
}

/// R28, R45: once an offer is accepted for good, nothing more is answered in the tracks that it closes.
pub(super) fn not_definitive(candidate: &Candidate, track: Track, rules: &Campaign) -> Result<(), Refusal> {
    let definitive = candidate.applications.iter().find(|(_, application)| {
        matches!(application.now.state, ApplicationState::AcceptedDefinitively | ApplicationState::Enrolled)
            && seats::closes(application.track, track, rules)
    });
    match definitive {
        Some((formation, _)) => Err(Refusal::AlreadyDefinitive { formation: formation.clone() }),
        None => Ok(()),
    }
}

/// R26, R27, R31: hold this offer, keep some placements, lose the other pending offers of the student track
/// and the one held before. After the conversion (R32, R57) nothing can be held any more (R63).
pub(super) fn accept_provisionally(
    candidate: &Candidate,
    formation: &FormationId,
    choice: Choice<'_>,
    now: Timestamp,
    rules: &Campaign,
) -> Result<Decision, Refusal> {
    let offer = open_offer(candidate, formation, rules)?;
    if offer.now.state != ApplicationState::Offered {
        return Err(Refusal::NoSuchOffer {});
    }
    let holding = calendar::holding(rules);
    if holding.is_some_and(|holding| holding.closes <= now) {
        return Err(outside(holding));
    }
    let dropped = dropped_placements(candidate, choice)?;
    let order_is_over =
        calendar::ordering_decides_for(rules, candidate).is_some_and(|decides| decides <= now);
    if order_is_over && settle::ordered_nothing(candidate) {
        // R54: nothing is left to wait for, so what is held is held for good, from this answer on.
        return Ok(answered(accepted_for_good(54, candidate, formation, now, rules)));
    }
    let mut events = vec![event(26, Change::AcceptedProvisionally { formation: formation.clone() })];
    for (other, application) in others(candidate, formation) {
        match application.now.state {
            ApplicationState::Offered if application.track == Track::Student => {
                events.push(lost(Rule(26), other, LostCause::OtherAccepted));
            }
            ApplicationState::AcceptedProvisionally => {
                events.push(lost(Rule(31), other, LostCause::Replaced));
            }
            ApplicationState::Waitlisted if dropped.contains(other) => {
                events.push(lost(Rule(27), other, LostCause::NotKept));
            }
            _ => {}
        }
    }
    Ok(answered(events))
}

/// R28: accept for good; every other application ends and frees its seat.
pub(super) fn accept_definitively(
    candidate: &Candidate,
    formation: &FormationId,
    now: Timestamp,
    rules: &Campaign,
) -> Result<Decision, Refusal> {
    open_offer(candidate, formation, rules)?;
    Ok(answered(accepted_for_good(28, candidate, formation, now, rules)))
}

/// The acceptance, and what it ends (R28).
fn accepted_for_good(
    rule: u8,
    candidate: &Candidate,
    formation: &FormationId,
    now: Timestamp,
    rules: &Campaign,
) -> Vec<Event> {
    let on = calendar::day(now);
    let track = candidate.applications.get(formation).map_or(Track::Student, |accepted| accepted.track);
    let mut events = vec![event(rule, Change::AcceptedDefinitively { formation: formation.clone(), on })];
    events.extend(closed_by(candidate, formation, track, rules));
    events
}

/// R28, R45: what a definitive acceptance in this track ends beside it.
pub(super) fn closed_by<'a>(
    candidate: &'a Candidate,
    accepted: &'a FormationId,
    track: Track,
    rules: &'a Campaign,
) -> impl Iterator<Item = Event> {
    let closed = others(candidate, accepted).filter(move |(_, application)| {
        seats::closes(track, application.track, rules) && application.now.state.is_live()
    });
    closed.map(|(other, _)| lost(Rule(28), other, LostCause::OtherAccepted))
}

/// R26: refuse an offer, pending or held; nothing lower comes back.
pub(super) fn refuse(
    candidate: &Candidate,
    formation: &FormationId,
    rules: &Campaign,
) -> Result<Decision, Refusal> {
    open_offer(candidate, formation, rules)?;
    Ok(answered(vec![lost(Rule(26), formation, LostCause::RefusedByCandidate)]))
}

pub(super) fn answered(events: Vec<Event>) -> Decision {
    Decision { events, notice: Some(NoticeKind::AnswerRecorded), warnings: Vec::new() }
}

pub(super) fn others<'a>(
    candidate: &'a Candidate,
    formation: &'a FormationId,
) -> impl Iterator<Item = (&'a FormationId, &'a Application)> {
    candidate.applications.iter().filter(move |(other, _)| *other != formation)
}

/// The application whose offer is pending or held; lapses are already done, so a pending one is in time.
fn open_offer<'a>(
    candidate: &'a Candidate,
    formation: &FormationId,
    rules: &Campaign,
) -> Result<&'a Application, Refusal> {
    let application = candidate.applications.get(formation);
    not_definitive(candidate, application.map_or(Track::Student, |a| a.track), rules)?;
    let application = application.ok_or(Refusal::NoSuchApplication {})?;
    match (application.now.state, application.now.cause) {
        (ApplicationState::Offered | ApplicationState::AcceptedProvisionally, _) => Ok(application),
        (ApplicationState::Lost, Some(LostCause::Expired)) => Err(Refusal::OfferExpired {}),
        _ => Err(Refusal::NoSuchOffer {}),
    }
}

/// The waitlist placements of the student track that a provisional acceptance drops (R27).
fn dropped_placements(candidate: &Candidate, choice: Choice<'_>) -> Result<BTreeSet<FormationId>, Refusal> {
    let waits = |a: &Application| a.track == Track::Student && a.now.state == ApplicationState::Waitlisted;
    let placements = candidate.applications.iter().filter(|(_, a)| waits(a)).map(|(id, _)| id).collect();
    choice.dropped_of(&placements)
}

impl Choice<'_> {
    /// R27, R44: `keep` and `drop` are disjoint and together exactly the placements; what is dropped of them. `keep` alone
    /// drops the others; neither, while there are placements, decides nothing.
    pub(super) fn dropped_of(
        self,
        placements: &BTreeSet<&FormationId>,
    ) -> Result<BTreeSet<FormationId>, Refusal> {
        let named = self.keep.unwrap_or_default().iter().chain(self.drop.unwrap_or_default());
        let mut decided = BTreeSet::new();
        let unknown: Vec<FormationId> =
            named.filter(|id| !placements.contains(id) || !decided.insert(*id)).cloned().collect();
        let implied = self.keep.is_some() && self.drop.is_none();
        let missing: Vec<FormationId> = if implied {
            Vec::new()
        } else {
            placements.iter().filter(|id| !decided.contains(*id)).map(|id| (*id).clone()).collect()
        };
        if !missing.is_empty() || !unknown.is_empty() {
            return Err(Refusal::PlacementUndecided { missing, unknown });
        }
        let kept: BTreeSet<&FormationId> = self.keep.unwrap_or_default().iter().collect();
        Ok(placements.iter().filter(|id| !kept.contains(*id)).map(|id| (*id).clone()).collect())
    }
}
