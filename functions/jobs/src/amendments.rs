//! Amendments of the campaign file: which version is in force, how a new one is put, and what it moves (C13). With them
//! the sweep that writes to each candidate what an operator changed for everybody.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use platform::{Item, Table};
use procedure::{Decision, amendment, campaign_file, settle};
use schemas::{
    Action, Actor, Campaign, Candidate, Cause, Change, Command, DecisionRecord, Event, Outcome, Refusal, Rule,
};

use crate::commands::in_time;
use crate::context::Context;
use crate::extensions;
use crate::fault::Fault;
use crate::ledger::{self, CODE_VERSION, Verdict};
use crate::rows::{self, CampaignRow};
use crate::sweep;

/// What an operator changed for everybody; `None` if he did not.
pub(crate) async fn stored(context: &Context) -> Result<Option<CampaignRow>, Fault> {
    let store = context.platform.store.as_ref();
    Ok(rows::get(store, Table::State, &rows::campaign_key()).await?)
}

/// The campaign file of this digest, as stored with its amendment.
pub(crate) async fn file(context: &Context, named: &str) -> Result<Campaign, Fault> {
    let key = rows::campaign_object(named);
    let missing = || Fault::Missing(key.clone());
    let bytes = context.platform.objects.get(&key).await?.ok_or_else(missing)?;
    let text = String::from_utf8(bytes).map_err(|_| missing())?;
    let rules = campaign_file::of_text(&text).map_err(|_| missing())?;
    if rules.digest == named { Ok(rules) } else { Err(missing()) }
}

/// Decides an amendment on the calendar in force; the file first, so that no row names one that is not there.
pub(crate) async fn put(
    context: &Context,
    command: &Command,
    text: &str,
    fingerprint: &str,
    started: Timestamp,
) -> Result<Result<Outcome, Refusal>, Fault> {
    if command.actor != Actor::Operator {
        return Ok(Err(Refusal::NotTheOwner {}));
    }
    let now = context.now();
    let amended = match campaign_file::of_text(text) {
        Ok(amended) => amended,
        Err(error) => return Ok(Err(Refusal::InvalidCampaign { why: error.to_string() })),
    };
    let before = stored(context).await?;
    // Read after the row: checked against what it replaces, or the row has changed.
    let context = &context.in_force().await?;
    if let Err(refusal) = amendment::check(context.rules(), &amended, now) {
        return Ok(Err(refusal));
    }
    let store = context.platform.store.as_ref();
    let version = before.as_ref().map_or(1, |row| row.version + 1);
    context.platform.objects.put(&rows::campaign_object(&amended.digest), text.as_bytes().to_vec()).await?;
    let row = CampaignRow {
        version,
        digest: Some(amended.digest.clone()),
        valid_from: now,
        extending: before.map(|row| row.extending).unwrap_or_default(),
        swept: false,
    };
    let change = Change::CampaignAmended { digest: amended.digest.clone() };
    let events = vec![Event { rule: Rule(2), night: None, change }];
    let record = DecisionRecord {
        seq: version,
        at: now,
        decided_at: now,
        cause: Cause::Command {
            command: Command { action: Action::for_record(&command.action), ..command.clone() },
        },
        events: events.clone(),
        rules: context.rules().digest.clone(),
        code: CODE_VERSION.to_owned(),
    };
    let outcome = Outcome::Accepted { events, warnings: Decision::default().warnings };
    let kept = rows::OutcomeRow { fingerprint: fingerprint.to_owned(), outcome: outcome.clone() };
    in_time(context, started)?;
    store
        .transact(vec![
            rows::write(&row),
            rows::write_record(rows::AMENDMENT_PK, &record),
            rows::write_outcome(&command.command_id, &kept),
        ])
        .await?;
    Ok(Ok(outcome))
}

/// What the sweep wrote.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Swept {
    /// Candidates with a deadline extended (R34).
    pub(crate) extended: u64,
    /// Candidates listed on another day (C13).
    pub(crate) rescheduled: u64,
}

/// Writes the extensions to each candidate, and lists him where the calendar in force will look for him; done once, by
/// whoever comes first. Nothing depends on it but the time at which what is true is made durable.
pub(crate) async fn sweep(context: &Context) -> Result<Swept, Fault> {
    let Some(row) = stored(context).await?.filter(|row| !row.swept) else { return Ok(Swept::default()) };
    // Read after the row: what is written is never older than what is crossed off, and if it is newer the row has changed.
    let context = &context.in_force().await?;
    let now = context.now();
    let mut made = Swept::default();
    let work = |number| sweep_segment(context.clone(), number);
    let segments = 0..context.settings.segments;
    sweep::each(segments, context.settings.concurrency, work, |part: Swept| {
        made.extended += part.extended;
        made.rescheduled += part.rescheduled;
    })
    .await?;
    // Of a clock that is ahead of this one.
    let extending: Vec<_> = row.extending.into_iter().filter(|one| now < one.accepted_at).collect();
    let swept = CampaignRow { version: row.version + 1, swept: extending.is_empty(), extending, ..row };
    match context.platform.store.transact(vec![rows::write(&swept)]).await {
        // An operator changed more meanwhile: the next sweep writes that.
        Ok(()) | Err(platform::StoreError::Conflict { .. }) => Ok(made),
        Err(error) => Err(error.into()),
    }
}

async fn sweep_segment(context: Context, number: u32) -> Result<Swept, Fault> {
    let made = Mutex::new(Swept::default());
    let (context, counted) = (&context, &made);
    sweep::scan(context, number, |items| async move {
        let work = |item: Item| sweep_one(context.clone(), item);
        let candidates = items.into_iter().filter(sweep::is_candidate);
        sweep::each(candidates, context.settings.concurrency, work, |(extended, rescheduled)| {
            let mut counted = counted.lock().unwrap_or_else(PoisonError::into_inner);
            counted.extended += u64::from(extended);
            counted.rescheduled += u64::from(rescheduled);
        })
        .await
    })
    .await?;
    Ok(made.into_inner().unwrap_or_else(PoisonError::into_inner))
}

async fn sweep_one(context: Context, item: Item) -> Result<(bool, bool), Fault> {
    let context = &context;
    sweep::redeciding(context, rows::read(&item)?, |candidate: Candidate| async move {
        let extended = extensions::next(context, &candidate, context.now()).is_some();
        let candidate = ledger::extend_durably(context, candidate, context.now()).await?;
        if settle::next_due(&candidate, context.rules()) == candidate.due {
            return Ok((extended, false));
        }
        let events = vec![Event { rule: Rule(2), night: None, change: Change::Rescheduled }];
        let verdict = Verdict { cause: Cause::Time, at: context.now(), events, notice: None };
        ledger::record(context, Some(&candidate), &candidate.id, verdict, Vec::new()).await?;
        Ok((extended, true))
    })
    .await
}
