//! The report as one page: no script, nothing fetched, the same bytes for the same report.

use jiff::civil::Date;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior};
use serde::Serialize;

use super::chart::Chart;
use super::compare::{CAVEAT, SOURCES};
use super::format::{counted, day, dollars, figure, grouped, long_day, percent, ratio, share, words};
use super::{CampaignReport, CohortFigures, Comparison, EndFigures, NightLine};

/// The widths of the two drawings of the nights: a page shows the one that it has room for.
const WIDE: f64 = 880.0;
const NARROW: f64 = 320.0;
/// How far beyond the greater of two figures their picture goes.
const HEADROOM: f64 = 1.25;

/// What the template is given.
#[derive(Serialize)]
struct Page<'a> {
    report: &'a CampaignReport,
    headline: String,
    tiles: Vec<Tile>,
    charts: Vec<Chart>,
    /// The drawing in words, for who cannot see it.
    described: String,
    outcomes: Vec<Outcome>,
    caveat: &'static str,
    sources: &'static str,
    comparisons: Vec<Beside<'a>>,
    totals: Totals,
}

/// A figure that stands alone.
#[derive(Serialize)]
struct Tile {
    name: &'static str,
    value: String,
    more: String,
}

/// Where a part of the candidates stands at the end.
#[derive(Serialize)]
struct Outcome {
    key: &'static str,
    name: &'static str,
    count: u64,
    percent: String,
    /// Where its part of the bar begins and how wide it is, in percent.
    from: f64,
    wide: f64,
}

/// A comparison, written and placed on its scale, in percent.
#[derive(Serialize)]
struct Beside<'a> {
    figure: &'a str,
    here: String,
    published: String,
    source: &'a str,
    indicative: &'a str,
    here_at: f64,
    published_at: f64,
}

/// The last line of the table of nights.
#[derive(Serialize)]
struct Totals {
    lapsed: u64,
    offers: u64,
    accepted_definitively: u64,
    accepted_provisionally: u64,
    refused: u64,
    resigned: u64,
    mails: u64,
    write_units: u64,
}

impl Totals {
    fn of(nights: &[NightLine]) -> Self {
        let sum = |count: fn(&NightLine) -> u64| nights.iter().map(count).fold(0, u64::saturating_add);
        Self {
            lapsed: sum(|night| night.lapsed),
            offers: sum(|night| night.offers),
            accepted_definitively: sum(|night| night.accepted_definitively),
            accepted_provisionally: sum(|night| night.accepted_provisionally),
            refused: sum(|night| night.refused),
            resigned: sum(|night| night.resigned),
            mails: sum(|night| night.mails),
            write_units: sum(|night| night.write_units),
        }
    }
}

fn seated(end: &EndFigures) -> u64 {
    end.definitive.saturating_add(end.held)
}

fn headline(cohort: &CohortFigures, end: &EndFigures) -> String {
    if cohort.candidates == 0 {
        return "No candidate was drawn: there is nothing to show.".into();
    }
    format!(
        "Of {}, {} were offered a place and {} took one; {} of the seats are taken.",
        counted(cohort.candidates, "candidate"),
        percent(end.offered, cohort.candidates),
        percent(seated(end), cohort.candidates),
        percent(end.seats_taken, cohort.seats),
    )
}

fn tiles(report: &CampaignReport, offers: u64) -> Vec<Tile> {
    let CampaignReport { cohort, end, phases, nights, .. } = report;
    let (mut accepted, mut refused, mut mails) = (0_u64, 0_u64, 0_u64);
    for phase in phases {
        accepted = accepted.saturating_add(phase.accepted);
        refused = refused.saturating_add(phase.refused);
        mails = mails.saturating_add(phase.mails);
    }
    let first_day = percent(end.offered_first_day, cohort.candidates);
    let tile = |name, value, more| Tile { name, value: grouped(value), more };
    vec![
        tile(
            "Applications sent",
            end.applications,
            format!("to {}", counted(cohort.formations, "formation")),
        ),
        tile("Offers made", offers, format!("in {}", counted(nights.len() as u64, "night"))),
        tile("Candidates with an offer", end.offered, format!("{first_day} on the first day")),
        tile(
            "Candidates with a place",
            seated(end),
            format!("{} for good, {} held", grouped(end.definitive), grouped(end.held)),
        ),
        tile("Commands carried out", accepted, format!("{} refused by the rules", grouped(refused))),
        tile("Mails sent", mails, format!("{} per candidate", ratio(mails, cohort.candidates))),
    ]
}

/// The candidates by where they stand, as parts of one bar.
fn outcomes(cohort: &CohortFigures, end: &EndFigures) -> Vec<Outcome> {
    let known = seated(end).saturating_add(end.waiting);
    let parts = [
        ("definitive", "Place accepted for good", end.definitive),
        ("held", "Place held, waiting for better", end.held),
        ("waiting", "Only on waitlists", end.waiting),
        ("none", "No place, no waitlist", cohort.candidates.saturating_sub(known)),
    ];
    let whole = cohort.candidates.max(known);
    let mut before: u64 = 0;
    let part = |(key, name, count)| {
        let from = 100.0 * share(before, whole);
        before = before.saturating_add(count);
        let wide = hundredth(100.0 * share(before, whole) - from);
        Outcome { key, name, count, percent: percent(count, whole), from: hundredth(from), wide }
    };
    parts.into_iter().map(part).collect()
}

fn beside(line: &Comparison) -> Beside<'_> {
    let scale = if line.unit == "%" { 100.0 } else { HEADROOM * line.here.max(line.published) };
    let at =
        |value: f64| if scale > 0.0 { hundredth((100.0 * value / scale).clamp(0.0, 100.0)) } else { 0.0 };
    Beside {
        figure: line.figure,
        here: figure(line.here, line.unit),
        published: figure(line.published, line.unit),
        source: line.source,
        indicative: line.indicative,
        here_at: at(line.here),
        published_at: at(line.published),
    }
}

fn hundredth(place: f64) -> f64 {
    (place * 100.0).round() / 100.0
}

/// The nights in two sentences.
fn described(nights: &[NightLine]) -> String {
    let (Some(first), Some(last)) = (nights.first(), nights.last()) else {
        return "No night was run.".into();
    };
    let most = nights.iter().rev().max_by_key(|night| night.offers).unwrap_or(first);
    format!(
        "{} from {} to {}: {} in the first, at most {} (on {}), {} in the last. Seats taken: {} after the \
         first, {} after the last.",
        counted(nights.len() as u64, "night"),
        long_day(first.date),
        long_day(last.date),
        counted(first.offers, "offer"),
        grouped(most.offers),
        long_day(most.date),
        grouped(last.offers),
        percent(first.seats_taken, first.seats),
        percent(last.seats_taken, last.seats),
    )
}

/// Writes a day of the report, which comes as `2024-06-04`.
fn written(date: &str, how: fn(Date) -> String) -> Result<String, Error> {
    let wrong = |error| Error::new(ErrorKind::InvalidOperation, "not a day").with_source(error);
    date.parse().map(how).map_err(wrong)
}

fn environment() -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    // A figure that the template names and nobody gave is an error, never an empty cell.
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.add_filter("grouped", grouped);
    environment.add_filter("counted", |count: u64, noun: &str| counted(count, noun));
    environment.add_filter("dollars", dollars);
    environment.add_filter("percent_of", percent);
    environment.add_filter("words", |key: &str| words(key));
    environment.add_filter("day", |date: &str| written(date, day));
    environment.add_filter("long_day", |date: &str| written(date, long_day));
    environment.add_template("report.css", include_str!("../../templates/report.css"))?;
    environment.add_template("macros.html.j2", include_str!("../../templates/macros.html.j2"))?;
    environment.add_template("report.html.j2", include_str!("../../templates/report.html.j2"))?;
    Ok(environment)
}

/// The report as one self-contained page.
///
/// # Errors
///
/// If the template names what the report has not: a fault of the program, not of the run.
pub(crate) fn html(report: &CampaignReport) -> Result<String, minijinja::Error> {
    let totals = Totals::of(&report.nights);
    let drawn = [("wide", WIDE), ("narrow", NARROW)];
    let page = Page {
        report,
        headline: headline(&report.cohort, &report.end),
        tiles: tiles(report, totals.offers),
        charts: drawn.into_iter().filter_map(|(id, width)| Chart::draw(id, width, &report.nights)).collect(),
        described: described(&report.nights),
        outcomes: outcomes(&report.cohort, &report.end),
        caveat: CAVEAT,
        sources: SOURCES,
        comparisons: report.comparisons.iter().map(beside).collect(),
        totals,
    };
    environment()?.get_template("report.html.j2")?.render(Serde(page))
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    const STYLE: &str = include_str!("../../templates/report.css");

    #[test]
    fn the_page_of_a_small_campaign() {
        // Proves what the page holds, to the letter; its style is a file of its own and left out here.
        let page = html(&sample::small()).unwrap();
        insta::assert_snapshot!(page.replace(STYLE, "/* report.css */\n"));
    }

    #[test]
    fn one_report_is_one_page() {
        // Proves that nothing but the report decides the page's bytes.
        for report in [sample::small(), sample::nights(40)] {
            assert_eq!(html(&report).unwrap(), html(&report).unwrap());
        }
    }

    #[test]
    fn a_report_of_nothing_is_a_page() {
        // Proves that no candidate and no night give sentences, not a fault and not a number made up.
        let page = html(&sample::empty()).unwrap();
        for said in ["No candidate was drawn", "No night was run", "No phase was run", "nothing to compare"] {
            assert!(page.contains(said), "{said}");
        }
        for wrong in ["NaN", "inf%", "<svg class=\"drawing", "What was changed"] {
            assert!(!page.contains(wrong), "{wrong}");
        }
    }

    #[test]
    fn any_number_of_nights_is_a_page() {
        // Proves that one night and forty, with zeros among them, are drawn and listed.
        for count in [1, 2, 7, 40] {
            let mut report = sample::nights(count);
            report.nights[0].seats = 0;
            let page = html(&report).unwrap();
            assert_eq!(page.matches("<rect class=\"bar\" x=").count(), 2 * count as usize);
            assert!(!page.contains("NaN") && !page.contains("inf"), "{count}");
        }
    }

    #[test]
    fn what_people_wrote_cannot_become_markup() {
        // Proves that a campaign's name, an override and a reason are text, whatever is in them.
        let mut report = sample::small();
        let hostile = "</title><script>alert('1')</script>";
        report.campaign = hostile.into();
        report.overrides = vec![hostile.into()];
        report.assumed = [(hostile.to_owned(), hostile.to_owned())].into();
        let page = html(&report).unwrap();
        assert!(!page.contains("<script"), "markup came through");
        assert_eq!(page.matches("&lt;script&gt;").count(), 5);
    }

    #[test]
    fn the_page_fetches_nothing_and_runs_nothing() {
        // Proves that the file alone is the whole page.
        let page = html(&sample::small()).unwrap();
        for outside in
            ["http:", "https:", "<link", "<script", "<img", "url(", "@import", "src=", "javascript"]
        {
            assert!(!page.contains(outside), "{outside}");
        }
    }

    #[test]
    fn the_parts_of_the_bar_are_the_whole() {
        // Proves that every candidate is in one part, and that the parts fill the bar without a gap.
        let report = sample::small();
        let parts = outcomes(&report.cohort, &report.end);
        assert_eq!(parts.iter().map(|part| part.count).sum::<u64>(), 2_000);
        let mut edge = 0.0;
        for part in &parts {
            assert!((part.from - edge).abs() < 0.011, "{} begins at {}, not {edge}", part.key, part.from);
            edge = part.from + part.wide;
        }
        assert!((edge - 100.0).abs() < 0.011, "{edge}");
    }

    /// Relative luminance of `#rrggbb`, as WCAG defines it.
    fn luminance(colour: &str) -> f64 {
        let channel = |from: usize| {
            let value = f64::from(u8::from_str_radix(&colour[from..from + 2], 16).unwrap()) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    #[test]
    fn everything_stands_out_in_the_light_and_in_the_dark() {
        // Proves WCAG 2.2, level AA: 4.5 to 1 for text, 3 to 1 for what a picture says.
        let schemes: Vec<&str> = STYLE.split(":root {").skip(1).collect();
        assert_eq!(schemes.len(), 2);
        for scheme in schemes {
            let colour = |name: &str| {
                let at = scheme.find(&format!("--{name}: #")).unwrap() + name.len() + 4;
                luminance(&scheme[at..at + 7])
            };
            let pairs = [
                ("ink", "page", 4.5),
                ("ink", "card", 4.5),
                ("quiet", "page", 4.5),
                ("quiet", "card", 4.5),
                ("accent", "page", 4.5),
                ("bars", "card", 3.0),
                ("bars", "track", 3.0),
                ("curve", "card", 3.0),
                ("curve", "track", 3.0),
            ];
            for (front, ground, least) in pairs {
                let (one, other) = (colour(front), colour(ground));
                let ratio = (one.max(other) + 0.05) / (one.min(other) + 0.05);
                assert!(ratio >= least, "{front} on {ground}: {ratio:.2}");
            }
        }
    }

    #[test]
    fn every_table_and_every_picture_says_what_it_is() {
        // Proves the landmarks that a screen reader needs: one main heading, a caption for each table, a
        // name and a description for each drawing, scopes, the language.
        let page = html(&sample::small()).unwrap();
        let count = |what: &str| page.matches(what).count();
        assert!(page.starts_with("<!doctype html>\n<html lang=\"en\""));
        assert_eq!(count("<h1"), 1);
        assert_eq!(count("<table"), count("<caption"));
        assert_eq!(count("<th "), count("<th scope="));
        assert_eq!(count("<svg class=\"drawing"), count("<desc id="));
        assert_eq!(count("<section"), count("<h2 id="));
    }
}
