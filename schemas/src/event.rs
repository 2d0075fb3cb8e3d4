//! Events and decision records: what happened, why, and under which rule.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use crate::change::Change;
use crate::command::Command;

/// A rule of the procedure, `R1` to `R79`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema)]
#[schemars(with = "String")]
pub struct Rule(pub u8);

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "R{}", self.0)
    }
}

impl Serialize for Rule {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.strip_prefix('R').and_then(|number| number.parse().ok()).map(Self).ok_or_else(|| {
            serde::de::Error::custom(format!("\"{text}\" is not a rule; expected \"R\" and a number"))
        })
    }
}

/// One change, with the rule that made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Event {
    /// The rule of the procedure that made the change.
    pub rule: Rule,
    /// The night that made it: invisible until that night is published. Not written: the record's cause says it.
    #[serde(skip)]
    pub night: Option<Date>,
    /// The change.
    #[serde(flatten)]
    pub change: Change,
}

/// Why a decision was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Cause {
    /// Somebody's command.
    Command {
        /// The command, without secrets ([`crate::Action::for_record`]).
        command: Command,
    },
    /// Time alone: a deadline or the end of a phase.
    Time,
    /// The night of a business date.
    Night {
        /// The date.
        date: Date,
    },
}

/// The record of one decision (`D#<seq>` in the journal); never updated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DecisionRecord {
    /// The subject's version after this decision.
    pub seq: u64,
    /// The instant at which the law places it.
    pub at: Timestamp,
    /// The instant at which it was decided; later than `at` when a job catches up.
    pub decided_at: Timestamp,
    /// Why.
    pub cause: Cause,
    /// What changed, in order.
    pub events: Vec<Event>,
    /// SHA-256 of the campaign file in force, in hexadecimal.
    pub rules: String,
    /// The version of the code that decided.
    pub code: String,
}

/// A record as it is written, whose events do not repeat the night of its cause.
#[derive(Deserialize)]
struct WrittenRecord {
    seq: u64,
    at: Timestamp,
    decided_at: Timestamp,
    cause: Cause,
    events: Vec<Event>,
    rules: String,
    code: String,
}

impl<'de> Deserialize<'de> for DecisionRecord {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let WrittenRecord { seq, at, decided_at, cause, mut events, rules, code } =
            WrittenRecord::deserialize(deserializer)?;
        if let Cause::Night { date } = cause {
            // What undoes a night is visible at once.
            let of_night = |event: &&mut Event| !matches!(event.change, Change::NightVoided { .. });
            events.iter_mut().filter(of_night).for_each(|event| event.night = Some(date));
        }
        Ok(Self { seq, at, decided_at, cause, events, rules, code })
    }
}
