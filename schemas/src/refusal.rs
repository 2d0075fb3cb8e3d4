//! Refusals: values that say why a command changed nothing. Their sentences are in `procedure`.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::candidate::{AccountState, CertificateKind};
use crate::ids::{CandidateId, FormationId};

/// Why a command was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    /// The account does not exist, is not activated, has left, or was sanctioned.
    AccountNotActive {
        /// Where it stands; absent if there is none.
        account: Option<AccountState>,
    },
    /// The account is already active: there is nothing to activate (R9).
    AlreadyActive {},
    /// The account is there and waits for its activation: there is no second one to open (R9, R11).
    AlreadyRegistered {},
    /// A link was issued a moment ago (R9).
    TooSoon {
        /// When the next one may be asked for.
        again_at: Timestamp,
    },
    /// The activation link is wrong, was replaced by a newer one, or is too old (R9).
    InvalidToken {},
    /// Not all four answers of the questionnaire are "yes" (R5).
    NotEligible {},
    /// The address has an account already (R11). The sender is answered as for a new address.
    AddressTaken {},
    /// It is not an address that a mail can be sent to (R11).
    InvalidAddress {},
    /// The command's window of the calendar is not open (R17).
    OutsideWindow {
        /// When it opens or opened, if the calendar has it.
        opens: Option<Timestamp>,
        /// The first instant after it.
        closes: Option<Timestamp>,
    },
    /// One application more than allowed (R14, R15, R18).
    QuotaExceeded {
        /// How many distinct pairs of establishment and mention are allowed.
        limit: u32,
    },
    /// There was an offer, and its deadline is over (R29, R34).
    OfferExpired {},
    /// There is no offer of this formation to answer.
    NoSuchOffer {},
    /// The candidate has no application there.
    NoSuchApplication {},
    /// There is no such formation.
    NoSuchFormation {},
    /// The formation exists already.
    FormationExists {},
    /// The formation refused the candidate in the main phase, and not for an incomplete file (R55).
    RefusedBefore {},
    /// The order names what the candidate cannot order, or names it twice (R53, R60).
    InvalidPreferences {
        /// What is named in vain.
        unknown: Vec<FormationId>,
    },
    /// A live application to this formation exists already.
    AlreadyApplied {},
    /// The choice does not name each placement exactly once (R27).
    PlacementUndecided {
        /// Placements not named.
        missing: Vec<FormationId>,
        /// Named, but not a placement, or named twice.
        unknown: Vec<FormationId>,
    },
    /// An offer is accepted definitively; nothing more can be answered (R28).
    AlreadyDefinitive {
        /// Which one.
        formation: FormationId,
    },
    /// This formation did not refuse the candidate (R21).
    NotRefused {},
    /// The sender may not do this to that formation or candidate.
    NotTheOwner {},
    /// The ranking names a candidate twice (R19: a strict order).
    InvalidRanking {
        /// Who is named twice.
        candidate: CandidateId,
    },
    /// A number or a text of the command is out of bounds.
    InvalidValue {
        /// Which field.
        field: String,
        /// What is allowed.
        allowed: String,
    },
    /// There is no contract of this candidate to decide on, or no search to upload one for (R46–R48).
    NoSuchContract {},
    /// A contract that came earlier waits for its decision (R47).
    EarlierContractPending {
        /// Whose.
        candidate: CandidateId,
    },
    /// This year does not take what was uploaded in a contract's place (R46).
    ContractKindNotTaken {},
    /// No night of today is in a state in which this can be done to it (R33).
    NoSuchNight {},
    /// The campaign file cannot be taken (C13).
    InvalidCampaign {
        /// The key, what was found and what is allowed.
        why: String,
    },
    /// A boundary that is already crossed cannot move, and none can be moved into the past (C13).
    BoundaryCrossed {
        /// Which key of the file.
        key: String,
    },
    /// Nobody asked for the reasons (R21).
    ReasonNotRequested {},
    /// These applications did not end by a decision that the candidate took, or had no rank (R38).
    NotRestorable {
        /// Which.
        formations: Vec<FormationId>,
    },
    /// No request of exceptional circumstances waits for these applications (R38).
    NoSuchException {
        /// Which.
        formations: Vec<FormationId>,
    },
    /// A case of fraud is open already.
    FraudCaseOpen {},
    /// No case of fraud waits for this (R72–R74).
    NoFraudCase {},
    /// The candidate's time to answer is not over (R73).
    TooEarly {
        /// The first instant at which a sanction may be decided; absent if he was not told yet.
        until: Option<Timestamp>,
    },
    /// The same command id came before with another content.
    CommandIdReused {},
    /// The command is acceptable, but a night is being made: send it again then.
    NightInProgress {
        /// When the gate is due to open.
        reopens_at: Timestamp,
    },
    /// The candidate did not accept a seat of this formation for good, so he cannot enrol (R65, R67).
    NotAccepted {},
    /// The establishment confirmed this enrolment before (R65).
    AlreadyEnrolled {},
    /// The seat was signalled as vacant before (R67).
    AlreadySignalled {},
    /// There is no signal of a vacant seat to take back (R68).
    NoSuchSignal {},
    /// The candidate has no such notice.
    NoSuchNotice {},
    /// What this certificate would say is not true of the candidate (R69, R70).
    CertificateNotDue {
        /// Which certificate.
        kind: CertificateKind,
    },
}

impl Refusal {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::AccountNotActive { .. } => "account_not_active",
            Self::AlreadyActive {} => "already_active",
            Self::AlreadyRegistered {} => "already_registered",
            Self::TooSoon { .. } => "too_soon",
            Self::InvalidToken {} => "invalid_token",
            Self::NotEligible {} => "not_eligible",
            Self::AddressTaken {} => "address_taken",
            Self::InvalidAddress {} => "invalid_address",
            Self::OutsideWindow { .. } => "outside_window",
            Self::QuotaExceeded { .. } => "quota_exceeded",
            Self::OfferExpired {} => "offer_expired",
            Self::NoSuchOffer {} => "no_such_offer",
            Self::NoSuchApplication {} => "no_such_application",
            Self::NoSuchFormation {} => "no_such_formation",
            Self::FormationExists {} => "formation_exists",
            Self::RefusedBefore {} => "refused_before",
            Self::InvalidPreferences { .. } => "invalid_preferences",
            Self::AlreadyApplied {} => "already_applied",
            Self::PlacementUndecided { .. } => "placement_undecided",
            Self::AlreadyDefinitive { .. } => "already_definitive",
            Self::NotRefused {} => "not_refused",
            Self::NotTheOwner {} => "not_the_owner",
            Self::InvalidRanking { .. } => "invalid_ranking",
            Self::InvalidValue { .. } => "invalid_value",
            Self::NoSuchContract {} => "no_such_contract",
            Self::EarlierContractPending { .. } => "earlier_contract_pending",
            Self::ContractKindNotTaken {} => "contract_kind_not_taken",
            Self::NoSuchNight {} => "no_such_night",
            Self::InvalidCampaign { .. } => "invalid_campaign",
            Self::BoundaryCrossed { .. } => "boundary_crossed",
            Self::ReasonNotRequested {} => "reason_not_requested",
            Self::NotRestorable { .. } => "not_restorable",
            Self::NoSuchException { .. } => "no_such_exception",
            Self::FraudCaseOpen {} => "fraud_case_open",
            Self::NoFraudCase {} => "no_fraud_case",
            Self::TooEarly { .. } => "too_early",
            Self::CommandIdReused {} => "command_id_reused",
            Self::NightInProgress { .. } => "night_in_progress",
            Self::NotAccepted {} => "not_accepted",
            Self::AlreadyEnrolled {} => "already_enrolled",
            Self::AlreadySignalled {} => "already_signalled",
            Self::NoSuchSignal {} => "no_such_signal",
            Self::NoSuchNotice {} => "no_such_notice",
            Self::CertificateNotDue { .. } => "certificate_not_due",
        }
    }
}
