//! What an operator changed for everybody.

use jiff::Timestamp;
use platform::{Key, Table};
use schemas::Command;
use serde::{Deserialize, Serialize};

use super::{Row, campaign_key};

/// What an operator changed for everybody: the amendment of the campaign file that is in force (C13), and the deadlines
/// that he extended (R34).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CampaignRow {
    /// How many times this row was written.
    pub version: u64,
    /// The amended file's SHA-256, in hexadecimal; the file is an object. Without it the deployed one is in force.
    pub digest: Option<String>,
    /// When the file was put.
    pub valid_from: Timestamp,
    /// The extensions that may not be written to each candidate yet; true all the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extending: Vec<Extending>,
    /// Whether all this is written to each candidate, and he is listed in `due` as the calendar has it.
    pub swept: bool,
}

/// Deadlines extended for everybody whom it concerns (R34).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extending {
    /// The operator's command.
    pub command: Command,
    /// When it was accepted: it concerns the offers that were live then.
    pub accepted_at: Timestamp,
}

impl Row for CampaignRow {
    const TABLE: Table = Table::State;

    fn key(&self) -> Key {
        campaign_key()
    }

    fn version(&self) -> u64 {
        self.version
    }
}
