//! Applies a stored plan by segments, and never skips: each offer of the plan is met, or nothing is published.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::Date;
use platform::{Item, StoreError, Table};
use procedure::calendar;
use procedure::night::{Tonight, events_for};
use schemas::night::{NightCounts, NightStatus};
use schemas::{ApplicationState, Candidate, CandidateId, Cause, Change, Event, NightRun, Rule};

use super::announce::{self, Told};
use crate::context::Context;
use crate::fault::Fault;
use crate::ledger::{self, Verdict};
use crate::rows;
use crate::sweep::{self, FirstFault};

/// Applies what is not applied yet; the run's row counts the segments done. Where another machine is ahead, goes
/// on from there.
pub(super) async fn run(
    context: &Context,
    state: &mut NightRun,
    tonight: &Arc<Tonight>,
) -> Result<(), Fault> {
    let state_date = state.date;
    let late = || calendar::gate_latest(context.rules(), state_date) <= context.now();
    while let Some(number) = to_do(context, state).filter(|_| !late()) {
        let mut next = state.clone();
        if tonight.is_empty() {
            // It concerns nobody: there is nobody to look for.
            next.segments_done = (0..context.settings.segments).collect();
        } else {
            next.counts.add(apply_segment(context, number, tonight).await?);
            next.segments_done.push(number);
        }
        super::advance(context, state, next, Vec::new()).await?;
    }
    if state.status != NightStatus::Planned || to_do(context, state).is_some() {
        return Ok(());
    }
    if state.counts.offers != tonight.offers() {
        return Err(Fault::Skipped { planned: tonight.offers(), applied: state.counts.offers });
    }
    let applied = NightRun { status: NightStatus::Applied, ..state.clone() };
    let owed = announce::owed(context, state.date, Told::Ready);
    super::advance(context, state, applied, owed).await
}

/// The next segment of a night that is still to be applied.
fn to_do(context: &Context, state: &NightRun) -> Option<u32> {
    let to_do = |number: &u32| !state.segments_done.contains(number);
    (0..context.settings.segments).find(to_do).filter(|_| state.status == NightStatus::Planned)
}

/// Most candidates of a plan who are read by key, each in a request of his own, instead of going through everybody: so
/// many reads cost a seventh of a nation's pages.
const BY_KEY_MAX: usize = 10_000;

async fn apply_segment(context: &Context, number: u32, tonight: &Arc<Tonight>) -> Result<NightCounts, Fault> {
    let counts = Mutex::new(NightCounts::default());
    let (counted, limit) = (&counts, context.settings.concurrency);
    let count = |made| counted.lock().unwrap_or_else(PoisonError::into_inner).add(made);
    if let Some(named) = tonight.named().filter(|named| named.len() <= BY_KEY_MAX) {
        let here = |id: &&CandidateId| rows::candidate_key(id).shard() % context.settings.segments == number;
        let named: Vec<CandidateId> = named.into_iter().filter(here).cloned().collect();
        let work = |id: CandidateId| apply_by_key(context.clone(), Arc::clone(tonight), id);
        sweep::each(named, limit, work, count).await?;
    } else {
        sweep::scan(context, number, |items| async move {
            let work = |item: Item| apply_to(context.clone(), Arc::clone(tonight), item);
            sweep::each(items.into_iter().filter(sweep::is_candidate), limit, work, count).await
        })
        .await?;
    }
    Ok(counts.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// What the night did to somebody whom the plan names. If he is not there, his offers are missing at the end.
async fn apply_by_key(
    context: Context,
    tonight: Arc<Tonight>,
    id: CandidateId,
) -> Result<NightCounts, Fault> {
    let found = context.platform.store.get(Table::State, &rows::candidate_key(&id)).await?;
    match found {
        Some(item) => apply_to(context, tonight, item).await,
        None => Ok(NightCounts::default()),
    }
}

/// What the night did to one candidate. A candidate whom it wrote before a crash is counted, not written again.
async fn apply_to(context: Context, tonight: Arc<Tonight>, item: Item) -> Result<NightCounts, Fault> {
    let (context, tonight) = (&context, &tonight);
    let work = |candidate: Candidate| async move { try_apply(context, tonight, &candidate).await };
    sweep::redeciding(context, rows::read(&item)?, work).await
}

async fn try_apply(context: &Context, tonight: &Tonight, stored: &Candidate) -> Result<NightCounts, Fault> {
    let date = tonight.date();
    if stored.last_night.is_some_and(|night| night >= date) {
        return Ok(already_written(stored, tonight));
    }
    let settled = ledger::settled(context, stored, context.now());
    let (events, kind) = events_for(tonight, &settled)?;
    if events.is_empty() {
        return Ok(NightCounts::default());
    }
    let (before, _) = ledger::settle_durably(context, stored.clone(), context.now()).await?;
    let counts = counts_of(&events);
    let leaves_at = calendar::publication(context.rules(), date);
    // What a night decides is received when it is published, whenever it was applied.
    let verdict = Verdict {
        cause: Cause::Night { date },
        at: leaves_at,
        events,
        notice: Some((kind, digest_sk(tonight), leaves_at)),
    };
    ledger::record(context, Some(&before), &stored.id, verdict, Vec::new()).await?;
    Ok(counts)
}

/// One digest per candidate and morning: the notice's own key keeps a second one out.
fn digest_sk(tonight: &Tonight) -> String {
    format!("N#{}#digest", tonight.date())
}

fn counts_of(events: &[Event]) -> NightCounts {
    let mut counts = NightCounts { candidates: 1, ..NightCounts::default() };
    for event in events {
        match event.change {
            Change::Offered { .. } | Change::SearchPlaced { rank: None, .. } => counts.offers += 1,
            Change::SearchPlaced { .. } => counts.searches += 1,
            Change::Waitlisted { .. } => counts.waitlisted += 1,
            Change::Refused { .. } => counts.refused += 1,
            _ => {}
        }
    }
    counts
}

/// The counts of a candidate written by this same night before a crash.
fn already_written(candidate: &Candidate, tonight: &Tonight) -> NightCounts {
    let mut counts = NightCounts::default();
    if candidate.last_night != Some(tonight.date()) {
        return counts;
    }
    for (formation, application) in &candidate.applications {
        let Some(before) = &application.before else { continue };
        counts.candidates = 1;
        // A rank where there was none is a result, whatever the same night made of it.
        let ranked = before.rank.is_none() && application.now.rank.is_some();
        let placed = ranked && tonight.places_in_search(formation);
        counts.searches += u64::from(placed);
        counts.waitlisted += u64::from(ranked && !placed);
        match application.now.state {
            ApplicationState::ContractSearch if !placed => counts.offers += 1,
            ApplicationState::Offered | ApplicationState::AcceptedProvisionally => counts.offers += 1,
            ApplicationState::Refused => counts.refused += 1,
            _ => {}
        }
    }
    counts
}

/// Undoes a night that was not published: every candidate it wrote gets back what stood before, and every one
/// whom it could still write is marked, so that a machine that slept over it writes nothing any more. Needs the
/// table alone: a plan or a ranking that cannot be read keeps no gate shut.
pub(super) async fn undo(context: &Context, date: Date) -> Result<(), Fault> {
    let mut faults = FirstFault::default();
    for number in 0..context.settings.segments {
        let undone = sweep::scan(context, number, |items| async move {
            let work = |item: Item| undo_one(context.clone(), date, item);
            let candidates = items.into_iter().filter(sweep::is_candidate);
            sweep::each(candidates, context.settings.concurrency, work, |()| {}).await
        });
        faults.note(undone.await);
    }
    faults.end()
}

async fn undo_one(context: Context, date: Date, item: Item) -> Result<(), Fault> {
    let context = &context;
    let Ok(candidate) = rows::read::<Candidate>(&item) else {
        // Nobody can read him, so no night can have written him since: he keeps no gate shut.
        tracing::error!(key = %item.key, "A candidate cannot be read and is passed over by an undoing");
        return Ok(());
    };
    let work = |candidate: Candidate| async move { Ok(try_undo(context, date, &candidate).await?) };
    sweep::redeciding(context, candidate, work).await
}

/// Whether a night may write an application in this state.
fn could_change(state: ApplicationState) -> bool {
    matches!(
        state,
        ApplicationState::Submitted
            | ApplicationState::Waitlisted
            | ApplicationState::Archived
            | ApplicationState::ContractValidated
    )
}

async fn try_undo(context: &Context, date: Date, candidate: &Candidate) -> Result<(), StoreError> {
    let written =
        candidate.last_night == Some(date) && candidate.applications.values().any(|a| a.before.is_some());
    let could_be_written = candidate.last_night.is_none_or(|night| night < date)
        && candidate.applications.values().any(|a| could_change(a.now.state));
    if !written && !could_be_written {
        return Ok(());
    }
    let events = vec![Event { rule: Rule(37), night: None, change: Change::NightVoided { night: date } }];
    let verdict = Verdict { cause: Cause::Night { date }, at: context.now(), events, notice: None };
    ledger::record(context, Some(candidate), &candidate.id, verdict, Vec::new()).await.map(|_| ())
}
