//! A file that cannot be taken in now holds up its sender's later files, whose order counts, and nobody else's.

use std::collections::BTreeSet;

use platform::StoredUpload;

use super::upload_id;
use crate::fault::Fault;
use crate::sweep::{FirstFault, chain};

/// Whose files wait for the next waking, and the fault that stands for all that made one wait.
#[derive(Default)]
pub(crate) struct HeldUp {
    senders: BTreeSet<String>,
    faults: FirstFault,
}

impl HeldUp {
    /// Whether this sender's files wait: an earlier one could not be taken in, or none can be.
    pub(crate) fn has(&self, sender: &str) -> bool {
        self.senders.contains(sender) || self.faults.is_everywhere()
    }

    /// Notes that a file of this sender could not be taken in.
    pub(crate) fn note(&mut self, sender: String, upload: &StoredUpload, fault: Fault) {
        tracing::error!(upload = %upload_id(upload), fault = %chain(&fault), "An upload cannot be taken in now");
        self.senders.insert(sender);
        self.faults.note(Err(fault));
    }

    /// The fault, once everybody else's files are taken in.
    pub(crate) fn end(self) -> Result<(), Fault> {
        self.faults.end()
    }
}

/// Who sent a file: the first parts of its key.
pub(crate) fn sender(key: &str, parts: usize) -> String {
    key.split('/').take(parts).collect::<Vec<_>>().join("/")
}
