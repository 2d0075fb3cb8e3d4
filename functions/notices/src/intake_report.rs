//! `intake_report`: to an establishment, what became of a file that it sent (R19, R67): how many rows, never whose.

use jiff::Timestamp;
use schemas::Language;
use serde::Serialize;

use crate::mail::Notice;
use crate::words;

/// What a file of an establishment holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// Vacant seats: taken row by row.
    Vacancies,
    /// A ranking: taken whole or not at all.
    Ranking,
}

/// A file was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntakeReport {
    /// What it holds.
    pub kind: FileKind,
    /// Whether the file was refused as a whole.
    pub refused_whole: bool,
    /// How many of its rows were taken, or had been before.
    pub taken: u32,
    /// How many of its rows were refused.
    pub refused: u32,
    /// When it came.
    pub at: Timestamp,
    /// Where the report lies that gives each row's outcome, for whoever is signed in.
    pub report: String,
}

#[derive(Serialize)]
pub(crate) struct Facts {
    kind: FileKind,
    refused_whole: bool,
    taken: u32,
    refused: u32,
    at: String,
}

impl Notice for IntakeReport {
    type Facts = Facts;

    /// It goes to an office.
    const GREETS_BY_NAME: bool = false;

    fn link(&self) -> &str {
        &self.report
    }

    fn facts(&self, language: Language) -> Facts {
        Facts {
            kind: self.kind,
            refused_whole: self.refused_whole,
            taken: self.taken,
            refused: self.refused,
            at: words::moment(language, self.at),
        }
    }
}
