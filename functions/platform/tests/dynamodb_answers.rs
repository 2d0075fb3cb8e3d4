//! What the store on DynamoDB sends, and what it makes of every kind of answer. Time is the runtime's and paused: a
//! wait of seconds takes none.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[allow(dead_code, reason = "each test of a service uses a part of it")]
#[path = "kit/fake_http.rs"]
mod fake_http;

use std::time::Duration;

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::{Client, Config};
use fake_http::{Answer, FakeHttp};
use platform::dynamodb::{
    ATTEMPT_TIMEOUT, ATTEMPTS_MAX, DynamoStore, IN_PROGRESS_WAIT, OPERATION_MAX, Units, settings,
};
use platform::store::{Expect, IndexEntry, Segment};
use platform::{Item, Key, Store, StoreError, Table, Write};
use serde_json::{Value, json};

fn store(answers: impl IntoIterator<Item = Answer>) -> (DynamoStore, FakeHttp) {
    let http = FakeHttp::new(answers);
    let config = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::from_static("eu-west-3"))
        .credentials_provider(Credentials::new("id", "secret", None, None, "test"))
        .http_client(http.clone());
    (DynamoStore::new(Client::from_conf(settings(config).build()), "stage-"), http)
}

fn write(table: Table, pk: &str, sk: &str, version: u64) -> Write {
    let expect = if version == 1 { Expect::Absent } else { Expect::Version(version - 1) };
    let body = r#"{"id":"x","n":1}"#.to_owned();
    Write { table, item: Item { key: Key::new(pk, sk), version, index: None, body }, expect }
}

fn one() -> Vec<Write> {
    vec![write(Table::State, "C#alice", "STATE", 1)]
}

fn two() -> Vec<Write> {
    vec![write(Table::State, "C#alice", "STATE", 8), write(Table::Journal, "C#alice", "D#00000008", 1)]
}

/// Reasons of a cancelled transaction, by code; `ConditionalCheckFailed*` has an item at version 9.
fn cancelled(codes: &[&str]) -> Answer {
    let item = json!({
        "pk": { "S": "C#alice" }, "sk": { "S": "STATE" }, "version": { "N": "9" }, "row": { "M": { "by": { "S": "bob" } } },
    });
    let reasons: Vec<Value> = codes
        .iter()
        .map(|code| match code.strip_suffix('*') {
            Some(code) => json!({ "Code": code, "Message": "as said", "Item": item }),
            None => json!({ "Code": code }),
        })
        .collect();
    let name = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException";
    Answer::Reply(400, json!({ "__type": name, "Message": "cancelled", "CancellationReasons": reasons }))
}

// The wire request of a transaction: conditions, the loser's item, native attributes, the index's, one token.
#[tokio::test(start_paused = true)]
async fn a_transaction_on_the_wire() {
    let (store, http) = store([Answer::ok(json!({}))]);
    let mut writes = two();
    let due = IndexEntry { partition: "2024-06-07#05".into(), sort: "2024-06-07T21:59:59.999999Z".into() };
    writes[0].item.index = Some(due);
    writes[0].item.body =
        r#"{"version":8,"due":null,"offers":{"F1":{"rank":3,"x":0.5}},"kept":[],"ok":true}"#.into();
    store.transact(writes).await.unwrap();
    let mut asked = http.asked().remove(0);
    let token = asked.body["ClientRequestToken"].take();
    assert_eq!((asked.operation.as_str(), token.as_str().unwrap().len()), ("TransactWriteItems", 32));
    insta::assert_snapshot!("transaction", serde_json::to_string_pretty(&asked.body).unwrap());
}

// A transaction of one write is a conditional put, which costs half as much.
#[tokio::test(start_paused = true)]
async fn a_single_write_on_the_wire() {
    let (store, http) = store([Answer::ok(json!({}))]);
    store.transact(one()).await.unwrap();
    let asked = http.asked().remove(0);
    assert_eq!(asked.operation, "PutItem");
    insta::assert_snapshot!("single_write", serde_json::to_string_pretty(&asked.body).unwrap());
}

// Reads of items are strongly consistent, scans use the service's own segments, and an index is read up to the
// bound with every key behind it.
#[tokio::test(start_paused = true)]
async fn reads_on_the_wire() {
    let (store, http) = store([Answer::ok(json!({}))]);
    let key = Key::new("C#alice", "STATE");
    store.get(Table::State, &key).await.unwrap();
    store.query(Table::Journal, "C#alice", "D#", None, 20).await.unwrap();
    store.query(Table::Journal, "C#alice", "", None, 20).await.unwrap();
    store.index(Table::State, "2024-06-07#05", "2024-06-07T21:59:59Z", None, 20).await.unwrap();
    store.scan(Table::State, Segment { number: 3, of: 16 }, None, 20).await.unwrap();
    let asked: Vec<Value> =
        http.asked().into_iter().map(|asked| json!({ asked.operation: asked.body })).collect();
    insta::assert_snapshot!("reads", serde_json::to_string_pretty(&asked).unwrap());
}

// A page may be empty and not the last; its cursor is where the service says to go on.
#[tokio::test(start_paused = true)]
async fn an_empty_page_may_not_be_the_last() {
    let more = json!({ "Items": [], "LastEvaluatedKey": { "pk": { "S": "C#a" }, "sk": { "S": "D#1" } } });
    let (store, http) = store([Answer::ok(more), Answer::ok(json!({ "Items": [] }))]);
    let page = store.query(Table::Journal, "C#a", "N#", None, 20).await.unwrap();
    assert!(page.items.is_empty() && page.next.is_some());
    assert_eq!(store.query(Table::Journal, "C#a", "N#", page.next, 20).await.unwrap().next, None);
    assert_eq!(
        http.asked()[1].body["ExclusiveStartKey"],
        json!({ "pk": { "S": "C#a" }, "sk": { "S": "D#1" } })
    );
}

// Among mixed reasons a failed condition is what the caller learns, wherever it stands, with the item that won.
#[tokio::test(start_paused = true)]
async fn a_failed_condition_is_a_conflict() {
    for (codes, lost) in [
        (["ConditionalCheckFailed*", "None"], 0),
        (["None", "ConditionalCheckFailed*"], 1),
        (["ConditionalCheckFailed*", "ConditionalCheckFailed*"], 0),
        (["TransactionConflict", "ConditionalCheckFailed*"], 1),
        (["ThrottlingError", "ConditionalCheckFailed"], 1),
    ] {
        let (store, http) = store([cancelled(&codes)]);
        match store.transact(two()).await {
            Err(StoreError::Conflict { write, key, existing }) => {
                assert_eq!((write, key), (lost, two()[lost].item.key.clone()), "{codes:?}");
                let won = codes[lost].ends_with('*').then_some((9, r#"{"by":"bob"}"#));
                assert_eq!(
                    existing.as_ref().map(|item| (item.version, item.body.as_str())),
                    won,
                    "{codes:?}"
                );
            }
            other => panic!("{codes:?} should be a conflict: {other:?}"),
        }
        assert_eq!(http.asked().len(), 1, "a conflict is not tried again");
    }
}

// What never passes is refused at once with its code, and what another transaction or the load prevented is tried
// again and then throttled: nothing happened.
#[tokio::test(start_paused = true)]
async fn refusals_are_told_apart() {
    let invalid = [
        cancelled(&["None", "ValidationError"]),
        cancelled(&["TransactionConflict", "ItemCollectionSizeLimitExceeded"]),
        Answer::error(400, "ValidationException"),
        Answer::error(400, "ResourceNotFoundException"),
        Answer::error(400, "AccessDeniedException"),
        Answer::error(400, "IdempotentParameterMismatchException"),
    ];
    for answer in invalid {
        let (store, http) = store([answer.clone()]);
        let refused = store.transact(two()).await;
        assert!(matches!(refused, Err(StoreError::Invalid(_))), "{answer:?}: {refused:?}");
        assert_eq!(http.asked().len(), 1, "{answer:?}");
    }
    let not_now = [
        cancelled(&["TransactionConflict", "None"]),
        cancelled(&["ThrottlingError", "ProvisionedThroughputExceeded"]),
        cancelled(&[]),
        Answer::error(400, "ThrottlingException"),
        Answer::error(400, "ProvisionedThroughputExceededException"),
        Answer::error(400, "RequestLimitExceeded"),
        Answer::error(400, "TransactionConflictException"),
    ];
    for (number, answer) in not_now.into_iter().enumerate() {
        // Only a transaction is cancelled.
        for writes in if number < 3 { vec![two()] } else { vec![one(), two()] } {
            let (store, http) = store([answer.clone()]);
            let refused = store.transact(writes).await;
            assert!(matches!(refused, Err(StoreError::Throttled)), "{answer:?}: {refused:?}");
            assert_eq!(http.asked().len(), ATTEMPTS_MAX as usize, "{answer:?}");
        }
    }
}

// A transaction whose answer is lost is sent again with the same token, which the service carries out once; a read
// too. After too long nobody knows what happened, and the caller is told so.
#[tokio::test(start_paused = true)]
async fn what_is_in_doubt_is_asked_again_where_it_does_no_harm() {
    for doubt in [Answer::Silence, Answer::Broken, Answer::error(500, "InternalServerError"), garbage()] {
        let (store, http) = self::store([doubt.clone(), Answer::ok(json!({}))]);
        store.transact(two()).await.unwrap();
        let tokens: Vec<Value> =
            http.asked().iter().map(|asked| asked.body["ClientRequestToken"].clone()).collect();
        assert!(tokens.len() == 2 && tokens[0] == tokens[1], "{doubt:?}: {tokens:?}");

        let (store, http) = self::store([doubt.clone(), Answer::ok(json!({}))]);
        assert_eq!(store.get(Table::State, &Key::new("C#alice", "STATE")).await.unwrap(), None);
        assert_eq!(http.asked().len(), 2, "{doubt:?}");

        let (store, http) = self::store([doubt.clone()]);
        let lost = store.transact(two()).await;
        assert!(matches!(lost, Err(StoreError::Unavailable(_))), "{doubt:?}: {lost:?}");
        let last = http.asked().last().unwrap().at;
        assert!(last + ATTEMPT_TIMEOUT <= OPERATION_MAX, "{doubt:?}: the last attempt began at {last:?}");
    }
}

/// An answer that is none of the protocol's.
fn garbage() -> Answer {
    Answer::Reply(200, json!("not an answer"))
}

// A single write in doubt is not sent again: if the first attempt was carried out, the second would fail on the
// writer's own item and tell the winner that he lost.
#[tokio::test(start_paused = true)]
async fn a_single_write_in_doubt_is_not_sent_again() {
    for doubt in [Answer::Silence, Answer::Broken, Answer::error(503, "ServiceUnavailable")] {
        let (store, http) = store([doubt.clone()]);
        let lost = store.transact(one()).await;
        assert!(matches!(lost, Err(StoreError::Unavailable(_))), "{doubt:?}: {lost:?}");
        assert_eq!(http.asked().len(), 1, "{doubt:?}");
    }
}

// An attempt in doubt stays in doubt though the attempts after it were only throttled.
#[tokio::test(start_paused = true)]
async fn doubt_outlives_throttling() {
    let (store, _) = store([Answer::Silence, Answer::error(400, "ThrottlingException")]);
    let lost = store.transact(two()).await;
    assert!(matches!(lost, Err(StoreError::Unavailable(_))), "{lost:?}");
}

// A transaction in progress is asked for again once DynamoDB can have ended it, not before; if it then passes it
// has passed once, and if it stays in progress nobody knows.
#[tokio::test(start_paused = true)]
async fn a_transaction_in_progress_is_asked_for_late() {
    let in_progress = Answer::error(400, "TransactionInProgressException");
    let (store, http) = self::store([Answer::Silence, in_progress.clone(), Answer::ok(json!({}))]);
    store.transact(two()).await.unwrap();
    let at: Vec<Duration> = http.asked().iter().map(|asked| asked.at).collect();
    assert!(at.len() == 3 && at[2] >= IN_PROGRESS_WAIT, "{at:?}");

    let (store, http) = self::store([in_progress]);
    let lost = store.transact(two()).await;
    assert!(matches!(lost, Err(StoreError::Unavailable(_))), "{lost:?}");
    let last = http.asked().last().unwrap().at;
    assert!(
        last >= IN_PROGRESS_WAIT && last + ATTEMPT_TIMEOUT <= OPERATION_MAX,
        "the last attempt at {last:?}"
    );
}

// The units of every request are added up as the service reports them, a refused one's aside.
#[tokio::test(start_paused = true)]
async fn units_are_added_up() {
    let transaction = json!({ "ConsumedCapacity": [
        { "TableName": "stage-state", "CapacityUnits": 6.0 }, { "TableName": "stage-journal", "CapacityUnits": 2.0 },
    ] });
    let single = json!({ "ConsumedCapacity": { "TableName": "stage-state", "CapacityUnits": 1.0 } });
    let read =
        json!({ "ConsumedCapacity": { "TableName": "stage-state", "CapacityUnits": 0.5 }, "Items": [] });
    let answers = [transaction, single, read.clone(), read.clone(), read.clone(), read].map(Answer::ok);
    let (store, _) = store(answers.into_iter().chain([Answer::error(400, "ValidationException")]));
    store.transact(two()).await.unwrap();
    store.transact(one()).await.unwrap();
    store.get(Table::State, &Key::new("C#a", "STATE")).await.unwrap();
    store.query(Table::State, "C#a", "", None, 1).await.unwrap();
    store.index(Table::State, "p", "9", None, 1).await.unwrap();
    store.scan(Table::State, Segment { number: 0, of: 1 }, None, 1).await.unwrap();
    assert_eq!(store.units(), Units { read: 2.0, write: 9.0 });
    store.transact(two()).await.unwrap_err();
    assert_eq!(store.units(), Units { read: 2.0, write: 9.0 });
}

// A stored item that is none of ours is named with its key, also where it is the winner of a conflict.
#[tokio::test(start_paused = true)]
async fn strange_items_are_named() {
    let key = json!({ "pk": { "S": "C#a" }, "sk": { "S": "STATE" } });
    let with = |more: Value| {
        let mut item = key.clone();
        item.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        item
    };
    let (version, row) = (json!({ "N": "3" }), json!({ "M": {} }));
    let strange = [
        (with(json!({ "row": row })), "version"),
        (with(json!({ "row": row, "version": { "S": "3" } })), "version"),
        (with(json!({ "row": row, "version": { "N": "-3" } })), "version"),
        (with(json!({ "version": version })), "row"),
        (with(json!({ "version": version, "row": { "S": "{}" } })), "row"),
        (with(json!({ "version": version, "row": { "M": { "x": { "SS": ["a"] } } } })), "a set"),
        (with(json!({ "version": version, "row": row, "due_sort": { "S": "1 C#a STATE" } })), "one only"),
        (
            with(
                json!({ "version": version, "row": row, "due_partition": { "S": "p" }, "due_sort": { "S": "1 C#b STATE" } }),
            ),
            "does not end with the key",
        ),
    ];
    for (item, says) in strange {
        let (store, _) = store([Answer::ok(json!({ "Items": [item] }))]);
        let read = store.query(Table::State, "C#a", "", None, 9).await;
        match read {
            Err(StoreError::Corrupt { key, problem }) => {
                assert_eq!(key, Key::new("C#a", "STATE"));
                assert!(problem.contains(says), "{item}: {problem}");
            }
            other => panic!("{item} should be corrupt: {other:?}"),
        }
    }
    let lost = json!({ "__type": "x#ConditionalCheckFailedException", "message": "as said", "Item": key });
    let (store, _) = store([Answer::Reply(400, lost)]);
    assert!(matches!(store.transact(one()).await, Err(StoreError::Corrupt { .. })));
}
