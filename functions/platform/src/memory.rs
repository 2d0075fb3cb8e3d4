//! The ports in memory: the model against which adapters are held, and what stories and most tests run on.

mod mailer;
mod meter;
mod objects;
mod table;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

pub use mailer::MemoryMailer;
pub use meter::MemoryMeter;
pub use objects::MemoryObjects;

use crate::limits;
use crate::store::{Cursor, Expect, Item, Key, KeyPage, Page, Segment, Store, StoreError, Table, Write};
use table::{MemoryTable, Place, Stored};

/// Two tables in memory. One lock holds both, so a transaction is one critical section and every read, also
/// of an index, sees all that was written before it.
#[derive(Debug, Default)]
pub struct MemoryStore {
    tables: Mutex<Tables>,
    commits: AtomicU64,
}

#[derive(Debug, Default)]
struct Tables {
    state: MemoryTable,
    journal: MemoryTable,
}

impl Tables {
    fn of(&self, table: Table) -> &MemoryTable {
        match table {
            Table::State => &self.state,
            Table::Journal => &self.journal,
        }
    }

    fn of_mut(&mut self, table: Table) -> &mut MemoryTable {
        match table {
            Table::State => &mut self.state,
            Table::Journal => &mut self.journal,
        }
    }
}

/// A write with everything worked out that needs no lock.
struct Prepared {
    table: Table,
    place: Place,
    stored: Stored,
    expect: Expect,
}

impl From<Write> for Prepared {
    fn from(write: Write) -> Self {
        let (place, stored) = Stored::from_item(write.item);
        Self { table: write.table, place, stored, expect: write.expect }
    }
}

impl MemoryStore {
    /// Two empty tables.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Transactions that succeeded since the store was made.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    /// A thread that panicked elsewhere cannot have left the tables half written: nothing in a critical
    /// section panics, so a poisoned lock is as good as any.
    fn lock(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn get(&self, table: Table, key: &Key) -> Result<Option<Item>, StoreError> {
        let place = Place::of(key.clone());
        Ok(self.lock().of(table).get(&place).map(|stored| stored.to_item(key)))
    }

    async fn transact(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        limits::check_writes(&writes)?;
        let writes: Vec<Prepared> = writes.into_iter().map(Prepared::from).collect();
        let mut tables = self.lock();
        for (number, write) in writes.iter().enumerate() {
            let existing = tables.of(write.table).get(&write.place);
            let met = match write.expect {
                Expect::Absent => existing.is_none(),
                Expect::Version(version) => existing.is_some_and(|stored| stored.version == version),
            };
            if !met {
                let key = write.place.key.clone();
                let existing = existing.map(|stored| Box::new(stored.to_item(&key)));
                return Err(StoreError::Conflict { write: number, key, existing });
            }
        }
        for write in writes {
            tables.of_mut(write.table).put(write.place, write.stored);
        }
        self.commits.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    async fn query(
        &self,
        table: Table,
        pk: &str,
        sk_prefix: &str,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Page, StoreError> {
        limits::check_limit(limit)?;
        let after = after.map(limits::cursor_parts).transpose()?.map(|[sk]| sk);
        Ok(self.lock().of(table).query(pk, sk_prefix, after, limit))
    }

    async fn index(
        &self,
        table: Table,
        partition: &str,
        until: &str,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<KeyPage, StoreError> {
        limits::check_limit(limit)?;
        limits::check_until(until)?;
        let after = after.map(limits::cursor_parts).transpose()?.map(|[sort, pk, sk]| (sort, Key { pk, sk }));
        Ok(self.lock().of(table).index(partition, until, after, limit))
    }

    async fn scan(
        &self,
        table: Table,
        segment: Segment,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Page, StoreError> {
        limits::check_limit(limit)?;
        limits::check_segment(segment)?;
        let after = after.map(limits::cursor_parts).transpose()?.map(|[pk, sk]| Place::of(Key { pk, sk }));
        Ok(self.lock().of(table).scan(segment, after, limit))
    }
}
