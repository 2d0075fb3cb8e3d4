//! The shipped campaign files against what was published of their years.

use std::collections::BTreeMap;

use jiff::civil::date;
use procedure::calendar;
use procedure::campaign_file::{shipped, strict};
use schemas::Campaign;
use schemas::campaign::FILES;

/// The deadlines of every year are those that were published (R34): offers of the first days are due on the initial
/// deadline, later ones the day after.
#[test]
fn deadlines_are_as_published() {
    let cases = [
        ("2023", date(2023, 6, 23), date(2023, 6, 26)),
        ("2023", date(2023, 6, 25), date(2023, 6, 26)),
        ("2023", date(2023, 6, 26), date(2023, 6, 27)),
        ("2023", date(2023, 7, 20), date(2023, 7, 21)),
        ("2024", date(2024, 6, 4), date(2024, 6, 7)),
        ("2024", date(2024, 6, 6), date(2024, 6, 7)),
        ("2024", date(2024, 6, 7), date(2024, 6, 8)),
        ("2025", date(2025, 6, 2), date(2025, 6, 5)),
        ("2025", date(2025, 6, 4), date(2025, 6, 5)),
        ("2025", date(2025, 6, 5), date(2025, 6, 6)),
    ];
    for (year, received, due) in cases {
        let deadline = calendar::offer_deadline(&shipped(year).unwrap(), received);
        assert_eq!(deadline, calendar::end_of(due), "{year}, received on {received}");
    }
}

/// What is assumed is refused where only what is published may stand, each key with its reason.
#[test]
fn nothing_assumed_is_strict() {
    for (year, _) in FILES {
        let campaign = shipped(year).unwrap();
        let refused = strict(&campaign).unwrap_err().to_string();
        for (key, why) in &campaign.assumed {
            assert!(refused.contains(&format!("`{key}` ({why})")), "{year}: {refused}");
        }
        assert_eq!(strict(&Campaign { assumed: BTreeMap::new(), ..campaign }), Ok(()));
    }
}
