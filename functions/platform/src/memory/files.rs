//! A store in memory as two files, one item per line, in order of key: equal stores give equal bytes.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::table::{MemoryTable, Place, Stored};
use super::{MemoryStore, Tables};
use crate::limits::check_item;
use crate::store::{IndexEntry, Item, Key, Table};

/// Large enough that millions of short lines are few calls.
const BUFFER_BYTES: usize = 1 << 20;

/// What can go wrong when a saved store is loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file could not be read.
    #[error("{} cannot be read: give the folder of a saved store, or begin a new one", file.display())]
    Unreadable {
        /// Which file.
        file: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A line is not an item.
    #[error(
        "{}, line {line}: expected {expected}, found {found}; put the file back from a copy, or begin a new store",
        file.display()
    )]
    Line {
        /// Which file.
        file: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What should be there.
        expected: &'static str,
        /// What is there instead.
        found: String,
    },
}

/// A line of a saved table.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<T, B> {
    pk: T,
    sk: T,
    version: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<IndexLine<T>>,
    body: B,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct IndexLine<T> {
    partition: T,
    sort: T,
}

impl MemoryStore {
    /// Writes both tables, as they are at one moment, to `state.jsonl` and `journal.jsonl` in this folder, which
    /// is made if need be. Both are written whole under other names before the first is renamed; only a crash
    /// between the two renames would leave the files of two saves.
    ///
    /// # Errors
    /// If a file cannot be written, or an item's body is not JSON: the files that were there stay.
    pub fn save(&self, dir: &Path) -> io::Result<()> {
        fs::create_dir_all(dir)?;
        let tables = self.lock();
        let names = [Table::State, Table::Journal].map(|table| (table, file_of(dir, table)));
        for (table, file) in &names {
            write_table(tables.of(*table), &unfinished(file))?;
        }
        for (_, file) in &names {
            fs::rename(unfinished(file), file)?;
        }
        Ok(())
    }

    /// The store that [`Self::save`] wrote to this folder.
    ///
    /// # Errors
    /// [`LoadError`] names the file, the line, what was expected there and what to do.
    pub fn load(dir: &Path) -> Result<Self, LoadError> {
        let tables = Tables {
            state: read_table(&file_of(dir, Table::State))?,
            journal: read_table(&file_of(dir, Table::Journal))?,
        };
        Ok(Self { tables: tables.into(), ..Self::new() })
    }
}

fn file_of(dir: &Path, table: Table) -> PathBuf {
    dir.join(format!("{}.jsonl", table.name()))
}

fn unfinished(file: &Path) -> PathBuf {
    file.with_extension("jsonl.unfinished")
}

fn write_table(table: &MemoryTable, file: &Path) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(BUFFER_BYTES, File::create(file)?);
    for (key, stored) in table.sorted() {
        let body: &RawValue = serde_json::from_str(&stored.body).map_err(|problem| {
            io::Error::new(io::ErrorKind::InvalidData, format!("the body of {key} is not JSON: {problem}"))
        })?;
        let index =
            stored.index.as_deref().map(|entry| IndexLine { partition: &entry.partition, sort: &entry.sort });
        let line = Line { pk: &key.pk, sk: &key.sk, version: stored.version, index, body };
        serde_json::to_writer(&mut out, &line)?;
        out.write_all(b"\n")?;
    }
    out.into_inner()?.sync_all()
}

fn read_table(file: &Path) -> Result<MemoryTable, LoadError> {
    let unreadable = |source| LoadError::Unreadable { file: file.to_owned(), source };
    let mut lines = BufReader::with_capacity(BUFFER_BYTES, File::open(file).map_err(unreadable)?);
    let (mut text, mut items) = (Vec::new(), Vec::<(Place, Stored)>::new());
    for line in 1.. {
        text.clear();
        if lines.read_until(b'\n', &mut text).map_err(unreadable)? == 0 {
            break;
        }
        let last = items.last().map(|(place, _)| &place.key);
        let item = read_line(&text, last).map_err(|(expected, found)| LoadError::Line {
            file: file.to_owned(),
            line,
            expected,
            found,
        })?;
        items.push(Stored::from_item(item));
    }
    Ok(items.into_iter().collect())
}

/// The item of one line; or what was expected and what was found.
fn read_line(text: &[u8], last: Option<&Key>) -> Result<Item, (&'static str, String)> {
    let line: Line<String, &RawValue> = serde_json::from_slice(text).map_err(|problem| {
        (
            r#"an item {"pk","sk","version","index":{"partition","sort"} if listed,"body"}"#,
            problem.to_string(),
        )
    })?;
    let item = Item {
        key: Key::new(line.pk, line.sk),
        version: line.version,
        index: line.index.map(|entry| IndexEntry { partition: entry.partition, sort: entry.sort }),
        body: line.body.get().to_owned(),
    };
    check_item(&item).map_err(|problem| ("an item that the store takes", problem.to_string()))?;
    if item.version == 0 {
        return Err(("a version from 1", format!("0 for {}", item.key)));
    }
    match last {
        Some(last) if *last >= item.key => {
            Err(("each key once and in order", format!("{} after {last}", item.key)))
        }
        _ => Ok(item),
    }
}
