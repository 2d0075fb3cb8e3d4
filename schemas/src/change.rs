//! What an event changes.

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::campaign::{ContractKind, Days, Phase, Round};
use crate::candidate::{
    ApplicationState, CertificateKind, Language, LostCause, Questionnaire, VacancyReason,
};
use crate::formation::{QuotaPair, RefusalReason, Track, is_zero};
use crate::ids::{EstablishmentId, FormationId};
use crate::night::NightStatus;

/// The changes. The state is the fold of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// An account was opened (R5–R11).
    Registered {
        /// The address, as given.
        email: String,
        /// The language of the mails.
        language: Language,
        /// The name for the salutation.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// The answers.
        questionnaire: Questionnaire,
        /// The région académique of the domicile.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        region: String,
        /// When the activation link was issued.
        activation_issued_at: Timestamp,
    },
    /// A new activation link was issued; older ones no longer count (R9).
    ActivationIssued {
        /// When.
        activation_issued_at: Timestamp,
    },
    /// Another address was asked for; a link was issued to it (R11).
    EmailAsked {
        /// The address, as given.
        email: String,
        /// When the link was issued.
        issued_at: Timestamp,
    },
    /// The new address was confirmed: mails go there.
    EmailConfirmed,
    /// The address of an account that was left may be used for another one (R11).
    AddressReleased,
    /// Mails to the account's address come back, or are called unwanted (R10).
    BecameUnreachable,
    /// An operator lets mails go to the account's address again.
    MailboxReleased,
    /// The account was activated (R9).
    Activated,
    /// An application was sent (R13–R17).
    Submitted {
        /// Where.
        formation: FormationId,
        /// What it counts as (R15).
        pair: QuotaPair,
        /// In which track it counts (R14).
        track: Track,
        /// In which round it is made (R51).
        #[serde(default, skip_serializing_if = "Round::is_main")]
        round: Round,
    },
    /// The candidate ordered what he has by preference (R53, R60); what is not named has no preference.
    PreferencesOrdered {
        /// Best first.
        formations: Vec<FormationId>,
    },
    /// The result is a place on the waitlist (R23).
    Waitlisted {
        /// Where.
        formation: FormationId,
        /// The jury's rank.
        rank: u32,
    },
    /// The result is a refusal (R20, R23).
    Refused {
        /// By whom.
        formation: FormationId,
        /// The kind of reason. The establishment's own words are in its ranking.
        reason: RefusalReason,
        /// The day of publication.
        notified_on: Date,
    },
    /// An offer was made (R23, R24).
    Offered {
        /// By whom.
        formation: FormationId,
        /// The business date of the night (R34).
        received_on: Date,
        /// The first instant that is too late (R34, R36).
        deadline: Timestamp,
    },
    /// An offer is held (R26).
    AcceptedProvisionally {
        /// Which.
        formation: FormationId,
    },
    /// An offer is accepted for good (R28, R32).
    AcceptedDefinitively {
        /// Which.
        formation: FormationId,
        /// The Paris day of the acceptance (R66).
        on: Date,
    },
    /// The benefit of an application is lost.
    Lost {
        /// Which.
        formation: FormationId,
        /// Why.
        cause: LostCause,
    },
    /// A waitlist placement is kept for the withdrawals phase (R59).
    Archived {
        /// Which.
        formation: FormationId,
    },
    /// No favourable answer at the end of the phase (R22, R58).
    NotAdmitted {
        /// Which.
        formation: FormationId,
        /// The day from which the month for reasons runs (R21).
        notified_on: Date,
    },
    /// The candidate asked for the reasons of a refusal (R21).
    ReasonRequested {
        /// Of which formation.
        formation: FormationId,
        /// On which Paris day.
        on: Date,
    },
    /// A night that was not published was undone: every application it wrote is as before.
    NightVoided {
        /// Which night.
        // Not "night" in JSON: the change lies flat in its event, which has a `night` of its own.
        #[serde(rename = "undone")]
        night: Date,
    },
    /// The candidate left the platform.
    Resigned,
    /// A formation was opened.
    FormationOpened {
        /// Its id.
        formation: FormationId,
        /// The name that people read.
        title: String,
        /// Who runs it.
        establishment: EstablishmentId,
        /// The mention it counts in.
        mention: String,
        /// Student or alternance.
        track: Track,
        /// Seats.
        capacity: u32,
        /// How many may hold a seat at once.
        call_limit: u32,
        /// Whether it takes new applications in the complementary phase (R52).
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        complementary: bool,
        /// Whether those admitted may enter as students or in alternance (R49).
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        mixed: bool,
    },
    /// A ranking was published by its establishment (R19); candidates see it when the night brings it.
    RankingPublished {
        /// Of which formation.
        formation: FormationId,
        /// The content's SHA-256, in hexadecimal.
        digest: String,
        /// How many are ranked.
        ranked: u32,
        /// How many are refused.
        refused: u32,
        /// For which round's applications it is.
        #[serde(default, skip_serializing_if = "Round::is_main")]
        round: Round,
        /// How many were ranked before it.
        #[serde(default, skip_serializing_if = "is_zero")]
        after: u32,
        /// When.
        published_at: Timestamp,
    },
    /// An operator kept a night back, let it go on, or undid it: what its run became.
    NightDirected {
        /// Which night.
        // Not "night" in JSON: the change lies flat in its event.
        #[serde(rename = "directed")]
        night: Date,
        /// What its run became.
        status: NightStatus,
    },
    /// A new version of the campaign file is in force (C13).
    CampaignAmended {
        /// The file's SHA-256, in hexadecimal: its object is `campaigns/<digest>.toml`.
        digest: String,
    },
    /// The instant at which time will next change something was found anew, under an amended calendar (C13).
    Rescheduled,
    /// The deadline of a live offer or search was moved (R34).
    DeadlineExtended {
        /// Of which formation.
        formation: FormationId,
        /// The first instant that is too late (R36).
        deadline: Timestamp,
    },
    /// A formation was stopped: it calls nobody; or lets go again.
    FormationStopped {
        /// Which.
        formation: FormationId,
        /// Whether it calls nobody now.
        stopped: bool,
    },
    /// A formation's seats were changed.
    SeatsSet {
        /// Of which.
        formation: FormationId,
        /// Seats.
        capacity: u32,
        /// How many may hold a seat at once.
        call_limit: u32,
    },
    /// How an establishment is written to was said (R74).
    EstablishmentSet {
        /// Which.
        establishment: EstablishmentId,
        /// The address of its admissions service.
        email: String,
    },
    /// The establishment gave the reasons of a refusal (R21); they are in the command.
    ReasonAnswered {
        /// Of which formation.
        formation: FormationId,
    },
    /// Exceptional circumstances were invoked (R38); the grounds are in the command.
    ExceptionRequested {
        /// The applications that the candidate wants back.
        formations: Vec<FormationId>,
    },
    /// Somebody decided on exceptional circumstances (R38).
    ExceptionDecided {
        /// The applications decided on.
        formations: Vec<FormationId>,
        /// Whether the placements were given back.
        granted: bool,
    },
    /// A placement was given back at its initial rank (R38).
    PlacementRestored {
        /// Where.
        formation: FormationId,
        /// The state that the phase gives a placement.
        state: ApplicationState,
        /// Its place in the order of preference, where the time to order is over.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        preference: Option<u32>,
    },
    /// Facts were reported to the rector (R72); they are in the command.
    FraudReported {
        /// By which establishment.
        establishment: EstablishmentId,
        /// On which Paris day.
        on: Date,
    },
    /// The candidate was told of the facts (R73).
    FraudNotified {
        /// The first instant at which a sanction may be decided.
        until: Timestamp,
    },
    /// The rector decided (R74).
    FraudDecided {
        /// Whether the candidate is sanctioned; else the case is dropped.
        sanctioned: bool,
        /// The establishments concerned, who are to have a copy of a sanction; none if the case is dropped.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        concerned: Vec<EstablishmentId>,
    },
    /// An application was annulled (R74).
    Annulled {
        /// Which.
        formation: FormationId,
    },
    /// The campaign is over for the account.
    Closed,
    /// A phase of the calendar began.
    PhaseBegan {
        /// Which.
        phase: Phase,
    },
    /// The candidate was placed in contract search (R40, R47, R48).
    SearchPlaced {
        /// Where.
        formation: FormationId,
        /// The jury's rank, where the placement is the published result; absent where it comes from the waitlist.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rank: Option<u32>,
        /// The business date of the night.
        received_on: Date,
        /// The first instant at which an answer is too late, where one is due (R41).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deadline: Option<Timestamp>,
    },
    /// A placement in contract search was accepted, or is kept beside a later one (R41, R44).
    SearchAccepted {
        /// Which.
        formation: FormationId,
    },
    /// A later placement was accepted and nothing said of this one: it is lost at this instant unless it is kept (R44).
    SearchDoubted {
        /// Which.
        formation: FormationId,
        /// The first instant that is too late.
        deadline: Timestamp,
    },
    /// A contract came (R46–R49); its place in the order of arrival.
    ContractReceived {
        /// For which formation.
        formation: FormationId,
        /// When it came to the storage service.
        arrival: Timestamp,
        /// The storage service's id of the version.
        version: String,
        /// What it is.
        kind: ContractKind,
    },
    /// The contract was validated (R47, R48).
    ContractValidated {
        /// For which formation.
        formation: FormationId,
    },
    /// The contract was rejected (R47); why is in the command.
    ContractRejected {
        /// For which formation.
        formation: FormationId,
    },
    /// The establishment enrolled the candidate (R65).
    Enrolled {
        /// Where.
        formation: FormationId,
    },
    /// The days on which a formation enrols were said (R65).
    EnrolmentSet {
        /// Which.
        formation: FormationId,
        /// First and last day.
        days: Days,
    },
    /// The establishment signalled that the seat is vacant: it is lost, as given up (R67).
    VacancySignalled {
        /// Where.
        formation: FormationId,
        /// Why.
        reason: VacancyReason,
        /// When.
        at: Timestamp,
        /// Whether the candidate was enrolled already.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        enrolled: bool,
    },
    /// The establishment took that signal back: the seat is accepted for good as before (R68).
    VacancyCancelled {
        /// Where.
        formation: FormationId,
        /// Whether the candidate was enrolled already.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        enrolled: bool,
    },
    /// A certificate was issued (R69, R70). Its number is that of its record with the formation; its code is derived
    /// from them, so nothing of it is kept in the candidate's item.
    CertificateIssued {
        /// Of what.
        kind: CertificateKind,
        /// Of which application; none if it is about the whole platform.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        formation: Option<FormationId>,
        /// On which Paris day.
        on: Date,
    },
}

impl Change {
    /// The formation concerned, if it is one application or one formation.
    #[must_use]
    pub fn formation(&self) -> Option<&FormationId> {
        match self {
            Self::Submitted { formation, .. }
            | Self::Waitlisted { formation, .. }
            | Self::Refused { formation, .. }
            | Self::Offered { formation, .. }
            | Self::AcceptedProvisionally { formation }
            | Self::AcceptedDefinitively { formation, .. }
            | Self::Lost { formation, .. }
            | Self::Archived { formation }
            | Self::NotAdmitted { formation, .. }
            | Self::ReasonRequested { formation, .. }
            | Self::FormationOpened { formation, .. }
            | Self::RankingPublished { formation, .. }
            | Self::SearchPlaced { formation, .. }
            | Self::SearchAccepted { formation }
            | Self::SearchDoubted { formation, .. }
            | Self::ContractReceived { formation, .. }
            | Self::ContractValidated { formation }
            | Self::ContractRejected { formation }
            | Self::Enrolled { formation }
            | Self::EnrolmentSet { formation, .. }
            | Self::VacancySignalled { formation, .. }
            | Self::VacancyCancelled { formation, .. }
            | Self::ReasonAnswered { formation }
            | Self::DeadlineExtended { formation, .. }
            | Self::FormationStopped { formation, .. }
            | Self::SeatsSet { formation, .. }
            | Self::PlacementRestored { formation, .. }
            | Self::Annulled { formation } => Some(formation),
            Self::CertificateIssued { formation, .. } => formation.as_ref(),
            Self::Registered { .. }
            | Self::ActivationIssued { .. }
            | Self::Activated
            | Self::EstablishmentSet { .. }
            | Self::PreferencesOrdered { .. }
            | Self::NightVoided { .. }
            | Self::Resigned
            | Self::ExceptionRequested { .. }
            | Self::ExceptionDecided { .. }
            | Self::FraudReported { .. }
            | Self::FraudNotified { .. }
            | Self::FraudDecided { .. }
            | Self::Closed
            | Self::EmailAsked { .. }
            | Self::EmailConfirmed
            | Self::AddressReleased
            | Self::BecameUnreachable
            | Self::MailboxReleased
            | Self::NightDirected { .. }
            | Self::CampaignAmended { .. }
            | Self::Rescheduled
            | Self::PhaseBegan { .. } => None,
        }
    }

    /// Whether it changes an application: what the gate forbids while a night is being made.
    #[must_use]
    pub fn touches_application(&self) -> bool {
        matches!(
            self,
            Self::Submitted { .. }
                | Self::PreferencesOrdered { .. }
                | Self::Waitlisted { .. }
                | Self::Refused { .. }
                | Self::Offered { .. }
                | Self::AcceptedProvisionally { .. }
                | Self::AcceptedDefinitively { .. }
                | Self::Lost { .. }
                | Self::Archived { .. }
                | Self::NotAdmitted { .. }
                | Self::NightVoided { .. }
                | Self::Resigned
                | Self::SearchPlaced { .. }
                | Self::SearchAccepted { .. }
                | Self::SearchDoubted { .. }
                | Self::ContractReceived { .. }
                | Self::ContractValidated { .. }
                | Self::ContractRejected { .. }
                | Self::Enrolled { .. }
                | Self::VacancySignalled { .. }
                | Self::VacancyCancelled { .. }
                | Self::PlacementRestored { .. }
                | Self::DeadlineExtended { .. }
                | Self::Annulled { .. }
        )
    }
}
