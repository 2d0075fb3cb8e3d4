//! A store that fails one of its transactions, or does something else just before it.

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use platform::memory::MemoryStore;
use platform::store::{Cursor, KeyPage, Page, Segment};
use platform::{Item, Key, Store, StoreError, Table, Write};

/// What happens at the chosen transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mishap {
    /// The process ends before it reaches the store.
    Before,
    /// The store applies it, and the process ends before it hears of it.
    After,
}

/// Work to be waited for.
pub(crate) type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

type Meanwhile = Box<dyn FnOnce() -> Work + Send>;

/// Passes everything on, but what was arranged for one transaction.
pub(crate) struct FaultyStore {
    inner: Arc<MemoryStore>,
    seen: AtomicUsize,
    scans: AtomicUsize,
    units: AtomicUsize,
    mishap: Option<(usize, Mishap)>,
    /// Whether the process lives on after its mishap.
    lives_on: bool,
    meanwhile: Mutex<Option<(usize, Meanwhile)>>,
}

impl FaultyStore {
    /// Fails the transaction with this number, from 0, and every one after it: the process is gone.
    pub(crate) fn failing(inner: &Arc<MemoryStore>, number: usize, mishap: Mishap) -> Arc<Self> {
        Arc::new(Self {
            inner: Arc::clone(inner),
            seen: AtomicUsize::new(0),
            scans: AtomicUsize::new(0),
            units: AtomicUsize::new(0),
            mishap: Some((number, mishap)),
            lives_on: false,
            meanwhile: Mutex::new(None),
        })
    }

    /// Fails the transaction with this number alone: the store hiccups, the process goes on.
    pub(crate) fn hiccup(inner: &Arc<MemoryStore>, number: usize, mishap: Mishap) -> Arc<Self> {
        Arc::new(Self {
            inner: Arc::clone(inner),
            seen: AtomicUsize::new(0),
            scans: AtomicUsize::new(0),
            units: AtomicUsize::new(0),
            mishap: Some((number, mishap)),
            lives_on: true,
            meanwhile: Mutex::new(None),
        })
    }

    /// Just before the transaction with this number the process sleeps, and this happens.
    pub(crate) fn sleeping(
        inner: &Arc<MemoryStore>,
        number: usize,
        meanwhile: impl FnOnce() -> Work + Send + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            inner: Arc::clone(inner),
            seen: AtomicUsize::new(0),
            scans: AtomicUsize::new(0),
            units: AtomicUsize::new(0),
            mishap: None,
            lives_on: true,
            meanwhile: Mutex::new(Some((number, Box::new(meanwhile)))),
        })
    }

    /// Passes everything on.
    pub(crate) fn watching(inner: &Arc<MemoryStore>) -> Arc<Self> {
        Self::sleeping(inner, usize::MAX, || Box::pin(std::future::ready(())))
    }

    /// How many pages of a scan it was asked for.
    pub(crate) fn scans(&self) -> usize {
        self.scans.load(Ordering::SeqCst)
    }

    /// The write units of the items written, two for each KB in a transaction; what their indexes cost comes on top.
    pub(crate) fn units(&self) -> usize {
        self.units.load(Ordering::SeqCst)
    }

    /// How many transactions it was asked for.
    pub(crate) fn seen(&self) -> usize {
        self.seen.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Store for FaultyStore {
    async fn get(&self, table: Table, key: &Key) -> Result<Option<Item>, StoreError> {
        self.inner.get(table, key).await
    }

    async fn transact(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        let number = self.seen.fetch_add(1, Ordering::SeqCst);
        let units = writes.iter().map(|write| 2 * platform::limits::item_bytes(&write.item).div_ceil(1024));
        self.units.fetch_add(units.sum(), Ordering::SeqCst);
        let meanwhile = {
            let mut arranged = self.meanwhile.lock().unwrap();
            let due = arranged.as_ref().is_some_and(|(chosen, _)| *chosen == number);
            if due { arranged.take() } else { None }
        };
        if let Some((_, meanwhile)) = meanwhile {
            meanwhile().await;
        }
        match self.mishap {
            Some((chosen, Mishap::After)) if chosen == number => {
                self.inner.transact(writes).await?;
                Err(StoreError::Unavailable("no answer".into()))
            }
            Some((chosen, _)) if chosen == number || (chosen < number && !self.lives_on) => {
                Err(StoreError::Throttled)
            }
            _ => self.inner.transact(writes).await,
        }
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
        self.scans.fetch_add(1, Ordering::SeqCst);
        self.inner.scan(table, segment, after, limit).await
    }
}
