//! Reads a campaign file: names the key, what was found and what is allowed; refuses calendars that
//! cannot be.

use std::collections::BTreeMap;
use std::str::FromStr;

use croner::Cron;
use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time};
use schemas::campaign::{
    Campaign, ConversionPhase, Days, FILES, Phase, ReceivedBy, Round, SilenceOnNewOffer,
};
use toml::{Table, Value};

use crate::calendar::{self, Window};
use crate::digest;

/// Years that a campaign may be held in: the platform opened in 2023, and a slip of the pen is not 2204.
const YEARS: std::ops::RangeInclusive<i64> = 2023..=2099;

/// Most distinct pairs that a quota may allow; 15 is the law of every year known (R14).
const QUOTA_MAX: i64 = 100;

/// Longest life of an activation link in hours: a month.
const ACTIVATION_HOURS_MAX: i64 = 24 * 31;

/// The job that makes the nights.
const NIGHT_JOB: &str = "waitlist-advance";

/// The jobs that have a schedule in the file.
pub const SCHEDULED_JOBS: [&str; 4] = ["deadline-expiry", "mail-dispatch", "phase-transition", NIGHT_JOB];

/// Why a campaign file was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CampaignError {
    /// The text is not TOML.
    #[error("not a TOML file: {0}")]
    Syntax(String),
    /// A key that must be there is not.
    #[error("the key `{key}` is missing; expected {allowed}")]
    Missing {
        /// Which key.
        key: String,
        /// What it should hold.
        allowed: String,
    },
    /// A key that nothing reads: a slip of the pen would else be silently ignored.
    #[error("the key `{0}` is unknown; take it out or correct its name")]
    Unknown(String),
    /// A key that stands in two sections: an override could not say which one it means.
    #[error("the key `{0}` stands twice in the file; key names are unique, whatever their section")]
    Twice(String),
    /// A value that cannot be.
    #[error("the key `{key}` has {found}; expected {allowed}")]
    Value {
        /// Which key.
        key: String,
        /// What was found.
        found: String,
        /// What is allowed.
        allowed: String,
    },
    /// Two values that cannot both be.
    #[error("an impossible calendar: {0}")]
    Calendar(String),
    /// What is assumed, where nothing may be.
    #[error("assumed, where only what is published may stand: {0}; put the published values in their place")]
    Assumed(String),
    /// No file of that year is shipped.
    #[error("there is no campaign \"{0}\"; known are {known}", known = FILES.map(|file| file.0).join(", "))]
    NotShipped(String),
}

/// The campaign file of this year, as shipped.
///
/// # Errors
/// [`CampaignError::NotShipped`], or what [`read`] says of the file.
pub fn shipped(year: &str) -> Result<Campaign, CampaignError> {
    read(shipped_text(year)?, &Table::new())
}

/// The text of the campaign file of this year, as shipped.
///
/// # Errors
/// [`CampaignError::NotShipped`].
pub fn shipped_text(year: &str) -> Result<&'static str, CampaignError> {
    FILES
        .iter()
        .find(|(known, _)| *known == year)
        .map(|(_, text)| *text)
        .ok_or_else(|| CampaignError::NotShipped(year.to_owned()))
}

/// Refuses a campaign of which anything is assumed: one that is to be run, not drawn.
///
/// # Errors
/// [`CampaignError::Assumed`] names each key with its reason.
pub fn strict(campaign: &Campaign) -> Result<(), CampaignError> {
    let assumed = campaign.assumed.iter().map(|(key, why)| format!("`{key}` ({why})")).collect::<Vec<_>>();
    if assumed.is_empty() { Ok(()) } else { Err(CampaignError::Assumed(assumed.join("; "))) }
}

/// Reads a campaign file; `overrides` replaces single keys, whatever their section.
///
/// # Errors
/// [`CampaignError`] names the key, what was found and what is allowed.
pub fn read(text: &str, overrides: &Table) -> Result<Campaign, CampaignError> {
    let file = Table::from_str(text).map_err(|error| CampaignError::Syntax(error.to_string()))?;
    let mut keys = Keys::flatten(file)?;
    for (key, value) in overrides {
        keys.found.insert(key.clone(), value.clone());
    }
    let digest = digest::of(format!("{text}\n{overrides}").as_bytes());
    let campaign = build(&mut keys, digest)?;
    if let Some(key) = keys.found.keys().next() {
        return Err(CampaignError::Unknown(key.clone()));
    }
    check_calendar(&campaign)?;
    check_schedules(&campaign)?;
    Ok(campaign)
}

fn build(keys: &mut Keys, digest: String) -> Result<Campaign, CampaignError> {
    let mut phases = BTreeMap::new();
    for phase in Phase::ALL.into_iter().filter(|phase| *phase != Phase::Closed) {
        if let Some(days) = keys.days(phase.key())? {
            phases.insert(phase, days);
        }
    }
    for phase in [Phase::Catalogue, Phase::Application, Phase::Examination, Phase::Admission] {
        if !phases.contains_key(&phase) {
            return Err(keys.missing(phase.key(), DAYS));
        }
    }
    let complementary = phases.contains_key(&Phase::ComplementaryApplication);
    let mut schedules = BTreeMap::new();
    for job in SCHEDULED_JOBS {
        schedules.insert(job.to_owned(), keys.schedule(job)?);
    }
    Ok(Campaign {
        digest,
        year: i16::try_from(keys.number("year", YEARS)?).unwrap_or_default(),
        initial_deadline: keys.date("initial_deadline")?,
        quota_student: keys.count("quota_student", 1..=QUOTA_MAX)?,
        quota_alternance: keys.count("quota_alternance", 1..=QUOTA_MAX)?,
        quota_complementary_student: keys
            .complementary_quota("quota_complementary_student", complementary)?,
        quota_complementary_alternance: keys
            .complementary_quota("quota_complementary_alternance", complementary)?,
        // R53: applications are ordered while they can be sent, unless the year has a window of its own (R60).
        preference_ordering: match keys.days("preference_ordering")? {
            Some(days) => Some(days),
            None => phases.get(&Phase::ComplementaryApplication).copied(),
        },
        phases,
        withdrawals_deadlines: keys.received_by("withdrawals_deadlines")?,
        provisional_conversion_phase: keys.word(
            "provisional_conversion_phase",
            &[("main", ConversionPhase::Main), ("complementary", ConversionPhase::Complementary)],
        )?,
        silence_on_new_offer: keys.word(
            "silence_on_new_offer",
            &[("drop", SilenceOnNewOffer::Drop), ("keep", SilenceOnNewOffer::Keep)],
        )?,
        definitive_closes_other_track: keys.flag("definitive_closes_other_track")?,
        activation_hours: keys.count("activation_hours", 1..=ACTIVATION_HOURS_MAX)?,
        reason_request_months: keys.count("reason_request_months", 1..=12)?,
        blocking_mail_domains: keys.words("blocking_mail_domains")?,
        night_start: keys.time("night_start")?,
        publish: keys.time("publish")?,
        gate_latest: keys.time("gate_latest")?,
        schedules,
        assumed: std::mem::take(&mut keys.assumed),
    })
}

fn check_calendar(campaign: &Campaign) -> Result<(), CampaignError> {
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
        if let Some((earlier, before)) = previous
            && days.first <= before.last
        {
            return impossible(format!(
                "`{}` begins on {}, but `{}` ends only on {}",
                phase.key(),
                days.first,
                earlier.key(),
                before.last
            ));
        }
        previous = Some((*phase, *days));
    }
    if let Some(admission) = campaign.phases.get(&Phase::Admission)
        && !(admission.first < campaign.initial_deadline && campaign.initial_deadline <= admission.last)
    {
        return impossible(format!(
            "`initial_deadline` is {}, not after the first day of `admission` ({}) and up to its last ({})",
            campaign.initial_deadline, admission.first, admission.last
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
fn check_schedules(campaign: &Campaign) -> Result<(), CampaignError> {
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

const DAYS: &str = "the first and the last day, [\"YYYY-MM-DD\", \"YYYY-MM-DD\"]";
const RECEIVED_BY: &str = "a list of { received = [first day, last day], by = \"YYYY-MM-DDTHH:MM\" }, none due before the \
                           end of its last day";
const DATE: &str = "a day, \"YYYY-MM-DD\"";
const TIME: &str = "a time in Paris, \"HH:MM\"";
const CRON: &str = "five cron fields in Paris time: minute, hour, day of month, month, day of week";
const NIGHT_TICKS: &str = "on every day from the first results to the last offers a tick from `night_start` to `publish`, one from `publish` to \
                           `gate_latest`, and one after that on the same day";
const DAILY_TICKS: &str = "a tick on every day of the campaign";

/// The keys of the file that nobody has read yet, whatever their section.
struct Keys {
    found: BTreeMap<String, Value>,
    assumed: BTreeMap<String, String>,
}

impl Keys {
    fn flatten(file: Table) -> Result<Self, CampaignError> {
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

    fn missing(&self, key: &str, allowed: &str) -> CampaignError {
        CampaignError::Missing { key: key.to_owned(), allowed: allowed.to_owned() }
    }

    fn read<T>(
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

    fn days(&mut self, key: &str) -> Result<Option<Days>, CampaignError> {
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
    fn complementary_quota(&mut self, key: &str, has_phase: bool) -> Result<u32, CampaignError> {
        if has_phase || self.found.contains_key(key) { self.count(key, 1..=QUOTA_MAX) } else { Ok(0) }
    }

    /// Deadlines by the days on which offers were received (R63); none if the key is not there.
    fn received_by(&mut self, key: &str) -> Result<Vec<ReceivedBy>, CampaignError> {
        if !self.found.contains_key(key) {
            return Ok(Vec::new());
        }
        self.read(key, RECEIVED_BY, |value| value.as_array()?.iter().map(as_received_by).collect())
    }

    fn date(&mut self, key: &str) -> Result<Date, CampaignError> {
        self.read(key, DATE, as_date)
    }

    fn time(&mut self, key: &str) -> Result<Time, CampaignError> {
        self.read(key, TIME, |value| {
            let text = as_text(value)?;
            Time::strptime("%H:%M", &text).or_else(|_| Time::strptime("%H:%M:%S", &text)).ok()
        })
    }

    fn number(&mut self, key: &str, allowed: std::ops::RangeInclusive<i64>) -> Result<i64, CampaignError> {
        let words = format!("a whole number from {} to {}", allowed.start(), allowed.end());
        self.read(key, &words, |value| value.as_integer().filter(|number| allowed.contains(number)))
    }

    fn count(&mut self, key: &str, allowed: std::ops::RangeInclusive<i64>) -> Result<u32, CampaignError> {
        self.number(key, allowed).map(|number| u32::try_from(number).unwrap_or_default())
    }

    fn flag(&mut self, key: &str) -> Result<bool, CampaignError> {
        self.read(key, "true or false", Value::as_bool)
    }

    fn word<T: Copy>(&mut self, key: &str, known: &[(&str, T)]) -> Result<T, CampaignError> {
        let words = known.iter().map(|(word, _)| format!("\"{word}\"")).collect::<Vec<_>>().join(" or ");
        self.read(key, &words, |value| {
            let found = value.as_str()?;
            known.iter().find(|(word, _)| *word == found).map(|(_, meaning)| *meaning)
        })
    }

    fn words(&mut self, key: &str) -> Result<Vec<String>, CampaignError> {
        self.read(key, "a list of texts", |value| {
            value.as_array()?.iter().map(|word| word.as_str().map(str::to_owned)).collect()
        })
    }

    fn schedule(&mut self, key: &str) -> Result<String, CampaignError> {
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
    let by = calendar::instant(last_minute.checked_add(1.minute()).ok()?);
    (received.first <= received.last && calendar::end_of(received.last) <= by)
        .then_some(ReceivedBy { received, by })
}

/// A day, quoted or as TOML's own date.
fn as_date(value: &Value) -> Option<Date> {
    as_text(value)?.parse().ok()
}

fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Datetime(datetime) => Some(datetime.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every shipped file is read without a complaint, and what it assumes is listed with a reason.
    #[test]
    fn every_shipped_file_is_read() {
        for (year, _) in FILES {
            let campaign = shipped(year).unwrap();
            assert_eq!(campaign.year.to_string(), year);
            assert!(campaign.assumed.values().all(|why| why.len() > 10), "{:?}", campaign.assumed);
        }
        assert!(shipped("1999").unwrap_err().to_string().contains("known are 2023, 2024, 2025, 2026"));
    }

    /// Each slip is refused with its key, what was found and what is allowed.
    #[test]
    fn slips_are_named() {
        let text = shipped_text("2024").unwrap();
        let cases = [
            ("initial_deadline = \"2024-06-07\"", "initial_deadline = \"7 June\""),
            ("initial_deadline = \"2024-06-07\"", "initial_deadline = \"2024-06-30\""),
            ("initial_deadline = \"2024-06-07\"", ""),
            ("initial_deadline = \"2024-06-07\"", "initial_deadlin = \"2024-06-07\""),
            ("admission = [\"2024-06-04\", \"2024-06-24\"]", "admission = [\"2024-06-31\", \"2024-07-01\"]"),
            ("admission = [\"2024-06-04\", \"2024-06-24\"]", "admission = [\"2024-06-24\", \"2024-06-04\"]"),
            ("admission = [\"2024-06-04\", \"2024-06-24\"]", "admission = [\"2024-05-28\", \"2024-06-24\"]"),
            ("admission = [\"2024-06-04\", \"2024-06-24\"]", "admission = \"2024-06-04\""),
            ("admission = [\"2024-06-04\", \"2024-06-24\"]", ""),
            ("year = 2024", "year = 2042"),
            ("year = 2024", "year = \"2024\""),
            ("year = 2024", "year = 2024\nclosed = [\"2024-10-01\", \"2024-10-02\"]"),
            ("quota_student = 15", "quota_student = -1"),
            ("quota_student = 15", "quota_student = 15\ninitial_deadline = \"2024-06-07\""),
            ("silence_on_new_offer = \"keep\"", "silence_on_new_offer = \"hold\""),
            ("provisional_conversion_phase = \"complementary\"", "provisional_conversion_phase = \"never\""),
            ("publish = \"09:00\"", "publish = \"9 o'clock\""),
            ("publish = \"09:00\"", "publish = \"03:00\""),
            ("{ value = \"04:00\"", "{ value = \"02:30\""),
            ("{ value = 72, assumed", "{ value = 72, because"),
            ("\"5 * * * *\"", "\"61 * * * *\""),
            ("\"5 * * * *\"", "\"0 5 * * * *\""),
            ("\"5 * * * *\"", "\"5 0 * * 1-6\""),
            ("\"*/5 * * * *\"", "\"0 0 * 3-12 *\""),
            ("\"* * * * *\"", "\"0 0 31 2 *\""),
            ("\"*/10 4-23 * * *\"", "\"0 3 * * *\""),
            ("\"*/10 4-23 * * *\"", "\"*/10 4-8 * * *\""),
            ("\"*/10 4-23 * * *\"", "\"*/10 4-11 * * *\""),
            ("\"*/10 4-23 * * *\"", "\"*/10 4-23 4-23 * *\""),
            ("year = 2024", "year = = 2024"),
        ];
        let said = cases.map(|(from, to)| {
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text, "the case \"{from}\" changes nothing");
            let error = read(&changed, &Table::new()).unwrap_err().to_string();
            format!("{}\n    {}", to.replace('\n', "⏎"), error.trim_end().replace('\n', "\n    "))
        });
        insta::assert_snapshot!(said.join("\n"));
    }

    /// An override replaces one key in whatever section it stands, and changes the digest.
    #[test]
    fn overrides_replace_single_keys() {
        let overrides = Table::from_str("provisional_conversion_phase = \"main\"").unwrap();
        let campaign = read(shipped_text("2024").unwrap(), &overrides).unwrap();
        assert_eq!(campaign.provisional_conversion_phase, ConversionPhase::Main);
        assert_ne!(campaign.digest, shipped("2024").unwrap().digest);
    }
}
