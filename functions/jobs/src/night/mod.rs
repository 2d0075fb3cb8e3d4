//! The night of a date: snapshot → plan → verify → store the plan, once → apply → publish (law 6).
//!
//! Every call does the next steps that are due and not yet done, so a tick finishes what a crash left. Putting
//! the run's row *is* the plan: whoever comes second applies that one.

mod announce;
mod apply;
mod directed;
mod page;
mod planning;
mod read;
pub mod stored;

use jiff::civil::Date;
use platform::{StoreError, Write};
use procedure::calendar;
use procedure::night::file;
use schemas::night::{NightCounts, NightStatus};
use schemas::{FormationId, Gate, NightRun};
use serde::Serialize;
use tracing::{Instrument, info_span};

pub(crate) use announce::{Told, compose as announced, key as notice_key};
pub(crate) use directed::{direct, end_undoing};
pub use page::{NightFigures, NightPage, dry_run, next_date, show};

use crate::commands::COMMAND_LIFE;
use crate::context::Context;
use crate::contract_check;
use crate::fault::Fault;
use crate::ledger;
use crate::positions::{self, PositionsReport};
use crate::rows;
use planning::Prepared;

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
    /// How many of them are taken once the plan is applied; what is held beyond a call limit takes none.
    pub seats_taken: u64,
    /// Formations that are treated as stopped tonight.
    pub withheld: Vec<FormationId>,
    /// The positions that it left, if this run published them.
    pub positions: Option<PositionsReport>,
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
    let context = &context.in_force().await?;
    let now = context.now();
    let date = calendar::day(now);
    let voided = void_earlier(context, date).await?;
    let mut report = NightReport { voided, ..NightReport::default() };
    if !calendar::is_night(context.rules(), date) || now < calendar::night_start(context.rules(), date) {
        return Ok(report);
    }
    report.date = Some(date);
    // Asked anew before each step: a machine may sleep between any two.
    let late = |context: &Context| calendar::gate_latest(context.rules(), date) <= context.now();
    // The gate first: a plan put after this reading makes what is written over it conflict.
    let gate = ledger::gate(context).await?;
    let mut state = match stored::run(context, date).await? {
        Some(state) => state,
        None if late(context) => return missed(context, gate, date, report).await,
        None => match plan(context, date).await? {
            Planned::Here(state) => {
                report.planned = true;
                state
            }
            Planned::Elsewhere(state) => state,
            Planned::TooLate => return Ok(report),
        },
    };
    // What was accepted in the last moment before the gate closed is in the plan.
    let context = &context.in_force().await?;
    if state.status == NightStatus::Planned && !late(context) {
        let tonight = stored::tonight(context, &state).await?;
        let applied = apply::run(context, &mut state, &tonight).instrument(info_span!("apply")).await;
        if let Err(fault) = applied {
            if matches!(fault, Fault::Drift(_) | Fault::Skipped { .. }) {
                hold(context, &mut state, announce::owed(context, date, Told::Held)).await?;
            }
            return Err(fault);
        }
    }
    let to_come = matches!(state.status, NightStatus::Planned | NightStatus::Applied | NightStatus::Held);
    if (late(context) && to_come) || directed::is_being_undone(context, &state).await? {
        void(context, &mut state).await?;
        report.voided = Some(date).filter(|_| state.status == NightStatus::Void);
    }
    if state.status == NightStatus::Applied && calendar::publication(context.rules(), date) <= context.now() {
        let published = conclude(context, &mut state, NightStatus::Published);
        report.published = published.instrument(info_span!("publish")).await?;
    }
    if state.status == NightStatus::Published && !state.positions {
        let published = positions::publish(context, date).instrument(info_span!("positions")).await?;
        report.positions = Some(published);
        let done = NightRun { positions: true, ..state.clone() };
        advance(context, &mut state, done, Vec::new()).await?;
    }
    report.status = Some(state.status);
    report.plan = Some(state.plan);
    report.counts = state.counts;
    report.seats = state.seats;
    report.seats_taken = state.seats_taken;
    report.withheld = state.withheld;
    Ok(report)
}

/// A night is published on its own date or never: an earlier one that still keeps the gate closed is voided
/// before anything is read.
async fn void_earlier(context: &Context, today: Date) -> Result<Option<Date>, Fault> {
    let gate = ledger::gate(context).await?;
    let Some(earlier) = gate.closed().filter(|night| *night < today) else { return Ok(None) };
    match stored::run(context, earlier).await? {
        Some(mut state) => void(context, &mut state).await?,
        None => {
            open_gate(context, gate, earlier, None).await?;
        }
    }
    if ledger::gate(context).await?.closed() == Some(earlier) {
        return Err(Fault::Contended { key: rows::gate_key().to_string(), attempts: 1 });
    }
    Ok(Some(earlier))
}

/// Nothing was planned before the last moment: the gate opens, and the date is done.
async fn missed(
    context: &Context,
    gate: Gate,
    date: Date,
    mut report: NightReport,
) -> Result<NightReport, Fault> {
    if open_gate(context, gate, date, None).await? {
        report.voided = Some(date);
    }
    Ok(report)
}

/// What became of the planning of a date.
enum Planned {
    /// This machine's plan is the plan.
    Here(NightRun),
    /// Another machine's is.
    Elsewhere(NightRun),
    /// The date was given up meanwhile.
    TooLate,
}

/// Closes the gate, waits out the commands that saw it open, reads, plans, verifies, and puts the plan, if the
/// gate is still as it was closed: a machine that slept over its night puts none.
async fn plan(context: &Context, date: Date) -> Result<Planned, Fault> {
    let Some(gate) = close_gate(context, date).await? else { return Ok(Planned::TooLate) };
    let closed = context.now();
    context.platform.clock.sleep(COMMAND_LIFE).await;
    // With the deadlines that an operator extended before the gate closed.
    let context = &context.in_force().await?;
    // What arrived before the gate closed and has no verdict yet; then nothing changes any more.
    contract_check::into_night(context, closed).instrument(info_span!("uploads")).await?;
    let Prepared { run, plan, breaches } = planning::prepare(context, date, gate).await?;
    if calendar::gate_latest(context.rules(), date) <= context.now() {
        return Ok(Planned::TooLate);
    }
    let object = rows::plan_object(date, &run.plan);
    let bytes = info_span!("put_plan").in_scope(|| file::encode(&plan));
    context.platform.objects.put(&object, bytes).instrument(info_span!("put_plan")).await?;
    let still_closed = Gate { version: gate.version + 1, ..gate };
    let mut writes = vec![rows::write(&run), rows::write(&still_closed)];
    if run.status == NightStatus::Held {
        writes.extend(announce::owed(context, date, Told::Held));
    }
    let put = put(context, writes).instrument(info_span!("put_plan")).await?;
    // If not, somebody else planned this date, gave it up, or our answer was lost: what is stored is the plan.
    let stored = if put { Some(run.clone()) } else { stored::run(context, date).await? };
    if !breaches.is_empty() && stored.as_ref() == Some(&run) {
        return Err(Fault::PlanRefused(breaches));
    }
    Ok(match stored {
        Some(stored) if put => Planned::Here(stored),
        Some(stored) => Planned::Elsewhere(stored),
        None => Planned::TooLate,
    })
}

/// Closes the gate for a date; `None` if that date, or a later one, is over already.
async fn close_gate(context: &Context, date: Date) -> Result<Option<Gate>, Fault> {
    let gate = ledger::gate(context).await?;
    if gate.closed_for >= Some(date) || gate.closed().is_some() {
        return Ok(Some(gate).filter(|gate| gate.closed() == Some(date)));
    }
    let closed = Gate { version: gate.version + 1, closed_for: Some(date), ..gate };
    if put(context, vec![rows::write(&closed)]).await? {
        return Ok(Some(closed));
    }
    // Somebody else closed it.
    Ok(Some(ledger::gate(context).await?).filter(|gate| gate.closed() == Some(date)))
}

/// Writes all or nothing, after pauses where the store needs them; whether it was written. After a lost answer the
/// conflict may be with our own write: what is stored then says so.
async fn put(context: &Context, writes: Vec<Write>) -> Result<bool, Fault> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        match context.platform.store.transact(writes.clone()).await {
            Ok(()) => return Ok(true),
            Err(StoreError::Conflict { .. }) => return Ok(false),
            Err(error) => ledger::again(context, error, rows::NIGHT_PK, attempt).await?,
        }
    }
}

/// Opens the gate after the night of a date, in one conditional write with the run that says why; whether this
/// machine was the one to open it.
async fn open_gate(context: &Context, gate: Gate, date: Date, run: Option<&NightRun>) -> Result<bool, Fault> {
    if gate.closed() != Some(date) {
        return Ok(false);
    }
    let open = Gate { version: gate.version + 1, published: Some(date), ..gate };
    let mut writes = vec![rows::write(&open)];
    writes.extend(run.map(rows::write));
    // If not, somebody else opened it, or wrote the run: what that one wrote stands.
    put(context, writes).await
}

/// Opens the gate with the run's last status; whether this machine did. If another one concluded the night, what
/// that one wrote stands.
async fn conclude(context: &Context, state: &mut NightRun, status: NightStatus) -> Result<bool, Fault> {
    let concluded = NightRun { version: state.version + 1, status, ..state.clone() };
    let gate = ledger::gate(context).await?;
    if open_gate(context, gate, concluded.date, Some(&concluded)).await? {
        *state = concluded;
        return Ok(true);
    }
    take_over(context, state).await?;
    Ok(false)
}

/// Writes the run's next version with the notice that it owes, or takes over what another machine wrote meanwhile.
async fn advance(
    context: &Context,
    state: &mut NightRun,
    next: NightRun,
    owed: Vec<Write>,
) -> Result<(), Fault> {
    let next = NightRun { version: state.version + 1, ..next };
    let mut writes = vec![rows::write(&next)];
    writes.extend(owed);
    if put(context, writes).await? {
        *state = next;
        return Ok(());
    }
    take_over(context, state).await
}

async fn take_over(context: &Context, state: &mut NightRun) -> Result<(), Fault> {
    let missing = || Fault::Missing(rows::night_key(state.date).to_string());
    *state = stored::run(context, state.date).await?.ok_or_else(missing)?;
    Ok(())
}

/// Gives everything its state of before back, then opens the gate; no mail of that night leaves. The run is held
/// first, as by the job itself: from then on no machine can publish it, and no operator can let it go on.
async fn void(context: &Context, state: &mut NightRun) -> Result<(), Fault> {
    // Another machine may write its progress meanwhile: hold what it wrote.
    while matches!(state.status, NightStatus::Planned | NightStatus::Applied) || state.held_from.is_some() {
        hold(context, state, Vec::new()).await?;
    }
    if state.status == NightStatus::Held {
        apply::undo(context, state.date).await?;
        conclude(context, state, NightStatus::Void).await?;
    }
    Ok(())
}

/// Keeps the night back by the job itself: it can only be undone.
async fn hold(context: &Context, state: &mut NightRun, owed: Vec<Write>) -> Result<(), Fault> {
    let held = NightRun { status: NightStatus::Held, held_from: None, ..state.clone() };
    advance(context, state, held, owed).await
}
