//! Objects in a bucket of S3, and uploads in another, through the official SDK.
//!
//! | the port says | S3 does |
//! |---|---|
//! | a put is whole or not there, and replaces | `PutObject` in one part, with a checksum that the service verifies |
//! | a get of what is not there | `NoSuchKey` |
//!
//! Both may be sent again at will: a put of the same bytes is the same put. The SDK does so, as [`settings`] says; a
//! body that breaks off on its way is asked for again here, since the SDK has given it out by then. A function that
//! reads needs `s3:ListBucket` beside `s3:GetObject`: without it S3 says `AccessDenied` of what is not there.

mod uploads;

use std::error::Error;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::Builder;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::operation::get_object::builders::GetObjectFluentBuilder;
use aws_sdk_s3::primitives::ByteStream;

pub use self::uploads::S3Uploads;
use crate::limits::check_object_key;
use crate::objects::{ObjectError, Objects};

/// How long a connection may take to come about. A region's own endpoint takes milliseconds.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// How long one attempt may take until its answer begins: a national night's plan, of some 20 MB, takes a second.
pub const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);

/// Most attempts at one request, and at one body. What three do not cure is for the next tick.
pub const ATTEMPTS_MAX: u32 = 3;

/// The codes of a read of what is not there.
const NOT_THERE: [&str; 2] = ["NoSuchKey", "NoSuchVersion"];

/// These timeouts and attempts: for every client that leaves the process.
#[must_use]
pub fn settings(config: Builder) -> Builder {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .build();
    config.retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS_MAX)).timeout_config(timeouts)
}

/// Objects of one bucket.
#[derive(Debug, Clone)]
pub struct S3Objects {
    client: Client,
    bucket: String,
}

impl S3Objects {
    /// The objects of this bucket, through this client: one made with [`settings`] if it leaves the process.
    #[must_use]
    pub fn new(client: Client, bucket: String) -> Self {
        Self { client, bucket }
    }
}

#[async_trait]
impl Objects for S3Objects {
    async fn put(&self, key: &str, bytes: Vec<u8>) -> Result<(), ObjectError> {
        check_object_key(key)?;
        let request = self.client.put_object().bucket(&self.bucket).key(key).body(ByteStream::from(bytes));
        request.send().await.map(|_| ()).map_err(|error| unavailable(key, &error))
    }

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, ObjectError> {
        check_object_key(key)?;
        body_of(key, self.client.get_object().bucket(&self.bucket).key(key)).await
    }
}

/// What a request for an object brings; `None` if it is not there.
async fn body_of(key: &str, request: GetObjectFluentBuilder) -> Result<Option<Vec<u8>>, ObjectError> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        let answer = match request.clone().send().await {
            Ok(answer) => answer,
            Err(error) if error.code().is_some_and(|code| NOT_THERE.contains(&code)) => return Ok(None),
            Err(error) => return Err(unavailable(key, &error)),
        };
        match answer.body.collect().await {
            Ok(body) => return Ok(Some(body.to_vec())),
            Err(error) if attempt >= ATTEMPTS_MAX => return Err(unavailable(key, &error)),
            Err(_) => {}
        }
    }
}

/// An error and what is behind it, each by its sentence: what was sent is in none of them.
fn unavailable(key: &str, error: &(dyn Error + 'static)) -> ObjectError {
    let mut said = error.to_string();
    let mut behind = error.source();
    while let Some(error) = behind {
        said = format!("{said}: {error}");
        behind = error.source();
    }
    ObjectError::Unavailable { key: key.to_owned(), source: std::io::Error::other(said) }
}
