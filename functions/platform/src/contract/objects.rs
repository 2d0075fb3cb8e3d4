//! What the port [`Objects`] means: one function per promise, each given empty objects.

use std::sync::Arc;

use crate::objects::{ObjectError, Objects};

/// Keys that would leave a folder, hide in it, or mean something to a shell, a file system or an address.
pub const HOSTILE_KEYS: [&str; 27] = [
    "",
    "/",
    "/etc/passwd",
    "../x",
    "a/../b",
    "a/..",
    "..",
    ".",
    "./a",
    "a/./b",
    "a//b",
    "a/",
    ".hidden",
    "a/.b",
    "a\0b",
    "a\\b",
    "a b",
    "a\nb",
    "é",
    "~x",
    "a%2e",
    "C:\\x",
    "a*",
    "a?b",
    "a&b=c",
    "a+b",
    "a;b",
];

/// How often the writers of [`a_put_is_whole_or_not_there`] write.
const ROUNDS: u8 = 50;

/// Length of their objects: more than any single write of a file or a socket takes.
const BLOCK_BYTES: usize = 300_000;

/// An object is what was last put at its key, whatever signs the key is of; an empty one is there too.
pub async fn an_object_is_what_was_put_last(objects: Arc<dyn Objects>) {
    let key = "rankings/E1/2024@a:b#c_d-e.csv";
    assert_eq!(objects.get(key).await.unwrap_or_else(failed), None, "before anything is put");
    for bytes in [&b"first, and longer"[..], b"second", b"", "é\0\r\n".as_bytes()] {
        objects.put(key, bytes.to_vec()).await.unwrap_or_else(failed);
        assert_eq!(objects.get(key).await.unwrap_or_else(failed).as_deref(), Some(bytes));
    }
}

/// The beginning of a key is no object, nor is what would be below one; keys differ by case.
pub async fn a_key_is_one_object(objects: Arc<dyn Objects>) {
    objects.put("plans/2024/a", b"x".to_vec()).await.unwrap_or_else(failed);
    for other in ["plans", "plans/2024", "plans/2024/a/b", "plans/2024/b", "plans/2024/A", "a"] {
        assert_eq!(objects.get(other).await.unwrap_or_else(failed), None, "{other}");
    }
}

/// Keys that cannot be are refused, for reading and for writing.
pub async fn hostile_keys_are_refused(objects: Arc<dyn Objects>) {
    let long = ["x".repeat(256), "x/".repeat(600) + "x"];
    for key in HOSTILE_KEYS.into_iter().chain(long.iter().map(String::as_str)) {
        let put = objects.put(key, b"x".to_vec()).await;
        assert!(matches!(put, Err(ObjectError::InvalidKey(_))), "put of {key:?}: {put:?}");
        let got = objects.get(key).await;
        assert!(matches!(got, Err(ObjectError::InvalidKey(_))), "get of {key:?}: {got:?}");
    }
}

/// A reader beside two writers sees one whole object or another, never half of one.
pub async fn a_put_is_whole_or_not_there(objects: Arc<dyn Objects>) {
    objects.put("plan", vec![0; BLOCK_BYTES]).await.unwrap_or_else(failed);
    let writers: Vec<_> = (0..2_u8)
        .map(|writer| {
            let objects = Arc::clone(&objects);
            tokio::spawn(async move {
                for round in 0..ROUNDS {
                    let block = vec![writer * ROUNDS + round; BLOCK_BYTES];
                    objects.put("plan", block).await.unwrap_or_else(failed);
                }
            })
        })
        .collect();
    let mut reads = 0;
    while reads == 0 || writers.iter().any(|writer| !writer.is_finished()) {
        reads += 1;
        let read = objects.get("plan").await.unwrap_or_else(failed).unwrap_or_default();
        let alike = read.iter().all(|byte| Some(byte) == read.first());
        assert!(read.len() == BLOCK_BYTES && alike, "half an object");
        tokio::task::yield_now().await;
    }
    for writer in writers {
        assert!(writer.await.is_ok(), "a writer failed");
    }
}

pub(super) fn failed<T>(error: ObjectError) -> T {
    panic!("{error}: {error:?}")
}
