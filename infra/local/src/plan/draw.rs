//! `monmaster night draw`: a night of any size, as CSV for `monmaster plan`.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Args, Parser};
use samplers::night::{NATIONAL_CANDIDATES, NATIONAL_FORMATIONS, NightSpec};

use super::{Mode, write};
use crate::print;
use crate::report::grouped;

/// Which night to draw.
#[derive(Debug, Args)]
pub(crate) struct DrawnOptions {
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
}

impl DrawnOptions {
    /// The night to draw.
    pub(crate) fn spec(&self) -> Result<NightSpec> {
        let times =
            |nation: u32| nation.checked_mul(self.times).context("too many times the nation: give fewer");
        Ok(NightSpec {
            seed: self.seed,
            mode: self.mode.into(),
            formations: self.formations.map_or_else(|| times(NATIONAL_FORMATIONS), Ok)?,
            candidates: self.candidates.map_or_else(|| times(NATIONAL_CANDIDATES), Ok)?,
        })
    }
}

#[derive(Debug, Parser)]
pub(crate) struct DrawOptions {
    #[command(flatten)]
    pub(crate) drawn: DrawnOptions,
    /// Where to leave formations.csv and applications.csv
    #[arg(long)]
    pub(crate) out: PathBuf,
}

pub(crate) fn run(options: &DrawOptions) -> Result<()> {
    let spec = options.drawn.spec()?;
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
