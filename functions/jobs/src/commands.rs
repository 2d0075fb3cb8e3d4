//! The job `commands`: decides one command and records it, with its answer.

mod seen;

use std::time::Duration;

use jiff::Timestamp;
use platform::{Key, StoreError, Table};
use procedure::{Arrival, Decision, Facts, Subject, calendar, decide, digest};
use schemas::{
    AccountState, Action, Actor, Candidate, CandidateId, Cause, Command, CommandId, DecisionRecord,
    Formation, FormationId, Gate, NoticeKind, Outcome, Ranking, RankingContent, Refusal,
};

use crate::context::Context;
use crate::contracts;
use crate::extensions;
use crate::fault::Fault;
use crate::ledger::{self, CODE_VERSION, Verdict};
use crate::rows::{self, OutcomeRow};
use crate::{addresses, amendments, establishments, mails, night, token};

/// How long a command's last write may take effect after it read the gate: a night waits that long after it closed
/// the gate, so that no command that saw it open can still write behind it.
pub const COMMAND_LIFE: Duration = Duration::from_secs(15);

/// Within what time of reading the gate a command may begin its last write. What remains of [`COMMAND_LIFE`] is
/// for that write: a store's own time limit for one transaction must be below the difference.
pub const COMMAND_DECIDES_WITHIN: Duration = Duration::from_secs(5);

/// Decides a command, records the decision with the notice it owes, and gives the answer as its sender may see
/// it. The same command again gets the same answer and changes nothing.
///
/// # Errors
/// A [`Fault`]; a refusal is an [`Outcome`].
pub async fn handle(context: &Context, command: &Command) -> Result<Outcome, Fault> {
    let outcome = decide_and_record(context, command).await?;
    Ok(seen::by_the_sender(context, command, outcome))
}

/// The same with what really happened, for stories, drivers and tests: never shown to a sender, since it says
/// whether an address has an account (R11). Of a registration it names no event: they are in the candidate's
/// journal only.
///
/// # Errors
/// As [`handle`].
pub async fn decide_and_record(context: &Context, command: &Command) -> Result<Outcome, Fault> {
    send(context, command, None).await
}

/// The same for a command that a file carries: decided as of the file's arrival, recorded there. A refusal is not kept:
/// the file is read again whole, and its report keeps it.
pub(crate) async fn carried(
    context: &Context,
    command: &Command,
    file: Arrival<'_>,
) -> Result<Outcome, Fault> {
    send(context, command, Some(Carrier { file, into_night: false })).await
}

/// The same behind the gate, for a night that has not read anything yet: what arrived before it is in its snapshot.
pub(crate) async fn carried_into_night(
    context: &Context,
    command: &Command,
    file: Arrival<'_>,
) -> Result<Outcome, Fault> {
    send(context, command, Some(Carrier { file, into_night: true })).await
}

/// What carries a command.
#[derive(Debug, Clone, Copy)]
struct Carrier<'a> {
    file: Arrival<'a>,
    /// Whether it passes the gate that was closed for a night not yet planned.
    into_night: bool,
}

async fn send(context: &Context, command: &Command, file: Option<Carrier<'_>>) -> Result<Outcome, Fault> {
    let context = &context.in_force().await?;
    let fingerprint = fingerprint(command);
    let started = context.now();
    let mut attempt = 0;
    loop {
        attempt += 1;
        if let Some(known) = known_outcome(context, command, &fingerprint).await? {
            night::end_undoing(context, &known).await?;
            return Ok(known);
        }
        let tried = match (&command.action, command.candidate()) {
            (
                Action::OpenFormation { formation, .. }
                | Action::PublishRanking { formation, .. }
                | Action::SetEnrolment { formation, .. }
                | Action::SetSeats { formation, .. }
                | Action::StopFormation { formation }
                | Action::ResumeFormation { formation },
                _,
            ) => {
                on_formation(context, command, formation, &fingerprint, started, file.map(|it| it.file)).await
            }
            (Action::HoldNight { .. } | Action::ReleaseNight { .. } | Action::VoidNight { .. }, _) => {
                match night::direct(context, command, &fingerprint).await {
                    Ok(Ok(outcome)) => Ok(outcome),
                    Ok(Err(refusal)) => refuse(context, command, &fingerprint, refusal, None).await,
                    Err(fault) => Err(fault),
                }
            }
            (Action::ResendNotice { candidate, notice }, _) => {
                mails::resend(context, command, candidate, notice, &fingerprint).await
            }
            (Action::SetEstablishment { establishment, .. }, _) => {
                match establishments::set(context, command, establishment, &fingerprint).await {
                    Ok(Ok(outcome)) => Ok(outcome),
                    Ok(Err(refusal)) => refuse(context, command, &fingerprint, refusal, None).await,
                    Err(fault) => Err(fault),
                }
            }
            (Action::AmendCampaign { .. } | Action::ExtendDeadline { candidate: None, .. }, _) => {
                on_everybody(context, command, &fingerprint, started).await
            }
            (_, Some(candidate)) => {
                on_candidate(context, command, candidate, &fingerprint, started, file).await
            }
            _ => Ok(Outcome::Refused { refusal: Refusal::NotTheOwner {} }),
        };
        match tried {
            Ok(outcome) => return Ok(outcome),
            Err(Fault::Store(error)) => {
                in_time(context, started)?;
                ledger::again(context, error, command.command_id.as_str(), attempt).await?;
            }
            Err(fault) => return Err(fault),
        }
    }
}

/// What makes two commands the same: everything in them.
fn fingerprint(command: &Command) -> String {
    digest::of(serde_json::to_string(command).unwrap_or_default().as_bytes())
}

async fn known_outcome(
    context: &Context,
    command: &Command,
    fingerprint: &str,
) -> Result<Option<Outcome>, StoreError> {
    Ok(stored(context, &command.command_id).await?.map(|row| {
        if row.fingerprint == fingerprint {
            row.outcome
        } else {
            Outcome::Refused { refusal: Refusal::CommandIdReused {} }
        }
    }))
}

/// What the command of this id came to, if it came: as [`decide_and_record`], never shown to a sender.
///
/// # Errors
/// A [`Fault`] of the store.
pub async fn known(context: &Context, id: &CommandId) -> Result<Option<Outcome>, Fault> {
    Ok(stored(context, id).await?.map(|row| row.outcome))
}

async fn stored(context: &Context, id: &CommandId) -> Result<Option<OutcomeRow>, StoreError> {
    rows::get(context.platform.store.as_ref(), Table::Journal, &rows::outcome_key(id)).await
}

/// A command that saw the gate open must not begin to write after [`COMMAND_DECIDES_WITHIN`].
pub(crate) fn in_time(context: &Context, started: Timestamp) -> Result<(), Fault> {
    if context.now().duration_since(started).unsigned_abs() >= COMMAND_DECIDES_WITHIN {
        return Err(Fault::TooSlow);
    }
    Ok(())
}

/// What is kept of a decision for whoever sends the command again. The outcome of a registration lies outside
/// the partition that is erased with the candidate (R77): it holds nothing of what he said of himself.
pub(crate) fn accepted(command: &Command, fingerprint: &str, decision: &Decision) -> OutcomeRow {
    let outcome = match command.action {
        Action::RegisterAccount { .. } | Action::ChangeEmail { .. } => {
            Outcome::Accepted { events: Vec::new(), warnings: Vec::new() }
        }
        _ => Outcome::Accepted { events: decision.events.clone(), warnings: decision.warnings.clone() },
    };
    OutcomeRow { fingerprint: fingerprint.to_owned(), outcome }
}

fn refused(fingerprint: &str, refusal: Refusal) -> OutcomeRow {
    OutcomeRow { fingerprint: fingerprint.to_owned(), outcome: Outcome::Refused { refusal } }
}

/// The sort key of the notice that a command owes.
pub(crate) fn notice_sk(command: &Command, kind: NoticeKind) -> String {
    format!("N#{}#{}", command.command_id, kind.name())
}

/// A decision made by this command, ready to be recorded.
fn verdict(command: &Command, decision: Decision, at: Timestamp) -> Verdict {
    let notice = |kind: NoticeKind| (kind, notice_sk(command, kind), at);
    Verdict {
        cause: Cause::Command { command: for_record(command) },
        at,
        events: decision.events,
        notice: decision.notice.map(notice),
    }
}

/// Keeps a refusal for whoever sends the command again; `night_in_progress` is not kept, since the same
/// command is to be sent again when the gate is open.
async fn refuse(
    context: &Context,
    command: &Command,
    fingerprint: &str,
    refusal: Refusal,
    notice: Option<rows::NoticeRow>,
) -> Result<Outcome, Fault> {
    if matches!(refusal, Refusal::NightInProgress { .. }) {
        return Ok(Outcome::Refused { refusal });
    }
    let row = refused(fingerprint, refusal);
    let mut writes = vec![rows::write_outcome(&command.command_id, &row)];
    writes.extend(notice.map(|notice| notice.write()));
    context.platform.store.transact(writes).await?;
    Ok(row.outcome)
}

async fn on_candidate(
    context: &Context,
    command: &Command,
    id: &CandidateId,
    fingerprint: &str,
    started: Timestamp,
    carrier: Option<Carrier<'_>>,
) -> Result<Outcome, Fault> {
    let store = context.platform.store.as_ref();
    let (file, into_night) = (carrier.map(|it| it.file), carrier.is_some_and(|it| it.into_night));
    let gate = ledger::gate(context).await?;
    let gate = if into_night { Gate { closed_for: gate.published, ..gate } } else { gate };
    let stored = ledger::candidate(context, id).await?;
    let formation: Option<Formation> = match command.action.formation() {
        Some(formation) => rows::get(store, Table::State, &rows::formation_key(formation)).await?,
        None => None,
    };
    let address = match &command.action {
        Action::RegisterAccount { email, .. } | Action::ChangeEmail { email } => Some(email),
        _ => None,
    };
    let owner = match address {
        Some(email) => addresses::owner(context, email).await?,
        None => addresses::Owner::default(),
    };
    let registers = matches!(command.action, Action::RegisterAccount { .. });
    let earlier_contract = match &command.action {
        Action::ValidateContract { formation, .. } => {
            contracts::earlier(context, formation, stored.as_ref(), gate).await?
        }
        _ => None,
    };
    let facts = Facts {
        formation: formation.as_ref(),
        earlier_contract: earlier_contract.as_ref(),
        address_taken: if registers { owner.candidate.is_some() } else { owner.is_another(id) },
        token_valid: token_valid(context, command, stored.as_ref()),
        carried_by: file,
        gate,
        ..Facts::default()
    };
    let now = match &command.action {
        // Decided as of its arrival: what time did to a search since does not count.
        Action::ContractReceived { arrival, .. } => context.now().min(*arrival),
        _ => context.now(),
    };
    let known = stored.as_ref().map(|candidate| ledger::extended(context, candidate, now).0);
    let subject = Subject::Candidate { id, state: known.as_deref() };
    let decision = match decide(subject, command, &facts, now, context.rules()) {
        Ok(decision) => decision,
        Err(refusal) if file.is_some() => return Ok(Outcome::Refused { refusal }),
        Err(refusal) => {
            return match owner.candidate.filter(|_| registers && refusal == Refusal::AddressTaken {}) {
                Some(owner) => address_taken(context, command, fingerprint, &owner, gate).await,
                None => refuse(context, command, fingerprint, refusal, None).await,
            };
        }
    };
    in_time(context, started)?;
    let before = match stored {
        // What passes a closed gate touches no application, and what time did to those is left to the sweep.
        Some(candidate) if gate.closed().is_some() => Some(candidate),
        Some(candidate) => Some(ledger::settle_durably(context, candidate, now).await?.0),
        None => None,
    };
    let row = accepted(command, fingerprint, &decision);
    let mut further = vec![rows::write_outcome(&command.command_id, &row)];
    further.extend(address.map(|email| owner.taken_by(email, id)));
    further.extend(contracts::queued(context, id, &decision).await?);
    further.extend(mails::released(context, command, before.as_ref()).await?);
    // Again: settling took its own time.
    in_time(context, started)?;
    let verdict = verdict(command, decision, file.map_or(now, |file| file.at));
    ledger::record(context, before.as_ref(), id, verdict, further).await?;
    Ok(row.outcome)
}

/// An operator's command that names no candidate concerns everybody; never while a night is made without it.
async fn on_everybody(
    context: &Context,
    command: &Command,
    fingerprint: &str,
    started: Timestamp,
) -> Result<Outcome, Fault> {
    if let Some(night) = ledger::gate(context).await?.closed() {
        let reopens_at = calendar::publication(context.rules(), night).max(context.now());
        return Ok(Outcome::Refused { refusal: Refusal::NightInProgress { reopens_at } });
    }
    let decided = match &command.action {
        Action::AmendCampaign { file } => {
            amendments::put(context, command, file, fingerprint, started).await?
        }
        _ => extensions::accept(context, command, fingerprint, started).await?,
    };
    match decided {
        Ok(outcome) => Ok(outcome),
        Err(refusal) => refuse(context, command, fingerprint, refusal, None).await,
    }
}

fn token_valid(context: &Context, command: &Command, candidate: Option<&Candidate>) -> bool {
    match (&command.action, candidate) {
        (Action::ActivateAccount { token }, Some(candidate)) => {
            token::is_activation(&context.settings.token_key, candidate, token)
        }
        (Action::ConfirmEmail { token }, Some(candidate)) => {
            token::is_new_email(&context.settings.token_key, candidate, token)
        }
        _ => false,
    }
}

fn for_record(command: &Command) -> Command {
    Command { action: command.action.for_record(), ..command.clone() }
}

/// Refuses a registration with an address that has an account; the owner learns of it (R11). Who never followed
/// his link gets a fresh one, as if he had asked for it (R9): he is most often the one who registers again. Any
/// other is told that somebody tried, once a day at most.
async fn address_taken(
    context: &Context,
    command: &Command,
    fingerprint: &str,
    owner: &CandidateId,
    gate: Gate,
) -> Result<Outcome, Fault> {
    let now = context.now();
    let refusal = Refusal::AddressTaken {};
    let known = ledger::candidate(context, owner).await?;
    if let Some(state) = known.filter(|state| state.account == AccountState::Registered) {
        let resend = Command {
            command_id: command.command_id.clone(),
            actor: Actor::Candidate(owner.clone()),
            action: Action::ResendActivation {},
        };
        let subject = Subject::Candidate { id: owner, state: Some(&state) };
        let facts = Facts { gate, ..Facts::default() };
        let Ok(decision) = decide(subject, &resend, &facts, now, context.rules()) else {
            // His last link has only just left.
            return refuse(context, command, fingerprint, refusal, None).await;
        };
        let row = refused(fingerprint, refusal);
        let outcome = vec![rows::write_outcome(&command.command_id, &row)];
        // Time does nothing to an account that is not active: there is nothing to settle first.
        ledger::record(context, Some(&state), owner, verdict(&resend, decision, now), outcome).await?;
        return Ok(row.outcome);
    }
    let kind = NoticeKind::AccountExists;
    let sk = format!("N#{}#{}", calendar::day(now), kind.name());
    let key = Key::new(rows::candidate_pk(owner), &sk);
    let told = context.platform.store.get(Table::Journal, &key).await?.is_some();
    let notice = (!told).then(|| ledger::owed(owner, kind, sk, 0, now, now, None));
    refuse(context, command, fingerprint, refusal, notice).await
}

async fn on_formation(
    context: &Context,
    command: &Command,
    id: &FormationId,
    fingerprint: &str,
    started: Timestamp,
    file: Option<Arrival<'_>>,
) -> Result<Outcome, Fault> {
    let store = context.platform.store.as_ref();
    let gate = ledger::gate(context).await?;
    let stored: Option<Formation> = rows::get(store, Table::State, &rows::formation_key(id)).await?;
    let ranking: Option<Ranking> = rows::get(store, Table::State, &rows::ranking_key(id)).await?;
    let content = ranking_content(&command.action);
    let ranking_digest = content.as_deref().map(digest::of).unwrap_or_default();
    let facts = Facts { ranking_digest: &ranking_digest, carried_by: file, gate, ..Facts::default() };
    let now = context.now();
    let subject = Subject::Formation { id, state: stored.as_ref(), ranking: ranking.as_ref() };
    let decision = match decide(subject, command, &facts, now, context.rules()) {
        Ok(decision) => decision,
        Err(refusal) if file.is_some() => return Ok(Outcome::Refused { refusal }),
        Err(refusal) => return refuse(context, command, fingerprint, refusal, None).await,
    };
    // The content first: a ranking's row never names an object that is not there.
    if let Some(content) = content {
        context.platform.objects.put(&rows::ranking_object(id, &ranking_digest), content).await?;
    }
    in_time(context, started)?;
    let row = accepted(command, fingerprint, &decision);
    let mut writes = vec![rows::write_outcome(&command.command_id, &row)];
    if let Some(state) = procedure::fold::formation(stored.as_ref(), &decision.events)
        && !decision.events.is_empty()
    {
        let record = DecisionRecord {
            seq: state.version,
            at: file.map_or(now, |file| file.at),
            decided_at: now,
            cause: Cause::Command { command: for_record(command) },
            events: decision.events,
            rules: context.rules().digest.clone(),
            code: CODE_VERSION.to_owned(),
        };
        writes.push(rows::write(&state));
        writes.push(rows::write_record(&rows::formation_pk(id), &record));
        if let Some(published) = procedure::fold::ranking(ranking.as_ref(), &record.events)
            && Some(&published) != ranking.as_ref()
        {
            writes.push(rows::write(&published));
        }
    }
    store.transact(writes).await?;
    Ok(row.outcome)
}

/// A ranking's content as it is stored: its own bytes name it.
pub(crate) fn ranking_content(action: &Action) -> Option<Vec<u8>> {
    let Action::PublishRanking { ranked, refused, .. } = action else { return None };
    let content = RankingContent { ranked: ranked.clone(), refused: refused.clone() };
    serde_json::to_vec(&content).ok()
}
