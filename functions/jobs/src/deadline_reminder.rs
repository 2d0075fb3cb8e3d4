//! The job `deadline-reminder`: in the evening, whoever has not answered is told when his time runs out (R35), and whoever
//! accepted for good and is not enrolled, some days before he must be (R66).

use std::sync::{Mutex, PoisonError};

use jiff::civil::Date;
use jiff::{SignedDuration, ToSpan};
use platform::store::SHARDS;
use platform::{Item, Key, StoreError, Table};
use procedure::{calendar, fold};
use schemas::campaign::{EnrolBy, Phase};
use schemas::candidate::Standing;
use schemas::{AccountState, ApplicationState, Candidate, CandidateId, Gate, NoticeKind};
use serde::Serialize;

use crate::context::Context;
use crate::fault::Fault;
use crate::{ledger, letters, rows, sweep};

/// How many days before its last one an offer must have been received for a reminder on the day before: who got it
/// yesterday has just read of it.
const RECEIVED_DAYS_BEFORE: i64 = 2;

/// How many days before the last one somebody is reminded to enrol: the papers take a day or two, and an office is closed
/// on Sundays.
const ENROLMENT_DAYS_BEFORE: i64 = 3;

/// How many partitions of the index are read at once.
const PARTITIONS_AT_ONCE: usize = 8;

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct DeadlineReminderReport {
    /// Candidates who are reminded to answer.
    pub reminded: u64,
    /// Candidates who are reminded to enrol.
    pub to_enrol: u64,
}

/// Owes a reminder to everybody whose offer or search is due today, or tomorrow if he has had it for some days; once a
/// day, however often it runs.
///
/// # Errors
/// A [`Fault`]; the next tick of the day goes on.
pub async fn run(context: &Context) -> Result<DeadlineReminderReport, Fault> {
    let context = &context.in_force().await?;
    let today = calendar::day(context.now());
    let gate = ledger::gate(context).await?;
    // A deadline of 23:59 is the midnight after it: the index lists it on the next day.
    let days = today.series(1.day()).skip(1).take(2);
    let partitions = days.flat_map(|day| (0..SHARDS).map(move |shard| rows::due_partition(day, shard)));
    let mut report = DeadlineReminderReport::default();
    let work = |partition: String| remind_partition(context.clone(), gate, today, partition);
    sweep::each(partitions, PARTITIONS_AT_ONCE, work, |reminded: u64| report.reminded += reminded).await?;
    report.to_enrol = remind_to_enrol(context, gate, today).await?;
    Ok(report)
}

/// Owes a reminder to everybody who must enrol in some days, once. Nobody is looked at on an evening before which no day
/// of the calendar lies, unless it leaves the day to the establishments by now.
async fn remind_to_enrol(context: &Context, gate: Gate, today: Date) -> Result<u64, Fault> {
    let Ok(last) = today.checked_add(ENROLMENT_DAYS_BEFORE.days()) else { return Ok(0) };
    let may_be_last = context.rules().enrolment.iter().any(|line| match line.deadline {
        EnrolBy::Day(day) => day == last,
        EnrolBy::Establishment => line.from <= today,
    });
    if !may_be_last || calendar::phase(context.rules(), context.now()) == Phase::Closed {
        return Ok(0);
    }
    let reminded = Mutex::new(0_u64);
    for number in 0..context.settings.segments {
        let counted = &reminded;
        sweep::scan(context, number, |items| async move {
            let work = |item: Item| remind_one_to_enrol(context.clone(), gate, today, last, item);
            let candidates = items.into_iter().filter(sweep::is_candidate);
            sweep::each(candidates, context.settings.concurrency, work, |one: bool| {
                *counted.lock().unwrap_or_else(PoisonError::into_inner) += u64::from(one);
            })
            .await
        })
        .await?;
    }
    Ok(reminded.into_inner().unwrap_or_else(PoisonError::into_inner))
}

async fn remind_one_to_enrol(
    context: Context,
    gate: Gate,
    today: Date,
    last: Date,
    item: Item,
) -> Result<bool, Fault> {
    let stored: Candidate = rows::read(&item)?;
    let seen = fold::visible(&ledger::settled(&context, &stored, context.now()), gate.published);
    let due = letters::enrolment::to_enrol(&context, &seen).await?.is_some_and(|(by, _)| by == last);
    if !due || !matches!(seen.account, AccountState::Active | AccountState::Closed) {
        return Ok(false);
    }
    owe(&context, &stored.id, NoticeKind::EnrolmentReminder, today).await
}

/// Owes a notice of this day, once: its key is the day's. Whether it was not owed before.
async fn owe(context: &Context, id: &CandidateId, kind: NoticeKind, today: Date) -> Result<bool, Fault> {
    let now = context.now();
    let sk = format!("N#{today}#{}", kind.name());
    let notice = ledger::owed(id, kind, sk, 0, now, now, None);
    match context.platform.store.transact(vec![notice.write()]).await {
        Ok(()) => Ok(true),
        // Owed already, by a run before this one.
        Err(StoreError::Conflict { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

async fn remind_partition(
    context: Context,
    gate: Gate,
    today: Date,
    partition: String,
) -> Result<u64, Fault> {
    let reminded = Mutex::new(0_u64);
    let until = calendar::end_of(today).checked_add(SignedDuration::from_hours(48)).unwrap_or_default();
    let (context, counted) = (&context, &reminded);
    sweep::index_until(context, Table::State, &partition, until, |keys| async move {
        let work = |key: Key| remind(context.clone(), gate, today, key);
        sweep::each(keys, context.settings.concurrency, work, |one: bool| {
            *counted.lock().unwrap_or_else(PoisonError::into_inner) += u64::from(one);
        })
        .await
    })
    .await?;
    Ok(reminded.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Owes one candidate the reminder, once: its key is the day's.
async fn remind(context: Context, gate: Gate, today: Date, key: Key) -> Result<bool, Fault> {
    let Some(id) = rows::candidate_of(&key.pk) else { return Ok(false) };
    let Some(stored) = ledger::candidate(&context, &id).await? else { return Ok(false) };
    let now = context.now();
    let seen: Candidate = fold::visible(&ledger::settled(&context, &stored, now), gate.published);
    let due = seen.applications.values().any(|application| is_due(&application.now, today));
    if !due || seen.account != AccountState::Active {
        return Ok(false);
    }
    owe(&context, &id, NoticeKind::OfferReminder, today).await
}

/// Whether somebody is reminded of this today.
fn is_due(standing: &Standing, today: Date) -> bool {
    let waits = matches!(standing.state, ApplicationState::Offered | ApplicationState::ContractSearch);
    let Some(deadline) = standing.deadline.filter(|_| waits) else { return false };
    let last = calendar::day(deadline.checked_sub(SignedDuration::from_secs(1)).unwrap_or(deadline));
    let known_for_days = || {
        standing.received_on.is_some_and(|received| {
            last.checked_sub(RECEIVED_DAYS_BEFORE.days()).is_ok_and(|day| received <= day)
        })
    };
    last == today || (today.tomorrow().is_ok_and(|tomorrow| tomorrow == last) && known_for_days())
}
