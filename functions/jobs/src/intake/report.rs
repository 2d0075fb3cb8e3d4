//! The report on a file: for spreadsheets and for programs, beside each other.

use platform::{StoreError, Write};
use schemas::intake::{
    FileRefusal, FileVerdict, FormationCounts, IntakeKind, IntakeReport, RowOutcome, RowRefusal, RowReport,
};
use uploads::tables::{Parsed, sentences};

use super::{File, folder, told};
use crate::context::Context;
use crate::csv;
use crate::fault::Fault;
use crate::rows::{self, FileOutcomeRow};

/// The headings of the report.
const HEADINGS: [&str; 6] = ["ligne", "candidat", "formation", "resultat", "motif", "explication"];

/// The report on a file of which nothing is taken.
pub(super) fn refused(kind: IntakeKind, refusal: &FileRefusal, rows: Vec<RowReport>) -> IntakeReport {
    IntakeReport {
        verdict: FileVerdict::Refused,
        reason: Some(refusal.code().to_owned()),
        message: Some(sentences::of_file(refusal)),
        ..accepted(kind, rows, Vec::new())
    }
}

/// The report on a file that is taken.
pub(super) fn accepted(
    kind: IntakeKind,
    rows: Vec<RowReport>,
    formations: Vec<FormationCounts>,
) -> IntakeReport {
    let count = |outcome| {
        let of_it = rows.iter().filter(|row| row.outcome == outcome).count();
        u32::try_from(of_it).unwrap_or(u32::MAX)
    };
    IntakeReport {
        kind,
        file: None,
        establishment: None,
        arrival: None,
        verdict: FileVerdict::Accepted,
        reason: None,
        message: None,
        done: count(RowOutcome::Done),
        already_done: count(RowOutcome::AlreadyDone),
        refused: count(RowOutcome::Refused),
        formations,
        rows,
    }
}

/// A row of the report; refused, if there is a reason for it.
pub(super) fn row<T>(parsed: &Parsed<T>, outcome: RowOutcome, refusal: Option<&RowRefusal>) -> RowReport {
    let mut row = RowReport {
        row: parsed.row,
        candidate: parsed.candidate.clone(),
        formation: parsed.formation.clone(),
        outcome,
        reason: None,
        message: None,
    };
    if refusal.is_some() {
        became(&mut row, RowOutcome::Refused, refusal);
    }
    row
}

/// Says what became of a row.
pub(super) fn became(row: &mut RowReport, outcome: RowOutcome, refusal: Option<&RowRefusal>) {
    row.outcome = outcome;
    row.reason = refusal.map(|refusal| refusal.code().to_owned());
    row.message = refusal.map(sentences::of_row);
}

/// Writes the report, then the verdict that names it: a verdict never names a report that is not there. Whoever was
/// faster wrote the same.
pub(super) async fn keep(context: &Context, file: &File, report: &IntakeReport) -> Result<(), Fault> {
    let report = &IntakeReport {
        file: Some(file.upload.key.clone()),
        establishment: Some(file.establishment.clone()),
        arrival: Some(file.upload.arrival),
        ..report.clone()
    };
    let object = rows::intake_report_object(folder(file.kind), &file.establishment, &file.id);
    let objects = context.platform.objects.as_ref();
    // The types of a report have no map with keys that are not texts: they always serialise.
    let json = serde_json::to_vec_pretty(report).unwrap_or_default();
    objects.put(&format!("{object}.json"), json).await?;
    objects.put(&format!("{object}.csv"), spreadsheet(report)).await?;
    let row = FileOutcomeRow { verdict: report.verdict, reason: report.reason.clone(), report: Some(object) };
    let mut writes = vec![rows::write_upload(&file.id, &row)];
    // Nobody has an address for an establishment that is none.
    if report.reason.as_deref() != Some(FileRefusal::UnknownEstablishment {}.code()) {
        writes.push(told::owed(context, file).write());
    }
    put(context, writes).await
}

/// Keeps the verdict on a file that lies in no establishment's folder.
pub(super) async fn keep_foreign(context: &Context, id: &str) -> Result<(), Fault> {
    let reason = Some(FileRefusal::Key {}.code().to_owned());
    let row = FileOutcomeRow { verdict: FileVerdict::Refused, reason, report: None };
    put(context, vec![rows::write_upload(id, &row)]).await
}

async fn put(context: &Context, writes: Vec<Write>) -> Result<(), Fault> {
    match context.platform.store.transact(writes).await {
        Ok(()) | Err(StoreError::Conflict { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// The report for a spreadsheet: of a file refused whole its first line says so, then each row.
fn spreadsheet(report: &IntakeReport) -> Vec<u8> {
    let whole = report.reason.as_ref().map(|reason| {
        let message = report.message.clone().unwrap_or_default();
        [String::new(), String::new(), String::new(), "fichier refusé".to_owned(), reason.clone(), message]
    });
    let each = report.rows.iter().map(|row| {
        [
            row.row.to_string(),
            row.candidate.clone(),
            row.formation.clone(),
            outcome(row.outcome).to_owned(),
            row.reason.clone().unwrap_or_default(),
            row.message.clone().unwrap_or_default(),
        ]
    });
    csv::file(std::iter::once(HEADINGS.map(str::to_owned)).chain(whole).chain(each))
}

fn outcome(outcome: RowOutcome) -> &'static str {
    match outcome {
        RowOutcome::Read => "lue",
        RowOutcome::Done => "faite",
        RowOutcome::AlreadyDone => "déjà faite",
        RowOutcome::Refused => "refusée",
    }
}
