//! A new version of the campaign file during the campaign: what is over stays as it was (C13).

use jiff::Timestamp;
use jiff::civil::Date;
use schemas::campaign::{Campaign, Days, Phase};
use schemas::{Refusal, Track};

use crate::calendar::{self, end_of, start_of};

/// Compares a new version with the one in force, at this instant.
///
/// # Errors
/// [`Refusal::BoundaryCrossed`] names the key of a boundary that is already crossed and would move, or that would move
/// into the past; [`Refusal::InvalidCampaign`] a setting that cannot change any more.
pub fn check(current: &Campaign, amended: &Campaign, now: Timestamp) -> Result<(), Refusal> {
    if amended.year != current.year {
        let why = format!("it is of the year {}, the campaign of {}", amended.year, current.year);
        return Err(Refusal::InvalidCampaign { why });
    }
    for (key, before, after) in boundaries(current).into_iter().zip(boundaries(amended)).map(both) {
        let crossed = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
        if before != after && (crossed(before) || crossed(after)) {
            return Err(Refusal::BoundaryCrossed { key });
        }
    }
    // What offers, placements and acceptances mean cannot change once somebody has one.
    let settled = |rules: &Campaign| {
        let alternance = &rules.alternance;
        (
            rules.provisional_conversion_phase,
            rules.silence_on_new_offer,
            rules.definitive_closes_other_track,
            (alternance.mode, alternance.search_reply_required),
        )
    };
    let begun = calendar::first_results(current).is_some_and(|first| start_of(first) <= now);
    if begun && settled(current) != settled(amended) {
        let why = "a setting of offers or of alternance changes after the first results".to_owned();
        return Err(Refusal::InvalidCampaign { why });
    }
    Ok(())
}

type Boundary = (String, Option<Timestamp>);

fn both(((key, before), (_, after)): (Boundary, Boundary)) -> (String, Option<Timestamp>, Option<Timestamp>) {
    (key, before, after)
}

/// Every boundary of a year, in one order for all years: the instant at which each is crossed.
fn boundaries(rules: &Campaign) -> Vec<Boundary> {
    let of_days = |key: &str, days: Option<Days>| {
        [
            (key.to_owned(), days.map(|days| start_of(days.first))),
            (key.to_owned(), days.map(|days| end_of(days.last))),
        ]
    };
    let of_day = |key: &str, day: Option<Date>| (key.to_owned(), day);
    let mut all: Vec<Boundary> = Phase::ALL
        .into_iter()
        .filter(|phase| *phase != Phase::Closed)
        .flat_map(|phase| of_days(phase.key(), rules.phases.get(&phase).copied()))
        .collect();
    all.extend(of_days("preference_ordering", rules.preference_ordering));
    all.extend(of_days("alternance_examination", rules.alternance.examination));
    let ends = [
        of_day("initial_deadline", Some(rules.initial_deadline)),
        of_day("alternance_end", rules.alternance.end),
    ];
    all.extend(ends.into_iter().map(|(key, day)| (key, day.map(end_of))));
    let starts = [
        of_day("alternance_results_from", Some(rules.alternance.results_from)),
        of_day("alternance_offers_from", Some(rules.alternance.offers_from)),
    ];
    all.extend(starts.into_iter().map(|(key, day)| (key, day.map(start_of))));
    debug_assert!(
        calendar::track_end(rules, Track::Alternance) >= calendar::track_end(rules, Track::Student)
    );
    all
}

#[cfg(test)]
mod tests {
    use toml::Table;

    use super::*;
    use crate::campaign_file::{read, shipped_text};

    fn with(overrides: &str) -> Campaign {
        read(shipped_text("2024").unwrap(), &overrides.parse::<Table>().unwrap()).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        calendar::instant(text.parse().unwrap())
    }

    /// What is to come may move, also nearer; what is over may not, and nothing moves into the past.
    #[test]
    fn what_is_over_stays() {
        let withdrawals = "withdrawals = [\"2024-08-02\", \"2024-09-20\"]";
        for (now, overrides, crossed) in [
            ("2024-03-20T12:00", "application = [\"2024-02-26\", \"2024-03-26\"]", None),
            ("2024-03-25T00:00", "application = [\"2024-02-26\", \"2024-03-26\"]", Some("application")),
            ("2024-03-20T12:00", "application = [\"2024-02-27\", \"2024-03-24\"]", Some("application")),
            ("2024-03-20T12:00", "application = [\"2024-02-26\", \"2024-03-19\"]", Some("application")),
            ("2024-06-07T12:00", "initial_deadline = \"2024-06-08\"", None),
            ("2024-06-08T00:00", "initial_deadline = \"2024-06-10\"", Some("initial_deadline")),
            ("2024-07-31T12:00", withdrawals, None),
            ("2024-08-01T00:00", withdrawals, Some("withdrawals")),
            ("2024-03-01T12:00", "alternance_results_from = \"2024-03-31\"", None),
            ("2024-04-02T00:00", "alternance_offers_from = \"2024-06-05\"", Some("alternance_offers_from")),
        ] {
            let refused = check(&with(""), &with(overrides), at(now)).err();
            let expected = crossed.map(|key| Refusal::BoundaryCrossed { key: key.to_owned() });
            assert_eq!(refused, expected, "{overrides} at {now}");
        }
    }

    /// The meaning of what candidates hold changes for nobody who holds it.
    #[test]
    fn meanings_stay_once_there_are_results() {
        let other = with("silence_on_new_offer = \"drop\"");
        assert_eq!(check(&with(""), &other, at("2024-04-01T23:59")), Ok(()));
        let refused = check(&with(""), &other, at("2024-04-02T00:00"));
        assert!(matches!(refused, Err(Refusal::InvalidCampaign { .. })));
    }
}
