//! What wakes a function: JSON, read no further than the job needs.

use schemas::Command;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::failure::Failure;

/// An event as it came.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a>(pub &'a str);

impl<'a> Event<'a> {
    /// An event as the runtime gives it.
    #[must_use]
    pub fn of(payload: &'a RawValue) -> Self {
        Self(payload.get())
    }

    /// The command that it is.
    ///
    /// # Errors
    /// [`Failure`] `InvalidEvent` says where it is none, and repeats nothing of it: an event may hold a name.
    pub fn command(self) -> Result<Command, Failure> {
        serde_json::from_str(self.0).map_err(|error| {
            let said = error.to_string();
            // Only what names a field of ours is repeated; other sentences of the reader quote what they read.
            let problem = match said.split_once(" at line ") {
                Some((missing, _)) if missing.starts_with("missing field") => missing,
                _ => "a value that is not of its type",
            };
            Failure::invalid_event(format!(
                "the event is not a command: {problem} at line {}, column {}; expected what schemas/json/command.json describes",
                error.line(),
                error.column()
            ))
        })
    }

    /// The rows that a stream of the journal tells of; `None` for any other event.
    #[must_use]
    pub fn stream(self) -> Option<Vec<StreamRow>> {
        let batch: StreamBatch = serde_json::from_str(self.0).ok()?;
        Some(batch.records.into_iter().map(|record| record.row).collect())
    }
}

#[derive(Deserialize)]
struct StreamBatch {
    #[serde(rename = "Records")]
    records: Vec<StreamRecord>,
}

#[derive(Deserialize)]
struct StreamRecord {
    #[serde(rename = "dynamodb")]
    row: StreamRow,
}

/// A row that was written: its keys and its place in the stream, and nothing of what it holds.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct StreamRow {
    /// Where the stream goes on if this row is to come again.
    #[serde(rename = "SequenceNumber")]
    pub sequence: String,
    #[serde(rename = "Keys")]
    keys: Keys,
}

impl StreamRow {
    /// The partition key.
    #[must_use]
    pub fn pk(&self) -> &str {
        &self.keys.pk.text
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Keys {
    pk: Text,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Text {
    #[serde(rename = "S")]
    text: String,
}

/// The answer to a batch: which of its records are to come again. A stream goes on at the first of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct BatchAnswer {
    /// The records; none if all were worked off.
    #[serde(rename = "batchItemFailures")]
    pub failures: Vec<BatchItem>,
}

/// A record of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BatchItem {
    /// Its sequence number.
    #[serde(rename = "itemIdentifier")]
    pub identifier: String,
}

impl BatchAnswer {
    /// The answer that these rows are to come again.
    pub fn again<'a>(rows: impl IntoIterator<Item = &'a StreamRow>) -> Self {
        let failures = rows.into_iter().map(|row| BatchItem { identifier: row.sequence.clone() }).collect();
        Self { failures }
    }
}
