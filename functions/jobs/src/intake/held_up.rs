//! A file that cannot be taken in now holds up its sender's later files, whose order counts, and nobody else's.

use std::collections::BTreeSet;

use platform::StoredUpload;

use super::upload_id;
use crate::fault::Fault;

/// Whose files wait for the next waking, and the first fault that made one wait.
#[derive(Default)]
pub(crate) struct HeldUp {
    senders: BTreeSet<String>,
    first: Option<Fault>,
}

impl HeldUp {
    /// Whether an earlier file of this sender could not be taken in.
    pub(crate) fn has(&self, sender: &str) -> bool {
        self.senders.contains(sender)
    }

    /// Notes that a file of this sender could not be taken in.
    pub(crate) fn note(&mut self, sender: String, upload: &StoredUpload, fault: Fault) {
        tracing::error!(upload = %upload_id(upload), %fault, "An upload cannot be taken in now");
        self.senders.insert(sender);
        self.first.get_or_insert(fault);
    }

    /// The first fault, once everybody else's files are taken in.
    pub(crate) fn end(self) -> Result<(), Fault> {
        self.first.map_or(Ok(()), Err)
    }
}

/// Who sent a file: the first parts of its key.
pub(crate) fn sender(key: &str, parts: usize) -> String {
    key.split('/').take(parts).collect::<Vec<_>>().join("/")
}
