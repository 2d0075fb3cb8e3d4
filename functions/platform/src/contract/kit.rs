//! What the promises are written with.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::store::{Cursor, Expect, IndexEntry, Item, Key, Segment, Store, StoreError, Table, Write};

/// How often an index is read before it is said not to show what it must.
const INDEX_READS_MAX: u32 = 200;

/// How long to wait between two of these reads.
const INDEX_LAG: Duration = Duration::from_millis(25);

/// How many pages of a read may come before it is said not to end; an adapter may give empty ones.
const PAGES_MAX: usize = 10_000;

/// Later than any sort value of the suite.
pub(super) const FOREVER: &str = "9999";

pub(super) type AnyStore = Arc<dyn Store>;

/// An item that no index lists.
pub(super) fn item(pk: &str, sk: &str, version: u64) -> Item {
    Item { key: Key::new(pk, sk), version, index: None, body: format!(r#"{{"written":{version}}}"#) }
}

/// An item that its table's index lists.
pub(super) fn listed(pk: &str, sk: &str, version: u64, partition: &str, sort: &str) -> Item {
    let index = Some(IndexEntry { partition: partition.to_owned(), sort: sort.to_owned() });
    Item { index, ..item(pk, sk, version) }
}

/// The write that brings this item about, from the version before.
pub(super) fn put(table: Table, item: Item) -> Write {
    let expect = match item.version {
        0 | 1 => Expect::Absent,
        version => Expect::Version(version - 1),
    };
    Write { table, item, expect }
}

/// A transaction that must pass.
pub(super) async fn must(store: &AnyStore, writes: Vec<Write>) {
    let shown = writes.iter().take(3).map(|write| write.item.key.to_string()).collect::<Vec<_>>().join(", ");
    if let Err(problem) = store.transact(writes).await {
        panic!("a transaction on {shown} … should have passed: {problem}");
    }
}

/// Puts new or next items, one transaction each.
pub(super) async fn must_each(store: &AnyStore, table: Table, items: impl IntoIterator<Item = Item>) {
    for item in items {
        must(store, vec![put(table, item)]).await;
    }
}

/// A transaction that must meet another state: which write, which key, what is there.
pub(super) async fn conflict(store: &AnyStore, writes: Vec<Write>) -> (usize, Key, Option<Item>) {
    match store.transact(writes).await {
        Err(StoreError::Conflict { write, key, existing }) => (write, key, existing.map(|item| *item)),
        other => panic!("a transaction should have been in conflict, but: {other:?}"),
    }
}

/// A transaction that must be refused for good, because of this.
pub(super) async fn refused(store: &AnyStore, writes: Vec<Write>, because: &str) {
    must_be_invalid(store.transact(writes).await, because);
}

/// An answer that must be a refusal for good, because of this.
pub(super) fn must_be_invalid<T: std::fmt::Debug>(answer: Result<T, StoreError>, because: &str) {
    if !matches!(answer, Err(StoreError::Invalid(_))) {
        panic!("{because} should have been refused as invalid, but: {answer:?}");
    }
}

/// The item at a key.
pub(super) async fn stored(store: &AnyStore, table: Table, key: &Key) -> Option<Item> {
    match store.get(table, key).await {
        Ok(item) => item,
        Err(problem) => panic!("{key} should be readable: {problem}"),
    }
}

/// The item at a key, which must be there, must be this one.
pub(super) async fn must_be_stored(store: &AnyStore, table: Table, wanted: &Item) {
    must_be_same(stored(store, table, &wanted.key).await.as_ref(), wanted);
}

/// Key, version, index entry and body must be the same; bodies are compared as JSON.
pub(super) fn must_be_same(found: Option<&Item>, wanted: &Item) {
    let Some(found) = found else { panic!("{} should be there, but is not", wanted.key) };
    assert_eq!(
        (&found.key, found.version, &found.index, json(found)),
        (&wanted.key, wanted.version, &wanted.index, json(wanted)),
        "another item than was written (left: found, right: wanted)"
    );
}

/// A body as JSON.
pub(super) fn json(item: &Item) -> Value {
    match serde_json::from_str(&item.body) {
        Ok(value) => value,
        Err(problem) => panic!("the body of {} should be JSON: {problem}", item.key),
    }
}

/// All pages of a read, which must pass, keep to the limit and end.
async fn paged<T>(
    what: &str,
    limit: usize,
    read: impl AsyncFn(Option<Cursor>) -> Result<(Vec<T>, Option<Cursor>), StoreError>,
) -> Vec<T> {
    let (mut all, mut after) = (Vec::new(), None);
    for _ in 0..PAGES_MAX {
        let (some, next) = match read(after).await {
            Ok(page) => page,
            Err(problem) => panic!("{what} should be readable: {problem}"),
        };
        assert!(some.len() <= limit, "{what}: a page of {} for a limit of {limit}", some.len());
        all.extend(some);
        if next.is_none() {
            return all;
        }
        after = next;
    }
    panic!("{what} does not end: {PAGES_MAX} pages of {limit} gave {} and a cursor", all.len());
}

/// Every page of a query, with this page size.
pub(super) async fn query_all(
    store: &AnyStore,
    table: Table,
    pk: &str,
    prefix: &str,
    limit: usize,
) -> Vec<Item> {
    paged(&format!("{pk} / {prefix}…"), limit, async |after| {
        let page = store.query(table, pk, prefix, after, limit).await?;
        Ok((page.items, page.next))
    })
    .await
}

/// Every page of a segment, with this page size.
pub(super) async fn scan_all(store: &AnyStore, table: Table, segment: Segment, limit: usize) -> Vec<Item> {
    paged(&format!("{segment:?} of {}", table.name()), limit, async |after| {
        let page = store.scan(table, segment, after, limit).await?;
        Ok((page.items, page.next))
    })
    .await
}

/// Every page of an index partition as it is now, with this page size.
pub(super) async fn index_all(
    store: &AnyStore,
    table: Table,
    partition: &str,
    until: &str,
    limit: usize,
) -> Vec<Key> {
    paged(&format!("index partition {partition}"), limit, async |after| {
        let page = store.index(table, partition, until, after, limit).await?;
        Ok((page.keys, page.next))
    })
    .await
}

/// An index partition must show exactly these keys, sooner or later.
pub(super) async fn index_becomes(
    store: &AnyStore,
    table: Table,
    partition: &str,
    until: &str,
    wanted: &[Key],
) {
    let mut found = Vec::new();
    for _ in 0..INDEX_READS_MAX {
        found = index_all(store, table, partition, until, 100).await;
        if found == wanted {
            return;
        }
        tokio::time::sleep(INDEX_LAG).await;
    }
    panic!("index partition {partition} until {until} should show {wanted:?}, but shows {found:?}");
}

/// The keys of items, in their order.
pub(super) fn keys(items: &[Item]) -> Vec<Key> {
    items.iter().map(|item| item.key.clone()).collect()
}
