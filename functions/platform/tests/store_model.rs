//! The store in memory, and the one on DynamoDB, against the simplest thing that could be one: a sorted map that is
//! searched from end to end.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};

use platform::embedded::Embedded;
use platform::memory::MemoryStore;
use platform::store::{Cursor, Expect, IndexEntry, Segment};
use platform::{Item, Key, Store, StoreError, Table, Write};
use proptest::prelude::*;

const TABLES: [Table; 2] = [Table::State, Table::Journal];
const PARTITIONS: [&str; 4] = ["C#a", "C#ab", "C#b", "F#é"];
const SORTS: [&str; 4] = ["D#1", "D#10", "D#2", "STATE"];
const PREFIXES: [&str; 4] = ["", "D#", "D#1", "S"];

/// How a transaction ends: which write met which item, if any did.
#[derive(Debug, PartialEq)]
enum Answer {
    Written,
    Conflict(usize, Key, Option<Item>),
    Refused,
}

/// The naive store.
#[derive(Default)]
struct Model(BTreeMap<(Table, Key), Item>);

impl Model {
    fn transact(&mut self, writes: &[Write]) -> Answer {
        let distinct: BTreeSet<_> = writes.iter().map(|write| (write.table, &write.item.key)).collect();
        if distinct.len() < writes.len() {
            return Answer::Refused;
        }
        for (number, Write { table, item, expect }) in writes.iter().enumerate() {
            let existing = self.0.get(&(*table, item.key.clone()));
            let found = existing.map_or(Expect::Absent, |item| Expect::Version(item.version));
            if found != *expect {
                return Answer::Conflict(number, item.key.clone(), existing.cloned());
            }
        }
        for Write { table, item, .. } in writes {
            self.0.insert((*table, item.key.clone()), item.clone());
        }
        Answer::Written
    }

    /// The items of a table that are wanted, in order of key.
    fn items(&self, table: Table, wanted: impl Fn(&Item) -> bool) -> Vec<Item> {
        let held = self.0.iter().filter(|((held_in, _), _)| *held_in == table).map(|(_, item)| item);
        held.filter(|item| wanted(item)).cloned().collect()
    }

    /// The keys that a table's index lists in a partition up to a bound.
    fn listed(&self, table: Table, partition: &str, until: &str) -> Vec<Key> {
        let within = |entry: &IndexEntry| entry.partition == partition && entry.sort.as_str() <= until;
        let mut items = self.items(table, |item| item.index.as_ref().is_some_and(within));
        items.sort_by_key(|item| (item.index.clone(), item.key.clone()));
        items.into_iter().map(|item| item.key).collect()
    }
}

/// A write as drawn; whether its condition fits depends on what is there by then.
#[derive(Debug, Clone)]
struct Drawn {
    table: Table,
    key: Key,
    fits: bool,
    index: Option<IndexEntry>,
    body: String,
}

impl Drawn {
    fn write(self, model: &Model) -> Write {
        let stored = model.0.get(&(self.table, self.key.clone())).map_or(0, |item| item.version);
        let expected = if self.fits { stored } else { (stored + 1) % 3 };
        let expect = if expected == 0 { Expect::Absent } else { Expect::Version(expected) };
        let item = Item { key: self.key, version: expected + 1, index: self.index, body: self.body };
        Write { table: self.table, item, expect }
    }
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let entry = (0..2u8, 0..3u8).prop_map(|(partition, sort)| IndexEntry {
        partition: format!("p{partition}"),
        sort: format!("s{sort}"),
    });
    let place = (
        prop::sample::select(&TABLES[..]),
        prop::sample::select(&PARTITIONS[..]),
        prop::sample::select(&SORTS[..]),
    );
    (place, prop::bool::weighted(0.9), prop::option::of(entry), 0..1000u16).prop_map(
        |((table, pk, sk), fits, index, n)| Drawn {
            table,
            key: Key::new(pk, sk),
            fits,
            index,
            body: format!(r#"{{"n":{n}}}"#),
        },
    )
}

/// All pages of a read.
async fn paged<T>(read: impl AsyncFn(Option<Cursor>) -> (Vec<T>, Option<Cursor>)) -> Vec<T> {
    let (mut all, mut next) = read(None).await;
    while next.is_some() {
        let (some, after) = read(next).await;
        all.extend(some);
        next = after;
    }
    all
}

async fn compare_items(store: &dyn Store, model: &Model, table: Table, limit: usize) {
    for pk in PARTITIONS {
        for sk in SORTS {
            let key = Key::new(pk, sk);
            let found = store.get(table, &key).await.unwrap();
            assert_eq!(found.as_ref(), model.0.get(&(table, key)));
        }
        for prefix in PREFIXES {
            let found = paged(async |after| {
                let page = store.query(table, pk, prefix, after, limit).await.unwrap();
                (page.items, page.next)
            });
            let wanted = model.items(table, |item| item.key.pk == pk && item.key.sk.starts_with(prefix));
            assert_eq!(found.await, wanted, "query of {pk} / {prefix} in pages of {limit}");
        }
    }
}

async fn compare_lists(store: &dyn Store, model: &Model, table: Table, limit: usize) {
    for partition in ["p0", "p1"] {
        for until in ["s", "s0", "s1", "s2"] {
            let found = paged(async |after| {
                let page = store.index(table, partition, until, after, limit).await.unwrap();
                (page.keys, page.next)
            });
            let wanted = model.listed(table, partition, until);
            assert_eq!(found.await, wanted, "index of {partition} until {until} in pages of {limit}");
        }
    }
    let of = u32::try_from(limit).unwrap();
    let mut found = Vec::new();
    for number in 0..of {
        let segment = paged(async |after| {
            let page = store.scan(table, Segment { number, of }, after, limit).await.unwrap();
            (page.items, page.next)
        });
        found.extend(segment.await);
    }
    found.sort_by_key(|item| item.key.clone());
    assert_eq!(found, model.items(table, |_| true), "{of} segments in pages of {limit}");
}

async fn run(store: &dyn Store, transactions: Vec<Vec<Drawn>>, limit: usize) {
    let mut model = Model::default();
    for drawn in transactions {
        let writes: Vec<Write> = drawn.into_iter().map(|drawn| drawn.write(&model)).collect();
        let wanted = model.transact(&writes);
        let found = match store.transact(writes).await {
            Ok(()) => Answer::Written,
            Err(StoreError::Conflict { write, key, existing }) => {
                Answer::Conflict(write, key, existing.map(|item| *item))
            }
            Err(StoreError::Invalid(_)) => Answer::Refused,
            Err(problem) => panic!("a store in this process does not fail: {problem}"),
        };
        assert_eq!(found, wanted);
        for table in TABLES {
            compare_items(store, &model, table, limit).await;
            compare_lists(store, &model, table, limit).await;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    // Over random transactions, fitting or not, every answer and every read is the model's.
    #[test]
    fn memory_store_is_the_model(
        transactions in prop::collection::vec(prop::collection::vec(drawn(), 1..5), 1..30),
        limit in 1..5usize,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(run(&MemoryStore::new(), transactions, limit));
    }
}

proptest! {
    // Fewer: every one is thousands of requests to a database.
    #![proptest_config(ProptestConfig { cases: 4, failure_persistence: None, ..ProptestConfig::default() })]

    // So are those of the store on DynamoDB, over its engine in this process: the two are one to their callers.
    #[test]
    fn dynamo_store_is_the_model(
        transactions in prop::collection::vec(prop::collection::vec(drawn(), 1..5), 1..20),
        limit in 1..5usize,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let store = Embedded::memory().unwrap().store("model-").await.unwrap();
            run(&store, transactions, limit).await;
        });
    }
}
