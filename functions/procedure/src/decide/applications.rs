//! Applications: sending, withdrawing, leaving, asking for reasons (R13–R17, R21).

use std::collections::BTreeSet;

use jiff::Timestamp;
use schemas::campaign::{Phase, Round};
use schemas::formation::QuotaPair;
use schemas::{
    Application, ApplicationState, Campaign, Candidate, Change, FormationId, LostCause, NoticeKind, Refusal,
    RefusalReason, Rule, Track,
};

use super::{Decision, Facts, answers, contracts, event, invalid, outside};
use crate::calendar;
use crate::fold::lost;

/// R14–R18: within the window, to a formation of the platform, within the quota of the track and round. In the
/// complementary phase only to formations that are open in it (R52), and not where the candidate was refused (R55).
pub(super) fn submit(
    candidate: &Candidate,
    formation: &FormationId,
    facts: &Facts<'_>,
    now: Timestamp,
    rules: &Campaign,
) -> Result<Decision, Refusal> {
    let track = facts.formation.map_or(Track::Student, |formation| formation.track);
    answers::not_definitive(candidate, track, rules)?;
    let (round, window) = calendar::applying(rules, candidate, now);
    if !window.is_some_and(|window| window.contains(now)) {
        return Err(outside(window));
    }
    let target = facts.formation.ok_or(Refusal::NoSuchFormation {})?;
    if candidate.applications.get(formation).is_some_and(|application| application.now.state.is_live()) {
        return Err(Refusal::AlreadyApplied {});
    }
    if round == Round::Complementary {
        if !target.complementary {
            // Its own window was that of the main phase (R52).
            return Err(outside(calendar::window(rules, Phase::Application)));
        }
        if candidate.applications.get(formation).is_some_and(refused_for_good) {
            return Err(Refusal::RefusedBefore {});
        }
    }
    let pair = QuotaPair(target.establishment.clone(), target.mention.clone());
    let limit = match (target.track, round) {
        (Track::Student, Round::Main) => rules.quota_student,
        (Track::Alternance, Round::Main) => rules.quota_alternance,
        (Track::Student, Round::Complementary) => rules.quota_complementary_student,
        (Track::Alternance, Round::Complementary) => rules.quota_complementary_alternance,
    };
    let counted = counted_pairs(candidate, target.track, round);
    if !counted.contains(&pair) && counted.len() >= limit as usize {
        return Err(Refusal::QuotaExceeded { limit });
    }
    let change = Change::Submitted { formation: formation.clone(), pair, track: target.track, round };
    Ok(Decision { events: vec![event(17, change)], ..Decision::default() })
}

/// R55: refused in the main phase, by a ranking or by silence (R22), and not for an incomplete file (R20).
fn refused_for_good(application: &Application) -> bool {
    let refusal = application.now.refusal.as_ref();
    let incomplete = refusal.is_some_and(|refusal| refusal.reason == Some(RefusalReason::AdminIncomplete));
    matches!(application.now.state, ApplicationState::Refused | ApplicationState::NotAdmitted) && !incomplete
}

/// R15, R18: the distinct pairs of establishment and mention that count in a track and round.
fn counted_pairs(candidate: &Candidate, track: Track, round: Round) -> BTreeSet<QuotaPair> {
    candidate
        .applications
        .values()
        .filter(|a| a.track == track && a.round == round && a.now.state.is_live())
        .map(|application| application.pair.clone())
        .collect()
}

/// Any live application may be given up, a definitive acceptance included (R61).
pub(super) fn withdraw(candidate: &Candidate, formation: &FormationId) -> Result<Decision, Refusal> {
    match candidate.applications.get(formation) {
        Some(application) if application.now.state.is_live() => {
            let withdrawn = lost(Rule(61), formation, LostCause::Withdrawn);
            let kept = contracts::kept_without(candidate, formation);
            Ok(answers::answered(std::iter::once(withdrawn).chain(kept).collect()))
        }
        _ => Err(Refusal::NoSuchApplication {}),
    }
}

/// Leaving the platform frees everything (R61).
pub(super) fn resign(candidate: &Candidate) -> Decision {
    let live = candidate.applications.iter().filter(|(_, application)| application.now.state.is_live());
    let mut events: Vec<_> = live.map(|(id, _)| lost(Rule(61), id, LostCause::Resigned)).collect();
    events.push(event(61, Change::Resigned));
    Decision { events, notice: Some(NoticeKind::AnswerRecorded), warnings: Vec::new() }
}

/// Longest answer to a request for reasons, in characters: a page.
const REASON_CHARACTERS_MAX: usize = 4000;

/// R21: whoever asked for the reasons of a refusal gets them in the establishment's own words.
pub(super) fn answer_reason(
    application: &Application,
    formation: &FormationId,
    text: &str,
) -> Result<Decision, Refusal> {
    if application.reason_requested_on.is_none() {
        return Err(Refusal::ReasonNotRequested {});
    }
    if text.trim().is_empty() || text.chars().count() > REASON_CHARACTERS_MAX {
        return Err(invalid("text", 1, REASON_CHARACTERS_MAX));
    }
    let change = Change::ReasonAnswered { formation: formation.clone() };
    Ok(Decision {
        events: vec![event(21, change)],
        notice: Some(NoticeKind::RefusalReason),
        warnings: Vec::new(),
    })
}

/// R21: reasons may be asked for within the month after a refusal was published, that of silence included (R22, R58).
pub(super) fn request_reason(
    candidate: &Candidate,
    formation: &FormationId,
    now: Timestamp,
    rules: &Campaign,
) -> Result<Decision, Refusal> {
    let application = candidate.applications.get(formation).ok_or(Refusal::NoSuchApplication {})?;
    let Some(refusal) = &application.now.refusal else { return Err(Refusal::NotRefused {}) };
    let closes = calendar::reasons_until(rules, refusal.notified_on);
    if closes <= now {
        let opens = Some(calendar::start_of(refusal.notified_on));
        return Err(Refusal::OutsideWindow { opens, closes: Some(closes) });
    }
    let change = Change::ReasonRequested { formation: formation.clone(), on: calendar::day(now) };
    Ok(Decision { events: vec![event(21, change)], ..Decision::default() })
}
