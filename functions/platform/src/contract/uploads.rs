//! What the port [`Uploads`] means: one function per promise, each given an empty bucket.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::SignedDuration;

use super::objects::{HOSTILE_KEYS, failed};
use crate::clock::{Clock as _, SystemClock};
use crate::uploads::{StoredUpload, UploadPage, Uploads};

/// How far the bucket's clock may seem to be from this process's: an arrival may be cut to the second, and a file
/// system's clock is some milliseconds late.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_secs(2);

/// How many pages may come before a list is said not to end.
const PAGES_MAX: usize = 10_000;

/// How often the sender of [`a_list_goes_on_while_others_put_and_delete`] puts a file and deletes another.
const ROUNDS: usize = 40;

/// Length of its files, more or less: more than any single write of a file or a socket takes.
const BLOCK_BYTES: usize = 300_000;

/// Keys that people's files have, with signs that mean something in an address, a form, a page of XML or a pattern. The
/// last two are in another order by their UTF-16 than by their UTF-8.
const ODD_KEYS: [&str; 20] = [
    "contracts/places vacantes.csv",
    "contracts/a+b.csv",
    "contracts/a b.csv",
    "contracts/100%.csv",
    "contracts/a%2Bb.csv",
    "contracts/a%20b.csv",
    "contracts/\u{e9}t\u{e9}.csv",
    "contracts/e\u{301}te\u{301}.csv",
    "contracts/<a>&\"b\"'c'.csv",
    "contracts/&amp;.csv",
    "contracts/a?b=c&d#e;f.csv",
    "contracts/~$a (1).csv",
    "contracts/*[a]{b}.csv",
    "contracts/a\\b.csv",
    "contracts/ a ",
    "contracts/a,b:c@d!.csv",
    "contracts/.a",
    "contracts/a..b",
    "contracts/\u{ff01}.csv",
    "contracts/\u{1f393}.csv",
];

/// Signs that no page of XML may hold as they are.
const CONTROL_KEYS: [&str; 4] = ["a\u{1}b", "a\nb", "a\tb\r", "a\u{7f}\u{ffff}"];

/// A bucket from both sides: the port, which only reads, and the people who put files there.
#[async_trait]
pub trait UploadBucket: Send + Sync {
    /// The port to it.
    fn port(&self) -> &dyn Uploads;

    /// Puts a file; `false` where none of this key can be.
    async fn put(&self, key: &str, bytes: Vec<u8>) -> bool;

    /// Deletes a file, with all its versions.
    async fn delete(&self, key: &str);

    /// Whether the earlier versions of a file stay beside its last one.
    fn keeps_versions(&self) -> bool;
}

type Bucket = Arc<dyn UploadBucket>;

/// Every version of every file is listed, with how many bytes it has and when it came; a list says the same twice.
pub async fn every_version_is_listed_with_size_and_arrival(bucket: Bucket) {
    assert_eq!(all(&bucket, "").await, [], "before anything is put");
    let began = SystemClock.now() - CLOCK_SLACK;
    for (key, bytes) in [("a/one", 20), ("a/two", 0), ("a/one", 7)] {
        must_put(&bucket, key, &vec![b'x'; bytes]).await;
    }
    let ended = SystemClock.now() + CLOCK_SLACK;
    let found = all(&bucket, "").await;
    let sizes: BTreeSet<_> = found.iter().map(|upload| (upload.key.as_str(), upload.bytes)).collect();
    let mut wanted = BTreeSet::from([("a/one", 7), ("a/two", 0)]);
    if bucket.keeps_versions() {
        wanted.insert(("a/one", 20));
    }
    assert_eq!(sizes, wanted);
    assert_eq!(found.len(), wanted.len());
    for StoredUpload { arrival, key, .. } in &found {
        assert!((began..=ended).contains(arrival), "{key} arrived at {arrival}, not in {began}/{ended}");
    }
    let arrival = |size| found.iter().find(|upload| upload.bytes == size).map(|upload| upload.arrival);
    assert!(arrival(20) <= arrival(7), "a later version arrived earlier: {found:?}");
    assert_eq!(all(&bucket, "").await, found, "the same, asked again");
}

/// The bytes of each version are those that were put, whatever was put later.
pub async fn a_version_is_the_bytes_that_were_put(bucket: Bucket) {
    let files = [&b"first, and longer"[..], b"", b"second", "\u{e9}\0\r\n\u{fffd}".as_bytes(), b"\xff\xfe"];
    let block = vec![b'x'; BLOCK_BYTES];
    for bytes in files.into_iter().chain([block.as_slice()]) {
        must_put(&bucket, "contracts/a/b.pdf", bytes).await;
        let mut read = BTreeSet::new();
        for upload in all(&bucket, "contracts/").await {
            let found = bytes_of(&bucket, &upload).await;
            let Some(found) = found else { panic!("{upload:?} is listed and cannot be read") };
            assert_eq!(found.len() as u64, upload.bytes, "{upload:?}");
            read.insert(found);
        }
        assert!(read.contains(bytes), "what was put last is not there");
        let stay: BTreeSet<_> =
            files.into_iter().take_while(|earlier| *earlier != bytes).map(<[u8]>::to_vec).collect();
        assert!(!bucket.keeps_versions() || read.is_superset(&stay), "an earlier version is not there");
    }
}

/// A prefix is one of keys, sign by sign, and shows no neighbour.
pub async fn a_prefix_is_of_keys_and_leaks_no_neighbour(bucket: Bucket) {
    let keys = [
        "contracts/069/a",
        "contracts/069/b/c",
        "contracts/0691/a",
        "contracts/0690",
        "Contracts/069/a",
        "contracts-2024/a",
        "vacancies/069/a",
        "a+b/c",
        "a b/c",
        "a%2Bb/c",
        "a*/c",
        "\u{e9}/c",
        "e\u{301}/c",
    ];
    for key in keys {
        must_put(&bucket, key, key.as_bytes()).await;
    }
    let beginnings =
        ["", "nothing/", "contracts/069", "contracts/069/", "contracts/06", "c", "contracts/069/a/"];
    let odd = ["a+b/", "a b/", "a%2Bb/", "a*", "\u{e9}", "e", ".*", "contracts/069/a"];
    for prefix in beginnings.into_iter().chain(odd) {
        let mut wanted: Vec<_> = keys.into_iter().filter(|key| key.starts_with(prefix)).collect();
        wanted.sort_unstable();
        assert_eq!(keys_of(&all(&bucket, prefix).await), wanted, "of {prefix:?}");
    }
}

/// What was deleted is not listed and is nothing when read; its neighbours stay.
pub async fn what_was_deleted_is_nothing(bucket: Bucket) {
    for key in ["a/gone", "a/gone", "a/gone.csv", "a/stays"] {
        must_put(&bucket, key, key.as_bytes()).await;
    }
    let before = all(&bucket, "").await;
    bucket.delete("a/gone").await;
    let after = all(&bucket, "").await;
    assert_eq!(keys_of(&after), ["a/gone.csv", "a/stays"]);
    for upload in before {
        let wanted = after.contains(&upload).then(|| upload.key.clone().into_bytes());
        assert_eq!(bytes_of(&bucket, &upload).await, wanted, "{upload:?}");
    }
}

/// A version is one of the key as it was put, and of no other way to write or to reach it.
pub async fn a_version_is_of_one_key(bucket: Bucket) {
    must_put(&bucket, "a/b", b"this one").await;
    must_put(&bucket, "a/c", b"another").await;
    let found = all(&bucket, "a/b").await;
    let [upload] = found.as_slice() else { panic!("one file, but {found:?}") };
    let others =
        ["a/c", "a/d", "a", "a/", "a/b/", "a/b/c", "a//b", "a/./b", "./a/b", "/a/b", "a/../a/b", "A/b"];
    for key in others.into_iter().chain(["a%2Fb", "a/b ", "a/%62", "b", ""]) {
        let got = bucket.port().get(key, &upload.version).await.unwrap_or_else(failed);
        assert_eq!(got, None, "{key:?} is not a/b");
    }
    assert_eq!(bytes_of(&bucket, upload).await.as_deref(), Some(&b"this one"[..]));
}

/// A key comes back as it was put, whatever signs it has, is found by itself, and can be read.
pub async fn keys_come_back_as_they_were_put(bucket: Bucket) {
    for key in ODD_KEYS {
        must_put(&bucket, key, key.as_bytes()).await;
    }
    let mut wanted = ODD_KEYS;
    wanted.sort_unstable();
    assert_eq!(keys_of(&all(&bucket, "contracts/").await), wanted);
    for key in ODD_KEYS {
        must_be_there(&bucket, key).await;
    }
}

/// A key that would leave the bucket, or that is hardly one, does no harm: where there can be a file of it, it is one
/// like any other; where not, nothing comes of it. Other files are listed as ever.
pub async fn hostile_keys_do_no_harm(bucket: Bucket) {
    must_put(&bucket, "contracts/a", b"contracts/a").await;
    let long = ["x".repeat(256), "x/".repeat(600) + "x"];
    let mut there = BTreeSet::from(["contracts/a"]);
    let version = all(&bucket, "contracts/a").await.pop().map(|upload| upload.version).unwrap_or_default();
    let hostile = HOSTILE_KEYS.into_iter().chain(CONTROL_KEYS).chain(long.iter().map(String::as_str));
    for key in hostile.collect::<BTreeSet<_>>() {
        if bucket.put(key, key.as_bytes().to_vec()).await {
            must_be_there(&bucket, key).await;
            there.insert(key);
        } else {
            let got = bucket.port().get(key, &version).await;
            assert!(!matches!(got, Ok(Some(_))), "there is no {key:?}");
        }
        must_be_there(&bucket, "contracts/a").await;
    }
    assert_eq!(keys_of(&all(&bucket, "").await), Vec::from_iter(there));
}

/// Over all pages each version that was there before the first of them comes exactly once, whatever is put between two:
/// files before, beside and after, and later versions of those listed and of those still to come.
pub async fn pages_give_each_once_while_others_put(bucket: Bucket) {
    let keys = ["p/a", "p/b", "p/b/c", "p/d", "p/e", "p/\u{e9}", "q/a"];
    for round in 0..3_usize {
        for key in keys.into_iter().filter(|key| *key != "p/b/c" || bucket.keeps_versions()) {
            must_put(&bucket, key, &vec![b'x'; round]).await;
        }
    }
    let before = all(&bucket, "p/").await;
    let mut number = 10;
    let found = paged(&bucket, "p/", async |page| {
        number += 1;
        let last = page.uploads.last().map_or("p/", |upload| upload.key.as_str());
        for key in ["p/0", "p/a", "p/d", "p/\u{e9}", "p/zz", last] {
            if key != "p/" {
                must_put(&bucket, key, &vec![b'y'; number]).await;
            }
        }
    })
    .await;
    for upload in before {
        assert!(found.contains(&upload), "{upload:?} is on no page");
    }
}

/// While others put and delete, a list is no error, holds what stays, and what it lists is read whole or is gone.
pub async fn a_list_goes_on_while_others_put_and_delete(bucket: Bucket) {
    let stay = ["m/a", "m/n/o", "m/z"];
    for key in stay {
        must_put(&bucket, key, key.as_bytes()).await;
    }
    let sender = tokio::spawn({
        let bucket = Arc::clone(&bucket);
        async move {
            for round in 0..ROUNDS {
                // Each is of its own length and sign, and in a folder that may be gone with it.
                let sign = u8::try_from(round).unwrap_or_default();
                must_put(&bucket, "m/busy/a", &vec![sign; BLOCK_BYTES + round]).await;
                if round % 3 == 0 {
                    bucket.delete("m/busy/a").await;
                }
            }
        }
    });
    let mut lists = 0;
    while lists == 0 || !sender.is_finished() {
        lists += 1;
        let found = all(&bucket, "m/").await;
        let keys = keys_of(&found);
        for key in stay {
            assert_eq!(keys.iter().filter(|found| **found == key).count(), 1, "{key} in {keys:?}");
        }
        for upload in found.iter().filter(|upload| upload.key == "m/busy/a") {
            let Some(bytes) = bytes_of(&bucket, upload).await else { continue };
            let alike = bytes.iter().all(|byte| Some(byte) == bytes.first());
            assert!(bytes.len() as u64 == upload.bytes && alike, "{} bytes of {upload:?}", bytes.len());
        }
        tokio::task::yield_now().await;
    }
    assert!(sender.await.is_ok(), "the sender failed");
}

async fn must_put(bucket: &Bucket, key: &str, bytes: &[u8]) {
    assert!(bucket.put(key, bytes.to_vec()).await, "{key:?} should be one that can be put");
}

/// A file whose bytes are its key is there, once, and can be read.
async fn must_be_there(bucket: &Bucket, key: &str) {
    let found = all(bucket, key).await;
    let of_key: Vec<_> = found.iter().filter(|upload| upload.key == key).collect();
    let [upload] = of_key.as_slice() else { panic!("{key:?} should be there once, but: {found:?}") };
    assert_eq!(bytes_of(bucket, upload).await.as_deref(), Some(key.as_bytes()), "{key:?}");
}

async fn bytes_of(bucket: &Bucket, upload: &StoredUpload) -> Option<Vec<u8>> {
    bucket.port().get(&upload.key, &upload.version).await.unwrap_or_else(failed)
}

async fn all(bucket: &Bucket, prefix: &str) -> Vec<StoredUpload> {
    paged(bucket, prefix, async |_| ()).await
}

/// Every page of a list, which must end, be in order of keys and give each version once.
async fn paged(
    bucket: &Bucket,
    prefix: &str,
    mut after_each: impl AsyncFnMut(&UploadPage),
) -> Vec<StoredUpload> {
    let (mut found, mut after) = (Vec::new(), None);
    for _ in 0..PAGES_MAX {
        let page = bucket.port().list(prefix, after.as_deref()).await.unwrap_or_else(failed);
        after_each(&page).await;
        found.extend(page.uploads);
        after = page.next;
        if after.is_none() {
            let keys = keys_of(&found);
            assert!(keys.is_sorted(), "of {prefix:?}, not in order: {keys:?}");
            let each: BTreeSet<_> = found.iter().map(|upload| (&upload.key, &upload.version)).collect();
            assert_eq!(each.len(), found.len(), "of {prefix:?}, a version came twice: {found:?}");
            return found;
        }
    }
    panic!("the list of {prefix:?} does not end: {PAGES_MAX} pages and a cursor");
}

fn keys_of(uploads: &[StoredUpload]) -> Vec<&str> {
    uploads.iter().map(|upload| upload.key.as_str()).collect()
}
