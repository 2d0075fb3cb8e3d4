//! Establishments: how each is written to, and what is written (R74).

use notices::{FraudDecisionCopy, Message};
use platform::Table;
use procedure::{Facts, Subject, decide, fold};
use schemas::{
    CandidateId, Cause, Change, Command, DecisionRecord, Establishment, EstablishmentId, Notice, Outcome,
    Refusal,
};

use crate::context::Context;
use crate::fault::Fault;
use crate::ledger::CODE_VERSION;
use crate::{commands, letters, rows};

/// Decides and records how an establishment is written to.
pub(crate) async fn set(
    context: &Context,
    command: &Command,
    id: &EstablishmentId,
    fingerprint: &str,
) -> Result<Result<Outcome, Refusal>, Fault> {
    let stored = establishment(context, id).await?;
    let (now, subject) = (context.now(), Subject::Establishment { id, state: stored.as_ref() });
    let decision = match decide(subject, command, &Facts::default(), now, context.rules()) {
        Ok(decision) => decision,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let row = commands::accepted(command, fingerprint, &decision);
    let mut writes = vec![rows::write_outcome(&command.command_id, &row)];
    if let Some(state) =
        fold::establishment(stored.as_ref(), &decision.events).filter(|_| !decision.events.is_empty())
    {
        let record = DecisionRecord {
            seq: state.version,
            at: now,
            decided_at: now,
            cause: Cause::Command { command: command.clone() },
            events: decision.events,
            rules: context.rules().digest.clone(),
            code: CODE_VERSION.to_owned(),
        };
        writes.push(rows::write(&state));
        writes.push(rows::write_record(&rows::establishment_pk(id), &record));
    }
    context.platform.store.transact(writes).await?;
    Ok(Ok(row.outcome))
}

/// Reads an establishment.
pub(crate) async fn establishment(
    context: &Context,
    id: &EstablishmentId,
) -> Result<Option<Establishment>, Fault> {
    Ok(rows::get(context.platform.store.as_ref(), Table::State, &rows::establishment_key(id)).await?)
}

/// The copy of what was decided about a candidate (R74); `None` if the decision is not one of which copies go out.
pub(crate) async fn copied(
    context: &Context,
    notice: &Notice,
    candidate: &CandidateId,
) -> Result<Option<Message>, Fault> {
    let decided = letters::decision(context, notice).await?.filter(|record| {
        record
            .events
            .iter()
            .any(|event| matches!(event.change, Change::FraudDecided { sanctioned: true, .. }))
    });
    let space = format!("{}/etablissement", context.settings.site);
    Ok(decided.map(|record| {
        Message::FraudDecisionCopy(FraudDecisionCopy { candidate: candidate.clone(), at: record.at, space })
    }))
}
