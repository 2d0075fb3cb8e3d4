//! Files of vacant seats, row by row (R67, R68).

use jiff::civil::Date;
use schemas::intake::{Column, FileRefusal, RowRefusal, VacancyRow};
use schemas::{CandidateId, FormationId};

use super::{Parsed, Table, cells, cells_of, clipped, columns, words};

const COLUMNS: [Column; 4] = [Column::Candidate, Column::Formation, Column::Reason, Column::Date];

/// The rows of a file of vacant seats, each read or refused. `arrived_on` is the Paris day on which it arrived, if it
/// did: nothing is vacant since a later one.
///
/// # Errors
/// Why the whole file is refused: its header.
pub fn vacancies(table: &Table, arrived_on: Option<Date>) -> Result<Vec<Parsed<VacancyRow>>, FileRefusal> {
    let places = columns(&table.header, COLUMNS)?;
    let column = |at: usize| table.rows.iter().filter_map(move |row| row.cells.get(at).map(String::as_str));
    let [candidate, formation, ..] = places;
    let zeros = [candidate, formation].map(|at| cells::zeros(column(at)));
    let parsed = table.rows.iter().map(|row| {
        let told = |at: usize| clipped(row.cells.get(at).map_or("", String::as_str));
        let read = cells_of(table, row, places).and_then(|cells| parse(row.number, cells, zeros, arrived_on));
        Parsed { row: row.number, candidate: told(candidate), formation: told(formation), read }
    });
    Ok(parsed.collect())
}

fn parse(
    row: u32,
    [candidate, formation, reason, date]: [&str; 4],
    zeros: [usize; 2],
    arrived_on: Option<Date>,
) -> Result<VacancyRow, RowRefusal> {
    let read = VacancyRow {
        row,
        candidate: cells::id(Column::Candidate, candidate, |id| CandidateId::new(id))?,
        formation: cells::id(Column::Formation, formation, |id| FormationId::new(id))?,
        reason: match words::vacancy(reason) {
            Some(reason) => reason,
            None if reason.is_empty() => return Err(RowRefusal::CellMissing { column: Column::Reason }),
            None => {
                return Err(RowRefusal::UnknownWord { column: Column::Reason, found: clipped(reason) });
            }
        },
        date: cells::date(date)?,
    };
    cells::keeps_zeros(Column::Candidate, candidate, zeros[0])?;
    cells::keeps_zeros(Column::Formation, formation, zeros[1])?;
    if arrived_on.is_some_and(|day| day < read.date) {
        return Err(RowRefusal::DateInFuture { date: read.date });
    }
    Ok(read)
}
