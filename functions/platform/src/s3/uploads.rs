//! Uploads in a bucket of S3 that keeps versions.
//!
//! | the port says | S3 does |
//! |---|---|
//! | every version of each key, with when it arrived | `ListObjectVersions`; `LastModified`, to the second, of an object put whole |
//! | the bytes of one version, or that it was deleted | `GetObject` of that version; `NoSuchVersion`, `NoSuchKey` |

use std::io;

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::types::{EncodingType, ObjectVersion};
use jiff::Timestamp;

use super::{body_of, unavailable};
use crate::objects::ObjectError;
use crate::uploads::{StoredUpload, UploadPage, Uploads, decoded_key, folder_of};

/// Between the two parts of a cursor: no version's id holds it.
const CURSOR_SEPARATOR: char = '\n';

/// What is wrong with a page that is neither the last nor followed by another.
const NO_NEXT: &str = "the page of a list does not say where the next one begins";

/// Uploads of one bucket.
#[derive(Debug, Clone)]
pub struct S3Uploads {
    client: Client,
    bucket: String,
}

impl S3Uploads {
    /// The uploads of this bucket, through this client: one made with [`super::settings`] if it leaves the process.
    #[must_use]
    pub fn new(client: Client, bucket: String) -> Self {
        Self { client, bucket }
    }
}

#[async_trait]
impl Uploads for S3Uploads {
    async fn list(&self, prefix: &str, after: Option<&str>) -> Result<UploadPage, ObjectError> {
        let after = after.and_then(|cursor| cursor.split_once(CURSOR_SEPARATOR));
        let (version, key) = after.unzip();
        let answer = self
            .client
            .list_object_versions()
            .bucket(&self.bucket)
            .prefix(prefix)
            // A key may hold signs that XML cannot.
            .encoding_type(EncodingType::Url)
            .set_key_marker(key.map(str::to_owned))
            // The service refuses an empty one.
            .set_version_id_marker(version.filter(|version| !version.is_empty()).map(str::to_owned))
            .send()
            .await
            .map_err(|error| unavailable(folder_of(prefix), &error))?;
        let is_encoded = answer.encoding_type() == Some(&EncodingType::Url);
        let as_put = |key: &str| if is_encoded { decoded_key(key) } else { Some(key.to_owned()) };
        let uploads = answer.versions().iter().filter_map(|version| stored(version, as_put)).collect();
        let next = match (answer.is_truncated(), answer.next_key_marker().and_then(as_put)) {
            (Some(false), _) => None,
            (Some(true), Some(key)) => {
                let version = answer.next_version_id_marker().unwrap_or_default();
                Some(format!("{version}{CURSOR_SEPARATOR}{key}"))
            }
            // Taken for the last page, it would hide what is on the others.
            _ => return Err(unavailable(folder_of(prefix), &io::Error::other(NO_NEXT))),
        };
        Ok(UploadPage { uploads, next })
    }

    async fn get(&self, key: &str, version: &str) -> Result<Option<Vec<u8>>, ObjectError> {
        if key.is_empty() {
            // No file has it, and no request can name it.
            return Ok(None);
        }
        let request = self.client.get_object().bucket(&self.bucket).key(key).version_id(version);
        body_of(folder_of(key), request).await
    }
}

/// A version as the port has it; none of one that the service says too little of.
fn stored(version: &ObjectVersion, as_put: impl Fn(&str) -> Option<String>) -> Option<StoredUpload> {
    let modified = version.last_modified()?;
    let arrival = Timestamp::from_second(modified.secs()).ok()?;
    Some(StoredUpload {
        arrival,
        version: version.version_id()?.to_owned(),
        key: as_put(version.key()?)?,
        bytes: u64::try_from(version.size()?).ok()?,
    })
}
