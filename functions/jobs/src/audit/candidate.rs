//! Candidates: replay, what must hold of a state at every instant, and what each night did.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use platform::{Item, Table};
use procedure::night::events_for;
use procedure::{calendar, fold, seats, settle};
use schemas::candidate::Standing;
use schemas::night::{NightCounts, NightStatus};
use schemas::{
    AccountState, Application, ApplicationState, Campaign, Candidate, Cause, Change, DecisionRecord,
    FormationId,
};

use super::nights::{Night, Nights};
use super::tally::{Place, Seen};
use super::{Finding, FindingKind, address, formation, lawful, owed, records, unreadable};
use crate::context::Context;
use crate::fault::Fault;
use crate::{ledger, rows};

/// How long what time did may wait to be recorded: `deadline-expiry` runs every hour, and one run may fail.
const SETTLING_WAIT_MAX: SignedDuration = SignedDuration::from_hours(2);

/// A candidate's item, journal, notices and address.
pub(super) async fn check(context: &Context, nights: &Nights, item: &Item) -> Result<Seen, Fault> {
    let Ok(stored) = rows::read::<Candidate>(item) else {
        return Ok(Seen { candidates: 1, ..Seen::of([unreadable(&item.key)]) });
    };
    let mut findings = Vec::new();
    let records = records(context, &item.key.pk, &mut findings).await?;
    let whole = findings.is_empty();
    if whole {
        findings.extend(formation::version(item, stored.version, records.len() as u64));
        let formations = formations(context, &records).await?;
        findings.extend(replay(context.rules(), nights, item, &stored, &records, &formations));
    }
    findings.extend(overdue(context.now(), item, &stored));
    let notices = owed::check(context, nights, &stored, &records, &mut findings).await?;
    findings.extend(address::of_candidate(context, &stored).await?);
    // What time has done is true before a sweep makes it durable.
    let settled = ledger::settled(context, &stored, context.now());
    let places = settled.applications.iter().map(|application| place(application, context.rules()));
    let broken = broken(&settled, context.rules());
    findings.extend(broken.into_iter().map(|(what, detail)| Finding::new(&item.key, what, detail)));
    Ok(Seen {
        findings,
        candidates: 1,
        decisions: records.len() as u64,
        notices,
        formation: None,
        places: places.collect(),
        nights: records.iter().filter_map(counts).collect(),
    })
}

/// The formations that decisions of others on this candidate name.
async fn formations(context: &Context, records: &[DecisionRecord]) -> Result<lawful::Formations, Fault> {
    let mut found = lawful::Formations::new();
    for record in records {
        let Cause::Command { command } = &record.cause else { continue };
        let by_another = command.action.candidate().is_some();
        let Some(id) = command.action.formation().filter(|_| by_another) else { continue };
        if !found.contains_key(id)
            && let Some(item) = context.platform.store.get(Table::State, &rows::formation_key(id)).await?
            && let Ok(formation) = rows::read(&item)
        {
            found.insert(id.clone(), formation);
        }
    }
    Ok(found)
}

/// What time did is recorded soon after it became true.
fn overdue(now: Timestamp, item: &Item, stored: &Candidate) -> Option<Finding> {
    let due = stored.due.filter(|due| now.duration_since(*due) > SETTLING_WAIT_MAX)?;
    let detail = format!("due since {due}, but `deadline-expiry` has not recorded it");
    Some(Finding::new(&item.key, FindingKind::SettlingOverdue, detail))
}

/// Folds the records again, each checked against the state before it, and compares the end with what is stored.
fn replay(
    rules: &Campaign,
    nights: &Nights,
    item: &Item,
    stored: &Candidate,
    records: &[DecisionRecord],
    formations: &lawful::Formations,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut state: Option<Candidate> = None;
    let mut to_come = nights.all().peekable();
    for record in records {
        // Whom a night concerns at noon, it concerned when it was planned: meanwhile nobody gains a placement.
        while let Some(night) =
            to_come.next_if(|night| calendar::gate_latest(rules, night.run.date) <= record.decided_at)
        {
            findings.extend(passed_over(rules, night, state.as_ref(), records));
        }
        let wrong = lawful::wrong(nights, state.as_ref(), record, formations, rules);
        let key = platform::Key::new(item.key.pk.clone(), rows::record_sk(record.seq));
        findings.extend(wrong.into_iter().map(|(what, detail)| Finding::new(&key, what, detail)));
        state = fold::candidate(state.as_ref(), &stored.id, &record.cause, &record.events, rules);
    }
    for night in to_come {
        findings.extend(passed_over(rules, night, state.as_ref(), records));
    }
    let other_rules = records.last().is_some_and(|record| record.rules != rules.digest);
    if let Some(state) = state.as_mut().filter(|_| other_rules) {
        // Derived under a campaign file that is not at hand.
        state.due = stored.due;
    }
    findings.extend(formation::differs(item, state.as_ref()));
    findings.extend(not_undone(nights, item, records));
    findings
}

/// A night that is applied wrote everybody whom its plan concerns.
fn passed_over(
    rules: &Campaign,
    night: &Night,
    state: Option<&Candidate>,
    records: &[DecisionRecord],
) -> Option<Finding> {
    let date = night.run.date;
    let applied = matches!(night.run.status, NightStatus::Applied | NightStatus::Published);
    let (state, tonight) = state.zip(night.tonight.as_ref()).filter(|_| applied)?;
    if records.iter().any(|record| record.cause == Cause::Night { date }) {
        return None;
    }
    let settled = settle::settled(state, calendar::gate_latest(rules, date), rules).0;
    let concerned = events_for(tonight, &settled).map_or(true, |(events, _)| !events.is_empty());
    let detail = format!("the plan of {date} concerns him, but that night did not write him");
    concerned.then(|| Finding::new(&rows::candidate_key(&state.id), FindingKind::NightDiffers, detail))
}

/// What a void night wrote was undone.
fn not_undone(nights: &Nights, item: &Item, records: &[DecisionRecord]) -> Vec<Finding> {
    let dates = |undoing: bool| -> BTreeSet<Date> {
        let of = records.iter().filter(|record| lawful::is_undoing(record) == undoing);
        of.filter_map(|record| match record.cause {
            Cause::Night { date } => Some(date),
            _ => None,
        })
        .collect()
    };
    let (written, undone) = (dates(false), dates(true));
    let void = written.into_iter().filter(|date| nights.status(*date) == Some(NightStatus::Void));
    void.filter(|date| !undone.contains(date))
        .map(|date| {
            let detail = format!("the night of {date} is void, but what it wrote stands");
            Finding::new(&item.key, FindingKind::NightDiffers, detail)
        })
        .collect()
}

/// What a night's record adds to the counts of its run.
fn counts(record: &DecisionRecord) -> Option<(Date, NightCounts)> {
    let Cause::Night { date } = record.cause else { return None };
    if lawful::is_undoing(record) {
        return None;
    }
    let count = |wanted: fn(&Change) -> bool| {
        record.events.iter().filter(|event| wanted(&event.change)).count() as u64
    };
    let counts = NightCounts {
        candidates: 1,
        offers: count(|change| {
            matches!(change, Change::Offered { .. } | Change::SearchPlaced { rank: None, .. })
        }),
        searches: count(|change| matches!(change, Change::SearchPlaced { rank: Some(_), .. })),
        waitlisted: count(|change| matches!(change, Change::Waitlisted { .. })),
        refused: count(|change| matches!(change, Change::Refused { .. })),
    };
    Some((date, counts))
}

fn place((formation, application): (&FormationId, &Application), rules: &Campaign) -> Place {
    Place {
        formation: formation.clone(),
        rank: application.now.rank,
        takes_seat: seats::takes_seat(application.now.state, rules),
    }
}

/// What must hold of a settled candidate at every instant.
fn broken(candidate: &Candidate, rules: &Campaign) -> Vec<(FindingKind, String)> {
    let mut broken = Vec::new();
    let mut held = 0;
    for (formation, application) in &candidate.applications {
        let Standing { state, rank, .. } = application.now;
        held += u32::from(state == ApplicationState::AcceptedProvisionally);
        if needs_rank(state) && rank.is_none() {
            broken.push((FindingKind::RankDiffers, format!("{formation} is {state:?} without a rank")));
        }
        if state.is_live() && !has_account(candidate.account) {
            let detail = format!("{formation} is {state:?}, the account {:?}", candidate.account);
            broken.push((FindingKind::LiveWithoutAccount, detail));
        }
        if is_definitive(state) {
            broken.extend(beside(candidate, formation, application, rules));
        }
    }
    if held > 1 {
        broken.push((FindingKind::HeldTwice, format!("{held} offers are held provisionally")));
    }
    broken
}

fn is_definitive(state: ApplicationState) -> bool {
    matches!(state, ApplicationState::AcceptedDefinitively | ApplicationState::Enrolled)
}

fn has_account(account: AccountState) -> bool {
    matches!(account, AccountState::Active | AccountState::Closed)
}

fn needs_rank(state: ApplicationState) -> bool {
    state.takes_seat() || matches!(state, ApplicationState::Waitlisted | ApplicationState::Archived)
}

/// R28, R45: what is live beside a definitive acceptance in the tracks that it closes.
fn beside(
    candidate: &Candidate,
    definitive: &FormationId,
    accepted: &Application,
    rules: &Campaign,
) -> Option<(FindingKind, String)> {
    let (other, application) = candidate.applications.iter().find(|(other, application)| {
        *other != definitive
            && application.now.state.is_live()
            && seats::closes(accepted.track, application.track, rules)
    })?;
    let state = application.now.state;
    let what = if is_definitive(state) { FindingKind::HeldTwice } else { FindingKind::LiveBesideDefinitive };
    Some((what, format!("{definitive} is accepted for good, {other} is {state:?}")))
}
