//! What a story's jobs were woken by and what they left in the tables: for whoever plays the same through other
//! triggers, on another store, and compares.
//!
//! | in the story's folder | what |
//! |---|---|
//! | `campaign.toml` | the campaign file under which it was told |
//! | `wakeups.jsonl` | a line for each function that was woken, in order: `{"at", "function", "event", "changed"}` |
//! | `uploads.jsonl` | a line for each file that somebody left: `{"at", "key", "version", "bytes"}`, the last in hexadecimal |
//! | `state.jsonl`, `journal.jsonl` | a line for each item, as `monmaster dump` prints it |

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Args;
use jobs::context::TOKEN_KEY_BYTES;
use platform::Table;
use serde::Serialize;

use super::stage::{Stage, TOKEN_KEY};
use super::story::Story;
use crate::dump;

/// What is kept of the stories, and which key their links have.
#[derive(Debug, Args, Default)]
pub(crate) struct RecordOptions {
    /// Keep what woke each story's jobs, and what they left in the tables: in a folder for each story, by its file's name
    #[arg(long, value_name = "DIR")]
    record: Option<PathBuf>,
    /// The key of links, as 64 hexadecimal digits: that of the place where the recorded commands are played again
    #[arg(long, value_name = "KEY", requires = "record", value_parser = token_key)]
    token_key: Option<[u8; TOKEN_KEY_BYTES]>,
}

fn token_key(text: &str) -> Result<[u8; TOKEN_KEY_BYTES], String> {
    let mut key = [0; TOKEN_KEY_BYTES];
    hex::decode_to_slice(text, &mut key)
        .map_err(|problem| format!("it is not 64 hexadecimal digits: {problem}"))?;
    Ok(key)
}

impl RecordOptions {
    /// The key of the stories' links.
    pub(super) fn token_key(&self) -> [u8; TOKEN_KEY_BYTES] {
        self.token_key.unwrap_or(TOKEN_KEY)
    }

    /// Keeps what happened on a stage, if it is asked for.
    pub(super) async fn keep(&self, path: &Path, story: &Story, stage: &Stage) -> Result<()> {
        let Some(dir) = &self.record else { return Ok(()) };
        let dir = dir.join(path.file_stem().unwrap_or_default());
        fs::create_dir_all(&dir).with_context(|| format!("cannot make the folder {}", dir.display()))?;
        let create = |name: &str| {
            let path = dir.join(name);
            let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
            Ok::<_, anyhow::Error>(BufWriter::new(file))
        };
        create("campaign.toml")?.write_all(story.campaign_text()?.as_bytes())?;
        lines(create("wakeups.jsonl")?, stage.wake_ups())?;
        lines(create("uploads.jsonl")?, &stage.arrived)?;
        for table in [Table::State, Table::Journal] {
            let items = dump::read(stage.store(), table, None).await?;
            dump::print(&items, create(&format!("{}.jsonl", table.name()))?)?;
        }
        Ok(())
    }
}

fn lines<T: Serialize>(mut into: impl Write, all: &[T]) -> Result<()> {
    for one in all {
        serde_json::to_writer(&mut into, one)?;
        writeln!(into)?;
    }
    Ok(into.flush()?)
}
