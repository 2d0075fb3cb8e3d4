//! Notices that are owed, and what keeps mails from leaving.

use jiff::Timestamp;
use platform::store::IndexEntry;
use platform::{Key, Table, Write};
use schemas::Notice;
use schemas::notice::{NoticeStatus, SuppressionReason};
use serde::{Deserialize, Serialize};

use super::{Row, mail_rate_key, outbox_partition, put, sortable, suppression_key};

/// That no mail goes to an address any more, or may again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuppressionRow {
    /// SHA-256 of the address.
    pub hash: String,
    /// How many times this row was written.
    pub version: u64,
    /// Why the last time.
    pub why: SuppressionReason,
    /// Since when: the provider's clock.
    pub since: Timestamp,
    /// When an operator let mails go there again; what came back before then counts no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub released_at: Option<Timestamp>,
}

impl SuppressionRow {
    /// Whether no mail goes there.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.released_at.is_none()
    }
}

impl Row for SuppressionRow {
    const TABLE: Table = Table::State;

    fn key(&self) -> Key {
        suppression_key(&self.hash)
    }

    fn version(&self) -> u64 {
        self.version
    }
}

/// The rate at which mails leave, shared by all who send.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MailRateRow {
    /// How many times this row was written.
    pub version: u64,
    /// Mails a second, as long as the provider takes them.
    pub per_second: f64,
    /// When this was written.
    pub at: Timestamp,
    /// The first instant that nobody has taken yet.
    pub next_at: Timestamp,
}

impl Row for MailRateRow {
    const TABLE: Table = Table::State;

    fn key(&self) -> Key {
        mail_rate_key()
    }

    fn version(&self) -> u64 {
        self.version
    }
}

/// A notice with its own key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeRow {
    /// Whose it is, and `N#…`: what makes it one of a kind.
    pub key: Key,
    /// The notice.
    pub notice: Notice,
}

impl NoticeRow {
    /// The id by which the mail provider's events name it: the whole key.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}#{}", self.key.pk, self.key.sk)
    }

    /// The write that puts it.
    #[must_use]
    pub fn write(&self) -> Write {
        let key = self.key.clone();
        let next = match self.notice.status {
            NoticeStatus::Pending { next_attempt_at, .. } => Some(next_attempt_at),
            NoticeStatus::Claimed { until, .. } => Some(until),
            NoticeStatus::Sent { .. }
            | NoticeStatus::Cancelled { .. }
            | NoticeStatus::Suppressed { .. }
            | NoticeStatus::Failed { .. } => None,
        };
        let index = next.map(|at| IndexEntry {
            partition: outbox_partition(self.notice.kind.lane(), key.shard()),
            sort: sortable(at),
        });
        put(Table::Journal, key, self.notice.version, index, &self.notice)
    }
}
