//! A store that counts its transactions.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use platform::store::{Cursor, KeyPage, Page, Segment};
use platform::{Item, Key, Store, StoreError, Table, Write};

/// Passes everything on and counts what was written.
pub(crate) struct CountedStore {
    inner: Arc<dyn Store>,
    commits: AtomicU64,
}

impl CountedStore {
    pub(crate) fn new(inner: Arc<dyn Store>) -> Self {
        Self { inner, commits: AtomicU64::new(0) }
    }

    /// Transactions that succeeded so far.
    pub(crate) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl Store for CountedStore {
    async fn get(&self, table: Table, key: &Key) -> Result<Option<Item>, StoreError> {
        self.inner.get(table, key).await
    }

    async fn transact(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        self.inner.transact(writes).await?;
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
        self.inner.query(table, pk, sk_prefix, after, limit).await
    }

    async fn index(
        &self,
        table: Table,
        partition: &str,
        until: &str,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<KeyPage, StoreError> {
        self.inner.index(table, partition, until, after, limit).await
    }

    async fn scan(
        &self,
        table: Table,
        segment: Segment,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Page, StoreError> {
        self.inner.scan(table, segment, after, limit).await
    }
}
