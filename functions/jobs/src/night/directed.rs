//! What an operator does to tonight's run: keep it back, let it go on, undo it (R33).

use platform::{Key, StoreError, Table};
use schemas::night::NightStatus;
use schemas::{
    Action, Actor, Cause, Change, Command, DecisionRecord, Event, NightRun, Outcome, Refusal, Rule,
};

use crate::context::Context;
use crate::fault::Fault;
use crate::ledger::CODE_VERSION;
use crate::rows;

/// Decides and records an operator's command on a night that is not published. What is undone is undone before the answer.
pub(crate) async fn direct(
    context: &Context,
    command: &Command,
    fingerprint: &str,
) -> Result<Result<Outcome, Refusal>, Fault> {
    if command.actor != Actor::Operator {
        return Ok(Err(Refusal::NotTheOwner {}));
    }
    let date = match &command.action {
        Action::HoldNight { date } | Action::ReleaseNight { date } | Action::VoidNight { date } => *date,
        _ => None,
    };
    let date = date.unwrap_or_else(|| procedure::calendar::day(context.now()));
    let Some(state) = super::stored::run(context, date).await? else {
        return Ok(Err(Refusal::NoSuchNight {}));
    };
    let Some(next) = next(&state, &command.action) else { return Ok(Err(Refusal::NoSuchNight {})) };
    let undoes = matches!(command.action, Action::VoidNight { .. });
    let status = if undoes { NightStatus::Void } else { next.status };
    let outcome = record(context, command, fingerprint, &next, status).await?;
    if undoes {
        let mut held = next;
        super::void(context, &mut held).await?;
    }
    Ok(Ok(outcome))
}

/// Ends what an accepted `void_night` began, for whoever asks again since he had no answer.
pub(crate) async fn end_undoing(context: &Context, outcome: &Outcome) -> Result<(), Fault> {
    let Outcome::Accepted { events, .. } = outcome else { return Ok(()) };
    for event in events {
        if let Change::NightDirected { night, status: NightStatus::Void } = event.change
            && let Some(mut state) = super::stored::run(context, night).await?
        {
            super::void(context, &mut state).await?;
        }
    }
    Ok(())
}

/// Whether this run is kept back only because an operator's undoing of it has not ended: the record that this version
/// of the run was written with says so.
pub(super) async fn is_being_undone(context: &Context, state: &NightRun) -> Result<bool, Fault> {
    if state.status != NightStatus::Held {
        return Ok(false);
    }
    let key = Key::new(rows::night_journal_pk(state.date), rows::record_sk(state.version));
    let store = context.platform.store.as_ref();
    let record: Option<DecisionRecord> = rows::get(store, Table::Journal, &key).await?;
    let undoes =
        |event: &Event| matches!(event.change, Change::NightDirected { status: NightStatus::Void, .. });
    Ok(record.is_some_and(|record| record.events.iter().any(undoes)))
}

/// The run after the command; `None` where it has no meaning. A run to be undone is kept back first, and for good, so
/// that nobody publishes what is half undone. One that the job itself keeps back, for a fault, is never let go on either.
fn next(state: &NightRun, action: &Action) -> Option<NightRun> {
    let becomes =
        |status, held_from| Some(NightRun { version: state.version + 1, status, held_from, ..state.clone() });
    let to_come = matches!(state.status, NightStatus::Planned | NightStatus::Applied);
    match action {
        Action::HoldNight { .. } if to_come => becomes(NightStatus::Held, Some(state.status)),
        Action::ReleaseNight { .. } if state.status == NightStatus::Held => becomes(state.held_from?, None),
        Action::VoidNight { .. } if to_come || state.status == NightStatus::Held => {
            becomes(NightStatus::Held, None)
        }
        _ => None,
    }
}

async fn record(
    context: &Context,
    command: &Command,
    fingerprint: &str,
    next: &NightRun,
    status: NightStatus,
) -> Result<Outcome, StoreError> {
    let now = context.now();
    let change = Change::NightDirected { night: next.date, status };
    let events = vec![Event { rule: Rule(33), night: None, change }];
    let record = DecisionRecord {
        seq: next.version,
        at: now,
        decided_at: now,
        cause: Cause::Command { command: command.clone() },
        events: events.clone(),
        rules: context.rules().digest.clone(),
        code: CODE_VERSION.to_owned(),
    };
    let outcome = Outcome::Accepted { events, warnings: Vec::new() };
    let kept = rows::OutcomeRow { fingerprint: fingerprint.to_owned(), outcome: outcome.clone() };
    let pk = rows::night_journal_pk(next.date);
    let writes = vec![
        rows::write(next),
        rows::write_record(&pk, &record),
        rows::write_outcome(&command.command_id, &kept),
    ];
    context.platform.store.transact(writes).await?;
    Ok(outcome)
}
