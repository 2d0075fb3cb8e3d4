//! The JSON Schemas that outsiders rely on, generated from the types.

use schemars::{Schema, schema_for};

use crate::positions::PositionList;
use crate::{
    Candidate, Command, DecisionRecord, Establishment, Formation, Gate, NightRun, Notice, Outcome, Plan,
    Ranking, RankingContent,
};

/// Every committed schema: file name in `schemas/json` without its ending, and the schema.
#[must_use]
pub fn documents() -> Vec<(&'static str, Schema)> {
    vec![
        ("candidate", schema_for!(Candidate)),
        ("command", schema_for!(Command)),
        ("decision_record", schema_for!(DecisionRecord)),
        ("establishment", schema_for!(Establishment)),
        ("formation", schema_for!(Formation)),
        ("gate", schema_for!(Gate)),
        ("night_run", schema_for!(NightRun)),
        ("notice", schema_for!(Notice)),
        ("outcome", schema_for!(Outcome)),
        ("plan", schema_for!(Plan)),
        ("positions", schema_for!(PositionList)),
        ("ranking", schema_for!(Ranking)),
        ("ranking_content", schema_for!(RankingContent)),
    ]
}
