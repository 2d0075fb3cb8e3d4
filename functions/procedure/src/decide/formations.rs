//! Formations and their rankings (R19, R20).

use std::collections::HashSet;

use jiff::Timestamp;
use schemas::campaign::Days;
use schemas::{
    Action, Actor, Campaign, Change, Command, EstablishmentId, Formation, FormationId, Ranking,
    RankingContent, Refusal,
};

use super::{Decision, Facts, enrolment, event, invalid, outside};
use crate::calendar;

/// Longest title or mention, in characters: a line of a page or a mail.
const TITLE_CHARACTERS_MAX: usize = 300;

/// Longest reason of a refusal, in characters; it lies in the candidate's item.
const REASON_CHARACTERS_MAX: usize = 500;

/// Most seats of one formation: far above any, far below what an arithmetic slip makes.
const SEATS_MAX: u32 = 10_000;

pub(super) fn decide(
    id: &FormationId,
    state: Option<&Formation>,
    ranking: Option<&Ranking>,
    command: &Command,
    facts: &Facts<'_>,
    now: Timestamp,
    rules: &Campaign,
) -> Result<Decision, Refusal> {
    let establishment = match &command.actor {
        Actor::Establishment(establishment) => establishment,
        Actor::Operator => return by_operator(state, &command.action),
        _ => return Err(Refusal::NotTheOwner {}),
    };
    match &command.action {
        Action::OpenFormation {
            title, mention, track, capacity, call_limit, complementary, mixed, ..
        } => {
            let asked = Formation {
                id: id.clone(),
                version: 0,
                title: title.clone(),
                establishment: establishment.clone(),
                mention: mention.clone(),
                track: *track,
                capacity: *capacity,
                call_limit: call_limit.unwrap_or(*capacity),
                complementary: *complementary,
                mixed: *mixed,
                enrolment: None,
                stopped: false,
            };
            open(state, asked, now, rules)
        }
        Action::PublishRanking { ranked, refused, .. } => {
            let content = RankingContent { ranked: ranked.clone(), refused: refused.clone() };
            publish_ranking(state, establishment, ranking, &content, facts, now, rules)
        }
        Action::SetSeats { capacity, call_limit, .. } => {
            set_seats(own(state, establishment)?, *capacity, call_limit.unwrap_or(*capacity))
        }
        Action::SetEnrolment { from, to, .. } => {
            enrolment::set_days(own(state, establishment)?, Days { first: *from, last: *to }, rules)
        }
        _ => Err(Refusal::NotTheOwner {}),
    }
}

/// An operator stops a formation, whatever its reason, and lets it go again: what it does tonight, not what it is.
fn by_operator(formation: Option<&Formation>, action: &Action) -> Result<Decision, Refusal> {
    let stopped = match action {
        Action::StopFormation { .. } => true,
        Action::ResumeFormation { .. } => false,
        _ => return Err(Refusal::NotTheOwner {}),
    };
    let formation = formation.ok_or(Refusal::NoSuchFormation {})?;
    if formation.stopped == stopped {
        // As asked already: nothing to record.
        return Ok(Decision::default());
    }
    let change = Change::FormationStopped { formation: formation.id.clone(), stopped };
    Ok(Decision { events: vec![event(24, change)], ..Decision::default() })
}

/// R24: the next night fills the seats that there are then. A limit below what is held takes nothing from anybody;
/// nobody is called until enough is freed.
fn set_seats(formation: &Formation, capacity: u32, call_limit: u32) -> Result<Decision, Refusal> {
    seats_in_bounds(capacity, call_limit)?;
    if (formation.capacity, formation.call_limit) == (capacity, call_limit) {
        return Ok(Decision::default());
    }
    let change = Change::SeatsSet { formation: formation.id.clone(), capacity, call_limit };
    Ok(Decision { events: vec![event(24, change)], ..Decision::default() })
}

fn seats_in_bounds(capacity: u32, call_limit: u32) -> Result<(), Refusal> {
    if capacity > SEATS_MAX {
        return Err(invalid("capacity", 0, SEATS_MAX));
    }
    if !(capacity..=SEATS_MAX).contains(&call_limit) {
        return Err(invalid("call_limit", capacity, SEATS_MAX));
    }
    Ok(())
}

/// The formation, if it is there and the establishment's own.
fn own<'a>(
    formation: Option<&'a Formation>,
    establishment: &EstablishmentId,
) -> Result<&'a Formation, Refusal> {
    let formation = formation.ok_or(Refusal::NoSuchFormation {})?;
    if formation.establishment == *establishment { Ok(formation) } else { Err(Refusal::NotTheOwner {}) }
}

fn open(
    existing: Option<&Formation>,
    asked: Formation,
    now: Timestamp,
    rules: &Campaign,
) -> Result<Decision, Refusal> {
    if existing.is_some_and(|formation| formation.establishment != asked.establishment) {
        return Err(Refusal::NotTheOwner {});
    }
    // Also after the main phase's applications: some join for the complementary phase alone (R52).
    let window = calendar::campaign(rules);
    if !window.is_some_and(|window| window.contains(now)) {
        return Err(outside(window));
    }
    if existing.is_some() {
        return Err(Refusal::FormationExists {});
    }
    for (field, text) in [("title", &asked.title), ("mention", &asked.mention)] {
        if text.trim().is_empty() || text.chars().count() > TITLE_CHARACTERS_MAX {
            return Err(invalid(field, 1, TITLE_CHARACTERS_MAX));
        }
    }
    seats_in_bounds(asked.capacity, asked.call_limit)?;
    let change = Change::FormationOpened {
        formation: asked.id,
        title: asked.title,
        establishment: asked.establishment,
        mention: asked.mention,
        track: asked.track,
        capacity: asked.capacity,
        call_limit: asked.call_limit,
        complementary: asked.complementary,
        mixed: asked.mixed,
    };
    Ok(Decision { events: vec![event(1, change)], ..Decision::default() })
}

/// R19, R20: a strict order, whole; published again within the window, the last one counts. That of the complementary
/// round stands behind the main phase's, whose placements keep their ranks.
fn publish_ranking(
    formation: Option<&Formation>,
    establishment: &EstablishmentId,
    before: Option<&Ranking>,
    content: &RankingContent,
    facts: &Facts<'_>,
    now: Timestamp,
    rules: &Campaign,
) -> Result<Decision, Refusal> {
    let formation = own(formation, establishment)?;
    let given = facts.given_at(now);
    let (round, window) = calendar::examination(rules, formation.track, given);
    if !window.is_some_and(|window| window.contains(given)) {
        return Err(outside(window));
    }
    let mut named = HashSet::new();
    let candidates = content.ranked.iter().chain(content.refused.iter().map(|refusal| &refusal.candidate));
    for candidate in candidates {
        if !named.insert(candidate) {
            return Err(Refusal::InvalidRanking { candidate: candidate.clone() });
        }
    }
    if content.refused.iter().any(|refusal| refusal.text.chars().count() > REASON_CHARACTERS_MAX) {
        return Err(invalid("refused.text", 0, REASON_CHARACTERS_MAX));
    }
    let version = facts.carried_by.map(|file| file.version);
    if let Some(ranking) = before.filter(|ranking| ranking.round == round) {
        let known = (ranking.published_at, ranking.upload.as_deref());
        // A command is never older than what is stored; a file may be, however late it is read.
        if version.is_some() && (given, version) < known {
            return Err(Refusal::RankingSuperseded { published_at: ranking.published_at });
        }
        // The same ranking again: nothing to record, unless it must outlast a file that comes to be read later.
        if ranking.digest == facts.ranking_digest && (version.is_none() || (given, version) == known) {
            return Ok(Decision::default());
        }
    }
    let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    let change = Change::RankingPublished {
        formation: formation.id.clone(),
        digest: facts.ranking_digest.to_owned(),
        ranked: count(content.ranked.len()),
        refused: count(content.refused.len()),
        round,
        after: before.map_or(0, |ranking| {
            if ranking.round == round { ranking.after } else { ranking.after.saturating_add(ranking.ranked) }
        }),
        published_at: given,
        upload: version.map(str::to_owned),
    };
    Ok(Decision { events: vec![event(19, change)], ..Decision::default() })
}
