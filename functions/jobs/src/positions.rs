//! Positions on waitlists: published after each night, one object per formation, and checked against the day before.

use std::collections::BTreeMap;

use jiff::civil::Date;
use platform::Item;
use procedure::positions::{AheadCause, ahead_cause, worse};
use procedure::seats::{self, Turn};
use procedure::{calendar, fold};
use schemas::positions::PositionList;
use schemas::{Candidate, CandidateId, Cause, DecisionRecord, Formation, FormationId, Gate};
use serde::Serialize;

use crate::context::Context;
use crate::fault::Fault;
use crate::{ledger, rows, sweep};

/// What was published, and what became worse.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PositionsReport {
    /// Formations whose list changed.
    pub written: u64,
    /// Candidates' placements that wait, in all.
    pub waiting: u64,
    /// The formations where somebody waits longer than the day before, sorted.
    pub worse: Vec<WorsePositions>,
}

/// A formation where somebody waits longer than the day before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WorsePositions {
    /// Which.
    pub formation: FormationId,
    /// How many wait longer.
    pub candidates: u64,
    /// Of those who came before them, how many for each named cause.
    pub causes: BTreeMap<&'static str, u64>,
    /// Who came before them for no cause that the law knows: an operator must look.
    pub unnamed: Vec<CandidateId>,
}

/// The position of a candidate on the waitlist of a formation, as the last published night left it: one request. None for
/// whoever did not wait then.
///
/// # Errors
/// A [`Fault`] of the objects, or [`Fault::Missing`] where the list is not what it must be.
pub async fn of(
    context: &Context,
    formation: &FormationId,
    candidate: &CandidateId,
) -> Result<Option<(Date, u32)>, Fault> {
    let list = list(context, formation).await?;
    Ok(list.and_then(|list| Some((list.night, list.of(candidate)?))))
}

async fn list(context: &Context, formation: &FormationId) -> Result<Option<PositionList>, Fault> {
    let key = rows::positions_object(formation);
    let Some(bytes) = context.platform.objects.get(&key).await? else { return Ok(None) };
    serde_json::from_slice(&bytes).map(Some).map_err(|_| Fault::Missing(key))
}

/// Those who wait, by formation, in the order in which they are called; also each formation where nobody does.
type Lists = BTreeMap<FormationId, Vec<(Turn, CandidateId)>>;

/// Publishes the positions after the night of a date, as everyone sees them. Whoever comes twice finds nothing changed.
pub(crate) async fn publish(context: &Context, date: Date) -> Result<PositionsReport, Fault> {
    let gate = ledger::gate(context).await?;
    let mut lists = Lists::new();
    let work = |number| waiting_in_segment(context.clone(), gate, number);
    sweep::each(0..context.settings.segments, context.settings.concurrency, work, |part: Lists| {
        for (formation, waiting) in part {
            lists.entry(formation).or_default().extend(waiting);
        }
    })
    .await?;
    let mut report = PositionsReport::default();
    if ledger::gate(context).await?.published != Some(date) {
        // A machine that slept has an old reading: that of a later night is or will be there.
        return Ok(report);
    }
    let work = |(formation, mut waiting): (FormationId, Vec<(Turn, CandidateId)>)| {
        waiting.sort_unstable();
        let waiting = waiting.into_iter().map(|(_, candidate)| candidate).collect();
        publish_one(context.clone(), formation, PositionList { night: date, waiting })
    };
    sweep::each(lists, context.settings.concurrency, work, |(waiting, written, worse)| {
        report.waiting += waiting;
        report.written += u64::from(written);
        report.worse.extend(worse);
    })
    .await?;
    report.worse.sort_by(|a, b| a.formation.cmp(&b.formation));
    Ok(report)
}

async fn waiting_in_segment(context: Context, gate: Gate, number: u32) -> Result<Lists, Fault> {
    let mut lists = Lists::new();
    sweep::scan(&context, number, |items| {
        for item in &items {
            wait_of(&context, gate, item, &mut lists);
        }
        std::future::ready(Ok(()))
    })
    .await?;
    Ok(lists)
}

/// Where a candidate waits, or that there is a formation. What cannot be read stands in nobody's way.
fn wait_of(context: &Context, gate: Gate, item: &Item, lists: &mut Lists) {
    if item.key.pk.starts_with("F#") && item.key.sk == rows::STATE_SK {
        if let Ok(formation) = rows::read::<Formation>(item) {
            lists.entry(formation.id).or_default();
        }
        return;
    }
    if !sweep::is_candidate(item) {
        return;
    }
    let Ok(stored) = rows::read::<Candidate>(item) else {
        tracing::error!(key = %item.key, "A candidate cannot be read and has no positions");
        return;
    };
    let seen = ledger::settled(context, &fold::visible(&stored, gate.published), context.now());
    for (formation, application) in seen.applications {
        if let Some(turn) = seats::turn(&application, context.rules()) {
            lists.entry(formation).or_default().push((turn, seen.id.clone()));
        }
    }
}

/// Writes a formation's list if it changed, and says who is worse off; how many wait there, and whether it was written.
async fn publish_one(
    context: Context,
    formation: FormationId,
    list_now: PositionList,
) -> Result<(u64, bool, Option<WorsePositions>), Fault> {
    // A list that cannot be read is written anew; there is nothing to compare with.
    let before = list(&context, &formation).await.unwrap_or_else(|fault| {
        tracing::error!(%formation, %fault, "The positions of the day before cannot be read");
        None
    });
    let waiting = list_now.waiting.len() as u64;
    let unchanged = match &before {
        // A machine that slept after its reading replaces nothing that a later night published.
        Some(before) => list_now.night < before.night || before.waiting == list_now.waiting,
        None => list_now.waiting.is_empty(),
    };
    if unchanged {
        return Ok((waiting, false, None));
    }
    let found = match &before {
        Some(before) => explain_worse(&context, &formation, before, &list_now).await?,
        None => None,
    };
    let bytes = serde_json::to_vec(&list_now).unwrap_or_default();
    context.platform.objects.put(&rows::positions_object(&formation), bytes).await?;
    Ok((waiting, true, found))
}

/// Who waits longer than before, and for which named causes.
async fn explain_worse(
    context: &Context,
    formation: &FormationId,
    before: &PositionList,
    now: &PositionList,
) -> Result<Option<WorsePositions>, Fault> {
    let worse = worse(&before.waiting, &now.waiting);
    if worse.candidates.is_empty() {
        return Ok(None);
    }
    let published = calendar::publication(context.rules(), before.night);
    let since = |record: &&DecisionRecord| match record.cause {
        Cause::Night { date } => before.night < date,
        Cause::Command { .. } | Cause::Time => published <= record.at,
    };
    let (mut causes, mut unnamed) = (BTreeMap::new(), Vec::new());
    for candidate in worse.because_of {
        let records = ledger::records(context, &candidate).await?;
        let since_then = records.iter().rev().filter(since);
        let mut of_him = since_then.filter_map(|record| ahead_cause(&record.events, formation));
        match of_him.next().map(AheadCause::name) {
            Some(cause) => *causes.entry(cause).or_default() += 1,
            None => unnamed.push(candidate),
        }
    }
    if !unnamed.is_empty() {
        tracing::error!(
            %formation,
            candidates = worse.candidates.len(),
            because_of = unnamed.len(),
            "Positions became worse for no cause that the law knows"
        );
    }
    let candidates = worse.candidates.len() as u64;
    Ok(Some(WorsePositions { formation: formation.clone(), candidates, causes, unnamed }))
}
