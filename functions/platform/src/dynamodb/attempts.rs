//! How often a request is sent, and how long each attempt may take.
//!
//! The SDK's own retries are off: they do not know which request may be sent twice. A read may. So may a
//! transaction, as all its attempts carry one token and DynamoDB carries out a token once. A single conditional
//! put may not once an attempt is in doubt: if that attempt was carried out, the next would fail on its own
//! writer's item, and the winner would be told that he lost.

use std::time::Duration;

use aws_sdk_dynamodb::config::Builder;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use tokio::time::{Instant, sleep};

use super::errors::Failed;
use crate::store::StoreError;

/// How long a connection may take to come about. A region's own endpoint takes milliseconds.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// How long an attempt may take. DynamoDB answers in milliseconds and advises at least 1 s for transactions: one
/// that is given up is still in progress and in the way of the next.
pub const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(2);

/// When a transaction in progress is asked for again, from the first attempt on: DynamoDB ends it by itself, or
/// lets a request of the same token end it, once 5 s have passed.
pub const IN_PROGRESS_WAIT: Duration = Duration::from_millis(5_200);

/// No attempt begins that could end later than this after the first: the shortest-lived function has 10 s.
pub const OPERATION_MAX: Duration = Duration::from_millis(8_500);

/// Most attempts. What five waits, each twice as long as the one before, do not cure is for the next tick.
pub const ATTEMPTS_MAX: u32 = 6;

/// The longest first wait; the next are twice as long. A partition that throttles takes more within a second.
const WAIT_FIRST: Duration = Duration::from_millis(50);

/// These timeouts, and no retries of the SDK's own: for every client that leaves the process.
#[must_use]
pub fn settings(config: Builder) -> Builder {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .build();
    config.retry_config(RetryConfig::disabled()).timeout_config(timeouts)
}

/// Whether a request may be sent again after an attempt of which nobody knows what it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum InDoubt {
    /// It does no harm twice.
    Again,
    /// Only its sender can find out.
    GiveUp,
}

/// Attempts a request until it passes, fails for good, or has taken too long.
pub(super) async fn attempts<T, F>(in_doubt: InDoubt, mut attempt: impl FnMut() -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, Failed>>,
{
    let begun = Instant::now();
    let mut doubt = None;
    let mut number = 1;
    loop {
        let failed = match attempt().await {
            Ok(value) => return Ok(value),
            Err(failed) => failed,
        };
        let mut pause = wait(number);
        match &failed {
            Failed::Final(_) => return Err(failed.into_error()),
            Failed::NotNow => {}
            Failed::InProgress => pause = pause.max(IN_PROGRESS_WAIT.saturating_sub(begun.elapsed())),
            Failed::Unknown(_) if in_doubt == InDoubt::GiveUp => return Err(failed.into_error()),
            Failed::Unknown(_) => {}
        }
        let over = number >= ATTEMPTS_MAX || begun.elapsed() + pause + ATTEMPT_TIMEOUT > OPERATION_MAX;
        // An attempt in doubt stays in doubt, whatever those after it were told.
        if matches!(failed, Failed::InProgress | Failed::Unknown(_)) {
            doubt = Some(failed.into_error());
        }
        if over {
            return Err(doubt.unwrap_or(StoreError::Throttled));
        }
        sleep(pause).await;
        number += 1;
    }
}

/// How long to wait after the attempt of this number: anything up to the longest wait, so that those who were
/// throttled together do not come back together.
fn wait(number: u32) -> Duration {
    let longest = WAIT_FIRST * 2_u32.pow(number.min(ATTEMPTS_MAX) - 1);
    longest.mul_f64(fastrand::f64())
}
