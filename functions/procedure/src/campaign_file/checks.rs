//! Calendars that cannot be: phases out of order, nights in an hour that may not come, schedules that leave a day out.

use std::str::FromStr;

use croner::Cron;
use jiff::ToSpan;
use jiff::civil::Date;
use schemas::campaign::{Campaign, ConversionPhase, Days, Phase, Round};

use super::keys::DAYS;
use super::{CampaignError, NIGHT_JOB};
use crate::calendar::{self, Window};

pub(super) fn check_calendar(campaign: &Campaign) -> Result<(), CampaignError> {
    let impossible = |what: String| Err(CampaignError::Calendar(what));
    let mut previous: Option<(Phase, Days)> = None;
    for (phase, days) in &campaign.phases {
        if days.last < days.first {
            return impossible(format!(
                "`{}` ends on {} before it begins on {}",
                phase.key(),
                days.last,
                days.first
            ));
        }
        if days.first.year() != campaign.year || days.last.year() != campaign.year {
            return impossible(format!("`{}` is not in the year {}", phase.key(), campaign.year));
        }
        if let Some((earlier, before)) = previous {
            // Juries may begin while applications are still taken: each has a window of its own.
            let (after, end) = match earlier {
                Phase::Application | Phase::ComplementaryApplication => (before.first, "begins"),
                _ => (before.last, "ends"),
            };
            if days.first <= after {
                return impossible(format!(
                    "`{}` begins on {}, but `{}` {end} only on {after}",
                    phase.key(),
                    days.first,
                    earlier.key(),
                ));
            }
        }
        previous = Some((*phase, *days));
    }
    if let Some(admission) = campaign.phases.get(&Phase::Admission)
        && admission.last < campaign.initial_deadline
    {
        return impossible(format!(
            "`initial_deadline` is {}, after the last day of `admission` ({})",
            campaign.initial_deadline, admission.last
        ));
    }
    if campaign.provisional_conversion_phase == ConversionPhase::Complementary
        && !campaign.phases.contains_key(&Phase::ComplementaryAdmission)
    {
        return impossible(
            "`provisional_conversion_phase` is \"complementary\", but there is no `complementary_admission`"
                .into(),
        );
    }
    if !(campaign.night_start < campaign.publish && campaign.publish < campaign.gate_latest) {
        return impossible(format!(
            "`night_start` ({}), `publish` ({}) and `gate_latest` ({}) must follow each other",
            campaign.night_start, campaign.publish, campaign.gate_latest
        ));
    }
    // Between 02:00 and 03:00 a time may come twice or not at all when summer time begins or ends.
    for (key, time) in [
        ("night_start", campaign.night_start),
        ("publish", campaign.publish),
        ("gate_latest", campaign.gate_latest),
    ] {
        if time.hour() == 2 {
            return impossible(format!(
                "`{key}` is {time}: on the nights of summer time that hour comes twice or never"
            ));
        }
    }
    debug_assert!(calendar::admission_end(campaign, Round::Main) <= calendar::last_admission_end(campaign));
    check_ordering(campaign)
}

/// Preferences are ordered in the complementary phase, before its admission, or once the last admission is over and
/// before the withdrawals (R53, R60).
fn check_ordering(campaign: &Campaign) -> Result<(), CampaignError> {
    let days = |phase: Phase| campaign.phases.get(&phase);
    let Some(ordering) = campaign.preference_ordering else {
        return match days(Phase::ComplementaryAdmission).or(days(Phase::Withdrawals)) {
            Some(_) => {
                Err(CampaignError::Missing { key: "preference_ordering".into(), allowed: DAYS.into() })
            }
            None => Ok(()),
        };
    };
    let (after, before) = match days(Phase::ComplementaryAdmission) {
        Some(complementary) => (days(Phase::Admission), Some(complementary)),
        None => (days(Phase::Admission), days(Phase::Withdrawals)),
    };
    let fits = ordering.first <= ordering.last
        && after.is_none_or(|after| after.last < ordering.first)
        && before.is_none_or(|before| ordering.last < before.first);
    if fits {
        return Ok(());
    }
    Err(CampaignError::Calendar(format!(
        "`preference_ordering` is from {} to {}; it must lie after `admission` and before \
         `complementary_admission`, or before `withdrawals` in a year without it",
        ordering.first, ordering.last
    )))
}

/// A schedule that leaves out a part of a night, or a whole day, would leave its job undone without a word.
pub(super) fn check_schedules(campaign: &Campaign) -> Result<(), CampaignError> {
    let Some(whole) = calendar::campaign(campaign) else { return Ok(()) };
    let (first, after) = (calendar::day(whole.opens), calendar::day(whole.closes));
    for (job, schedule) in &campaign.schedules {
        // Every schedule was parsed when it was read.
        let Ok(cron) = Cron::from_str(schedule) else { continue };
        let (parts_of, allowed): (fn(&Campaign, Date) -> Vec<Window>, _) = match job.as_str() {
            NIGHT_JOB => (night_parts, NIGHT_TICKS),
            _ => (|_, day| vec![Window::of(Days { first: day, last: day })], DAILY_TICKS),
        };
        for day in first.series(1.day()).take_while(|day| *day < after) {
            if let Some(silent) = parts_of(campaign, day).into_iter().find(|part| !ticks_in(&cron, *part)) {
                return Err(CampaignError::Value {
                    key: job.clone(),
                    found: format!(
                        "\"{schedule}\", which has no tick from {} to {}",
                        calendar::civil(silent.opens).strftime("%Y-%m-%d %H:%M"),
                        calendar::civil(silent.closes).strftime("%Y-%m-%d %H:%M"),
                    ),
                    allowed: allowed.to_owned(),
                });
            }
        }
    }
    Ok(())
}

/// The parts of a night's date in each of which something may be due: the plan, the publication, and, if there was
/// none, the end of the night on its own day, so that no gate is left closed over midnight.
fn night_parts(campaign: &Campaign, date: Date) -> Vec<Window> {
    if !calendar::is_night(campaign, date) {
        return Vec::new();
    }
    let [start, publish, latest, end] = [
        calendar::night_start(campaign, date),
        calendar::publication(campaign, date),
        calendar::gate_latest(campaign, date),
        calendar::end_of(date),
    ];
    [(start, publish), (publish, latest), (latest, end)]
        .map(|(opens, closes)| Window { opens, closes })
        .into()
}

fn ticks_in(cron: &Cron, window: Window) -> bool {
    let from = window.opens.to_zoned(calendar::paris());
    cron.find_next_occurrence(&from, true).is_ok_and(|tick| tick.timestamp() < window.closes)
}

const NIGHT_TICKS: &str = "on every day from the first results to the last offers a tick from `night_start` to `publish`, one from `publish` to \
                           `gate_latest`, and one after that on the same day";
const DAILY_TICKS: &str = "a tick on every day of the campaign";
