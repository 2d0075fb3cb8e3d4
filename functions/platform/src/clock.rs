//! The port `Clock`: the only way by which a job learns the time.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

/// The time, and waiting.
#[async_trait]
pub trait Clock: Send + Sync {
    /// Now, in whole microseconds at the finest.
    fn now(&self) -> Timestamp;

    /// Waits.
    async fn sleep(&self, duration: Duration);
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the process's clock is read")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// A clock that stands still until it is set or somebody waits on it. Never goes back; at the end of time it
/// stops.
#[derive(Debug)]
pub struct VirtualClock {
    epoch_us: AtomicI64,
}

impl VirtualClock {
    /// A clock that shows this instant, cut to microseconds.
    #[must_use]
    pub fn at(instant: Timestamp) -> Self {
        Self { epoch_us: AtomicI64::new(instant.as_microsecond()) }
    }

    /// Moves the clock to this instant; a clock that is already later stays.
    pub fn advance_to(&self, instant: Timestamp) {
        self.epoch_us.fetch_max(instant.as_microsecond(), Ordering::SeqCst);
    }
}

#[async_trait]
impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.epoch_us.load(Ordering::SeqCst)).unwrap_or(Timestamp::MAX)
    }

    async fn sleep(&self, duration: Duration) {
        let us = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        let later = |now: i64| now.saturating_add(us);
        self.epoch_us.update(Ordering::SeqCst, Ordering::SeqCst, later);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    // It shows the instant it was set to, cut to microseconds, and stands still.
    #[test]
    fn stands_still() {
        let clock = VirtualClock::at(instant("2024-06-04T07:00:00.123456789Z"));
        assert_eq!(clock.now(), instant("2024-06-04T07:00:00.123456Z"));
        assert_eq!(clock.now(), clock.now());
    }

    // Setting it moves it forward only: an earlier instant leaves it where it is.
    #[test]
    fn never_goes_back() {
        let clock = VirtualClock::at(instant("2024-06-04T07:00:00Z"));
        clock.advance_to(instant("2024-06-04T21:59:59.999999Z"));
        clock.advance_to(instant("2024-06-04T09:00:00Z"));
        assert_eq!(clock.now(), instant("2024-06-04T21:59:59.999999Z"));
    }

    // Waiting costs no time and moves the clock by exactly what was waited.
    #[tokio::test]
    async fn sleep_advances() {
        let clock = VirtualClock::at(instant("2024-06-04T07:00:00Z"));
        clock.sleep(Duration::from_secs(90)).await;
        clock.sleep(Duration::ZERO).await;
        clock.sleep(Duration::from_micros(1)).await;
        assert_eq!(clock.now(), instant("2024-06-04T07:01:30.000001Z"));
    }

    // Waiting longer than there is time stops at the end of time; it does not wrap around into the past.
    #[tokio::test]
    async fn sleep_stops_at_the_end_of_time() {
        let clock = VirtualClock::at(instant("2024-06-04T07:00:00Z"));
        for _ in 0..2 {
            clock.sleep(Duration::MAX).await;
            assert_eq!(clock.now(), Timestamp::MAX);
        }
    }

    // Several who wait on one clock each move it: no wait is lost.
    #[test]
    fn waits_add_up() {
        let clock = VirtualClock::at(Timestamp::UNIX_EPOCH);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                    for _ in 0..1000 {
                        runtime.block_on(clock.sleep(Duration::from_millis(1)));
                    }
                });
            }
        });
        assert_eq!(clock.now(), Timestamp::UNIX_EPOCH + Duration::from_secs(4));
    }
}
