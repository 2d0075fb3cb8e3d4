//! A store in memory that counts what DynamoDB would charge, by DynamoDB's rules; `tests` hold it against the engine,
//! which charges by itself.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use platform::dynamodb::rows::item_bytes;
use platform::memory::MemoryStore;
use platform::store::{Cursor, IndexEntry, KeyPage, Page, Segment};
use platform::{Item, Key, Store, StoreError, Table, Write};
use serde::Serialize;

/// A write unit is for one KB of an item.
const WRITE_UNIT_BYTES: usize = 1024;
/// A read unit is for 4 KB, read with strong consistency; an index, which cannot be, costs half of one.
const READ_UNIT_BYTES: usize = 4096;

/// What was asked of a store, and what it costs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub(crate) struct Charges {
    pub(crate) requests: u64,
    pub(crate) read_units: f64,
    pub(crate) write_units: u64,
    /// Of the write units, those of transactions that change a candidate.
    pub(crate) candidate_write_units: u64,
    /// Candidates changed.
    pub(crate) candidates: u64,
}

pub(crate) struct ChargedStore {
    store: Arc<MemoryStore>,
    charges: Mutex<Charges>,
}

impl ChargedStore {
    pub(crate) fn new(store: Arc<MemoryStore>) -> Self {
        Self { store, charges: Mutex::default() }
    }

    pub(crate) fn charges(&self) -> Charges {
        *self.counted()
    }

    fn counted(&self) -> MutexGuard<'_, Charges> {
        self.charges.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self, bytes: usize, share: f64) {
        let mut charges = self.counted();
        charges.requests += 1;
        // What finds nothing costs as much as the smallest read.
        charges.read_units += share * bytes.div_ceil(READ_UNIT_BYTES).max(1) as f64;
    }

    /// The units of one write: the larger of what was and what is, and each entry of the index that comes or goes.
    async fn units(&self, write: &Write, factor: usize) -> Result<usize, StoreError> {
        let bytes = |item: &Item| item_bytes(write.table, item.clone());
        let old = self.store.get(write.table, &write.item.key).await?;
        let before = old.as_ref().map(bytes).transpose()?.unwrap_or_default();
        let units = bytes(&write.item)?.max(before).div_ceil(WRITE_UNIT_BYTES) * factor;
        let entry = |item: &Item| item.index.clone();
        let (was, is): (Option<IndexEntry>, _) = (old.as_ref().and_then(entry), entry(&write.item));
        let moved = if was == is { 0 } else { usize::from(was.is_some()) + usize::from(is.is_some()) };
        Ok(units + moved)
    }
}

#[async_trait]
impl Store for ChargedStore {
    async fn transact(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        // A transaction prepares, then commits: each item twice.
        let factor = if writes.len() > 1 { 2 } else { 1 };
        let mut units = 0;
        for write in &writes {
            units += self.units(write, factor).await? as u64;
        }
        let on_candidate =
            writes.iter().any(|write| write.table == Table::State && write.item.key.pk.starts_with("C#"));
        self.store.transact(writes).await?;
        let mut charges = self.counted();
        charges.requests += 1;
        charges.write_units += units;
        if on_candidate {
            charges.candidates += 1;
            charges.candidate_write_units += units;
        }
        Ok(())
    }

    async fn get(&self, table: Table, key: &Key) -> Result<Option<Item>, StoreError> {
        let found = self.store.get(table, key).await?;
        let bytes = found.clone().map(|item| item_bytes(table, item)).transpose()?;
        self.read(bytes.unwrap_or_default(), 1.0);
        Ok(found)
    }

    async fn query(
        &self,
        table: Table,
        pk: &str,
        sk_prefix: &str,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Page, StoreError> {
        let page = self.store.query(table, pk, sk_prefix, after, limit).await?;
        self.read(bytes_of(table, &page)?, 1.0);
        Ok(page)
    }

    async fn index(
        &self,
        table: Table,
        partition: &str,
        until: &str,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<KeyPage, StoreError> {
        let page = self.store.index(table, partition, until, after, limit).await?;
        let bytes = page.keys.iter().map(|key| 2 * (key.pk.len() + key.sk.len()) + partition.len()).sum();
        self.read(bytes, 0.5);
        Ok(page)
    }

    async fn scan(
        &self,
        table: Table,
        segment: Segment,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Page, StoreError> {
        let page = self.store.scan(table, segment, after, limit).await?;
        self.read(bytes_of(table, &page)?, 1.0);
        Ok(page)
    }
}

fn bytes_of(table: Table, page: &Page) -> Result<usize, StoreError> {
    page.items.iter().map(|item| item_bytes(table, item.clone())).sum()
}
