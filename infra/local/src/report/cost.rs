//! What a campaign would cost on DynamoDB, in units, in money and in the sizes of items.

use serde::Serialize;

use crate::cost::Cost;
use crate::histogram::Histogram;

/// Dollars for a million write units on demand in Paris (`eu-west-3`), AWS Price List of 7 September 2026.
pub(crate) const WRITE_DOLLARS_PER_MILLION: f64 = 0.7423;

/// The same for a million read units.
pub(crate) const READ_DOLLARS_PER_MILLION: f64 = 0.1487;

/// The share of values at or below the one shown as the usual worst.
const NEARLY_ALL: f64 = 0.95;

/// What a campaign would cost on DynamoDB.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct CostFigures {
    /// Write units, by what transactions are for.
    pub writes: Vec<WriteCost>,
    /// Write units in all.
    pub write_units: u64,
    /// Read units in all, those of the figures' own reading not counted.
    pub read_units: f64,
    /// Both in dollars, on demand, in Paris.
    pub dollars: f64,
    /// Sizes of stored items, as DynamoDB counts them.
    pub sizes: Vec<ItemSizes>,
}

/// The transactions for one purpose.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct WriteCost {
    /// What they are for.
    pub purpose: &'static str,
    /// How many.
    pub transactions: u64,
    /// Their write units.
    pub units: u64,
    /// Write units of the middle one.
    pub median: u64,
    /// Write units that 95 % of them do not exceed.
    pub p95: u64,
    /// Write units of the dearest.
    pub max: u64,
}

/// The sizes of items of one kind, in bytes.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ItemSizes {
    /// Which items.
    pub kind: &'static str,
    /// How many.
    pub count: u64,
    /// The middle one's size.
    pub median: u64,
    /// The size that 95 % do not exceed.
    pub p95: u64,
    /// The largest one's size.
    pub max: u64,
}

/// The sizes of stored items, in bytes, by kind.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sizes {
    pub candidates: Histogram,
    pub formations: Histogram,
    pub records: Histogram,
    pub notices: Histogram,
}

impl Sizes {
    /// Adds those of another part of the store.
    pub(crate) fn join(&mut self, other: &Self) {
        self.candidates.join(&other.candidates);
        self.formations.join(&other.formations);
        self.records.join(&other.records);
        self.notices.join(&other.notices);
    }
}

impl CostFigures {
    /// The figures of what was counted.
    pub(crate) fn of(cost: &Cost, sizes: &Sizes) -> Self {
        let writes = [
            ("a command, with its record, notice and answer", &cost.commands),
            ("a candidate whom a night changes", &cost.all_nights()),
            ("a candidate to whom time does something", &cost.time),
            ("a notice, claimed or marked as sent", &cost.sending),
            ("the jobs' own rows", &cost.housekeeping),
        ];
        let writes = writes.map(|(purpose, units)| WriteCost {
            purpose,
            transactions: units.count(),
            units: units.sum(),
            median: units.quantile(0.5),
            p95: units.quantile(NEARLY_ALL),
            max: units.quantile(1.0),
        });
        let kinds = [
            ("candidate", &sizes.candidates),
            ("formation", &sizes.formations),
            ("decision record", &sizes.records),
            ("notice", &sizes.notices),
        ];
        let sizes = kinds.map(|(kind, bytes)| ItemSizes {
            kind,
            count: bytes.count(),
            median: bytes.quantile(0.5),
            p95: bytes.quantile(NEARLY_ALL),
            max: bytes.quantile(1.0),
        });
        let write_units = cost.all().sum();
        Self {
            writes: writes.into(),
            write_units,
            read_units: cost.read_units,
            dollars: (write_units as f64 * WRITE_DOLLARS_PER_MILLION
                + cost.read_units * READ_DOLLARS_PER_MILLION)
                / 1e6,
            sizes: sizes.into(),
        }
    }
}
