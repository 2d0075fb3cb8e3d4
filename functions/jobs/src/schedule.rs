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

#[cfg(test)]
mod tests {
    use super::*;
    use procedure::campaign_file::shipped;

    fn ticks(schedule: &str, from: &str, count: usize) -> Vec<String> {
        let mut rules = shipped("2024").unwrap();
        rules.schedules.insert("job".into(), schedule.into());
        let mut from = calendar::instant(from.parse().unwrap());
        let mut found = Vec::new();
        for _ in 0..count {
            let tick = next_tick(&rules, "job", from).unwrap();
            found.push(tick.to_zoned(calendar::paris()).strftime("%Y-%m-%d %H:%M%:z").to_string());
            from = tick.checked_add(jiff::SignedDuration::from_secs(1)).unwrap();
        }
        found
    }

    /// On both nights of summer time a rule of fixed times fires exactly once, and the day after at its time: a
    /// job of the night is neither skipped nor run twice.
    #[test]
    fn fixed_times_fire_once_when_summer_time_begins_and_ends() {
        let begins = ticks("30 2 * * *", "2026-03-28T12:00", 2);
        assert_eq!(begins, ["2026-03-29 03:00+02:00", "2026-03-30 02:30+02:00"]);
        let ends = ticks("30 2 * * *", "2026-10-24T12:00", 2);
        assert_eq!(ends, ["2026-10-25 02:30+02:00", "2026-10-26 02:30+01:00"]);
    }

    /// A tick at the very instant asked for is that tick; a job without a schedule has none.
    #[test]
    fn an_instant_is_its_own_tick() {
        assert_eq!(
            ticks("*/10 4-12 * * *", "2024-06-04T04:00", 2),
            ["2024-06-04 04:00+02:00", "2024-06-04 04:10+02:00"]
        );
        assert_eq!(ticks("*/10 4-12 * * *", "2024-06-04T12:51", 1), ["2024-06-05 04:00+02:00"]);
        assert!(next_tick(&shipped("2024").unwrap(), "nothing", Timestamp::UNIX_EPOCH).is_none());
    }
}
