//! The report in the terminal: plain text, no colour.

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, ContentArrangement, Table};

use super::compare::{CAVEAT, SOURCES};
use super::format::{counted, day, dollars, figure, grouped, percent, words};
use super::{CampaignReport, Comparison, CostFigures, NightLine, PhaseLine};

/// How wide the tables may be where nobody says.
const WIDTH: u16 = 100;

/// A table whose columns named here are of words; those of numbers, the others, end on the right.
fn table(width: u16, header: &[&str], of_words: &[usize]) -> Table {
    let mut table = Table::new();
    table
        .load_style(UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(width);
    table.set_header(header.iter().copied());
    for (at, column) in table.column_iter_mut().enumerate() {
        if !of_words.contains(&at) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

fn phases(lines: &[PhaseLine], width: u16) -> Table {
    let header = ["Phase", "First day", "Last day", "Commands accepted", "Refused", "Mails"];
    let mut table = table(width, &header, &[0]);
    for line in lines {
        table.add_row([
            words(line.phase.key()),
            day(line.first),
            day(line.last),
            grouped(line.accepted),
            grouped(line.refused),
            grouped(line.mails),
        ]);
    }
    table
}

fn nights(lines: &[NightLine], width: u16) -> Table {
    let header = [
        "Night",
        "Lapses",
        "Offers",
        "Seats taken",
        "",
        "Accepted",
        "Held",
        "Refused",
        "Left",
        "Mails",
        "Units",
    ];
    let mut table = table(width, &header, &[]);
    for line in lines.iter().filter(|line| !line.is_quiet()) {
        table.add_row([
            day(line.date),
            grouped(line.lapsed),
            grouped(line.offers),
            grouped(line.seats_taken),
            percent(line.seats_taken, line.seats),
            grouped(line.accepted_definitively),
            grouped(line.accepted_provisionally),
            grouped(line.refused),
            grouped(line.resigned),
            grouped(line.mails),
            grouped(line.write_units),
        ]);
    }
    table
}

fn comparisons(lines: &[Comparison], width: u16) -> Table {
    let mut table = table(width, &["Figure", "Here", "Published", "Published for"], &[0, 3]);
    for line in lines {
        let published = figure(line.published, line.unit);
        table.add_row([
            line.figure.to_owned(),
            figure(line.here, line.unit),
            if line.indicative.is_empty() { published } else { format!("≈ {published}") },
            line.source.to_owned(),
        ]);
    }
    table
}

fn writes(cost: &CostFigures, width: u16) -> Table {
    let header = ["Transactions for", "How many", "Write units", "Median", "95 %", "Dearest"];
    let mut table = table(width, &header, &[0]);
    for line in &cost.writes {
        let figures = [line.transactions, line.units, line.median, line.p95, line.max];
        table.add_row(std::iter::once(line.purpose.to_owned()).chain(figures.map(grouped)));
    }
    table
}

fn sizes(cost: &CostFigures, width: u16) -> Table {
    let header = ["Items", "How many", "Median, bytes", "95 %", "Largest"];
    let mut table = table(width, &header, &[0]);
    for line in &cost.sizes {
        let figures = [line.count, line.median, line.p95, line.max];
        table.add_row(std::iter::once(line.kind.to_owned()).chain(figures.map(grouped)));
    }
    table
}

/// Why each figure marked ≈ is indicative, and what all of them are worth.
fn notes(lines: &[Comparison], width: u16) -> String {
    let reasons = lines
        .iter()
        .filter(|line| !line.indicative.is_empty())
        .map(|line| wrapped(&format!("≈ {}: {}.", line.figure, line.indicative), width));
    reasons.chain([wrapped(SOURCES, width), wrapped(CAVEAT, width)]).collect::<Vec<_>>().join("\n")
}

/// A sentence in lines of at most this width, one word at least in each.
fn wrapped(sentence: &str, width: u16) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in sentence.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= usize::from(width) => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}

/// The report as tables, each under its title, in `width` columns (100 if nobody says).
#[must_use]
pub(crate) fn text(report: &CampaignReport, width: Option<u16>) -> String {
    let width = width.unwrap_or(WIDTH);
    let cohort = &report.cohort;
    let drawn = format!(
        "Campaign {}: {}, {}, {}, seed {}",
        report.campaign,
        counted(cohort.candidates, "candidate"),
        counted(cohort.formations, "formation"),
        counted(cohort.seats, "seat"),
        cohort.seed,
    );
    let mut parts = vec![drawn];
    if !report.phases.is_empty() {
        parts.push(format!("Phases\n{}", phases(&report.phases, width)));
    }
    if !report.nights.is_empty() {
        let title = "Nights: what each one gave and wrote, and what the day that followed brought";
        let quiet = report.nights.iter().filter(|line| line.is_quiet()).count() as u64;
        let left_out = match quiet {
            0 => String::new(),
            1 => "\n1 night, on which nothing happened, is left out.".to_owned(),
            more => format!("\n{} nights, on which nothing happened, are left out.", grouped(more)),
        };
        parts.push(format!("{title}\n{}{left_out}", nights(&report.nights, width)));
    }
    if !report.comparisons.is_empty() {
        let table = comparisons(&report.comparisons, width);
        let title = "Beside the published figures (≈ is indicative, for the reason below)";
        parts.push(format!("{title}\n{table}\n{}", notes(&report.comparisons, width)));
    }
    let cost = &report.cost;
    if cost.write_units > 0 {
        let in_all = format!(
            "On DynamoDB: {} and {}, {} on demand in Paris",
            counted(cost.write_units, "write unit"),
            counted(cost.read_units as u64, "read unit"),
            dollars(cost.dollars),
        );
        parts.push(format!("{in_all}\n{}\n{}", writes(cost, width), sizes(cost, width)));
    }
    let mut text = parts.join("\n\n");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn a_campaign_ends_with_its_tables() {
        // Proves what a run prints, to the letter.
        insta::assert_snapshot!(text(&sample::small(), None));
    }

    #[test]
    fn the_tables_fit() {
        // Proves that no line is wider than it may be, with as many offers as in France as in a small run.
        for (width, columns) in [(None, 100), (Some(100), 100), (Some(90), 90), (Some(140), 140)] {
            for report in [sample::small(), sample::nights(40)] {
                let shown = text(&report, width);
                let widest = shown.lines().map(|line| line.chars().count()).max().unwrap();
                assert!(widest <= columns, "{widest} columns of {columns}:\n{shown}");
                assert!(!shown.contains('\u{1b}'), "a colour code");
            }
        }
    }

    #[test]
    fn no_width_and_no_figure_is_a_fault() {
        // Proves that a terminal of any width, and a report of nothing, give a text.
        for width in [0, 1, 20, u16::MAX] {
            assert!(text(&sample::small(), Some(width)).contains("Campaign 2024"));
        }
        let nothing = text(&sample::empty(), None);
        assert_eq!(nothing.lines().count(), 1, "{nothing}");
    }
}
