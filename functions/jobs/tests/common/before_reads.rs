//! A store in which something happens just before a reading by key.

use std::sync::Arc;

use async_trait::async_trait;
use platform::memory::MemoryStore;
use platform::store::{Cursor, KeyPage, Page, Segment};
use platform::{Item, Key, Store, StoreError, Table, Write};

use super::faulty::Work;

/// Passes everything on, each reading by key after this work.
pub(crate) struct BeforeReads {
    pub(crate) inner: Arc<MemoryStore>,
    pub(crate) before: Box<dyn Fn(&Key) -> Work + Send + Sync>,
}

#[async_trait]
impl Store for BeforeReads {
    async fn get(&self, table: Table, key: &Key) -> Result<Option<Item>, StoreError> {
        let work = (self.before)(key);
        work.await;
        self.inner.get(table, key).await
    }

    async fn transact(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        self.inner.transact(writes).await
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
