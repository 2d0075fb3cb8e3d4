//! Positions on waitlists, as the last published night left them.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::CandidateId;

/// Who waits for a seat of a formation, the next one first (the object `positions/<formation>.json`). Written after a
/// night is published, where the list changed: one request gives anybody's position there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PositionList {
    /// The published night that left the list so.
    pub night: Date,
    /// Those who wait, in the order in which they are called.
    pub waiting: Vec<CandidateId>,
}

impl PositionList {
    /// The position of a candidate: 1 is next. None for whoever does not wait.
    #[must_use]
    pub fn of(&self, candidate: &CandidateId) -> Option<u32> {
        let before = self.waiting.iter().position(|waits| waits == candidate)?;
        u32::try_from(before + 1).ok()
    }
}
