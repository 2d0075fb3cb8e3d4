//! The job `mail-dispatch`: drains the outbox, the lane `now` before the lane `digest`. A mail leaves only from
//! a notice, and only once what it announces can be seen.

use jiff::{SignedDuration, Timestamp};
use notices::{Envelope, Reader};
use platform::store::SHARDS;
use platform::{Key, MailError, OutgoingMail, StoreError, Table};
use procedure::fold;
use schemas::notice::{Lane, NoticeStatus};
use schemas::{Gate, Notice};
use serde::Serialize;

use crate::context::Context;
use crate::fault::Fault;
use crate::ledger;
use crate::rows::{self, NoticeRow};
use crate::{letters, sweep};

/// How long a claim keeps other dispatchers away: several times the longest call of a mail provider.
const CLAIM_LIFE: SignedDuration = SignedDuration::from_mins(5);

/// How long to wait before each further attempt; the end of the list is the end of the attempts.
const RETRY_SCHEDULE: [SignedDuration; 4] = [
    SignedDuration::from_mins(1),
    SignedDuration::from_mins(10),
    SignedDuration::from_hours(1),
    SignedDuration::from_hours(6),
];

/// How many keys one read of the index gives.
const INDEX_PAGE: usize = 500;

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct MailDispatchReport {
    /// Mails handed to the provider.
    pub sent: u64,
    /// Notices with nothing left to say.
    pub cancelled: u64,
    /// Notices that wait: for their night's publication, for another dispatcher's claim, for a further attempt.
    pub waiting: u64,
    /// Notices given up.
    pub failed: u64,
}

/// What became of one notice.
enum Fate {
    Sent,
    Cancelled,
    Waits,
    Failed,
}

/// Sends what is due now.
///
/// # Errors
/// A [`Fault`] of the store; a mail that fails is counted and tried again on its schedule.
pub async fn run(context: &Context) -> Result<MailDispatchReport, Fault> {
    run_shards(context, 0..SHARDS).await
}

/// Sends what is due now in these shards of the outbox: a part of the work, for several dispatchers, or for a
/// caller that knows where something was just written.
///
/// # Errors
/// As [`run`].
pub async fn run_shards(
    context: &Context,
    shards: impl Iterator<Item = u32> + Clone,
) -> Result<MailDispatchReport, Fault> {
    let mut report = MailDispatchReport::default();
    let gate = ledger::gate(context).await?;
    for lane in Lane::ALL {
        let until = rows::sortable(context.now());
        for shard in shards.clone() {
            let partition = rows::outbox_partition(lane, shard);
            let mut after = None;
            loop {
                let store = &context.platform.store;
                let page = store.index(Table::Journal, &partition, &until, after, INDEX_PAGE).await?;
                let work = |key: Key| {
                    let context = context.clone();
                    async move { dispatch(&context, key, gate).await }
                };
                sweep::each(page.keys, context.settings.concurrency, work, |fate| match fate {
                    Fate::Sent => report.sent += 1,
                    Fate::Cancelled => report.cancelled += 1,
                    Fate::Waits => report.waiting += 1,
                    Fate::Failed => report.failed += 1,
                })
                .await?;
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
    }
    Ok(report)
}

/// Claims, sends, marks. Whoever loses a claim leaves the notice to the winner.
async fn dispatch(context: &Context, key: Key, gate: Gate) -> Result<Fate, Fault> {
    let store = context.platform.store.as_ref();
    let Some(notice) = rows::get::<Notice>(store, Table::Journal, &key).await? else {
        return Ok(Fate::Waits);
    };
    let mut row = NoticeRow { sk: key.sk, notice };
    let now = context.now();
    let attempt = match row.notice.status {
        NoticeStatus::Pending { .. } => 1,
        NoticeStatus::Claimed { until, attempt } if until <= now => attempt + 1,
        _ => return Ok(Fate::Waits),
    };
    if row.notice.night.is_some_and(|night| gate.published.is_none_or(|published| published < night)) {
        return Ok(Fate::Waits);
    }
    let until = now.checked_add(CLAIM_LIFE).unwrap_or(Timestamp::MAX);
    if !mark(context, &mut row, NoticeStatus::Claimed { until, attempt }).await? {
        return Ok(Fate::Waits);
    }
    let (status, fate) = match send(context, &row, gate).await {
        Ok(Some(provider_id)) => (NoticeStatus::Sent { at: context.now(), provider_id }, Fate::Sent),
        Ok(None) => (NoticeStatus::Cancelled { at: context.now() }, Fate::Cancelled),
        Err(Fault::Mail(MailError::NotSent(why))) => {
            tracing::warn!(notice.id = %row.id(), attempt, %why, "A mail was not taken");
            retry(attempt, now)
        }
        // An ambiguous send is not simply sent again: the claim runs out first.
        Err(Fault::Mail(MailError::Ambiguous)) => return Ok(Fate::Waits),
        Err(Fault::Letter { notice, problem }) => {
            tracing::error!(notice.id = %notice, %problem, "A notice cannot be written out");
            (NoticeStatus::Failed { at: now }, Fate::Failed)
        }
        Err(fault) => return Err(fault),
    };
    mark(context, &mut row, status).await?;
    Ok(fate)
}

/// Writes the notice's next status; whether this dispatcher was the one to write it.
async fn mark(context: &Context, row: &mut NoticeRow, status: NoticeStatus) -> Result<bool, Fault> {
    row.notice.version += 1;
    row.notice.status = status;
    match context.platform.store.transact(vec![row.write()]).await {
        Ok(()) => Ok(true),
        Err(StoreError::Conflict { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The wait before the next attempt, kept as a claim that runs out then, so that attempts go on counting.
fn retry(attempt: u32, now: Timestamp) -> (NoticeStatus, Fate) {
    let wait = usize::try_from(attempt).ok().and_then(|attempt| RETRY_SCHEDULE.get(attempt - 1));
    match wait.and_then(|wait| now.checked_add(*wait).ok()) {
        Some(until) => (NoticeStatus::Claimed { until, attempt }, Fate::Waits),
        None => (NoticeStatus::Failed { at: now }, Fate::Failed),
    }
}

/// Renders from the state as everyone sees it now, and hands over; `None` if nothing is left to say.
async fn send(context: &Context, row: &NoticeRow, gate: Gate) -> Result<Option<String>, Fault> {
    let Some(stored) = ledger::candidate(context, &row.notice.candidate).await? else { return Ok(None) };
    let now = context.now();
    let candidate = fold::visible(&ledger::settled(context, &stored, now), gate.published);
    let Some(message) = letters::compose(context, &row.notice, &candidate).await? else { return Ok(None) };
    let id = row.id();
    let problem = |problem: String| Fault::Letter { notice: id.clone(), problem };
    let reader = Reader { language: candidate.language, name: candidate.name.as_deref() };
    let mail = message.render(&reader).map_err(|error| problem(error.to_string()))?;
    let envelope = Envelope {
        from: &context.settings.sender,
        to: &candidate.email,
        date: now,
        message_id: &id,
        stage: &context.settings.stage,
        kind: row.notice.kind,
    };
    let mime = notices::mime(&mail, &envelope).map_err(|error| problem(error.to_string()))?;
    let outgoing = OutgoingMail { notice: id.clone(), to: candidate.email.clone(), mime };
    Ok(Some(context.platform.mailer.send(outgoing).await?))
}
