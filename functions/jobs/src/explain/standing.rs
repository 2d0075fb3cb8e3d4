//! Why somebody who waits has no offer, and why somebody else has no result.

use std::collections::HashMap;

use jiff::ToSpan;
use platform::store::Segment;
use platform::{Item, Table};
use procedure::night::RankingIndex;
use procedure::seats::{self, Turn};
use procedure::{calendar, digest, fold};
use schemas::{Application, Candidate, CandidateId, Formation, FormationId, Gate, Ranking, RankingContent};

use super::{ApplicationExplained, NoResult, Waiting, words};
use crate::context::Context;
use crate::fault::Fault;
use crate::{ledger, positions, rows};

/// How many items one read of the scan gives.
const SCAN_PAGE: usize = 500;

/// Reads a formation.
pub(super) async fn formation(context: &Context, id: &FormationId) -> Result<Option<Formation>, Fault> {
    let key = rows::formation_key(id);
    Ok(rows::get(context.platform.store.as_ref(), Table::State, &key).await?)
}

/// Says of each application that waits how many are before it and who holds the seats: one scan of the table
/// `state` for all of them.
pub(super) async fn add_waiting(
    context: &Context,
    candidate: &CandidateId,
    gate: Gate,
    applications: &mut [ApplicationExplained],
) -> Result<(), Fault> {
    let Some(own) = ledger::candidate(context, candidate).await? else { return Ok(()) };
    let own = seen(context, &own, gate);
    let mut queues: HashMap<FormationId, Queue> = HashMap::new();
    for (formation, application) in &own.applications {
        if let Some(turn) = seats::turn(application, context.rules()) {
            queues.insert(formation.clone(), Queue { turn, before: 0, taken: 0, last_called: None });
        }
    }
    if queues.is_empty() {
        return Ok(());
    }
    let mut after = None;
    loop {
        let whole = Segment { number: 0, of: 1 };
        let page = context.platform.store.scan(Table::State, whole, after, SCAN_PAGE).await?;
        for item in &page.items {
            count(context, candidate, gate, item, &mut queues)?;
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    for application in applications {
        let queue = queues.get(&application.formation);
        if let Some((queue, formation)) = queue.zip(formation(context, &application.formation).await?) {
            application.waiting = Some(Waiting {
                position: queue.before + 1,
                before: queue.before,
                published: positions::of(context, &application.formation, candidate).await?,
                seats: formation.capacity,
                call_limit: formation.call_limit,
                taken: queue.taken,
                last_called: queue.last_called,
                stopped: formation.stopped,
                next_night: next_night(context, gate, |date| {
                    calendar::calls_on(context.rules(), formation.track, date)
                }),
            });
        }
    }
    Ok(())
}

/// A candidate as he is now for everyone outside the night.
fn seen(context: &Context, stored: &Candidate, gate: Gate) -> Candidate {
    ledger::settled(context, &fold::visible(stored, gate.published), context.now())
}

/// A waitlist, seen from one place in it.
struct Queue {
    turn: Turn,
    before: u32,
    taken: u32,
    last_called: Option<u32>,
}

fn count(
    context: &Context,
    candidate: &CandidateId,
    gate: Gate,
    item: &Item,
    queues: &mut HashMap<FormationId, Queue>,
) -> Result<(), Fault> {
    // Most candidates have nothing to do with these formations: not even parsed.
    let concerned = rows::candidate_of(&item.key.pk).is_some_and(|other| other != *candidate)
        && queues.keys().any(|formation| item.body.contains(formation.as_str()));
    if !concerned {
        return Ok(());
    }
    let seen = seen(context, &rows::read::<Candidate>(item)?, gate);
    for (formation, application) in &seen.applications {
        let Some(queue) = queues.get_mut(formation) else { continue };
        let turn = seats::turn(application, context.rules());
        if turn.is_some_and(|turn| turn < queue.turn) {
            queue.before += 1;
        } else if seats::takes_seat(application.now.state, context.rules()) {
            queue.taken += 1;
            queue.last_called = queue.last_called.max(application.now.rank);
        }
    }
    Ok(())
}

/// When the next night of this kind that nobody has seen yet is published.
fn next_night(context: &Context, gate: Gate, wanted: impl Fn(jiff::civil::Date) -> bool) -> Option<String> {
    let rules = context.rules();
    let last = calendar::campaign_days(rules)?.last;
    let mut date = calendar::day(context.now());
    while date <= last {
        let to_come = gate.published < Some(date) && context.now() < calendar::gate_latest(rules, date);
        if to_come && wanted(date) {
            return Some(words::minute(calendar::publication(rules, date)));
        }
        date = date.checked_add(1.day()).ok()?;
    }
    None
}

/// Why there is no result.
pub(super) async fn no_result(
    context: &Context,
    candidate: &CandidateId,
    formation: &FormationId,
    application: &Application,
    gate: Gate,
) -> Result<NoResult, Fault> {
    let Application { track, round, .. } = *application;
    let rules = context.rules();
    if let Some(from) = calendar::results_from(rules, track, round)
        && gate.published < Some(from)
    {
        let on = words::minute(calendar::publication(rules, from));
        return Ok(NoResult::ResultsCome { on });
    }
    let silence_until = Some(words::last_minute(calendar::admission_end(rules, round)));
    let key = rows::ranking_key(formation);
    let ranking: Option<Ranking> = rows::get(context.platform.store.as_ref(), Table::State, &key).await?;
    let Some(ranking) = ranking.filter(|ranking| ranking.round == round) else {
        return Ok(NoResult::NoRanking { silence_until });
    };
    let index = RankingIndex::of(content(context, &ranking).await?);
    if index.rank(candidate).is_some() || index.refusal(candidate).is_some() {
        let on = next_night(context, gate, |date| calendar::is_night(rules, date));
        return Ok(NoResult::NextNight { on });
    }
    Ok(NoResult::NotInRanking { published_at: words::minute(ranking.published_at), silence_until })
}

async fn content(context: &Context, ranking: &Ranking) -> Result<RankingContent, Fault> {
    let key = rows::ranking_object(&ranking.formation, &ranking.digest);
    let bytes = context.platform.objects.get(&key).await?.filter(|bytes| digest::of(bytes) == ranking.digest);
    let content = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    content.ok_or(Fault::Missing(key))
}
