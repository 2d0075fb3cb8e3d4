//! `monmaster calendar`: the year's phases, when each job fires, what is assumed. `monmaster validate`: whether a file
//! is a campaign.

use std::path::Path;

use anyhow::{Context as _, Result, anyhow};
use jiff::ToSpan;
use jiff::civil::Date;
use procedure::campaign_file::CampaignError;
use procedure::{calendar, campaign_file};
use schemas::campaign::{Campaign, Days, Phase};
use schemas::formation::Track;
use serde::Serialize;

use crate::{print, print_json};

/// How many next ticks of a job are shown.
const TICKS_SHOWN: usize = 3;

#[derive(Serialize)]
struct Shown<'a> {
    campaign: &'a Campaign,
    nights: Nights,
    jobs: Vec<Job<'a>>,
}

#[derive(Serialize)]
struct Nights {
    /// The first and the last.
    days: Option<Days>,
    /// On which of them students are called.
    students: Vec<Days>,
    /// On which of them seats are given in alternance.
    alternance: Vec<Days>,
}

#[derive(Serialize)]
struct Job<'a> {
    job: &'a str,
    schedule: &'a str,
    /// The first ticks on the opening day of admission, Paris time.
    ticks: Vec<String>,
}

pub(crate) fn run(year: &str, json: bool) -> Result<()> {
    show(&campaign_file::shipped(year)?, json)
}

/// Reads a file as a campaign, and shows what it makes of it.
pub(crate) fn validate(file: &Path, strict: bool, json: bool) -> Result<()> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    // Some errors show the line and point at it: one line is enough here.
    let slip = |error: CampaignError| {
        let said = error.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        anyhow!("{}: {said}", file.display())
    };
    let campaign = campaign_file::read(&text, &toml::Table::new()).map_err(slip)?;
    if strict {
        campaign_file::strict(&campaign).map_err(slip)?;
    }
    show(&campaign, json)
}

fn show(campaign: &Campaign, json: bool) -> Result<()> {
    let nights = Nights {
        days: runs(campaign, calendar::is_night).into_iter().next(),
        students: runs(campaign, |rules, date| calendar::calls_on(rules, Track::Student, date)),
        alternance: runs(campaign, |rules, date| calendar::calls_on(rules, Track::Alternance, date)),
    };
    let jobs = campaign
        .schedules
        .iter()
        .map(|(job, schedule)| Job { job, schedule, ticks: ticks(campaign, job) })
        .collect();
    let shown = Shown { campaign, nights, jobs };
    if json { print_json(&shown) } else { print(text(&shown).trim_end()) }
}

/// The days of the campaign of which something is true, as runs without a gap.
fn runs(campaign: &Campaign, is_true: impl Fn(&Campaign, Date) -> bool) -> Vec<Days> {
    let mut runs: Vec<Days> = Vec::new();
    let Some(whole) = calendar::campaign_days(campaign) else { return runs };
    for date in whole.first.series(1.day()).take_while(|date| *date <= whole.last) {
        if !is_true(campaign, date) {
            continue;
        }
        match runs.last_mut().filter(|run| run.last.tomorrow().is_ok_and(|next| next == date)) {
            Some(run) => run.last = date,
            None => runs.push(Days { first: date, last: date }),
        }
    }
    runs
}

fn ticks(campaign: &Campaign, job: &str) -> Vec<String> {
    let opening = campaign.phases.get(&Phase::Admission).map(|days| calendar::start_of(days.first));
    let mut from = opening;
    let mut ticks = Vec::new();
    while let Some(tick) = from.and_then(|from| jobs::schedule::next_tick(campaign, job, from)) {
        ticks.push(calendar::civil(tick).strftime("%Y-%m-%d %H:%M").to_string());
        from = tick.checked_add(1.second()).ok().filter(|_| ticks.len() < TICKS_SHOWN);
    }
    ticks
}

/// The windows and days beside the phases, each with the key that gives it.
fn own_windows(campaign: &Campaign) -> Vec<String> {
    let ordering = campaign
        .preference_ordering
        .filter(|own| campaign.phases.get(&Phase::ComplementaryApplication) != Some(own));
    let several = [
        ("preference_ordering", ordering.into_iter().collect::<Vec<Days>>()),
        ("alternance_examination", campaign.alternance.examination.into_iter().collect()),
        ("vacancy_signals", campaign.vacancy_signals.clone()),
    ];
    let days = [
        ("alternance_results_from", Some(campaign.alternance.results_from)),
        ("alternance_offers_from", Some(campaign.alternance.offers_from)),
        ("alternance_end", campaign.alternance.end),
    ];
    let several = several.into_iter().flat_map(|(key, all)| {
        all.into_iter().map(move |days| (key, format!("{} to {}", days.first, days.last)))
    });
    let days = days.into_iter().filter_map(|(key, day)| Some((key, day?.to_string())));
    several
        .chain(days)
        .map(|(key, when)| {
            let mark = if campaign.assumed.contains_key(key) { "  (assumed)" } else { "" };
            format!("  {key:<26} {when}{mark}")
        })
        .collect()
}

fn text(shown: &Shown<'_>) -> String {
    let campaign = shown.campaign;
    let mut lines = vec![
        format!("Campaign {} (times are Paris; a last day ends at 23:59)", campaign.year),
        String::new(),
    ];
    for (phase, days) in &campaign.phases {
        let mark = if campaign.assumed.contains_key(phase.key()) { "  (assumed)" } else { "" };
        lines.push(format!("  {:<26} {} to {}{mark}", phase.key(), days.first, days.last));
    }
    lines.extend(own_windows(campaign));
    if let Some(Days { first, last }) = shown.nights.days {
        let said = |runs: &[Days]| {
            runs.iter().map(|run| format!("{} to {}", run.first, run.last)).collect::<Vec<_>>().join(", ")
        };
        lines.push(String::new());
        lines.push(format!(
            "Nights from {first} to {last}: gate closed at {}, published at {}, given up at {}",
            campaign.night_start.strftime("%H:%M"),
            campaign.publish.strftime("%H:%M"),
            campaign.gate_latest.strftime("%H:%M")
        ));
        lines.push(format!("  students are called from {}", said(&shown.nights.students)));
        lines.push(format!("  seats of alternance are given from {}", said(&shown.nights.alternance)));
        lines.push(format!(
            "Offers that came before {} are due on that day at 23:59, later ones the day after they came (R34)",
            campaign.initial_deadline
        ));
    }
    lines.push(String::new());
    lines.push("Jobs, with their first ticks on the opening day:".into());
    for job in &shown.jobs {
        lines.push(format!("  {:<18} {:<16} {}", job.job, job.schedule, job.ticks.join(", ")));
    }
    if !campaign.assumed.is_empty() {
        lines.push(String::new());
        lines.push("Assumed, since no text gives it:".into());
        for (key, why) in &campaign.assumed {
            lines.push(format!("  {key}: {why}"));
        }
    }
    lines.join("\n")
}
