//! What a check finds in a file that somebody sent, and the verdict that follows from it.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::campaign::ContractKind;
use crate::ids::{CandidateId, FormationId};
use crate::refusal::Refusal;

/// The verdict on an uploaded contract. It admits nobody by itself, except where the campaign says that the upload is
/// the acceptance, and then only a conform one (R46).
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Everything that was looked for is there and agrees.
    #[default]
    Conform,
    /// A person must look: something is missing, differs, or cannot be read by a machine.
    ToReview,
    /// The file is not taken; its sender is told why and what to do.
    Refused,
}

impl Verdict {
    /// Whether it is that of a conform file, which records leave out.
    #[must_use]
    pub fn is_conform(&self) -> bool {
        *self == Self::Conform
    }

    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Conform => "conform",
            Self::ToReview => "to_review",
            Self::Refused => "refused",
        }
    }
}

/// What a finding means for the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The file is refused.
    Refuses,
    /// A person must look.
    Review,
}

/// Where in a file something was found.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// The file as a whole.
    #[default]
    File,
    /// At this byte, counted from 0.
    Byte(u64),
    /// In the object of this number.
    Object(u32),
}

/// What a contract must say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContractFact {
    /// What kind of document it is.
    Document,
    /// The apprentice's name: the candidate's.
    Candidate,
    /// The employer's SIRET, with its check digit.
    Employer,
    /// The training centre, by UAI or SIRET.
    TrainingCentre,
    /// The diploma prepared: a master's degree.
    Diploma,
    /// The first day.
    Start,
    /// The last day.
    End,
    /// That it is signed.
    Signatures,
}

/// Why a finding is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FindingCode {
    /// By its first bytes it is not a PDF.
    NotAPdf,
    /// It is another kind of file as well.
    Polyglot,
    /// Its end is missing.
    Truncated,
    /// It is protected by a password or by restrictions.
    Encrypted,
    /// It would do something when opened or clicked.
    ActiveContent,
    /// It has no page.
    NoPages,
    /// It is larger, deeper or has more parts than any contract.
    OverLimit,
    /// No reader gets through it.
    Unreadable,
    /// The procedure does not take a contract of this candidate there now.
    NotTaken,
    /// It has pages but no text: a scan.
    NoText,
    /// A form of which nothing is filled in.
    BlankForm,
    /// Something that it must say is not there.
    Missing,
    /// Something that it says is not what is expected.
    Differs,
}

/// One thing found in an uploaded contract. Holds nothing personal: no name that was read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// What it means for the verdict.
    pub severity: Severity,
    /// Why it is one.
    pub code: FindingCode,
    /// Where it is.
    #[serde(default, skip_serializing_if = "is_file")]
    pub place: Place,
    /// Of what the contract must say, if it is about that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fact: Option<ContractFact>,
    /// What was found, as a name of the format, a number or a date.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub found: String,
}

fn is_file(place: &Place) -> bool {
    *place == Place::File
}

impl Finding {
    /// A finding that refuses the file.
    #[must_use]
    pub fn refusing(code: FindingCode, place: Place, found: impl Into<String>) -> Self {
        Self { severity: Severity::Refuses, code, place, fact: None, found: found.into() }
    }

    /// A finding for a person to look at.
    #[must_use]
    pub fn for_review(code: FindingCode, fact: Option<ContractFact>, found: impl Into<String>) -> Self {
        Self { severity: Severity::Review, code, place: Place::File, fact, found: found.into() }
    }
}

/// The verdict that follows from what was found.
#[must_use]
pub fn verdict(findings: &[Finding]) -> Verdict {
    match findings.iter().map(|finding| finding.severity).min() {
        None => Verdict::Conform,
        Some(Severity::Review) => Verdict::ToReview,
        Some(Severity::Refuses) => Verdict::Refused,
    }
}

/// What became of one version of an uploaded contract (`X#<upload>` / `OUTCOME`): what its sender and the formation read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContractOutcome {
    /// How many times this was written.
    pub version: u64,
    /// Whose contract, if the key names somebody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candidate: Option<CandidateId>,
    /// For which formation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub formation: Option<FormationId>,
    /// When the version came to the storage service.
    pub arrival: Timestamp,
    /// The verdict.
    pub verdict: Verdict,
    /// What kind of document it calls itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ContractKind>,
    /// What was found, the gravest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// Why the procedure does not take a contract that the check does not refuse.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Refusal>,
    /// Whether it takes effect only once the night that is being made is published.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub postponed: bool,
}
