//! What a command asks for: one variant for each kind, with its fields.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::campaign::ContractKind;
use crate::candidate::{CertificateKind, Language, Questionnaire, VacancyReason};
use crate::formation::{RankingRefusal, Track};
use crate::ids::{CandidateId, EstablishmentId, FormationId};

/// What a command asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// A candidate opens an account (R5–R11).
    RegisterAccount {
        /// The address that mails go to.
        email: String,
        /// The language of the mails.
        #[serde(default)]
        language: Language,
        /// The four answers (R5).
        questionnaire: Questionnaire,
        /// First and last name for the salutation.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// The région académique of the domicile.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        region: String,
    },
    /// A candidate asks for a new activation link (R9).
    ResendActivation {},
    /// A candidate follows the activation link (R9).
    ActivateAccount {
        /// The token of the link.
        token: String,
    },
    /// A candidate asks for his mails to go to another address (R11); a link is sent there.
    ChangeEmail {
        /// The new address.
        email: String,
    },
    /// A candidate follows the link that was sent to his new address.
    ConfirmEmail {
        /// The token of the link.
        token: String,
    },
    /// An operator lets the address of an account that was left be used for another one (R11).
    ReleaseAddress {
        /// Whose.
        candidate: CandidateId,
    },
    /// A job learnt that mails to a candidate's address come back, or are called unwanted (R10).
    MarkUnreachable {
        /// Whose.
        candidate: CandidateId,
        /// SHA-256 of the address: he may have another one by now.
        address: String,
    },
    /// An operator lets mails go again to a candidate's address that was suppressed.
    ReleaseMailbox {
        /// Whose.
        candidate: CandidateId,
    },
    /// An operator has a notice sent again.
    ResendNotice {
        /// Whose.
        candidate: CandidateId,
        /// The sort key of the notice: `N#…`.
        notice: String,
    },
    /// A candidate applies (R13–R17).
    SubmitApplication {
        /// Where.
        formation: FormationId,
    },
    /// A candidate gives up an application, an offer or a seat.
    WithdrawApplication {
        /// Which.
        formation: FormationId,
    },
    /// A candidate holds an offer and says of every placement whether he keeps it (R26, R27).
    AcceptProvisionally {
        /// The offer.
        formation: FormationId,
        /// Placements kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        keep: Option<Vec<FormationId>>,
        /// Placements dropped; if absent, all that are not kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        drop: Option<Vec<FormationId>>,
    },
    /// A candidate accepts an offer for good (R28).
    AcceptDefinitively {
        /// The offer, pending or held provisionally.
        formation: FormationId,
    },
    /// A candidate refuses an offer (R26).
    RefuseOffer {
        /// The offer, pending or held provisionally.
        formation: FormationId,
    },
    /// A candidate orders his live placements, searches, contracts and new applications by preference (R53, R60); the
    /// last order counts, and the offer held provisionally is last by itself.
    OrderPreferences {
        /// Best first.
        formations: Vec<FormationId>,
    },
    /// A candidate leaves the platform.
    Resign {},
    /// A candidate asks why he was refused (R21).
    RequestRefusalReason {
        /// By which formation.
        formation: FormationId,
    },
    /// An establishment opens a formation.
    OpenFormation {
        /// Its id.
        formation: FormationId,
        /// The name that people read.
        title: String,
        /// The mention it counts in (R15).
        mention: String,
        /// Student or alternance.
        #[serde(default)]
        track: Track,
        /// Seats.
        capacity: u32,
        /// How many may hold a seat at once; the capacity if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        call_limit: Option<u32>,
        /// Whether it takes new applications in the complementary phase (R52).
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        complementary: bool,
        /// Whether those admitted may enter as students or in alternance (R49).
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        mixed: bool,
    },
    /// An establishment publishes a formation's ranking, whole (R19, R20).
    PublishRanking {
        /// Which formation's.
        formation: FormationId,
        /// Ranked candidates, best first.
        ranked: Vec<CandidateId>,
        /// Refused candidates.
        #[serde(default)]
        refused: Vec<RankingRefusal>,
    },
    /// A candidate answers a placement in contract search (R41, R44).
    AnswerContractSearch {
        /// The placement.
        formation: FormationId,
        /// Whether he accepts it.
        accept: bool,
        /// Searches accepted before that he keeps.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        keep: Option<Vec<FormationId>>,
        /// Searches accepted before that he gives up; if absent, all that are not kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        drop: Option<Vec<FormationId>>,
    },
    /// The check of an uploaded contract found nothing against it (R46–R48).
    ContractReceived {
        /// Whose.
        candidate: CandidateId,
        /// For which formation.
        formation: FormationId,
        /// The storage service's id of the uploaded version.
        version: String,
        /// When that version came to the storage service.
        arrival: Timestamp,
        /// What it is.
        kind: ContractKind,
    },
    /// An establishment validates a contract (R47, R48).
    ValidateContract {
        /// Whose.
        candidate: CandidateId,
        /// For which formation.
        formation: FormationId,
    },
    /// An establishment rejects a contract (R47).
    RejectContract {
        /// Whose.
        candidate: CandidateId,
        /// For which formation.
        formation: FormationId,
        /// Why, in its own words; kept in the candidate's journal.
        reason: String,
    },
    /// An establishment says that a candidate is enrolled (R65).
    ConfirmEnrolment {
        /// Whom.
        candidate: CandidateId,
        /// Where.
        formation: FormationId,
    },
    /// An establishment says on which days a formation enrols (R65); the last ones said count.
    SetEnrolment {
        /// Which.
        formation: FormationId,
        /// The first day.
        from: Date,
        /// The last day.
        to: Date,
    },
    /// An establishment signals that the seat of a candidate who accepted it for good is vacant (R67, R68).
    SignalVacancy {
        /// Whose.
        candidate: CandidateId,
        /// Where.
        formation: FormationId,
        /// Why.
        reason: VacancyReason,
    },
    /// An establishment takes its signal back, until the next night (R68).
    CancelVacancy {
        /// Whose seat.
        candidate: CandidateId,
        /// Where.
        formation: FormationId,
    },
    /// An operator moves the deadline of live offers: those of one candidate, of one formation, of one day, or of all
    /// (R34).
    ExtendDeadline {
        /// Of which formation only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        formation: Option<FormationId>,
        /// Of which candidate only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        candidate: Option<CandidateId>,
        /// Of the candidates of which région académique only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        region: Option<String>,
        /// Received on which business date only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        received: Option<Date>,
        /// The last minute in time, in Paris.
        until: DateTime,
    },
    /// An operator keeps today's night back: the gate stays closed (R33).
    HoldNight {
        /// Of which business date; today's if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        date: Option<Date>,
    },
    /// An operator lets a night go on that he kept back.
    ReleaseNight {
        /// Of which business date; today's if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        date: Option<Date>,
    },
    /// An operator undoes today's night before it is published: nobody ever sees it.
    VoidNight {
        /// Of which business date; today's if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        date: Option<Date>,
    },
    /// An operator puts a new version of the campaign file (C13).
    AmendCampaign {
        /// The whole file.
        file: String,
    },
    /// An operator keeps a formation from calling anybody.
    StopFormation {
        /// Which.
        formation: FormationId,
    },
    /// An operator lets a formation call again.
    ResumeFormation {
        /// Which.
        formation: FormationId,
    },
    /// An establishment changes a formation's seats; the next night sees them.
    SetSeats {
        /// Which.
        formation: FormationId,
        /// Seats.
        capacity: u32,
        /// How many may hold a seat at once; the capacity if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        call_limit: Option<u32>,
    },
    /// An establishment gives the reasons of a refusal, as it was asked to (R21).
    AnswerRefusalReason {
        /// To whom.
        candidate: CandidateId,
        /// Of which formation.
        formation: FormationId,
        /// In its own words; kept in the candidate's journal.
        text: String,
    },
    /// A candidate invokes exceptional circumstances against decisions that he took (R38).
    RequestException {
        /// The applications that he wants back.
        formations: Vec<FormationId>,
        /// What happened; kept in his journal.
        grounds: String,
    },
    /// An operator decides on exceptional circumstances (R38).
    DecideException {
        /// Whose.
        candidate: CandidateId,
        /// The applications decided on.
        formations: Vec<FormationId>,
        /// Whether the placements are given back.
        grant: bool,
    },
    /// An establishment, or an operator for it, says how it is written to (R74).
    SetEstablishment {
        /// Which.
        establishment: EstablishmentId,
        /// The address of its admissions service.
        email: String,
    },
    /// The rector records that an establishment reported facts (R72).
    ReportFraud {
        /// About whom.
        candidate: CandidateId,
        /// Which establishment reports.
        establishment: EstablishmentId,
        /// What is reported; kept in the candidate's journal.
        facts: String,
    },
    /// The rector tells the candidate of the facts and of his time to answer (R73).
    NotifyFraud {
        /// Whom.
        candidate: CandidateId,
        /// What he is told; kept in his journal.
        facts: String,
    },
    /// The rector decides (R74).
    DecideFraud {
        /// About whom.
        candidate: CandidateId,
        /// Whether his applications are annulled; else the case is dropped.
        sanction: bool,
    },
    /// A candidate asks for a certificate (R69, R70).
    RequestCertificate {
        /// Of what.
        kind: CertificateKind,
        /// Of which application, among those that the kind is about; of all of them if absent. That of not being
        /// enrolled is about the whole platform.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        formation: Option<FormationId>,
    },
}

impl Action {
    /// The action's name in commands and records.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::RegisterAccount { .. } => "register_account",
            Self::ResendActivation {} => "resend_activation",
            Self::ActivateAccount { .. } => "activate_account",
            Self::ChangeEmail { .. } => "change_email",
            Self::ConfirmEmail { .. } => "confirm_email",
            Self::ReleaseAddress { .. } => "release_address",
            Self::MarkUnreachable { .. } => "mark_unreachable",
            Self::ReleaseMailbox { .. } => "release_mailbox",
            Self::ResendNotice { .. } => "resend_notice",
            Self::SubmitApplication { .. } => "submit_application",
            Self::WithdrawApplication { .. } => "withdraw_application",
            Self::AcceptProvisionally { .. } => "accept_provisionally",
            Self::AcceptDefinitively { .. } => "accept_definitively",
            Self::RefuseOffer { .. } => "refuse_offer",
            Self::OrderPreferences { .. } => "order_preferences",
            Self::Resign {} => "resign",
            Self::RequestRefusalReason { .. } => "request_refusal_reason",
            Self::OpenFormation { .. } => "open_formation",
            Self::PublishRanking { .. } => "publish_ranking",
            Self::AnswerContractSearch { .. } => "answer_contract_search",
            Self::ContractReceived { .. } => "contract_received",
            Self::ValidateContract { .. } => "validate_contract",
            Self::RejectContract { .. } => "reject_contract",
            Self::ConfirmEnrolment { .. } => "confirm_enrolment",
            Self::SetEnrolment { .. } => "set_enrolment",
            Self::SignalVacancy { .. } => "signal_vacancy",
            Self::CancelVacancy { .. } => "cancel_vacancy",
            Self::ExtendDeadline { .. } => "extend_deadline",
            Self::HoldNight { .. } => "hold_night",
            Self::ReleaseNight { .. } => "release_night",
            Self::VoidNight { .. } => "void_night",
            Self::AmendCampaign { .. } => "amend_campaign",
            Self::StopFormation { .. } => "stop_formation",
            Self::ResumeFormation { .. } => "resume_formation",
            Self::SetSeats { .. } => "set_seats",
            Self::SetEstablishment { .. } => "set_establishment",
            Self::AnswerRefusalReason { .. } => "answer_refusal_reason",
            Self::RequestException { .. } => "request_exception",
            Self::DecideException { .. } => "decide_exception",
            Self::ReportFraud { .. } => "report_fraud",
            Self::NotifyFraud { .. } => "notify_fraud",
            Self::DecideFraud { .. } => "decide_fraud",
            Self::RequestCertificate { .. } => "request_certificate",
        }
    }

    /// The formation that the action names, if it names one.
    #[must_use]
    pub fn formation(&self) -> Option<&FormationId> {
        match self {
            Self::SubmitApplication { formation }
            | Self::WithdrawApplication { formation }
            | Self::AcceptProvisionally { formation, .. }
            | Self::AcceptDefinitively { formation }
            | Self::RefuseOffer { formation }
            | Self::RequestRefusalReason { formation }
            | Self::OpenFormation { formation, .. }
            | Self::PublishRanking { formation, .. }
            | Self::AnswerContractSearch { formation, .. }
            | Self::ContractReceived { formation, .. }
            | Self::ValidateContract { formation, .. }
            | Self::RejectContract { formation, .. }
            | Self::ConfirmEnrolment { formation, .. }
            | Self::SetEnrolment { formation, .. }
            | Self::SignalVacancy { formation, .. }
            | Self::CancelVacancy { formation, .. }
            | Self::StopFormation { formation }
            | Self::ResumeFormation { formation }
            | Self::SetSeats { formation, .. }
            | Self::AnswerRefusalReason { formation, .. } => Some(formation),
            Self::ExtendDeadline { formation, .. } => formation.as_ref(),
            Self::RequestCertificate { formation, .. } => formation.as_ref(),
            Self::RegisterAccount { .. }
            | Self::ResendActivation {}
            | Self::ActivateAccount { .. }
            | Self::OrderPreferences { .. }
            | Self::RequestException { .. }
            | Self::DecideException { .. }
            | Self::SetEstablishment { .. }
            | Self::ReportFraud { .. }
            | Self::NotifyFraud { .. }
            | Self::DecideFraud { .. }
            | Self::AmendCampaign { .. }
            | Self::ChangeEmail { .. }
            | Self::ConfirmEmail { .. }
            | Self::ReleaseAddress { .. }
            | Self::MarkUnreachable { .. }
            | Self::ReleaseMailbox { .. }
            | Self::ResendNotice { .. }
            | Self::HoldNight { .. }
            | Self::ReleaseNight { .. }
            | Self::VoidNight { .. }
            | Self::Resign {} => None,
        }
    }

    /// The candidate whom an action names: the one it is about, whoever sends it.
    #[must_use]
    pub fn candidate(&self) -> Option<&CandidateId> {
        match self {
            Self::ContractReceived { candidate, .. }
            | Self::ValidateContract { candidate, .. }
            | Self::RejectContract { candidate, .. }
            | Self::ConfirmEnrolment { candidate, .. }
            | Self::SignalVacancy { candidate, .. }
            | Self::CancelVacancy { candidate, .. }
            | Self::AnswerRefusalReason { candidate, .. }
            | Self::DecideException { candidate, .. }
            | Self::ReportFraud { candidate, .. }
            | Self::NotifyFraud { candidate, .. }
            | Self::DecideFraud { candidate, .. }
            | Self::MarkUnreachable { candidate, .. }
            | Self::ReleaseMailbox { candidate }
            | Self::ResendNotice { candidate, .. }
            | Self::ReleaseAddress { candidate } => Some(candidate),
            Self::ExtendDeadline { candidate, .. } => candidate.as_ref(),
            _ => None,
        }
    }

    /// The action as a decision record keeps it: without the token, which is a secret, and without a ranking's lists or a
    /// campaign file, which are objects named by the event's digest.
    #[must_use]
    pub fn for_record(&self) -> Self {
        match self {
            Self::ActivateAccount { .. } => Self::ActivateAccount { token: String::new() },
            Self::ConfirmEmail { .. } => Self::ConfirmEmail { token: String::new() },
            Self::PublishRanking { formation, .. } => {
                Self::PublishRanking { formation: formation.clone(), ranked: Vec::new(), refused: Vec::new() }
            }
            Self::AmendCampaign { .. } => Self::AmendCampaign { file: String::new() },
            other => other.clone(),
        }
    }
}
