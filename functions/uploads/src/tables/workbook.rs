//! Workbooks (XLSX): first what comes out of the archive is counted, then its one sheet is read cell by cell.

use std::io::{Cursor, Read};

use calamine::{Cell, CellErrorType, DataRef, ExcelDateTime, Reader, SheetVisible, Xlsx};
use schemas::intake::{FileRefusal, Limited, OtherKind, WorkbookProblem};
use zip::ZipArchive;

use super::{COLUMNS_MAX, PARTS_MAX, ROWS_MAX, Row, UNPACKED_BYTES_MAX, lines, row, too_large};

/// The part that every workbook has.
const CONTENT_TYPES: &str = "[Content_Types].xml";

/// The rows of the one sheet that has any.
pub(super) fn rows(bytes: &[u8]) -> Result<Vec<Row>, FileRefusal> {
    weigh(bytes)?;
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| damaged())?;
    let sheets = workbook.sheets_metadata().iter().filter(|sheet| sheet.visible == SheetVisible::Visible);
    let names: Vec<String> = sheets.map(|sheet| sheet.name.clone()).collect();
    let mut found = Vec::new();
    for name in names {
        let rows = sheet(&mut workbook, &name)?;
        if !rows.is_empty() && !found.is_empty() {
            return Err(FileRefusal::Workbook { problem: WorkbookProblem::SeveralSheets });
        }
        found.extend(rows);
    }
    if found.is_empty() { Err(FileRefusal::Empty {}) } else { Ok(found) }
}

fn damaged() -> FileRefusal {
    FileRefusal::Workbook { problem: WorkbookProblem::Damaged }
}

/// Unpacks every part without keeping it: what an archive says of their sizes proves nothing.
fn weigh(bytes: &[u8]) -> Result<(), FileRefusal> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| damaged())?;
    if archive.len() > PARTS_MAX {
        return Err(too_large(Limited::Parts, PARTS_MAX as u64));
    }
    let mut left = UNPACKED_BYTES_MAX;
    let mut is_workbook = false;
    for part in 0..archive.len() {
        let mut part = archive.by_index(part).map_err(|_| damaged())?;
        let name = part.name().map_err(|_| damaged())?.into_owned();
        if name.ends_with("vbaProject.bin") {
            return Err(FileRefusal::Workbook { problem: WorkbookProblem::Macros });
        }
        is_workbook |= name == CONTENT_TYPES;
        left = left
            .checked_sub(unpacked(&mut part, left)?)
            .ok_or_else(|| too_large(Limited::UnpackedBytes, UNPACKED_BYTES_MAX))?;
    }
    if is_workbook { Ok(()) } else { Err(FileRefusal::NotATable { looks_like: OtherKind::Archive }) }
}

/// How many bytes a part has; one more than `most` if it has more.
fn unpacked(part: &mut impl Read, most: u64) -> Result<u64, FileRefusal> {
    /// What is unpacked at once.
    const CHUNK: usize = 64 * 1024;
    let mut chunk = vec![0; CHUNK];
    let mut count = 0;
    while count <= most {
        match part.read(&mut chunk).map_err(|_| damaged())? {
            0 => return Ok(count),
            bytes => count += bytes as u64,
        }
    }
    Ok(most.saturating_add(1))
}

/// The rows of a sheet that are not empty, each as wide as the first of them, or wider if it has more.
fn sheet(workbook: &mut Xlsx<Cursor<&[u8]>>, name: &str) -> Result<Vec<Row>, FileRefusal> {
    let mut cells = workbook.worksheet_cells_reader(name).map_err(|_| damaged())?;
    let mut rows: Vec<Row> = Vec::new();
    let mut open: Option<Row> = None;
    while let Some(cell) = cells.next_cell().map_err(|_| damaged())? {
        let Some((number, column, text)) = place(&cell)? else { continue };
        if open.as_ref().is_some_and(|row| row.number != number) {
            rows.extend(open.take().map(|row| closed(row, &rows)).transpose()?.flatten());
        }
        if rows.len() as u64 > u64::from(ROWS_MAX) {
            return Err(too_large(Limited::Rows, ROWS_MAX.into()));
        }
        // A sheet whose rows go back is no spreadsheet's.
        if rows.last().is_some_and(|last| last.number >= number) {
            return Err(damaged());
        }
        let row = open.get_or_insert_with(|| Row { number, cells: Vec::new() });
        if row.cells.len() > column {
            return Err(damaged());
        }
        row.cells.resize(column, String::new());
        row.cells.push(text);
    }
    rows.extend(open.map(|row| closed(row, &rows)).transpose()?.flatten());
    Ok(rows)
}

/// A row as wide as the sheet's first one: cells that nobody filled in are not in the file.
fn closed(mut open: Row, rows: &[Row]) -> Result<Option<Row>, FileRefusal> {
    let width = rows.first().map_or(0, |header| header.cells.len());
    if open.cells.len() < width {
        open.cells.resize(width, String::new());
    }
    row(open.number, open.cells)
}

/// The row, the column and the text of a cell; nothing of an empty one.
fn place(cell: &Cell<DataRef<'_>>) -> Result<Option<(u32, usize, String)>, FileRefusal> {
    let text = lines::clean(&text(cell.get_value())).to_owned();
    if text.is_empty() {
        return Ok(None);
    }
    let (row, column) = cell.get_position();
    let column = usize::try_from(column).unwrap_or(usize::MAX);
    if column >= COLUMNS_MAX {
        return Err(too_large(Limited::Columns, COLUMNS_MAX as u64));
    }
    Ok(Some((row.saturating_add(1), column, text)))
}

/// A cell as text. Numbers keep all their digits, days are written as in ISO 8601.
fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => self::number(*number),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(flag) => flag.to_string(),
        DataRef::DateTime(instant) => day(instant),
        DataRef::Error(error) => error_text(error),
        DataRef::Empty => String::new(),
    }
}

/// A number as it was typed, if a spreadsheet kept it: it has fifteen digits.
fn number(number: f64) -> String {
    /// The first number of which a spreadsheet has lost digits.
    const INEXACT: f64 = 1e15;
    if number.abs() < INEXACT { number.to_string() } else { format!("{number:E}").replace('E', "E+") }
}

fn day(instant: &ExcelDateTime) -> String {
    if !instant.is_datetime() {
        return number(instant.as_f64());
    }
    let (year, month, day, ..) = instant.to_ymd_hms_milli();
    format!("{year:04}-{month:02}-{day:02}")
}

fn error_text(error: &CellErrorType) -> String {
    error.to_string()
}
