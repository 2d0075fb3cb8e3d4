//! The job `phase-transition`: what a boundary of the calendar does beyond one candidate.
//!
//! Phases themselves need no job: they are derived from the calendar. When one begins, this job records it,
//! hands each formation its applications when the examination begins, counts the formations that have no ranking when
//! admission begins, and hands each establishment those whom it admitted from then on (R65).

mod handoff;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::civil::Date;
use platform::{Item, StoreError, Table};
use procedure::{calendar, decide};
use schemas::{
    AccountState, Application, ApplicationState, Candidate, CandidateId, Cause, Change, DecisionRecord,
    Event, FormationId, NoticeKind, Phase, Round, Rule,
};
use serde::Serialize;

use crate::amendments::{self, Swept};
use crate::context::Context;
use crate::deadline_expiry;
use crate::fault::Fault;
use crate::ledger::{self, CODE_VERSION, SettledCounts};
use crate::rows::{self, Checkpoint};
use crate::sweep;

const JOB: &str = "phase-transition";

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PhaseTransitionReport {
    /// The phases whose beginning was recorded.
    pub begun: Vec<Phase>,
    /// Formations that were handed their applications.
    pub formations_handed: u64,
    /// Applications handed to them.
    pub applications_handed: u64,
    /// Formations without a ranking when admission began; their candidates wait for R22.
    pub formations_unranked: Option<u64>,
    /// Candidates who were asked to order what they have (R53).
    pub asked_for_preferences: u64,
    /// Candidates to whom deadlines were extended, for everybody whom it concerns (R34).
    pub extended: u64,
    /// Candidates whom an amended calendar will look at on another day (C13).
    pub rescheduled: u64,
    /// Establishments that were handed those whom they admitted (R65).
    pub establishments_handed: u64,
    /// Admissions handed to them.
    pub admissions_handed: u64,
    /// What time did to candidates, recorded here.
    pub settled: SettledCounts,
}

/// Does what is due and not yet done, in the order of the calendar.
///
/// # Errors
/// A [`Fault`]; the next tick begins again with the phase that was not finished.
pub async fn run(context: &Context) -> Result<PhaseTransitionReport, Fault> {
    // Before the calendar is read: what is amended meanwhile moves no boundary up to here.
    let now = context.now();
    let context = &context.in_force().await?;
    let store = &context.platform.store;
    let stored = rows::get(store.as_ref(), Table::State, &rows::checkpoint_key(JOB, "all")).await?;
    let mut checkpoint: Checkpoint = stored.unwrap_or(Checkpoint {
        job: JOB.into(),
        segment: "all".into(),
        version: 0,
        done_before: None,
        phases_begun: Vec::new(),
    });
    // If that fails for somebody the phases begin all the same; the next tick tries it again.
    let swept = amendments::sweep(context).await;
    let Swept { extended, rescheduled } = *swept.as_ref().unwrap_or(&Swept::default());
    let mut report = PhaseTransitionReport { extended, rescheduled, ..Default::default() };
    for (phase, at) in calendar::boundaries(context.rules(), now) {
        if checkpoint.phases_begun.contains(&phase) {
            continue;
        }
        begin(context, phase, calendar::day(at), &mut report).await?;
        checkpoint.phases_begun.push(phase);
        checkpoint.version += 1;
        let record = DecisionRecord {
            seq: checkpoint.version,
            at,
            decided_at: context.now(),
            cause: Cause::Time,
            events: vec![Event { rule: Rule(2), night: None, change: Change::PhaseBegan { phase } }],
            rules: context.rules().digest.clone(),
            code: CODE_VERSION.to_owned(),
        };
        let writes = vec![rows::write(&checkpoint), rows::write_record(rows::CAMPAIGN_PK, &record)];
        store.transact(writes).await?;
        report.begun.push(phase);
    }
    swept.map(|_| report)
}

async fn begin(
    context: &Context,
    phase: Phase,
    first: Date,
    report: &mut PhaseTransitionReport,
) -> Result<(), Fault> {
    match phase {
        Phase::Catalogue | Phase::Application => return Ok(()),
        Phase::Examination => return hand_applications(context, Round::Main, report).await,
        Phase::Admission => return count_unranked(context, report).await,
        Phase::ComplementaryApplication => {
            settle_all(context, report).await?;
            ask_for_preferences(context, report).await?;
        }
        Phase::ComplementaryExamination => {
            settle_all(context, report).await?;
            hand_applications(context, Round::Complementary, report).await?;
        }
        Phase::ComplementaryAdmission | Phase::Withdrawals | Phase::Closed => {
            settle_all(context, report).await?;
        }
    }
    // Once the main phase is over, each phase begins with more who accepted for good.
    handoff::hand_admissions(context, first, report).await
}

async fn settle_all(context: &Context, report: &mut PhaseTransitionReport) -> Result<(), Fault> {
    let settled = deadline_expiry::run(context, deadline_expiry::ALL).await?;
    report.settled.add(settled.settled);
    Ok(())
}

/// R53: everybody who has something to order, or an offer that will be last, is asked to.
async fn ask_for_preferences(context: &Context, report: &mut PhaseTransitionReport) -> Result<(), Fault> {
    let work = |number| ask_in_segment(context.clone(), number);
    sweep::each(0..context.settings.segments, context.settings.concurrency, work, |asked: u64| {
        report.asked_for_preferences += asked;
    })
    .await
}

async fn ask_in_segment(context: Context, number: u32) -> Result<u64, Fault> {
    let asked = Mutex::new(0_u64);
    let (context, counted) = (&context, &asked);
    sweep::scan(context, number, |items| async move {
        let work = |item: Item| ask_one(context.clone(), item);
        let candidates = items.into_iter().filter(sweep::is_candidate);
        sweep::each(candidates, context.settings.concurrency, work, |one: bool| {
            *counted.lock().unwrap_or_else(PoisonError::into_inner) += u64::from(one);
        })
        .await
    })
    .await?;
    Ok(asked.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Owes one candidate the notice, once: its key is the day's. It changes nothing of him, so no decision owes it.
async fn ask_one(context: Context, item: Item) -> Result<bool, Fault> {
    let now = context.now();
    let candidate: Candidate = ledger::settled(&context, &rows::read(&item)?, now);
    let to_order = candidate.applications.values().any(|application| {
        application.now.state == ApplicationState::AcceptedProvisionally
            || decide::is_ordered(application, context.rules())
    });
    if !to_order || candidate.account != AccountState::Active {
        return Ok(false);
    }
    let kind = NoticeKind::PreferencesNeeded;
    let sk = format!("N#{}#{}", calendar::day(now), kind.name());
    let notice = ledger::owed(&candidate.id, kind, sk, 0, now, now, None);
    match context.platform.store.transact(vec![notice.write()]).await {
        Ok(()) => Ok(true),
        // Owed already, by a run that was cut off.
        Err(StoreError::Conflict { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// R19: each formation gets the list of the candidates whose application waits for a result, sorted by id.
async fn hand_applications(
    context: &Context,
    round: Round,
    report: &mut PhaseTransitionReport,
) -> Result<(), Fault> {
    let mut lists: BTreeMap<FormationId, Vec<CandidateId>> = BTreeMap::new();
    let work = |number| applications_of(context.clone(), round, number);
    sweep::each(
        0..context.settings.segments,
        context.settings.concurrency,
        work,
        |part: Vec<(FormationId, CandidateId)>| {
            for (formation, candidate) in part {
                lists.entry(formation).or_default().push(candidate);
            }
        },
    )
    .await?;
    for (formation, mut candidates) in lists {
        candidates.sort();
        report.formations_handed += 1;
        report.applications_handed += candidates.len() as u64;
        let bytes = serde_json::to_vec(&candidates).unwrap_or_default();
        context.platform.objects.put(&rows::applicants_object(&formation, round), bytes).await?;
    }
    Ok(())
}

/// The applications without a result of one segment.
async fn applications_of(
    context: Context,
    round: Round,
    number: u32,
) -> Result<Vec<(FormationId, CandidateId)>, Fault> {
    let mut live = Vec::new();
    let now = context.now();
    sweep::scan(&context, number, |items| {
        let read = items.iter().filter(|item| sweep::is_candidate(item)).try_for_each(|item| {
            let candidate: Candidate = ledger::settled(&context, &rows::read(item)?, now);
            let unranked = |a: &Application| a.now.state == ApplicationState::Submitted && a.round == round;
            let applications = candidate.applications.iter().filter(|(_, a)| unranked(a));
            live.extend(applications.map(|(formation, _)| (formation.clone(), candidate.id.clone())));
            Ok(())
        });
        std::future::ready(read)
    })
    .await?;
    Ok(live)
}

async fn count_unranked(context: &Context, report: &mut PhaseTransitionReport) -> Result<(), Fault> {
    let (mut formations, mut rankings) = (0_u64, 0_u64);
    for number in 0..context.settings.segments {
        sweep::scan(context, number, |items| {
            for item in items.iter().filter(|item| item.key.pk.starts_with("F#")) {
                formations += u64::from(item.key.sk == rows::STATE_SK);
                rankings += u64::from(item.key.sk == rows::RANKING_SK);
            }
            std::future::ready(Ok(()))
        })
        .await?;
    }
    report.formations_unranked = Some(formations.saturating_sub(rankings));
    Ok(())
}
