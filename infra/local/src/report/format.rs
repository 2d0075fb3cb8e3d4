//! Numbers, days and names as people read them: the same on the page and in the terminal.

use jiff::civil::Date;

/// A narrow space that never breaks a line.
const THIN: char = '\u{202f}';

/// A space as wide as any, that never breaks a line.
const FIRM: char = '\u{a0}';

/// A count with a thin space between the thousands.
pub(crate) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut shown = String::with_capacity(digits.len() + digits.len() / 3 * THIN.len_utf8());
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            shown.push(THIN);
        }
        shown.push(digit);
    }
    shown
}

/// The count and its noun: "1 night", "38 nights".
pub(super) fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{}{FIRM}{noun}{plural}", grouped(count))
}

/// A part of a whole, between 0 and 1; of nothing, nothing.
pub(super) fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { (part as f64 / whole as f64).clamp(0.0, 1.0) }
}

/// A part of a whole in percent. Neither "0 %" nor "100 %" is said of what only comes near.
pub(super) fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "–".into();
    }
    let rounded = (100.0 * part as f64 / whole as f64).round();
    if rounded <= 0.0 && part > 0 {
        format!("<{THIN}1{THIN}%")
    } else if rounded >= 100.0 && part < whole {
        format!(">{THIN}99{THIN}%")
    } else {
        format!("{rounded}{THIN}%")
    }
}

/// How many for each, with one decimal; for none, nothing.
pub(super) fn ratio(count: u64, each: u64) -> String {
    if each == 0 { "–".into() } else { format!("{:.1}", count as f64 / each as f64) }
}

/// An amount, to the cent.
pub(super) fn dollars(amount: f64) -> String {
    format!("${amount:.2}")
}

/// A figure with its unit: shares without decimals, as they are published; anything else with one.
pub(super) fn figure(value: f64, unit: &str) -> String {
    if unit.is_empty() { format!("{value:.1}") } else { format!("{value:.0}{THIN}{unit}") }
}

/// "Tue 4 Jun".
pub(super) fn day(date: Date) -> String {
    date.strftime("%a %-d %b").to_string()
}

/// "4 Jun".
pub(super) fn short_day(date: Date) -> String {
    date.strftime("%-d %b").to_string()
}

/// "4 June 2024".
pub(super) fn long_day(date: Date) -> String {
    date.strftime("%-d %B %Y").to_string()
}

/// A key of the campaign file as words: "complementary_admission" is "Complementary admission".
pub(super) fn words(key: &str) -> String {
    let mut letters = key.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).map(|letter| if letter == '_' { ' ' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn thousands_stand_apart() {
        // Proves that every third digit from the right, and no other, is set apart.
        for (count, shown) in
            [(0, "0"), (999, "999"), (1_000, "1 000"), (25_034, "25 034"), (2_642_945, "2 642 945")]
        {
            assert_eq!(grouped(count), shown.replace(' ', "\u{202f}"));
        }
        assert_eq!(counted(1, "night"), "1\u{a0}night");
        assert_eq!(counted(0, "night"), "0\u{a0}nights");
    }

    #[test]
    fn a_percentage_never_overstates() {
        // Proves that a few are not said to be none, that most are not said to be all, and that a share
        // of nothing is said to be nothing.
        let said = |part, whole| percent(part, whole).replace(THIN, " ");
        assert_eq!(said(0, 2_000), "0 %");
        assert_eq!(said(1, 2_000), "< 1 %");
        assert_eq!(said(1_432, 2_000), "72 %");
        assert_eq!(said(1_999, 2_000), "> 99 %");
        assert_eq!(said(2_000, 2_000), "100 %");
        assert_eq!(said(3, 0), "–");
        assert_eq!((ratio(9, 2), ratio(9, 0)), ("4.5".into(), "–".into()));
        assert!(share(3, 0).abs() < f64::EPSILON && share(3, 2) <= 1.0);
    }

    #[test]
    fn days_and_names_are_read_by_people() {
        // Proves how days, phases and figures are written.
        assert_eq!(day(date(2024, 6, 4)), "Tue 4 Jun");
        assert_eq!(short_day(date(2024, 6, 14)), "14 Jun");
        assert_eq!(long_day(date(2024, 6, 4)), "4 June 2024");
        assert_eq!(words("complementary_admission"), "Complementary admission");
        assert_eq!(words(""), "");
        assert_eq!(figure(8.4, ""), "8.4");
        assert_eq!(figure(71.6, "%"), "72\u{202f}%");
    }
}
