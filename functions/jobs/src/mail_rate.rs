//! The rate at which mails leave: one for all who send, kept in one row of the table `state`.
//!
//! Whoever sends reserves the instants of some mails at a time, the next ones that nobody has taken. So any number of
//! dispatchers together hold the granted rate, none has to know of the others, and one that dies takes half a second of
//! the rate with it. Where the provider throttles all the same, the rate is cut by a part, and grows back in small steps.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use platform::{StoreError, Table};
use tokio::sync::{Mutex, Semaphore, SemaphorePermit};

use crate::context::Context;
use crate::fault::Fault;
use crate::ledger;
use crate::rows::{self, MailRateRow};

/// The part of the granted rate that is used: what is left over absorbs that mails sent at even distances arrive at
/// uneven ones.
pub const USED: f64 = 0.98;

/// For how long a reservation lasts at the most, in seconds: no more than this is lost with a dispatcher.
const RESERVED_S: f64 = 0.5;

/// For how long a dispatcher at work reserves although nobody waits yet, in seconds: ten writes a second, seldom enough
/// that another one's reservation comes between, and short enough that whoever waits at his screen does not notice.
const AHEAD_S: f64 = 0.1;

/// The most mails that one dispatcher has in hand, in seconds of the granted rate: enough that those in hand hide what a
/// store and a provider take to answer, and so few that what another dispatcher does meanwhile is seen.
const IN_HAND_S: f64 = 0.5;

/// The least of them, at however low a rate, and the most, at however high a one or at none.
const IN_HAND: (f64, f64) = (8.0, 512.0);

/// Throttled mails among those taken above which the rate itself is too high. Fewer are the provider's own unevenness: each
/// is sent again, and the rate that was granted stays the rate.
const THROTTLED_MAX: f64 = 0.1;

/// How many mails must have been taken before their throttled part says anything.
const TAKEN_MIN: u32 = 30;

/// What the rate is multiplied by when it is too high.
const CUT: f64 = 0.8;

/// The part of the granted rate by which it grows back in a second.
const GROWTH: f64 = 0.05;

/// The part of the granted rate below which it is never cut.
const FLOOR: f64 = 0.05;

/// One dispatcher's share of the rate, for one lane.
pub(crate) struct Rate {
    context: Context,
    /// Mails a second that the provider grants; `None` if it has no limit.
    granted: Option<f64>,
    in_hand: Semaphore,
    reserved: Mutex<Reserved>,
    /// Instants that were taken and not used.
    spare: AtomicU32,
    /// How many wait for an instant: no more are reserved, since what one lane reserves and does not use another lacks.
    waiting: AtomicU32,
    taken: AtomicU32,
    throttled: AtomicU32,
}

/// Instants reserved and not taken yet.
struct Reserved {
    next_at: Timestamp,
    step: SignedDuration,
    left: u32,
    /// How many there were.
    size: u32,
}

impl Reserved {
    /// How many of the next instants will be wanted, since these were: a tenth of a second's at the rate they came.
    fn again(&self, now: Timestamp) -> u32 {
        if self.is_stale(now) || !self.step.is_positive() {
            return 0;
        }
        self.size.min((AHEAD_S / self.step.as_secs_f64()) as u32)
    }

    /// Whether those that are left lie in the past: nobody is paid for time in which nothing was sent.
    fn is_stale(&self, now: Timestamp) -> bool {
        now.duration_since(self.next_at).as_secs_f64() > AHEAD_S
    }
}

impl Rate {
    pub(crate) fn new(context: &Context, granted: Option<f64>) -> Self {
        let reserved = Reserved { next_at: Timestamp::MIN, step: SignedDuration::ZERO, left: 0, size: 0 };
        let (least, most) = IN_HAND;
        let in_hand = granted.map_or(most, |granted| (granted * IN_HAND_S).clamp(least, most));
        Self {
            context: context.clone(),
            granted: granted.filter(|granted| *granted > 0.0),
            in_hand: Semaphore::new(in_hand as usize),
            reserved: Mutex::new(reserved),
            spare: AtomicU32::new(0),
            waiting: AtomicU32::new(0),
            taken: AtomicU32::new(0),
            throttled: AtomicU32::new(0),
        }
    }

    /// Waits until one more may be taken in hand; it is while the permit lives.
    pub(crate) async fn in_hand(&self) -> Option<SemaphorePermit<'_>> {
        // Never closed: there is always a permit at last.
        self.in_hand.acquire().await.ok()
    }

    /// Waits until one mail may leave.
    ///
    /// # Errors
    /// A [`Fault`] of the store.
    pub(crate) async fn take(&self) -> Result<(), Fault> {
        let Some(granted) = self.granted else { return Ok(()) };
        let less = |spare: u32| spare.checked_sub(1);
        if self.spare.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok() {
            return Ok(());
        }
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let at = self.next_instant(granted).await;
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        let at = at?;
        self.taken.fetch_add(1, Ordering::Relaxed);
        let wait = at.duration_since(self.context.now());
        if wait.is_positive() {
            self.context.platform.clock.sleep(wait.unsigned_abs()).await;
        }
        Ok(())
    }

    async fn next_instant(&self, granted: f64) -> Result<Timestamp, Fault> {
        let mut reserved = self.reserved.lock().await;
        if reserved.left == 0 || reserved.is_stale(self.context.now()) {
            *reserved = self.reserve(granted, &reserved).await?;
        }
        let at = reserved.next_at;
        reserved.next_at = at.saturating_add(reserved.step).unwrap_or(at);
        reserved.left -= 1;
        Ok(at)
    }

    /// Gives back an instant at which no mail left after all.
    pub(crate) fn give_back(&self) {
        if self.granted.is_some() {
            self.spare.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// The provider said that the mail sent at an instant of ours was one too many.
    pub(crate) fn throttled(&self) {
        self.throttled.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether what was throttled since this was last asked is too much.
    fn is_too_fast(&self) -> bool {
        if self.taken.load(Ordering::Relaxed) < TAKEN_MIN {
            return false;
        }
        let (taken, throttled) =
            (self.taken.swap(0, Ordering::Relaxed), self.throttled.swap(0, Ordering::Relaxed));
        f64::from(throttled) > f64::from(taken) * THROTTLED_MAX
    }

    /// Takes the next instants that nobody has.
    async fn reserve(&self, granted: f64, used_up: &Reserved) -> Result<Reserved, Fault> {
        let store = self.context.platform.store.as_ref();
        let cut = self.is_too_fast();
        let key = rows::mail_rate_key();
        let mut attempt = 0;
        loop {
            attempt += 1;
            let stored: Option<MailRateRow> = rows::get(store, Table::State, &key).await?;
            let now = self.context.now();
            let wanted = self.waiting.load(Ordering::SeqCst).max(used_up.again(now));
            let (row, reserved) = next(stored, granted, cut, wanted, now);
            match store.transact(vec![rows::write(&row)]).await {
                Ok(()) => return Ok(reserved),
                // However many reserve at once, each time one of them succeeds.
                Err(StoreError::Conflict { .. }) => {}
                Err(error) => ledger::again(&self.context, error, &key.to_string(), attempt).await?,
            }
        }
    }
}

/// The rate after one more reservation, and what was reserved.
fn next(
    stored: Option<MailRateRow>,
    granted: f64,
    cut: bool,
    wanted: u32,
    now: Timestamp,
) -> (MailRateRow, Reserved) {
    let full = granted * USED;
    let stored = stored.unwrap_or(MailRateRow { version: 0, per_second: full, at: now, next_at: now });
    let since = now.duration_since(stored.at).as_secs_f64().max(0.0);
    let grown = stored.per_second + GROWTH * granted * since;
    let per_second = if cut { stored.per_second * CUT } else { grown }.clamp(granted * FLOOR, full);
    let most = (per_second * RESERVED_S).ceil().max(1.0);
    let begin = stored.next_at.max(now);
    let step =
        SignedDuration::try_from(Duration::from_secs_f64(1.0 / per_second)).unwrap_or(SignedDuration::MAX);
    // A whole number of mails, some hundreds at the most.
    let left = wanted.clamp(1, most as u32);
    let end = step
        .checked_mul(i32::try_from(left).unwrap_or(i32::MAX))
        .and_then(|span| begin.checked_add(span).ok());
    let row = MailRateRow { version: stored.version + 1, per_second, at: now, next_at: end.unwrap_or(begin) };
    (row, Reserved { next_at: begin, step, left, size: left })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::new(1_700_000_000 + second, 0).unwrap()
    }

    /// Reservations follow each other without a gap or an overlap, at 98 % of what is granted, however many ask at once.
    #[test]
    fn reservations_follow_each_other() {
        let (mut row, mut end) = (None, at(0));
        for _ in 0..20 {
            let (next_row, reserved) = next(row, 100.0, false, 500, at(0));
            assert_eq!((reserved.next_at, reserved.left), (end, 49));
            end = next_row.next_at;
            row = Some(next_row);
        }
        let spent = end.duration_since(at(0)).as_secs_f64();
        assert!((20.0 * 49.0 / spent - 98.0).abs() < 0.01, "{spent}");
    }

    /// Nobody is paid for time in which nothing was sent: a rate that rested begins now, not in the past.
    #[test]
    fn rest_is_not_saved_up() {
        let (row, _) = next(None, 100.0, false, 500, at(0));
        let (_, reserved) = next(Some(row), 100.0, false, 500, at(3600));
        assert_eq!(reserved.next_at, at(3600));
    }

    /// Who sends one mail takes one instant from the others.
    #[test]
    fn no_more_is_reserved_than_is_wanted() {
        let (row, reserved) = next(None, 100.0, false, 1, at(0));
        assert_eq!(reserved.left, 1);
        assert!(row.next_at.duration_since(at(0)) < SignedDuration::from_millis(11));
    }

    /// Who used up what he reserved, and is still at work, reserves as much again, for a tenth of a second at the most: not
    /// who sent a mail a while ago.
    #[test]
    fn who_is_at_work_reserves_ahead() {
        for (reserved, later_s, again) in [(500, 0, 9), (3, 0, 3), (500, 3600, 0)] {
            let (_, used) = next(None, 100.0, false, reserved, at(0));
            let end = used.next_at + used.step * i32::try_from(used.size).unwrap();
            let used = Reserved { next_at: end, left: 0, ..used };
            assert_eq!(used.again(at(later_s)), again, "{reserved} {later_s}");
            assert_eq!(used.is_stale(at(later_s)), later_s > 0);
        }
    }

    /// A rate that is throttled falls by a fifth at a time, not under a twentieth, and is whole again in time.
    #[test]
    fn a_throttled_rate_falls_and_grows_back() {
        let (mut row, _) = next(None, 100.0, false, 500, at(0));
        for _ in 0..30 {
            row = next(Some(row), 100.0, true, 500, at(0)).0;
        }
        assert!((row.per_second - 5.0).abs() < 0.001);
        row = next(Some(row), 100.0, false, 500, at(1)).0;
        assert!((row.per_second - 10.0).abs() < 0.001);
        row = next(Some(row), 100.0, false, 500, at(60)).0;
        assert!((row.per_second - 98.0).abs() < 0.001);
    }
}
