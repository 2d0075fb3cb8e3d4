//! The port `Uploads`: the files that people put into the upload bucket, with what the bucket says of each.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::objects::ObjectError;

/// One version of an uploaded file. Its place in every order is `(arrival, version)`: never a client's clock.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StoredUpload {
    /// When the storage service had it whole, by its own clock, to the second or finer.
    pub arrival: Timestamp,
    /// The storage service's id of the version.
    pub version: String,
    /// The key as it was put: any text, decoded.
    pub key: String,
    /// How many bytes it has.
    pub bytes: u64,
}

/// A page of uploads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UploadPage {
    /// Every version of each key, keys in order.
    pub uploads: Vec<StoredUpload>,
    /// From where the next page goes on; none after the last.
    pub next: Option<String>,
}

/// The upload bucket, read only: people put files, jobs read them.
#[async_trait]
pub trait Uploads: Send + Sync {
    /// The versions of all keys that begin with a prefix, a page at a time.
    ///
    /// # Errors
    /// [`ObjectError`].
    async fn list(&self, prefix: &str, after: Option<&str>) -> Result<UploadPage, ObjectError>;

    /// The bytes of one version; `None` if it was deleted.
    ///
    /// # Errors
    /// [`ObjectError`].
    async fn get(&self, key: &str, version: &str) -> Result<Option<Vec<u8>>, ObjectError>;
}
