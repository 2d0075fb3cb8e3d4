//! What requests cost, as DynamoDB says it.

use std::sync::{Mutex, PoisonError};

use aws_sdk_dynamodb::types::ConsumedCapacity;

/// Capacity units: what on-demand tables are billed by.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Units {
    /// Read units: half a unit per 4 KB of an index, one of a table, since its reads are strongly consistent.
    pub read: f64,
    /// Write units: one per KB of an item, two in a transaction; and one for each entry of an index that comes or
    /// goes, so two for one that moves.
    pub write: f64,
}

/// Adds up what was reported.
#[derive(Debug, Default)]
pub(super) struct Meter(Mutex<Units>);

impl Meter {
    pub(super) fn total(&self) -> Units {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn read(&self, consumed: Option<&ConsumedCapacity>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).read += units(consumed);
    }

    /// Gives what this one write consumed.
    pub(super) fn wrote<'a>(&self, consumed: impl IntoIterator<Item = &'a ConsumedCapacity>) -> f64 {
        let units: f64 = consumed.into_iter().map(|consumed| units(Some(consumed))).sum();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write += units;
        units
    }
}

fn units(consumed: Option<&ConsumedCapacity>) -> f64 {
    consumed.and_then(ConsumedCapacity::capacity_units).unwrap_or_default()
}
