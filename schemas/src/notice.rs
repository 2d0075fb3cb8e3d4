//! Notices: what is owed to a person, put in the same transaction as the decision that owes it.

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{CandidateId, EstablishmentId};

/// What a notice says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// The link that activates a new account (M1).
    AccountActivation,
    /// Somebody tried to register with an address that already has an account.
    AccountExists,
    /// Results are published for the first time (M4).
    ResultsAvailable,
    /// New offers this morning (M2).
    NewOffers,
    /// An answer, a withdrawal or a resignation was recorded (M8).
    AnswerRecorded,
    /// Offers were lost for want of an answer (M7).
    OffersExpired,
    /// The complementary phase begins: what waits must be ordered by preference (M13).
    PreferencesNeeded,
    /// A provisional acceptance became definitive (M11).
    BecameDefinitive,
    /// No favourable answer at the end of the phase (M12).
    NotAdmitted,
    /// Waitlist placements are kept for the withdrawals phase (M12).
    WaitlistArchived,
    /// A contract came and waits for its decision, or is accepted with it (M6).
    ContractReceived,
    /// A contract was validated (M6).
    ContractValidated,
    /// A contract was rejected (M6).
    ContractRejected,
    /// The establishment confirmed the enrolment, or said that the seat is vacant, or took that back (R65, R67, R68).
    EnrolmentRecorded,
    /// The reasons of a refusal are there (M10).
    RefusalReason,
    /// Exceptional circumstances were decided on (M14).
    ExceptionDecided,
    /// Facts were reported, and the time to answer them runs (M14).
    FraudNotice,
    /// The rector decided (M14).
    FraudDecision,
    /// An offer waits for its answer, and its time runs out (M7).
    OfferReminder,
    /// The link that confirms a new address (M15).
    EmailChange,
    /// A certificate that was asked for, with its code (R69, R70).
    Certificate,
    /// To an operator: a night is applied and waits for its publication, or is held (R33).
    NightReady,
}

impl NoticeKind {
    /// Every kind, in the order in which a candidate may meet them; then what is an operator's.
    pub const ALL: [Self; 22] = [
        Self::AccountActivation,
        Self::AccountExists,
        Self::ResultsAvailable,
        Self::NewOffers,
        Self::AnswerRecorded,
        Self::OffersExpired,
        Self::PreferencesNeeded,
        Self::BecameDefinitive,
        Self::NotAdmitted,
        Self::WaitlistArchived,
        Self::ContractReceived,
        Self::ContractValidated,
        Self::ContractRejected,
        Self::EnrolmentRecorded,
        Self::RefusalReason,
        Self::ExceptionDecided,
        Self::FraudNotice,
        Self::FraudDecision,
        Self::OfferReminder,
        Self::EmailChange,
        Self::Certificate,
        Self::NightReady,
    ];

    /// The kind's stable name, as in keys and templates.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AccountActivation => "account_activation",
            Self::AccountExists => "account_exists",
            Self::ResultsAvailable => "results_available",
            Self::NewOffers => "new_offers",
            Self::AnswerRecorded => "answer_recorded",
            Self::OffersExpired => "offers_expired",
            Self::PreferencesNeeded => "preferences_needed",
            Self::BecameDefinitive => "became_definitive",
            Self::NotAdmitted => "not_admitted",
            Self::WaitlistArchived => "waitlist_archived",
            Self::ContractReceived => "contract_received",
            Self::ContractValidated => "contract_validated",
            Self::ContractRejected => "contract_rejected",
            Self::EnrolmentRecorded => "enrolment_recorded",
            Self::RefusalReason => "refusal_reason",
            Self::ExceptionDecided => "exception_decided",
            Self::FraudNotice => "fraud_notice",
            Self::FraudDecision => "fraud_decision",
            Self::OfferReminder => "offer_reminder",
            Self::EmailChange => "email_change",
            Self::Certificate => "certificate",
            Self::NightReady => "night_ready",
        }
    }

    /// Which lane it travels in: somebody waits at the screen for `now`, the morning's mass is `digest`.
    #[must_use]
    pub fn lane(self) -> Lane {
        match self {
            Self::AccountActivation
            | Self::AccountExists
            | Self::AnswerRecorded
            | Self::EmailChange
            | Self::Certificate
            | Self::NightReady
            | Self::ContractReceived
            | Self::ContractValidated
            | Self::ContractRejected
            | Self::RefusalReason
            | Self::ExceptionDecided
            | Self::FraudNotice
            | Self::FraudDecision => Lane::Now,
            _ => Lane::Digest,
        }
    }
}

/// The lanes of the outbox; `now` is drained first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// Somebody waits for it.
    Now,
    /// The morning's mass.
    Digest,
}

impl Lane {
    /// Both lanes, in the order in which they are drained.
    pub const ALL: [Self; 2] = [Self::Now, Self::Digest];

    /// The lane's name in the index `outbox`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Now => "now",
            Self::Digest => "digest",
        }
    }
}

/// A notice owed to a candidate (`C#<candidate>` / `N#<date>#digest` or `N#<command>#<kind>`), to an establishment
/// (`E#<establishment>` / `N#<command>#<kind>`), or to an operator (`J#night#<date>` / `N#night_ready` or `N#night_held`).
///
/// It holds no address and no text: both are read when it is sent, from the state as it then is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// To whom, or about whom if it is an establishment's; to an operator, if it names neither.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candidate: Option<CandidateId>,
    /// The establishment that gets it: a copy of what was decided about the candidate (R74).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub establishment: Option<EstablishmentId>,
    /// What it says.
    pub kind: NoticeKind,
    /// How many times this row was written.
    pub version: u64,
    /// The decision that owes it: the candidate's record `D#<decision>`; 0 if no decision on him does.
    pub decision: u64,
    /// When the decision was made.
    pub created_at: Timestamp,
    /// The night that it announces; to a candidate it leaves only once that night is published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub night: Option<Date>,
    /// The sort key of the notice that an operator had sent again by this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<String>,
    /// Where it stands.
    pub status: NoticeStatus,
    /// What became of its mail, as it was learnt; at most [`TRAIL_MAX`] entries, the first ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trail: Vec<Trace>,
}

/// Most entries of a notice's trail: several times what a mail meets, and less than makes the item cost a second unit.
pub const TRAIL_MAX: usize = 12;

/// Something that became of a mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Trace {
    /// When; of the provider's events, by the provider's clock.
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub what: MailFact,
}

/// What can become of a mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum MailFact {
    /// An attempt began; written before the mail is handed over.
    Attempt,
    /// The provider certainly did not take it.
    NotTaken {
        /// Why, in words that hold nothing personal.
        why: String,
    },
    /// A second mail of this notice left, under another id of the provider's.
    SentAgain {
        /// That id.
        id: String,
    },
    /// The recipient's server took it.
    Delivered,
    /// The recipient's server does not take it yet.
    Delayed,
    /// There is no such mailbox.
    BouncedForGood,
    /// It came back, but the mailbox may take others.
    BouncedForNow,
    /// The recipient called it unwanted.
    Complained,
    /// The provider took it and did not send it after all.
    Rejected {
        /// Its id of the mail.
        id: String,
    },
}

/// Why no mail goes to an address any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SuppressionReason {
    /// A mail came back for good.
    Bounce,
    /// The recipient called a mail unwanted.
    Complaint,
}

impl Notice {
    /// The night before whose publication it may not leave. An operator is to read of a night while he can still keep it
    /// back.
    #[must_use]
    pub fn waits_for(&self) -> Option<Date> {
        self.night.filter(|_| self.candidate.is_some())
    }
}

/// Where a notice stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum NoticeStatus {
    /// Waits for the dispatcher.
    Pending {
        /// Not before this instant.
        next_attempt_at: Timestamp,
        /// How many attempts were made.
        attempts: u32,
        /// After how many of them nobody knows whether the mail left.
        doubts: u32,
    },
    /// A dispatcher is sending it; after this instant another one may.
    Claimed {
        /// When the claim ends.
        until: Timestamp,
        /// How many attempts were made, this one included.
        attempts: u32,
        /// After how many of them nobody knows whether the mail left, this one not included.
        doubts: u32,
    },
    /// Accepted by the mail provider.
    Sent {
        /// When.
        at: Timestamp,
        /// The provider's own id of the mail.
        provider_id: String,
    },
    /// Nothing was left to say when its turn came.
    Cancelled {
        /// When.
        at: Timestamp,
    },
    /// Not sent, since no mail goes to the address any more.
    Suppressed {
        /// When.
        at: Timestamp,
        /// Why.
        why: SuppressionReason,
    },
    /// Given up after the last attempt, or refused by the provider after it was taken.
    Failed {
        /// When.
        at: Timestamp,
    },
}
