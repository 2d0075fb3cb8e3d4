//! Amendments of the campaign file: which version is in force, how a new one is put, and what it moves (C13).

use platform::{Item, Table};
use procedure::{Decision, amendment, campaign_file, settle};
use schemas::{
    Action, Actor, Campaign, Candidate, Cause, Change, Command, DecisionRecord, Event, Outcome, Refusal, Rule,
};

use crate::context::Context;
use crate::fault::Fault;
use crate::ledger::{self, CODE_VERSION, Verdict};
use crate::rows::{self, CampaignRow};
use crate::sweep;

/// The digest of the amendment in force; `None` if there was none.
pub(crate) async fn in_force(context: &Context) -> Result<Option<String>, Fault> {
    Ok(stored(context).await?.map(|row| row.digest))
}

async fn stored(context: &Context) -> Result<Option<CampaignRow>, Fault> {
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
) -> Result<Result<Outcome, Refusal>, Fault> {
    if command.actor != Actor::Operator {
        return Ok(Err(Refusal::NotTheOwner {}));
    }
    let now = context.now();
    let amended = match campaign_file::of_text(text) {
        Ok(amended) => amended,
        Err(error) => return Ok(Err(Refusal::InvalidCampaign { why: error.to_string() })),
    };
    if let Err(refusal) = amendment::check(context.rules(), &amended, now) {
        return Ok(Err(refusal));
    }
    let store = context.platform.store.as_ref();
    let version = stored(context).await?.map_or(1, |row| row.version + 1);
    context.platform.objects.put(&rows::campaign_object(&amended.digest), text.as_bytes().to_vec()).await?;
    let row = CampaignRow { version, digest: amended.digest.clone(), valid_from: now, swept: false };
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
    store
        .transact(vec![
            rows::write(&row),
            rows::write_record(rows::AMENDMENT_PK, &record),
            rows::write_outcome(&command.command_id, &kept),
        ])
        .await?;
    Ok(Ok(outcome))
}

/// After an amendment each candidate is listed where the new calendar will look for him; done once, by whoever comes
/// first. Nothing depends on it but the time at which what is true is made durable.
pub(crate) async fn reschedule(context: &Context) -> Result<u64, Fault> {
    let Some(row) = stored(context).await?.filter(|row| !row.swept) else { return Ok(0) };
    let mut moved = 0;
    let work = |number| reschedule_segment(context.clone(), number);
    let segments = 0..context.settings.segments;
    sweep::each(segments, context.settings.concurrency, work, |count: u64| moved += count).await?;
    let swept = CampaignRow { version: row.version + 1, swept: true, ..row };
    match context.platform.store.transact(vec![rows::write(&swept)]).await {
        // Another amendment came meanwhile: it is swept after it.
        Ok(()) | Err(platform::StoreError::Conflict { .. }) => Ok(moved),
        Err(error) => Err(error.into()),
    }
}

async fn reschedule_segment(context: Context, number: u32) -> Result<u64, Fault> {
    let moved = std::sync::atomic::AtomicU64::new(0);
    let (context, counted) = (&context, &moved);
    sweep::scan(context, number, |items| async move {
        let work = |item: Item| reschedule_one(context.clone(), item);
        let candidates = items.into_iter().filter(sweep::is_candidate);
        sweep::each(candidates, context.settings.concurrency, work, |one: bool| {
            counted.fetch_add(u64::from(one), std::sync::atomic::Ordering::Relaxed);
        })
        .await
    })
    .await?;
    Ok(moved.into_inner())
}

async fn reschedule_one(context: Context, item: Item) -> Result<bool, Fault> {
    let context = &context;
    sweep::redeciding(context, rows::read(&item)?, |candidate: Candidate| async move {
        if settle::next_due(&candidate, context.rules()) == candidate.due {
            return Ok(false);
        }
        let events = vec![Event { rule: Rule(2), night: None, change: Change::Rescheduled }];
        let verdict = Verdict { cause: Cause::Time, at: context.now(), events, notice: None };
        ledger::record(context, Some(&candidate), &candidate.id, verdict, Vec::new()).await?;
        Ok(true)
    })
    .await
}
