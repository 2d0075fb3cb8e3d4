//! `mail-dispatch` and what wakes it: a tick goes through the whole outbox; the journal's stream says in which of its
//! shards something was just written.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jobs::mail_dispatch::{self, MailDispatchReport};
use jobs::{Context, Fault};
use platform::meter::Figure;
use platform::store::shard;
use schemas::Campaign;
use schemas::notice::Lane;
use serde::Serialize;
use tokio::task::JoinSet;

use crate::event::{BatchAnswer, StreamRow};
use crate::failure::Failure;
use crate::function::Work;
use crate::report::Report;

/// What a run answers.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Dispatched {
    /// A tick: what it did.
    Tick(MailDispatchReport),
    /// A batch of the stream: which of its rows are to come again. What it did is told by its figures.
    Batch(BatchAnswer, #[serde(skip)] MailDispatchReport),
}

impl Report for Dispatched {
    fn figures(&self, now: Timestamp, rules: &Campaign) -> Vec<Figure> {
        match self {
            Self::Tick(report) => report.figures(now, rules),
            Self::Batch(answer, report) => {
                let mut figures = report.figures(now, rules);
                figures.push(Figure::count("StreamRowsAgain", answer.failures.len() as u64));
                figures
            }
        }
    }
}

/// Sends what is due.
///
/// # Errors
/// A [`Failure`], if nothing of it could be worked off.
pub async fn dispatch(work: Work<'_>) -> Result<Dispatched, Failure> {
    match work.event.stream() {
        None => Ok(Dispatched::Tick(mail_dispatch::run(work.context).await?)),
        Some(rows) => dispatch_batch(work.context, &rows).await,
    }
}

/// Sends what is due in the shards of these rows. What fails in one of them stands in no other's way.
async fn dispatch_batch(context: &Context, rows: &[StreamRow]) -> Result<Dispatched, Failure> {
    let mut shards: BTreeMap<u32, Vec<&StreamRow>> = BTreeMap::new();
    for row in rows {
        shards.entry(shard(row.pk())).or_default().push(row);
    }
    let mut tasks = JoinSet::new();
    for shard in shards.keys().copied() {
        let context = context.clone();
        tasks.spawn(async move { (shard, dispatch_shard(&context, shard).await) });
    }
    let (mut sent, mut again, mut first) = (MailDispatchReport::default(), Vec::new(), None);
    while let Some(ended) = tasks.join_next().await {
        match ended {
            Ok((_, Ok(part))) => sent.add(part),
            Ok((shard, Err(fault))) => {
                let failure = Failure::from(fault);
                let Failure { word, message } = &failure;
                tracing::error!(
                    shard,
                    error.word = word,
                    error.message = message,
                    "A shard of the outbox failed"
                );
                again.extend(shards.get(&shard).into_iter().flatten().copied());
                first.get_or_insert(failure);
            }
            Err(_) => return Err(Fault::Task.into()),
        }
    }
    match first {
        Some(failure) if again.len() == rows.len() => Err(failure),
        _ => Ok(Dispatched::Batch(BatchAnswer::again(again), sent)),
    }
}

async fn dispatch_shard(context: &Context, shard: u32) -> Result<MailDispatchReport, Fault> {
    let mut report = mail_dispatch::run_lane(context, Lane::Now, [shard]).await?;
    report.add(mail_dispatch::run_lane(context, Lane::Digest, [shard]).await?);
    Ok(report)
}
