//! Working days, as the law counts them: Monday to Saturday, less the public holidays of all of France (R73). Those that
//! only Alsace-Moselle or an overseas territory has count as working days: the platform does not know them by region.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday, date};

/// Days after Easter Sunday on which nobody works: Easter Monday, Ascension Day, Whit Monday.
const AFTER_EASTER: [i64; 3] = [1, 39, 50];

/// The public holidays that have a date of their own: month and day.
const FIXED: [(i8, i8); 8] = [(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)];

/// The working day that comes so many of them after a day, which does not count itself.
///
/// ```
/// use jiff::civil::date;
/// use procedure::calendar::working_day_after;
///
/// // Told on Wednesday 5 June 2024: Thursday, Friday, Saturday, Monday, Tuesday.
/// assert_eq!(working_day_after(date(2024, 6, 5), 5), date(2024, 6, 11));
/// ```
#[must_use]
pub fn working_day_after(day: Date, count: u32) -> Date {
    let mut at = day;
    let mut left = count;
    while left > 0 {
        let Ok(next) = at.tomorrow() else { return at };
        at = next;
        left -= u32::from(is_working_day(at));
    }
    at
}

fn is_working_day(day: Date) -> bool {
    let moves = AFTER_EASTER
        .iter()
        .any(|days| easter(day.year()).checked_add(days.days()).is_ok_and(|holiday| holiday == day));
    day.weekday() != Weekday::Sunday && !FIXED.contains(&(day.month(), day.day())) && !moves
}

/// Easter Sunday of a year, in the Gregorian calendar (the computation of Meeus, Jones and Butcher).
fn easter(year: i16) -> Date {
    let year_number = i32::from(year);
    let (golden, century, of_century) = (year_number % 19, year_number / 100, year_number % 100);
    let correction = (century - (century + 8) / 25 + 1) / 3;
    let epact = (19 * golden + century - century / 4 - correction + 15) % 30;
    let weekday = (32 + 2 * (century % 4) + 2 * (of_century / 4) - epact - of_century % 4) % 7;
    let late = (golden + 11 * epact + 22 * weekday) / 451;
    let days = epact + weekday - 7 * late + 114;
    let month = i8::try_from(days / 31).unwrap_or(4);
    let day = i8::try_from(days % 31 + 1).unwrap_or(1);
    Date::new(year, month, day).unwrap_or(date(year, 4, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The Easters of the years of the platform, and the earliest and latest that can be.
    #[test]
    fn easters_are_those_of_the_calendar() {
        for (year, month, day) in [
            (1818, 3, 22),
            (2023, 4, 9),
            (2024, 3, 31),
            (2025, 4, 20),
            (2026, 4, 5),
            (2027, 3, 28),
            (2038, 4, 25),
        ] {
            assert_eq!(easter(year), date(year, month, day));
        }
    }

    /// Sundays and public holidays do not count, those that move included; Saturdays do.
    #[test]
    fn sundays_and_holidays_do_not_count() {
        for (told, last, why) in [
            (date(2024, 6, 5), date(2024, 6, 11), "a Sunday between"),
            (date(2024, 5, 6), date(2024, 5, 14), "8 May, Ascension on the 9th, a Sunday"),
            (date(2024, 5, 17), date(2024, 5, 24), "a Sunday and Whit Monday, 20 May"),
            (date(2024, 3, 28), date(2024, 4, 4), "Easter Sunday and Monday; Good Friday counts"),
            (date(2024, 7, 12), date(2024, 7, 18), "14 July, a Sunday"),
            (date(2024, 8, 13), date(2024, 8, 20), "15 August"),
            (date(2024, 12, 28), date(2025, 1, 4), "New Year's Day"),
        ] {
            assert_eq!(working_day_after(told, 5), last, "{why}");
        }
    }
}
