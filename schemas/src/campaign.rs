//! A campaign: the calendar and the settings of one year. The file's reader is in `procedure`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::CandidateId;

/// The campaign files that the project ships, by year.
pub const FILES: [(&str, &str); 4] = [
    ("2023", include_str!("../campaigns/2023.toml")),
    ("2024", include_str!("../campaigns/2024.toml")),
    ("2025", include_str!("../campaigns/2025.toml")),
    ("2026", include_str!("../campaigns/2026.toml")),
];

/// A campaign, read and checked. Key names are those of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Campaign {
    /// SHA-256 of the file (and of what overrides it), in hexadecimal.
    pub digest: String,
    /// The year in which the campaign is held.
    pub year: i16,
    /// First and last day of each phase that the year has, in order.
    pub phases: BTreeMap<Phase, Days>,
    /// The deadline of the offers of the first days (R34).
    pub initial_deadline: Date,
    /// Distinct pairs of establishment and mention allowed in the student track (R14).
    pub quota_student: u32,
    /// The same in alternance (R14).
    pub quota_alternance: u32,
    /// Further pairs in the complementary phase, in the student track (R18); 0 in a year without that phase.
    pub quota_complementary_student: u32,
    /// The same in alternance (R18).
    pub quota_complementary_alternance: u32,
    /// The days on which candidates order what they have by preference (R53, R60), if the year has them.
    pub preference_ordering: Option<Days>,
    /// Until when offers of the withdrawals phase are answered, by the days on which they were received (R63); on
    /// other days the rule of the main phase holds (R34).
    pub withdrawals_deadlines: Vec<ReceivedBy>,
    /// The phase at whose end a provisional acceptance becomes definitive (R32, C5).
    pub provisional_conversion_phase: ConversionPhase,
    /// What silence on a new offer does to waitlist placements while one is held (R30).
    pub silence_on_new_offer: SilenceOnNewOffer,
    /// Whether a definitive acceptance closes the other track too (R45, C3).
    pub definitive_closes_other_track: bool,
    /// How one is admitted in alternance.
    pub alternance: Alternance,
    /// How long an activation link works, in hours (R9).
    pub activation_hours: u32,
    /// How long reasons may be asked for after a refusal, in months (R21).
    pub reason_request_months: u32,
    /// Until when one enrols, by the days of the definitive acceptance (R66); on days that no line names, and in a
    /// year of which nothing was published, the establishment decides (R65).
    pub enrolment: Vec<EnrolmentLine>,
    /// The days on which establishments may signal vacant seats (R68).
    pub vacancy_signals: Vec<Days>,
    /// Windows that end later for some (C13).
    pub extensions: Vec<Extension>,
    /// Mail domains that are known to block the platform's mails (R10).
    pub blocking_mail_domains: Vec<String>,
    /// When the gate closes, Paris time.
    pub night_start: Time,
    /// When the night is published, Paris time (R33).
    pub publish: Time,
    /// When a night that is not ready is given up, Paris time.
    pub gate_latest: Time,
    /// When each job wakes: five-field cron in Paris time, by job.
    pub schedules: BTreeMap<String, String>,
    /// The keys whose value nobody published, each with the reason for the value chosen.
    pub assumed: BTreeMap<String, String>,
}

/// How one is admitted in alternance in a year (R39–R49, C1–C4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Alternance {
    /// What a contract does (C1).
    #[serde(rename = "alternance_mode")]
    pub mode: AlternanceMode,
    /// Whether one waits on a list before one is placed in contract search (R40, C2).
    pub pre_search_waitlist: bool,
    /// Whether a placement in contract search must be answered by a deadline (R41–R44, C4).
    pub search_reply_required: bool,
    /// Whether a placement in contract search takes a seat (R40).
    pub search_uses_seat: bool,
    /// What is taken as a contract (R46–R48).
    pub contract_kinds: Vec<ContractKind>,
    /// When juries rank in alternance, if not when they do for the student track (R48).
    #[serde(rename = "alternance_examination")]
    pub examination: Option<Days>,
    /// The first day on which results of this track appear (R40, R47, R48).
    #[serde(rename = "alternance_results_from")]
    pub results_from: Date,
    /// The first day on which formations of this track give seats (R47, R48).
    #[serde(rename = "alternance_offers_from")]
    pub offers_from: Date,
    /// The last day of this track, if it goes on after the student track's withdrawals (2023).
    #[serde(rename = "alternance_end")]
    pub end: Option<Date>,
}

/// What a contract does in alternance (C1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlternanceMode {
    /// Its upload turns a search into an offer, and is the definitive acceptance of it (2023, R46).
    UploadIsAcceptance,
    /// The formation validates it; offers go by the order of arrival (2024, R47).
    ValidatedFifo,
    /// The establishment validates it; offers go by the jury's rank (2025 and later, R48).
    ValidatedRank,
}

/// What a candidate uploads in a contract's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContractKind {
    /// A signed contract.
    Contract,
    /// A promise of a contract (R47).
    Promise,
    /// The certificate of a training centre that employer and candidate are engaged (R46).
    CfaCertificate,
}

/// First and last day, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Days {
    /// The first day, from 00:00 Paris.
    pub first: Date,
    /// The last day, to 23:59 Paris (R36).
    pub last: Date,
}

/// A window of candidates that ends later for one region or one candidate (C13).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Extension {
    /// Which window.
    pub key: ExtendedWindow,
    /// For whom.
    pub whom: ExtendedFor,
    /// The last day, to 23:59 Paris (R36).
    pub until: Date,
}

/// A window of candidates that may end later for some.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExtendedWindow {
    /// Applications of the main phase (R17).
    Application,
    /// Applications of the complementary phase (R51), and the order of preference that is given with them (R53).
    ComplementaryApplication,
    /// The order of preference (R53, R60).
    PreferenceOrdering,
}

/// For whom a window ends later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExtendedFor {
    /// The candidates of a région académique.
    Region(String),
    /// One candidate.
    Candidate(CandidateId),
}

/// The offers received on these days are due at this instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReceivedBy {
    /// The business dates of the offers.
    pub received: Days,
    /// The first instant at which an answer is too late (R36).
    pub by: Timestamp,
}

/// Who accepts for good on these days enrols by this deadline (R66).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EnrolmentLine {
    /// The first day of acceptance.
    pub from: Date,
    /// The last day of acceptance; none if there is no later line.
    pub to: Option<Date>,
    /// Until when one enrols.
    pub deadline: EnrolBy,
}

/// Until when one enrols (R66).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EnrolBy {
    /// To the end of this day, Paris time.
    Day(Date),
    /// As the establishment says (R65).
    Establishment,
}

/// The round in which an application is made and a ranking published.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Round {
    /// The main phase.
    #[default]
    Main,
    /// The complementary phase (R51).
    Complementary,
}

impl Round {
    /// Whether it is the main phase, which stored items leave out.
    #[must_use]
    pub fn is_main(&self) -> bool {
        *self == Self::Main
    }
}

impl Days {
    /// Whether the day is one of them.
    #[must_use]
    pub fn contains(self, day: Date) -> bool {
        (self.first..=self.last).contains(&day)
    }
}

/// The phases of a campaign, in order. Derived from the calendar, never stored as a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The catalogue can be read; accounts can be opened.
    Catalogue,
    /// Applications are sent (R17).
    Application,
    /// Juries rank (R19).
    Examination,
    /// Offers and answers of the main phase (R23–R32).
    Admission,
    /// Applications of the complementary phase (R51–R53).
    ComplementaryApplication,
    /// Its examination.
    ComplementaryExamination,
    /// Its admission (R56, R57).
    ComplementaryAdmission,
    /// Withdrawals: the last freed seats (R60–R64).
    Withdrawals,
    /// The campaign is over, or has not begun.
    Closed,
}

impl Phase {
    /// Every phase of the calendar, in order.
    pub const ALL: [Self; 9] = [
        Self::Catalogue,
        Self::Application,
        Self::Examination,
        Self::Admission,
        Self::ComplementaryApplication,
        Self::ComplementaryExamination,
        Self::ComplementaryAdmission,
        Self::Withdrawals,
        Self::Closed,
    ];

    /// The phase's key in the campaign file.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Catalogue => "catalogue",
            Self::Application => "application",
            Self::Examination => "examination",
            Self::Admission => "admission",
            Self::ComplementaryApplication => "complementary_application",
            Self::ComplementaryExamination => "complementary_examination",
            Self::ComplementaryAdmission => "complementary_admission",
            Self::Withdrawals => "withdrawals",
            Self::Closed => "closed",
        }
    }
}

/// The phase whose end makes provisional acceptances definitive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConversionPhase {
    /// The main phase (2023).
    Main,
    /// The complementary phase (2024 and later).
    Complementary,
}

/// What silence on a new offer does to waitlist placements (R30).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SilenceOnNewOffer {
    /// They are lost (the literal text of 2023).
    Drop,
    /// They stay (2024 and later).
    Keep,
}
