//! Applies a stored plan by segments, and never skips: each offer of the plan is met, or nothing is published.

use std::sync::Arc;

use platform::{Item, StoreError};
use procedure::calendar;
use procedure::night::{Tonight, events_for};
use schemas::night::{NightCounts, NightStatus};
use schemas::{ApplicationState, Candidate, Cause, Change, Event, NightRun, Rule};

use super::read::{self, SEGMENTS};
use crate::context::Context;
use crate::fault::Fault;
use crate::ledger::{self, Verdict};
use crate::{rows, sweep};

/// Applies what is not applied yet; the run's row counts the segments done.
pub(super) async fn run(context: &Context, state: &mut NightRun, tonight: &Tonight) -> Result<(), Fault> {
    let tonight = Arc::new(tonight.clone());
    for number in 0..SEGMENTS {
        if state.segments_done.contains(&number) {
            continue;
        }
        let counts = apply_segment(context, number, &tonight).await?;
        state.counts.add(counts);
        state.segments_done.push(number);
        state.version += 1;
        context.platform.store.transact(vec![rows::write(state)]).await?;
    }
    if state.counts.offers != tonight.offers() {
        return Err(Fault::Skipped { planned: tonight.offers(), applied: state.counts.offers });
    }
    state.status = NightStatus::Applied;
    state.version += 1;
    context.platform.store.transact(vec![rows::write(state)]).await?;
    Ok(())
}

async fn apply_segment(context: &Context, number: u32, tonight: &Arc<Tonight>) -> Result<NightCounts, Fault> {
    let counts = std::sync::Mutex::new(NightCounts::default());
    let counts = &counts;
    read::pages(context, number, |items| async move {
        let work = |item: Item| {
            let (context, tonight) = (context.clone(), Arc::clone(tonight));
            async move { apply_to(&context, &tonight, item).await }
        };
        let candidates = items.into_iter().filter(is_candidate);
        sweep::each(candidates, context.settings.concurrency, work, |made| {
            counts.lock().unwrap_or_else(std::sync::PoisonError::into_inner).add(made);
        })
        .await
    })
    .await?;
    let counts = *counts.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    Ok(counts)
}

fn is_candidate(item: &Item) -> bool {
    item.key.pk.starts_with("C#") && item.key.sk == rows::STATE_SK
}

/// What the night did to one candidate. A candidate whom it wrote before a crash is counted, not written again.
async fn apply_to(context: &Context, tonight: &Tonight, item: Item) -> Result<NightCounts, Fault> {
    let mut candidate: Candidate = rows::read(&item)?;
    let mut attempt = 0;
    loop {
        attempt += 1;
        match try_apply(context, tonight, &candidate).await {
            Ok(counts) => return Ok(counts),
            Err(Fault::Store(error)) => ledger::again(error, &item.key.pk, attempt)?,
            Err(fault) => return Err(fault),
        }
        candidate = reread(context, &candidate).await?;
    }
}

async fn reread(context: &Context, candidate: &Candidate) -> Result<Candidate, Fault> {
    let missing = || Fault::Missing(rows::candidate_key(&candidate.id).to_string());
    ledger::candidate(context, &candidate.id).await?.ok_or_else(missing)
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
    let verdict = Verdict {
        cause: Cause::Night { date },
        at: context.now(),
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
            Change::Offered { .. } => counts.offers += 1,
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
    for application in candidate.applications.values().filter(|a| a.night == Some(tonight.date())) {
        counts.candidates = 1;
        let first_result =
            application.before.as_ref().is_some_and(|b| b.state == ApplicationState::Submitted);
        match application.now.state {
            ApplicationState::Offered => {
                counts.offers += 1;
                counts.waitlisted += u64::from(first_result);
            }
            ApplicationState::Waitlisted => counts.waitlisted += 1,
            ApplicationState::Refused => counts.refused += 1,
            _ => {}
        }
    }
    counts
}

/// Undoes a night that was not published: every candidate it wrote gets back what stood before, and every one
/// it would have written is marked, so that a machine that slept over it writes nothing any more.
pub(super) async fn undo(context: &Context, tonight: &Tonight) -> Result<(), Fault> {
    let tonight = Arc::new(tonight.clone());
    for number in 0..SEGMENTS {
        let tonight = &tonight;
        read::pages(context, number, |items| async move {
            let work = |item: Item| {
                let (context, tonight) = (context.clone(), Arc::clone(tonight));
                async move { undo_one(&context, &tonight, item).await }
            };
            sweep::each(items.into_iter().filter(is_candidate), context.settings.concurrency, work, |()| {})
                .await
        })
        .await?;
    }
    Ok(())
}

async fn undo_one(context: &Context, tonight: &Tonight, item: Item) -> Result<(), Fault> {
    let mut candidate: Candidate = rows::read(&item)?;
    let mut attempt = 0;
    loop {
        attempt += 1;
        match try_undo(context, tonight, &candidate).await {
            Ok(()) => return Ok(()),
            Err(error) => ledger::again(error, &item.key.pk, attempt)?,
        }
        candidate = reread(context, &candidate).await?;
    }
}

async fn try_undo(context: &Context, tonight: &Tonight, candidate: &Candidate) -> Result<(), StoreError> {
    let date = tonight.date();
    let written = candidate.applications.values().any(|a| a.night == Some(date) && a.before.is_some());
    let concerned = candidate.last_night.is_none_or(|night| night < date)
        && events_for(tonight, &ledger::settled(context, candidate, context.now()))
            .map_or(true, |(events, _)| !events.is_empty());
    if !written && !concerned {
        return Ok(());
    }
    let events = vec![Event { rule: Rule(37), night: None, change: Change::NightVoided { night: date } }];
    let verdict = Verdict { cause: Cause::Night { date }, at: context.now(), events, notice: None };
    ledger::record(context, Some(candidate), &candidate.id, verdict, Vec::new()).await.map(|_| ())
}
