//! Events and decision records: what happened, why, and under which rule.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::campaign::{Days, Phase, Round};
use crate::candidate::{CertificateKind, Language, LostCause, Questionnaire, VacancyReason};
use crate::command::Command;
use crate::formation::{QuotaPair, RefusalReason, Track, is_zero};
use crate::ids::{EstablishmentId, FormationId};

/// A rule of the procedure, `R1` to `R79`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema)]
#[schemars(with = "String")]
pub struct Rule(pub u8);

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "R{}", self.0)
    }
}

impl Serialize for Rule {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.strip_prefix('R').and_then(|number| number.parse().ok()).map(Self).ok_or_else(|| {
            serde::de::Error::custom(format!("\"{text}\" is not a rule; expected \"R\" and a number"))
        })
    }
}

/// One change, with the rule that made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Event {
    /// The rule of the procedure that made the change.
    pub rule: Rule,
    /// The night that made it: invisible until that night is published. Not written: the record's cause says it.
    #[serde(skip)]
    pub night: Option<Date>,
    /// The change.
    #[serde(flatten)]
    pub change: Change,
}

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
        /// When the activation link was issued.
        activation_issued_at: Timestamp,
    },
    /// A new activation link was issued; older ones no longer count (R9).
    ActivationIssued {
        /// When.
        activation_issued_at: Timestamp,
    },
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
    /// A phase of the calendar began.
    PhaseBegan {
        /// Which.
        phase: Phase,
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
            | Self::NotAdmitted { formation }
            | Self::ReasonRequested { formation, .. }
            | Self::FormationOpened { formation, .. }
            | Self::RankingPublished { formation, .. }
            | Self::Enrolled { formation }
            | Self::EnrolmentSet { formation, .. }
            | Self::VacancySignalled { formation, .. }
            | Self::VacancyCancelled { formation, .. } => Some(formation),
            Self::CertificateIssued { formation, .. } => formation.as_ref(),
            Self::Registered { .. }
            | Self::ActivationIssued { .. }
            | Self::Activated
            | Self::PreferencesOrdered { .. }
            | Self::NightVoided { .. }
            | Self::Resigned
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
                | Self::Enrolled { .. }
                | Self::VacancySignalled { .. }
                | Self::VacancyCancelled { .. }
        )
    }
}

/// Why a decision was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Cause {
    /// Somebody's command.
    Command {
        /// The command, without secrets ([`crate::command::Action::for_record`]).
        command: Command,
    },
    /// Time alone: a deadline or the end of a phase.
    Time,
    /// The night of a business date.
    Night {
        /// The date.
        date: Date,
    },
}

/// The record of one decision (`D#<seq>` in the journal); never updated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DecisionRecord {
    /// The subject's version after this decision.
    pub seq: u64,
    /// The instant at which the law places it.
    pub at: Timestamp,
    /// The instant at which it was decided; later than `at` when a job catches up.
    pub decided_at: Timestamp,
    /// Why.
    pub cause: Cause,
    /// What changed, in order.
    pub events: Vec<Event>,
    /// SHA-256 of the campaign file in force, in hexadecimal.
    pub rules: String,
    /// The version of the code that decided.
    pub code: String,
}

/// A record as it is written, whose events do not repeat the night of its cause.
#[derive(Deserialize)]
struct WrittenRecord {
    seq: u64,
    at: Timestamp,
    decided_at: Timestamp,
    cause: Cause,
    events: Vec<Event>,
    rules: String,
    code: String,
}

impl<'de> Deserialize<'de> for DecisionRecord {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let WrittenRecord { seq, at, decided_at, cause, mut events, rules, code } =
            WrittenRecord::deserialize(deserializer)?;
        if let Cause::Night { date } = cause {
            // What undoes a night is visible at once.
            let of_night = |event: &&mut Event| !matches!(event.change, Change::NightVoided { .. });
            events.iter_mut().filter(of_night).for_each(|event| event.night = Some(date));
        }
        Ok(Self { seq, at, decided_at, cause, events, rules, code })
    }
}
