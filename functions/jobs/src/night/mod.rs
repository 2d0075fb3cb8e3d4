//! The night of a date: snapshot → plan → verify → store the plan, once → apply → publish (law 6).
//!
//! Every call does the next steps that are due and not yet done, so a tick finishes what a crash left. Putting
//! the run's row *is* the plan: whoever comes second applies that one.

mod apply;
mod read;

use std::collections::HashMap;

use jiff::civil::Date;
use platform::{StoreError, Table};
use procedure::night::{self, RankingIndex, Tonight};
use procedure::{calendar, digest};
use schemas::night::{AppearingRanking, NightCounts, NightStatus, PLAN_FORMAT};
use schemas::{Gate, NightRun, Plan, RankingContent};
use serde::Serialize;

use crate::commands::COMMAND_LIFE;
use crate::context::Context;
use crate::fault::Fault;
use crate::ledger;
use crate::rows;

/// What a run found and did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct NightReport {
    /// The business date, if a night is due on it.
    pub date: Option<Date>,
    /// How far that night is now.
    pub status: Option<NightStatus>,
    /// The digest of its plan.
    pub plan: Option<String>,
    /// What the night did in all.
    pub counts: NightCounts,
    /// Seats of all formations, by their call limits.
    pub seats: u64,
    /// How many of them are taken once the plan is applied.
    pub seats_taken: u64,
    /// Whether this run planned it.
    pub planned: bool,
    /// Whether this run published it.
    pub published: bool,
    /// An earlier night that this run voided, because it had not been published on its own date.
    pub voided: Option<Date>,
}

/// Does what the night of today has due now.
///
/// # Errors
/// A [`Fault`]. After [`Fault::PlanRefused`], [`Fault::Drift`] or [`Fault::Skipped`] the night is held and
/// nothing of it is visible; any other fault is tried again by the next tick.
pub async fn run(context: &Context) -> Result<NightReport, Fault> {
    let now = context.now();
    let date = calendar::day(now);
    let voided = void_earlier(context, date).await?;
    let mut report = NightReport { voided, ..NightReport::default() };
    if !calendar::is_night(context.rules(), date) || now < calendar::night_start(context.rules(), date) {
        return Ok(report);
    }
    report.date = Some(date);
    let late = calendar::gate_latest(context.rules(), date) <= now;
    let mut state = match stored_run(context, date).await? {
        Some(state) => state,
        None if late => return missed(context, date, report).await,
        None => {
            report.planned = true;
            plan(context, date).await?
        }
    };
    if late && matches!(state.status, NightStatus::Planned | NightStatus::Applied | NightStatus::Held) {
        void(context, &mut state).await?;
        report.voided = Some(date);
    }
    if state.status == NightStatus::Planned {
        let tonight = stored_plan(context, &state).await?;
        if let Err(fault) = apply::run(context, &mut state, &tonight).await {
            if matches!(fault, Fault::Drift(_) | Fault::Skipped { .. }) {
                hold(context, &mut state).await?;
            }
            return Err(fault);
        }
    }
    if state.status == NightStatus::Applied && calendar::publication(context.rules(), date) <= context.now() {
        publish(context, &mut state).await?;
        report.published = true;
    }
    report.status = Some(state.status);
    report.plan = Some(state.plan);
    report.counts = state.counts;
    report.seats = state.seats;
    report.seats_taken = state.seats_taken;
    Ok(report)
}

async fn stored_run(context: &Context, date: Date) -> Result<Option<NightRun>, StoreError> {
    rows::get(context.platform.store.as_ref(), Table::State, &rows::night_key(date)).await
}

/// A night is published on its own date or never: an earlier one that still keeps the gate closed is voided
/// before anything is read.
async fn void_earlier(context: &Context, today: Date) -> Result<Option<Date>, Fault> {
    let gate = ledger::gate(context).await?;
    let Some(earlier) = gate.closed().filter(|night| *night < today) else { return Ok(None) };
    match stored_run(context, earlier).await? {
        Some(mut state) => void(context, &mut state).await?,
        None => open_gate(context, earlier, None).await?,
    }
    Ok(Some(earlier))
}

/// Nothing was planned before the last moment: the gate opens, and the date is done.
async fn missed(context: &Context, date: Date, mut report: NightReport) -> Result<NightReport, Fault> {
    if ledger::gate(context).await?.closed() == Some(date) {
        open_gate(context, date, None).await?;
        report.voided = Some(date);
    }
    Ok(report)
}

/// Closes the gate, waits out the commands that saw it open, reads, plans, verifies, and puts the plan.
async fn plan(context: &Context, date: Date) -> Result<NightRun, Fault> {
    close_gate(context, date).await?;
    context.platform.clock.sleep(COMMAND_LIFE).await;
    let read::Reading { snapshot, rankings, appearing } = read::snapshot(context, date).await?;
    let plan = Plan {
        format: PLAN_FORMAT,
        date,
        rules: context.rules().digest.clone(),
        deadline: calendar::offer_deadline(context.rules(), date),
        rankings: appearing
            .into_iter()
            .filter_map(|formation| {
                let digest = rankings.get(&formation)?.digest.clone();
                Some(AppearingRanking { formation, digest })
            })
            .collect(),
        offers: night::plan_main(&snapshot),
    };
    let breaches = night::verify(&snapshot, &plan, context.rules());
    let bytes = serde_json::to_vec(&plan).unwrap_or_default();
    let digest = digest::of(&bytes);
    context.platform.objects.put(&rows::plan_object(date, &digest), bytes).await?;
    let status = if breaches.is_empty() { NightStatus::Planned } else { NightStatus::Held };
    let seats = snapshot.formations.iter().map(|formation| u64::from(formation.call_limit)).sum();
    let taken = snapshot.rows.iter().filter(|row| row.state.takes_seat()).count() + plan.offers.len();
    let run = NightRun {
        date,
        version: 1,
        status,
        plan: digest,
        segments_done: Vec::new(),
        counts: NightCounts::default(),
        seats,
        seats_taken: taken as u64,
    };
    match context.platform.store.transact(vec![rows::write(&run)]).await {
        Ok(()) if breaches.is_empty() => Ok(run),
        Ok(()) => Err(Fault::PlanRefused(breaches)),
        // Somebody else planned this date, or the answer was lost: what is stored is the plan.
        Err(StoreError::Conflict { .. } | StoreError::Unavailable(_)) => {
            stored_run(context, date).await?.ok_or_else(|| Fault::Missing(rows::night_key(date).to_string()))
        }
        Err(error) => Err(error.into()),
    }
}

async fn close_gate(context: &Context, date: Date) -> Result<(), Fault> {
    let gate = ledger::gate(context).await?;
    if gate.closed_for == Some(date) {
        return Ok(());
    }
    let closed = Gate { version: gate.version + 1, closed_for: Some(date), ..gate };
    match context.platform.store.transact(vec![rows::write(&closed)]).await {
        Err(StoreError::Conflict { .. }) if ledger::gate(context).await?.closed_for == Some(date) => Ok(()),
        other => Ok(other?),
    }
}

/// Opens the gate after the night of a date, in one conditional write with the run that says why.
async fn open_gate(context: &Context, date: Date, run: Option<&NightRun>) -> Result<(), Fault> {
    let gate = ledger::gate(context).await?;
    let open = Gate { version: gate.version + 1, closed_for: Some(date), published: Some(date) };
    let mut writes = vec![rows::write(&open)];
    writes.extend(run.map(rows::write));
    context.platform.store.transact(writes).await?;
    Ok(())
}

async fn publish(context: &Context, state: &mut NightRun) -> Result<(), Fault> {
    let published = NightRun { version: state.version + 1, status: NightStatus::Published, ..state.clone() };
    open_gate(context, published.date, Some(&published)).await?;
    *state = published;
    Ok(())
}

/// Gives everything its state of before back, then opens the gate; no mail of that night leaves.
async fn void(context: &Context, state: &mut NightRun) -> Result<(), Fault> {
    let tonight = stored_plan(context, state).await?;
    apply::undo(context, &tonight).await?;
    let void = NightRun { version: state.version + 1, status: NightStatus::Void, ..state.clone() };
    open_gate(context, void.date, Some(&void)).await?;
    *state = void;
    Ok(())
}

/// Keeps the night back for an operator.
async fn hold(context: &Context, state: &mut NightRun) -> Result<(), Fault> {
    state.version += 1;
    state.status = NightStatus::Held;
    context.platform.store.transact(vec![rows::write(state)]).await?;
    Ok(())
}

/// The stored plan of a run, with the rankings that it names.
async fn stored_plan(context: &Context, state: &NightRun) -> Result<Tonight, Fault> {
    let key = rows::plan_object(state.date, &state.plan);
    let plan: Plan = read_object(context, &key, &state.plan).await?;
    let mut rankings = HashMap::new();
    for appearing in &plan.rankings {
        let key = rows::ranking_object(&appearing.formation, &appearing.digest);
        let content: RankingContent = read_object(context, &key, &appearing.digest).await?;
        rankings.insert(appearing.formation.clone(), RankingIndex::of(content));
    }
    Ok(Tonight::new(plan, rankings))
}

/// Reads an object that is named by its own digest.
async fn read_object<T: serde::de::DeserializeOwned>(
    context: &Context,
    key: &str,
    named: &str,
) -> Result<T, Fault> {
    let missing = || Fault::Missing(key.to_owned());
    let bytes = context.platform.objects.get(key).await?.ok_or_else(missing)?;
    if digest::of(&bytes) != named {
        return Err(missing());
    }
    serde_json::from_slice(&bytes).map_err(|_| missing())
}
