//! The job `deadline-expiry`: makes durable what time did to candidates, with the notices it owes.
//!
//! It only makes visible what is true already: every command and every night decides on the settled candidate.

use std::sync::{Mutex, PoisonError};

use jiff::civil::Date;
use jiff::{SignedDuration, ToSpan};
use platform::store::{SHARDS, Segment};
use platform::{Key, Table};
use procedure::calendar;
use serde::Serialize;

use crate::context::Context;
use crate::fault::Fault;
use crate::ledger::SettledCounts;
use crate::rows::{self, Checkpoint};
use crate::{contract_check, ledger, sweep};

const JOB: &str = "deadline-expiry";

/// How many past days every run sweeps again: an index lags behind its table by seconds, and the row of a
/// command of 23:59 may be listed after the sweep of midnight.
const DAYS_SWEPT_AGAIN: i64 = 1;

/// How many partitions of the index are read at once: an empty one is one short answer to wait for.
const PARTITIONS_AT_ONCE: usize = 8;

/// The whole country in one segment.
pub const ALL: Segment = Segment { number: 0, of: 1 };

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct DeadlineExpiryReport {
    /// Candidates for whom something was due.
    pub candidates: u64,
    /// What was recorded.
    pub settled: SettledCounts,
    /// For how long the longest due of them had waited, in seconds: how late this job is.
    pub oldest_due_s: u64,
}

/// Takes in the contracts that arrived and that nobody has checked, then sweeps the index `due` in the shards of this
/// segment.
///
/// # Errors
/// A [`Fault`]; what was recorded stays, and the next tick goes on.
pub async fn run(context: &Context, segment: Segment) -> Result<DeadlineExpiryReport, Fault> {
    let context = &context.in_force().await?;
    // A contract that arrived in time keeps its seat, also if nobody has looked at it yet. If that fails the sweep goes
    // on: a contract undoes the lapse that it came before.
    let taken_in = contract_check::before_sweep(context).await;
    let report = settle_all(context, segment).await?;
    taken_in.map(|()| report)
}

async fn settle_all(context: &Context, segment: Segment) -> Result<DeadlineExpiryReport, Fault> {
    let now = context.now();
    let today = calendar::day(now);
    // What a night wrote is not true before it is published. One that is left over from an earlier day is undone
    // first, by its own job: no offer that nobody saw lapses.
    if ledger::gate(context).await?.closed().is_some_and(|night| night < today) {
        return Ok(DeadlineExpiryReport::default());
    }
    let name = format!("{}of{}", segment.number, segment.of);
    let store = &context.platform.store;
    let stored: Option<Checkpoint> =
        rows::get(store.as_ref(), Table::State, &rows::checkpoint_key(JOB, &name)).await?;
    // Before the first results there is neither an offer nor an application whose time could run out.
    let first_day = calendar::first_results(context.rules()).unwrap_or(today);
    let mut checkpoint = stored.unwrap_or(Checkpoint {
        job: JOB.into(),
        segment: name,
        version: 0,
        done_before: None,
        phases_begun: Vec::new(),
    });
    let mut report = DeadlineExpiryReport::default();
    let days = checkpoint.done_before.unwrap_or(first_day).series(1.day()).take_while(|day| *day <= today);
    let shards =
        |day| (0..SHARDS).filter(|shard| shard % segment.of == segment.number).map(move |s| (day, s));
    let work = |(day, shard)| sweep_partition(context.clone(), day, shard);
    // The checkpoint moves only past days of which nothing is left.
    sweep::each(days.flat_map(shards), PARTITIONS_AT_ONCE, work, |part: DeadlineExpiryReport| {
        report.candidates += part.candidates;
        report.settled.add(part.settled);
        report.oldest_due_s = report.oldest_due_s.max(part.oldest_due_s);
    })
    .await?;
    let done_before = today.checked_sub(DAYS_SWEPT_AGAIN.days()).unwrap_or(today);
    if checkpoint.done_before.is_none_or(|before| before < done_before) {
        checkpoint.done_before = Some(done_before);
        checkpoint.version += 1;
        match store.transact(vec![rows::write(&checkpoint)]).await {
            // Another run swept the same: its checkpoint is as good.
            Ok(()) | Err(platform::StoreError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(report)
}

async fn sweep_partition(context: Context, day: Date, shard: u32) -> Result<DeadlineExpiryReport, Fault> {
    let partition = rows::due_partition(day, shard);
    let report = Mutex::new(DeadlineExpiryReport::default());
    let (context, report_of) = (&context, &report);
    sweep::index(context, Table::State, &partition, |keys| async move {
        let work = |key: Key| settle(context.clone(), key);
        sweep::each(keys, context.settings.concurrency, work, |(made, waited_s): (SettledCounts, u64)| {
            let mut report = report_of.lock().unwrap_or_else(PoisonError::into_inner);
            if made.decisions > 0 {
                report.candidates += 1;
                report.oldest_due_s = report.oldest_due_s.max(waited_s);
            }
            report.settled.add(made);
        })
        .await
    })
    .await?;
    Ok(report.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Settles one candidate durably; with it, how long ago that was due.
async fn settle(context: Context, key: Key) -> Result<(SettledCounts, u64), Fault> {
    let Some(id) = rows::candidate_of(&key.pk) else { return Ok(Default::default()) };
    let Some(candidate) = ledger::candidate(&context, &id).await? else { return Ok(Default::default()) };
    let context = &context;
    sweep::redeciding(context, candidate, |candidate| async move {
        let now = context.now();
        let waited = candidate.due.map_or(SignedDuration::ZERO, |due| now.duration_since(due));
        let made = ledger::settle_durably(context, candidate, now).await?.1;
        Ok((made, u64::try_from(waited.as_secs()).unwrap_or_default()))
    })
    .await
}
