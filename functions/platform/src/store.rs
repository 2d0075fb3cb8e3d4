//! The port `Store`: two tables with conditional writes, versions, transactions across both, two sparse
//! sharded indexes and segmented scans. It promises what DynamoDB promises and nothing more.

use std::fmt;

use async_trait::async_trait;
use sha2::{Digest, Sha256};

/// How many shards each index has: spreads a nation's morning over partitions of 1,000 writes a second.
pub const SHARDS: u32 = 64;

/// Most writes in one transaction (TransactWriteItems: 100 actions).
pub const TRANSACTION_WRITES_MAX: usize = 100;

/// Largest item, in bytes of key and body (DynamoDB: 400 KB).
pub const ITEM_BYTES_MAX: usize = 400 * 1024;

/// The two tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// What is true now.
    State,
    /// What happened; appended, never scanned.
    Journal,
}

impl Table {
    /// The table's short name, as in file names and errors.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Journal => "journal",
        }
    }
}

/// An item's key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Partition key.
    pub pk: String,
    /// Sort key.
    pub sk: String,
}

impl Key {
    /// A key of these two parts.
    pub fn new(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self { pk: pk.into(), sk: sk.into() }
    }

    /// The shard of both indexes in which items of this partition lie, and by which scans are segmented.
    #[must_use]
    pub fn shard(&self) -> u32 {
        shard(&self.pk)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} / {}", self.pk, self.sk)
    }
}

/// The shard of a partition key: the first byte of its SHA-256, modulo [`SHARDS`].
#[must_use]
pub fn shard(pk: &str) -> u32 {
    Sha256::digest(pk.as_bytes()).first().map_or(0, |byte| u32::from(*byte) % SHARDS)
}

/// An item: a key, a version, a place in its table's index if it has one, and a JSON object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Where it is.
    pub key: Key,
    /// How many times it was written, from 1; conditions compare it.
    pub version: u64,
    /// Where the table's sparse index lists it, if it does.
    pub index: Option<IndexEntry>,
    /// A JSON object.
    pub body: String,
}

/// A place in a table's sparse index: `due` on `state`, `outbox` on `journal`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct IndexEntry {
    /// `<day>#<shard>` in `due`, `<lane>#<shard>` in `outbox`.
    pub partition: String,
    /// Sorts within the partition: an instant, in a form that sorts as text. No spaces, no control characters.
    pub sort: String,
}

/// One write of a transaction: put this item if the condition holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// In which table.
    pub table: Table,
    /// The item, with its new version.
    pub item: Item,
    /// What must be true of the stored item.
    pub expect: Expect,
}

/// A condition on the stored item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// There is none.
    Absent,
    /// It has this version.
    Version(u64),
}

/// A part of a table. Which items lie in it is the adapter's choice; all items of one partition lie in one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// Which one, from 0.
    pub number: u32,
    /// Of how many; at most [`SHARDS`].
    pub of: u32,
}

/// Items in order, and where to go on.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The items.
    pub items: Vec<Item>,
    /// Give this back to read what follows; `None` at the end. A page may be empty and not the last.
    pub next: Option<Cursor>,
}

/// Keys of an index in order, and where to go on.
#[derive(Debug, Clone, Default)]
pub struct KeyPage {
    /// The keys of the items listed.
    pub keys: Vec<Key>,
    /// Give this back to read what follows; `None` at the end.
    pub next: Option<Cursor>,
}

/// Where a read goes on: what the adapter said with the page before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(pub Vec<String>);

/// What can go wrong in a store.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// A condition was not met; nothing was written. The loser learns who won.
    #[error("write {write} of the transaction met another state of {key}")]
    Conflict {
        /// Which write failed first, from 0.
        write: usize,
        /// The key it was for.
        key: Key,
        /// What is stored there.
        existing: Option<Box<Item>>,
    },
    /// Too many requests; try again.
    #[error("the store is throttling; try again later")]
    Throttled,
    /// No answer: what was asked may or may not have happened. Read before trying again.
    #[error("the store did not answer ({0}); what was asked may have happened")]
    Unavailable(String),
    /// The request breaks a limit of the store and can never succeed.
    #[error("the store cannot take this: {0}")]
    Invalid(String),
    /// A stored item is not what it should be.
    #[error("the item at {key} cannot be read: {problem}")]
    Corrupt {
        /// Which item.
        key: Key,
        /// What is wrong with it.
        problem: String,
    },
}

/// Two tables. Reads are strongly consistent; index reads may lag behind writes.
///
/// Every read refuses a limit of 0, a segment that is not one, and a cursor of another read with
/// [`StoreError::Invalid`].
#[async_trait]
pub trait Store: Send + Sync {
    /// The item at this key.
    ///
    /// # Errors
    /// [`StoreError`], never a conflict.
    async fn get(&self, table: Table, key: &Key) -> Result<Option<Item>, StoreError>;

    /// Writes all or nothing.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] names the first condition not met; [`StoreError::Invalid`] if there are no
    /// writes or more than [`TRANSACTION_WRITES_MAX`], if two are for one key, if an item's version is not the
    /// one after the expected, if its body is not a JSON object on one line, or if a size is over a limit of
    /// [`crate::limits`].
    async fn transact(&self, writes: Vec<Write>) -> Result<(), StoreError>;

    /// The items of one partition whose sort key begins with `sk_prefix`, in order of sort key.
    ///
    /// # Errors
    /// [`StoreError`], never a conflict.
    async fn query(
        &self,
        table: Table,
        pk: &str,
        sk_prefix: &str,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Page, StoreError>;

    /// The keys that the table's index lists in one partition with a sort value up to and including
    /// `until`, in order of sort value, then key.
    ///
    /// # Errors
    /// [`StoreError`], never a conflict.
    async fn index(
        &self,
        table: Table,
        partition: &str,
        until: &str,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<KeyPage, StoreError>;

    /// The items of one segment of a table, in no promised order; together the segments give every item
    /// exactly once.
    ///
    /// # Errors
    /// [`StoreError`], never a conflict.
    async fn scan(
        &self,
        table: Table,
        segment: Segment,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Page, StoreError>;
}
