//! The keys about enrolment and vacant seats (R66, R68).

use schemas::campaign::{Days, EnrolBy, EnrolmentLine};
use toml::Value;

use super::CampaignError;
use super::keys::{Keys, as_date, as_text};

const ENROLMENT: &str = "a list of { from, to, deadline } in the order of the days, each deadline a day not before `to`, \
                         or \"ESTABLISHMENT\"; only the last line may leave `to` out";
const VACANCY_SIGNALS: &str =
    "a list of [first day, last day], each \"YYYY-MM-DD\", each after the one before it";

/// The deadline that the establishment decides.
const ESTABLISHMENT: &str = "ESTABLISHMENT";

impl Keys {
    /// Until when one enrols, by the days of the acceptance (R66); nothing if the key is not there.
    pub(super) fn enrolment(&mut self) -> Result<Vec<EnrolmentLine>, CampaignError> {
        self.list("enrolment", ENROLMENT, as_line, |before, after| {
            before.to.is_some_and(|to| to < after.from)
        })
    }

    /// The days on which vacant seats are signalled (R68); nothing if the key is not there.
    pub(super) fn vacancy_signals(&mut self) -> Result<Vec<Days>, CampaignError> {
        self.list("vacancy_signals", VACANCY_SIGNALS, as_days, |before, after| before.last < after.first)
    }

    /// A list whose elements follow one another.
    fn list<T>(
        &mut self,
        key: &str,
        allowed: &str,
        parse: fn(&Value) -> Option<T>,
        follow: fn(&T, &T) -> bool,
    ) -> Result<Vec<T>, CampaignError> {
        if !self.found.contains_key(key) {
            return Ok(Vec::new());
        }
        self.read(key, allowed, |value| {
            let list: Vec<T> = value.as_array()?.iter().map(parse).collect::<Option<_>>()?;
            let in_order = list.iter().zip(list.iter().skip(1)).all(|(before, after)| follow(before, after));
            in_order.then_some(list)
        })
    }
}

fn as_line(value: &Value) -> Option<EnrolmentLine> {
    let table = value.as_table()?;
    let from = as_date(table.get("from")?)?;
    let to = match table.get("to") {
        Some(to) => Some(as_date(to)?),
        None => None,
    };
    let deadline = table.get("deadline")?;
    let deadline = if as_text(deadline)?.eq_ignore_ascii_case(ESTABLISHMENT) {
        EnrolBy::Establishment
    } else {
        EnrolBy::Day(as_date(deadline)?)
    };
    let last = to.unwrap_or(from);
    let later = match deadline {
        EnrolBy::Day(day) => last <= day,
        EnrolBy::Establishment => true,
    };
    let known = 2 + usize::from(to.is_some());
    (from <= last && later && table.len() == known).then_some(EnrolmentLine { from, to, deadline })
}

fn as_days(value: &Value) -> Option<Days> {
    let [first, last] = value.as_array()?.as_slice() else { return None };
    let days = Days { first: as_date(first)?, last: as_date(last)? };
    (days.first <= days.last).then_some(days)
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use toml::Table;

    use crate::campaign_file::{read, shipped_text};

    /// Each slip in the keys of enrolment is refused with its key and what is allowed.
    #[test]
    fn slips_are_named() {
        for (key, value) in [
            ("enrolment", "\"2024-07-19\""),
            ("enrolment", "[{ from = \"2024-06-04\" }]"),
            ("enrolment", "[{ from = \"2024-06-04\", deadline = \"LATER\" }]"),
            ("enrolment", "[{ from = \"2024-06-04\", til = \"2024-07-15\", deadline = \"2024-07-19\" }]"),
            ("enrolment", "[{ from = \"2024-06-04\", to = \"2024-06-03\", deadline = \"2024-07-19\" }]"),
            ("enrolment", "[{ from = \"2024-06-04\", to = \"2024-07-20\", deadline = \"2024-07-19\" }]"),
            (
                "enrolment",
                "[{ from = \"2024-06-04\", deadline = \"ESTABLISHMENT\" }, \
                 { from = \"2024-07-16\", deadline = \"ESTABLISHMENT\" }]",
            ),
            ("vacancy_signals", "[\"2024-07-20\", \"2024-09-15\"]"),
            ("vacancy_signals", "[[\"2024-07-20\"]]"),
            ("vacancy_signals", "[[\"2024-07-20\", \"2024-07-19\"]]"),
            ("vacancy_signals", "[[\"2024-07-20\", \"2024-08-01\"], [\"2024-08-01\", \"2024-08-10\"]]"),
        ] {
            let overrides = Table::from_str(&format!("{key} = {value}")).unwrap();
            let said = read(shipped_text("2024").unwrap(), &overrides).unwrap_err().to_string();
            assert!(said.starts_with(&format!("the key `{key}` has ")), "{value}: {said}");
            assert!(said.contains("expected a list of "), "{value}: {said}");
        }
    }
}
