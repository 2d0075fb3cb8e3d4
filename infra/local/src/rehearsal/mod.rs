//! `monmaster night rehearse`: a drawn night of any size through the very job, on a store in memory: how long each step
//! takes, and what DynamoDB would charge for it.

mod charged;
mod nation;
mod spans;

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use clap::Parser;
use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{CellAlignment, Table};
use indicatif::ProgressBar;
use jiff::civil::Date;
use jobs::context::TOKEN_KEY_BYTES;
use jobs::night::NightReport;
use jobs::{Context, Settings};
use platform::clock::VirtualClock;
use platform::memory::{DirectReader, MemoryMailer, MemoryObjects, MemoryStore, MemoryUploads};
use platform::{Platform, Store};
use procedure::calendar;
use samplers::night::DrawnNight;
use schemas::night::NightStatus;
use schemas::{Campaign, NightMode};
use serde::Serialize;

use crate::plan::DrawnOptions;
use crate::report::{READ_DOLLARS_PER_MILLION, WRITE_DOLLARS_PER_MILLION, grouped};
use crate::{print, print_json};
use charged::{ChargedStore, Charges};
use spans::Spans;

/// In how many segments the table is read and the plan applied: several for each core.
const SEGMENTS: u32 = 16;
/// How many candidates a sweep has in hand at once: nothing here waits for a network.
const CONCURRENCY: usize = 16;
/// Write units a second that a new on-demand table takes, and one that was warmed for ten times as many.
const WRITE_RATES: [u64; 2] = [4_000, 40_000];

/// The steps of a night, in their order.
const STEPS: [&str; 7] = ["snapshot", "plan", "verify", "put_plan", "apply", "publish", "positions"];

#[derive(Debug, Parser)]
pub(crate) struct RehearseOptions {
    #[command(flatten)]
    pub(crate) drawn: DrawnOptions,
    /// Whose calendar and settings
    #[arg(long, default_value = "2024")]
    pub(crate) campaign: String,
    /// How often the night is timed; the medians are shown
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) runs: u32,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What a rehearsal found.
#[derive(Debug, Serialize)]
struct Rehearsal {
    date: Date,
    mode: NightMode,
    formations: usize,
    candidates: u32,
    applications: usize,
    offers: u64,
    candidates_changed: u64,
    /// Seconds of each step, medians of the runs.
    seconds: BTreeMap<&'static str, f64>,
    charges: Charges,
    dollars: f64,
}

pub(crate) async fn run(options: &RehearseOptions) -> Result<()> {
    let spans = Spans::default();
    tracing::subscriber::set_global_default(spans.clone()).context("the steps cannot be timed")?;
    let mode = options.drawn.mode.into();
    let rules = procedure::campaign_file::shipped(&options.campaign)?;
    let date = nation::date_of(&rules, mode)?;
    let spec = options.drawn.spec()?;
    let drawn = samplers::night::draw(&spec);
    let progress = ProgressBar::new(u64::from(options.runs) + 1).with_message("nights");
    let mut timed: BTreeMap<&'static str, Vec<f64>> = BTreeMap::new();
    for _ in 0..options.runs {
        let store = Arc::new(MemoryStore::new());
        nation::put(store.as_ref(), &drawn, mode, &rules, date).await?;
        spans.take();
        night(store, &rules, date).await?;
        let mut seconds = spans.take();
        // The verifier runs with the planner, in one span around both.
        let both = seconds.remove("plan_and_verify").unwrap_or_default();
        seconds.insert("verify", both - seconds.get("plan").copied().unwrap_or_default());
        for (step, seconds) in seconds {
            timed.entry(step).or_default().push(seconds);
        }
        progress.inc(1);
    }
    let (report, charges) = charge(&drawn, mode, &rules, date).await?;
    progress.finish_and_clear();
    let rehearsal = Rehearsal {
        date,
        mode,
        formations: drawn.seats.len(),
        candidates: spec.candidates,
        applications: drawn.rows.len(),
        offers: report.counts.offers,
        candidates_changed: report.counts.candidates,
        seconds: timed.into_iter().map(|(step, seconds)| (step, median(seconds))).collect(),
        charges,
        dollars: (charges.write_units as f64 * WRITE_DOLLARS_PER_MILLION
            + charges.read_units * READ_DOLLARS_PER_MILLION)
            / 1e6,
    };
    if options.json { print_json(&rehearsal) } else { print(&said(&rehearsal, options.runs)) }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// The same night once more, counted: counting takes time, so it is not timed.
async fn charge(
    drawn: &DrawnNight,
    mode: NightMode,
    rules: &Campaign,
    date: Date,
) -> Result<(NightReport, Charges)> {
    let store = Arc::new(MemoryStore::new());
    nation::put(store.as_ref(), drawn, mode, rules, date).await?;
    let charged = Arc::new(ChargedStore::new(store));
    let report = night(Arc::clone(&charged), rules, date).await?;
    Ok((report, charged.charges()))
}

/// The night of a date from its start to its publication.
async fn night<S: Store + 'static>(store: Arc<S>, rules: &Campaign, date: Date) -> Result<NightReport> {
    let clock = Arc::new(VirtualClock::at(calendar::night_start(rules, date)));
    let platform = Platform {
        store,
        objects: Arc::new(MemoryObjects::default()),
        uploads: Arc::new(MemoryUploads::default()),
        reader: Arc::new(DirectReader(jobs::reading::read)),
        mailer: Arc::new(MemoryMailer::default()),
        clock: Arc::clone(&clock) as Arc<dyn platform::Clock>,
    };
    let settings = Settings {
        rules: rules.clone(),
        site: "https://monmaster.example".into(),
        sender: "Mon Master <ne-pas-repondre@monmaster.example>".into(),
        stage: "rehearsal".into(),
        operator: Some("operator@example.org".into()),
        token_key: [0; TOKEN_KEY_BYTES],
        concurrency: CONCURRENCY,
        segments: SEGMENTS,
    };
    let context = Context::new(platform, Arc::new(settings));
    jobs::night::run(&context).await?;
    clock.advance_to(calendar::publication(rules, date));
    let report = jobs::night::run(&context).await?;
    if report.status != Some(NightStatus::Published) {
        bail!("the night of {date} was not published, but is {:?}", report.status);
    }
    Ok(report)
}

fn said(rehearsal: &Rehearsal, runs: u32) -> String {
    let charges = &rehearsal.charges;
    let mut steps = Table::new();
    steps.load_style(UTF8_HORIZONTAL_ONLY).set_header(["step", "seconds"]);
    for step in STEPS {
        let seconds = rehearsal.seconds.get(step).copied().unwrap_or_default();
        steps.add_row([step.to_owned(), format!("{seconds:.3}")]);
    }
    if let Some(column) = steps.column_mut(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let changed = charges.candidates.max(1) as f64;
    let rates = WRITE_RATES.map(|rate| {
        format!("{:.1} s at {} write units a second", charges.write_units as f64 / rate as f64, grouped(rate))
    });
    format!(
        "The night of {}, {:?}: {} formations, {} candidates, {} applications; {} offers, {} candidates changed\n\
         {steps}\n\
         Medians of {runs} runs on a store in memory.\n\
         On DynamoDB: {} requests, {} read units, {} write units, {:.3} dollars in Paris; of each candidate changed {:.1} \
         write units; {}",
        rehearsal.date,
        rehearsal.mode,
        grouped(rehearsal.formations as u64),
        grouped(u64::from(rehearsal.candidates)),
        grouped(rehearsal.applications as u64),
        grouped(rehearsal.offers),
        grouped(rehearsal.candidates_changed),
        grouped(charges.requests),
        grouped(charges.read_units as u64),
        grouped(charges.write_units),
        rehearsal.dollars,
        charges.candidate_write_units as f64 / changed,
        rates.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use platform::embedded::Embedded;
    use samplers::night::NightSpec;

    /// The store in memory charges what the engine charges that speaks DynamoDB's protocol, to the unit, for a whole
    /// night; and the night's requests are the same.
    #[tokio::test]
    async fn charges_are_the_services() {
        let rules = procedure::campaign_file::shipped("2024").unwrap();
        for mode in [NightMode::Main, NightMode::Complementary, NightMode::Withdrawals] {
            let drawn = samplers::night::draw(&NightSpec { seed: 1, mode, formations: 12, candidates: 250 });
            let date = nation::date_of(&rules, mode).unwrap();
            let (report, charges) = charge(&drawn, mode, &rules, date).await.unwrap();
            assert!(report.counts.offers > 10, "{report:?}");
            let engine = Embedded::memory().unwrap();
            let store = Arc::new(engine.store("rehearsal-").await.unwrap());
            nation::put(store.as_ref(), &drawn, mode, &rules, date).await.unwrap();
            let before = store.units();
            let same = night(Arc::clone(&store), &rules, date).await.unwrap();
            assert_eq!(same.counts, report.counts);
            let after = store.units();
            assert_eq!((after.write - before.write).round() as u64, charges.write_units, "{mode:?}");
            assert!(charges.read_units > 0.0 && after.read > before.read);
        }
    }
}
