//! Files of vacant seats and rankings: their rows, and the report that whoever sent one gets.

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::candidate::VacancyReason;
use crate::formation::RefusalReason;
use crate::ids::{CandidateId, EstablishmentId, FormationId};
use crate::refusal::Refusal;

/// What a file of an establishment tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IntakeKind {
    /// Vacant seats (R67, R68).
    Vacancies,
    /// Rankings (R19, R20).
    Ranking,
}

/// A column of these files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// Whom.
    Candidate,
    /// Where.
    Formation,
    /// Why the seat is vacant, or why the candidate is refused.
    Reason,
    /// Of which day the vacancy is.
    Date,
    /// The place in the jury's order, from 1.
    Rank,
    /// Ranked or refused.
    Decision,
}

/// A row of a file of vacant seats: `candidat;formation;motif;date`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VacancyRow {
    /// The row, as a spreadsheet numbers it: the header is row 1.
    pub row: u32,
    /// Whose seat.
    pub candidate: CandidateId,
    /// Of which formation.
    pub formation: FormationId,
    /// Why it is vacant (R67).
    pub reason: VacancyReason,
    /// Since which day.
    pub date: Date,
}

/// A row of a ranking file: `formation;candidat;rang;decision;motif`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RankingRow {
    /// The row, as a spreadsheet numbers it: the header is row 1.
    pub row: u32,
    /// Of which formation.
    pub formation: FormationId,
    /// Who.
    pub candidate: CandidateId,
    /// What the jury decided.
    #[serde(flatten)]
    pub judgement: Judgement,
}

/// What a jury decided on one candidate (R19, R20).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "decision", rename_all = "snake_case")]
pub enum Judgement {
    /// He has a place in the order.
    Ranked {
        /// Which, from 1; no two have the same.
        rank: u32,
    },
    /// He is refused.
    Refused {
        /// Why.
        reason: RefusalReason,
    },
}

/// Why a whole file is refused: nothing of it is taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum FileRefusal {
    /// The program that reads files did not survive it.
    Unreadable {},
    /// It is something else than a table.
    NotATable {
        /// What it looks like.
        looks_like: OtherKind,
    },
    /// It is larger than any file of this kind.
    TooLarge {
        /// What there is too much of.
        what: Limited,
        /// How many are taken.
        most: u64,
    },
    /// Its characters cannot be told.
    Encoding {
        /// Where first.
        row: u32,
        /// How.
        problem: EncodingProblem,
    },
    /// The quotes around a cell do not match.
    Quotes {
        /// Where.
        row: u32,
    },
    /// It is a workbook that cannot be read.
    Workbook {
        /// Why.
        problem: WorkbookProblem,
    },
    /// There is no row in it.
    Empty {},
    /// Its first row does not name these columns.
    HeaderMissing {
        /// Which are missing.
        missing: Vec<Column>,
        /// What the first row names.
        found: Vec<String>,
    },
    /// Its first row names something else.
    HeaderUnknown {
        /// What it names, and no file of this kind has.
        unknown: Vec<String>,
    },
    /// Its first row names a column twice.
    HeaderRepeated {
        /// Which.
        column: Column,
    },
    /// The folder that it lies in is of no establishment of the platform.
    UnknownEstablishment {},
    /// Its key is not one of an upload: the folder of its kind, an establishment, and a name.
    Key {},
    /// The law refuses it whole: vacant seats outside the days on which they are signalled (R68).
    Law {
        /// Why.
        refusal: Refusal,
    },
    /// A row is refused, and a ranking is taken whole or not at all (R19).
    Rows {
        /// How many are.
        refused: u32,
    },
    /// A formation's ranking cannot be taken, so none of the file is.
    Formation {
        /// Which.
        formation: FormationId,
        /// Why.
        refusal: Refusal,
    },
}

/// What a file is that is no table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OtherKind {
    /// A workbook of Excel 97, or one that is protected by a password.
    OldOrProtectedWorkbook,
    /// An archive, or a document that is one: ODS, DOCX, ZIP.
    Archive,
    /// A page of HTML or XML, as some programs export under the name of a workbook.
    Markup,
    /// A PDF document.
    Pdf,
}

/// What a table has at the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Limited {
    /// Bytes of the file.
    Bytes,
    /// Bytes of a workbook once it is unpacked.
    UnpackedBytes,
    /// Parts of a workbook.
    Parts,
    /// Rows.
    Rows,
    /// Columns.
    Columns,
    /// Characters of a cell.
    Characters,
    /// Formations that its rows name.
    Formations,
}

/// Why a file's characters cannot be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EncodingProblem {
    /// A NUL or another control character, or one that says that a program lost what was there.
    Control,
    /// Two encodings in one file.
    Mixed,
    /// Bytes that are no character of the encoding that the file says it has, or of any that is taken.
    Malformed,
}

/// Why a workbook cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WorkbookProblem {
    /// It is damaged.
    Damaged,
    /// It holds macros.
    Macros,
    /// More than one of its sheets has something in it.
    SeveralSheets,
}

/// Why a row is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum RowRefusal {
    /// It has more or fewer cells than the first row.
    WrongNumberOfCells {
        /// How many the first row has.
        expected: u32,
        /// How many it has.
        found: u32,
    },
    /// A cell is empty that may not be.
    CellMissing {
        /// Which.
        column: Column,
    },
    /// A cell is not empty that must be: the reason of one who is ranked, the rank of one who is refused.
    CellTooMany {
        /// Which.
        column: Column,
    },
    /// It is not an identifier.
    InvalidId {
        /// Which.
        column: Column,
        /// What was found.
        found: String,
    },
    /// A spreadsheet has made `1E+05` of an identifier or a number.
    ScientificNotation {
        /// Which.
        column: Column,
        /// What was found.
        found: String,
    },
    /// A spreadsheet has taken away the zeros with which an identifier began.
    LeadingZerosLost {
        /// Which.
        column: Column,
        /// What was found.
        found: String,
    },
    /// It is no reason or decision that the platform knows.
    UnknownWord {
        /// Which.
        column: Column,
        /// What was found.
        found: String,
    },
    /// It is not a day.
    InvalidDate {
        /// What was found.
        found: String,
    },
    /// The day is after that on which the file arrived.
    DateInFuture {
        /// Which.
        date: Date,
    },
    /// It is not a rank: a whole number from 1.
    InvalidRank {
        /// What was found.
        found: String,
    },
    /// Another row has the same rank: the order is strict (R19).
    RankRepeated {
        /// Which rank.
        rank: u32,
        /// Which row has it.
        of_row: u32,
    },
    /// Another row is about the same candidate and formation.
    Repeated {
        /// Which.
        of_row: u32,
    },
    /// The candidate did not apply to this formation.
    UnknownCandidate {},
    /// The law refuses what the row asks for.
    Law {
        /// Why.
        refusal: Refusal,
    },
}

impl FileRefusal {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable {} => "unreadable",
            Self::NotATable { .. } => "not_a_table",
            Self::TooLarge { .. } => "too_large",
            Self::Encoding { .. } => "encoding",
            Self::Quotes { .. } => "quotes",
            Self::Workbook { .. } => "workbook",
            Self::Empty {} => "empty",
            Self::HeaderMissing { .. } => "header_missing",
            Self::HeaderUnknown { .. } => "header_unknown",
            Self::HeaderRepeated { .. } => "header_repeated",
            Self::UnknownEstablishment {} => "unknown_establishment",
            Self::Key {} => "key",
            Self::Rows { .. } => "rows",
            Self::Formation { refusal, .. } | Self::Law { refusal } => refusal.code(),
        }
    }
}

impl RowRefusal {
    /// The stable code; where the law refuses, that of its refusal.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::WrongNumberOfCells { .. } => "wrong_number_of_cells",
            Self::CellMissing { .. } => "cell_missing",
            Self::CellTooMany { .. } => "cell_too_many",
            Self::InvalidId { .. } => "invalid_id",
            Self::ScientificNotation { .. } => "scientific_notation",
            Self::LeadingZerosLost { .. } => "leading_zeros_lost",
            Self::UnknownWord { .. } => "unknown_word",
            Self::InvalidDate { .. } => "invalid_date",
            Self::DateInFuture { .. } => "date_in_future",
            Self::InvalidRank { .. } => "invalid_rank",
            Self::RankRepeated { .. } => "rank_repeated",
            Self::Repeated { .. } => "repeated",
            Self::UnknownCandidate {} => "unknown_candidate",
            Self::Law { refusal } => refusal.code(),
        }
    }
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RowOutcome {
    /// It can be taken: it was read only, or another row keeps the whole file from being taken.
    Read,
    /// It is done.
    Done,
    /// What it asks for was so already: nothing changed.
    AlreadyDone,
    /// It is refused.
    Refused,
}

/// A row in the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RowReport {
    /// The row, as a spreadsheet numbers it: the header is row 1.
    pub row: u32,
    /// The candidate, as the file has him.
    pub candidate: String,
    /// The formation, as the file has it.
    pub formation: String,
    /// What became of it.
    pub outcome: RowOutcome,
    /// The code of why it is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Why and what to do, in French.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// What a ranking file says of one formation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FormationCounts {
    /// Which.
    pub formation: FormationId,
    /// How many are ranked.
    pub ranked: u32,
    /// How many are refused.
    pub refused: u32,
    /// How many applications are in neither list: undecided, and refused by silence at the end (R22). Known only where
    /// the platform is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undecided: Option<u32>,
    /// Ranks that nobody has, below one that somebody has: the order closes up over them.
    #[serde(default, skip_serializing_if = "crate::formation::is_zero")]
    pub gaps: u32,
}

/// Whether a file was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FileVerdict {
    /// It was; of vacant seats, row by row.
    Accepted,
    /// Nothing of it was.
    Refused,
}

/// What became of a file: written beside it, and told to its establishment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IntakeReport {
    /// What it tells.
    pub kind: IntakeKind,
    /// The key under which it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Whose folder it lies in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub establishment: Option<EstablishmentId>,
    /// When it arrived, by the storage service's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrival: Option<Timestamp>,
    /// Whether it was taken.
    pub verdict: FileVerdict,
    /// The code of why the whole file is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Why and what to do, in French.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Rows done.
    pub done: u32,
    /// Rows that were so already.
    pub already_done: u32,
    /// Rows refused.
    pub refused: u32,
    /// Of a ranking: each formation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub formations: Vec<FormationCounts>,
    /// Each row, in the file's order.
    pub rows: Vec<RowReport>,
}
