//! `monmaster night draw`: a night of any size, as CSV for `monmaster plan`.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Parser;
use samplers::night::{NATIONAL_CANDIDATES, NATIONAL_FORMATIONS, NightSpec};

use super::{Mode, write};
use crate::print;
use crate::report::grouped;

#[derive(Debug, Parser)]
pub(crate) struct DrawOptions {
    /// What an offer of this night will do: it decides which states may stand beside one another
    #[arg(long, value_enum)]
    pub(crate) mode: Mode,
    /// How many times the nation: 8,000 formations, 200,000 candidates, 2.65 million applications
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) times: u32,
    /// How many candidates instead
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=20_000_000))]
    pub(crate) candidates: Option<u32>,
    /// How many formations instead
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=800_000))]
    pub(crate) formations: Option<u32>,
    /// The seed of every draw
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Where to leave formations.csv and applications.csv
    #[arg(long)]
    pub(crate) out: PathBuf,
}

pub(crate) fn run(options: &DrawOptions) -> Result<()> {
    let times =
        |nation: u32| nation.checked_mul(options.times).context("too many times the nation: give fewer");
    let spec = NightSpec {
        seed: options.seed,
        mode: options.mode.into(),
        formations: options.formations.map_or_else(|| times(NATIONAL_FORMATIONS), Ok)?,
        candidates: options.candidates.map_or_else(|| times(NATIONAL_CANDIDATES), Ok)?,
    };
    let night = samplers::night::draw(&spec);
    write::drawn(&night, &options.out)?;
    print(&format!(
        "{} formations with {} seats, {} candidates, {} applications: {}",
        grouped(u64::from(spec.formations)),
        grouped(night.seats.iter().map(|seats| u64::from(*seats)).sum()),
        grouped(u64::from(spec.candidates)),
        grouped(night.rows.len() as u64),
        options.out.display()
    ))
}
