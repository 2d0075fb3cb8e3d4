//! The store on an engine in this process: [`DynamoStore`] as it is, over a client that reaches no network.
//!
//! - **On a file, nothing committed is lost when the process is killed**: a commit is in the write-ahead log, with
//!   the operating system, before it is answered. The log is brought to the disk at its checkpoints, not at every
//!   commit (`synchronous = NORMAL`), so a power cut may take the last commits; it takes them whole and in order,
//!   and leaves the file sound. What this machine holds is a drawn cohort, and the next tick does again what a cut
//!   took; to wait for the disk at every commit would halve the speed of a campaign on a fast disk and take nearly
//!   all of it on a slow one.
//! - **The engine is called where the SDK is polled**, on the runtime's own thread. One lock serves all, so more
//!   threads win nothing: with 16 writers as many transactions a second passed over `spawn_blocking`, each taking
//!   ten times as long, and with one writer, or readers, a hand-over cost a third to a half of the speed.
//!   `block_in_place` lies between, and panics on a runtime of one thread.
//! - Never here: throttling, conflicts of transactions under way, lag of an index, an answer that is lost.

mod connector;

use std::fmt;
use std::path::{Path, PathBuf};

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, IdentityCache, Region, StalledStreamProtectionConfig};
use aws_sdk_dynamodb::{Client, Config};
use dynoxide::{Database, DynoxideError};

use crate::dynamodb::{DynamoStore, create_tables};
use crate::store::StoreError;
use connector::Connector;

/// A name that never resolves: a request that left the process would fail, not reach anyone.
const ENDPOINT: &str = "http://embedded.invalid";

/// The SDK wants a region; the engine does not.
const REGION: &str = "eu-west-3";

/// An engine that cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// The engine does not begin in memory.
    #[error("the store in memory cannot be begun")]
    Memory(#[source] DynoxideError),
    /// The file is not a store, or cannot be written.
    #[error("{} is no store that can be opened: give its own file, or begin a new one", file.display())]
    File {
        /// Which file.
        file: PathBuf,
        /// Why.
        #[source]
        source: DynoxideError,
    },
    /// The file's name is not text.
    #[error("{} cannot be a store's name: give it one of letters", .0.display())]
    Name(PathBuf),
}

/// An engine in this process. Cheap to clone; the last clone, or store of it, closes the file.
#[derive(Clone)]
pub struct Embedded {
    client: Client,
    database: Database,
}

impl fmt::Debug for Embedded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Embedded")
    }
}

impl Embedded {
    /// An empty engine in memory.
    ///
    /// # Errors
    /// [`EmbeddedError::Memory`].
    pub fn memory() -> Result<Self, EmbeddedError> {
        Ok(Self::over(Database::memory().map_err(EmbeddedError::Memory)?))
    }

    /// The engine on this file, which is made if it is not there. One process at a time.
    ///
    /// # Errors
    /// [`EmbeddedError`] names the file.
    pub fn file(path: &Path) -> Result<Self, EmbeddedError> {
        let name = path.to_str().ok_or_else(|| EmbeddedError::Name(path.to_owned()))?;
        let failed = |source| EmbeddedError::File { file: path.to_owned(), source };
        let database = Database::new(name).map_err(failed)?;
        // The engine's name for `synchronous = NORMAL`.
        database.disable_bulk_loading().map_err(failed)?;
        Ok(Self::over(database))
    }

    /// Writes all that it holds to a new file, whole or not at all: what [`Embedded::file`] opens. Nothing may be
    /// written to it meanwhile.
    ///
    /// # Errors
    /// [`EmbeddedError::File`], also if the file is there already.
    pub fn save(&self, path: &Path) -> Result<(), EmbeddedError> {
        let name = path.to_str().ok_or_else(|| EmbeddedError::Name(path.to_owned()))?;
        let failed = |source| EmbeddedError::File { file: path.to_owned(), source };
        self.database.vacuum_into(name).map_err(failed)
    }

    fn over(database: Database) -> Self {
        let config = Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::from_static(REGION))
            .endpoint_url(ENDPOINT)
            // Signing would cost a tenth of a transaction, and nobody checks it.
            .allow_no_auth()
            // Nobody's identity needs no cache, which would want a timer of the runtime.
            .identity_cache(IdentityCache::no_cache())
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .http_client(Connector::new(database.clone()))
            .build();
        Self { client: Client::from_conf(config), database }
    }

    /// A client of the engine.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The tables of this prefix, which are made if they are not there.
    ///
    /// # Errors
    /// [`StoreError`], never a conflict.
    pub async fn store(&self, prefix: &str) -> Result<DynamoStore, StoreError> {
        create_tables(&self.client, prefix).await?;
        Ok(DynamoStore::new(self.client.clone(), prefix))
    }
}
