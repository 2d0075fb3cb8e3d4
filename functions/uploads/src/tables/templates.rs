//! The files to fill in: a header, and what the platform knows already.

use schemas::intake::{Column, IntakeKind};
use schemas::{CandidateId, FormationId};

use super::words;

/// The cells of the file to fill in for a formation: of a ranking, a row for each of its candidates; of vacant seats,
/// one for each who accepted for good. What is to be filled in is empty.
#[must_use]
pub fn template<'a>(
    kind: IntakeKind,
    formation: &FormationId,
    candidates: impl IntoIterator<Item = &'a CandidateId>,
) -> Vec<Vec<String>> {
    use Column::{Candidate, Date, Decision, Formation, Rank, Reason};
    let columns: &[Column] = match kind {
        IntakeKind::Vacancies => &[Candidate, Formation, Reason, Date],
        IntakeKind::Ranking => &[Formation, Candidate, Rank, Decision, Reason],
    };
    let row = |candidate: &CandidateId| {
        let cell = |column: &Column| match column {
            Candidate => candidate.to_string(),
            Formation => formation.to_string(),
            _ => String::new(),
        };
        columns.iter().map(cell).collect()
    };
    let header = columns.iter().map(|column| words::heading_label(*column).to_owned()).collect();
    std::iter::once(header).chain(candidates.into_iter().map(row)).collect()
}
