//! Uploads in memory, and a reader that does not survive a hostile file.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;

use crate::objects::ObjectError;
use crate::reader::{Read, Reader, ReaderError, Reading};
use crate::uploads::{StoredUpload, UploadPage, Uploads};

type KeyAndVersion = (String, String);

/// Uploads that live as long as the process.
#[derive(Debug, Default)]
pub struct MemoryUploads {
    uploads: Mutex<BTreeMap<KeyAndVersion, (Timestamp, Vec<u8>)>>,
}

impl MemoryUploads {
    /// No uploads.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts one version of a file as it arrives at an instant.
    pub fn put(&self, key: &str, version: &str, arrival: Timestamp, bytes: Vec<u8>) {
        let mut uploads = self.uploads.lock().unwrap_or_else(PoisonError::into_inner);
        uploads.insert((key.to_owned(), version.to_owned()), (arrival, bytes));
    }

    /// Deletes every version of a file.
    pub fn delete(&self, key: &str) {
        let mut uploads = self.uploads.lock().unwrap_or_else(PoisonError::into_inner);
        uploads.retain(|(known, _), _| known != key);
    }
}

#[async_trait]
impl Uploads for MemoryUploads {
    async fn list(&self, prefix: &str, _after: Option<&str>) -> Result<UploadPage, ObjectError> {
        let uploads = self.uploads.lock().unwrap_or_else(PoisonError::into_inner);
        let found = uploads.iter().filter(|((key, _), _)| key.starts_with(prefix));
        let uploads = found.map(|((key, version), (arrival, bytes))| StoredUpload {
            arrival: *arrival,
            version: version.clone(),
            key: key.clone(),
            bytes: bytes.len() as u64,
        });
        Ok(UploadPage { uploads: uploads.collect(), next: None })
    }

    async fn get(&self, key: &str, version: &str) -> Result<Option<Vec<u8>>, ObjectError> {
        let uploads = self.uploads.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(uploads.get(&(key.to_owned(), version.to_owned())).map(|(_, bytes)| bytes.clone()))
    }
}

/// Reads in this process, without any guard: for tests and stories, whose files are their own.
#[derive(Debug, Clone, Copy)]
pub struct DirectReader(pub fn(Reading, &[u8]) -> Vec<u8>);

#[async_trait]
impl Reader for DirectReader {
    async fn read(&self, reading: Reading, bytes: &[u8]) -> Result<Read, ReaderError> {
        Ok(Read::Done((self.0)(reading, bytes)))
    }
}
