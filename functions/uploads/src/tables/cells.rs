//! What a cell says: an identifier, a day, a rank; and what spreadsheets do to each.

use jiff::civil::Date;
use schemas::ids::InvalidId;
use schemas::intake::{Column, RowRefusal};

use super::clipped;

/// An identifier. What a spreadsheet took for a number and shortened is told apart, since its sender sees nothing wrong.
pub(super) fn id<T>(
    column: Column,
    text: &str,
    make: impl Fn(&str) -> Result<T, InvalidId>,
) -> Result<T, RowRefusal> {
    if text.is_empty() {
        return Err(RowRefusal::CellMissing { column });
    }
    if is_scientific(text) {
        return Err(RowRefusal::ScientificNotation { column, found: clipped(text) });
    }
    make(text).map_err(|_| RowRefusal::InvalidId { column, found: clipped(text) })
}

/// Whether a spreadsheet writes numbers so that have too many digits for its column: `1E+05`, `1,23E+11`.
fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once([',', '.']).unwrap_or((mantissa, "0"));
    digits(whole) && digits(fraction) && exponent.strip_prefix(['+', '-']).is_some_and(digits)
}

/// How many digits the identifiers of a column have that begin with a zero, at the most.
///
/// Where some begin with a zero, a shorter one of digits alone has lost its own to a spreadsheet.
pub(super) fn zeros<'a>(cells: impl Iterator<Item = &'a str>) -> usize {
    cells.filter(|text| text.starts_with('0') && is_digits(text)).map(str::len).max().unwrap_or(0)
}

/// Refuses an identifier of digits that is shorter than those of its column that begin with a zero.
pub(super) fn keeps_zeros(column: Column, text: &str, zeros: usize) -> Result<(), RowRefusal> {
    if is_digits(text) && text.len() < zeros {
        return Err(RowRefusal::LeadingZerosLost { column, found: clipped(text) });
    }
    Ok(())
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A day: `2024-09-02`, or as in France `02/09/2024`, with the zeros or without; a time after it is left out.
pub(super) fn date(text: &str) -> Result<Date, RowRefusal> {
    if text.is_empty() {
        return Err(RowRefusal::CellMissing { column: Column::Date });
    }
    // Inside the quotes of a formula, blanks are still there.
    let (day, time) = match text.trim_end().split_once([' ', 'T']) {
        Some((day, time)) => (day, Some(time)),
        None => (text.trim_end(), None),
    };
    // Anything else than a time may be a second day, or take the first one back: its author has to say which is meant.
    let date = if time.is_none_or(is_time) { day_alone(day) } else { None };
    date.ok_or_else(|| RowRefusal::InvalidDate { found: clipped(text) })
}

/// A day without anything after it. Its separator is the same twice: nobody who writes a day changes it on the way.
fn day_alone(text: &str) -> Option<Date> {
    let separator = text.chars().find(|c| matches!(c, '-' | '/' | '.'))?;
    let parts: Vec<&str> = text.split(separator).collect();
    let [year, month, day] = match *parts {
        [year, month, day] if year.len() == 4 && separator == '-' => [year, month, day],
        [day, month, year] if year.len() == 4 => [year, month, day],
        _ => return None,
    };
    if month.len() > 2 || day.len() > 2 || ![year, month, day].into_iter().all(is_digits) {
        return None;
    }
    let date = Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()?;
    // Nobody means the year 24.
    (date.year() >= 2000).then_some(date)
}

/// Whether a text is a time of day, `h:mm`, `hh:mm`, `hh:mm:ss` or with a fraction, and no more than an offset after it.
///
/// The day is the one written, whatever the offset.
fn is_time(text: &str) -> bool {
    after_clock(text).is_some_and(|rest| matches!(rest, "" | "Z") || is_offset(rest))
}

/// What follows the time of day with which a text begins.
fn after_clock(text: &str) -> Option<&str> {
    // Some write the hour in one digit.
    let (hour, minutes) = text.split_once(':')?;
    after_two_digits(&format!("{hour:0>2}"), 23).filter(|rest| rest.is_empty())?;
    let rest = after_two_digits(minutes, 59)?;
    let Some(seconds) = rest.strip_prefix(':') else { return Some(rest) };
    let rest = after_two_digits(seconds, 59)?;
    let Some(fraction) = rest.strip_prefix('.') else { return Some(rest) };
    let rest = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
    (rest.len() < fraction.len()).then_some(rest)
}

/// Whether a text is an offset from UTC as in ISO 8601, `+02:00` or `+0200`, or as databases shorten it, `+02`.
fn is_offset(text: &str) -> bool {
    let minutes = text.strip_prefix(['+', '-']).and_then(|hours| after_two_digits(hours, 23));
    minutes.is_some_and(|rest| {
        rest.is_empty() || after_two_digits(rest.strip_prefix(':').unwrap_or(rest), 59) == Some("")
    })
}

/// What follows the two digits with which a text begins, if they are no more than `most`.
fn after_two_digits(text: &str, most: u8) -> Option<&str> {
    let (digits, rest) = text.split_at_checked(2)?;
    let number: u8 = if is_digits(digits) { digits.parse().ok()? } else { return None };
    (number <= most).then_some(rest)
}

/// A rank: a whole number from 1.
pub(super) fn rank(text: &str) -> Result<u32, RowRefusal> {
    if text.is_empty() {
        return Err(RowRefusal::CellMissing { column: Column::Rank });
    }
    if is_scientific(text) {
        return Err(RowRefusal::ScientificNotation { column: Column::Rank, found: clipped(text) });
    }
    let number = if is_digits(text) { text.parse().ok() } else { None };
    number.filter(|rank| *rank > 0).ok_or_else(|| RowRefusal::InvalidRank { found: clipped(text) })
}

#[cfg(test)]
mod tests {
    use schemas::CandidateId;

    use super::*;

    /// What a spreadsheet makes of an identifier is refused by its own name; an identifier with an E in it is one.
    #[test]
    fn what_spreadsheets_do_to_identifiers_is_told() {
        let read = |text: &str| {
            id(Column::Candidate, text, |id| CandidateId::new(id)).map_err(|refusal| refusal.code())
        };
        for (text, expected) in [
            ("c-0000001", Ok(())),
            ("00012345", Ok(())),
            ("12E05", Ok(())),
            ("0691774D", Ok(())),
            ("1E+05", Err("scientific_notation")),
            ("1,23E+11", Err("scientific_notation")),
            ("1.23e+11", Err("scientific_notation")),
            ("", Err("cell_missing")),
            ("a b", Err("invalid_id")),
            ("#N/A", Err("invalid_id")),
            ("12,5", Err("invalid_id")),
            ("+", Err("invalid_id")),
        ] {
            assert_eq!(read(text).map(|_| ()), expected, "{text}");
        }
        let zeros = zeros(["0012", "abc", "1234", "012"].into_iter());
        assert_eq!(zeros, 4);
        let kept = |text| keeps_zeros(Column::Candidate, text, zeros).map_err(|refusal| refusal.code());
        assert_eq!(["12", "1234", "ab"].map(kept), [Err("leading_zeros_lost"), Ok(()), Ok(())]);
    }

    /// Days as people write them, the day before the month, as in France, even where it could be a month itself.
    #[test]
    fn days_as_people_write_them() {
        let september = jiff::civil::date(2024, 9, 2);
        for (text, expected) in [
            ("2024-09-02", september),
            ("2024-9-2", september),
            ("2024-09-02 ", september),
            ("02/09/2024", september),
            ("2/9/2024", september),
            ("02-09-2024", september),
            ("2.9.2024", september),
            ("9/2/2024", jiff::civil::date(2024, 2, 9)),
            ("09/02/2024", jiff::civil::date(2024, 2, 9)),
            ("29/02/2024", jiff::civil::date(2024, 2, 29)),
            // With a time, as spreadsheets and databases write one; the day is the one written, whatever the offset.
            ("2024-09-02T00:00:00", september),
            ("2024-09-02T23:59:59.999", september),
            ("2024-09-02T00:00:00.000000", september),
            ("2024-09-02T23:00Z", september),
            ("2024-09-02T00:00:00.0Z", september),
            ("2024-09-02T00:00:00+02:00", september),
            ("2024-09-02 00:00:00-0100", september),
            ("2024-09-02 00:00:00+02", september),
            ("2024-09-02 23:59", september),
            ("02/09/2024 00:00", september),
            ("02/09/2024 0:00", september),
            ("02/09/2024 00:00:00", september),
            ("2.9.2024 18:30", september),
            ("02-09-2024T18:30", september),
        ] {
            assert_eq!(date(text), Ok(expected), "{text}");
        }
    }

    /// What is no day, mixes separators, or says more than a day and its time, is refused: it could mean another.
    #[test]
    fn what_is_not_one_day_is_refused() {
        let refused = |text: &str| date(text).map_err(|refusal| refusal.code()) == Err("invalid_date");
        let mut texts = vec![
            // None, or not written in full.
            "09/13/2024",
            "31/02/2024",
            "29/02/2023",
            "2/9/24",
            "45537",
            "hier",
            "2024-9",
            "0024-09-02",
            "1999-12-31",
            "2024/09/02",
            "2024.09.02",
            "-/-/2024",
            "+1/1/2024",
            "002/09/2024",
            "2024-09-002",
            "2024-09-02-",
            "02/09/2024/",
            "20240902",
            // More than one separator.
            "02-09/2024",
            "02/09-2024",
            "02/09.2024",
            "2.9-2024",
            "2024-09/02",
            "2024-09.02",
            "2024/09.02 -",
            "2024/09/02 10:00-01:00",
            // More than a day and its time.
            "02/09/2024 ou 03/09/2024",
            "02/09/2024 03/09/2024",
            "02/09/2024-03/09/2024",
            "02/09/2024 (annule)",
            "02/09/2024 ?",
            "02/09/2024 -",
            "02/09/2024Test",
            "2024-09-02T",
            "2024-09-02Z",
            "2024-09-02 Z",
            "2024-09-02+02:00",
            // A time that is none, or followed by something.
            "2024-09-02T24:00",
            "2024-09-02T00:60",
            "2024-09-02T00:00:60",
            "2024-09-02T00",
            "2024-09-02T00:",
            "2024-09-02T00:0",
            "2024-09-02T00:00:",
            "2024-09-02T00:00:00.",
            "2024-09-02T00:00:00.Z",
            "2024-09-02T00:00.5",
            "2024-09-02T-1:00",
            "2024-09-02T+1:00",
            "2024-09-02T00:00:00z",
            "2024-09-02T00:00:00ZZ",
            "2024-09-02T00:00:00+",
            "2024-09-02T00:00:00+2",
            "2024-09-02T00:00:00+24:00",
            "2024-09-02T00:00:00+02:60",
            "2024-09-02T00:00:00+02:",
            "2024-09-02T00:00:00+02:00Z",
            "2024-09-02T00:00 2024-09-03",
            "02/09/2024  00:00",
            "02/09/2024 T00:00",
            "02/09/2024 12:00:00 AM",
            "02/09/2024 0\u{e9}:00",
        ];
        texts.retain(|text| !refused(text));
        assert_eq!(texts, [""; 0], "taken for a day");
        assert_eq!(date("").map_err(|refusal| refusal.code()), Err("cell_missing"));
    }

    /// Ranks are whole numbers from 1.
    #[test]
    fn ranks_are_whole_numbers() {
        assert_eq!([rank("1"), rank("0012")], [Ok(1), Ok(12)]);
        for (text, code) in [
            ("0", "invalid_rank"),
            ("-1", "invalid_rank"),
            ("1,5", "invalid_rank"),
            ("1er", "invalid_rank"),
            ("99999999999", "invalid_rank"),
            ("1E+05", "scientific_notation"),
            ("", "cell_missing"),
        ] {
            assert_eq!(rank(text).map_err(|refusal| refusal.code()), Err(code), "{text}");
        }
    }
}
