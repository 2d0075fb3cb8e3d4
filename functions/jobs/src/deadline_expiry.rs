//! The job `deadline-expiry`: makes durable what time did to candidates, with the notices it owes.
//!
//! It only makes visible what is true already: every command and every night decides on the settled candidate.

use jiff::ToSpan;
use jiff::civil::Date;
use platform::store::{SHARDS, Segment};
use platform::{Key, Table};
use procedure::calendar;
use schemas::campaign::Phase;
use serde::Serialize;

use crate::context::Context;
use crate::fault::Fault;
use crate::ledger::SettledCounts;
use crate::rows::{self, Checkpoint};
use crate::{ledger, sweep};

const JOB: &str = "deadline-expiry";

/// How many keys one read of the index gives.
const INDEX_PAGE: usize = 500;

/// How many past days every run sweeps again: an index lags behind its table by seconds, and the row of a
/// command of 23:59 may be listed after the sweep of midnight.
const DAYS_SWEPT_AGAIN: i64 = 1;

/// The whole country in one segment.
pub const ALL: Segment = Segment { number: 0, of: 1 };

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct DeadlineExpiryReport {
    /// Candidates for whom something was due.
    pub candidates: u64,
    /// What was recorded.
    pub settled: SettledCounts,
}

/// Sweeps the index `due` in the shards of this segment.
///
/// # Errors
/// A [`Fault`]; what was recorded stays, and the next tick goes on.
pub async fn run(context: &Context, segment: Segment) -> Result<DeadlineExpiryReport, Fault> {
    let now = context.now();
    let today = calendar::day(now);
    let name = format!("{}of{}", segment.number, segment.of);
    let store = &context.platform.store;
    let stored: Option<Checkpoint> =
        rows::get(store.as_ref(), Table::State, &rows::checkpoint_key(JOB, &name)).await?;
    let first_day = context.rules().phases.get(&Phase::Catalogue).map_or(today, |days| days.first);
    let mut checkpoint = stored.unwrap_or(Checkpoint {
        job: JOB.into(),
        segment: name,
        version: 0,
        done_before: None,
        phases_begun: Vec::new(),
    });
    let mut report = DeadlineExpiryReport::default();
    let mut day = checkpoint.done_before.unwrap_or(first_day);
    while day <= today {
        for shard in (0..SHARDS).filter(|shard| shard % segment.of == segment.number) {
            sweep_partition(context, day, shard, &mut report).await?;
        }
        day = day.tomorrow().unwrap_or(Date::MAX);
    }
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

async fn sweep_partition(
    context: &Context,
    day: Date,
    shard: u32,
    report: &mut DeadlineExpiryReport,
) -> Result<(), Fault> {
    let until = rows::sortable(context.now());
    let partition = rows::due_partition(day, shard);
    let mut after = None;
    loop {
        let page = context.platform.store.index(Table::State, &partition, &until, after, INDEX_PAGE).await?;
        let work = |key: Key| {
            let context = context.clone();
            async move { settle(&context, &key).await }
        };
        sweep::each(page.keys, context.settings.concurrency, work, |made| {
            report.candidates += u64::from(made.decisions > 0);
            report.settled.add(made);
        })
        .await?;
        after = page.next;
        if after.is_none() {
            return Ok(());
        }
    }
}

/// Settles one candidate durably; reads him again whenever somebody else changed him meanwhile.
async fn settle(context: &Context, key: &Key) -> Result<SettledCounts, Fault> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        let Some(id) = rows::candidate_of(&key.pk) else { return Ok(SettledCounts::default()) };
        let Some(candidate) = ledger::candidate(context, &id).await? else {
            return Ok(SettledCounts::default());
        };
        match ledger::settle_durably(context, candidate, context.now()).await {
            Ok((_, made)) => return Ok(made),
            Err(error) => ledger::again(error, &key.pk, attempt)?,
        }
    }
}
