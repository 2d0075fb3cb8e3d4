//! One notice: claimed, sent, marked.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use platform::{Key, MailError, NotSent, OutgoingMail, Table};
use schemas::Notice;
use schemas::notice::{Lane, MailFact, NoticeStatus};

use super::letter::{Written, written_out};
use super::{Dispatch, Fate};
use crate::context::Context;
use crate::fault::Fault;
use crate::outbox::{self, Ended};
use crate::rows::{self, NoticeRow};

/// How long a claim keeps other dispatchers away, and so how long after an attempt of which nobody knows the end
/// the next may be made: several times the longest call of a mail provider, and long enough for its own event of the
/// mail to be heard.
pub const CLAIM_LIFE: SignedDuration = SignedDuration::from_mins(15);

/// How much of a claim must be left for a mail to be handed over: a process that was frozen meanwhile sends nothing.
const CLAIM_LEFT_MIN: SignedDuration = SignedDuration::from_mins(1);

/// After how many attempts of which nobody knows the end a notice is given up: one doubt allows one more attempt,
/// so that a person gets a mail twice at the most.
const DOUBTS_MAX: u32 = 2;

/// How long a notice to an establishment waits before its address is asked for again: an operator gives it within the
/// day, and the copy leaves within the hour.
const ADDRESS_WAIT: SignedDuration = SignedDuration::from_hours(1);

/// How often a mail that is throttled is handed over again under one claim.
const THROTTLED_MAX: u32 = 8;

/// When a mail is tried again that met no fault of its own: a rate that was too high, a day's quota, an account that is
/// paused. It counts as no attempt.
const NOT_NOW: SignedDuration = SignedDuration::from_mins(1);

/// How long to wait before each further attempt after a mail was certainly not taken; the end of the list is the
/// end of the attempts.
pub const RETRY_SCHEDULE: [SignedDuration; 4] = [
    SignedDuration::from_mins(1),
    SignedDuration::from_mins(10),
    SignedDuration::from_hours(1),
    SignedDuration::from_hours(6),
];

/// How far a notice is when a dispatcher takes it up.
struct Turn {
    row: NoticeRow,
    /// The number of the attempt that would be made.
    attempt: u32,
    /// After how many attempts nobody knows whether the mail left.
    doubts: u32,
}

/// Claims, sends, marks; whoever loses a claim leaves the notice to the winner.
pub(super) async fn dispatch(dispatch: Arc<Dispatch>, lane: Lane, key: Key) -> Result<(), Fault> {
    if lane == Lane::Digest {
        Dispatch::look_at_now(&dispatch).await?;
    }
    let (fate, doubtful) = attempt(&dispatch, lane, key).await?;
    dispatch.count(fate, doubtful);
    Ok(())
}

async fn attempt(dispatch: &Dispatch, lane: Lane, key: Key) -> Result<(Fate, bool), Fault> {
    let waits = Ok((Fate::Waits, false));
    if !dispatch.may_send(lane) {
        return waits;
    }
    let context = &dispatch.context;
    let rate = dispatch.rate(lane);
    let _in_hand = rate.in_hand().await;
    let Some(mut turn) = turn(dispatch, key).await? else { return waits };
    let doubtful = turn.doubts > 0;
    let at = context.now();
    if let Some(night) = turn.row.notice.night
        && dispatch.is_void(night).await?
    {
        return end(context, turn, NoticeStatus::Cancelled { at }, Fate::Cancelled).await;
    }
    if turn.doubts >= DOUBTS_MAX {
        return end(context, turn, NoticeStatus::Failed { at }, Fate::Failed).await;
    }
    // Written out before it is claimed: behind the claim there is nothing but the sending, so a claim that ran out
    // is a doubt about the sending and nothing else.
    let mail = match written_out(context, &turn.row, dispatch.gate().await?).await {
        Ok(Written::Mail(mail)) => mail,
        Ok(Written::Nothing) => {
            return end(context, turn, NoticeStatus::Cancelled { at }, Fate::Cancelled).await;
        }
        Ok(Written::Suppressed(why)) => {
            return end(context, turn, NoticeStatus::Suppressed { at, why }, Fate::Suppressed).await;
        }
        Err(Fault::Letter { notice, problem }) => {
            tracing::error!(notice.id = %notice, %problem, "A notice cannot be written out");
            return end(context, turn, NoticeStatus::Failed { at }, Fate::Failed).await;
        }
        Err(Fault::NoAddress { establishment }) => {
            tracing::warn!(notice.id = %turn.row.id(), %establishment, "An establishment has no address yet");
            let next_attempt_at = at.checked_add(ADDRESS_WAIT).unwrap_or(Timestamp::MAX);
            let (attempts, doubts) = (turn.attempt - 1, turn.doubts);
            let status = NoticeStatus::Pending { next_attempt_at, attempts, doubts };
            return end(context, turn, status, Fate::Waits).await;
        }
        Err(fault) => return Err(fault),
    };
    rate.take().await?;
    let now = context.now();
    let until = now.checked_add(CLAIM_LIFE).unwrap_or(Timestamp::MAX);
    outbox::note(&mut turn.row.notice, now, MailFact::Attempt);
    let claim = NoticeStatus::Claimed { until, attempts: turn.attempt, doubts: turn.doubts };
    if !mark(context, &mut turn.row, claim).await? {
        rate.give_back();
        return waits;
    }
    let Some((ended, fate)) = send(dispatch, lane, &turn, until, mail).await? else {
        // An ambiguous send is not simply sent again: the claim runs out first.
        return Ok((Fate::Waits, doubtful));
    };
    let Turn { row, attempt, .. } = turn;
    let known = Some(row.notice);
    let notice = outbox::update(context, &row.key, known, |n| outbox::concluded(n, attempt, &ended)).await?;
    let again = |notice: &Notice| notice.trail.iter().any(|t| matches!(t.what, MailFact::SentAgain { .. }));
    if notice.as_ref().is_some_and(again) {
        tracing::warn!(notice.id = %row_id(&row.key), "A mail left twice");
    }
    Ok((fate, doubtful))
}

/// Reads a notice and says whether its turn has come.
async fn turn(dispatch: &Dispatch, key: Key) -> Result<Option<Turn>, Fault> {
    let context = &dispatch.context;
    let stored = rows::get::<Notice>(context.platform.store.as_ref(), Table::Journal, &key).await?;
    let Some(notice) = stored else { return Ok(None) };
    let now = context.now();
    let (attempt, doubts) = match notice.status {
        NoticeStatus::Pending { next_attempt_at, attempts, doubts } if next_attempt_at <= now => {
            (attempts + 1, doubts)
        }
        // The claim ran out: nobody knows whether the mail left.
        NoticeStatus::Claimed { until, attempts, doubts } if until <= now => (attempts + 1, doubts + 1),
        _ => return Ok(None),
    };
    if let Some(night) = notice.waits_for()
        && dispatch.gate().await?.published.is_none_or(|published| published < night)
    {
        return Ok(None);
    }
    Ok(Some(Turn { row: NoticeRow { key, notice }, attempt, doubts }))
}

/// Hands a claimed mail over; a throttled one again, as long as the claim holds. `None` if nobody knows what became of
/// it.
async fn send(
    dispatch: &Dispatch,
    lane: Lane,
    turn: &Turn,
    until: Timestamp,
    mail: OutgoingMail,
) -> Result<Option<(Ended, Fate)>, Fault> {
    let context = &dispatch.context;
    let mut throttled = 0;
    loop {
        if until.duration_since(context.now()) < CLAIM_LEFT_MIN {
            return Ok(Some(not_now(context, turn, None)));
        }
        let why = match context.platform.mailer.send(mail.clone()).await {
            Ok(id) => {
                dispatch.sent_one();
                return Ok(Some((Ended::Left { at: context.now(), id }, Fate::Sent)));
            }
            Err(MailError::Ambiguous) => {
                dispatch.sent_one();
                tracing::warn!(notice.id = %turn.row.id(), "Nobody knows whether a mail left");
                return Ok(None);
            }
            Err(MailError::NotSent(why)) => why,
        };
        match why {
            NotSent::Throttled => {
                dispatch.rate(lane).throttled();
                dispatch.throttled_one();
                throttled += 1;
                if throttled >= THROTTLED_MAX {
                    return Ok(Some(not_now(context, turn, None)));
                }
                // Nothing has left: whatever is wrong with the row of the rate, the notice is given back first.
                if dispatch.rate(lane).take().await.is_err() {
                    return Ok(Some(not_now(context, turn, None)));
                }
            }
            NotSent::QuotaReached => {
                dispatch.quota_reached();
                return Ok(Some(not_now(context, turn, None)));
            }
            NotSent::AccountRefused => {
                dispatch.account_refused();
                return Ok(Some(not_now(context, turn, None)));
            }
            NotSent::Rejected | NotSent::Deferred | NotSent::Unreachable | NotSent::NotWritten(_) => {
                let attempt = turn.attempt;
                tracing::warn!(notice.id = %turn.row.id(), attempt, %why, "A mail was not taken");
                return Ok(Some(retry(context, turn, why)));
            }
        }
    }
}

/// Gives a claim back as if there had been none.
fn not_now(context: &Context, turn: &Turn, why: Option<String>) -> (Ended, Fate) {
    let at = context.now();
    let next_attempt_at = at.checked_add(NOT_NOW).unwrap_or(Timestamp::MAX);
    let status = NoticeStatus::Pending { next_attempt_at, attempts: turn.attempt - 1, doubts: turn.doubts };
    (Ended::Stayed { at, status, why }, Fate::Waits)
}

/// When a mail that was certainly not taken is tried again.
fn retry(context: &Context, turn: &Turn, why: NotSent) -> (Ended, Fate) {
    let at = context.now();
    let (attempts, doubts) = (turn.attempt, turn.doubts);
    let wait = usize::try_from(attempts).ok().and_then(|attempts| RETRY_SCHEDULE.get(attempts - 1));
    let (status, fate) = match wait.and_then(|wait| at.checked_add(*wait).ok()) {
        Some(next_attempt_at) => (NoticeStatus::Pending { next_attempt_at, attempts, doubts }, Fate::Waits),
        None => (NoticeStatus::Failed { at }, Fate::Failed),
    };
    (Ended::Stayed { at, status, why: Some(why.to_string()) }, fate)
}

/// Ends a notice without a mail; whoever was faster has ended it otherwise.
async fn end(
    context: &Context,
    mut turn: Turn,
    status: NoticeStatus,
    fate: Fate,
) -> Result<(Fate, bool), Fault> {
    let written = mark(context, &mut turn.row, status).await?;
    Ok((if written { fate } else { Fate::Waits }, written && turn.doubts > 0))
}

/// Writes the notice's next status; whether this dispatcher was the one to write it.
async fn mark(context: &Context, row: &mut NoticeRow, status: NoticeStatus) -> Result<bool, Fault> {
    row.notice.version += 1;
    row.notice.status = status;
    outbox::put(context, row).await
}

fn row_id(key: &Key) -> String {
    format!("{}#{}", key.pk, key.sk)
}
