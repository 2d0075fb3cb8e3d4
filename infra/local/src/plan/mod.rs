//! `monmaster plan`: plans and verifies one night from CSV files, without a store or a calendar. `monmaster night draw`
//! draws such a night.

mod checks;
mod draw;
mod read;
mod write;

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::{Parser, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use procedure::night::{Advancement, Snapshot, advance, verify_rows};
use schemas::NightMode;
use serde::Serialize;

use crate::report::grouped;
use crate::stopwatch::{Stopwatch, peak_mib};
use crate::{print, print_json};

pub(crate) use draw::{DrawOptions, run as draw};

/// How many breaches of a plan are shown.
const BREACHES_SHOWN: usize = 20;

/// What an offer does, as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    /// Several offers to one candidate, and nothing is lost
    Main,
    /// An offer is accepted at once and ends what is ordered lower, the offer held included
    Complementary,
    /// An offer ends the placements ordered lower; earlier offers stay
    Withdrawals,
}

impl From<Mode> for NightMode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Main => Self::Main,
            Mode::Complementary => Self::Complementary,
            Mode::Withdrawals => Self::Withdrawals,
        }
    }
}

#[derive(Debug, Parser)]
pub(crate) struct PlanOptions {
    /// A folder with formations.csv (formation,seats) and applications.csv (candidate,formation,rank,preference,state)
    #[arg(long)]
    pub(crate) night: PathBuf,
    /// What an offer of this night does
    #[arg(long, value_enum)]
    pub(crate) mode: Mode,
    /// Where to leave offers.csv and lost.csv
    #[arg(long, default_value = "out")]
    pub(crate) out: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What a night came to, and how long each step took, in seconds.
#[derive(Debug, Serialize)]
struct Report {
    formations: usize,
    candidates: usize,
    applications: usize,
    offers: usize,
    lost: usize,
    read_seconds: f64,
    check_seconds: f64,
    plan_seconds: f64,
    verify_seconds: f64,
    write_seconds: f64,
    total_seconds: f64,
    peak_mib: Option<u64>,
}

pub(crate) fn run(options: &PlanOptions) -> Result<()> {
    let mode = options.mode.into();
    let whole = Stopwatch::start();
    let progress = progress_bar();
    let (snapshot, read_seconds) = timed(|| read::night(&options.night, mode, &progress));
    let snapshot = snapshot?;
    let applications = read::Source::applications(&options.night);
    let (checked, check_seconds) = timed(|| checks::run(&snapshot, mode, &applications));
    checked?;
    let (night, plan_seconds) = timed(|| advance(&snapshot, mode));
    let (verified, verify_seconds) = timed(|| verified(&snapshot, &night, mode));
    verified?;
    let (written, write_seconds) = timed(|| write::run(&snapshot, &night, &options.out));
    written?;
    let report = Report {
        formations: snapshot.formations.len(),
        candidates: snapshot.candidates.len(),
        applications: snapshot.rows.len(),
        offers: night.offers.len(),
        lost: night.lost.len(),
        read_seconds,
        check_seconds,
        plan_seconds,
        verify_seconds,
        write_seconds,
        total_seconds: whole.seconds(),
        peak_mib: peak_mib(),
    };
    if options.json { print_json(&report) } else { print(&said(&report, &options.out)) }
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let watch = Stopwatch::start();
    let done = work();
    (done, watch.seconds())
}

fn progress_bar() -> ProgressBar {
    let style = ProgressStyle::with_template("reading {bar:30} {bytes} of {total_bytes}, {eta}");
    let bar = ProgressBar::no_length();
    style.map_or_else(|_| bar.clone(), |style| bar.clone().with_style(style))
}

/// A plan that breaks the law is never written.
fn verified(snapshot: &Snapshot, night: &Advancement, mode: NightMode) -> Result<()> {
    let breaches = verify_rows(snapshot, night, mode, true);
    if breaches.is_empty() {
        return Ok(());
    }
    let shown: Vec<String> = breaches.iter().take(BREACHES_SHOWN).map(ToString::to_string).collect();
    bail!(
        "the plan breaks {} properties and was not written: {}; keep the two files, they show a fault of the planner",
        breaches.len(),
        shown.join("; ")
    )
}

fn said(report: &Report, out: &Path) -> String {
    let count = |number: usize| grouped(number as u64);
    let memory = report.peak_mib.map_or_else(String::new, |mib| format!(", {mib} MiB at the most"));
    format!(
        "{} formations, {} candidates, {} applications\n\
         {} offers and {} lost, in {} and lost.csv beside it\n\
         read {:.3} s, checked {:.3} s, planned {:.3} s, verified {:.3} s, written {:.3} s: {:.3} s in all{memory}",
        count(report.formations),
        count(report.candidates),
        count(report.applications),
        count(report.offers),
        count(report.lost),
        out.join("offers.csv").display(),
        report.read_seconds,
        report.check_seconds,
        report.plan_seconds,
        report.verify_seconds,
        report.write_seconds,
        report.total_seconds,
    )
}
