//! Promises about writing.

use serde_json::json;

use super::kit::{
    AnyStore, conflict, item, json, keys, listed, must, must_be_same, must_be_stored, must_each, put,
    query_all, refused, stored,
};
use crate::limits::TRANSACTION_BYTES_MAX;
use crate::store::{Expect, ITEM_BYTES_MAX, Item, Key, StoreError, TRANSACTION_WRITES_MAX, Table, Write};

/// `Absent` passes only where there is nothing, `Version` only on exactly that version; a write that fails
/// leaves everything as it was.
pub async fn conditions_compare_what_is_stored(store: AnyStore) {
    let key = Key::new("C#alice", "STATE");
    assert_eq!(stored(&store, Table::State, &key).await, None, "an empty store has no items");

    conflict(&store, vec![put(Table::State, item("C#alice", "STATE", 2))]).await;
    assert_eq!(stored(&store, Table::State, &key).await, None, "a version of nothing creates nothing");

    must(&store, vec![put(Table::State, item("C#alice", "STATE", 1))]).await;
    conflict(&store, vec![put(Table::State, item("C#alice", "STATE", 1))]).await;
    must(&store, vec![put(Table::State, item("C#alice", "STATE", 2))]).await;
    for stale in [2, 4] {
        conflict(&store, vec![put(Table::State, item("C#alice", "STATE", stale))]).await;
    }
    must_be_stored(&store, Table::State, &item("C#alice", "STATE", 2)).await;
}

/// The same key is another item in the other table.
pub async fn tables_are_apart(store: AnyStore) {
    let (state, journal) = (listed("C#alice", "X", 1, "p", "1"), item("C#alice", "X", 1));
    must(&store, vec![put(Table::State, state.clone())]).await;
    assert_eq!(stored(&store, Table::Journal, &state.key).await, None, "written to state, found in journal");
    must(&store, vec![put(Table::Journal, journal.clone())]).await;
    must_be_stored(&store, Table::State, &state).await;
    must_be_stored(&store, Table::Journal, &journal).await;
}

/// A conflict carries the item that is there, whole; or none if there is none.
pub async fn the_loser_learns_who_won(store: AnyStore) {
    let mut winner = listed("X#command-7", "OUTCOME", 1, "lane#01", "2024-06-04");
    winner.body = r#"{"outcome":"accepted","by":"é"}"#.to_owned();
    must(&store, vec![put(Table::Journal, winner.clone())]).await;

    let (_, key, existing) =
        conflict(&store, vec![put(Table::Journal, item("X#command-7", "OUTCOME", 1))]).await;
    assert_eq!(key, winner.key, "the conflict names the key");
    must_be_same(existing.as_ref(), &winner);

    let (_, key, existing) =
        conflict(&store, vec![put(Table::Journal, item("X#command-8", "OUTCOME", 5))]).await;
    assert_eq!((key, existing), (Key::new("X#command-8", "OUTCOME"), None), "nothing is there");
}

/// One failed condition, also that of the last of many writes in the other table, and nothing is written: no
/// item, no new version, no index entry. Without it everything is.
pub async fn a_transaction_is_all_or_nothing(store: AnyStore) {
    must(&store, vec![put(Table::State, listed("C#alice", "STATE", 1, "due#01", "1"))]).await;
    let writes = |last: u64| {
        let mut writes = vec![put(Table::State, listed("C#alice", "STATE", 2, "due#02", "2"))];
        writes.extend(
            (0..60).map(|n| put(Table::Journal, listed("C#alice", &format!("D#{n:02}"), 1, "lane", "1"))),
        );
        writes.push(put(Table::Journal, item("C#alice", "N#last", last)));
        writes
    };
    let (write, key, _) = conflict(&store, writes(2)).await;
    assert_eq!((write, key.sk.as_str()), (61, "N#last"), "the last write failed");
    must_be_stored(&store, Table::State, &listed("C#alice", "STATE", 1, "due#01", "1")).await;
    assert_eq!(query_all(&store, Table::Journal, "C#alice", "", 100).await, [], "nothing was written");

    must(&store, writes(1)).await;
    must_be_stored(&store, Table::State, &listed("C#alice", "STATE", 2, "due#02", "2")).await;
    let written = query_all(&store, Table::Journal, "C#alice", "", 100).await;
    assert_eq!(written.len(), 61, "everything was written: {:?}", keys(&written));
}

/// If several conditions are not met, the conflict names the first of them in the order of the writes.
pub async fn the_first_failed_write_is_named(store: AnyStore) {
    must_each(&store, Table::State, [item("C#b", "STATE", 1), item("C#d", "STATE", 1)]).await;
    let writes = ["C#z", "C#d", "C#b", "C#a"].map(|pk| put(Table::State, item(pk, "STATE", 1))).to_vec();
    let (write, key, existing) = conflict(&store, writes).await;
    assert_eq!((write, key), (1, Key::new("C#d", "STATE")), "the first failed write");
    must_be_same(existing.as_ref(), &item("C#d", "STATE", 1));
}

/// Two writes of one transaction for one key are refused; for one key of each table they are not.
pub async fn a_key_is_written_once_per_transaction(store: AnyStore) {
    let twice =
        [("a", 1), ("b", 1), ("a", 1)].map(|(sk, v)| put(Table::Journal, item("C#x", sk, v))).to_vec();
    refused(&store, twice, "a transaction that writes one key twice").await;
    assert_eq!(
        query_all(&store, Table::Journal, "C#x", "", 10).await,
        [],
        "a refused transaction writes nothing"
    );

    let both = [Table::State, Table::Journal].map(|table| put(table, item("C#x", "a", 1))).to_vec();
    must(&store, both).await;
}

/// 100 writes pass; 101 and none are refused.
pub async fn a_transaction_has_1_to_100_writes(store: AnyStore) {
    let writes = |pk: &str, count: usize| -> Vec<Write> {
        (0..count).map(|n| put(Table::Journal, item(pk, &format!("D#{n:03}"), 1))).collect()
    };
    refused(&store, Vec::new(), "a transaction of no writes").await;
    refused(&store, writes("C#more", TRANSACTION_WRITES_MAX + 1), "a transaction of 101 writes").await;
    assert_eq!(query_all(&store, Table::Journal, "C#more", "", 200).await, [], "nothing was written");
    must(&store, writes("C#most", TRANSACTION_WRITES_MAX)).await;
    assert_eq!(query_all(&store, Table::Journal, "C#most", "", 200).await.len(), TRANSACTION_WRITES_MAX);
}

/// An item larger than 400 KB and a transaction larger than 4 MB are refused; a little below, both pass.
pub async fn sizes_are_limited(store: AnyStore) {
    let sized = |sk: &str, bytes: usize| {
        let fixed = "C#big".len() + sk.len() + r#"{"t":""}"#.len();
        let body = format!(r#"{{"t":"{}"}}"#, "x".repeat(bytes - fixed));
        put(Table::State, Item { body, ..item("C#big", sk, 1) })
    };
    refused(&store, vec![sized("1", ITEM_BYTES_MAX + 1)], "an item of one byte too many").await;

    let large = ITEM_BYTES_MAX - 10 * 1024;
    let fitting = TRANSACTION_BYTES_MAX / large;
    let writes = |count: usize| (0..count).map(|n| sized(&format!("{n}"), large)).collect::<Vec<_>>();
    refused(&store, writes(fitting + 1), "a transaction of more than 4 MB").await;
    assert_eq!(query_all(&store, Table::State, "C#big", "", 20).await, [], "nothing was written");
    must(&store, writes(fitting)).await;
    let read = query_all(&store, Table::State, "C#big", "", 20).await;
    assert_eq!(read.len(), fitting, "large items are read back");
    for item in &read {
        assert_eq!(json(item)["t"].as_str().map(str::len), Some(large - "C#big".len() - 1 - 8), "whole");
    }
}

/// A write whose version is not the one after the expected is refused, whatever is stored.
pub async fn the_next_version_is_the_only_one(store: AnyStore) {
    let write = |version: u64, expect: Expect| {
        vec![Write { table: Table::State, item: item("C#alice", "STATE", version), expect }]
    };
    for version in [0, 2] {
        refused(&store, write(version, Expect::Absent), "a new item whose version is not 1").await;
    }
    must(&store, write(1, Expect::Absent)).await;
    for version in [0, 1, 3] {
        refused(&store, write(version, Expect::Version(1)), "a version that is not the one after").await;
    }
    refused(&store, write(0, Expect::Version(u64::MAX)), "a version after the last").await;
    must_be_stored(&store, Table::State, &item("C#alice", "STATE", 1)).await;
}

/// Empty keys, empty index entries and bodies that are not a JSON object on one line are refused.
pub async fn malformed_items_are_refused(store: AnyStore) {
    let with_body = |body: &str| Item { body: body.to_owned(), ..item("C#x", "STATE", 1) };
    let malformed = [
        (item("", "STATE", 1), "an empty partition key"),
        (item("C#x", "", 1), "an empty sort key"),
        (item(&"x".repeat(2049), "STATE", 1), "a partition key of 2,049 bytes"),
        (item("C#x", &"x".repeat(1025), 1), "a sort key of 1,025 bytes"),
        (listed("C#x", "STATE", 1, "", "1"), "an empty index partition"),
        (listed("C#x", "STATE", 1, "p", ""), "an empty index sort value"),
        (listed("C#x", "STATE", 1, "p", "2024 1"), "an index sort value with a space"),
        (listed("C#x", "STATE", 1, "p", &"x".repeat(1015)), "an index sort value and key of 1,025 bytes"),
        (with_body(""), "an empty body"),
        (with_body("[]"), "a body that is an array"),
        (with_body("{\n}"), "a body of two lines"),
    ];
    for (item, because) in malformed {
        refused(&store, vec![put(Table::State, item)], because).await;
    }
}

/// Keys, index entries and bodies come back as they were written, in any script, also when nearly empty.
pub async fn keys_and_bodies_survive(store: AnyStore) {
    let bodies = [
        json!({}),
        json!({ "a": "" }),
        json!({ "a": null, "b": [], "c": {}, "d": false, "e": 0 }),
        json!({ "a": [[], [null], { "b": [""] }], "n": -1, "large": 9_007_199_254_740_993_i64, "x": 0.5 }),
        json!({ "é": "œuvre", "東": "京都", "𝄞": "👩‍🎓", "rtl": "שלום", "e\u{301}": "\u{e9}" }),
        json!({ "escaped": "\"\\/\u{8}\u{c}\n\r\t\u{1}\u{7f}\u{2028}", "not a tag": "</script>&amp;'" }),
    ];
    for (number, body) in bodies.iter().enumerate() {
        for pk in ["C#éléonore-東𝄞", "C# spaces & \"quotes\" \\ / %41 +"] {
            let mut item = listed(pk, &format!("N#{number}#é"), 1, "voie#é", "2024-06-04T'x'");
            item.body = body.to_string();
            must(&store, vec![put(Table::Journal, item.clone())]).await;
            must_be_stored(&store, Table::Journal, &item).await;
        }
    }
}

/// Eight tasks that each read a counter and write it back one higher, 50 times, lose no update: each write is
/// one version, and its record in the other table is there exactly once.
pub async fn no_update_is_lost(store: AnyStore) {
    const TASKS: u64 = 8;
    const INCREMENTS: u64 = 50;
    must(&store, vec![put(Table::State, counter(1))]).await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..TASKS {
        let store = store.clone();
        tasks.spawn(async move {
            for _ in 0..INCREMENTS {
                while !increment(&store).await {}
            }
        });
    }
    while let Some(ended) = tasks.join_next().await {
        assert!(ended.is_ok(), "a writer failed: {ended:?}");
    }
    let last = 1 + TASKS * INCREMENTS;
    must_be_stored(&store, Table::State, &counter(last)).await;
    let records = query_all(&store, Table::Journal, "J#counter", "D#", 500).await;
    let wanted: Vec<Key> = (2..=last).map(|version| record(version).key).collect();
    assert_eq!(keys(&records), wanted, "one record per version");
}

/// Tries once to raise the counter; says whether it did.
async fn increment(store: &AnyStore) -> bool {
    let found = stored(store, Table::State, &counter(1).key).await;
    let version = found.map_or(0, |item| item.version);
    tokio::task::yield_now().await;
    let writes = vec![put(Table::State, counter(version + 1)), put(Table::Journal, record(version + 1))];
    match store.transact(writes).await {
        Ok(()) => true,
        Err(StoreError::Conflict { .. } | StoreError::Throttled) => false,
        Err(problem) => panic!("an increment should pass or be told to try again: {problem}"),
    }
}

fn counter(version: u64) -> Item {
    item("J#counter", "STATE", version)
}

fn record(version: u64) -> Item {
    item("J#counter", &format!("D#{version:06}"), 1)
}
