//! What of these files can be done without taking them in: reading one, and writing the one to fill in.

use std::collections::BTreeSet;

use platform::{Read, Reader, Reading, Table};
use procedure::{calendar, fold};
use schemas::intake::{FileRefusal, FormationCounts, IntakeKind, IntakeReport, RowOutcome, RowReport};
use schemas::{ApplicationState, Candidate, CandidateId, Formation, FormationId};
use uploads::tables::{self, Parsed, Table as Sheet};

use super::{named, ranking, report};
use crate::context::Context;
use crate::fault::Fault;
use crate::{ledger, rows, sweep};

/// Reads a file as its job would, without knowing whose it is or who applied: each row is read, or refused with its reason.
///
/// # Errors
/// A [`Fault`] if no reader could be run.
pub async fn read(reader: &dyn Reader, kind: IntakeKind, bytes: &[u8]) -> Result<IntakeReport, Fault> {
    Ok(match sheet(reader, bytes).await?.and_then(|sheet| parsed(kind, &sheet)) {
        Ok(report) => report,
        Err(refusal) => report::refused(kind, &refusal, Vec::new()),
    })
}

/// A file as a table, read where it can do no harm.
pub(super) async fn sheet(reader: &dyn Reader, bytes: &[u8]) -> Result<Result<Sheet, FileRefusal>, Fault> {
    Ok(match reader.read(Reading::Table, bytes).await? {
        Read::Done(said) => serde_json::from_slice(&said).unwrap_or(Err(FileRefusal::Unreadable {})),
        Read::Unreadable(how) => {
            tracing::error!(?how, "A file ended its reader");
            Err(FileRefusal::Unreadable {})
        }
    })
}

fn parsed(kind: IntakeKind, sheet: &Sheet) -> Result<IntakeReport, FileRefusal> {
    Ok(match kind {
        IntakeKind::Vacancies => {
            let parsed = tables::vacancies(sheet, None)?;
            named(parsed.iter().filter_map(|row| row.read.as_ref().ok()).map(|row| &row.formation))?;
            report::accepted(kind, lines(&parsed), Vec::new())
        }
        IntakeKind::Ranking => {
            let parsed = tables::ranking(sheet)?;
            let judged = tables::by_formation(parsed.iter().filter_map(|row| row.read.as_ref().ok()));
            named(judged.keys())?;
            let rows = lines(&parsed);
            if let Some(refusal) = ranking::refused_rows(&parsed) {
                return Ok(report::refused(kind, &refusal, rows));
            }
            let counts = judged.iter().map(|(formation, judged)| ranking::counts(formation, judged, None));
            report::accepted(kind, rows, counts.collect::<Vec<FormationCounts>>())
        }
    })
}

/// The rows of a report on a file that is only read.
pub(super) fn lines<T>(parsed: &[Parsed<T>]) -> Vec<RowReport> {
    parsed.iter().map(|row| report::row(row, RowOutcome::Read, row.read.as_ref().err())).collect()
}

/// The cells of the file to fill in for a formation: of a ranking, a row for each application handed to it; of vacant
/// seats, one for each who accepted for good there. `None` if there is no such formation.
///
/// # Errors
/// A [`Fault`] of the store or the objects.
pub async fn template(
    context: &Context,
    kind: IntakeKind,
    formation: &FormationId,
) -> Result<Option<Vec<Vec<String>>>, Fault> {
    let context = &context.in_force().await?;
    let key = rows::formation_key(formation);
    let stored: Option<Formation> = rows::get(context.platform.store.as_ref(), Table::State, &key).await?;
    let Some(stored) = stored else { return Ok(None) };
    let candidates = match kind {
        IntakeKind::Ranking => {
            let (round, _) = calendar::examination(context.rules(), stored.track, context.now());
            ranking::handed(context, formation, round).await?
        }
        IntakeKind::Vacancies => accepted(context, formation).await?,
    };
    Ok(Some(tables::template(kind, formation, &candidates)))
}

/// Who accepted a seat of a formation for good, as everybody sees it.
async fn accepted(context: &Context, formation: &FormationId) -> Result<BTreeSet<CandidateId>, Fault> {
    let gate = ledger::gate(context).await?;
    let mut found = BTreeSet::new();
    for number in 0..context.settings.segments {
        sweep::scan(context, number, |items| {
            let read = items.iter().filter(|item| sweep::is_candidate(item)).try_for_each(|item| {
                let candidate: Candidate = ledger::settled(context, &rows::read(item)?, context.now());
                let seen = fold::visible(&candidate, gate.published);
                let state = seen.applications.get(formation).map(|application| application.now.state);
                if state == Some(ApplicationState::AcceptedDefinitively) {
                    found.insert(candidate.id);
                }
                Ok(())
            });
            std::future::ready(read)
        })
        .await?;
    }
    Ok(found)
}
