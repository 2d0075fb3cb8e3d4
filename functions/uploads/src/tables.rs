//! Vacant seats (R67, R68) and rankings (R19, R20), as CSV or XLSX, as people really send them.
//!
//! [`read`] makes a [`Table`] of bytes, whatever program wrote them, or says why the whole file is refused. It is what
//! runs in the guarded child. [`vacancies`] and [`ranking`] then make rows of the table, each read or refused with its
//! reason; [`sentences`] says both in French.

mod cells;
mod encoding;
mod lines;
mod rankings;
pub mod sentences;
mod templates;
mod vacancies;
pub mod words;
mod workbook;

use schemas::intake::{Column, FileRefusal, Limited, OtherKind, RowRefusal};
use serde::{Deserialize, Serialize};

pub use rankings::{Judged, by_formation, ranking};
pub use templates::template;
pub use vacancies::vacancies;

/// Most bytes of a file: some 300,000 rows, more than a nation has applications at one establishment.
pub const FILE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Most rows of a table: the applications at the largest establishment are half of it.
pub const ROWS_MAX: u32 = 200_000;

/// Most columns of a table: ours have five, and spreadsheets leave some empty ones.
pub const COLUMNS_MAX: usize = 50;

/// Most characters of a cell: the longest identifier has 128.
pub const CELL_CHARACTERS_MAX: usize = 1_000;

/// Most bytes that come out of a workbook: [`ROWS_MAX`] rows of five cells take some 50 MB. What is read of them stays
/// below what a reader may have.
pub const UNPACKED_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Most parts of a workbook: one of a single sheet has about ten.
pub const PARTS_MAX: usize = 1_000;

/// A table as a file has it, without what it means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// How it is written.
    pub format: Format,
    /// Its first row that is not empty.
    pub header: Vec<String>,
    /// The others that are not empty.
    pub rows: Vec<Row>,
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Its number in a spreadsheet.
    pub number: u32,
    /// Its cells, without the blanks around them.
    pub cells: Vec<String>,
}

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "format", rename_all = "snake_case")]
pub enum Format {
    /// Text, cells parted by a sign.
    Csv {
        /// The characters' encoding.
        encoding: Encoding,
        /// What parts cells.
        delimiter: char,
    },
    /// A workbook.
    Xlsx,
}

/// How the characters of a text are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// UTF-8, with or without a mark at its beginning.
    Utf8,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// What Windows has in Western Europe.
    Windows1252,
}

/// A row that was read, or why it is refused, beside what it says of whom and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed<T> {
    /// Its number in a spreadsheet.
    pub row: u32,
    /// The candidate, as the file has him.
    pub candidate: String,
    /// The formation, as the file has it.
    pub formation: String,
    /// What it says.
    pub read: Result<T, RowRefusal>,
}

/// Reads a table, whatever its encoding, its delimiter and the order of its columns. By what is in it, never by its
/// name.
///
/// # Errors
/// Why the whole file is refused.
///
/// # Examples
/// ```
/// use uploads::tables::{read, vacancies};
///
/// let table = read("Motif;Candidat;Formation;Date\r\nd\u{e9}sistement;alice;PSY-LYON;2/9/2024\r\n".as_bytes()).unwrap();
/// let rows = vacancies(&table, None).unwrap();
/// assert_eq!(rows[0].read.as_ref().unwrap().candidate.as_str(), "alice");
/// ```
pub fn read(bytes: &[u8]) -> Result<Table, FileRefusal> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(too_large(Limited::Bytes, FILE_BYTES_MAX as u64));
    }
    let (format, rows) = if bytes.starts_with(b"PK\x03\x04") {
        (Format::Xlsx, workbook::rows(bytes)?)
    } else if let Some(looks_like) = other_kind(bytes) {
        return Err(FileRefusal::NotATable { looks_like });
    } else {
        let (text, encoding) = encoding::text(bytes)?;
        let (delimiter, rows) = lines::rows(&text)?;
        (Format::Csv { encoding, delimiter }, rows)
    };
    let mut rows = rows.into_iter();
    let header = rows.next().ok_or(FileRefusal::Empty {})?.cells;
    Ok(Table { format, header, rows: rows.collect() })
}

/// What the first bytes say of a file that is no table.
fn other_kind(bytes: &[u8]) -> Option<OtherKind> {
    const KINDS: [(&[u8], OtherKind); 5] = [
        (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", OtherKind::OldOrProtectedWorkbook),
        (b"%PDF", OtherKind::Pdf),
        (b"PK", OtherKind::Archive),
        (b"\x1F\x8B", OtherKind::Archive),
        (b"<", OtherKind::Markup),
    ];
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    KINDS.into_iter().find(|(magic, _)| text.starts_with(magic)).map(|(_, kind)| kind)
}

fn too_large(what: Limited, most: u64) -> FileRefusal {
    FileRefusal::TooLarge { what, most }
}

/// A row of these cells, unless all are empty.
///
/// # Errors
/// More columns, or more in one of them, than a table has.
fn row(number: u32, cells: Vec<String>) -> Result<Option<Row>, FileRefusal> {
    if cells.len() > COLUMNS_MAX {
        return Err(too_large(Limited::Columns, COLUMNS_MAX as u64));
    }
    if cells.iter().any(|cell| cell.len() > CELL_CHARACTERS_MAX && cell.chars().count() > CELL_CHARACTERS_MAX)
    {
        return Err(too_large(Limited::Characters, CELL_CHARACTERS_MAX as u64));
    }
    Ok(Some(Row { number, cells }).filter(|row| row.cells.iter().any(|cell| !cell.is_empty())))
}

/// Where the columns of a kind of file are, by the names in the header.
///
/// # Errors
/// A column that is missing, named twice, or unknown.
fn columns<const N: usize>(header: &[String], expected: [Column; N]) -> Result<[usize; N], FileRefusal> {
    let named: Vec<Option<Column>> = header.iter().map(|name| words::heading(name)).collect();
    let mut places = [0; N];
    let mut missing = Vec::new();
    for (place, column) in places.iter_mut().zip(expected) {
        let mut found = (0..).zip(&named).filter(|(_, named)| **named == Some(column)).map(|(at, _)| at);
        match (found.next(), found.next()) {
            (Some(at), None) => *place = at,
            (Some(_), Some(_)) => return Err(FileRefusal::HeaderRepeated { column }),
            _ => missing.push(column),
        }
    }
    if !missing.is_empty() {
        let found = header.iter().filter(|name| !name.is_empty()).map(|name| clipped(name)).collect();
        return Err(FileRefusal::HeaderMissing { missing, found });
    }
    let foreign = |(name, column): (&String, &Option<Column>)| {
        let is_ours = column.is_some_and(|column| expected.contains(&column));
        (!name.is_empty() && !is_ours).then(|| clipped(name))
    };
    let unknown: Vec<String> = header.iter().zip(&named).filter_map(foreign).collect();
    if unknown.is_empty() { Ok(places) } else { Err(FileRefusal::HeaderUnknown { unknown }) }
}

/// The cells of these columns, if the row has as many cells as the header and none of them lies beside the columns.
fn cells_of<'a, const N: usize>(
    table: &Table,
    row: &'a Row,
    places: [usize; N],
) -> Result<[&'a str; N], RowRefusal> {
    let count = |cells: usize| u32::try_from(cells).unwrap_or(u32::MAX);
    let wrong =
        RowRefusal::WrongNumberOfCells { expected: count(table.header.len()), found: count(row.cells.len()) };
    let beside = |(at, cell): (usize, &String)| !cell.is_empty() && !places.contains(&at);
    if row.cells.len() != table.header.len() || row.cells.iter().enumerate().any(beside) {
        return Err(wrong);
    }
    Ok(places.map(|at| row.cells.get(at).map_or("", String::as_str)))
}

/// How much of a cell is repeated to its sender.
const CLIP_CHARACTERS: usize = 40;

/// A cell, cut to a printable length.
fn clipped(text: &str) -> String {
    text.chars().take(CLIP_CHARACTERS).collect()
}
