//! The ports through which jobs reach the world, and their adapters.
//!
//! | port | adapters here |
//! |---|---|
//! | [`Store`]: two tables with conditions, versions and transactions | [`memory::MemoryStore`]; `dynamodb::DynamoStore` (feature `dynamodb`), also on an engine in this process (feature `embedded`) |
//! | [`Uploads`]: what people sent, with when it came | [`folder::FolderUploads`], [`memory::MemoryUploads`]; `s3::S3Uploads` (feature `s3`) |
//! | [`Reader`]: reads such a file where it can do no harm | [`guard::GuardedReader`], [`memory::DirectReader`] |
//! | [`Objects`]: whole files by key | [`folder::FolderObjects`], [`memory::MemoryObjects`]; `s3::S3Objects` (feature `s3`) |
//! | [`Mailer`]: one mail, once | [`folder::FolderMailer`], [`memory::MemoryMailer`]; `ses::SesMailer` (feature `ses`), `smtp::SmtpMailer` (feature `smtp`) |
//! | [`Clock`]: now, and waiting | [`clock::SystemClock`], [`clock::VirtualClock`] |
//! | [`Meter`]: figures for alarms | [`memory::MemoryMeter`]; embedded metrics, in `lambdas` |
//!
//! Every adapter of the store, of the objects and of the uploads passes its port's one suite in `contract` (feature of
//! that name); those of the store, and those of the objects, refuse the same requests: [`limits`].

pub mod clock;
#[cfg(feature = "contract")]
pub mod contract;
#[cfg(feature = "dynamodb")]
pub mod dynamodb;
#[cfg(feature = "embedded")]
pub mod embedded;
pub mod folder;
pub mod guard;
pub mod limits;
pub mod mail;
pub mod memory;
pub mod meter;
pub mod objects;
pub mod reader;
#[cfg(feature = "s3")]
pub mod s3;
#[cfg(feature = "ses")]
pub mod ses;
#[cfg(feature = "smtp")]
pub mod smtp;
pub mod store;
pub mod tag;
pub mod uploads;

use std::sync::Arc;

pub use clock::Clock;
pub use mail::{MailError, Mailer, NotSent, OutgoingMail, Quota};
pub use meter::Meter;
pub use objects::{ObjectError, Objects};
pub use reader::{Read, Reader, ReaderError, Reading, Unreadable};
pub use store::{Item, Key, Store, StoreError, Table, Write};
pub use uploads::{StoredUpload, UploadPage, Uploads};

/// The ports, as a job receives them. Cheap to clone.
#[derive(Clone)]
pub struct Platform {
    /// What is true, and what happened.
    pub store: Arc<dyn Store>,
    /// Plans, rankings, reports.
    pub objects: Arc<dyn Objects>,
    /// What people sent.
    pub uploads: Arc<dyn Uploads>,
    /// Who reads what people sent.
    pub reader: Arc<dyn Reader>,
    /// Where mails leave.
    pub mailer: Arc<dyn Mailer>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl Platform {
    /// The same ports at another time: how the local command lets many candidates act at once.
    #[must_use]
    pub fn with_clock(&self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self.clone() }
    }
}
