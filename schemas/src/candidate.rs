//! A candidate: one item that holds the account and every application, so that they change together.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::campaign::Round;
use crate::formation::{QuotaPair, RefusalReason, Track};
use crate::ids::{CandidateId, EstablishmentId, FormationId};

/// A candidate's account with every application (`C#<candidate>` / `STATE`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Candidate {
    /// Whose account it is.
    pub id: CandidateId,
    /// How many decisions made this state; the last one's record is `D#<version>`.
    pub version: u64,
    /// Where the account stands.
    pub account: AccountState,
    /// The address that mails go to, as the candidate wrote it.
    pub email: String,
    /// The address that the candidate asked for and has not confirmed yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_email: Option<NewEmail>,
    /// Whether the address of an account that was left may be used for another one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub address_released: bool,
    /// Whether mails to the address come back or are not wanted (R10): the platform can tell him when he signs in.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unreachable: bool,
    /// First and last name for the salutation, if given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The language of the mails.
    pub language: Language,
    /// The région académique of the domicile, if given: for windows that end later there (C13).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub region: String,
    /// When the activation link that counts was issued (R9); gone once the account is active.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activation_issued_at: Option<Timestamp>,
    /// Every application, live or ended, by formation.
    #[serde(default)]
    pub applications: BTreeMap<FormationId, Application>,
    /// The applications for which exceptional circumstances are invoked and nobody has decided yet (R38).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exception: Vec<FormationId>,
    /// A case of fraud that is not decided (R71–R74).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fraud: Option<FraudCase>,
    /// The business date of the last night that wrote this candidate; a night writes only later ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_night: Option<Date>,
    /// The next instant at which time alone changes something; the key of the index `due`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
}

/// An address that was asked for, until the link sent to it is followed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEmail {
    /// The address, as the candidate wrote it.
    pub email: String,
    /// When the link that counts was issued.
    pub issued_at: Timestamp,
}

/// A case of fraud before the rector's decision. The facts are in the candidate's journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FraudCase {
    /// The day on which it was reported (R72).
    pub reported_on: Date,
    /// Which establishment reported it.
    pub establishment: EstablishmentId,
    /// The first instant at which a sanction may be decided, once the candidate was told (R73).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// Where an account stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccountState {
    /// Created, waiting for the activation link (R9).
    Registered,
    /// In use.
    Active,
    /// The campaign is over.
    Closed,
    /// The candidate left the platform.
    Resigned,
    /// Sanctioned by the rector (R74).
    Sanctioned,
}

/// The language that a candidate reads.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// French.
    #[default]
    Fr,
    /// English.
    En,
}

/// The four questions asked before an account (R5); one "no" and there is no account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Questionnaire {
    /// Wants to apply to the first year of a national master's diploma.
    pub master: bool,
    /// Has read the charter and commits to it; one account only.
    pub charter: bool,
    /// Holds, or is obtaining, a diploma that confers the grade of licence.
    pub licence: bool,
    /// Nationality or residence outside the scheme Études en France.
    pub nationality: bool,
}

impl Questionnaire {
    /// Whether all four answers are "yes".
    #[must_use]
    pub fn is_eligible(self) -> bool {
        self.master && self.charter && self.licence && self.nationality
    }
}

/// One application of a candidate. Attribute names are short: the item is scanned every night.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// What it counts as in the quota: establishment and mention (R15).
    #[serde(rename = "q")]
    pub pair: QuotaPair,
    /// Student or alternance; the two are counted apart (R14).
    #[serde(rename = "t", default, skip_serializing_if = "Track::is_student")]
    pub track: Track,
    /// In which round it was made (R22, R51).
    #[serde(rename = "o", default, skip_serializing_if = "Round::is_main")]
    pub round: Round,
    /// The candidate's preference, 1 for the best, once he has ordered what he has (R53, R60).
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub preference: Option<u32>,
    /// The contract that was uploaded for it, in alternance (R46–R49).
    #[serde(rename = "ct", default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<Contract>,
    /// Where it stands.
    #[serde(rename = "now")]
    pub now: Standing,
    /// What stood before the candidate's last night, if that night wrote `now`; what everyone sees until it is
    /// published. Gone with the next change.
    #[serde(rename = "was", default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Standing>,
    /// The day on which the candidate asked why he was refused (R21).
    #[serde(rename = "why", default, skip_serializing_if = "Option::is_none")]
    pub reason_requested_on: Option<Date>,
}

impl Application {
    /// Where the application of a candidate whom `last_night` wrote stands for a reader to whom nights up to
    /// `published` are visible.
    #[must_use]
    pub fn standing(&self, last_night: Option<Date>, published: Option<Date>) -> &Standing {
        self.before.as_ref().filter(|_| published < last_night).unwrap_or(&self.now)
    }
}

/// Where one application stands, with the dates and reasons that belong to that state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Standing {
    /// The state.
    #[serde(rename = "s")]
    pub state: ApplicationState,
    /// The jury's rank, from 1, once there is a result (R19); kept to the end, for R38.
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    pub rank: Option<u32>,
    /// Why it is `lost`.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<LostCause>,
    /// The business date on which the offer was received (R34).
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub received_on: Option<Date>,
    /// The first instant at which an answer is too late (R36): "23:59" is the instant before it.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Timestamp>,
    /// Whether a contract search is accepted (R41). With a deadline, the candidate must still say by then whether he
    /// keeps it beside one that he accepted later (R44).
    #[serde(rename = "y", default, skip_serializing_if = "std::ops::Not::not")]
    pub accepted: bool,
    /// The Paris day of the definitive acceptance, which decides the enrolment deadline (R66).
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub accepted_on: Option<Date>,
    /// The refusal, by the jury (R20) or by the end of the phase (R22, R58). It stays for who applies again where his file
    /// was incomplete (R55).
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<JuryRefusal>,
    /// The establishment's signal that the seat is vacant (R67).
    #[serde(rename = "v", default, skip_serializing_if = "Option::is_none")]
    pub vacancy: Option<Vacancy>,
}

impl Standing {
    /// A standing that has nothing to say but its state.
    #[must_use]
    pub fn of(state: ApplicationState) -> Self {
        Self {
            state,
            rank: None,
            cause: None,
            received_on: None,
            deadline: None,
            accepted: false,
            accepted_on: None,
            refusal: None,
            vacancy: None,
        }
    }

    /// `lost`, for this cause.
    #[must_use]
    pub fn lost(cause: LostCause) -> Self {
        Self { cause: Some(cause), ..Self::of(ApplicationState::Lost) }
    }
}

/// The contract of an application: its place in the order of arrival, and whether it is validated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// When the first version that was not refused came to the storage service: never a client's clock (R47).
    #[serde(rename = "at")]
    pub arrival: Timestamp,
    /// The storage service's id of that version, which orders what came at one instant.
    #[serde(rename = "id")]
    pub version: String,
    /// Whether the formation validated it (R47, R48).
    #[serde(rename = "ok", default, skip_serializing_if = "std::ops::Not::not")]
    pub validated: bool,
}

/// Why an establishment refused an application, and since when the month for reasons runs (R20, R21).
///
/// Its own words, if it gave any, are not here, for this item is read every night: they are in the ranking that appeared
/// that night, the object `rankings/<formation>/<digest>.json` that the night's plan names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JuryRefusal {
    /// The kind of reason; only an incomplete file allows a new application later (R55). None if the end of the phase
    /// was the answer (R22, R58).
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<RefusalReason>,
    /// The day on which the refusal was published.
    #[serde(rename = "on")]
    pub notified_on: Date,
}

/// An establishment's signal that a seat accepted for good is vacant; it may be taken back until the next night (R68).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Vacancy {
    /// When it was signalled.
    #[serde(rename = "on")]
    pub at: Timestamp,
    /// Whether the candidate was enrolled already.
    #[serde(rename = "e", default, skip_serializing_if = "std::ops::Not::not")]
    pub enrolled: bool,
}

/// Why a seat is vacant though its candidate accepted it for good (R67).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VacancyReason {
    /// He did not enrol in time (R66).
    EnrolmentDeadlineMissed,
    /// He does not meet the conditions for enrolling.
    ConditionsNotMet,
    /// He was absent without a valid reason on the first day of teaching.
    AbsentFirstDay,
    /// He told the establishment that he does not come.
    Withdrew,
}

/// What a certificate says (R69, R70).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CertificateKind {
    /// The candidate accepted nothing for good on the platform, and is enrolled nowhere on it (R69).
    NonEnrolment,
    /// An application had no favourable answer (R70).
    Refusal,
    /// An offer is accepted for good (R70).
    Admission,
}

impl CertificateKind {
    /// The kind's stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NonEnrolment => "non_enrolment",
            Self::Refusal => "refusal",
            Self::Admission => "admission",
        }
    }
}

/// The states of an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationState {
    /// Sent, no result published.
    Submitted,
    /// Refused by the establishment (R19, R20).
    Refused,
    /// On the waitlist, with a rank.
    Waitlisted,
    /// Placed in contract search (R40).
    ContractSearch,
    /// A contract is at the formation for validation (R47).
    ContractSubmitted,
    /// The contract is validated; a night will offer (R47).
    ContractValidated,
    /// A live offer waits for an answer.
    Offered,
    /// The offer is held while waiting for better (R26).
    AcceptedProvisionally,
    /// The offer is accepted for good (R28).
    AcceptedDefinitively,
    /// Enrolled at the establishment (R65).
    Enrolled,
    /// A waitlist placement kept for the withdrawals phase (R59).
    Archived,
    /// The benefit is lost, for a [`LostCause`].
    Lost,
    /// No favourable answer at the end of the phase (R22, R58).
    NotAdmitted,
    /// Annulled for fraud (R74).
    Annulled,
}

impl ApplicationState {
    /// Every state, in the order of the procedure.
    pub const ALL: [Self; 14] = [
        Self::Submitted,
        Self::Refused,
        Self::Waitlisted,
        Self::ContractSearch,
        Self::ContractSubmitted,
        Self::ContractValidated,
        Self::Offered,
        Self::AcceptedProvisionally,
        Self::AcceptedDefinitively,
        Self::Enrolled,
        Self::Archived,
        Self::Lost,
        Self::NotAdmitted,
        Self::Annulled,
    ];

    /// Whether something can still come of the application.
    #[must_use]
    pub fn is_live(self) -> bool {
        !matches!(self, Self::Refused | Self::Lost | Self::NotAdmitted | Self::Annulled)
    }

    /// Whether the application takes a seat of its formation (1.0: pending, accepted or enrolled).
    #[must_use]
    pub fn takes_seat(self) -> bool {
        matches!(
            self,
            Self::Offered | Self::AcceptedProvisionally | Self::AcceptedDefinitively | Self::Enrolled
        )
    }
}

/// Why an application is `lost`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LostCause {
    /// The deadline passed without an answer (R29, R30).
    Expired,
    /// The candidate refused the offer (R26).
    RefusedByCandidate,
    /// The candidate did not keep the placement when he accepted provisionally (R27).
    NotKept,
    /// A provisional acceptance was replaced by another (R31).
    Replaced,
    /// Another offer was accepted (R26, R28).
    OtherAccepted,
    /// An offer ranked higher by the candidate came (R56, R62).
    LowerPreference,
    /// The candidate left it out of his preferences (R54).
    NotRanked,
    /// The formation rejected the contract (R47).
    ContractRejected,
    /// The candidate withdrew it.
    Withdrawn,
    /// The candidate left the platform.
    Resigned,
    /// Deemed to have given up the seat (R67).
    Renounced,
}
