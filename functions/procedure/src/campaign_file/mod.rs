//! Reads a campaign file: names the key, what was found and what is allowed; refuses calendars that
//! cannot be.

mod alternance;
mod checks;
mod enrolment;
mod extensions;
mod keys;

use std::collections::BTreeMap;
use std::str::FromStr;

use schemas::campaign::{Campaign, ConversionPhase, FILES, Phase, SilenceOnNewOffer};
use toml::Table;

use self::checks::{check_calendar, check_schedules};
use self::keys::{DAYS, Keys};
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
pub const SCHEDULED_JOBS: [&str; 9] = [
    "contract-check",
    "deadline-expiry",
    "deadline-reminder",
    "mail-dispatch",
    "night-report",
    "phase-transition",
    "ranking-intake",
    "vacancy-intake",
    NIGHT_JOB,
];

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

/// The text of a campaign file with single keys replaced, whatever their section, or added.
///
/// # Errors
/// [`CampaignError::Syntax`].
pub fn with_keys(text: &str, keys: &Table) -> Result<String, CampaignError> {
    let mut file = Table::from_str(text).map_err(|error| CampaignError::Syntax(error.to_string()))?;
    for (key, value) in keys {
        let section = file.iter().find_map(|(name, section)| {
            section.as_table().filter(|section| section.contains_key(key)).map(|_| name.clone())
        });
        match section.and_then(|name| file.get_mut(&name)?.as_table_mut()) {
            Some(section) => section.insert(key.clone(), value.clone()),
            None => file.insert(key.clone(), value.clone()),
        };
    }
    Ok(file.to_string())
}

/// The campaign that this text of a file makes.
///
/// # Errors
/// As [`read`].
pub fn of_text(text: &str) -> Result<Campaign, CampaignError> {
    read(text, &Table::new())
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
    alternance::check(&campaign)?;
    extensions::check(&campaign)?;
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
        alternance: alternance::read(keys)?,
        extensions: extensions::read(keys)?,
        activation_hours: keys.count("activation_hours", 1..=ACTIVATION_HOURS_MAX)?,
        reason_request_months: keys.count("reason_request_months", 1..=12)?,
        enrolment: keys.enrolment()?,
        vacancy_signals: keys.vacancy_signals()?,
        blocking_mail_domains: keys.words("blocking_mail_domains")?,
        night_start: keys.time("night_start")?,
        publish: keys.time("publish")?,
        gate_latest: keys.time("gate_latest")?,
        schedules,
        assumed: std::mem::take(&mut keys.assumed),
    })
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
