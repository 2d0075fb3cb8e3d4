//! Ranking files, whole: a strict total order of each formation that they name (R19, R20).

use std::collections::{BTreeMap, HashMap};

use schemas::formation::RankingRefusal;
use schemas::intake::{Column, FileRefusal, Judgement, RankingRow, RowRefusal};
use schemas::{CandidateId, FormationId, RankingContent};

use super::{Parsed, Table, cells, cells_of, clipped, columns, words};

const COLUMNS: [Column; 5] =
    [Column::Formation, Column::Candidate, Column::Rank, Column::Decision, Column::Reason];

/// The rows of a ranking file, each read or refused. Of two about one candidate, or with one rank, the later one is
/// refused: nobody can say which is meant, and the file is not taken.
///
/// # Errors
/// Why the whole file is refused: its header.
pub fn ranking(table: &Table) -> Result<Vec<Parsed<RankingRow>>, FileRefusal> {
    let places = columns(&table.header, COLUMNS)?;
    let column = |at: usize| table.rows.iter().filter_map(move |row| row.cells.get(at).map(String::as_str));
    let [formation, candidate, ..] = places;
    let zeros = [formation, candidate].map(|at| cells::zeros(column(at)));
    let (mut named, mut taken) = (HashMap::new(), HashMap::new());
    let mut parsed = Vec::with_capacity(table.rows.len());
    for row in &table.rows {
        let told = |at: usize| clipped(row.cells.get(at).map_or("", String::as_str));
        let read = cells_of(table, row, places)
            .and_then(|cells| parse(row.number, cells, zeros))
            .and_then(|read| strict(read, &mut named, &mut taken));
        parsed.push(Parsed { row: row.number, candidate: told(candidate), formation: told(formation), read });
    }
    Ok(parsed)
}

fn parse(
    row: u32,
    [formation, candidate, rank, decision, reason]: [&str; 5],
    zeros: [usize; 2],
) -> Result<RankingRow, RowRefusal> {
    let formation_id = cells::id(Column::Formation, formation, |id| FormationId::new(id))?;
    let candidate_id = cells::id(Column::Candidate, candidate, |id| CandidateId::new(id))?;
    cells::keeps_zeros(Column::Formation, formation, zeros[0])?;
    cells::keeps_zeros(Column::Candidate, candidate, zeros[1])?;
    let told = |column, text: &str| {
        if text.is_empty() {
            RowRefusal::CellMissing { column }
        } else {
            RowRefusal::UnknownWord { column, found: clipped(text) }
        }
    };
    let is_ranked = words::is_ranked(decision).ok_or_else(|| told(Column::Decision, decision))?;
    let (column, other) = if is_ranked { (Column::Reason, reason) } else { (Column::Rank, rank) };
    if !other.is_empty() {
        return Err(RowRefusal::CellTooMany { column });
    }
    let judgement = if is_ranked {
        Judgement::Ranked { rank: cells::rank(rank)? }
    } else {
        let reason = words::refusal(reason).ok_or_else(|| told(Column::Reason, reason))?;
        Judgement::Refused { reason }
    };
    Ok(RankingRow { row, formation: formation_id, candidate: candidate_id, judgement })
}

/// Refuses a row about whom, or with a rank which, an earlier one has.
fn strict(
    read: RankingRow,
    named: &mut HashMap<(FormationId, CandidateId), u32>,
    taken: &mut HashMap<(FormationId, u32), u32>,
) -> Result<RankingRow, RowRefusal> {
    let of_row = *named.entry((read.formation.clone(), read.candidate.clone())).or_insert(read.row);
    if of_row != read.row {
        return Err(RowRefusal::Repeated { of_row });
    }
    if let Judgement::Ranked { rank } = read.judgement {
        let of_row = *taken.entry((read.formation.clone(), rank)).or_insert(read.row);
        if of_row != read.row {
            return Err(RowRefusal::RankRepeated { rank, of_row });
        }
    }
    Ok(read)
}

/// A formation's ranking, as a file has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Judged {
    /// The ranking, best first.
    pub content: RankingContent,
    /// Ranks that nobody has, below one that somebody has.
    pub gaps: u32,
}

/// The ranking of each formation that a file names.
#[must_use]
pub fn by_formation<'a>(rows: impl IntoIterator<Item = &'a RankingRow>) -> BTreeMap<FormationId, Judged> {
    let mut ranks: BTreeMap<&FormationId, BTreeMap<u32, &CandidateId>> = BTreeMap::new();
    let mut judged: BTreeMap<FormationId, Judged> = BTreeMap::new();
    for row in rows {
        let of_formation = judged.entry(row.formation.clone()).or_default();
        match row.judgement {
            Judgement::Ranked { rank } => {
                ranks.entry(&row.formation).or_default().insert(rank, &row.candidate);
            }
            Judgement::Refused { reason } => {
                let candidate = row.candidate.clone();
                of_formation.content.refused.push(RankingRefusal { candidate, reason, text: String::new() });
            }
        }
    }
    for (formation, ranks) in ranks {
        let last = ranks.last_key_value().map_or(0, |(rank, _)| *rank);
        if let Some(of_formation) = judged.get_mut(formation) {
            of_formation.gaps = last.saturating_sub(u32::try_from(ranks.len()).unwrap_or(u32::MAX));
            of_formation.content.ranked = ranks.into_values().cloned().collect();
        }
    }
    judged
}
