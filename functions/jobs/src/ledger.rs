//! Writes decisions: state, record and notice in one transaction (law 3).

use std::borrow::Cow;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use platform::{Key, StoreError, Table, Write};
use procedure::{Settlement, fold, settle};
use schemas::notice::NoticeStatus;
use schemas::{
    Candidate, CandidateId, Cause, Change, DecisionRecord, EstablishmentId, Event, Gate, LostCause, Notice,
    NoticeKind,
};
use serde::Serialize;

use crate::context::Context;
use crate::extensions;
use crate::fault::Fault;
use crate::rows::{self, NoticeRow};

/// How often an item that others keep changing is read and decided again before a job gives up: with one
/// writer per candidate at a time, more than two are already a sign of trouble.
pub(crate) const CONFLICT_ATTEMPTS_MAX: u32 = 8;

/// The version of the code, as decision records name it.
pub(crate) const CODE_VERSION: &str = env!("CARGO_PKG_VERSION");

/// A decision on a candidate, ready to be recorded.
pub(crate) struct Verdict {
    pub(crate) cause: Cause,
    /// The instant at which the law places it.
    pub(crate) at: Timestamp,
    pub(crate) events: Vec<Event>,
    /// What is owed for it: the kind, the sort key that makes it one of a kind, and when it may leave.
    pub(crate) notice: Option<(NoticeKind, String, Timestamp)>,
}

/// Records a decision on a candidate, with further writes in the same transaction; gives the new state.
pub(crate) async fn record(
    context: &Context,
    before: Option<&Candidate>,
    id: &CandidateId,
    verdict: Verdict,
    further: Vec<Write>,
) -> Result<Candidate, StoreError> {
    let now = context.now();
    let pk = rows::candidate_pk(id);
    let state = fold::candidate(before, id, &verdict.cause, &verdict.events, context.rules())
        .ok_or_else(|| StoreError::Invalid(format!("a decision on {pk}, which does not exist")))?;
    let record = DecisionRecord {
        seq: state.version,
        at: verdict.at,
        decided_at: now,
        cause: verdict.cause,
        events: verdict.events,
        rules: context.rules().digest.clone(),
        code: CODE_VERSION.to_owned(),
    };
    let mut writes = vec![rows::write(&state), rows::write_record(&pk, &record)];
    if let Some((kind, sk, leaves_at)) = verdict.notice {
        let night = match record.cause {
            Cause::Night { date } => Some(date),
            Cause::Command { .. } | Cause::Time => None,
        };
        let notice = owed(id, kind, sk, state.version, now, leaves_at, night);
        writes.extend(concerned(&record.events).map(|establishment| copy(&notice, establishment).write()));
        writes.push(notice.write());
    }
    writes.extend(further);
    context.platform.store.transact(writes).await?;
    Ok(state)
}

/// How many records one read gives.
const RECORDS_PAGE: usize = 500;

/// Every decision on a candidate, in order.
pub(crate) async fn records(context: &Context, id: &CandidateId) -> Result<Vec<DecisionRecord>, StoreError> {
    let pk = rows::candidate_pk(id);
    let mut records = Vec::new();
    let mut after = None;
    loop {
        let page = context.platform.store.query(Table::Journal, &pk, "D#", after, RECORDS_PAGE).await?;
        for item in &page.items {
            records.push(rows::read(item)?);
        }
        after = page.next;
        if after.is_none() {
            return Ok(records);
        }
    }
}

/// A notice that nobody has tried to send yet.
pub(crate) fn owed(
    candidate: &CandidateId,
    kind: NoticeKind,
    sk: String,
    decision: u64,
    created_at: Timestamp,
    leaves_at: Timestamp,
    night: Option<Date>,
) -> NoticeRow {
    let status = NoticeStatus::Pending { next_attempt_at: leaves_at, attempts: 0, doubts: 0 };
    let notice = Notice {
        candidate: Some(candidate.clone()),
        establishment: None,
        kind,
        version: 1,
        decision,
        created_at,
        night,
        again: None,
        status,
        trail: Vec::new(),
    };
    NoticeRow { key: Key::new(rows::candidate_pk(candidate), sk), notice }
}

/// The establishments that get a copy of a decision (R74).
pub(crate) fn concerned(events: &[Event]) -> impl Iterator<Item = &EstablishmentId> {
    let named = events.iter().filter_map(|event| match &event.change {
        Change::FraudDecided { concerned, .. } => Some(concerned),
        _ => None,
    });
    named.flatten()
}

/// The copy of a candidate's notice for an establishment: a row of its own, so that each copy has its own attempts and
/// shows nobody who else got one.
fn copy(original: &NoticeRow, establishment: &EstablishmentId) -> NoticeRow {
    let key = Key::new(rows::establishment_pk(establishment), original.key.sk.clone());
    let notice = Notice { establishment: Some(establishment.clone()), ..original.notice.clone() };
    NoticeRow { key, notice }
}

/// What time did to candidates, as recorded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct SettledCounts {
    /// Decisions recorded.
    pub decisions: u64,
    /// Offers lost for want of an answer (R29, R30).
    pub lapsed: u64,
    /// Provisional acceptances that became definitive (R32, R57).
    pub converted: u64,
    /// Applications without a favourable answer (R22, R58).
    pub not_admitted: u64,
    /// Placements kept for the withdrawals phase (R59).
    pub archived: u64,
}

impl SettledCounts {
    /// Adds the counts of another candidate or run.
    pub fn add(&mut self, other: Self) {
        self.decisions += other.decisions;
        self.lapsed += other.lapsed;
        self.converted += other.converted;
        self.not_admitted += other.not_admitted;
        self.archived += other.archived;
    }

    fn count(&mut self, events: &[Event]) {
        self.decisions += 1;
        for event in events {
            match event.change {
                Change::Lost { cause: LostCause::Expired, .. } => self.lapsed += 1,
                Change::AcceptedDefinitively { .. } => self.converted += 1,
                Change::NotAdmitted { .. } => self.not_admitted += 1,
                Change::Archived { .. } => self.archived += 1,
                _ => {}
            }
        }
    }
}

/// Makes durable what time did to a candidate, one decision an instant and kind, with the deadlines that were extended
/// for everybody meanwhile; gives the settled state.
pub(crate) async fn settle_durably(
    context: &Context,
    candidate: Candidate,
    now: Timestamp,
) -> Result<(Candidate, SettledCounts), StoreError> {
    let state = extend_durably(context, candidate, now).await?;
    time_durably(context, state, now).await
}

/// Writes to a candidate the deadlines that were extended for everybody (R34), with what time had done to him before.
pub(crate) async fn extend_durably(
    context: &Context,
    candidate: Candidate,
    now: Timestamp,
) -> Result<Candidate, StoreError> {
    let mut state = candidate;
    while let Some(verdict) = extensions::next(context, &state, now) {
        state = time_durably(context, state, verdict.at).await?.0;
        let id = state.id.clone();
        state = record(context, Some(&state), &id, verdict, Vec::new()).await?;
    }
    Ok(state)
}

async fn time_durably(
    context: &Context,
    mut state: Candidate,
    now: Timestamp,
) -> Result<(Candidate, SettledCounts), StoreError> {
    let mut made = SettledCounts::default();
    for Settlement { at, events, notice } in settle(&state, now, context.rules()) {
        made.count(&events);
        let sk = |kind: NoticeKind| format!("N#{}#{}", rows::record_sk(state.version + 1), kind.name());
        let notice = notice.map(|kind| (kind, sk(kind), context.now()));
        let verdict = Verdict { cause: Cause::Time, at, events, notice };
        let id = state.id.clone();
        state = record(context, Some(&state), &id, verdict, Vec::new()).await?;
    }
    Ok((state, made))
}

/// The candidate with everything done that time has to do, under the deadlines extended for everybody, without writing
/// it.
pub(crate) fn settled(context: &Context, candidate: &Candidate, now: Timestamp) -> Candidate {
    settle::settled(&extended(context, candidate, now).0, now, context.rules()).0
}

/// The candidate with the deadlines that were extended for everybody (R34), without writing them; with the decisions that
/// are still to be written for it, what time did before each among them.
pub(crate) fn extended<'a>(
    context: &Context,
    candidate: &'a Candidate,
    now: Timestamp,
) -> (Cow<'a, Candidate>, Vec<Verdict>) {
    let rules = context.rules();
    let (mut state, mut to_write) = (Cow::Borrowed(candidate), Vec::new());
    while let Some(verdict) = extensions::next(context, &state, now) {
        let (before, settlements) = settle::settled(&state, verdict.at, rules);
        let after = fold::candidate(Some(&before), &before.id, &verdict.cause, &verdict.events, rules);
        let Some(after) = after else { break };
        let of_time =
            |Settlement { at, events, .. }| Verdict { cause: Cause::Time, at, events, notice: None };
        to_write.extend(settlements.into_iter().map(of_time));
        to_write.push(verdict);
        state = Cow::Owned(after);
    }
    (state, to_write)
}

/// Reads a candidate.
pub(crate) async fn candidate(context: &Context, id: &CandidateId) -> Result<Option<Candidate>, StoreError> {
    rows::get(context.platform.store.as_ref(), Table::State, &rows::candidate_key(id)).await
}

/// Reads the gate; there is none before the first night.
pub(crate) async fn gate(context: &Context) -> Result<Gate, StoreError> {
    Ok(rows::get(context.platform.store.as_ref(), Table::State, &rows::gate_key()).await?.unwrap_or_default())
}

/// How long to wait before the second attempt after throttling or an unknown outcome; each further wait is twice
/// as long. Seven of them are shorter than a command may live.
const PAUSE_FIRST: Duration = Duration::from_millis(20);

/// Goes on after a conflict, throttling or an unknown outcome, at most [`CONFLICT_ATTEMPTS_MAX`] times, after a
/// pause where the store needs one; any other error ends.
pub(crate) async fn again(
    context: &Context,
    error: StoreError,
    key: &str,
    attempt: u32,
) -> Result<(), Fault> {
    match error {
        StoreError::Conflict { .. } if attempt < CONFLICT_ATTEMPTS_MAX => Ok(()),
        StoreError::Conflict { .. } => Err(Fault::Contended { key: key.to_owned(), attempts: attempt }),
        StoreError::Throttled | StoreError::Unavailable(_) if attempt < CONFLICT_ATTEMPTS_MAX => {
            let pause = PAUSE_FIRST.saturating_mul(1 << attempt.saturating_sub(1).min(16));
            context.platform.clock.sleep(pause).await;
            Ok(())
        }
        other => Err(Fault::Store(other)),
    }
}
