//! What a campaign costs on DynamoDB: the units that each transaction consumes, counted by what it was for.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::civil::Date;
use jobs::rows;
use platform::dynamodb::DynamoStore;
use platform::store::{Cursor, KeyPage, Page, Segment};
use platform::{Item, Key, Store, StoreError, Table, Write};
use schemas::Cause;
use serde::{Deserialize, Serialize};

use crate::histogram::Histogram;

/// What a transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Command,
    Night(Date),
    Time,
    Sending,
    Housekeeping,
}

/// The write units of each transaction of a campaign so far, by what it was for; and its reads.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Cost {
    /// Commands, each with its record, its notice and its answer.
    pub(crate) commands: Histogram,
    /// Candidates whom a night changed, by night.
    pub(crate) nights: BTreeMap<Date, Histogram>,
    /// What time alone did.
    pub(crate) time: Histogram,
    /// Notices claimed and marked as sent.
    pub(crate) sending: Histogram,
    /// The jobs' own rows: gate, plans, checkpoints.
    pub(crate) housekeeping: Histogram,
    /// Read units.
    pub(crate) read_units: f64,
}

impl Cost {
    /// The candidates whom any night changed.
    pub(crate) fn all_nights(&self) -> Histogram {
        let mut all = Histogram::default();
        self.nights.values().for_each(|night| all.join(night));
        all
    }

    /// Every transaction.
    pub(crate) fn all(&self) -> Histogram {
        let mut all = self.all_nights();
        for tally in [&self.commands, &self.time, &self.sending, &self.housekeeping] {
            all.join(tally);
        }
        all
    }

    fn of(&mut self, purpose: Purpose) -> &mut Histogram {
        match purpose {
            Purpose::Command => &mut self.commands,
            Purpose::Night(date) => self.nights.entry(date).or_default(),
            Purpose::Time => &mut self.time,
            Purpose::Sending => &mut self.sending,
            Purpose::Housekeeping => &mut self.housekeeping,
        }
    }
}

/// What a decision record says of itself.
#[derive(Deserialize)]
struct Caused {
    cause: Cause,
}

/// What these writes are for: the record among them says it, else the kind of their rows.
fn purpose(writes: &[Write]) -> Purpose {
    let sort_keys = || writes.iter().map(|write| write.item.key.sk.as_str());
    let record = writes.iter().find(|write| write.item.key.sk.starts_with("D#"));
    match record.and_then(|write| rows::read::<Caused>(&write.item).ok()) {
        Some(Caused { cause: Cause::Command { .. } }) => Purpose::Command,
        Some(Caused { cause: Cause::Night { date } }) => Purpose::Night(date),
        Some(Caused { cause: Cause::Time }) => Purpose::Time,
        // A refusal leaves its answer only.
        None if sort_keys().any(|sk| sk == "OUTCOME") => Purpose::Command,
        None if sort_keys().any(|sk| sk.starts_with("N#")) => Purpose::Sending,
        None => Purpose::Housekeeping,
    }
}

/// The store of a campaign, with its meter.
pub(crate) struct MeteredStore {
    store: DynamoStore,
    cost: Mutex<Cost>,
    /// What was read before this process.
    read_before: f64,
}

impl MeteredStore {
    /// Goes on counting from what was counted so far.
    pub(crate) fn new(store: DynamoStore, so_far: Cost) -> Self {
        Self { store, read_before: so_far.read_units, cost: Mutex::new(so_far) }
    }

    fn counted(&self) -> MutexGuard<'_, Cost> {
        // Nothing panics while it counts: a poisoned lock is as good as any.
        self.cost.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the campaign cost so far.
    pub(crate) fn cost(&self) -> Cost {
        Cost { read_units: self.read_before + self.store.units().read, ..self.counted().clone() }
    }
}

#[async_trait]
impl Store for MeteredStore {
    async fn transact(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        let purpose = purpose(&writes);
        let units = self.store.transact_metered(writes).await?;
        // DynamoDB charges writes by whole units.
        self.counted().of(purpose).add(units.round() as u64);
        Ok(())
    }

    async fn get(&self, table: Table, key: &Key) -> Result<Option<Item>, StoreError> {
        self.store.get(table, key).await
    }

    async fn query(
        &self,
        table: Table,
        pk: &str,
        sk_prefix: &str,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Page, StoreError> {
        self.store.query(table, pk, sk_prefix, after, limit).await
    }

    async fn index(
        &self,
        table: Table,
        partition: &str,
        until: &str,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<KeyPage, StoreError> {
        self.store.index(table, partition, until, after, limit).await
    }

    async fn scan(
        &self,
        table: Table,
        segment: Segment,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Page, StoreError> {
        self.store.scan(table, segment, after, limit).await
    }
}
