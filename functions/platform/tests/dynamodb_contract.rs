//! The port's suite, run on the store on DynamoDB: on the engine in this process, in memory and on a file, and on
//! whatever engine `DYNAMODB_ENDPOINT` names (`tests/dynamodb-local.sh` starts the official one).
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "kit/plain_http.rs"]
mod plain_http;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::{Client, Config};
use plain_http::PlainHttp;
use platform::Store;
use platform::dynamodb::{DynamoStore, create_tables, settings};
use platform::embedded::Embedded;

/// Names the endpoint of an engine, as in `http://127.0.0.1:8000`.
const ENDPOINT: &str = "DYNAMODB_ENDPOINT";

// The engine in memory keeps every promise.
mod in_memory {
    use super::{Arc, Embedded, Store};

    async fn make() -> Arc<dyn Store> {
        Arc::new(Embedded::memory().unwrap().store("suite-").await.unwrap())
    }

    platform::store_contract!(make);
}

// So does the engine on a file.
mod on_a_file {
    use super::{Arc, Embedded, Store, new_file};

    async fn make() -> Arc<dyn Store> {
        Arc::new(Embedded::file(&new_file()).unwrap().store("suite-").await.unwrap())
    }

    platform::store_contract!(make);
}

/// A file of this test's own, in the folder of what is built: the name of the test, which has its own thread.
fn new_file() -> PathBuf {
    let test = std::thread::current().name().unwrap().replace("::", "-");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("dynamodb_contract");
    std::fs::create_dir_all(&folder).unwrap();
    for ending in ["db", "db-wal", "db-shm"] {
        let _ = std::fs::remove_file(folder.join(format!("{test}.{ending}")));
    }
    folder.join(format!("{test}.db"))
}

// And so does every engine at an endpoint, with the timeouts and retries that go to the cloud.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_an_endpoint() {
    #[expect(clippy::disallowed_methods, reason = "a test's configuration")]
    let Ok(endpoint) = std::env::var(ENDPOINT) else {
        // Written past the test harness, which would keep it for failures.
        writeln!(std::io::stderr(), "SKIPPED the store's suite at an endpoint: {ENDPOINT} is not set")
            .unwrap();
        return;
    };
    let config = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::from_static("eu-west-3"))
        .credentials_provider(Credentials::new("local", "local", None, None, "test"))
        .endpoint_url(endpoint)
        .http_client(PlainHttp::default());
    let client = Client::from_conf(settings(config).build());
    let stores = AtomicUsize::new(0);
    platform::contract::suite(async || {
        let number = stores.fetch_add(1, Ordering::Relaxed);
        let prefix = format!("suite-{}-{number}-", std::process::id());
        create_tables(&client, &prefix).await.unwrap();
        Arc::new(DynamoStore::new(client.clone(), &prefix)) as Arc<dyn Store>
    })
    .await;
}
