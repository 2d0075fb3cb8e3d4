//! The job `commands`: decides one command and records it, with its answer.

use std::time::Duration;

use jiff::Timestamp;
use platform::{StoreError, Table};
use procedure::{Facts, Subject, address, decide, digest};
use schemas::command::Warning;
use schemas::{
    Action, Actor, Candidate, CandidateId, Cause, Command, DecisionRecord, Formation, FormationId,
    NoticeKind, Outcome, Ranking, RankingContent, Refusal,
};

use crate::context::Context;
use crate::fault::Fault;
use crate::ledger::{self, CODE_VERSION, Verdict};
use crate::rows::{self, AddressRow, OutcomeRow};
use crate::token;

/// How long a command may live from the moment it reads the gate: a night waits that long after it closed
/// the gate, so that no command that saw it open can still write behind it.
pub const COMMAND_LIFE: Duration = Duration::from_secs(10);

/// Decides a command, records the decision with the notice it owes, and gives the answer. The same command
/// again gets the same answer and changes nothing.
///
/// # Errors
/// A [`Fault`]; a refusal is an [`Outcome`].
pub async fn handle(context: &Context, command: &Command) -> Result<Outcome, Fault> {
    let fingerprint = fingerprint(command);
    let started = context.now();
    let mut attempt = 0;
    loop {
        attempt += 1;
        if let Some(known) = known_outcome(context, command, &fingerprint).await? {
            return Ok(known);
        }
        let tried = match (&command.actor, &command.action) {
            (_, Action::OpenFormation { formation, .. } | Action::PublishRanking { formation, .. }) => {
                on_formation(context, command, formation, &fingerprint, started).await
            }
            (Actor::Candidate(candidate), _) => {
                on_candidate(context, command, candidate, &fingerprint, started).await
            }
            _ => Ok(Outcome::Refused { refusal: Refusal::NotTheOwner {} }),
        };
        match tried {
            Ok(outcome) => return Ok(outcome),
            Err(Fault::Store(error)) => ledger::again(error, command.command_id.as_str(), attempt)?,
            Err(fault) => return Err(fault),
        }
    }
}

/// The answer as the sender may see it: whether an address has an account is nobody's business, so a
/// registration is answered alike in both cases (R11).
#[must_use]
pub fn answer(context: &Context, command: &Command, outcome: Outcome) -> Outcome {
    let Action::RegisterAccount { email, .. } = &command.action else { return outcome };
    match outcome {
        Outcome::Accepted { .. } | Outcome::Refused { refusal: Refusal::AddressTaken {} } => {
            let may_block = address::may_block(email, context.rules());
            let warnings = if may_block { vec![Warning::MailboxMayBlock] } else { Vec::new() };
            Outcome::Accepted { events: Vec::new(), warnings }
        }
        refused @ Outcome::Refused { .. } => refused,
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
    let key = rows::outcome_key(&command.command_id);
    let known: Option<OutcomeRow> = rows::get(context.platform.store.as_ref(), Table::Journal, &key).await?;
    Ok(known.map(|row| {
        if row.fingerprint == fingerprint {
            row.outcome
        } else {
            Outcome::Refused { refusal: Refusal::CommandIdReused {} }
        }
    }))
}

/// A command that saw the gate open must not write after [`COMMAND_LIFE`].
fn in_time(context: &Context, started: Timestamp) -> Result<(), Fault> {
    let lived = context.now().duration_since(started);
    if lived >= jiff::SignedDuration::try_from(COMMAND_LIFE).unwrap_or_default() {
        return Err(Fault::TooSlow);
    }
    Ok(())
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
    let outcome = Outcome::Refused { refusal };
    if matches!(outcome, Outcome::Refused { refusal: Refusal::NightInProgress { .. } }) {
        return Ok(outcome);
    }
    let row = OutcomeRow { fingerprint: fingerprint.to_owned(), outcome };
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
) -> Result<Outcome, Fault> {
    let store = context.platform.store.as_ref();
    let gate = ledger::gate(context).await?;
    let stored = ledger::candidate(context, id).await?;
    let formation: Option<Formation> = match command.action.formation() {
        Some(formation) => rows::get(store, Table::State, &rows::formation_key(formation)).await?,
        None => None,
    };
    let owner = match &command.action {
        Action::RegisterAccount { email, .. } => {
            rows::get::<AddressRow>(store, Table::State, &rows::address_key(email)).await?
        }
        _ => None,
    };
    let facts = Facts {
        formation: formation.as_ref(),
        address_taken: owner.is_some(),
        token_valid: token_valid(context, command, stored.as_ref()),
        gate,
        ..Facts::default()
    };
    let now = context.now();
    let subject = Subject::Candidate { id, state: stored.as_ref() };
    let decision = match decide(subject, command, &facts, now, context.rules()) {
        Ok(decision) => decision,
        Err(refusal) => {
            let exists = owner.filter(|_| refusal == Refusal::AddressTaken {});
            let notice = exists.map(|row| account_exists(&row.candidate, command, now));
            return refuse(context, command, fingerprint, refusal, notice).await;
        }
    };
    in_time(context, started)?;
    let before = match stored {
        Some(candidate) => Some(ledger::settle_durably(context, candidate, now).await?.0),
        None => None,
    };
    let outcome = Outcome::Accepted { events: decision.events.clone(), warnings: decision.warnings };
    let row = OutcomeRow { fingerprint: fingerprint.to_owned(), outcome };
    let mut further = vec![rows::write_outcome(&command.command_id, &row)];
    if let Action::RegisterAccount { email, .. } = &command.action {
        further.push(rows::write_address(email, &AddressRow { candidate: id.clone() }));
    }
    let verdict = Verdict {
        cause: Cause::Command { command: for_record(command) },
        at: now,
        events: decision.events,
        notice: decision.notice.map(|kind| (kind, notice_sk(command, kind), now)),
    };
    ledger::record(context, before.as_ref(), id, verdict, further).await?;
    Ok(row.outcome)
}

fn token_valid(context: &Context, command: &Command, candidate: Option<&Candidate>) -> bool {
    match (&command.action, candidate) {
        (Action::ActivateAccount { token }, Some(candidate)) => {
            token::is_activation(&context.settings.token_key, candidate, token)
        }
        _ => false,
    }
}

fn for_record(command: &Command) -> Command {
    Command { action: command.action.for_record(), ..command.clone() }
}

fn notice_sk(command: &Command, kind: NoticeKind) -> String {
    format!("N#{}#{}", command.command_id, kind.name())
}

/// Whoever owns the address learns that somebody tried to register with it (R11).
fn account_exists(owner: &CandidateId, command: &Command, now: Timestamp) -> rows::NoticeRow {
    let kind = NoticeKind::AccountExists;
    ledger::owed(owner, kind, notice_sk(command, kind), 0, now, now, None)
}

async fn on_formation(
    context: &Context,
    command: &Command,
    id: &FormationId,
    fingerprint: &str,
    started: Timestamp,
) -> Result<Outcome, Fault> {
    let store = context.platform.store.as_ref();
    let gate = ledger::gate(context).await?;
    let stored: Option<Formation> = rows::get(store, Table::State, &rows::formation_key(id)).await?;
    let ranking: Option<Ranking> = rows::get(store, Table::State, &rows::ranking_key(id)).await?;
    let content = ranking_content(&command.action);
    let ranking_digest = content.as_deref().map(digest::of).unwrap_or_default();
    let facts = Facts { ranking_digest: &ranking_digest, gate, ..Facts::default() };
    let now = context.now();
    let subject = Subject::Formation { id, state: stored.as_ref(), ranking: ranking.as_ref() };
    let decision = match decide(subject, command, &facts, now, context.rules()) {
        Ok(decision) => decision,
        Err(refusal) => return refuse(context, command, fingerprint, refusal, None).await,
    };
    // The content first: a ranking's row never names an object that is not there.
    if let Some(content) = content {
        context.platform.objects.put(&rows::ranking_object(id, &ranking_digest), content).await?;
    }
    in_time(context, started)?;
    let outcome = Outcome::Accepted { events: decision.events.clone(), warnings: decision.warnings };
    let row = OutcomeRow { fingerprint: fingerprint.to_owned(), outcome };
    let mut writes = vec![rows::write_outcome(&command.command_id, &row)];
    if let Some(state) = procedure::fold::formation(stored.as_ref(), &decision.events)
        && !decision.events.is_empty()
    {
        let record = DecisionRecord {
            seq: state.version,
            at: now,
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
fn ranking_content(action: &Action) -> Option<Vec<u8>> {
    let Action::PublishRanking { ranked, refused, .. } = action else { return None };
    let content = RankingContent { ranked: ranked.clone(), refused: refused.clone() };
    serde_json::to_vec(&content).ok()
}
