//! What an answer of DynamoDB means to the port.
//!
//! | answer | meaning |
//! |---|---|
//! | a condition failed, alone or among the reasons of a cancelled transaction | [`StoreError::Conflict`] with what is there |
//! | throttled, over the table's throughput, in conflict with another transaction | nothing happened: again, then [`StoreError::Throttled`] |
//! | a transaction of this token is in progress | again, late; then [`StoreError::Unavailable`] |
//! | no answer, an unreadable one, a fault of the service | may have happened: [`StoreError::Unavailable`] |
//! | every other refusal | [`StoreError::Invalid`] with its code and sentence |

use std::error::Error;

use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::CancellationReason;

use super::rows::{Attributes, to_item};
use crate::store::{Key, StoreError, Table};

/// Codes by which DynamoDB says that it did nothing and may do it later.
const NOT_NOW: &[&str] = &[
    "ThrottlingException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "TransactionConflictException",
];

/// The code of a transaction that an earlier attempt with this token began and did not end.
const IN_PROGRESS: &str = "TransactionInProgressException";

/// The first status of faults on the side of the service.
const SERVER_FAULT: u16 = 500;

/// Reasons of a cancelled transaction that another attempt may not meet.
const REASONS_NOT_NOW: &[&str] = &["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];

/// The reason of a write whose condition was not met.
const REASON_CONDITION: &str = "ConditionalCheckFailed";

/// The reason of a write on which the transaction did not fail.
const REASON_NONE: &str = "None";

/// How an attempt failed.
#[derive(Debug)]
pub(super) enum Failed {
    /// For good.
    Final(StoreError),
    /// Nothing happened; another attempt may pass.
    NotNow,
    /// An earlier attempt with the same token is not over.
    InProgress,
    /// It may have happened.
    Unknown(String),
}

impl Failed {
    /// What the caller learns if there is no other attempt.
    pub(super) fn into_error(self) -> StoreError {
        match self {
            Self::Final(error) => error,
            Self::NotNow => StoreError::Throttled,
            Self::InProgress => StoreError::Unavailable("the transaction is still in progress".to_owned()),
            Self::Unknown(problem) => StoreError::Unavailable(problem),
        }
    }
}

/// How a request failed that has no condition, or failed otherwise than on it.
pub(super) fn failed<E>(error: &SdkError<E, HttpResponse>) -> Failed
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match error {
        SdkError::ConstructionFailure(_) => Failed::Final(StoreError::Invalid(chain(error))),
        SdkError::ServiceError(answer) => {
            // An answer that is none of the protocol's has no code: who knows what was carried out.
            let Some(code) = error.code() else { return Failed::Unknown(chain(error)) };
            let said = format!("{code}: {}", error.message().unwrap_or("no message"));
            if NOT_NOW.contains(&code) {
                Failed::NotNow
            } else if code == IN_PROGRESS {
                Failed::InProgress
            } else if answer.raw().status().as_u16() >= SERVER_FAULT {
                Failed::Unknown(said)
            } else {
                Failed::Final(StoreError::Invalid(said))
            }
        }
        _ => Failed::Unknown(chain(error)),
    }
}

/// How a conditional put failed.
pub(super) fn put_failed(error: SdkError<PutItemError, HttpResponse>, table: Table, key: &Key) -> Failed {
    match error {
        SdkError::ServiceError(answer) if answer.err().is_conditional_check_failed_exception() => {
            match answer.into_err() {
                PutItemError::ConditionalCheckFailedException(lost) => conflict(0, table, key, lost.item),
                other => Failed::Unknown(chain(&other)),
            }
        }
        other => failed(&other),
    }
}

/// How a transaction failed whose writes are for these keys.
pub(super) fn transaction_failed(
    error: SdkError<TransactWriteItemsError, HttpResponse>,
    keys: &[(Table, Key)],
) -> Failed {
    match error {
        SdkError::ServiceError(answer) if answer.err().is_transaction_canceled_exception() => {
            match answer.into_err() {
                TransactWriteItemsError::TransactionCanceledException(cancelled) => {
                    self::cancelled(cancelled.cancellation_reasons.unwrap_or_default(), keys)
                }
                other => Failed::Unknown(chain(&other)),
            }
        }
        other => failed(&other),
    }
}

/// A failed condition says most, wherever it stands among the reasons; then what can never pass.
fn cancelled(mut reasons: Vec<CancellationReason>, keys: &[(Table, Key)]) -> Failed {
    let failed_condition = |reason: &CancellationReason| reason.code() == Some(REASON_CONDITION);
    if let Some(write) = reasons.iter().position(failed_condition)
        && let Some((table, key)) = keys.get(write)
    {
        return conflict(write, *table, key, reasons.swap_remove(write).item);
    }
    let mut told =
        reasons.iter().filter(|reason| reason.code().is_some_and(|code| code != REASON_NONE)).peekable();
    if told.peek().is_none() {
        return Failed::NotNow;
    }
    match told.find(|reason| reason.code().is_some_and(|code| !REASONS_NOT_NOW.contains(&code))) {
        None => Failed::NotNow,
        Some(reason) => Failed::Final(StoreError::Invalid(format!(
            "{}: {}",
            reason.code().unwrap_or("no code"),
            reason.message().unwrap_or("no message")
        ))),
    }
}

fn conflict(write: usize, table: Table, key: &Key, existing: Option<Attributes>) -> Failed {
    let existing = existing.filter(|attributes| !attributes.is_empty());
    Failed::Final(match existing.map(|attributes| to_item(table, attributes)).transpose() {
        Ok(existing) => StoreError::Conflict { write, key: key.clone(), existing: existing.map(Box::new) },
        Err(corrupt) => corrupt,
    })
}

/// An error and what is behind it, each by its sentence: what was sent is in none of them.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut said = error.to_string();
    let mut behind = error.source();
    while let Some(error) = behind {
        said = format!("{said}: {error}");
        behind = error.source();
    }
    said
}
