//! The port's suite, run on the store in memory.

use std::sync::Arc;

use platform::Store;
use platform::memory::MemoryStore;

async fn in_memory() -> Arc<dyn Store> {
    Arc::new(MemoryStore::new())
}

// The store in memory keeps every promise.
mod memory {
    platform::store_contract!(super::in_memory);
}

// The whole suite can also be run as one call, as other crates do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_suite_runs_as_one() {
    platform::contract::suite(in_memory).await;
}
