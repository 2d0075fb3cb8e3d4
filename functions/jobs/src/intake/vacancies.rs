//! Vacant seats, row by row: done, so already, or refused with the reason (R67, R68). What a file leaves out stays as it
//! is.

use std::collections::BTreeMap;
use std::sync::Arc;

use procedure::calendar;
use schemas::intake::{FileRefusal, RowOutcome, RowRefusal, RowReport, VacancyRow};
use schemas::{Action, Actor, CandidateId, Command, FormationId, Outcome, Refusal};
use uploads::tables::{self, Parsed, Table as Sheet};

use super::alone::lines;
use super::{File, Owners, Taken, is_night, owners, report};
use crate::context::Context;
use crate::fault::Fault;
use crate::{commands, sweep};

/// Takes in the rows of a file, those of one candidate one after the other.
pub(super) async fn take(context: &Context, file: &Arc<File>, sheet: &Sheet) -> Result<Taken, Fault> {
    let refused = |refusal| Ok(Taken::Report(Box::new(report::refused(file.kind, &refusal, Vec::new())), 0));
    let arrived_on = calendar::day(file.upload.arrival);
    let parsed = match tables::vacancies(sheet, Some(arrived_on)) {
        Ok(parsed) => parsed,
        Err(refusal) => return refused(refusal),
    };
    let named = parsed.iter().filter_map(|row| row.read.as_ref().ok()).map(|row| &row.formation);
    let owners = match owners(context, file, named).await? {
        Err(refusal) if parsed.iter().any(|row| row.read.is_ok()) => return refused(refusal),
        owners => owners.unwrap_or_default(),
    };
    let window = calendar::signals(context.rules(), file.upload.arrival);
    if !window.is_some_and(|window| window.contains(file.upload.arrival)) {
        let refusal = Refusal::OutsideWindow {
            opens: window.map(|window| window.opens),
            closes: window.map(|window| window.closes),
        };
        let report = report::refused(file.kind, &FileRefusal::Law { refusal }, lines(&parsed));
        return Ok(Taken::Report(Box::new(report), 0));
    }
    if is_night(context).await? {
        return Ok(Taken::Postponed);
    }
    let mut foreign: BTreeMap<FormationId, u64> = BTreeMap::new();
    let mut rows: Vec<RowReport> = Vec::with_capacity(parsed.len());
    let mut asked: BTreeMap<CandidateId, Vec<(usize, VacancyRow)>> = BTreeMap::new();
    for (at, parsed) in parsed.into_iter().enumerate() {
        let refusal = match &parsed.read {
            Ok(row) if owners.is_foreign(file, &row.formation) => {
                *foreign.entry(row.formation.clone()).or_default() += 1;
                Some(RowRefusal::Law { refusal: Refusal::NotTheOwner {} })
            }
            Ok(row) if !owners.0.contains_key(&row.formation) => {
                Some(RowRefusal::Law { refusal: Refusal::NoSuchFormation {} })
            }
            Ok(_) => None,
            Err(refusal) => Some(refusal.clone()),
        };
        rows.push(report::row(&parsed, RowOutcome::Read, refusal.as_ref()));
        if let (Parsed { read: Ok(row), .. }, None) = (parsed, refusal) {
            asked.entry(row.candidate.clone()).or_default().push((at, row));
        }
    }
    foreign.iter().for_each(|(formation, rows)| Owners::alarm(file, formation, *rows));
    let work = |rows| signal_all(context.clone(), Arc::clone(file), rows);
    let mut postponed = false;
    sweep::each(asked.into_values(), context.settings.concurrency, work, |decided: Vec<Decided>| {
        for Decided { at, became } in decided {
            match (became, rows.get_mut(at)) {
                (Some((outcome, refusal)), Some(row)) => report::became(row, outcome, refusal.as_ref()),
                _ => postponed = true,
            }
        }
    })
    .await?;
    if postponed {
        return Ok(Taken::Postponed);
    }
    Ok(Taken::Report(Box::new(report::accepted(file.kind, rows, Vec::new())), foreign.into_values().sum()))
}

/// What became of the row at a place in the file; nothing, if a night is being made.
struct Decided {
    at: usize,
    became: Option<(RowOutcome, Option<RowRefusal>)>,
}

/// Signals the vacant seats of one candidate, in the file's order: a second one of the same seat is so already.
async fn signal_all(
    context: Context,
    file: Arc<File>,
    rows: Vec<(usize, VacancyRow)>,
) -> Result<Vec<Decided>, Fault> {
    let mut decided = Vec::with_capacity(rows.len());
    for (at, row) in rows {
        decided.push(Decided { at, became: signal(&context, &file, row).await? });
    }
    Ok(decided)
}

async fn signal(
    context: &Context,
    file: &File,
    row: VacancyRow,
) -> Result<Option<(RowOutcome, Option<RowRefusal>)>, Fault> {
    let command = Command {
        command_id: file.command(row.row),
        actor: Actor::Establishment(file.establishment.clone()),
        action: Action::SignalVacancy {
            candidate: row.candidate,
            formation: row.formation,
            reason: row.reason,
        },
    };
    Ok(match commands::carried(context, &command, file.arrival()).await? {
        Outcome::Accepted { .. } => Some((RowOutcome::Done, None)),
        Outcome::Refused { refusal: Refusal::AlreadySignalled {} } => Some((RowOutcome::AlreadyDone, None)),
        Outcome::Refused { refusal: Refusal::NightInProgress { .. } } => None,
        // The formation is the establishment's own: what it has no part in is the candidate.
        Outcome::Refused { refusal: Refusal::NotTheOwner {} } => {
            Some((RowOutcome::Refused, Some(RowRefusal::UnknownCandidate {})))
        }
        Outcome::Refused { refusal } => Some((RowOutcome::Refused, Some(RowRefusal::Law { refusal }))),
    })
}
