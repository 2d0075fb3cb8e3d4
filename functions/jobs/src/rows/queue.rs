//! The queue of a formation's contracts, in the order of arrival (R47).

use jiff::Timestamp;
use platform::{Key, Table, Write};
use schemas::{CandidateId, FormationId};
use serde::{Deserialize, Serialize};

use super::{formation_pk, put, sortable};

/// A contract in its formation's queue, in the order of arrival: a hint, put once and never updated (R47).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueuedContract {
    /// Whose.
    pub candidate: CandidateId,
    /// The upload, of one that came behind the gate: until its effect, only its verdict says that it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload: Option<String>,
}

/// What the sort keys of a formation's contract queue begin with.
pub const QUEUE_SK: &str = "Q#";

/// The sort key of a contract in its formation's queue: arrival, then version.
#[must_use]
pub fn queue_sk(arrival: Timestamp, version: &str) -> String {
    format!("{QUEUE_SK}{}#{version}", sortable(arrival))
}

/// The arrival and the version that such a sort key names.
#[must_use]
pub fn queued(sk: &str) -> Option<(Timestamp, String)> {
    let (arrival, version) = sk.strip_prefix(QUEUE_SK)?.split_once('#')?;
    Some((arrival.parse().ok()?, version.to_owned()))
}

/// The write that puts a contract into its formation's queue.
#[must_use]
pub fn write_queued(formation: &FormationId, sk: &str, row: &QueuedContract) -> Write {
    put(Table::State, Key::new(formation_pk(formation), sk), 1, None, row)
}
