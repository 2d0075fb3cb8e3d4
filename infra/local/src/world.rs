//! The world of the local command: a folder with a store, objects and mails, and a clock that obeys.
//!
//! | in the folder | what |
//! |---|---|
//! | `run.json` | what was drawn and under which rules; how far it is |
//! | `store/monmaster.db` | both tables, in the embedded engine's file; `monmaster dump` prints them |
//! | `objects/` | plans, rankings, positions, the applications handed to formations, the admissions to establishments |
//! | `uploads/` | what people send: whatever is copied there has arrived |
//! | `mails/` | every mail, as `.eml` |
//! | `report.html`, `report.json` | the figures |
//! | `.lock` | held by the process that is at work there |

use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow, bail};
use jiff::Timestamp;
use jobs::context::TOKEN_KEY_BYTES;
use jobs::{Context, Settings, mail_dispatch};
use platform::Platform;
use platform::clock::VirtualClock;
use platform::embedded::Embedded;
use platform::folder::{FolderMailer, FolderObjects, FolderUploads, discard_unfinished};
use platform::guard::GuardedReader;
use procedure::calendar;
use schemas::Campaign;
use schemas::campaign::Phase;

use crate::cost::{Cost, MeteredStore};
use crate::run::{Drawn, Run, Stage, StoreKind};

/// How many candidates a sweep has in hand at once: a few for each core, since nothing here waits for a network.
const CONCURRENCY: usize = 16;

/// The embedded engine answers one at a time, and goes through the whole table for each page of a part of it.
const SEGMENTS: u32 = 1;

/// What the names of the tables begin with.
const TABLE_PREFIX: &str = "monmaster-";

/// The folder of the store.
const STORE: &str = "store";

/// The engine's file.
const DATABASE: &str = "store/monmaster.db";

/// Where a store in memory is written before it takes its name.
const DATABASE_UNFINISHED: &str = "store/.unfinished-monmaster.db";

/// What keeps a second process out.
const LOCK: &str = ".lock";

/// What a run leaves in its folder beside `run.json`.
const LEFT: [&str; 5] = [STORE, "objects", "mails", "report.html", "report.json"];

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
    /// Whether it goes on where a process was cut off.
    pub(crate) goes_on: bool,
    store: Arc<MeteredStore>,
    engine: Embedded,
    /// Whoever holds it is the only process at work in the folder; the system takes it back however that ends.
    _lock: File,
}

impl World {
    /// The world of a campaign. In a folder that holds the same one, cut off, it goes on where that stopped; a new
    /// or empty folder, or one that holds any other run, which is replaced, gives a new world.
    pub(crate) async fn begin(dir: &Path, drawn: Drawn, rules: Campaign) -> Result<Self> {
        let refused =
            || format!("cannot leave a campaign in {}; name another folder with --out", dir.display());
        let lock = occupy(dir).with_context(refused)?;
        // What cannot be read is an earlier run all the same: it is replaced.
        let earlier = Run::read(dir).ok().flatten();
        let cut_off = earlier.filter(|run| {
            run.stage == Stage::Running && run.drawn == drawn && drawn.store == StoreKind::File
        });
        let begins = beginning(&rules);
        let Some(run) = cut_off else {
            let mut run = Run::new(drawn, begins);
            run.save(dir).and_then(|()| clear(dir)).with_context(refused)?;
            run.stage = Stage::Running;
            run.save(dir)?;
            return Self::over(dir, run, rules, begins, lock).await;
        };
        for left in ["objects", "mails"] {
            let path = dir.join(left);
            discard_unfinished(&path).with_context(|| format!("cannot tidy {}", path.display()))?;
        }
        let mut world = Self::over(dir, run, rules, begins, lock).await?;
        world.goes_on = true;
        mail_dispatch::release_claims(&world.context).await?;
        Ok(world)
    }

    /// The world that a finished run left in a folder, at the time at which it stopped.
    pub(crate) async fn open(dir: &Path) -> Result<Self> {
        let remedy = format!("run `monmaster campaign --out {}`", dir.display());
        let Some(run) = Run::read(dir)? else {
            bail!("there is no run in {}; {remedy} first", dir.display())
        };
        let lock = lock(dir)?;
        match run.stage {
            Stage::Finished => {}
            Stage::Running if run.drawn.store == StoreKind::File => {
                bail!("the run in {} was cut off; {remedy} with the same options: it goes on", dir.display());
            }
            _ => bail!("the run in {} was cut off; {remedy} again", dir.display()),
        }
        let rules = Drawn::rules(&run.drawn.campaign, &run.drawn.overrides)?;
        let clock = run.clock;
        Self::over(dir, run, rules, clock, lock).await
    }

    async fn over(dir: &Path, run: Run, rules: Campaign, at: Timestamp, lock: File) -> Result<Self> {
        let in_memory = run.stage == Stage::Running && run.drawn.store == StoreKind::Memory;
        let engine = if in_memory {
            Embedded::memory()?
        } else {
            std::fs::create_dir_all(dir.join(STORE))?;
            Embedded::file(&dir.join(DATABASE))?
        };
        let store = Arc::new(MeteredStore::new(engine.store(TABLE_PREFIX).await?, run.cost.clone()));
        let clock = Arc::new(VirtualClock::at(at));
        let mailer = Arc::new(FolderMailer::new(dir.join("mails")));
        let platform = Platform {
            store: Arc::clone(&store) as Arc<dyn platform::Store>,
            objects: Arc::new(FolderObjects::new(dir.join("objects"))),
            uploads: Arc::new(FolderUploads::new(dir.join("uploads"))),
            reader: Arc::new(GuardedReader::this_program()?),
            mailer: Arc::clone(&mailer) as Arc<dyn platform::Mailer>,
            clock: Arc::clone(&clock) as Arc<dyn platform::Clock>,
        };
        let settings = Settings {
            rules,
            site: "https://monmaster.example".into(),
            sender: "Mon Master <ne-pas-repondre@monmaster.example>".into(),
            operator: Some("operateur@monmaster.example".into()),
            stage: "local".into(),
            token_key: token_key(run.drawn.seed),
            concurrency: CONCURRENCY,
            segments: SEGMENTS,
        };
        let context = Context::new(platform, Arc::new(settings));
        Ok(Self {
            context,
            clock,
            mailer,
            dir: dir.to_owned(),
            run,
            goes_on: false,
            store,
            engine,
            _lock: lock,
        })
    }

    /// Writes down that one more step is done, so that it is not done again.
    pub(crate) fn step_done(&mut self, steps: u64) -> Result<()> {
        self.run.steps = steps;
        if self.run.drawn.store == StoreKind::Memory {
            return Ok(());
        }
        self.save_run()
    }

    /// An instant typed as Paris time, if the store does not stand at a later one.
    pub(crate) fn not_before(&self, paris: &str) -> Result<Timestamp> {
        let civil = paris
            .parse()
            .map_err(|_| anyhow!("\"{paris}\" is not a time; expected Paris time as 2024-06-05T10:00"))?;
        self.on_from(calendar::instant(civil))
    }

    /// An instant, if the store does not stand at a later one.
    pub(crate) fn on_from(&self, instant: Timestamp) -> Result<Timestamp> {
        if instant < self.run.clock {
            bail!(
                "the store of {} stands at {} (Paris); time does not go back",
                self.dir.display(),
                calendar::civil(self.run.clock)
            );
        }
        Ok(instant)
    }

    /// Moves the clock of a finished run, and writes it down before anything happens at the new time.
    pub(crate) fn advance_to(&mut self, instant: Timestamp) -> Result<()> {
        self.clock.advance_to(instant);
        self.save_run()
    }

    /// Writes a store in memory to its file; then the time at which the world stands, and that the run is whole.
    pub(crate) fn finish(&mut self) -> Result<()> {
        if self.run.stage == Stage::Running && self.run.drawn.store == StoreKind::Memory {
            let (path, unfinished) = (self.dir.join(DATABASE), self.dir.join(DATABASE_UNFINISHED));
            std::fs::create_dir_all(self.dir.join(STORE))?;
            self.engine.save(&unfinished)?;
            std::fs::rename(&unfinished, &path)
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
        self.run.stage = Stage::Finished;
        self.save_run()
    }

    fn save_run(&mut self) -> Result<()> {
        self.run.clock = self.context.now();
        self.run.cost = self.cost();
        self.run.save(&self.dir)
    }

    /// Writes a file of the folder.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<()> {
        let path = self.dir.join(name);
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
    }

    /// What the run cost so far, by what was counted.
    pub(crate) fn cost(&self) -> Cost {
        self.store.cost()
    }
}

/// Makes a folder this process's own: one that is new, empty, or holds a run.
fn occupy(dir: &Path) -> Result<File> {
    match std::fs::read_dir(dir) {
        Err(error) if error.kind() == ErrorKind::NotFound => std::fs::create_dir_all(dir)?,
        Err(error) => return Err(error.into()),
        Ok(entries) => {
            let foreign = |entry: &std::fs::DirEntry| entry.file_name() != LOCK;
            if !Run::is_in(dir) && entries.filter_map(Result::ok).any(|entry| foreign(&entry)) {
                bail!("it holds something else than a run of this command");
            }
        }
    }
    lock(dir)
}

/// Takes the lock of a folder.
fn lock(dir: &Path) -> Result<File> {
    let path = dir.join(LOCK);
    let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            bail!("another monmaster is at work in {}; wait for its end", dir.display())
        }
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock {}", path.display()))
        }
    }
}

/// Takes away what an earlier run left.
fn clear(dir: &Path) -> Result<()> {
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
