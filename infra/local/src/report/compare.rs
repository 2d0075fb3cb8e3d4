//! The figures that the ministry published, beside those of a run.

use super::{CohortFigures, Comparison, EndFigures};

/// What every comparison is worth, to be read before any of them.
pub(super) const CAVEAT: &str = "Candidates, juries and answers are drawn to resemble these figures: where \
    the two agree, the draw is sound; it does not show that the run would have foretold them.";

/// What the sources' initials stand for.
pub(super) const SOURCES: &str = "SIES is the statistics office of the ministry of higher education.";

/// Published for 2024: candidates of the main phase, formations and seats.
const CANDIDATES_2024: f64 = 226_973.0;
const FORMATIONS_2024: f64 = 8_090.0;
const SEATS_2024: f64 = 177_000.0;
/// Accepted for good by the end of the campaign of 2024.
const ACCEPTED_2024: f64 = 139_600.0;
/// Published for 2023: candidates, and those found admissible and ranked by a formation.
const CANDIDATES_2023: f64 = 209_207.0;
const RANKED_2023: f64 = 171_414.0;

/// A published figure, and how a run's is counted: so many of so many.
struct Published {
    figure: &'static str,
    here: fn(&CohortFigures, &EndFigures) -> (u64, u64),
    published: f64,
    unit: &'static str,
    source: &'static str,
    indicative: &'static str,
}

const PUBLISHED: [Published; 8] = [
    Published {
        figure: "Applications per candidate",
        here: |cohort, end| (end.applications, cohort.candidates),
        published: 10.0,
        unit: "",
        source: "2024, main phase, both tracks (SIES)",
        indicative: "",
    },
    Published {
        figure: "Candidates per formation",
        here: |cohort, _| (cohort.candidates, cohort.formations),
        published: CANDIDATES_2024 / FORMATIONS_2024,
        unit: "",
        source: "2024: 226\u{202f}973 for 8\u{202f}090 formations",
        indicative: "both tracks together; a tenth of the formations are apprenticeship",
    },
    Published {
        figure: "Seats per formation",
        here: |cohort, _| (cohort.seats, cohort.formations),
        published: SEATS_2024 / FORMATIONS_2024,
        unit: "",
        source: "2024: 177\u{202f}000 in 8\u{202f}090 formations",
        indicative: "both tracks together, the seats to the nearest thousand",
    },
    Published {
        figure: "Ranked by at least one formation",
        here: |cohort, end| (end.ranked_somewhere, cohort.candidates),
        published: 100.0 * RANKED_2023 / CANDIDATES_2023,
        unit: "%",
        source: "2023: 171\u{202f}414 of 209\u{202f}207 candidates",
        indicative: "another year, both tracks; no such figure was found for 2024",
    },
    Published {
        figure: "Offer on the first day",
        here: |cohort, end| (end.offered_first_day, cohort.candidates),
        published: 35.0,
        unit: "%",
        source: "2025, student track (SIES)",
        indicative: "another year, with a tenth more candidates, in both tracks",
    },
    Published {
        figure: "At least one offer",
        here: |cohort, end| (end.offered, cohort.candidates),
        published: 71.0,
        unit: "%",
        source: "2024, whole campaign (2023, main: 72\u{202f}%)",
        indicative: "all phases and both tracks",
    },
    Published {
        figure: "Accepted for good, or held",
        here: |cohort, end| (end.definitive.saturating_add(end.held), cohort.candidates),
        published: 60.0,
        unit: "%",
        source: "2024, whole campaign (2023, main: 58\u{202f}%)",
        indicative: "all phases, both tracks, and without offers that are only held",
    },
    Published {
        figure: "Seats taken at the end",
        here: |cohort, end| (end.seats_taken, cohort.seats),
        published: 100.0 * ACCEPTED_2024 / SEATS_2024,
        unit: "%",
        source: "2024: 139\u{202f}600 accepted for 177\u{202f}000 seats",
        indicative: "a quotient of two published figures, for all phases and both tracks",
    },
];

/// A run's figures beside the published ones, in the order of the campaign. Shares are of the candidates
/// drawn, or of the seats; a figure that would be a share of nothing is left out.
#[must_use]
pub(crate) fn comparisons(cohort: &CohortFigures, end: &EndFigures) -> Vec<Comparison> {
    let beside = |line: &Published| {
        let (part, whole) = (line.here)(cohort, end);
        let times = if line.unit == "%" { 100.0 } else { 1.0 };
        (whole > 0).then(|| Comparison {
            figure: line.figure,
            here: times * part as f64 / whole as f64,
            published: line.published,
            unit: line.unit,
            source: line.source,
            indicative: line.indicative,
        })
    };
    PUBLISHED.iter().filter_map(beside).collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn the_published_figures_are_those_of_the_sources() {
        // Proves, against the numbers as printed in the sources, what stands in the second column.
        let sample = sample::small();
        let shown: Vec<String> = comparisons(&sample.cohort, &sample.end)
            .iter()
            .map(|line| format!("{:.1}{}", line.published, line.unit))
            .collect();
        assert_eq!(shown, ["10.0", "28.1", "21.9", "81.9%", "35.0%", "71.0%", "60.0%", "78.9%"]);
    }

    #[test]
    fn the_figures_of_a_run_are_counted_like_them() {
        // Proves which of a run's counts is divided by which, and that shares are in percent.
        let cohort = CohortFigures { seed: 1, candidates: 1_000, formations: 40, seats: 800 };
        let end = EndFigures {
            active: 990,
            applications: 8_500,
            ranked_somewhere: 760,
            offered_first_day: 360,
            offered: 710,
            definitive: 500,
            held: 90,
            waiting: 50,
            seats_taken: 600,
        };
        let here: Vec<f64> = comparisons(&cohort, &end).iter().map(|line| line.here).collect();
        assert_eq!(here, [8.5, 25.0, 20.0, 76.0, 36.0, 71.0, 59.0, 75.0]);
    }

    #[test]
    fn a_share_of_nothing_is_left_out() {
        // Proves that no figure of an empty cohort is made up, and that none is infinite or undefined.
        let nobody = CohortFigures { seed: 1, candidates: 0, formations: 0, seats: 0 };
        assert!(comparisons(&nobody, &EndFigures::default()).is_empty());
        let no_formation = CohortFigures { candidates: 10, ..nobody };
        let lines = comparisons(&no_formation, &EndFigures::default());
        assert_eq!(lines.len(), 5);
        assert!(lines.iter().all(|line| line.here.is_finite()));
    }

    #[test]
    fn only_what_is_like_for_like_is_without_a_reservation() {
        // Proves that a single figure was published for just what a run counts.
        let sample = sample::small();
        let lines = comparisons(&sample.cohort, &sample.end);
        let plain: Vec<_> =
            lines.iter().filter(|line| line.indicative.is_empty()).map(|line| line.figure).collect();
        assert_eq!(plain, ["Applications per candidate"]);
    }
}
