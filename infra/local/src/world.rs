//! The world of the local command: a folder with a store, objects and mails, and a clock that obeys.
//!
//! | in the folder | what |
//! |---|---|
//! | `run.json` | what was drawn and under which rules; the time at which it stopped, and whether it came to its end |
//! | `store/` | both tables, one item a line |
//! | `objects/` | plans, rankings, the applications handed to formations |
//! | `mails/` | every mail, as `.eml` |
//! | `report.html`, `report.json` | the figures |

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;
use jobs::context::TOKEN_KEY_BYTES;
use jobs::{Context, Settings};
use platform::Platform;
use platform::clock::VirtualClock;
use platform::folder::{FolderMailer, FolderObjects};
use platform::memory::MemoryStore;
use procedure::{calendar, campaign_file};
use schemas::Campaign;
use schemas::campaign::Phase;
use serde::{Deserialize, Serialize};

/// How many candidates a sweep has in hand at once: a few for each core, since nothing here waits for a network.
const CONCURRENCY: usize = 16;

/// The file that makes a folder one of a run.
const RUN: &str = "run.json";

/// What a run leaves in its folder beside it.
const LEFT: [&str; 5] = ["store", "objects", "mails", "report.html", "report.json"];

/// What was drawn and under which rules.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) campaign: String,
    /// Settings that replace the campaign file's, as a TOML text.
    pub(crate) overrides: String,
    pub(crate) candidates: u32,
    pub(crate) formations: Option<u32>,
    pub(crate) seed: u64,
    /// The time at which it stopped.
    pub(crate) clock: Timestamp,
    /// Whether it came to its end: one that was killed leaves no store.
    pub(crate) finished: bool,
}

impl Run {
    pub(crate) fn rules(&self) -> Result<Campaign> {
        let overrides: toml::Table = self.overrides.parse().context("the overrides are not TOML")?;
        Ok(campaign_file::read(campaign_file::shipped_text(&self.campaign)?, &overrides)?)
    }

    fn save(&self, dir: &Path) -> Result<()> {
        write(dir, RUN, &serde_json::to_string_pretty(self)?)
    }
}

/// The first instant of a campaign: the day on which the catalogue opens.
pub(crate) fn beginning(rules: &Campaign) -> Timestamp {
    rules.phases.get(&Phase::Catalogue).map_or(Timestamp::UNIX_EPOCH, |days| calendar::start_of(days.first))
}

pub(crate) struct World {
    pub(crate) context: Context,
    pub(crate) clock: Arc<VirtualClock>,
    pub(crate) mailer: Arc<FolderMailer>,
    pub(crate) dir: PathBuf,
    pub(crate) run: Run,
    store: Arc<MemoryStore>,
}

impl World {
    /// A new world in a folder that is new, empty, or holds an earlier run, which it replaces.
    pub(crate) fn create(dir: &Path, run: Run) -> Result<Self> {
        prepare(dir, &run).with_context(|| {
            format!("cannot leave a campaign in {}; name another folder with --out", dir.display())
        })?;
        Self::over(dir, run, MemoryStore::new())
    }

    /// The world that a run left in a folder.
    pub(crate) fn open(dir: &Path) -> Result<Self> {
        let path = dir.join(RUN);
        let remedy = format!("run `monmaster campaign --out {}`", dir.display());
        let text = match std::fs::read_to_string(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                bail!("{} is not there; {remedy} first", path.display());
            }
            read => read.with_context(|| {
                format!("cannot read {}; name the folder of a campaign with --out", path.display())
            })?,
        };
        let run: Run = serde_json::from_str(&text)
            .with_context(|| format!("{} is not what a run leaves; {remedy} again", path.display()))?;
        if !run.finished {
            bail!("the run in {} was not finished; {remedy} again", dir.display());
        }
        let store = MemoryStore::load(&dir.join("store"))?;
        Self::over(dir, run, store)
    }

    fn over(dir: &Path, run: Run, store: MemoryStore) -> Result<Self> {
        let rules = run.rules()?;
        let store = Arc::new(store);
        let clock = Arc::new(VirtualClock::at(run.clock));
        let mailer = Arc::new(FolderMailer::new(dir.join("mails")));
        let platform = Platform {
            store: Arc::clone(&store) as Arc<dyn platform::Store>,
            objects: Arc::new(FolderObjects::new(dir.join("objects"))),
            mailer: Arc::clone(&mailer) as Arc<dyn platform::Mailer>,
            clock: Arc::clone(&clock) as Arc<dyn platform::Clock>,
        };
        let settings = Settings {
            rules,
            site: "https://monmaster.example".into(),
            sender: "Mon Master <ne-pas-repondre@monmaster.example>".into(),
            stage: "local".into(),
            token_key: token_key(run.seed),
            concurrency: CONCURRENCY,
        };
        let context = Context { platform, settings: Arc::new(settings) };
        Ok(Self { context, clock, mailer, dir: dir.to_owned(), run, store })
    }

    /// Writes the store, then the time at which it stands and that it is whole.
    pub(crate) fn save(&mut self) -> Result<()> {
        let folder = self.dir.join("store");
        self.store
            .save(&folder)
            .with_context(|| format!("cannot write the store to {}", folder.display()))?;
        self.run.clock = self.context.now();
        self.run.finished = true;
        self.run.save(&self.dir)
    }

    /// Writes a file of the folder.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<()> {
        write(&self.dir, name, text)
    }

    /// Transactions written so far.
    pub(crate) fn commits(&self) -> u64 {
        self.store.commits()
    }
}

/// Makes a folder a run's own. That the run is not finished is written first, then what an earlier one left goes.
fn prepare(dir: &Path, run: &Run) -> Result<()> {
    match std::fs::read_dir(dir) {
        Err(error) if error.kind() == ErrorKind::NotFound => std::fs::create_dir_all(dir)?,
        Err(error) => return Err(error.into()),
        Ok(mut entries) => {
            if !dir.join(RUN).exists() && entries.next().is_some() {
                bail!("it holds something else than a run of this command");
            }
        }
    }
    run.save(dir)?;
    for name in LEFT {
        let path = dir.join(name);
        let removed =
            if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
        match removed {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot clear {}", path.display()));
            }
            _ => {}
        }
    }
    Ok(())
}

fn write(dir: &Path, name: &str, text: &str) -> Result<()> {
    let path = dir.join(name);
    std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// The key of links for a drawn cohort: derived from the seed, so that two runs leave the same mails. A real
/// platform's key is a secret.
fn token_key(seed: u64) -> [u8; TOKEN_KEY_BYTES] {
    let digest = procedure::digest::of(format!("links of the drawn cohort {seed}").as_bytes());
    let mut key = [0; TOKEN_KEY_BYTES];
    for (slot, byte) in key.iter_mut().zip(digest.bytes()) {
        *slot = byte;
    }
    key
}
