//! The job `contract-check`: one verdict for each uploaded contract, and what the procedure makes of it (R46–R49).
//!
//! An event is a wake-up: what arrived, and when, the bucket says. Each version of a file gets one verdict, stored under
//! `X#<upload>`; whoever is woken for it again finds that and changes nothing. What arrives, or is finished, behind the
//! gate has its verdict at once and its effect after publication. Whatever time did to the search meanwhile, the contract
//! counts as of its arrival; its place in the queue is that of `(arrival, version)`.

use jiff::Timestamp;
use platform::{Read, Reader, Reading, StoreError, StoredUpload, Table, Unreadable};
use procedure::Arrival;
use schemas::campaign::ContractKind;
use schemas::upload::{ContractOutcome, Finding, FindingCode, Place, Verdict};
use schemas::{
    Action, Actor, Candidate, CandidateId, Command, CommandId, Formation, FormationId, Outcome, Refusal,
};
use serde::Serialize;
use serde_json::Value;
use uploads::contracts::{self, Checks, ContractFile, Expected};

use crate::context::Context;
use crate::fault::Fault;
use crate::intake::held_up::{HeldUp, sender};
use crate::intake::{CAUGHT_UP, Waking, listed, upload_id, wakings};
use crate::rows::QueuedContract;
use crate::sweep::is_everywhere;
use crate::{commands, ledger, rows};

/// The folder of contracts: `contracts/<candidate>/<formation>/` and a name.
const FOLDER: &str = "contracts/";

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ContractCheckRun {
    /// Contracts found conform, and taken.
    pub conform: u64,
    /// Contracts that a person must look at, and taken.
    pub to_review: u64,
    /// Contracts refused.
    pub refused: u64,
    /// Those of the first two that wait for their effect until a night is published.
    pub postponed: u64,
    /// Files that had all this already.
    pub known: u64,
    /// Files that were deleted before anybody read them.
    pub gone: u64,
}

/// From which side of the gate a run comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Passage {
    /// As everybody.
    Outside,
    /// As the night that has closed the gate and read nothing yet.
    IntoNight,
}

/// What woke the job: uploads, which it checks, or a tick, at which it looks for any that nobody has checked.
///
/// # Errors
/// A [`Fault`]; what was recorded stays, and the next waking goes on.
pub async fn hear(context: &Context, event: &Value) -> Result<ContractCheckRun, Fault> {
    match wakings(event).as_slice() {
        [] => catch_up(context).await,
        woken => run(context, woken).await,
    }
}

/// Checks the contracts that woke the job, in the order in which they arrived.
///
/// # Errors
/// As [`hear`].
pub async fn run(context: &Context, woken: &[Waking]) -> Result<ContractCheckRun, Fault> {
    let context = &context.in_force().await?;
    let mut run = ContractCheckRun::default();
    let mut found = Vec::new();
    for waking in woken.iter().filter(|waking| waking.key.starts_with(FOLDER)) {
        // An earlier version whose event is late, or another name, has the place all the same: all are looked at.
        let beside =
            whose(&waking.key).map(|(candidate, formation)| format!("{FOLDER}{candidate}/{formation}/"));
        let all = listed(context, beside.as_ref().unwrap_or(&waking.key)).await?;
        let named = |upload: &StoredUpload| {
            upload.key == waking.key
                && waking.version.as_ref().is_none_or(|version| *version == upload.version)
        };
        run.gone += u64::from(!all.iter().any(named));
        found.extend(all);
    }
    take_all(context, found, Passage::Outside, &mut run).await?;
    Ok(run)
}

/// Checks every contract that arrived lately and has no verdict or no effect yet: its event was lost or is late, or it
/// waited for a night.
///
/// # Errors
/// As [`hear`].
pub async fn catch_up(context: &Context) -> Result<ContractCheckRun, Fault> {
    let context = &context.in_force().await?;
    lately(context, context.now(), Passage::Outside).await
}

/// The same for a sweep of deadlines: a contract that cannot be taken in is logged and stands in its own job's report, and
/// stops nobody else's procedure.
///
/// # Errors
/// A [`Fault`] that is not one contract's.
pub(crate) async fn before_sweep(context: &Context) -> Result<(), Fault> {
    not_one_contracts(catch_up(context).await)
}

/// The same for the night that has just closed the gate: what arrived before it is in its snapshot.
///
/// # Errors
/// As [`before_sweep`].
pub(crate) async fn into_night(context: &Context, closed: Timestamp) -> Result<(), Fault> {
    not_one_contracts(lately(context, closed, Passage::IntoNight).await)
}

fn not_one_contracts(ended: Result<ContractCheckRun, Fault>) -> Result<(), Fault> {
    match ended {
        Err(fault) if is_everywhere(&fault) => Err(fault),
        _ => Ok(()),
    }
}

async fn lately(context: &Context, until: Timestamp, passage: Passage) -> Result<ContractCheckRun, Fault> {
    let mut run = ContractCheckRun::default();
    let from = until.checked_sub(CAUGHT_UP).unwrap_or(Timestamp::MIN);
    let mut found = listed(context, FOLDER).await?;
    found.retain(|upload| from <= upload.arrival && upload.arrival <= until);
    take_all(context, found, passage, &mut run).await?;
    Ok(run)
}

/// What became of an uploaded version so far, if anybody has checked it.
///
/// # Errors
/// A [`Fault`] of the store.
pub async fn outcome(context: &Context, upload: &StoredUpload) -> Result<Option<ContractOutcome>, Fault> {
    Ok(stored(context, &upload_id(upload)).await?)
}

async fn stored(context: &Context, id: &str) -> Result<Option<ContractOutcome>, StoreError> {
    rows::get(context.platform.store.as_ref(), Table::Journal, &rows::upload_key(id)).await
}

/// One after the other, in the order in which they arrived: the first that is not refused has the place.
async fn take_all(
    context: &Context,
    mut found: Vec<StoredUpload>,
    passage: Passage,
    run: &mut ContractCheckRun,
) -> Result<(), Fault> {
    // By arrival, then version.
    found.sort();
    found.dedup();
    let mut held_up = HeldUp::default();
    for upload in found {
        // Of one candidate at one formation.
        let sender = sender(&upload.key, 3);
        if held_up.has(&sender) {
            continue;
        }
        if let Err(fault) = take(context, &upload, passage, run).await {
            held_up.note(sender, &upload, fault);
        }
    }
    held_up.end()
}

async fn take(
    context: &Context,
    upload: &StoredUpload,
    passage: Passage,
    run: &mut ContractCheckRun,
) -> Result<(), Fault> {
    let id = upload_id(upload);
    let before = stored(context, &id).await?;
    if before.as_ref().is_some_and(|row| !row.postponed) {
        run.known += 1;
        return Ok(());
    }
    let version = before.as_ref().map_or(1, |row| row.version + 1);
    let checked = match before.clone() {
        Some(row) => row,
        None => match checked(context, upload).await? {
            Some(row) => row,
            None => {
                run.gone += 1;
                return Ok(());
            }
        },
    };
    let row = ContractOutcome { version, ..effect(context, upload, &id, checked, passage).await? };
    match row.verdict {
        Verdict::Conform => run.conform += 1,
        Verdict::ToReview => run.to_review += 1,
        Verdict::Refused => run.refused += 1,
    }
    run.postponed += u64::from(row.postponed);
    if before.is_none_or(|before| before != ContractOutcome { version: before.version, ..row.clone() }) {
        keep(context, upload, &id, &row).await?;
    }
    Ok(())
}

/// Another run may have kept the same meanwhile: a verdict does not depend on who gives it. One without effect yet has its
/// place in the queue at once, or a contract that comes once the gate is open would be before it (R47).
async fn keep(
    context: &Context,
    upload: &StoredUpload,
    id: &str,
    row: &ContractOutcome,
) -> Result<(), Fault> {
    let mut writes = vec![rows::write_contract(id, row)];
    if let ContractOutcome { postponed: true, version: 1, candidate: Some(candidate), formation, .. } = row {
        let queued = QueuedContract { candidate: candidate.clone(), upload: Some(id.to_owned()) };
        let sk = rows::queue_sk(upload.arrival, &upload.version);
        writes.extend(formation.iter().map(|formation| rows::write_queued(formation, &sk, &queued)));
    }
    match context.platform.store.transact(writes).await {
        Ok(()) | Err(StoreError::Conflict { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Whether an upload has its verdict, and its effect is still to come.
pub(crate) async fn is_postponed(context: &Context, id: &str) -> Result<bool, Fault> {
    Ok(postponed(context, id).await?.is_some())
}

/// The verdict on an upload whose effect is still to come.
pub(crate) async fn postponed(context: &Context, id: &str) -> Result<Option<Verdict>, Fault> {
    Ok(stored(context, id).await?.filter(|row| row.postponed).map(|row| row.verdict))
}

/// The verdict on a file, before the procedure has said anything; `None` if it was deleted.
async fn checked(context: &Context, upload: &StoredUpload) -> Result<Option<ContractOutcome>, Fault> {
    let whose = whose(&upload.key);
    let checks = match &whose {
        // There is nobody to tell; the key itself may name somebody.
        None => {
            tracing::error!(upload = %upload_id(upload), "A key of an upload is not that of a contract of a candidate");
            refused(FindingCode::NotTaken, "key")
        }
        Some(_) if upload.bytes > contracts::BYTES_MAX as u64 => refused(FindingCode::OverLimit, "bytes"),
        Some((candidate, formation)) => {
            let Some(bytes) = context.platform.uploads.get(&upload.key, &upload.version).await? else {
                return Ok(None);
            };
            let store = context.platform.store.as_ref();
            let candidate: Option<Candidate> = ledger::candidate(context, candidate).await?;
            let formation: Option<Formation> =
                rows::get(store, Table::State, &rows::formation_key(formation)).await?;
            let expected = Expected {
                name: candidate.as_ref().and_then(|candidate| candidate.name.as_deref()),
                title: formation.as_ref().map(|formation| formation.title.as_str()),
                year: Some(context.rules().year),
            };
            check(context.platform.reader.as_ref(), &bytes, &expected).await?
        }
    };
    let (candidate, formation) = whose.unzip();
    Ok(Some(ContractOutcome {
        version: 1,
        candidate,
        formation,
        arrival: upload.arrival,
        verdict: checks.verdict,
        kind: checks.kind,
        findings: checks.findings,
        refusal: None,
        postponed: false,
    }))
}

fn refused(code: FindingCode, found: &str) -> Checks {
    Checks {
        verdict: Verdict::Refused,
        kind: None,
        findings: vec![Finding::refusing(code, Place::File, found)],
    }
}

/// What a file that is not refused does: the command that the procedure decides.
async fn effect(
    context: &Context,
    upload: &StoredUpload,
    id: &str,
    checked: ContractOutcome,
    passage: Passage,
) -> Result<ContractOutcome, Fault> {
    let ContractOutcome { candidate: Some(candidate), formation: Some(formation), .. } = &checked else {
        return Ok(checked);
    };
    if checked.verdict == Verdict::Refused {
        return Ok(checked);
    }
    let Ok(command_id) = CommandId::new(format!("{id}-0")) else { return Ok(checked) };
    let action = Action::ContractReceived {
        candidate: candidate.clone(),
        formation: formation.clone(),
        version: upload.version.clone(),
        arrival: upload.arrival,
        // A scan does not say what it is: who reads it will.
        kind: checked.kind.unwrap_or(ContractKind::Contract),
        verdict: checked.verdict,
    };
    let command = Command { command_id, actor: Actor::Job, action };
    let file = Arrival { at: upload.arrival, version: &upload.version };
    let outcome = match passage {
        Passage::Outside => commands::carried(context, &command, file).await?,
        Passage::IntoNight => commands::carried_into_night(context, &command, file).await?,
    };
    Ok(match outcome {
        Outcome::Accepted { .. } => ContractOutcome { postponed: false, ..checked },
        Outcome::Refused { refusal: Refusal::NightInProgress { .. } } => {
            ContractOutcome { postponed: true, ..checked }
        }
        Outcome::Refused { refusal } => {
            let why = Finding::refusing(FindingCode::NotTaken, Place::File, refusal.code());
            ContractOutcome {
                verdict: Verdict::Refused,
                findings: std::iter::once(why).chain(checked.findings).collect(),
                refusal: Some(refusal),
                postponed: false,
                ..checked
            }
        }
    })
}

/// Whose contract a key names, and for which formation: `contracts/<candidate>/<formation>/` and a name without folders.
fn whose(key: &str) -> Option<(CandidateId, FormationId)> {
    let mut parts = key.strip_prefix(FOLDER)?.split('/');
    let whose = (CandidateId::new(parts.next()?).ok()?, FormationId::new(parts.next()?).ok()?);
    let name = parts.next()?;
    let is_name = !matches!(name, "" | "." | "..") && !name.contains(|c: char| c.is_control() || c == '\\');
    (is_name && parts.next().is_none()).then_some(whose)
}

/// Reads a file under guard and compares what it says with what is expected. A file that ends its reader is refused.
///
/// # Errors
/// A [`Fault`] if no reader could be run at all.
pub async fn check(reader: &dyn Reader, bytes: &[u8], expected: &Expected<'_>) -> Result<Checks, Fault> {
    let how = match reader.read(Reading::Contract, bytes).await? {
        Read::Done(found) => match serde_json::from_slice::<ContractFile>(&found) {
            Ok(file) => return Ok(contracts::check(&file, expected)),
            // What a reader says that is nothing it could say was made by the file.
            Err(_) => "output",
        },
        Read::Unreadable(Unreadable::Crashed) => "crash",
        Read::Unreadable(Unreadable::TimedOut) => "time",
        Read::Unreadable(Unreadable::TooMuchOutput) => "output",
    };
    Ok(Checks::unreadable(how))
}
