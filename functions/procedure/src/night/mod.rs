//! The night: snapshot, plan, verification, and what it means for one candidate. Pure.
//!
//! A night never acts on what it reads: it plans on an immutable [`Snapshot`], the plan is verified against
//! that snapshot by code that shares nothing with the planner, and what is applied is the stored plan.

pub mod file;
mod plan;
mod results;
mod snapshot;
mod verify;

pub use plan::{lost, plan_offers, seats_taken};
pub use results::{Drift, Tonight, events_for};
pub use snapshot::{
    Admits, FormationNight, RankingIndex, Row, RowState, Snapshot, SnapshotBuilder, SnapshotFormation,
};
pub use verify::{Breach, Check, verify};
