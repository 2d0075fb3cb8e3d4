//! Reports to test with.

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use schemas::Phase;

use super::{
    CampaignReport, CohortFigures, CostFigures, EndFigures, NightLine, PhaseLine, Sizes, comparisons,
};
use crate::cost::Cost;
use crate::histogram::Histogram;

fn phase(phase: Phase, first: Date, last: Date, counts: [u64; 3]) -> PhaseLine {
    let [accepted, refused, mails] = counts;
    PhaseLine { phase, first, last, accepted, refused, mails }
}

fn night(date: Date, at_night: [u64; 3], by_day: [u64; 5]) -> NightLine {
    let [lapsed, offers, seats_taken] = at_night;
    let [accepted_definitively, accepted_provisionally, refused, resigned, mails] = by_day;
    NightLine {
        date,
        lapsed,
        offers,
        seats_taken,
        seats: 1_572,
        accepted_definitively,
        accepted_provisionally,
        refused,
        resigned,
        mails,
        write_units: offers * 9,
    }
}

/// Some transactions and items, or none.
fn cost(some: u64) -> CostFigures {
    let values = |least: u64| -> Histogram { (0..some).map(|at| least + at % 4).collect() };
    let cost = Cost {
        commands: values(9),
        nights: [(date(2024, 6, 4), values(8))].into(),
        time: values(8),
        sending: values(2),
        housekeeping: values(1),
        read_units: 30.5 * some as f64,
    };
    let sizes = Sizes {
        candidates: values(1_400),
        formations: values(300),
        records: values(500),
        notices: values(250),
    };
    CostFigures::of(&cost, &sizes)
}

/// A small campaign: 2,000 candidates, three nights of the main phase and one of the complementary.
pub(super) fn small() -> CampaignReport {
    let cohort = CohortFigures { seed: 42, candidates: 2_000, formations: 71, seats: 1_572 };
    let end = EndFigures {
        active: 1_962,
        applications: 16_723,
        ranked_somewhere: 1_518,
        offered_first_day: 742,
        offered: 1_428,
        definitive: 1_051,
        held: 162,
        waiting: 84,
        seats_taken: 1_213,
    };
    CampaignReport {
        campaign: "2024".into(),
        cohort,
        overrides: vec!["initial_deadline = 2024-06-06".into()],
        assumed: [
            ("activation_hours", "no text gives the life of the activation link (R9)"),
            ("withdrawals", "sources differ on the last day: 31 August or \"mid-September\" (C12)"),
        ]
        .into_iter()
        .map(|(key, reason)| (key.to_owned(), reason.to_owned()))
        .collect(),
        phases: vec![
            phase(Phase::Application, date(2024, 2, 26), date(2024, 3, 24), [20_687, 214, 4_021]),
            phase(Phase::Examination, date(2024, 4, 2), date(2024, 5, 28), [71, 0, 0]),
            phase(Phase::Admission, date(2024, 6, 4), date(2024, 6, 24), [4_316, 37, 5_580]),
        ],
        nights: vec![
            night(date(2024, 6, 4), [0, 1_498, 1_498], [161, 240, 402, 6, 2_310]),
            night(date(2024, 6, 5), [0, 388, 1_477], [102, 131, 205, 3, 611]),
            night(date(2024, 6, 6), [0, 201, 1_466], [88, 97, 121, 1, 402]),
            night(date(2024, 7, 15), [57, 163, 1_491], [40, 12, 9, 0, 188]),
        ],
        comparisons: comparisons(&cohort, &end),
        end,
        cost: cost(5_000),
    }
}

/// Nobody, nothing, no night.
pub(super) fn empty() -> CampaignReport {
    let cohort = CohortFigures { seed: 0, candidates: 0, formations: 0, seats: 0 };
    let end = EndFigures::default();
    CampaignReport {
        campaign: "2024".into(),
        cohort,
        overrides: Vec::new(),
        assumed: [].into(),
        phases: Vec::new(),
        nights: Vec::new(),
        comparisons: comparisons(&cohort, &end),
        end,
        cost: cost(0),
    }
}

/// The small campaign with this many nights, one a day.
pub(super) fn nights(count: u32) -> CampaignReport {
    let mut report = small();
    report.nights = (0..count)
        .map(|at| {
            let day = date(2024, 6, 4).saturating_add(i64::from(at).days());
            let offers = 150_000 / (u64::from(at) + 1);
            night(day, [u64::from(at) * 7, offers, 1_400 + u64::from(at)], [90, 50, 60, 1, offers])
        })
        .collect();
    report
}
