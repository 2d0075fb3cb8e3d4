//! Times of enrolment and of vacant seats (R65, R66, R68).

use jiff::Timestamp;
use jiff::civil::Date;
use schemas::campaign::{Campaign, Days, EnrolBy};

use super::{Window, day, is_night, night_start, publication};

/// R66: until when somebody enrols who accepted for good on this day. Where the calendar leaves it to the establishment,
/// the last of the formation's own days counts (R65), unless they are over when he accepts: he is told another one.
///
/// ```
/// use jiff::civil::date;
/// use procedure::{calendar, campaign_file};
/// use schemas::campaign::EnrolBy;
///
/// let rules = campaign_file::shipped("2024")?;
/// assert_eq!(calendar::enrol_by(&rules, date(2024, 6, 4), None), EnrolBy::Day(date(2024, 7, 19)));
/// assert_eq!(calendar::enrol_by(&rules, date(2024, 8, 27), None), EnrolBy::Establishment);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn enrol_by(rules: &Campaign, accepted_on: Date, own: Option<Days>) -> EnrolBy {
    let line = rules
        .enrolment
        .iter()
        .find(|line| line.from <= accepted_on && line.to.is_none_or(|to| accepted_on <= to));
    match (line.map(|line| line.deadline), own) {
        (Some(EnrolBy::Day(day)), _) => EnrolBy::Day(day),
        (_, Some(own)) if accepted_on <= own.last => EnrolBy::Day(own.last),
        _ => EnrolBy::Establishment,
    }
}

/// R68: the window in which vacant seats are signalled: the present one, else the next, else the last; none in a year
/// without one.
#[must_use]
pub fn signals(rules: &Campaign, now: Timestamp) -> Option<Window> {
    let mut windows = rules.vacancy_signals.iter().copied().map(Window::of);
    windows.clone().find(|window| now < window.closes).or_else(|| windows.next_back())
}

/// The instant from which a night may count what happened now: the next time the gate closes, or has closed if the
/// night that it closed for is not published yet. None once no night is to come.
#[must_use]
pub fn gate_after(rules: &Campaign, now: Timestamp) -> Option<Timestamp> {
    let today = day(now);
    let next = if now < publication(rules, today) { today } else { today.tomorrow().ok()? };
    is_night(rules, next).then(|| night_start(rules, next))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use schemas::campaign::EnrolBy::{Day, Establishment};

    use super::*;
    use crate::calendar::instant;
    use crate::campaign_file::shipped;

    fn at(text: &str) -> Timestamp {
        instant(text.parse().unwrap())
    }

    /// R66: the deadlines published for 2024, on the first and the last day of each line.
    #[test]
    fn deadlines_of_2024_are_those_published() {
        let rules = shipped("2024").unwrap();
        for (accepted_on, by) in [
            (date(2024, 6, 4), Day(date(2024, 7, 19))),
            (date(2024, 7, 15), Day(date(2024, 7, 19))),
            (date(2024, 7, 16), Day(date(2024, 8, 29))),
            (date(2024, 8, 26), Day(date(2024, 8, 29))),
            (date(2024, 8, 27), Establishment),
        ] {
            assert_eq!(enrol_by(&rules, accepted_on, None), by, "accepted on {accepted_on}");
        }
    }

    /// R65: what the calendar leaves to the establishment is the last of its own days, unless they are over; a deadline
    /// of the calendar stands whatever they are.
    #[test]
    fn the_own_days_fill_what_the_calendar_leaves_open() {
        let rules = shipped("2024").unwrap();
        let own = Some(Days { first: date(2024, 7, 1), last: date(2024, 9, 6) });
        for (accepted_on, by) in [
            (date(2024, 6, 4), Day(date(2024, 7, 19))),
            (date(2024, 8, 27), Day(date(2024, 9, 6))),
            (date(2024, 9, 6), Day(date(2024, 9, 6))),
            (date(2024, 9, 7), Establishment),
        ] {
            assert_eq!(enrol_by(&rules, accepted_on, own), by, "accepted on {accepted_on}");
        }
        let silent = Campaign { enrolment: Vec::new(), ..rules };
        assert_eq!(enrol_by(&silent, date(2024, 6, 4), None), Establishment);
        assert_eq!(enrol_by(&silent, date(2024, 6, 4), own), Day(date(2024, 9, 6)));
    }

    /// R68: a refusal names the window that is open or to come, the last one when all are over.
    #[test]
    fn the_window_of_signals_is_the_present_or_the_next() {
        let days = |first, last| Days { first: date(2024, 7, first), last: date(2024, 7, last) };
        let vacancy_signals = vec![days(20, 21), days(25, 26)];
        let rules = Campaign { vacancy_signals, ..shipped("2024").unwrap() };
        for (now, first) in [
            ("2024-07-19T23:59:59", 20),
            ("2024-07-21T23:59:59", 20),
            ("2024-07-22T00:00", 25),
            ("2024-07-27T00:00", 25),
        ] {
            let expected = Window::of(days(first, first + 1));
            assert_eq!(signals(&rules, at(now)), Some(expected), "{now}");
        }
        let none = Campaign { vacancy_signals: Vec::new(), ..rules };
        assert_eq!(signals(&none, at("2024-07-20T12:00")), None);
    }

    /// A night counts what happened before its gate; what happens from the gate to the publication may be in it or not,
    /// and is taken as if it were.
    #[test]
    fn a_night_counts_from_its_gate() {
        let rules = shipped("2024").unwrap();
        for (now, gate) in [
            ("2024-07-22T00:00", Some("2024-07-22T04:00")),
            ("2024-07-22T08:59:59", Some("2024-07-22T04:00")),
            ("2024-07-22T09:00", Some("2024-07-23T04:00")),
            ("2024-09-15T09:00", None),
        ] {
            assert_eq!(gate_after(&rules, at(now)), gate.map(at), "{now}");
        }
    }
}
