//! What is kept of the files that people send.

use jiff::civil::Date;
use platform::{Key, Table, Write};
use schemas::EstablishmentId;
use schemas::intake::FileVerdict;
use schemas::upload::ContractOutcome;
use serde::{Deserialize, Serialize};

use super::put;

/// The key of the verdict on a version of a file that an establishment sent.
#[must_use]
pub fn upload_key(upload: &str) -> Key {
    Key::new(format!("X#{upload}"), "OUTCOME")
}

/// The object with the report on a file that an establishment sent, without its ending: `.csv` or `.json`.
#[must_use]
pub fn intake_report_object(folder: &str, establishment: &EstablishmentId, upload: &str) -> String {
    format!("reports/{folder}/{establishment}/{upload}")
}

/// The object with an establishment's file of a day, after the night of that day was published.
#[must_use]
pub fn daily_object(establishment: &EstablishmentId, date: Date, what: &str) -> String {
    format!("daily/{establishment}/{date}-{what}.csv")
}

/// The verdict on a version of a file that an establishment sent; its report is an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileOutcomeRow {
    /// Whether it was taken.
    pub verdict: FileVerdict,
    /// Why not, by its code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The report, without its ending; none of a file that is nobody's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<String>,
}

/// The write that keeps the verdict on a file; it fails if there is one.
#[must_use]
pub fn write_upload(upload: &str, row: &FileOutcomeRow) -> Write {
    put(Table::Journal, upload_key(upload), 1, None, row)
}

/// The write that keeps what became of a contract, over the version before it.
#[must_use]
pub fn write_contract(upload: &str, row: &ContractOutcome) -> Write {
    put(Table::Journal, upload_key(upload), row.version, None, row)
}
