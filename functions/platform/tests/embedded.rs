//! What the engine in this process adds to the store on DynamoDB: a file that outlives the process, however that
//! ends, and figures.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use platform::dynamodb::rows::item_bytes;
use platform::dynamodb::{DynamoStore, Units};
use platform::embedded::{Embedded, EmbeddedError};
use platform::store::{Expect, IndexEntry, Segment};
use platform::{Item, Key, Store, StoreError, Table, Write};

/// Names the file to the process that is killed.
const FILE: &str = "EMBEDDED_TEST_FILE";

fn write(table: Table, pk: &str, sk: &str, version: u64, body: &str) -> Write {
    let expect = if version == 1 { Expect::Absent } else { Expect::Version(version - 1) };
    Write { table, item: Item { key: Key::new(pk, sk), version, index: None, body: body.to_owned() }, expect }
}

async fn open(file: &Path) -> DynamoStore {
    Embedded::file(file).unwrap().store("test-").await.unwrap()
}

async fn version(store: &DynamoStore) -> u64 {
    let item = store.get(Table::State, &Key::new("J#counter", "STATE")).await.unwrap();
    item.map_or(0, |item| item.version)
}

// Not a test but the process of the next one: commits one version after another and says each once it is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "runs until it is killed, by the test after it"]
async fn commits_until_killed() {
    #[expect(clippy::disallowed_methods, reason = "how the test tells its other process where to write")]
    let file = std::env::var(FILE).unwrap();
    let store = open(Path::new(&file)).await;
    for version in version(&store).await + 1.. {
        let body = format!(r#"{{"n":{version},"filler":"{}"}}"#, "x".repeat(2000));
        let counter = write(Table::State, "J#counter", "STATE", version, &body);
        let record = write(Table::Journal, "J#counter", &format!("D#{version:08}"), 1, &body);
        store.transact(vec![counter, record]).await.unwrap();
        println!("committed {version}");
    }
}

// A process killed at any instant loses nothing it was told is committed, keeps both tables in step, and the next
// one goes on from there.
#[cfg(unix)]
#[tokio::test]
async fn what_a_killed_process_committed_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("store.db");
    let mut before = 0;
    for commits in [1, 7, 40, 150, 400] {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "commits_until_killed", "--ignored", "--nocapture"])
            .env(FILE, &file)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(process.stdout.take().unwrap()).lines().filter_map(|line| {
            line.unwrap().split_once("committed ").map(|(_, n)| n.parse::<u64>().unwrap())
        });
        let read = said.nth(commits - 1).unwrap();
        // SIGKILL; what it had said by then, but was not read, counts too.
        process.kill().unwrap();
        process.wait().unwrap();
        let last = said.last().unwrap_or(read);

        let store = open(&file).await;
        let stored = version(&store).await;
        assert!(before < last && (last..=last + 1).contains(&stored), "told {last}, stored {stored}");
        let mut records = 0;
        let mut after = None;
        loop {
            let page = store.query(Table::Journal, "J#counter", "D#", after, 300).await.unwrap();
            records += page.items.len() as u64;
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(records, stored, "one record for each version");
        before = stored;
    }
}

// A store that is closed and opened again is the same, and a second prefix on the same file is another store.
#[tokio::test]
async fn a_file_outlives_its_store() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("store.db");
    let mut listed = write(Table::State, "C#a", "STATE", 1, r#"{"a":1}"#);
    listed.item.index = Some(IndexEntry { partition: "p".to_owned(), sort: "1".to_owned() });
    open(&file).await.transact(vec![listed.clone()]).await.unwrap();

    let store = open(&file).await;
    assert_eq!(store.get(Table::State, &listed.item.key).await.unwrap(), Some(listed.item.clone()));
    assert_eq!(store.index(Table::State, "p", "1", None, 9).await.unwrap().keys, [listed.item.key]);
    let other = Embedded::file(&file).unwrap().store("other-").await.unwrap();
    let whole = Segment { number: 0, of: 1 };
    assert_eq!(other.scan(Table::State, whole, None, 9).await.unwrap().items, []);
}

// What is no store is refused with its name and what to do.
#[tokio::test]
async fn what_is_no_store_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let text = dir.path().join("notes.txt");
    std::fs::write(
        &text,
        "no store, and longer than the head of a file of SQLite, which has 100 bytes".repeat(9),
    )
    .unwrap();
    for file in [text.as_path(), dir.path(), Path::new("/dev/null/store.db")] {
        let refused = Embedded::file(file).unwrap_err();
        assert!(matches!(refused, EmbeddedError::File { .. }), "{refused:?}");
        let said = refused.to_string();
        assert!(said.contains(&file.display().to_string()) && said.contains("begin a new one"), "{said}");
    }
}

// The engine counts units as the service does: one per KB of an item, twice in a transaction, and one per entry of
// an index that comes or goes, a moved one being both.
#[tokio::test]
async fn units_are_the_services() {
    let store = Embedded::memory().unwrap().store("test-").await.unwrap();
    let large = format!(r#"{{"t":"{}"}}"#, "x".repeat(1500));
    let mut candidate = write(Table::State, "C#a", "STATE", 1, &large);
    candidate.item.index = Some(IndexEntry { partition: "p".to_owned(), sort: "1".to_owned() });
    let record = write(Table::Journal, "C#a", "D#1", 1, "{}");
    let mut notice = write(Table::Journal, "C#a", "N#1", 1, "{}");
    notice.item.index = Some(IndexEntry { partition: "p".to_owned(), sort: "1".to_owned() });
    store.transact(vec![candidate, record, notice]).await.unwrap();
    let (items, entries) = (2.0 + 1.0 + 1.0, 1.0 + 1.0);
    assert_eq!(store.units(), Units { read: 0.0, write: 2.0 * items + entries });

    store.transact(vec![write(Table::Journal, "C#a", "D#2", 1, "{}")]).await.unwrap();
    assert_eq!(store.units().write, 11.0, "a single write is no transaction");
    let mut moved = write(Table::State, "C#a", "STATE", 2, "{}");
    moved.item.index = Some(IndexEntry { partition: "p".to_owned(), sort: "2".to_owned() });
    store.transact(vec![moved]).await.unwrap();
    assert_eq!(store.units().write, 11.0 + 2.0 + 2.0, "the larger of both sizes, one entry gone, one come");
    store.get(Table::State, &Key::new("C#a", "STATE")).await.unwrap();
    store.index(Table::State, "p", "1", None, 9).await.unwrap();
    assert_eq!(store.units().read, 1.5, "an item, strongly consistent, and a page of an index, which is not");
}

// A body comes back canonical, whatever the order it was written in; what is not JSON is refused.
#[tokio::test]
async fn bodies_are_canonical() {
    let store = Embedded::memory().unwrap().store("test-").await.unwrap();
    let body = r#"{ "b" : [1, 2.0], "a" : {"y":"é","x":null}, "n": 18446744073709551615 }"#;
    store.transact(vec![write(Table::State, "C#a", "STATE", 1, body)]).await.unwrap();
    let item = store.get(Table::State, &Key::new("C#a", "STATE")).await.unwrap().unwrap();
    assert_eq!(item.body, r#"{"a":{"x":null,"y":"é"},"b":[1,2],"n":18446744073709551615}"#);
    let refused = store.transact(vec![write(Table::State, "C#b", "STATE", 1, "{not json}")]).await;
    assert!(matches!(refused, Err(StoreError::Invalid(_))), "{refused:?}");
}

// An item's size is the one that the engine charges by: a write costs one unit more just where it passes a kilobyte.
#[tokio::test]
async fn sizes_are_the_services() {
    let store = Embedded::memory().unwrap().store("test-").await.unwrap();
    let mut rounded = [false; 2];
    for filler in 700..=1000 {
        let text = "x".repeat(filler);
        let numbers = r#"[0,-7,12.5,1200,18446744073709551615,0.001,-1e-20,[]]"#;
        let body = format!(r#"{{"t":"{text}é","n":{numbers},"m":{{"a":true,"b":null,"c":{{}}}}}}"#);
        let mut write = write(Table::State, &format!("C#{filler}"), "STATE", 1, &body);
        if filler % 2 == 0 {
            write.item.index = Some(IndexEntry { partition: "p".to_owned(), sort: "1".to_owned() });
        }
        let bytes = item_bytes(Table::State, write.item.clone()).unwrap();
        let units = store.transact_metered(vec![write]).await.unwrap();
        let entry = u32::from(filler % 2 == 0);
        assert_eq!(units, f64::from(u32::try_from(bytes.div_ceil(1024)).unwrap() + entry), "{bytes} bytes");
        rounded[usize::from(bytes > 1024)] = true;
    }
    assert_eq!(rounded, [true; 2], "both sides of the border were seen");
}

// What is saved from memory is what a file opened then holds; a file that is there is left alone.
#[tokio::test]
async fn memory_can_be_saved() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("store.db");
    let engine = Embedded::memory().unwrap();
    let listed = write(Table::State, "C#a", "STATE", 1, r#"{"a":1}"#);
    engine.store("test-").await.unwrap().transact(vec![listed.clone()]).await.unwrap();
    engine.save(&file).unwrap();
    assert_eq!(open(&file).await.get(Table::State, &listed.item.key).await.unwrap(), Some(listed.item));
    let refused = engine.save(&file).unwrap_err();
    assert!(matches!(refused, EmbeddedError::File { .. }), "{refused:?}");
}

// An item as the console shows it has just the attributes that `schemas/tables.md` names, the row field by field.
#[tokio::test]
async fn items_are_native_attributes() {
    let documented =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas/tables.md")).unwrap();
    let engine = Embedded::memory().unwrap();
    let store = engine.store("test-").await.unwrap();
    for (table, name, index) in
        [(Table::State, "test-state", "due"), (Table::Journal, "test-journal", "outbox")]
    {
        let mut listed = write(table, "C#a", "STATE", 1, r#"{"a":{"b":[1,"c",true]}}"#);
        listed.item.index = Some(IndexEntry { partition: "p".to_owned(), sort: "1".to_owned() });
        store.transact(vec![listed]).await.unwrap();
        let items = engine.client().scan().table_name(name).send().await.unwrap().items.unwrap();
        let [item] = <[_; 1]>::try_from(items).unwrap();
        let partition = format!("{index}_partition");
        let sort = format!("{index}_sort");
        let mut names: Vec<&str> = item.keys().map(String::as_str).collect();
        names.sort_unstable();
        let mut expected = ["pk", "row", "sk", "version", &partition, &sort];
        expected.sort_unstable();
        assert_eq!(names, expected);
        for name in names {
            assert!(documented.contains(&format!("`{name}`")), "{name} is not in schemas/tables.md");
        }
        let b = item["row"].as_m().unwrap()["a"].as_m().unwrap()["b"].as_l().unwrap();
        assert_eq!(
            (b[0].as_n().unwrap(), b[1].as_s().unwrap(), b[2].as_bool().unwrap()),
            (&"1".to_owned(), &"c".to_owned(), &true)
        );
    }
}
