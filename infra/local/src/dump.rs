//! `monmaster dump`: what the store of a campaign holds, one item a line, in order of key: equal stores give equal texts.

use std::collections::BTreeMap;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::Result;
use clap::ValueEnum;
use platform::store::{IndexEntry, Segment};
use platform::{Key, Store, Table};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::world::World;

/// How many items one read gives.
const PAGE: usize = 500;

/// Which table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TableName {
    /// What is true now
    State,
    /// What happened
    Journal,
}

impl From<TableName> for Table {
    fn from(name: TableName) -> Self {
        match name {
            TableName::State => Self::State,
            TableName::Journal => Self::Journal,
        }
    }
}

/// An item as it is printed.
#[derive(Serialize)]
struct Line<'a> {
    pk: &'a str,
    sk: &'a str,
    version: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<IndexLine<'a>>,
    row: &'a RawValue,
}

/// Where the table's index lists it.
#[derive(Serialize)]
struct IndexLine<'a> {
    partition: &'a str,
    sort: &'a str,
}

/// The items of a table in order of key.
pub(crate) type Items = BTreeMap<Key, (u64, Option<IndexEntry>, String)>;

/// Prints one table, or the items of one partition of it.
pub(crate) async fn run(table: TableName, partition: Option<&str>, out: &Path) -> Result<()> {
    let world = World::open(out).await?;
    let items = read(world.context.platform.store.as_ref(), table.into(), partition).await?;
    match print(&items, BufWriter::new(std::io::stdout().lock())) {
        // Whoever closed the pipe has read enough.
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Reads one table, or the items of one partition of it.
pub(crate) async fn read(store: &dyn Store, table: Table, partition: Option<&str>) -> Result<Items> {
    let mut items = BTreeMap::new();
    let mut after = None;
    loop {
        let page = match partition {
            Some(pk) => store.query(table, pk, "", after, PAGE).await?,
            None => store.scan(table, Segment { number: 0, of: 1 }, after, PAGE).await?,
        };
        items.extend(page.items.into_iter().map(|item| (item.key, (item.version, item.index, item.body))));
        after = page.next;
        if after.is_none() {
            return Ok(items);
        }
    }
}

/// Writes items, one a line.
pub(crate) fn print(items: &Items, mut out: impl Write) -> std::io::Result<()> {
    for (key, (version, index, body)) in items {
        let index = index.as_ref().map(|entry| IndexLine { partition: &entry.partition, sort: &entry.sort });
        let row = serde_json::from_str(body)?;
        let line = Line { pk: &key.pk, sk: &key.sk, version: *version, index, row };
        serde_json::to_writer(&mut out, &line)?;
        writeln!(out)?;
    }
    out.flush()
}
