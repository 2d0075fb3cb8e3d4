//! Apprenticeship contracts and their relatives (R46–R49), as PDF.
//!
//! [`read`] takes bytes and runs in a child process: it refuses what is no plain PDF, and gives what a plain one says.
//! What it says is compared with the candidate and the campaign afterwards, on texts that cannot harm anybody.

mod compare;
mod facts;
mod finder;
mod font;
mod form;
mod kind;
mod lexer;
mod names;
mod objects;
mod scripts;
mod sentences;
mod streams;
mod strict;
mod text;
mod xref;

use finder::Objects;
use hayro_syntax::{LoadPdfError, Pdf};
use schemas::upload::{Finding, FindingCode, Place};
use serde::{Deserialize, Serialize};

pub use compare::{Checks, Expected, check};
pub use kind::BYTES_MAX;
pub use sentences::sentence;

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
    /// How many fields its form has to be filled in, signatures aside.
    pub form: u32,
    /// The text of its pages, line by line.
    pub lines: Vec<String>,
    /// How many signatures it holds: signature fields that are signed.
    pub signatures: u32,
    /// How many images its pages show: a scan, or a drawn signature.
    pub images: u32,
}

/// Most pages: a contract has two to twenty.
const PAGES_MAX: usize = 200;

/// Reads a file as a contract. Deterministic: the same bytes give the same answer. A hostile file may abort it, or never
/// let it end: it is run where that harms nobody.
#[must_use]
pub fn read(bytes: &[u8]) -> ContractFile {
    match said(bytes) {
        Ok(said) => ContractFile::Plain(said),
        Err(finding) => ContractFile::Refused(vec![finding]),
    }
}

fn said(bytes: &[u8]) -> Result<Said, Finding> {
    let refused = |code, what: &str| Finding::refusing(code, Place::File, what);
    kind::check(bytes)?;
    let streams = streams::read(bytes);
    let objects = Objects::find(bytes, &streams);
    let names = names::read(bytes, &streams, &objects);
    if names.encrypted || objects.encrypted() {
        return Err(refused(FindingCode::Encrypted, ""));
    }
    if let Some((at, name)) = names.active {
        return Err(Finding::refusing(FindingCode::ActiveContent, Place::Byte(at as u64), name));
    }
    if names.too_deep {
        return Err(refused(FindingCode::OverLimit, "nesting"));
    }
    if streams.opaque {
        return Err(refused(FindingCode::Unreadable, "object stream"));
    }
    if streams.over_limit {
        return Err(refused(FindingCode::OverLimit, "object stream"));
    }
    let pdf = match Pdf::new(bytes.to_vec()) {
        Ok(pdf) => pdf,
        Err(LoadPdfError::Decryption(_)) => return Err(refused(FindingCode::Encrypted, "")),
        Err(LoadPdfError::Invalid) if names.page => return Err(refused(FindingCode::Unreadable, "")),
        Err(LoadPdfError::Invalid) => return Err(refused(FindingCode::NoPages, "")),
    };
    objects::check(&objects)?;
    let pages = pdf.pages().len();
    if pages == 0 {
        return Err(refused(FindingCode::NoPages, ""));
    }
    if pages > PAGES_MAX {
        return Err(refused(FindingCode::OverLimit, "pages"));
    }
    let mut said = Said { pages: u32::try_from(pages).unwrap_or(u32::MAX), ..Said::default() };
    form::read(&pdf, &mut said);
    text::read(&pdf, &mut said);
    Ok(said)
}
