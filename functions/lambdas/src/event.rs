//! What wakes a function: JSON, read no further than the job needs.

use schemas::Command;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::Value;
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

    /// The event as JSON, for a job that reads it by itself.
    ///
    /// # Errors
    /// [`Failure`] `InvalidEvent`.
    pub fn json(self) -> Result<Value, Failure> {
        serde_json::from_str(self.0).map_err(|_| Failure::invalid_event("the event is not JSON".to_owned()))
    }

    /// Whether it is a batch, which has to be answered as one: records of a stream or a queue.
    #[must_use]
    pub fn is_batch(self) -> bool {
        #[derive(Deserialize)]
        struct Batch {
            #[serde(rename = "Records")]
            _records: Vec<IgnoredAny>,
        }
        serde_json::from_str::<Batch>(self.0).is_ok()
    }
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
    /// Its sequence number in a stream, its message's id in a queue.
    #[serde(rename = "itemIdentifier")]
    pub identifier: String,
}
