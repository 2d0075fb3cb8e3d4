//! When jobs wake: the campaign file's cron schedules, evaluated in Europe/Paris.
//!
//! Schedules are ticks, never moments: a tick finds out what is due and not yet done.

use std::str::FromStr;

use croner::Cron;
use jiff::Timestamp;
use procedure::calendar;
use schemas::Campaign;

/// The first tick of a job at or after an instant; `None` for a job that has no schedule, or no tick any more.
///
/// A rule of fixed times fires once on each of the two nights of summer time, also if its time comes twice or
/// not at all.
#[must_use]
pub fn next_tick(rules: &Campaign, job: &str, from: Timestamp) -> Option<Timestamp> {
    let cron = Cron::from_str(rules.schedules.get(job)?).ok()?;
    let from = from.to_zoned(calendar::paris());
    cron.find_next_occurrence(&from, true).ok().map(|tick| tick.timestamp())
}
