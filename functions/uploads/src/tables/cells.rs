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
    let day = text.split([' ', 'T']).next().unwrap_or_default();
    let parts: Vec<&str> = day.split(['-', '/', '.']).collect();
    let number =
        |part: &&str| if is_digits(part) && part.len() <= 4 { part.parse::<i16>().ok() } else { None };
    let read = match *parts {
        [year, month, day] if year.len() == 4 && text.contains('-') => [year, month, day],
        [day, month, year] if year.len() == 4 => [year, month, day],
        _ => [""; 3],
    };
    let date = match read.each_ref().map(number) {
        [Some(year), Some(month), Some(day)] => {
            i8::try_from(month).ok().zip(i8::try_from(day).ok()).and_then(|(month, day)| {
                // Nobody means the year 24.
                Date::new(year, month, day).ok().filter(|date| date.year() >= 2000)
            })
        }
        _ => None,
    };
    date.ok_or_else(|| RowRefusal::InvalidDate { found: clipped(text) })
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

    /// Days as people write them; what is none, or could be two, is refused.
    #[test]
    fn days_as_people_write_them() {
        let expected = Ok(jiff::civil::date(2024, 9, 2));
        for text in [
            "2024-09-02",
            "02/09/2024",
            "2/9/2024",
            "02-09-2024",
            "2.9.2024",
            "2024-09-02T00:00:00",
            "02/09/2024 00:00",
        ] {
            assert_eq!(date(text), expected, "{text}");
        }
        for text in [
            "09/13/2024",
            "31/02/2024",
            "2/9/24",
            "45537",
            "hier",
            "2024-9",
            "0024-09-02",
            "2024/09/02",
            "-/-/2024",
            "+1/1/2024",
        ] {
            assert_eq!(date(text).map_err(|refusal| refusal.code()), Err("invalid_date"), "{text}");
        }
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
