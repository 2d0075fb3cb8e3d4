//! The job `mail-dispatch`: drains the outbox, the lane `now` before the lane `digest`. A mail leaves only from
//! a notice, and only once what it announces can be seen.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use notices::{Envelope, Message, Reader};
use platform::store::SHARDS;
use platform::{Key, MailError, OutgoingMail, StoreError, Table};
use procedure::{calendar, fold};
use schemas::night::NightStatus;
use schemas::notice::{Lane, NoticeStatus};
use schemas::{Gate, Language, Notice, NoticeKind};
use serde::Serialize;
use tokio::sync::OnceCell;

use crate::context::Context;
use crate::fault::Fault;
use crate::ledger;
use crate::rows::{self, NoticeRow};
use crate::{letters, night, sweep};

/// How long a claim keeps other dispatchers away, and so how long after an attempt of which nobody knows the end
/// the next may be made: several times the longest call of a mail provider.
const CLAIM_LIFE: SignedDuration = SignedDuration::from_mins(15);

/// After how many attempts of which nobody knows the end a notice is given up: one doubt allows one more attempt,
/// so that a person gets a mail twice at the most.
const DOUBTS_MAX: u32 = 2;

/// How many shards of the outbox are read at once: an empty one is one short answer to wait for.
const SHARDS_AT_ONCE: usize = 8;

/// How long to wait before each further attempt after a mail was certainly not taken; the end of the list is the
/// end of the attempts.
const RETRY_SCHEDULE: [SignedDuration; 4] = [
    SignedDuration::from_mins(1),
    SignedDuration::from_mins(10),
    SignedDuration::from_hours(1),
    SignedDuration::from_hours(6),
];

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
    /// Attempts made after one of which nobody knows the end: mails that may have left twice.
    pub doubtful: u64,
}

impl MailDispatchReport {
    fn count(&mut self, fate: Fate, doubtful: bool) {
        self.doubtful += u64::from(doubtful);
        match fate {
            Fate::Sent => self.sent += 1,
            Fate::Cancelled => self.cancelled += 1,
            Fate::Waits => self.waiting += 1,
            Fate::Failed => self.failed += 1,
        }
    }

    /// Adds what another part of the outbox, or another lane, did.
    pub fn add(&mut self, other: Self) {
        self.sent += other.sent;
        self.cancelled += other.cancelled;
        self.waiting += other.waiting;
        self.failed += other.failed;
        self.doubtful += other.doubtful;
    }
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
    let now = run_lane(context, Lane::Now, 0..SHARDS).await;
    // What is wrong in one lane never stands in the way of the other.
    let digest = run_lane(context, Lane::Digest, 0..SHARDS).await;
    let mut report = now?;
    report.add(digest?);
    Ok(report)
}

/// Sends what is due now in one lane and these shards of the outbox: a part of the work, for several dispatchers, or
/// for a caller that knows where something was just written.
///
/// # Errors
/// As [`run`].
pub async fn run_lane(
    context: &Context,
    lane: Lane,
    shards: impl IntoIterator<Item = u32>,
) -> Result<MailDispatchReport, Fault> {
    let context = &context.in_force().await?;
    let dispatch =
        Arc::new(Dispatch { context: context.clone(), gate: OnceCell::new(), void: OnceCell::new() });
    let mut report = MailDispatchReport::default();
    let work = |shard| sweep_shard(Arc::clone(&dispatch), lane, shard);
    sweep::each(shards, SHARDS_AT_ONCE, work, |part| report.add(part)).await?;
    Ok(report)
}

/// What one run knows, read once it meets a notice that needs it: most shards of most runs are empty.
struct Dispatch {
    context: Context,
    gate: OnceCell<Gate>,
    /// The nights that were undone: nothing of them is ever said.
    void: OnceCell<BTreeSet<Date>>,
}

impl Dispatch {
    async fn gate(&self) -> Result<Gate, Fault> {
        Ok(*self.gate.get_or_try_init(|| ledger::gate(&self.context)).await?)
    }

    async fn is_void(&self, night: Date) -> Result<bool, Fault> {
        Ok(self.void.get_or_try_init(|| void_nights(&self.context)).await?.contains(&night))
    }
}

async fn sweep_shard(dispatch: Arc<Dispatch>, lane: Lane, shard: u32) -> Result<MailDispatchReport, Fault> {
    let (context, partition) = (&dispatch.context, rows::outbox_partition(lane, shard));
    let report = Mutex::new(MailDispatchReport::default());
    let (dispatch, counted) = (&dispatch, &report);
    sweep::index(context, Table::Journal, &partition, |keys| async move {
        let work = |key: Key| {
            let dispatch = Arc::clone(dispatch);
            async move { dispatch_one(&dispatch, key).await }
        };
        let count = |(fate, doubtful): (Fate, bool)| {
            counted.lock().unwrap_or_else(PoisonError::into_inner).count(fate, doubtful);
        };
        sweep::each(keys, context.settings.concurrency, work, count).await
    })
    .await?;
    Ok(report.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Gives back the claims of a dispatcher that is known to be dead, as if it had never had them: for one machine,
/// where no two are at work. A mail that it had handed over but not marked leaves again, the very same; it may be
/// used only with a mailer to whom that is one mail, as [`platform::folder::FolderMailer`].
///
/// # Errors
/// A [`Fault`] of the store.
pub async fn release_claims(context: &Context) -> Result<(), Fault> {
    for lane in Lane::ALL {
        for shard in 0..SHARDS {
            let partition = rows::outbox_partition(lane, shard);
            let listed = sweep::index_until(context, Table::Journal, &partition, Timestamp::MAX, |keys| {
                let work = |key: Key| release(context.clone(), key);
                sweep::each(keys, context.settings.concurrency, work, |()| {})
            });
            listed.await?;
        }
    }
    Ok(())
}

async fn release(context: Context, key: Key) -> Result<(), Fault> {
    let stored = rows::get::<Notice>(context.platform.store.as_ref(), Table::Journal, &key).await?;
    let Some(notice) = stored else { return Ok(()) };
    let NoticeStatus::Claimed { attempts, doubts, .. } = notice.status else { return Ok(()) };
    let next_attempt_at = due_at(&context, &notice);
    let status = NoticeStatus::Pending { next_attempt_at, attempts: attempts.saturating_sub(1), doubts };
    let mut row = NoticeRow { key, notice };
    mark(&context, &mut row, status).await.map(|_| ())
}

/// The nights that were undone.
async fn void_nights(context: &Context) -> Result<BTreeSet<Date>, Fault> {
    let runs = night::stored::runs(context).await?.into_iter();
    Ok(runs.filter(|run| run.status == NightStatus::Void).map(|run| run.date).collect())
}

/// Claims, sends, marks; whoever loses a claim leaves the notice to the winner. Says what became of the notice,
/// and whether it may have left before.
async fn dispatch_one(dispatch: &Dispatch, key: Key) -> Result<(Fate, bool), Fault> {
    let context = &dispatch.context;
    let store = context.platform.store.as_ref();
    let Some(notice) = rows::get::<Notice>(store, Table::Journal, &key).await? else {
        return Ok((Fate::Waits, false));
    };
    let mut row = NoticeRow { key, notice };
    let (now, gate) = (context.now(), dispatch.gate().await?);
    let (attempts, doubts) = match row.notice.status {
        NoticeStatus::Pending { next_attempt_at, attempts, doubts } if next_attempt_at <= now => {
            (attempts + 1, doubts)
        }
        // The claim ran out: nobody knows whether the mail left.
        NoticeStatus::Claimed { until, attempts, doubts } if until <= now => (attempts + 1, doubts + 1),
        _ => return Ok((Fate::Waits, false)),
    };
    if row.notice.waits_for().is_some_and(|night| gate.published.is_none_or(|published| published < night)) {
        return Ok((Fate::Waits, false));
    }
    let doubtful = doubts > 0;
    if let Some(night) = row.notice.night
        && dispatch.is_void(night).await?
    {
        mark(context, &mut row, NoticeStatus::Cancelled { at: now }).await?;
        return Ok((Fate::Cancelled, doubtful));
    }
    if doubts >= DOUBTS_MAX {
        mark(context, &mut row, NoticeStatus::Failed { at: now }).await?;
        return Ok((Fate::Failed, doubtful));
    }
    // Written out before it is claimed: behind the claim there is nothing but the sending, so a claim that ran out
    // is a doubt about the sending and nothing else.
    let mail = match written_out(context, &row, gate).await {
        Ok(Some(mail)) => mail,
        Ok(None) => {
            mark(context, &mut row, NoticeStatus::Cancelled { at: now }).await?;
            return Ok((Fate::Cancelled, doubtful));
        }
        Err(Fault::Letter { notice, problem }) => {
            tracing::error!(notice.id = %notice, %problem, "A notice cannot be written out");
            mark(context, &mut row, NoticeStatus::Failed { at: now }).await?;
            return Ok((Fate::Failed, doubtful));
        }
        Err(fault) => return Err(fault),
    };
    let until = now.checked_add(CLAIM_LIFE).unwrap_or(Timestamp::MAX);
    if !mark(context, &mut row, NoticeStatus::Claimed { until, attempts, doubts }).await? {
        return Ok((Fate::Waits, false));
    }
    let (status, fate) = match context.platform.mailer.send(mail).await {
        Ok(provider_id) => (NoticeStatus::Sent { at: context.now(), provider_id }, Fate::Sent),
        Err(MailError::NotSent(why)) => {
            tracing::warn!(notice.id = %row.id(), attempts, %why, "A mail was not taken");
            retry(attempts, doubts, now)
        }
        // An ambiguous send is not simply sent again: the claim runs out first.
        Err(MailError::Ambiguous) => return Ok((Fate::Waits, doubtful)),
    };
    mark(context, &mut row, status).await?;
    Ok((fate, doubtful))
}

/// Writes the notice's next status; whether this dispatcher was the one to write it. A store that hiccups is asked
/// again: what was sent must be known as sent.
async fn mark(context: &Context, row: &mut NoticeRow, status: NoticeStatus) -> Result<bool, Fault> {
    row.notice.version += 1;
    row.notice.status = status;
    let mut attempt = 0;
    loop {
        attempt += 1;
        match context.platform.store.transact(vec![row.write()]).await {
            Ok(()) => return Ok(true),
            // Somebody else was faster, or an earlier attempt of ours was heard after all.
            Err(StoreError::Conflict { existing, .. }) => {
                let stored = existing.map(|item| rows::read::<Notice>(&item)).transpose()?;
                return Ok(attempt > 1 && stored.as_ref() == Some(&row.notice));
            }
            Err(error) => ledger::again(context, error, &row.key.to_string(), attempt).await?,
        }
    }
}

/// When a mail that was certainly not taken is tried again.
fn retry(attempts: u32, doubts: u32, now: Timestamp) -> (NoticeStatus, Fate) {
    let wait = usize::try_from(attempts).ok().and_then(|attempts| RETRY_SCHEDULE.get(attempts - 1));
    match wait.and_then(|wait| now.checked_add(*wait).ok()) {
        Some(next_attempt_at) => (NoticeStatus::Pending { next_attempt_at, attempts, doubts }, Fate::Waits),
        None => (NoticeStatus::Failed { at: now }, Fate::Failed),
    }
}

/// When a notice became due: at the decision that owes it, or when the night that it announces is published; to an
/// operator, when that night began.
fn due_at(context: &Context, notice: &Notice) -> Timestamp {
    match (notice.night, notice.waits_for()) {
        (_, Some(night)) => calendar::publication(context.rules(), night),
        (Some(night), None) => calendar::night_start(context.rules(), night),
        (None, None) => notice.created_at,
    }
}

/// The mail, from the state as everyone sees it now; `None` if nothing is left to say.
async fn written_out(context: &Context, row: &NoticeRow, gate: Gate) -> Result<Option<OutgoingMail>, Fault> {
    let Some(Letter { message, language, name, to }) = letter(context, &row.notice, gate).await? else {
        return Ok(None);
    };
    let id = row.id();
    let problem = |problem: String| Fault::Letter { notice: id.clone(), problem };
    let reader = Reader { language, name: name.as_deref() };
    let mail = message.render(&reader).map_err(|error| problem(error.to_string()))?;
    let envelope = Envelope {
        from: &context.settings.sender,
        to: &to,
        // When the mail became due: two attempts at one notice are one mail.
        date: due_at(context, &row.notice),
        message_id: &id,
        stage: &context.settings.stage,
        kind: row.notice.kind,
    };
    let mime = notices::mime(&mail, &envelope).map_err(|error| problem(error.to_string()))?;
    Ok(Some(OutgoingMail { notice: id.clone(), to, mime }))
}

/// What is said, to whom, and in which language.
struct Letter {
    message: Message,
    language: Language,
    name: Option<String>,
    to: String,
}

async fn letter(context: &Context, notice: &Notice, gate: Gate) -> Result<Option<Letter>, Fault> {
    let Some(candidate) = &notice.candidate else { return to_operator(context, notice).await };
    let Some(stored) = ledger::candidate(context, candidate).await? else { return Ok(None) };
    let candidate = fold::visible(&ledger::settled(context, &stored, context.now()), gate.published);
    let Some(message) = letters::compose(context, notice, &candidate).await? else { return Ok(None) };
    // A link that confirms an address proves something only if it is sent there.
    let to = match (notice.kind, candidate.new_email) {
        (NoticeKind::EmailChange, Some(new)) => new.email,
        _ => candidate.email,
    };
    Ok(Some(Letter { message, language: candidate.language, name: candidate.name, to }))
}

/// To an operator, if one has an address by now.
async fn to_operator(context: &Context, notice: &Notice) -> Result<Option<Letter>, Fault> {
    let (Some(to), Some(night)) = (context.settings.operator.clone(), notice.night) else { return Ok(None) };
    let message = night::announced(context, night).await?;
    // The platform is run in France.
    Ok(message.map(|message| Letter { message, language: Language::Fr, name: None, to }))
}
