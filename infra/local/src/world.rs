//! The world of the local command: a folder with a store, objects and mails, and a clock that obeys.
//!
//! | in the folder | what |
//! |---|---|
//! | `run.json` | what was drawn and under which rules; the time at which it stopped |
//! | `store/` | both tables, one item a line |
//! | `objects/` | plans, rankings, the applications handed to formations |
//! | `mails/` | every mail, as `.eml` |
//! | `report.html`, `report.json` | the figures |

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;
use jobs::context::TOKEN_KEY_BYTES;
use jobs::{Context, Settings};
use platform::clock::VirtualClock;
use platform::folder::{FolderMailer, FolderObjects};
use platform::memory::MemoryStore;
use platform::{Platform, Store};
use procedure::{calendar, campaign_file};
use schemas::Campaign;
use schemas::campaign::Phase;
use serde::{Deserialize, Serialize};

use crate::counted::CountedStore;

/// How many candidates a sweep has in hand at once: a few for each core, since nothing here waits for a network.
const CONCURRENCY: usize = 16;

/// What a run leaves in its folder, beside `run.json`.
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
}

impl Run {
    pub(crate) fn rules(&self) -> Result<Campaign> {
        let overrides: toml::Table = self.overrides.parse().context("the overrides are not TOML")?;
        Ok(campaign_file::read(campaign_file::shipped_text(&self.campaign)?, &overrides)?)
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
    memory: Arc<MemoryStore>,
    counted: Arc<CountedStore>,
}

impl World {
    /// A new world in a folder that is new, empty, or holds an earlier run, which it replaces.
    pub(crate) fn create(dir: &Path, run: Run) -> Result<Self> {
        if dir.join("run.json").exists() {
            for name in LEFT {
                let path = dir.join(name);
                let removed =
                    if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
                match removed {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                        return Err(error).with_context(|| format!("cannot clear {}", path.display()));
                    }
                    _ => {}
                }
            }
        } else if dir.exists() && std::fs::read_dir(dir)?.next().is_some() {
            bail!(
                "{} holds something else than a run of this command; name another folder with --out",
                dir.display()
            );
        }
        std::fs::create_dir_all(dir).with_context(|| format!("cannot make the folder {}", dir.display()))?;
        let world = Self::over(dir, run, MemoryStore::new())?;
        world.save_run()?;
        Ok(world)
    }

    /// The world that a run left in a folder.
    pub(crate) fn open(dir: &Path) -> Result<Self> {
        let path = dir.join("run.json");
        let text = std::fs::read_to_string(&path).with_context(|| {
            format!("{} is not there; run `monmaster campaign --out {}` first", path.display(), dir.display())
        })?;
        let run: Run = serde_json::from_str(&text)
            .with_context(|| format!("{} cannot be read; run the campaign again", path.display()))?;
        let store = MemoryStore::load(&dir.join("store"))?;
        Self::over(dir, run, store)
    }

    fn over(dir: &Path, run: Run, store: MemoryStore) -> Result<Self> {
        let rules = run.rules()?;
        let memory = Arc::new(store);
        let counted = Arc::new(CountedStore::new(Arc::clone(&memory) as Arc<dyn Store>));
        let clock = Arc::new(VirtualClock::at(run.clock));
        let mailer = Arc::new(FolderMailer::new(dir.join("mails")));
        let platform = Platform {
            store: Arc::clone(&counted) as Arc<dyn Store>,
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
        Ok(Self { context, clock, mailer, dir: dir.to_owned(), run, memory, counted })
    }

    /// Writes the store and the time at which it stands.
    pub(crate) fn save(&mut self) -> Result<()> {
        let store = self.dir.join("store");
        self.memory.save(&store).with_context(|| format!("cannot write the store to {}", store.display()))?;
        self.run.clock = self.context.now();
        self.save_run()
    }

    fn save_run(&self) -> Result<()> {
        self.write("run.json", &serde_json::to_string_pretty(&self.run)?)
    }

    /// Writes a file of the folder.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<()> {
        let path = self.dir.join(name);
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
    }

    /// Transactions written so far.
    pub(crate) fn commits(&self) -> u64 {
        self.counted.commits()
    }
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
