//! A new version of the campaign file during the campaign: what is over stays as it was (C13).

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use schemas::campaign::{Campaign, Days, EnrolBy, ExtendedWindow, Extension, Phase};
use schemas::{Refusal, Track};

use crate::calendar::{self, Window, end_of, start_of};

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
    for (key, before, after) in instants(current).into_iter().zip(instants(amended)).map(both) {
        let crossed =
            |all: &BTreeSet<Timestamp>| all.iter().copied().filter(|at| *at <= now).collect::<Vec<_>>();
        if crossed(&before) != crossed(&after) {
            return Err(Refusal::BoundaryCrossed { key });
        }
    }
    extensions(current, amended, now)?;
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

fn both<T>(((key, before), (_, after)): ((String, T), (String, T))) -> (String, T, T) {
    (key, before, after)
}

/// The boundaries of what a year may have several of: the windows of signals (R68), the last days to enrol (R66) and the
/// deadlines of the withdrawals (R63).
fn instants(rules: &Campaign) -> [(String, BTreeSet<Timestamp>); 3] {
    let signals = rules.vacancy_signals.iter().copied().map(Window::of);
    let enrolment = rules.enrolment.iter().filter_map(|line| match line.deadline {
        EnrolBy::Day(day) => Some(end_of(day)),
        EnrolBy::Establishment => None,
    });
    [
        ("vacancy_signals".to_owned(), signals.flat_map(|window| [window.opens, window.closes]).collect()),
        ("enrolment".to_owned(), enrolment.collect()),
        ("withdrawals_deadlines".to_owned(), rules.withdrawals_deadlines.iter().map(|due| due.by).collect()),
    ]
}

/// A window that was extended does not end in the past, and one whose end took something away (R54) is not opened again.
fn extensions(current: &Campaign, amended: &Campaign, now: Timestamp) -> Result<(), Refusal> {
    let end = |rules: &Campaign, one: &Extension| {
        let of = |other: &&Extension| other.key == one.key && other.whom == one.whom;
        let extended = rules.extensions.iter().filter(of).map(|extension| end_of(extension.until));
        extended.chain(calendar::extensible(rules, one.key).map(|window| window.closes)).max()
    };
    for one in current.extensions.iter().chain(&amended.extensions) {
        let (before, after) = (end(current, one), end(amended, one));
        let crossed = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
        let took_away =
            one.key != ExtendedWindow::Application && calendar::ordering_decides(current).is_some();
        if before != after && (crossed(after) || (took_away && crossed(before))) {
            return Err(Refusal::BoundaryCrossed { key: "extension".to_owned() });
        }
    }
    Ok(())
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
            ("2024-07-20T00:00", "vacancy_signals = [[\"2024-07-20\", \"2024-09-14\"]]", None),
            ("2024-07-19T23:59", "vacancy_signals = [[\"2024-07-22\", \"2024-09-15\"]]", None),
            (
                "2024-07-20T00:00",
                "vacancy_signals = [[\"2024-07-22\", \"2024-09-15\"]]",
                Some("vacancy_signals"),
            ),
            ("2024-07-19T23:59", "enrolment = []", None),
            ("2024-07-20T00:00", "enrolment = []", Some("enrolment")),
        ] {
            let refused = check(&with(""), &with(overrides), at(now)).err();
            let expected = crossed.map(|key| Refusal::BoundaryCrossed { key: key.to_owned() });
            assert_eq!(refused, expected, "{overrides} at {now}");
        }
    }

    /// C13: an extension ends later or nearer while it is to come, never in the past; a window whose end took something
    /// away is not opened again (R54), that of applications may be.
    #[test]
    fn extensions_end_where_they_ended() {
        let until = |key: &str, day: &str| {
            let extension = format!("{{ key = \"{key}\", region = \"Mayotte\", until = \"2024-{day}\" }}");
            format!("extension = [{extension}]")
        };
        let (application, order) = ("application", "preference_ordering");
        for (now, before, after, refused) in [
            ("2024-03-26T12:00", until(application, "03-28"), until(application, "03-26"), false),
            ("2024-03-26T12:00", until(application, "03-28"), until(application, "03-25"), true),
            ("2024-03-26T12:00", until(application, "03-28"), String::new(), true),
            ("2024-03-29T00:00", until(application, "03-28"), String::new(), true),
            ("2024-03-26T12:00", String::new(), until(application, "03-28"), false),
            ("2024-06-30T23:59", String::new(), until(order, "07-02"), false),
            ("2024-07-01T00:00", String::new(), until(order, "07-02"), true),
            ("2024-07-01T00:00", until(order, "07-02"), until(order, "07-03"), false),
            ("2024-07-03T00:00", until(order, "07-02"), until(order, "07-04"), true),
        ] {
            let found = check(&with(&before), &with(&after), at(now)).err();
            let expected = refused.then(|| Refusal::BoundaryCrossed { key: "extension".to_owned() });
            assert_eq!(found, expected, "from {before} to {after} at {now}");
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
