//! The port's suite, run on the store in memory, also when it is saved and loaded all the time.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::Arc;

use platform::Store;
use platform::memory::MemoryStore;

async fn in_memory() -> Arc<dyn Store> {
    Arc::new(MemoryStore::new())
}

// The store in memory keeps every promise.
mod memory {
    platform::store_contract!(super::in_memory);
}

// So does one that is saved to files and loaded from them over and over, under its readers' cursors.
mod reloaded {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use async_trait::async_trait;
    use platform::store::{Cursor, KeyPage, Page, Segment};
    use platform::{Item, Key, StoreError, Table, Write};
    use tokio::sync::RwLock;

    use super::{Arc, MemoryStore, Store};

    /// How many transactions pass between two reloads; the first comes at once.
    const TRANSACTIONS_PER_RELOAD: usize = 16;

    struct Reloaded {
        dir: tempfile::TempDir,
        store: RwLock<MemoryStore>,
        transactions: AtomicUsize,
    }

    async fn make() -> Arc<dyn Store> {
        let dir = tempfile::tempdir().unwrap();
        Arc::new(Reloaded { dir, store: RwLock::default(), transactions: AtomicUsize::new(0) })
    }

    #[async_trait]
    impl Store for Reloaded {
        async fn get(&self, table: Table, key: &Key) -> Result<Option<Item>, StoreError> {
            self.store.read().await.get(table, key).await
        }

        async fn transact(&self, writes: Vec<Write>) -> Result<(), StoreError> {
            let mut store = self.store.write().await;
            let answer = store.transact(writes).await;
            if self.transactions.fetch_add(1, Ordering::Relaxed).is_multiple_of(TRANSACTIONS_PER_RELOAD) {
                store.save(self.dir.path()).unwrap();
                *store = MemoryStore::load(self.dir.path()).unwrap();
            }
            answer
        }

        async fn query(
            &self,
            table: Table,
            pk: &str,
            sk_prefix: &str,
            after: Option<Cursor>,
            limit: usize,
        ) -> Result<Page, StoreError> {
            self.store.read().await.query(table, pk, sk_prefix, after, limit).await
        }

        async fn index(
            &self,
            table: Table,
            partition: &str,
            until: &str,
            after: Option<Cursor>,
            limit: usize,
        ) -> Result<KeyPage, StoreError> {
            self.store.read().await.index(table, partition, until, after, limit).await
        }

        async fn scan(
            &self,
            table: Table,
            segment: Segment,
            after: Option<Cursor>,
            limit: usize,
        ) -> Result<Page, StoreError> {
            self.store.read().await.scan(table, segment, after, limit).await
        }
    }

    platform::store_contract!(make);
}

// The whole suite can also be run as one call, as other crates do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_suite_runs_as_one() {
    platform::contract::suite(in_memory).await;
}
