//! The keys of a campaign file: each is taken once, with what it may hold.

use std::collections::BTreeMap;
use std::str::FromStr;

use croner::Cron;
use jiff::civil::{Date, DateTime, Time};
use schemas::campaign::{Days, ReceivedBy};
use toml::{Table, Value};

use super::{CampaignError, QUOTA_MAX};
use crate::calendar;

pub(super) const DAYS: &str = "the first and the last day, [\"YYYY-MM-DD\", \"YYYY-MM-DD\"]";
const RECEIVED_BY: &str = "a list of { received = [first day, last day], by = \"YYYY-MM-DDTHH:MM\" }, none due before the \
                           end of its last day";
const DATE: &str = "a day, \"YYYY-MM-DD\"";
const TIME: &str = "a time in Paris, \"HH:MM\"";
const CRON: &str = "five cron fields in Paris time: minute, hour, day of month, month, day of week";

/// The keys of the file that nobody has read yet, whatever their section.
pub(super) struct Keys {
    pub(super) found: BTreeMap<String, Value>,
    pub(super) assumed: BTreeMap<String, String>,
}

impl Keys {
    pub(super) fn flatten(file: Table) -> Result<Self, CampaignError> {
        let mut found = BTreeMap::new();
        let mut insert = |key: String, value: Value| match found.insert(key.clone(), value) {
            Some(_) => Err(CampaignError::Twice(key)),
            None => Ok(()),
        };
        for (key, value) in file {
            match value {
                Value::Table(section) if !section.contains_key("assumed") => {
                    for (key, value) in section {
                        insert(key, value)?;
                    }
                }
                value => insert(key, value)?,
            }
        }
        Ok(Self { found, assumed: BTreeMap::new() })
    }

    /// Takes a key out; an assumed value is noted with its reason.
    fn take(&mut self, key: &str) -> Result<Option<Value>, CampaignError> {
        let Some(value) = self.found.remove(key) else { return Ok(None) };
        let Value::Table(mut table) = value else { return Ok(Some(value)) };
        match (table.remove("value"), table.remove("assumed"), table.keys().next()) {
            (Some(value), Some(Value::String(why)), None) if !why.trim().is_empty() => {
                self.assumed.insert(key.to_owned(), why);
                Ok(Some(value))
            }
            _ => Err(CampaignError::Value {
                key: key.to_owned(),
                found: "a table".into(),
                allowed: "{ value = …, assumed = \"why\" }".into(),
            }),
        }
    }

    pub(super) fn missing(&self, key: &str, allowed: &str) -> CampaignError {
        CampaignError::Missing { key: key.to_owned(), allowed: allowed.to_owned() }
    }

    /// A key that only some files have.
    pub(super) fn optional<T>(
        &mut self,
        key: &str,
        allowed: &str,
        parse: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<Option<T>, CampaignError> {
        if self.found.contains_key(key) { self.read(key, allowed, parse).map(Some) } else { Ok(None) }
    }

    pub(super) fn read<T>(
        &mut self,
        key: &str,
        allowed: &str,
        parse: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<T, CampaignError> {
        let value = self.take(key)?.ok_or_else(|| self.missing(key, allowed))?;
        parse(&value).ok_or_else(|| CampaignError::Value {
            key: key.to_owned(),
            found: value.to_string(),
            allowed: allowed.to_owned(),
        })
    }

    pub(super) fn days(&mut self, key: &str) -> Result<Option<Days>, CampaignError> {
        if !self.found.contains_key(key) {
            return Ok(None);
        }
        self.read(key, DAYS, |value| match value.as_array()?.as_slice() {
            [first, last] => Some(Days { first: as_date(first)?, last: as_date(last)? }),
            _ => None,
        })
        .map(Some)
    }

    /// The quota of a phase that only some years have (R18).
    pub(super) fn complementary_quota(&mut self, key: &str, has_phase: bool) -> Result<u32, CampaignError> {
        if has_phase || self.found.contains_key(key) { self.count(key, 1..=QUOTA_MAX) } else { Ok(0) }
    }

    /// Deadlines by the days on which offers were received (R63); none if the key is not there.
    pub(super) fn received_by(&mut self, key: &str) -> Result<Vec<ReceivedBy>, CampaignError> {
        if !self.found.contains_key(key) {
            return Ok(Vec::new());
        }
        self.read(key, RECEIVED_BY, |value| value.as_array()?.iter().map(as_received_by).collect())
    }

    pub(super) fn date(&mut self, key: &str) -> Result<Date, CampaignError> {
        self.read(key, DATE, as_date)
    }

    /// A day that only some years have.
    pub(super) fn optional_date(&mut self, key: &str) -> Result<Option<Date>, CampaignError> {
        if self.found.contains_key(key) { self.date(key).map(Some) } else { Ok(None) }
    }

    pub(super) fn time(&mut self, key: &str) -> Result<Time, CampaignError> {
        self.read(key, TIME, |value| {
            let text = as_text(value)?;
            Time::strptime("%H:%M", &text).or_else(|_| Time::strptime("%H:%M:%S", &text)).ok()
        })
    }

    pub(super) fn number(
        &mut self,
        key: &str,
        allowed: std::ops::RangeInclusive<i64>,
    ) -> Result<i64, CampaignError> {
        let words = format!("a whole number from {} to {}", allowed.start(), allowed.end());
        self.read(key, &words, |value| value.as_integer().filter(|number| allowed.contains(number)))
    }

    pub(super) fn count(
        &mut self,
        key: &str,
        allowed: std::ops::RangeInclusive<i64>,
    ) -> Result<u32, CampaignError> {
        self.number(key, allowed).map(|number| u32::try_from(number).unwrap_or_default())
    }

    pub(super) fn flag(&mut self, key: &str) -> Result<bool, CampaignError> {
        self.read(key, "true or false", Value::as_bool)
    }

    pub(super) fn word<T: Copy>(&mut self, key: &str, known: &[(&str, T)]) -> Result<T, CampaignError> {
        let words = known.iter().map(|(word, _)| format!("\"{word}\"")).collect::<Vec<_>>().join(" or ");
        self.read(key, &words, |value| {
            let found = value.as_str()?;
            known.iter().find(|(word, _)| *word == found).map(|(_, meaning)| *meaning)
        })
    }

    /// A list of known words, at least one.
    pub(super) fn several<T: Copy>(
        &mut self,
        key: &str,
        known: &[(&str, T)],
    ) -> Result<Vec<T>, CampaignError> {
        let words = known.iter().map(|(word, _)| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
        let meaning = |value: &Value| {
            let found = value.as_str()?;
            known.iter().find(|(word, _)| *word == found).map(|(_, meaning)| *meaning)
        };
        self.read(key, &format!("a list of some of {words}"), |value| {
            value.as_array().filter(|list| !list.is_empty())?.iter().map(meaning).collect()
        })
    }

    pub(super) fn words(&mut self, key: &str) -> Result<Vec<String>, CampaignError> {
        self.read(key, "a list of texts", |value| {
            value.as_array()?.iter().map(|word| word.as_str().map(str::to_owned)).collect()
        })
    }

    pub(super) fn schedule(&mut self, key: &str) -> Result<String, CampaignError> {
        self.read(key, CRON, |value| {
            let text = value.as_str()?;
            (text.split_whitespace().count() == 5 && Cron::from_str(text).is_ok()).then(|| text.to_owned())
        })
    }
}

/// One line of deadlines: its instant is the end of the minute written, "23:59" (R36).
fn as_received_by(value: &Value) -> Option<ReceivedBy> {
    let table = value.as_table().filter(|table| table.len() == 2)?;
    let [first, last] = table.get("received")?.as_array()?.as_slice() else { return None };
    let received = Days { first: as_date(first)?, last: as_date(last)? };
    let last_minute: DateTime = as_text(table.get("by")?)?.parse().ok()?;
    let by = calendar::end_of_minute(last_minute);
    (received.first <= received.last && calendar::end_of(received.last) <= by)
        .then_some(ReceivedBy { received, by })
}

/// A day, quoted or as TOML's own date.
pub(super) fn as_date(value: &Value) -> Option<Date> {
    as_text(value)?.parse().ok()
}

pub(super) fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Datetime(datetime) => Some(datetime.to_string()),
        _ => None,
    }
}
