//! The night: its plan, its run, and the gate that keeps commands out meanwhile.

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::campaign::Round;
use crate::event::Rule;
use crate::formation::is_zero;
use crate::ids::{CandidateId, FormationId};

/// What a night will do, whole. Stored once per date; every machine applies the stored one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    /// The format's version.
    pub format: u32,
    /// The business date.
    pub date: Date,
    /// SHA-256 of the campaign file it was planned under, in hexadecimal.
    pub rules: String,
    /// What an offer of this night does.
    pub mode: NightMode,
    /// The first instant at which an answer to tonight's offers is too late (R34).
    pub deadline: Timestamp,
    /// The rule by which one is admitted in alternance (R40, R47, R48).
    pub alternance_rule: Rule,
    /// The first instant at which an answer to tonight's placements in contract search is too late, where one is due
    /// (R41).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search_deadline: Option<Timestamp>,
    /// The rankings whose results appear this night, sorted by formation.
    pub rankings: Vec<AppearingRanking>,
    /// The offers, sorted by formation, then rank.
    pub offers: Vec<PlannedOffer>,
    /// What these offers end, sorted by formation, then rank (R56, R62).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<PlannedLoss>,
}

/// The version of the plan's format, as `schemas/plan-file.md` describes it.
pub const PLAN_FORMAT: u32 = 4;

/// What an offer of a night does to the rest of what its candidate has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NightMode {
    /// Nothing: a candidate may receive several offers (R23, R24).
    #[default]
    Main,
    /// It is accepted at once, replaces the offer held and ends all that is ordered lower (R56).
    Complementary,
    /// It ends the placements that are ordered lower; offers of earlier nights stay (R62).
    Withdrawals,
}

/// A ranking whose results appear in a plan's night.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct AppearingRanking {
    /// Of which formation.
    pub formation: FormationId,
    /// The content's SHA-256, in hexadecimal.
    pub digest: String,
    /// For which round's applications it is.
    #[serde(default, skip_serializing_if = "Round::is_main")]
    pub round: Round,
    /// How many were ranked before it: its own first has the rank after them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub after: u32,
    /// Whether everybody ranked is placed in contract search (R47, R48), not on a waitlist.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub searches: bool,
}

/// One seat given.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct PlannedOffer {
    /// Of which formation.
    pub formation: FormationId,
    /// The candidate's rank there; of contracts that go by arrival, the place among those that wait.
    pub rank: u32,
    /// To whom.
    pub candidate: CandidateId,
    /// What is given with it.
    #[serde(default, skip_serializing_if = "Seat::is_offer")]
    pub seat: Seat,
}

/// One placement, or one offer held, that ends because its candidate is given something better.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct PlannedLoss {
    /// Where.
    pub formation: FormationId,
    /// The candidate's rank there, as in [`PlannedOffer`].
    pub rank: u32,
    /// Whose.
    pub candidate: CandidateId,
}

/// What is given with a seat.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Seat {
    /// An offer.
    #[default]
    Offer,
    /// A placement in contract search, which takes the seat (2023, R40).
    Search,
}

impl Seat {
    /// Whether it is an offer, which stored plans leave out.
    #[must_use]
    pub fn is_offer(&self) -> bool {
        *self == Self::Offer
    }
}

/// A night's run (`J#night` / `<business date>`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NightRun {
    /// The business date.
    pub date: Date,
    /// How many times this row was written.
    pub version: u64,
    /// How far it is.
    pub status: NightStatus,
    /// SHA-256 of the stored plan, in hexadecimal: its object is `plans/<date>/<digest>.plan`.
    pub plan: String,
    /// Seats that the plan gives.
    #[serde(default)]
    pub offers: u64,
    /// Offers and placements in contract search that lapsed since the last published night was planned (R29, R42).
    #[serde(default)]
    pub lapses: u64,
    /// Which segments of the candidates are applied, by number.
    pub segments_done: Vec<u32>,
    /// What it did so far.
    pub counts: NightCounts,
    /// Seats of all formations, by their call limits.
    pub seats: u64,
    /// How many of them are taken once the plan is applied; what is held beyond a call limit takes none.
    pub seats_taken: u64,
    /// Whether the positions that it left are published.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub positions: bool,
    /// How far it was when an operator kept it back, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_from: Option<NightStatus>,
    /// Formations that were treated as stopped, sorted: their ranking cannot be read, or their plan broke the law.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<FormationId>,
}

/// How far a night is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NightStatus {
    /// The plan is stored; applying it goes on.
    Planned,
    /// Every candidate of the plan is written; nobody sees it yet.
    Applied,
    /// Everyone sees it.
    Published,
    /// Kept back: an operator must look.
    Held,
    /// Not published on its own date: what it wrote was undone, and nothing of it is ever seen.
    Void,
}

/// What a night did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NightCounts {
    /// Candidates written.
    pub candidates: u64,
    /// Seats given: offers made, and placements in contract search that take one.
    pub offers: u64,
    /// Applications put on a waitlist, offers included.
    pub waitlisted: u64,
    /// Applications whose refusal was published.
    pub refused: u64,
    /// Applications placed in contract search as their result (R47, R48).
    #[serde(default)]
    pub searches: u64,
}

impl NightCounts {
    /// Adds the counts of another part of the same night.
    pub fn add(&mut self, other: Self) {
        self.candidates += other.candidates;
        self.offers += other.offers;
        self.waitlisted += other.waitlisted;
        self.refused += other.refused;
        self.searches += other.searches;
    }
}

/// The gate (`J#gate` / `STATE`): closed from the moment a night begins until it is published.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Gate {
    /// How many times this row was written.
    pub version: u64,
    /// The last business date for which it was closed.
    pub closed_for: Option<Date>,
    /// The last business date that was published.
    pub published: Option<Date>,
}

impl Gate {
    /// The night that keeps the gate closed, if it is closed.
    #[must_use]
    pub fn closed(self) -> Option<Date> {
        self.closed_for.filter(|night| self.published.is_none_or(|published| published < *night))
    }
}
