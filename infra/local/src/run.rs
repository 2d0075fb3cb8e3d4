//! The file `run.json`: which run a folder holds, and how far it is.

use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context as _, Result};
use clap::ValueEnum;
use jiff::Timestamp;
use procedure::campaign_file;
use schemas::Campaign;
use serde::{Deserialize, Serialize};

use crate::cost::Cost;

/// The file that makes a folder one of a run.
const FILE: &str = "run.json";

/// Where it is written before it takes its name: a process that is killed leaves the old one or the new one.
const UNFINISHED: &str = ".unfinished-run.json";

/// Where the store lives while a campaign runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StoreKind {
    /// On a file: what was done survives the process, however it ends
    File,
    /// In memory, written to the file at the end: faster, and lost if the process ends before
    Memory,
}

/// What a folder holds of its run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stage {
    /// An earlier run may still lie there: the folder is being cleared.
    Clearing,
    /// The run is under way, or was cut off.
    Running,
    /// It came to its end.
    Finished,
}

/// What was drawn, under which rules, and how far it is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Run {
    #[serde(flatten)]
    pub(crate) drawn: Drawn,
    pub(crate) stage: Stage,
    /// How many steps of the campaign are done, each with all that it owes.
    pub(crate) steps: u64,
    /// The time at which it stands.
    pub(crate) clock: Timestamp,
    /// What its transactions cost so far.
    pub(crate) cost: Cost,
}

/// What makes two runs the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Drawn {
    pub(crate) campaign: String,
    /// Settings that replace the campaign file's, as a TOML text.
    pub(crate) overrides: String,
    /// The digest of the rules that both make.
    pub(crate) rules: String,
    pub(crate) candidates: u32,
    pub(crate) formations: Option<u32>,
    pub(crate) seed: u64,
    pub(crate) store: StoreKind,
    /// The version of the program.
    pub(crate) version: String,
}

impl Drawn {
    /// The rules of this campaign with these settings.
    pub(crate) fn rules(campaign: &str, overrides: &str) -> Result<Campaign> {
        let overrides: toml::Table = overrides.parse().context("the overrides are not TOML")?;
        Ok(campaign_file::read(campaign_file::shipped_text(campaign)?, &overrides)?)
    }
}

impl Run {
    /// A run of which nothing is done, from this instant on.
    pub(crate) fn new(drawn: Drawn, clock: Timestamp) -> Self {
        Self { drawn, stage: Stage::Clearing, steps: 0, clock, cost: Cost::default() }
    }

    /// The run of a folder, if there is one; an error if its file cannot be read as one.
    pub(crate) fn read(dir: &Path) -> Result<Option<Self>> {
        let path = dir.join(FILE);
        let text = match std::fs::read_to_string(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            read => read.with_context(|| {
                format!("cannot read {}; name the folder of a campaign with --out", path.display())
            })?,
        };
        serde_json::from_str(&text).map(Some).with_context(|| {
            format!(
                "{} is not what a run leaves; run `monmaster campaign --out {}` again",
                path.display(),
                dir.display()
            )
        })
    }

    /// Whether a folder holds a run, readable or not.
    pub(crate) fn is_in(dir: &Path) -> bool {
        dir.join(FILE).exists()
    }

    /// Writes the file, whole or not at all.
    pub(crate) fn save(&self, dir: &Path) -> Result<()> {
        let (path, unfinished) = (dir.join(FILE), dir.join(UNFINISHED));
        std::fs::write(&unfinished, serde_json::to_string_pretty(self)?)
            .and_then(|()| std::fs::rename(&unfinished, &path))
            .with_context(|| format!("cannot write {}", path.display()))
    }
}
