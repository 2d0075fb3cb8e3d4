//! Instants, days and numbers in words, in the reader's language and in Paris time (R36).
//!
//! Ordinary spaces may break a line; those inside "23 h 59" may not.

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use schemas::Language;

/// The zone is compiled in: no file and no variable of the machine can move a deadline.
static PARIS: TimeZone = jiff::tz::get!("Europe/Paris");

/// Seconds in a minute, the unit in which a mail gives an hour.
const MINUTE_S: i64 = 60;

/// "jusqu'au vendredi 7 juin 2024 à 23 h 59 (heure de Paris)".
///
/// `deadline` is the first instant that is too late (R34, R36); the sentence gives the last whole minute
/// that is in time, so whoever answers while that minute is on the clock is never late.
pub(crate) fn until(language: Language, deadline: Timestamp) -> String {
    let last_minute = minute_of(deadline).saturating_sub(MINUTE_S);
    let (day, hour) = day_and_hour(language, last_minute);
    match language {
        Language::Fr => format!("jusqu'au {day} à {hour} (heure de Paris)"),
        Language::En => format!("until {day} at {hour} (Paris time)"),
    }
}

/// "le vendredi 7 juin 2024 à 10 h 05 (heure de Paris)": something that happened, to the minute.
pub(crate) fn moment(language: Language, at: Timestamp) -> String {
    let (day, hour) = day_and_hour(language, minute_of(at));
    match language {
        Language::Fr => format!("le {day} à {hour} (heure de Paris)"),
        Language::En => format!("on {day} at {hour} (Paris time)"),
    }
}

/// "le lundi 24 juin 2024": a day of the calendar.
pub(crate) fn on(language: Language, date: Date) -> String {
    let day = day(language, date);
    match language {
        Language::Fr => format!("le {day}"),
        Language::En => format!("on {day}"),
    }
}

/// "jusqu'au vendredi 19 juillet 2024 inclus": the last day on which something may be done.
pub(crate) fn by(language: Language, date: Date) -> String {
    let day = day(language, date);
    match language {
        Language::Fr => format!("jusqu'au {day} inclus"),
        Language::En => format!("until the end of {day}"),
    }
}

/// "aucune place", "1 place", "2 places". In French zero is singular; every noun counted here is feminine.
pub(crate) fn count_fr(number: u32, singular: &str, plural: &str) -> String {
    match number {
        0 => format!("aucune {singular}"),
        1 => format!("1 {singular}"),
        _ => format!("{number} {plural}"),
    }
}

/// "no offers", "1 offer", "2 offers".
pub(crate) fn count_en(number: u32, singular: &str, plural: &str) -> String {
    match number {
        0 => format!("no {plural}"),
        1 => format!("1 {singular}"),
        _ => format!("{number} {plural}"),
    }
}

/// The second at which the minute of this instant began.
fn minute_of(at: Timestamp) -> i64 {
    // Offsets of Paris are whole minutes since 1911, so a minute of UTC is a minute of Paris.
    at.as_second().div_euclid(MINUTE_S).saturating_mul(MINUTE_S)
}

/// The day and the hour on the clocks of Paris at this second since 1970.
fn day_and_hour(language: Language, second: i64) -> (String, String) {
    // A second before the first instant that can be written is that instant.
    let at = Timestamp::from_second(second).unwrap_or(Timestamp::MIN);
    let paris: Zoned = at.to_zoned(PARIS.clone());
    (day(language, paris.date()), hour(language, paris.time()))
}

/// "23 h 59" with spaces that do not break, or "23:59".
fn hour(language: Language, time: Time) -> String {
    match language {
        Language::Fr => format!("{}\u{a0}h\u{a0}{:02}", time.hour(), time.minute()),
        Language::En => format!("{:02}:{:02}", time.hour(), time.minute()),
    }
}

/// "samedi 1er juin 2024", "Saturday 1 June 2024".
pub(crate) fn day(language: Language, date: Date) -> String {
    let (weekday, month) = (weekday(language, date.weekday()), month(language, date.month()));
    let first = if language == Language::Fr && date.day() == 1 { "er" } else { "" };
    format!("{weekday} {}{first} {month} {}", date.day(), date.year())
}

/// The name of a day of the week.
fn weekday(language: Language, weekday: Weekday) -> &'static str {
    let (fr, en) = match weekday {
        Weekday::Monday => ("lundi", "Monday"),
        Weekday::Tuesday => ("mardi", "Tuesday"),
        Weekday::Wednesday => ("mercredi", "Wednesday"),
        Weekday::Thursday => ("jeudi", "Thursday"),
        Weekday::Friday => ("vendredi", "Friday"),
        Weekday::Saturday => ("samedi", "Saturday"),
        Weekday::Sunday => ("dimanche", "Sunday"),
    };
    pick(language, fr, en)
}

/// The name of a month, from 1 to 12; a date holds no other.
fn month(language: Language, month: i8) -> &'static str {
    let (fr, en) = match month {
        1 => ("janvier", "January"),
        2 => ("février", "February"),
        3 => ("mars", "March"),
        4 => ("avril", "April"),
        5 => ("mai", "May"),
        6 => ("juin", "June"),
        7 => ("juillet", "July"),
        8 => ("août", "August"),
        9 => ("septembre", "September"),
        10 => ("octobre", "October"),
        11 => ("novembre", "November"),
        _ => ("décembre", "December"),
    };
    pick(language, fr, en)
}

/// The word in the reader's language.
pub(crate) fn pick<'a>(language: Language, fr: &'a str, en: &'a str) -> &'a str {
    match language {
        Language::Fr => fr,
        Language::En => en,
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::civil::date;
    use schemas::Language::{En, Fr};

    use super::{by, count_en, count_fr, moment, on, until};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    // Proves that midnight, the first instant too late, is said as 23:59 of the day before (R36).
    #[test]
    fn a_deadline_is_said_as_its_last_minute() {
        let deadline = at("2024-06-07T22:00:00Z");
        assert_eq!(until(Fr, deadline), "jusqu'au vendredi 7 juin 2024 à 23\u{a0}h\u{a0}59 (heure de Paris)");
        assert_eq!(until(En, deadline), "until Friday 7 June 2024 at 23:59 (Paris time)");
    }

    // Proves that both offsets of Paris are used, on both sides of the two changes of the year.
    #[test]
    fn winter_and_summer_time_are_both_right() {
        for (deadline, hour) in [
            ("2024-03-24T23:00:00Z", "Sunday 24 March 2024 at 23:59"),
            ("2026-03-29T01:00:00Z", "Sunday 29 March 2026 at 01:59"),
            ("2026-03-29T01:01:00Z", "Sunday 29 March 2026 at 03:00"),
            ("2026-10-25T00:30:00Z", "Sunday 25 October 2026 at 02:29"),
            ("2026-10-25T01:30:00Z", "Sunday 25 October 2026 at 02:29"),
            ("2024-12-31T23:00:00Z", "Tuesday 31 December 2024 at 23:59"),
        ] {
            assert_eq!(until(En, at(deadline)), format!("until {hour} (Paris time)"), "{deadline}");
        }
    }

    // Proves that no sentence promises a minute of which a part is too late.
    #[test]
    fn a_deadline_inside_a_minute_gives_the_minute_before() {
        for deadline in ["2024-06-07T10:05:00Z", "2024-06-07T10:05:59.999Z", "2024-06-07T10:05:00.000000001Z"]
        {
            assert!(until(Fr, at(deadline)).contains("12\u{a0}h\u{a0}04"), "{deadline}");
        }
    }

    // Proves that what happened is cut to its minute, and that the first of a month is "1er" in French.
    #[test]
    fn a_moment_is_cut_to_its_minute() {
        let moment_at = at("2024-06-01T08:05:59.999Z");
        assert_eq!(moment(Fr, moment_at), "le samedi 1er juin 2024 à 10\u{a0}h\u{a0}05 (heure de Paris)");
        assert_eq!(moment(En, moment_at), "on Saturday 1 June 2024 at 10:05 (Paris time)");
        assert_eq!(on(Fr, date(2024, 8, 11)), "le dimanche 11 août 2024");
        assert_eq!(on(En, date(2024, 8, 11)), "on Sunday 11 August 2024");
        assert_eq!(by(Fr, date(2024, 7, 19)), "jusqu'au vendredi 19 juillet 2024 inclus");
        assert_eq!(by(En, date(2024, 7, 19)), "until the end of Friday 19 July 2024");
    }

    // Proves that the ends of time are said, not overflowed.
    #[test]
    fn the_ends_of_time_have_words() {
        for language in [Fr, En] {
            for instant in [Timestamp::MIN, Timestamp::MAX] {
                assert!(!until(language, instant).is_empty());
                assert!(!moment(language, instant).is_empty());
            }
        }
    }

    // Proves the plural forms of 0, 1 and n: singular for zero in French, plural in English.
    #[test]
    fn numbers_agree_with_their_nouns() {
        assert_eq!(
            [0, 1, 2].map(|n| count_fr(n, "place", "places")),
            ["aucune place", "1 place", "2 places"]
        );
        assert_eq!([0, 1, 2].map(|n| count_en(n, "offer", "offers")), ["no offers", "1 offer", "2 offers"]);
    }
}
