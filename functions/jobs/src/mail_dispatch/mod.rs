//! The job `mail-dispatch`: drains the outbox, the lane `now` before the lane `digest`. A mail leaves only from
//! a notice, and only once what it announces can be seen.
//!
//! | a notice is | until |
//! |---|---|
//! | pending | its next attempt is due, and the night that it announces is published |
//! | claimed | this dispatcher's attempt ends, or the claim runs out: then nobody knows whether the mail left |
//! | sent, cancelled, suppressed, failed | for good; but what the provider tells later of the mail is added to it |
//!
//! The attempt is written before the mail is handed over. One of which nobody knows the end keeps its claim; in that time
//! the provider's own event, heard by [`crate::mail_feedback`], says that it left. Only if none comes is one more made.
//! All dispatchers share one rate ([`crate::mail_rate`]).

mod letter;
mod one;

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use platform::store::SHARDS;
use platform::{Key, MailError, NotSent, Quota, Table};
use schemas::night::NightStatus;
use schemas::notice::{Lane, MailFact, NoticeStatus};
use schemas::{Gate, Notice};
use serde::Serialize;
use tokio::sync::OnceCell;

use crate::context::Context;
use crate::fault::Fault;
use crate::mail_rate::Rate;
use crate::rows::{self, NoticeRow};
use crate::{ledger, night, outbox, sweep};

pub use one::{CLAIM_LIFE, RETRY_SCHEDULE};

/// How many shards of the outbox are drained at once: an empty one is one short answer to wait for, and where one comes
/// to its end others fill the rate.
const SHARDS_AT_ONCE: usize = 16;

/// For how long a run begins new mails at the most: a function lives for 15 minutes, and what it has in hand then must end.
const RUN_MAX: SignedDuration = SignedDuration::from_mins(13);

/// By how much less runs last that begin at different shards, 4 minutes and a half at the least: where they began together,
/// one is most often at work while the next tick takes another's place.
const RUN_LESS_FOR_A_SHARD: SignedDuration = SignedDuration::from_secs(8);

/// How often a run that is at work on the lane `digest` looks whether somebody waits at his screen.
const LOOK_EVERY: SignedDuration = SignedDuration::from_secs(1);

/// The part of a day's quota that is kept for the lane `now`.
const QUOTA_FOR_NOW: f64 = 0.02;

/// How often the provider is asked what it grants, while it does not answer: SES answers a whole account about one such
/// question a second, and dispatchers wake together.
const ASKED_MAX: u32 = 5;

/// How long to wait before it is asked again; each further wait is twice as long, so half a minute in all.
const ASKED_AGAIN_AFTER: Duration = Duration::from_secs(2);

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct MailDispatchReport {
    /// Mails handed to the provider.
    pub sent: u64,
    /// Notices with nothing left to say.
    pub cancelled: u64,
    /// Notices to an address to which no mail goes any more.
    pub suppressed: u64,
    /// Notices that wait: for their night's publication, for another dispatcher's claim, for a further attempt.
    pub waiting: u64,
    /// Notices given up.
    pub failed: u64,
    /// Attempts made after one of which nobody knows the end: mails that may have left twice.
    pub doubtful: u64,
    /// How often the provider said that it was one mail too many.
    pub throttled: u64,
    /// Whether the day's quota is used up; the rest leaves as it renews.
    pub quota_reached: bool,
    /// Whether the provider takes no mail from this account: somebody has to see to it.
    pub account_refused: bool,
    /// Whether the provider did not say what it grants: the run sent nothing, the next one asks again.
    pub provider_silent: bool,
}

/// What became of one notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Sent,
    Cancelled,
    Suppressed,
    Waits,
    Failed,
}

/// Sends what is due now.
///
/// # Errors
/// A [`Fault`] of the store; a mail that fails is counted and tried again on its schedule.
pub async fn run(context: &Context) -> Result<MailDispatchReport, Fault> {
    let dispatch = Dispatch::begin(context).await?;
    let first = dispatch.first_shard;
    let shards = || (first..SHARDS).chain(0..first);
    let now = drain(&dispatch, Lane::Now, shards()).await;
    // What is wrong in one lane never stands in the way of the other.
    let digest = drain(&dispatch, Lane::Digest, shards()).await;
    now.and(digest)?;
    Ok(dispatch.end())
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
    let dispatch = Dispatch::begin(context).await?;
    drain(&dispatch, lane, shards).await?;
    Ok(dispatch.end())
}

/// What the provider grants now.
async fn quota(context: &Context) -> Result<Option<Quota>, MailError> {
    let mut pause = ASKED_AGAIN_AFTER;
    for _ in 1..ASKED_MAX {
        match context.platform.mailer.quota().await {
            Err(error) if is_passing(&error) => context.platform.clock.sleep(pause).await,
            answered => return answered,
        }
        pause = pause.saturating_mul(2);
    }
    context.platform.mailer.quota().await
}

/// Whether it says nothing of the account that the provider did not answer.
fn is_passing(error: &MailError) -> bool {
    match error {
        MailError::Ambiguous => true,
        MailError::NotSent(why) => {
            matches!(why, NotSent::Throttled | NotSent::Deferred | NotSent::Unreachable)
        }
    }
}

/// What one run knows and has done.
struct Dispatch {
    context: Context,
    /// Dispatchers that wake together begin at different shards, so that they do not meet at each notice.
    first_shard: u32,
    /// When it begins no further mail.
    ends_at: Timestamp,
    /// Read once a notice needs it: most shards of most runs are empty.
    gate: OnceCell<Gate>,
    /// The nights that were undone: nothing of them is ever said.
    void: OnceCell<BTreeSet<Date>>,
    rate_now: Rate,
    rate_digest: Rate,
    /// How many mails are left of the day's quota, where there is one; and how many of them are for the lane `now`.
    left: Option<AtomicI64>,
    for_now: i64,
    quota_reached: AtomicBool,
    account_refused: AtomicBool,
    provider_silent: bool,
    looked_at: Mutex<Timestamp>,
    report: Mutex<MailDispatchReport>,
}

impl Dispatch {
    async fn begin(context: &Context) -> Result<Arc<Self>, Fault> {
        let context = context.in_force().await?;
        let (mut refused, mut reached, mut silent) = (false, false, false);
        let quota = match quota(&context).await {
            Ok(quota) => quota,
            Err(error) => {
                tracing::error!(%error, "The mail provider does not say what it grants");
                match error {
                    MailError::NotSent(NotSent::QuotaReached) => reached = true,
                    error if is_passing(&error) => silent = true,
                    _ => refused = true,
                }
                None
            }
        };
        let granted = quota.map(|quota| quota.per_second);
        // A part of a mail is none; the rest fits.
        let whole = |mails: f64| mails.floor() as i64;
        let daily = quota.and_then(|quota| quota.per_day);
        let now = context.now();
        let first_shard = u32::try_from(now.as_microsecond().rem_euclid(i64::from(SHARDS))).unwrap_or(0);
        let less = RUN_LESS_FOR_A_SHARD * i32::try_from(first_shard).unwrap_or(0);
        Ok(Arc::new(Self {
            rate_now: Rate::new(&context, granted),
            rate_digest: Rate::new(&context, granted),
            left: quota.and_then(|quota| quota.left_today()).map(|left| AtomicI64::new(whole(left))),
            for_now: daily.map_or(0, |day| whole(day.granted * QUOTA_FOR_NOW)),
            quota_reached: AtomicBool::new(reached),
            account_refused: AtomicBool::new(refused),
            provider_silent: silent,
            gate: OnceCell::new(),
            void: OnceCell::new(),
            looked_at: Mutex::new(now),
            report: Mutex::default(),
            first_shard,
            ends_at: now.checked_add(RUN_MAX - less).unwrap_or(Timestamp::MAX),
            context,
        }))
    }

    /// What was done; what stopped it is said aloud, since it is for an operator.
    fn end(&self) -> MailDispatchReport {
        let mut report = *self.report.lock().unwrap_or_else(PoisonError::into_inner);
        report.quota_reached = self.quota_reached.load(Ordering::Relaxed);
        report.account_refused = self.account_refused.load(Ordering::Relaxed);
        report.provider_silent = self.provider_silent;
        if report.quota_reached {
            tracing::error!(mail.sent = report.sent, "The day's quota of mails is used up");
        }
        if report.account_refused {
            tracing::error!(mail.sent = report.sent, "The mail provider takes no mail from this account");
        }
        report
    }

    async fn gate(&self) -> Result<Gate, Fault> {
        Ok(*self.gate.get_or_try_init(|| ledger::gate(&self.context)).await?)
    }

    async fn is_void(&self, night: Date) -> Result<bool, Fault> {
        Ok(self.void.get_or_try_init(|| void_nights(&self.context)).await?.contains(&night))
    }

    fn rate(&self, lane: Lane) -> &Rate {
        match lane {
            Lane::Now => &self.rate_now,
            Lane::Digest => &self.rate_digest,
        }
    }

    /// Whether another mail of this lane may be begun.
    fn may_send(&self, lane: Lane) -> bool {
        let is_over = self.ends_at <= self.context.now();
        let kept = if lane == Lane::Digest { self.for_now } else { 0 };
        let none_left = self.left.as_ref().is_some_and(|left| left.load(Ordering::Relaxed) <= kept);
        if none_left {
            self.quota_reached.store(true, Ordering::Relaxed);
        }
        let provider_says_so = self.left.is_none() && self.quota_reached.load(Ordering::Relaxed);
        let refused = self.account_refused.load(Ordering::Relaxed) || self.provider_silent;
        !(is_over || none_left || provider_says_so || refused)
    }

    fn sent_one(&self) {
        if let Some(left) = &self.left {
            left.fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn quota_reached(&self) {
        self.quota_reached.store(true, Ordering::Relaxed);
        if let Some(left) = &self.left {
            left.store(0, Ordering::Relaxed);
        }
    }

    fn account_refused(&self) {
        self.account_refused.store(true, Ordering::Relaxed);
    }

    fn throttled_one(&self) {
        self.report.lock().unwrap_or_else(PoisonError::into_inner).throttled += 1;
    }

    fn count(&self, fate: Fate, doubtful: bool) {
        let mut report = self.report.lock().unwrap_or_else(PoisonError::into_inner);
        report.doubtful += u64::from(doubtful);
        match fate {
            Fate::Sent => report.sent += 1,
            Fate::Cancelled => report.cancelled += 1,
            Fate::Suppressed => report.suppressed += 1,
            Fate::Waits => report.waiting += 1,
            Fate::Failed => report.failed += 1,
        }
    }

    /// Drains the lane `now` if nobody of this run has looked at it for a while: whoever waits at his screen does not
    /// wait behind a morning's digests.
    async fn look_at_now(dispatch: &Arc<Self>) -> Result<(), Fault> {
        let now = dispatch.context.now();
        {
            let mut looked_at = dispatch.looked_at.lock().unwrap_or_else(PoisonError::into_inner);
            if now.duration_since(*looked_at) < LOOK_EVERY {
                return Ok(());
            }
            *looked_at = now;
        }
        drain_now(Arc::clone(dispatch)).await
    }
}

/// With a type of its own: the lanes know of each other.
fn drain_now(dispatch: Arc<Dispatch>) -> Pin<Box<dyn Future<Output = Result<(), Fault>> + Send>> {
    Box::pin(async move { drain(&dispatch, Lane::Now, 0..SHARDS).await })
}

async fn drain(
    dispatch: &Arc<Dispatch>,
    lane: Lane,
    shards: impl IntoIterator<Item = u32>,
) -> Result<(), Fault> {
    let work = |shard| drain_shard(Arc::clone(dispatch), lane, shard);
    sweep::each(shards, SHARDS_AT_ONCE, work, |()| {}).await
}

async fn drain_shard(dispatch: Arc<Dispatch>, lane: Lane, shard: u32) -> Result<(), Fault> {
    let (context, partition) = (&dispatch.context, rows::outbox_partition(lane, shard));
    let dispatch = &dispatch;
    sweep::index(context, Table::Journal, &partition, |keys| async move {
        let work = |key: Key| one::dispatch(Arc::clone(dispatch), lane, key);
        sweep::each(keys, context.settings.concurrency, work, |()| {}).await
    })
    .await
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
    let Some(mut notice) = stored else { return Ok(()) };
    let NoticeStatus::Claimed { attempts, doubts, .. } = notice.status else { return Ok(()) };
    let next_attempt_at = letter::due_at(&context, &notice);
    notice.status = NoticeStatus::Pending { next_attempt_at, attempts: attempts.saturating_sub(1), doubts };
    notice.trail.pop_if(|trace| trace.what == MailFact::Attempt);
    notice.version += 1;
    outbox::put(&context, &NoticeRow { key, notice }).await.map(|_| ())
}

/// The nights that were undone.
async fn void_nights(context: &Context) -> Result<BTreeSet<Date>, Fault> {
    let runs = night::stored::runs(context).await?.into_iter();
    Ok(runs.filter(|run| run.status == NightStatus::Void).map(|run| run.date).collect())
}
