//! From decision records to what happened, in sentences.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use procedure::rules::citation;
use procedure::{Settlement, calendar};
use schemas::{Actor, Campaign, CandidateId, Cause, Change, Event, FormationId, Gate, RankingContent};
use serde::de::DeserializeOwned;

use super::{Step, sentences, words};
use crate::context::Context;
use crate::fault::Fault;
use crate::ledger::Verdict;
use crate::night::stored;
use crate::{ledger, rows};

/// A decision that may be told.
pub(super) struct Told {
    /// The instant at which the law places it.
    pub(super) at: Timestamp,
    pub(super) cause: Cause,
    pub(super) events: Vec<Event>,
}

/// The decisions on a candidate that everyone may know, with those of time that no sweep recorded yet.
pub(super) async fn history(
    context: &Context,
    candidate: &CandidateId,
    gate: Gate,
    to_write: Vec<Verdict>,
    settlements: Vec<Settlement>,
) -> Result<Vec<Told>, Fault> {
    let mut records = ledger::records(context, candidate).await?;
    let undone: BTreeSet<Date> =
        records.iter().flat_map(|record| &record.events).filter_map(undone).collect();
    records.retain(|record| match record.cause {
        Cause::Night { date } => gate.published >= Some(date) && !undone.contains(&date),
        Cause::Command { .. } | Cause::Time => true,
    });
    let recorded =
        records.into_iter().map(|record| Told { at: record.at, cause: record.cause, events: record.events });
    let due = settlements.into_iter().map(|due| Told { at: due.at, cause: Cause::Time, events: due.events });
    let extended = to_write.into_iter().map(|it| Told { at: it.at, cause: it.cause, events: it.events });
    Ok(recorded.chain(extended).chain(due).collect())
}

fn undone(event: &Event) -> Option<Date> {
    match event.change {
        Change::NightVoided { night } => Some(night),
        _ => None,
    }
}

/// The words with which a formation refused a candidate, from the ranking that appeared in that night; none if it
/// gave none or nothing of that night can be read any more.
pub(super) async fn words_of_refusal(
    context: &Context,
    history: &[Told],
    candidate: &CandidateId,
    formation: &FormationId,
) -> Result<String, Fault> {
    let refused =
        |event: &Event| matches!(&event.change, Change::Refused { formation: by, .. } if by == formation);
    let night = history.iter().find_map(|told| match told.cause {
        Cause::Night { date } if told.events.iter().any(refused) => Some(date),
        _ => None,
    });
    let Some(date) = night else { return Ok(String::new()) };
    let Some(run) = stored::run(context, date).await? else { return Ok(String::new()) };
    // What cannot be read has no words to give.
    let plan = stored::plan(context, date, &run.plan).await.ok();
    let appeared =
        plan.and_then(|plan| plan.rankings.into_iter().find(|ranking| ranking.formation == *formation));
    let Some(appeared) = appeared else { return Ok(String::new()) };
    let key = rows::ranking_object(formation, &appeared.digest);
    let ranking: Option<RankingContent> = object(context, &key).await?;
    let refusal =
        ranking.and_then(|ranking| ranking.refused.into_iter().find(|one| one.candidate == *candidate));
    Ok(refusal.map_or_else(String::new, |refusal| refusal.text))
}

async fn object<T: DeserializeOwned>(context: &Context, key: &str) -> Result<Option<T>, Fault> {
    let bytes = context.platform.objects.get(key).await?;
    Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
}

/// What happened to one application, and which step made it what it is now.
/// `words` are those with which the formation refused, if it gave any.
pub(super) fn of(
    history: &[Told],
    formation: &FormationId,
    rules: &Campaign,
    words: &str,
) -> (Vec<Step>, Option<usize>) {
    let mut steps = Vec::new();
    let mut last_change = None;
    for told in history {
        for event in told.events.iter().filter(|event| concerns(&event.change, formation)) {
            if event.change.touches_application() && event.change.formation().is_some() {
                last_change = Some(steps.len());
            }
            steps.push(step(told, event, rules, words));
        }
    }
    (steps, last_change)
}

fn concerns(change: &Change, formation: &FormationId) -> bool {
    match change {
        Change::PreferencesOrdered { formations }
        | Change::ExceptionRequested { formations }
        | Change::ExceptionDecided { formations, .. } => formations.contains(formation),
        change => change.formation() == Some(formation),
    }
}

fn step(told: &Told, event: &Event, rules: &Campaign, words_of_refusal: &str) -> Step {
    let at = match told.cause {
        Cause::Command { .. } => words::minute(told.at),
        // What is due at midnight is due by 23:59 (R36).
        Cause::Time => words::last_minute(told.at),
        // It is written before, but nobody sees it before it is published.
        Cause::Night { date } => words::minute(told.at.max(calendar::publication(rules, date))),
    };
    let citation = citation(event.rule);
    Step {
        at,
        what: sentences::sentence(told, event, words_of_refusal),
        by: by(&told.cause),
        rule: event.rule,
        says: citation.map(|citation| citation.says),
        source: citation.map(|citation| citation.source),
    }
}

fn by(cause: &Cause) -> String {
    match cause {
        Cause::Command { command } => {
            let actor = match &command.actor {
                Actor::Candidate(_) => "the candidate",
                Actor::Establishment(_) => "the establishment",
                Actor::Rector => "the rector",
                Actor::Operator => "an operator",
                Actor::Job => "the platform",
            };
            format!("{actor}, with the command {} ({})", command.action.name(), command.command_id)
        }
        Cause::Time => "time".to_owned(),
        Cause::Night { date } => format!("the night of {date}"),
    }
}
