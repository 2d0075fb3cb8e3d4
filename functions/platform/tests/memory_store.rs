//! What the store in memory promises beyond the port: exact limits, segments by shard, and its two files.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::Path;

use platform::memory::{LoadError, MemoryObjects, MemoryStore};
use platform::store::{Expect, ITEM_BYTES_MAX, IndexEntry, SHARDS, Segment};
use platform::{Item, Key, ObjectError, Objects, Store, StoreError, Table, Write};

fn item(pk: &str, sk: &str, body: &str) -> Item {
    Item { key: Key::new(pk, sk), version: 1, index: None, body: body.to_owned() }
}

fn create(table: Table, item: Item) -> Vec<Write> {
    vec![Write { table, item, expect: Expect::Absent }]
}

async fn filled() -> MemoryStore {
    let store = MemoryStore::new();
    let bodies = [
        r#"{}"#,
        r#"{ "b" : 1.0,	"a":1e400, "a" : "\u00e9é\ud834\udd1e" }"#,
        "{\"deep\":[[[{}]]],\r\"n\":12345678901234567890123}",
    ];
    for (number, body) in bodies.into_iter().enumerate() {
        for pk in ["F#b", "C#\"é\\", "C#a\n", "C#a"] {
            let mut item = item(pk, &format!("D#{number}"), body);
            if number == 1 {
                item.index =
                    Some(IndexEntry { partition: "lane#é".to_owned(), sort: pk.trim_end().to_owned() });
            }
            store.transact(create(Table::Journal, item.clone())).await.unwrap();
            store.transact(create(Table::State, item)).await.unwrap();
        }
    }
    store
}

async fn everything(store: &MemoryStore, table: Table) -> Vec<Item> {
    store.scan(table, Segment { number: 0, of: 1 }, None, usize::MAX).await.unwrap().items
}

fn bytes(dir: &Path) -> [Vec<u8>; 2] {
    ["state.jsonl", "journal.jsonl"].map(|name| fs::read(dir.join(name)).unwrap())
}

// Each item lies in the segment that its shard says.
#[tokio::test]
async fn segments_follow_shards() {
    let store = MemoryStore::new();
    for n in 0..300 {
        store.transact(create(Table::State, item(&format!("C#{n}"), "STATE", "{}"))).await.unwrap();
    }
    for of in [1, 2, 3, 7, SHARDS] {
        for number in 0..of {
            let page = store.scan(Table::State, Segment { number, of }, None, 1000).await.unwrap();
            assert!(page.items.iter().all(|item| item.key.shard() % of == number));
        }
    }
}

// The largest item is exactly as large as the port says, and a page that ends with the last item says so.
#[tokio::test]
async fn limits_are_exact() {
    let store = MemoryStore::new();
    let sized = |bytes: usize| item("C#a", "B", &format!(r#"{{"t":"{}"}}"#, "x".repeat(bytes - 12)));
    let refused = store.transact(create(Table::State, sized(ITEM_BYTES_MAX + 1))).await;
    assert!(matches!(refused, Err(StoreError::Invalid(_))), "{refused:?}");
    store.transact(create(Table::State, sized(ITEM_BYTES_MAX))).await.unwrap();
    assert_eq!(store.query(Table::State, "C#a", "", None, 1).await.unwrap().next, None);
}

// Every item comes back from the files, its body byte for byte: spaces, doubled names, numbers beyond any type.
#[tokio::test]
async fn saved_and_loaded_is_the_same() {
    let store = filled().await;
    let dir = tempfile::tempdir().unwrap();
    store.save(&dir.path().join("new/folder")).unwrap();
    let loaded = MemoryStore::load(&dir.path().join("new/folder")).unwrap();
    for table in [Table::State, Table::Journal] {
        assert_eq!(everything(&loaded, table).await, everything(&store, table).await);
        let listed = store.index(table, "lane#é", "z", None, 10).await.unwrap().keys;
        assert_eq!(listed.len(), 4);
        assert_eq!(loaded.index(table, "lane#é", "z", None, 10).await.unwrap().keys, listed);
    }
}

// Equal stores give equal bytes, whatever the order of their writes; a second save replaces the first and
// leaves nothing else in the folder.
#[tokio::test]
async fn equal_stores_give_equal_bytes() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = filled().await;
    let reversed = MemoryStore::new();
    for table in [Table::State, Table::Journal] {
        for item in everything(&store, table).await.into_iter().rev() {
            reversed.transact(create(table, item)).await.unwrap();
        }
    }
    MemoryStore::new().save(other.path()).unwrap();
    assert_eq!(bytes(other.path()), [b"", b""].map(|empty| empty.to_vec()), "an empty store");
    store.save(one.path()).unwrap();
    reversed.save(other.path()).unwrap();
    assert_eq!(bytes(one.path()), bytes(other.path()));
    assert_eq!(fs::read_dir(other.path()).unwrap().count(), 2);
}

// The files are what was agreed: one item per line, by key, the index only where there is one.
#[tokio::test]
async fn the_files_are_as_agreed() {
    let store = MemoryStore::new();
    let mut listed = item("C#b", "STATE", r#"{"n": 1}"#);
    listed.index = Some(IndexEntry { partition: "2024-06-07#05".to_owned(), sort: "T".to_owned() });
    for item in [listed, item("C#a", "Z", "{}"), item("C#a", "STATE", "{}")] {
        store.transact(create(Table::State, item)).await.unwrap();
    }
    let dir = tempfile::tempdir().unwrap();
    store.save(dir.path()).unwrap();
    let lines = [
        r#"{"pk":"C#a","sk":"STATE","version":1,"body":{}}"#,
        r#"{"pk":"C#a","sk":"Z","version":1,"body":{}}"#,
        r#"{"pk":"C#b","sk":"STATE","version":1,"index":{"partition":"2024-06-07#05","sort":"T"},"body":{"n": 1}}"#,
    ];
    let [state, journal] = bytes(dir.path());
    assert_eq!(String::from_utf8(state).unwrap(), lines.map(|line| format!("{line}\n")).concat());
    assert_eq!(journal, b"");
}

// A body that only looks like JSON is found when saving, named, and the files from before stay.
#[tokio::test]
async fn a_save_that_fails_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let store = filled().await;
    store.save(dir.path()).unwrap();
    let before = bytes(dir.path());
    store.transact(create(Table::Journal, item("C#zoe", "D#9", "{not json}"))).await.unwrap();
    let problem = store.save(dir.path()).unwrap_err().to_string();
    assert!(problem.contains("C#zoe / D#9"), "{problem}");
    assert_eq!(bytes(dir.path()), before);
}

// Whatever is wrong with a file, the error names the file and the line and says what was expected and what
// to do; nothing is loaded by halves.
#[tokio::test]
async fn load_errors_say_where_and_what() {
    let good = r#"{"pk":"C#a","sk":"STATE","version":1,"body":{}}"#;
    let cases = [
        (r#"{"pk":"C#b","sk":"STATE","version":1,"body":{"cut":"#, "expected an item"),
        (r#"{"pk":"C#b","sk":"STATE","version":1}"#, "missing field `body`"),
        (r#"{"pk":"C#b","sk":"STATE","version":1,"body":{},"ttl":3}"#, "unknown field `ttl`"),
        (
            r#"{"pk":"C#b","sk":"STATE","version":1,"index":{"partition":"p"},"body":{}}"#,
            "missing field `sort`",
        ),
        (r#"{"pk":"C#b","sk":"STATE","version":0,"body":{}}"#, "expected a version from 1"),
        (r#"{"pk":"C#b","sk":"STATE","version":-1,"body":{}}"#, "expected an item"),
        (r#"{"pk":"","sk":"STATE","version":1,"body":{}}"#, "partition key"),
        (r#"{"pk":"C#b","sk":"STATE","version":1,"body":[]}"#, "not a JSON object"),
        (good, "expected each key once"),
        (r#"{"pk":"C#a","sk":"A","version":1,"body":{}}"#, "C#a / A after C#a / STATE"),
        ("", "expected an item"),
    ];
    for (line, says) in cases {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("state.jsonl"), "").unwrap();
        fs::write(dir.path().join("journal.jsonl"), format!("{good}\n{line}\n")).unwrap();
        let problem = MemoryStore::load(dir.path()).unwrap_err();
        assert!(matches!(problem, LoadError::Line { line: 2, .. }), "{problem:?}");
        let shown = problem.to_string();
        for wanted in ["journal.jsonl, line 2: ", says, "put the file back"] {
            assert!(shown.contains(wanted), "\"{wanted}\" should be in: {shown}");
        }
    }
}

// A folder without one of the files is no saved store.
#[tokio::test]
async fn a_missing_file_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    MemoryStore::new().save(dir.path()).unwrap();
    fs::remove_file(dir.path().join("journal.jsonl")).unwrap();
    let problem = MemoryStore::load(dir.path()).unwrap_err();
    assert!(
        matches!(&problem, LoadError::Unreadable { file, .. } if file.ends_with("journal.jsonl")),
        "{problem:?}"
    );
    assert!(problem.to_string().contains("give the folder of a saved store"), "{problem}");
}

// Objects in memory are replaced whole, and refuse the keys that a folder refuses.
#[tokio::test]
async fn memory_objects_keep_the_last() {
    let objects = MemoryObjects::new();
    assert_eq!(objects.get("plans/2024-06-04/plan.csv").await.unwrap(), None);
    for bytes in [vec![1, 2, 3], vec![]] {
        objects.put("plans/2024-06-04/plan.csv", bytes.clone()).await.unwrap();
        assert_eq!(objects.get("plans/2024-06-04/plan.csv").await.unwrap(), Some(bytes));
    }
    assert_eq!(objects.keys(), ["plans/2024-06-04/plan.csv"]);
    let refused = objects.put("../plan.csv", vec![]).await;
    assert!(matches!(refused, Err(ObjectError::InvalidKey(_))), "{refused:?}");
}
