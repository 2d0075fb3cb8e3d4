//! The job `night-report`: once a night is published, each establishment gets its file of the day: its formations' seats,
//! taken and free, and the contracts that wait for its decision, in their order.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use platform::{StoreError, Table};
use procedure::{calendar, fold, seats};
use schemas::campaign::AlternanceMode;
use schemas::upload::Verdict;
use schemas::{
    Application, ApplicationState, Candidate, CandidateId, EstablishmentId, Formation, FormationId, Gate,
};
use serde::Serialize;

use crate::context::Context;
use crate::fault::Fault;
use crate::rows::{self, Checkpoint};
use crate::{contract_check, csv, ledger, sweep};

const JOB: &str = "night-report";

/// The headings of the file of seats.
const SEATS: [&str; 7] =
    ["formation", "places", "limite_appel", "occupees", "libres", "en_attente", "contrats_a_decider"];

/// The headings of the file of contracts.
const CONTRACTS: [&str; 5] = ["formation", "ordre", "candidat", "depot", "a_decider_maintenant"];

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct NightReportRun {
    /// The night whose files were written; none, if they were there already or no night is published.
    pub date: Option<Date>,
    /// Establishments that got theirs.
    pub establishments: u64,
    /// Their formations.
    pub formations: u64,
    /// Contracts that wait for a decision.
    pub contracts: u64,
}

/// A formation as its establishment is told of it.
#[derive(Default)]
struct Line {
    formation: Option<Formation>,
    taken: u32,
    waiting: u32,
    contracts: Vec<Waiting>,
    /// Those that came behind the gate: their effect may still be to come, their place is theirs.
    behind_the_gate: Vec<(Waiting, String)>,
}

/// A contract that waits for a decision: by its place in the order, then whose it is and when it came.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Waiting {
    rank: Option<u32>,
    arrival: Timestamp,
    version: String,
    candidate: CandidateId,
}

/// Writes the files of the last published night, if they are not written yet.
///
/// # Errors
/// A [`Fault`]; the next tick writes them all again, the same.
pub async fn run(context: &Context) -> Result<NightReportRun, Fault> {
    let context = &context.in_force().await?;
    let gate = ledger::gate(context).await?;
    let store = context.platform.store.as_ref();
    let key = rows::checkpoint_key(JOB, "all");
    let stored: Option<Checkpoint> = rows::get(store, Table::State, &key).await?;
    let done_before = stored.as_ref().and_then(|checkpoint| checkpoint.done_before);
    let Some(date) = gate.published.filter(|date| done_before.is_none_or(|before| before <= *date)) else {
        return Ok(NightReportRun::default());
    };
    let mut lines: BTreeMap<FormationId, Line> = BTreeMap::new();
    let work = |number| part(context.clone(), gate, number);
    sweep::each(0..context.settings.segments, context.settings.concurrency, work, |part| {
        merge(&mut lines, part);
    })
    .await?;
    for (formation, line) in &mut lines {
        add_postponed(context, gate, formation, line).await?;
    }
    let report = write(context, date, lines).await?;
    let checkpoint = Checkpoint {
        job: JOB.into(),
        segment: "all".into(),
        version: stored.map_or(0, |checkpoint| checkpoint.version) + 1,
        done_before: date.tomorrow().ok(),
        phases_begun: Vec::new(),
    };
    match store.transact(vec![rows::write(&checkpoint)]).await {
        // Another run wrote the same files.
        Ok(()) | Err(StoreError::Conflict { .. }) => Ok(report),
        Err(error) => Err(error.into()),
    }
}

fn merge(lines: &mut BTreeMap<FormationId, Line>, part: BTreeMap<FormationId, Line>) {
    for (id, found) in part {
        let line = lines.entry(id).or_default();
        line.formation = line.formation.take().or(found.formation);
        line.taken += found.taken;
        line.waiting += found.waiting;
        line.contracts.extend(found.contracts);
        line.behind_the_gate.extend(found.behind_the_gate);
    }
}

/// Adds the contracts that came behind the gate and have had no effect yet: within minutes they wait like the others.
async fn add_postponed(
    context: &Context,
    gate: Gate,
    formation: &FormationId,
    line: &mut Line,
) -> Result<(), Fault> {
    for (mut contract, upload) in std::mem::take(&mut line.behind_the_gate) {
        let postponed = contract_check::postponed(context, &upload).await?;
        let Some(stored) = ledger::candidate(context, &contract.candidate).await? else { continue };
        let settled = ledger::settled(context, &stored, context.now());
        let seen = fold::visible(&settled, gate.published);
        let Some(application) = seen.applications.get(formation) else { continue };
        let waits = match postponed {
            // Its effect came while the table was read.
            None => {
                is_undecided(application, context)
                    && application.contract.as_ref().is_some_and(|own| own.version == contract.version)
            }
            Some(verdict) => {
                let accepts = verdict == Verdict::Conform
                    && seats::accepted_by_contract(application.track, context.rules());
                application.now.state == ApplicationState::ContractSearch && !accepts
            }
        };
        // One that waits already is listed; a correction changes its place with its effect, if the year has it so.
        let is_listed = line.contracts.iter().any(|listed| listed.candidate == contract.candidate);
        if waits && !is_listed {
            contract.rank = application.now.rank.filter(|_| is_by_rank(context));
            line.contracts.push(contract);
        }
    }
    Ok(())
}

fn is_by_rank(context: &Context) -> bool {
    context.rules().alternance.mode == AlternanceMode::ValidatedRank
}

/// What one segment of the table holds, as everybody outside a night sees it.
async fn part(context: Context, gate: Gate, number: u32) -> Result<BTreeMap<FormationId, Line>, Fault> {
    let mut lines: BTreeMap<FormationId, Line> = BTreeMap::new();
    let now = context.now();
    // What came behind the gate of the night that was published last.
    let since = gate.published.map_or(now, |night| calendar::night_start(context.rules(), night));
    sweep::scan(&context, number, |items| {
        let read = items.iter().try_for_each(|item| {
            if let Some((arrival, version)) = rows::queued(&item.key.sk).filter(|(at, _)| since <= *at) {
                let rows::QueuedContract { candidate, upload } = rows::read(item)?;
                if let Some((upload, formation)) = upload.zip(rows::formation_of(&item.key.pk)) {
                    let contract = Waiting { rank: None, arrival, version, candidate };
                    lines.entry(formation).or_default().behind_the_gate.push((contract, upload));
                }
            } else if sweep::is_candidate(item) {
                let settled = ledger::settled(&context, &rows::read(item)?, now);
                count(&context, &fold::visible(&settled, gate.published), &mut lines);
            } else if item.key.pk.starts_with("F#") && item.key.sk == rows::STATE_SK {
                let formation: Formation = rows::read(item)?;
                let line = lines.entry(formation.id.clone()).or_default();
                line.formation = Some(formation);
            }
            Ok(())
        });
        std::future::ready(read)
    })
    .await?;
    Ok(lines)
}

fn count(context: &Context, candidate: &Candidate, lines: &mut BTreeMap<FormationId, Line>) {
    let rules = context.rules();
    for (formation, application) in &candidate.applications {
        let line = lines.entry(formation.clone()).or_default();
        line.taken += u32::from(seats::takes_seat(application.now.state, rules));
        line.waiting += u32::from(seats::turn(application, rules).is_some());
        if let Some(contract) = application.contract.as_ref().filter(|_| is_undecided(application, context)) {
            line.contracts.push(Waiting {
                rank: application.now.rank.filter(|_| is_by_rank(context)),
                arrival: contract.arrival,
                version: contract.version.clone(),
                candidate: candidate.id.clone(),
            });
        }
    }
}

/// Whether a contract waits for its establishment's decision (R47–R49).
fn is_undecided(application: &Application, context: &Context) -> bool {
    application.now.state.is_live()
        && (application.now.state == ApplicationState::ContractSubmitted
            || !seats::accepted_by_contract(application.track, context.rules()))
        && application.contract.as_ref().is_some_and(|contract| !contract.validated)
}

/// Writes the two files of each establishment.
async fn write(
    context: &Context,
    date: Date,
    lines: BTreeMap<FormationId, Line>,
) -> Result<NightReportRun, Fault> {
    let mut of_each: BTreeMap<EstablishmentId, Vec<(Formation, Line)>> = BTreeMap::new();
    for mut line in lines.into_values() {
        let Some(formation) = line.formation.take() else { continue };
        line.contracts.sort();
        of_each.entry(formation.establishment.clone()).or_default().push((formation, line));
    }
    let mut report = NightReportRun { date: Some(date), ..NightReportRun::default() };
    for (establishment, lines) in of_each {
        report.establishments += 1;
        report.formations += lines.len() as u64;
        report.contracts += lines.iter().map(|(_, line)| line.contracts.len() as u64).sum::<u64>();
        for (what, file) in [("places", seats_file(&lines)), ("contrats", contracts_file(context, &lines))] {
            let name = rows::daily_object(&establishment, date, what);
            context.platform.objects.put(&name, file).await?;
        }
    }
    Ok(report)
}

fn seats_file(lines: &[(Formation, Line)]) -> Vec<u8> {
    let each = lines.iter().map(|(formation, line)| {
        [
            formation.id.to_string(),
            formation.capacity.to_string(),
            formation.call_limit.to_string(),
            line.taken.to_string(),
            formation.call_limit.saturating_sub(line.taken).to_string(),
            line.waiting.to_string(),
            line.contracts.len().to_string(),
        ]
    });
    csv::file(std::iter::once(SEATS.map(str::to_owned)).chain(each))
}

/// The contracts of each formation in their order; by arrival only the first of them may be decided (R47).
fn contracts_file(context: &Context, lines: &[(Formation, Line)]) -> Vec<u8> {
    let in_turn = context.rules().alternance.mode == AlternanceMode::ValidatedFifo;
    let each = lines.iter().flat_map(|(formation, line)| {
        line.contracts.iter().zip(1_usize..).map(move |(contract, place)| {
            let arrival = calendar::civil(contract.arrival).strftime("%Y-%m-%d %H:%M:%S").to_string();
            let now = if place == 1 || !in_turn { "oui" } else { "non" };
            let candidate = contract.candidate.to_string();
            [formation.id.to_string(), place.to_string(), candidate, arrival, now.to_owned()]
        })
    });
    csv::file(std::iter::once(CONTRACTS.map(str::to_owned)).chain(each))
}
