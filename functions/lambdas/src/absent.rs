//! The ports that a function does not have, for its role has no right to what is behind them.

use std::io;

use async_trait::async_trait;
use platform::{
    MailError, Mailer, NotSent, ObjectError, OutgoingMail, Read, Reader, ReaderError, Reading, UploadPage,
    Uploads,
};

/// The mailer of a function that sends no mail.
pub(crate) struct NoMailer;

#[async_trait]
impl Mailer for NoMailer {
    async fn send(&self, _: OutgoingMail) -> Result<String, MailError> {
        Err(MailError::NotSent(NotSent::Unreachable))
    }
}

/// The uploads, and the reader of them, of a function that takes none in.
pub(crate) struct NoUploads;

impl NoUploads {
    fn error() -> io::Error {
        io::Error::other("this function is not told of UPLOADS_BUCKET")
    }
}

#[async_trait]
impl Uploads for NoUploads {
    async fn list(&self, prefix: &str, _: Option<&str>) -> Result<UploadPage, ObjectError> {
        Err(ObjectError::Unavailable { key: prefix.to_owned(), source: Self::error() })
    }

    async fn get(&self, key: &str, _: &str) -> Result<Option<Vec<u8>>, ObjectError> {
        Err(ObjectError::Unavailable { key: key.to_owned(), source: Self::error() })
    }
}

#[async_trait]
impl Reader for NoUploads {
    async fn read(&self, _: Reading, _: &[u8]) -> Result<Read, ReaderError> {
        Err(ReaderError(Self::error()))
    }
}
