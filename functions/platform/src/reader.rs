//! The port `Reader`: reading a file that somebody sent, where it can do no harm.
//!
//! A hostile file can abort any parser, fill the memory or never end. So whoever reads one gets bytes in and JSON out
//! from somewhere that may die of it: [`crate::guard`]. That it died is an answer about the file, not a fault.

use async_trait::async_trait;

/// What a file is read as: each has a reader of its own in the crate `uploads`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reading {
    /// A contract, as PDF (R46–R49).
    Contract,
    /// A file of vacant seats or a ranking, as CSV or XLSX (R18, R67).
    Table,
}

impl Reading {
    /// Every kind of reading.
    pub const ALL: [Self; 2] = [Self::Contract, Self::Table];

    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Contract => "contract",
            Self::Table => "table",
        }
    }

    /// The reading of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reading| reading.name() == name)
    }
}

/// What came of reading a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Read {
    /// What the reader found in it, as JSON.
    Done(Vec<u8>),
    /// The reader did not survive it. The same file again would end the same way: there is nothing to retry.
    Unreadable(Unreadable),
}

/// How a file ended its reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unreadable {
    /// It made the reader crash, or ask for more than it may have.
    Crashed,
    /// It took too long.
    TimedOut,
    /// It made the reader say too much.
    TooMuchOutput,
}

/// Why a file could not be given to a reader at all: a fault of ours, to be tried again.
#[derive(Debug, thiserror::Error)]
#[error("the guarded reader could not be run")]
pub struct ReaderError(#[from] pub std::io::Error);

/// Reads files that people sent.
#[async_trait]
pub trait Reader: Send + Sync {
    /// Reads one file.
    ///
    /// # Errors
    /// [`ReaderError`] if nothing could be read for a reason that is not the file's.
    async fn read(&self, reading: Reading, bytes: &[u8]) -> Result<Read, ReaderError>;
}
