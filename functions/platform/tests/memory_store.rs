//! What the store in memory promises beyond the port: exact limits, and segments by shard.

use platform::memory::{MemoryObjects, MemoryStore};
use platform::store::{Expect, ITEM_BYTES_MAX, SHARDS, Segment};
use platform::{Item, Key, ObjectError, Objects, Store, StoreError, Table, Write};

fn item(pk: &str, sk: &str, body: &str) -> Item {
    Item { key: Key::new(pk, sk), version: 1, index: None, body: body.to_owned() }
}

fn create(table: Table, item: Item) -> Vec<Write> {
    vec![Write { table, item, expect: Expect::Absent }]
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
