//! Promises about reading.

use std::collections::BTreeMap;

use super::kit::{
    AnyStore, FOREVER, index_all, index_becomes, item, keys, listed, must, must_be_invalid, must_be_same,
    must_each, put, query_all, scan_all,
};
use crate::store::{Cursor, Item, Key, KeyPage, Page, SHARDS, Segment, StoreError, Table};

/// A query gives the items of one partition in the order of their sort keys' bytes; with every page size each
/// item comes exactly once, and nothing of a partition that is not there.
pub async fn a_query_is_in_order_and_pages_give_each_once(store: AnyStore) {
    let ordered = ["D#", "D#1", "D#10", "D#2", "D#Z", "D#a", "D#é", "D#東", "D#\u{ff5e}", "D#😀", "E#1"];
    let items: Vec<Item> = ordered.iter().map(|sk| item("C#alice", sk, 1)).collect();
    must_each(&store, Table::Journal, items.iter().rev().cloned()).await;
    for limit in 1..=items.len() + 1 {
        let found = query_all(&store, Table::Journal, "C#alice", "", limit).await;
        assert_eq!(keys(&found), keys(&items), "pages of {limit}");
        for (found, wanted) in found.iter().zip(&items) {
            must_be_same(Some(found), wanted);
        }
        let some = query_all(&store, Table::Journal, "C#alice", "D#", limit).await;
        assert_eq!(keys(&some), keys(&items[..10]), "pages of {limit} with a prefix");
    }
    assert_eq!(query_all(&store, Table::Journal, "C#nobody", "", 5).await, [], "an empty partition");
    assert_eq!(query_all(&store, Table::State, "C#alice", "", 5).await, [], "the other table");
}

/// A query stays in its partition and in its prefix, however similar the neighbours are.
pub async fn a_prefix_does_not_leak(store: AnyStore) {
    let partitions = ["C#", "C#a", "C#ab", "C#a#", "C#b", "B#a"];
    for pk in partitions {
        let items = ["C", "D", "D#1", "D#1#x", "D#10", "D#2", "E"].map(|sk| item(pk, sk, 1));
        must_each(&store, Table::Journal, items).await;
    }
    let cases: [(&str, &[&str]); 7] = [
        ("D#1", &["D#1", "D#1#x", "D#10"]),
        ("D#10", &["D#10"]),
        ("D#", &["D#1", "D#1#x", "D#10", "D#2"]),
        ("D", &["D", "D#1", "D#1#x", "D#10", "D#2"]),
        ("", &["C", "D", "D#1", "D#1#x", "D#10", "D#2", "E"]),
        ("D#3", &[]),
        ("F", &[]),
    ];
    for (pk, (prefix, wanted)) in partitions.iter().flat_map(|pk| cases.map(|case| (*pk, case))) {
        for limit in [1, 2, 100] {
            let found = query_all(&store, Table::Journal, pk, prefix, limit).await;
            let wanted: Vec<Key> = wanted.iter().map(|sk| Key::new(pk, *sk)).collect();
            assert_eq!(keys(&found), wanted, "{pk} with prefix \"{prefix}\", pages of {limit}");
        }
    }
}

/// An index lists the keys of one partition by sort value, then key, up to and including the bound; an item
/// without an entry is not listed, and the two tables' indexes are apart.
pub async fn an_index_is_in_order_up_to_and_including(store: AnyStore) {
    let items = [
        listed("C#b", "STATE", 1, "2024-06-07#05", "2024-06-07T21:59:59.999999Z"),
        listed("C#c", "STATE", 1, "2024-06-07#05", "2024-06-07T10:00:00Z"),
        listed("C#a", "Y", 1, "2024-06-07#05", "2024-06-07T21:59:59.999999Z"),
        listed("C#a", "X", 1, "2024-06-07#05", "2024-06-07T21:59:59.999999Z"),
        listed("C#d", "STATE", 1, "2024-06-07#05", "2024-06-07T22:00:00Z"),
        listed("C#e", "STATE", 1, "2024-06-07#06", "2024-06-07T10:00:00Z"),
        listed("C#f", "STATE", 1, "2024-06-07#0", "2024-06-07T10:00:00Z"),
        item("C#g", "STATE", 1),
    ];
    must_each(&store, Table::State, items).await;
    must_each(&store, Table::Journal, [listed("C#j", "N", 1, "2024-06-07#05", "2024-06-07T10:00:00Z")]).await;

    let [c, x, y, b, d] = [("C#c", "STATE"), ("C#a", "X"), ("C#a", "Y"), ("C#b", "STATE"), ("C#d", "STATE")]
        .map(|(pk, sk)| Key::new(pk, sk));
    let all = [c, x, y, b, d];
    let bounds = [
        (FOREVER, 5),
        ("2024-06-07T22:00:00Z", 5),
        ("2024-06-07T21:59:59.999999Z", 4),
        ("2024-06-07T21:59:59.999998Z", 1),
        ("2024-06-07T21:59:59", 1),
        ("2024-06-07", 0),
    ];
    for (until, count) in bounds {
        index_becomes(&store, Table::State, "2024-06-07#05", until, &all[..count]).await;
    }
    index_becomes(&store, Table::Journal, "2024-06-07#05", FOREVER, &[Key::new("C#j", "N")]).await;
    index_becomes(&store, Table::State, "2024-06-08#05", FOREVER, &[]).await;
}

/// With every page size an index gives each key exactly once, also among equal sort values.
pub async fn index_pages_give_each_once(store: AnyStore) {
    let items: Vec<Item> = (0..12)
        .map(|n| listed(&format!("C#{n:02}"), "STATE", 1, "lane#00", &format!("t{}", n / 4)))
        .collect();
    must_each(&store, Table::Journal, items.clone()).await;
    index_becomes(&store, Table::Journal, "lane#00", "t9", &keys(&items)).await;
    for limit in 1..=items.len() + 1 {
        let found = index_all(&store, Table::Journal, "lane#00", "t9", limit).await;
        assert_eq!(found, keys(&items), "pages of {limit}");
        let found = index_all(&store, Table::Journal, "lane#00", "t1", limit).await;
        assert_eq!(found, keys(&items[..8]), "pages of {limit} up to a bound");
    }
}

/// An entry follows its item: to another sort value, to another partition, out of the index and back.
pub async fn an_index_entry_moves_and_disappears(store: AnyStore) {
    let alice = [Key::new("C#alice", "STATE")];
    let steps: [(Item, &[Key], &[Key]); 6] = [
        (listed("C#alice", "STATE", 1, "one", "1"), &alice, &[]),
        (listed("C#alice", "STATE", 2, "one", "2"), &alice, &[]),
        (listed("C#alice", "STATE", 3, "two", "1"), &[], &alice),
        (listed("C#alice", "STATE", 4, "two", "1"), &[], &alice),
        (item("C#alice", "STATE", 5), &[], &[]),
        (listed("C#alice", "STATE", 6, "one", "3"), &alice, &[]),
    ];
    for (item, one, two) in steps {
        must(&store, vec![put(Table::State, item)]).await;
        index_becomes(&store, Table::State, "one", FOREVER, one).await;
        index_becomes(&store, Table::State, "two", FOREVER, two).await;
    }
    index_becomes(&store, Table::State, "one", "2", &[]).await;
}

/// A reader of an index who goes on from a cursor sees each key that was there all along exactly once, though
/// others take out what he has read, also the very key the cursor stands on, and put new ones around it.
pub async fn an_index_cursor_stays_right_while_others_write(store: AnyStore) {
    let items: Vec<Item> =
        (0..20).map(|n| listed(&format!("C#{n:02}"), "STATE", 1, "due", &format!("{n:02}"))).collect();
    must_each(&store, Table::State, items.clone()).await;
    index_becomes(&store, Table::State, "due", "50", &keys(&items)).await;

    let first = done(store.index(Table::State, "due", "50", None, 5).await);
    assert_eq!(first.keys, keys(&items[..5]), "the first page");
    assert!(first.next.is_some(), "there is more");
    must_each(&store, Table::State, (0..5).map(|n| item(&format!("C#{n:02}"), "STATE", 2))).await;
    let around =
        [("C#before", "00"), ("C#after", "51")].map(|(pk, sort)| listed(pk, "STATE", 1, "due", sort));
    must_each(&store, Table::State, around).await;

    let (mut found, mut after) = (Vec::new(), first.next);
    while let Some(cursor) = after {
        let page = done(store.index(Table::State, "due", "50", Some(cursor), 3).await);
        found.extend(page.keys);
        after = page.next;
    }
    assert_eq!(found, keys(&items[5..]), "the rest of the index, once");
}

/// A reader of a partition who goes on from a cursor sees the rest exactly once, though others put items before
/// the cursor and put the one it stands on again.
pub async fn a_query_cursor_stays_right_while_others_write(store: AnyStore) {
    let items: Vec<Item> = (0..10).map(|n| item("C#alice", &format!("D#{n}0"), 1)).collect();
    must_each(&store, Table::Journal, items.clone()).await;
    let first = done(store.query(Table::Journal, "C#alice", "D#", None, 4).await);
    assert!(first.next.is_some(), "there is more");
    must_each(&store, Table::Journal, [item("C#alice", "D#05", 1), item("C#alice", "D#30", 2)]).await;
    let rest = done(store.query(Table::Journal, "C#alice", "D#", first.next, 100).await);
    assert_eq!(keys(&rest.items), keys(&items[4..]), "the rest of the query, once");
}

/// A scan beside which others put new items gives each item that was there all along exactly once, and ends.
pub async fn a_scan_cursor_stays_right_while_others_write(store: AnyStore) {
    let items: Vec<Item> = (0..40).map(|n| item(&format!("C#{n}"), "STATE", 1)).collect();
    must(&store, items.iter().map(|item| put(Table::State, item.clone())).collect()).await;
    let (mut seen, mut after) = (BTreeMap::<Key, usize>::new(), None);
    for round in 0..200 {
        let page = done(store.scan(Table::State, Segment { number: 0, of: 1 }, after, 4).await);
        for item in page.items {
            *seen.entry(item.key).or_default() += 1;
        }
        after = page.next;
        if after.is_none() {
            break;
        }
        must(&store, vec![put(Table::State, item(&format!("F#{round}"), "STATE", 1))]).await;
    }
    assert!(after.is_none(), "the scan should end");
    for key in keys(&items) {
        assert_eq!(seen.get(&key), Some(&1), "{key} in a scan beside writes");
    }
}

/// However many segments a table is read in, with whatever page size, together they give every item exactly
/// once, and all items of one partition come in one segment.
pub async fn segments_cover_each_exactly_once(store: AnyStore) {
    let items: Vec<Item> = (0..150)
        .flat_map(|n| [item(&format!("C#{n}"), "STATE", 1), item(&format!("C#{n}"), "Z", 1)])
        .collect();
    for some in items.chunks(100) {
        must(&store, some.iter().map(|item| put(Table::State, item.clone())).collect()).await;
    }
    let mut wanted = keys(&items);
    wanted.sort();
    for (of, limit) in [(1, 1), (1, 1000), (2, 7), (3, 5), (7, 7), (SHARDS, 3), (SHARDS, 1000)] {
        let mut found = Vec::new();
        let mut segment_of = BTreeMap::new();
        for number in 0..of {
            let read = keys(&scan_all(&store, Table::State, Segment { number, of }, limit).await);
            for key in &read {
                let first = *segment_of.entry(key.pk.clone()).or_insert(number);
                assert_eq!(first, number, "the segment of {key}, of {of}");
            }
            found.extend(read);
        }
        found.sort();
        assert_eq!(found, wanted, "{of} segments in pages of {limit}");
    }
    assert_eq!(
        scan_all(&store, Table::Journal, Segment { number: 0, of: 1 }, 9).await,
        [],
        "the other table"
    );
}

/// A page of nothing, a segment that is none and a cursor of no read are refused.
pub async fn malformed_reads_are_refused(store: AnyStore) {
    let whole = Segment { number: 0, of: 1 };
    must_be_invalid(store.query(Table::State, "C#a", "", None, 0).await, "a query with a limit of 0");
    must_be_invalid(store.index(Table::State, "p", "9", None, 0).await, "an index read with a limit of 0");
    must_be_invalid(store.index(Table::State, "p", "9 ", None, 1).await, "an index read up to a space");
    must_be_invalid(store.scan(Table::State, whole, None, 0).await, "a scan with a limit of 0");
    for (number, of) in [(0, 0), (1, 1), (3, 2), (0, SHARDS + 1), (SHARDS, SHARDS)] {
        let segment = Segment { number, of };
        must_be_invalid(
            store.scan(Table::State, segment, None, 1).await,
            &format!("segment {number} of {of}"),
        );
    }
    let strange = || Some(Cursor(Vec::new()));
    must_be_invalid::<Page>(store.query(Table::State, "C#a", "", strange(), 1).await, "a strange cursor");
    must_be_invalid::<KeyPage>(store.index(Table::State, "p", "9", strange(), 1).await, "a strange cursor");
    must_be_invalid::<Page>(store.scan(Table::State, whole, strange(), 1).await, "a strange cursor");
}

/// What a read gave; it must pass.
fn done<T>(answer: Result<T, StoreError>) -> T {
    match answer {
        Ok(value) => value,
        Err(problem) => panic!("a read should pass: {problem}"),
    }
}
