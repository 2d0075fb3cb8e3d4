//! `[[extension]]`: a window of candidates that ends later for one region or one candidate (C13).

use jiff::civil::Date;
use schemas::CandidateId;
use schemas::campaign::{Campaign, ExtendedFor, ExtendedWindow, Extension, Phase};
use toml::Value;

use super::CampaignError;
use super::keys::{Keys, as_date};

const EXTENSIONS: &str = "tables [[extension]] with `key` (\"application\", \"complementary_application\" or \
                          \"preference_ordering\"), `region` or `candidate`, and `until` (\"YYYY-MM-DD\")";

pub(super) fn read(keys: &mut Keys) -> Result<Vec<Extension>, CampaignError> {
    keys.optional("extension", EXTENSIONS, |value| value.as_array()?.iter().map(one).collect())
        .map(Option::unwrap_or_default)
}

fn one(value: &Value) -> Option<Extension> {
    let table = value.as_table().filter(|table| table.len() == 3)?;
    let key = match table.get("key")?.as_str()? {
        "application" => ExtendedWindow::Application,
        "complementary_application" => ExtendedWindow::ComplementaryApplication,
        "preference_ordering" => ExtendedWindow::PreferenceOrdering,
        _ => return None,
    };
    let text = |key: &str| table.get(key).and_then(Value::as_str);
    let whom = match (text("region"), text("candidate")) {
        (Some(region), None) if !region.trim().is_empty() => ExtendedFor::Region(region.to_owned()),
        (None, Some(candidate)) => ExtendedFor::Candidate(CandidateId::new(candidate).ok()?),
        _ => return None,
    };
    Some(Extension { key, whom, until: as_date(table.get("until")?)? })
}

/// An extension ends later than its window, and before what is built on it begins: the admission of its round.
pub(super) fn check(campaign: &Campaign) -> Result<(), CampaignError> {
    let days = |phase: Phase| campaign.phases.get(&phase).copied();
    for extension in &campaign.extensions {
        let (key, window, next): (_, _, Option<Date>) = match extension.key {
            ExtendedWindow::Application => {
                ("application", days(Phase::Application), days(Phase::Admission).map(|days| days.first))
            }
            ExtendedWindow::ComplementaryApplication => (
                "complementary_application",
                days(Phase::ComplementaryApplication),
                days(Phase::ComplementaryAdmission).map(|days| days.first),
            ),
            ExtendedWindow::PreferenceOrdering => {
                let next = days(Phase::ComplementaryAdmission).or(days(Phase::Withdrawals));
                ("preference_ordering", campaign.preference_ordering, next.map(|days| days.first))
            }
        };
        let Some(window) = window else {
            return Err(CampaignError::Calendar(format!(
                "an extension is of `{key}`, which the year does not have"
            )));
        };
        if extension.until <= window.last || next.is_some_and(|next| next <= extension.until) {
            return Err(CampaignError::Calendar(format!(
                "an extension of `{key}` is until {}; it must end after {} and before the admission that follows{}",
                extension.until,
                window.last,
                next.map(|next| format!(" ({next})")).unwrap_or_default()
            )));
        }
    }
    Ok(())
}
