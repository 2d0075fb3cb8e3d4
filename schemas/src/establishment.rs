//! An establishment: how it is written to.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::EstablishmentId;

/// An establishment (`E#<establishment>` / `STATE`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Establishment {
    /// Which establishment.
    pub id: EstablishmentId,
    /// How many decisions made this state; the last one's record is `D#<version>`.
    pub version: u64,
    /// The address of its admissions service, where copies of decisions and reports on its files go (R74).
    pub email: String,
}
