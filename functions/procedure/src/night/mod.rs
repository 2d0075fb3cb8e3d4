//! The night: snapshot, plan, verification, and what it means for one candidate. Pure.
//!
//! A night never acts on what it reads: it plans on an immutable [`Snapshot`], the plan is verified against
//! that snapshot by code that shares nothing with the planner, and what is applied is the stored plan.

mod contain;
pub mod file;
mod plan;
mod results;
mod snapshot;
mod verify;

pub use contain::{REPLANS_MAX, contain};
pub use plan::{Advancement, advance, planned, seats_taken};
pub use results::{Drift, Tonight, events_for};
pub use snapshot::{
    Admits, FormationNight, Preference, RankingIndex, Row, RowState, Snapshot, SnapshotBuilder,
    SnapshotFormation,
};
pub use verify::{Breach, Check, verify, verify_rows};
