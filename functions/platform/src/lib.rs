//! The ports through which jobs reach the world, and their adapters.
//!
//! | port | adapters here |
//! |---|---|
//! | [`Store`]: two tables with conditions, versions and transactions | [`memory::MemoryStore`]; `dynamodb::DynamoStore` (feature `dynamodb`), also on an engine in this process (feature `embedded`) |
//! | [`Objects`]: whole files by key | [`folder::FolderObjects`], [`memory::MemoryObjects`]; `s3::S3Objects` (feature `s3`) |
//! | [`Mailer`]: one mail, once | [`folder::FolderMailer`], [`memory::MemoryMailer`]; `ses::SesMailer` (feature `ses`) |
//! | [`Clock`]: now, and waiting | [`clock::SystemClock`], [`clock::VirtualClock`] |
//! | [`Meter`]: figures for alarms | [`memory::MemoryMeter`]; embedded metrics, in `lambdas` |
//!
//! Every adapter of the store, and every one of the objects, passes its one suite in `contract` (feature of that
//! name), and refuses the same requests: [`limits`].

pub mod clock;
#[cfg(feature = "contract")]
pub mod contract;
#[cfg(feature = "dynamodb")]
pub mod dynamodb;
#[cfg(feature = "embedded")]
pub mod embedded;
pub mod folder;
pub mod limits;
pub mod mail;
pub mod memory;
pub mod meter;
pub mod objects;
#[cfg(feature = "s3")]
pub mod s3;
#[cfg(feature = "ses")]
pub mod ses;
pub mod store;
pub mod tag;

use std::sync::Arc;

pub use clock::Clock;
pub use mail::{MailError, Mailer, NotSent, OutgoingMail, Quota};
pub use meter::Meter;
pub use objects::{ObjectError, Objects};
pub use store::{Item, Key, Store, StoreError, Table, Write};

/// The ports, as a job receives them. Cheap to clone.
#[derive(Clone)]
pub struct Platform {
    /// What is true, and what happened.
    pub store: Arc<dyn Store>,
    /// Plans, rankings, reports.
    pub objects: Arc<dyn Objects>,
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
