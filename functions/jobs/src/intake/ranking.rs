//! Rankings, whole or not at all: every row and every formation of a file is found good before any is taken (R19, R20).

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use platform::Table;
use procedure::{Facts, Subject, calendar, decide, digest};
use schemas::intake::{FileRefusal, FormationCounts, RankingRow, RowOutcome, RowRefusal};
use schemas::{
    Action, Actor, ApplicationState, CandidateId, Command, Formation, FormationId, Outcome, Ranking, Refusal,
    Round,
};
use uploads::tables::{self, Judged, Parsed, Table as Sheet};

use super::alone::lines;
use super::{File, Owners, Taken, owners, report};
use crate::context::Context;
use crate::fault::Fault;
use crate::{commands, ledger, rows, sweep};

/// Takes in the rankings of a file.
pub(super) async fn take(context: &Context, file: &Arc<File>, sheet: &Sheet) -> Result<Taken, Fault> {
    let refused = |refusal: &FileRefusal, rows, foreign| {
        Ok(Taken::Report(Box::new(report::refused(file.kind, refusal, rows)), foreign))
    };
    let mut parsed = match tables::ranking(sheet) {
        Ok(parsed) => parsed,
        Err(refusal) => return refused(&refusal, Vec::new(), 0),
    };
    let judged = tables::by_formation(parsed.iter().filter_map(|row| row.read.as_ref().ok()));
    let owners = match owners(context, file, judged.keys()).await? {
        Ok(owners) => owners,
        Err(refusal) => return refused(&refusal, Vec::new(), 0),
    };
    let mut foreign = 0;
    let (mut undecided, mut unknown) = (HashMap::new(), HashMap::new());
    for (formation, judged) in &judged {
        if owners.is_foreign(file, formation) {
            let rows = judged_count(judged);
            Owners::alarm(file, formation, rows);
            foreign += rows;
        } else if let Some(stored) = owners.0.get(formation) {
            let applicants = applicants(context, file, stored, judged).await?;
            undecided.insert(formation, applicants.undecided);
            unknown.insert(formation, applicants.unknown);
        }
    }
    refuse_unknown(&mut parsed, &unknown);
    if let Some(refusal) = refused_rows(&parsed) {
        return refused(&refusal, lines(&parsed), foreign);
    }
    let superseded = match publish(context, file, &owners, commands(file, &judged)).await? {
        Ok(superseded) => superseded,
        Err(refusal) => return refused(&refusal, lines(&parsed), foreign),
    };
    let counts = judged
        .iter()
        .filter(|(formation, _)| !superseded.contains_key(*formation))
        .map(|(formation, judged)| counts(formation, judged, undecided.get(&formation).copied()))
        .collect();
    let became = parsed.iter().map(|row| {
        let replaced = row.read.as_ref().ok().and_then(|row| superseded.get(&row.formation));
        let refusal = replaced.map(|refusal| RowRefusal::Law { refusal: refusal.clone() });
        report::row(row, RowOutcome::Done, refusal.as_ref())
    });
    Ok(Taken::Report(Box::new(report::accepted(file.kind, became.collect(), counts)), foreign))
}

/// Publishes the ranking of each formation, all or none, but for those that a file that arrived later and was read
/// before has replaced: gives the latter, each with its refusal. As if both had been read in the order of arrival.
async fn publish(
    context: &Context,
    file: &File,
    owners: &Owners,
    commands: Vec<(FormationId, Command)>,
) -> Result<Result<BTreeMap<FormationId, Refusal>, FileRefusal>, Fault> {
    let of =
        |formation: &FormationId, refusal| FileRefusal::Formation { formation: formation.clone(), refusal };
    let mut superseded = BTreeMap::new();
    for (formation, command) in &commands {
        match would_do(context, file, owners.0.get(formation), command).await? {
            Err(refusal @ Refusal::RankingSuperseded { .. }) => {
                superseded.insert(formation.clone(), refusal);
            }
            Err(refusal) => return Ok(Err(of(formation, refusal))),
            Ok(()) => {}
        }
    }
    for (formation, command) in &commands {
        if superseded.contains_key(formation) {
            continue;
        }
        match commands::carried(context, command, file.arrival()).await? {
            // Found good a moment ago: one that arrived later was read meanwhile.
            Outcome::Refused { refusal: refusal @ Refusal::RankingSuperseded { .. } } => {
                superseded.insert(formation.clone(), refusal);
            }
            Outcome::Refused { refusal } => return Ok(Err(of(formation, refusal))),
            Outcome::Accepted { .. } => {}
        }
    }
    match superseded.first_key_value().filter(|_| superseded.len() == commands.len()) {
        Some((formation, refusal)) => Ok(Err(of(formation, refusal.clone()))),
        None => Ok(Ok(superseded)),
    }
}

/// The refusal of a file of which rows are refused.
pub(super) fn refused_rows(parsed: &[Parsed<RankingRow>]) -> Option<FileRefusal> {
    let refused = count(parsed.iter().filter(|row| row.read.is_err()).count());
    (refused > 0).then_some(FileRefusal::Rows { refused })
}

/// What a file says of a formation.
pub(super) fn counts(formation: &FormationId, judged: &Judged, undecided: Option<u32>) -> FormationCounts {
    FormationCounts {
        formation: formation.clone(),
        ranked: count(judged.content.ranked.len()),
        refused: count(judged.content.refused.len()),
        undecided,
        gaps: judged.gaps,
    }
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

fn judged_count(judged: &Judged) -> u64 {
    (judged.content.ranked.len() + judged.content.refused.len()) as u64
}

/// The command of each formation, numbered in their order.
fn commands(file: &File, judged: &BTreeMap<FormationId, Judged>) -> Vec<(FormationId, Command)> {
    let command = |(number, (formation, judged)): (usize, (&FormationId, &Judged))| {
        let command = Command {
            command_id: file.command(number),
            actor: Actor::Establishment(file.establishment.clone()),
            action: Action::PublishRanking {
                formation: formation.clone(),
                ranked: judged.content.ranked.clone(),
                refused: judged.content.refused.clone(),
            },
        };
        (formation.clone(), command)
    };
    judged.iter().enumerate().map(command).collect()
}

/// What the law would say of a formation's ranking now, without recording it. One that this very file gave is good.
async fn would_do(
    context: &Context,
    file: &File,
    stored: Option<&Formation>,
    command: &Command,
) -> Result<Result<(), Refusal>, Fault> {
    let Some(formation) = stored else { return Ok(Err(Refusal::NoSuchFormation {})) };
    let store = context.platform.store.as_ref();
    let ranking: Option<Ranking> = rows::get(store, Table::State, &rows::ranking_key(&formation.id)).await?;
    let content = commands::ranking_content(&command.action).unwrap_or_default();
    let facts =
        Facts { ranking_digest: &digest::of(&content), carried_by: Some(file.arrival()), ..Facts::default() };
    let subject = Subject::Formation { id: &formation.id, state: Some(formation), ranking: ranking.as_ref() };
    Ok(decide(subject, command, &facts, context.now(), context.rules()).map(|_| ()))
}

/// Who applied to a formation, as far as its ranking is concerned.
struct Applicants {
    /// Who is named and never applied.
    unknown: HashSet<CandidateId>,
    /// How many wait for a result and are not named.
    undecided: u32,
}

/// What an application is to a ranking.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Unknown,
    /// It waits for the result of this round.
    Waits,
    Other,
}

/// Compares a ranking with the applications that were handed to the formation; whoever is in one of the two only is
/// looked up, since some apply after the hand-over and some withdraw.
async fn applicants(
    context: &Context,
    file: &File,
    formation: &Formation,
    judged: &Judged,
) -> Result<Applicants, Fault> {
    let (round, _) = calendar::examination(context.rules(), formation.track, file.upload.arrival);
    let handed = handed(context, &formation.id, round).await?;
    let of_refused = judged.content.refused.iter().map(|refusal| &refusal.candidate);
    let named: BTreeSet<CandidateId> = judged.content.ranked.iter().chain(of_refused).cloned().collect();
    let differing = handed.symmetric_difference(&named).cloned();
    let work = |candidate| standing(context.clone(), formation.id.clone(), round, candidate);
    let mut found = Applicants { unknown: HashSet::new(), undecided: 0 };
    sweep::each(differing, context.settings.concurrency, work, |(candidate, standing)| {
        let is_named = named.contains(&candidate);
        if is_named && standing == Standing::Unknown {
            found.unknown.insert(candidate);
        } else if !is_named && standing == Standing::Waits {
            found.undecided += 1;
        }
    })
    .await?;
    Ok(found)
}

/// The applications that were handed to a formation when the examination began (R19).
pub(super) async fn handed(
    context: &Context,
    formation: &FormationId,
    round: Round,
) -> Result<BTreeSet<CandidateId>, Fault> {
    let object = rows::applicants_object(formation, round);
    match context.platform.objects.get(&object).await? {
        Some(bytes) => serde_json::from_slice(&bytes).map_err(|_| Fault::Missing(object)),
        None => Ok(BTreeSet::new()),
    }
}

async fn standing(
    context: Context,
    formation: FormationId,
    round: Round,
    candidate: CandidateId,
) -> Result<(CandidateId, Standing), Fault> {
    let stored = ledger::candidate(&context, &candidate).await?;
    let settled = stored.map(|stored| ledger::settled(&context, &stored, context.now()));
    let application = settled.as_ref().and_then(|settled| settled.applications.get(&formation));
    let standing = match application {
        None => Standing::Unknown,
        Some(own) if own.now.state == ApplicationState::Submitted && own.round == round => Standing::Waits,
        Some(_) => Standing::Other,
    };
    Ok((candidate, standing))
}

/// Refuses the rows that name somebody who never applied to their formation.
fn refuse_unknown(parsed: &mut [Parsed<RankingRow>], unknown: &HashMap<&FormationId, HashSet<CandidateId>>) {
    for row in parsed {
        let names_one = row.read.as_ref().is_ok_and(|read| {
            unknown.get(&read.formation).is_some_and(|unknown| unknown.contains(&read.candidate))
        });
        if names_one {
            row.read = Err(RowRefusal::UnknownCandidate {});
        }
    }
}
