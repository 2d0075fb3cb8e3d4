//! A formation: its seats, and the ranking of its jury.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::campaign::{Days, Round};
use crate::ids::{CandidateId, EstablishmentId, FormationId};

/// What an application counts as in the quota (R15): several formations of one mention at one
/// establishment count once. Stored as `[establishment, mention]`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct QuotaPair(
    /// The establishment.
    pub EstablishmentId,
    /// The mention, as the establishment codes it.
    pub String,
);

/// Student or alternance.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Track {
    /// Not in alternance.
    #[default]
    Student,
    /// In alternance: a work contract is needed.
    Alternance,
}

impl Track {
    /// Whether it is the student track, which stored items leave out.
    #[must_use]
    pub fn is_student(&self) -> bool {
        *self == Self::Student
    }
}

/// A formation (`F#<formation>` / `STATE`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Formation {
    /// Which formation.
    pub id: FormationId,
    /// How many decisions made this state; the last one's record is `D#<version>`.
    pub version: u64,
    /// The name that people read.
    pub title: String,
    /// Who runs it.
    pub establishment: EstablishmentId,
    /// The mention it counts in (R15).
    pub mention: String,
    /// Student or alternance.
    pub track: Track,
    /// Seats.
    pub capacity: u32,
    /// How many may hold a seat at once: at least the capacity.
    pub call_limit: u32,
    /// Whether it takes new applications in the complementary phase (R52).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub complementary: bool,
    /// Whether those admitted may enter as students or in alternance (R49).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mixed: bool,
    /// The days on which it enrols, if its establishment said them (R65).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enrolment: Option<Days>,
    /// Whether it calls nobody for now.
    #[serde(default)]
    pub stopped: bool,
}

/// Why a jury refused (R20).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RefusalReason {
    /// The file is incomplete or invalid under the administrative conditions.
    AdminIncomplete,
    /// The file does not meet the formation's requirements.
    RequirementsNotMet,
}

/// The facts about a published ranking (`F#<formation>` / `RANKING`); its content is an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ranking {
    /// Of which formation.
    pub formation: FormationId,
    /// How many times it was published; the last one counts.
    pub version: u64,
    /// SHA-256 of the content, in hexadecimal: its object is `rankings/<formation>/<digest>.json`.
    pub digest: String,
    /// How many candidates are ranked.
    pub ranked: u32,
    /// How many candidates are refused.
    pub refused: u32,
    /// For which round's applications it is.
    #[serde(default, skip_serializing_if = "Round::is_main")]
    pub round: Round,
    /// How many were ranked before it: its own first has the rank after them. Placements of the main phase stay
    /// ahead of the complementary round's.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub after: u32,
    /// When it was published by the establishment: if a file carried it, when that arrived.
    pub published_at: Timestamp,
    /// The version of the file that carried it, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload: Option<String>,
}

/// Whether a count is zero, which stored items leave out.
pub(crate) fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// A jury's ranking, whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RankingContent {
    /// Ranked candidates, best first: the first has rank 1.
    #[serde(default)]
    pub ranked: Vec<CandidateId>,
    /// Refused candidates, each with the reason.
    #[serde(default)]
    pub refused: Vec<RankingRefusal>,
}

/// One refusal in a ranking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RankingRefusal {
    /// Who is refused.
    pub candidate: CandidateId,
    /// The kind of reason (R20).
    pub reason: RefusalReason,
    /// The establishment's own words.
    #[serde(default)]
    pub text: String,
}
