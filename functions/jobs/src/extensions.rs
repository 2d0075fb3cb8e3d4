//! Deadlines that an operator extends for everybody whom it concerns (R34): accepted in one row, true from then on,
//! written to each candidate by the next sweep or by whatever is decided on him first.

use jiff::Timestamp;
use procedure::{Decision, Facts, Subject, calendar, decide};
use schemas::{Action, Actor, Candidate, Cause, Command, DecisionRecord, Gate, Outcome, Refusal};

use crate::amendments;
use crate::commands::{self, in_time};
use crate::context::Context;
use crate::fault::Fault;
use crate::ledger::{CODE_VERSION, Verdict};
use crate::rows::{self, CampaignRow, Extending};

/// How many wait for the sweep at the most: it comes every five minutes, and they share one item.
const EXTENDING_MAX: usize = 100;

/// Accepts one: from its record on every job and every command knows of it.
pub(crate) async fn accept(
    context: &Context,
    command: &Command,
    fingerprint: &str,
    started: Timestamp,
) -> Result<Result<Outcome, Refusal>, Fault> {
    let Action::ExtendDeadline { until, .. } = &command.action else {
        return Ok(Err(Refusal::NotTheOwner {}));
    };
    if command.actor != Actor::Operator {
        return Ok(Err(Refusal::NotTheOwner {}));
    }
    let now = context.now();
    if calendar::end_of_minute(*until) <= now {
        return Ok(Err(Refusal::NoSuchOffer {}));
    }
    let row = amendments::stored(context).await?.unwrap_or(CampaignRow {
        version: 0,
        digest: None,
        valid_from: now,
        extending: Vec::new(),
        swept: true,
    });
    if row.extending.len() >= EXTENDING_MAX {
        return Err(Fault::Contended { key: rows::campaign_key().to_string(), attempts: 1 });
    }
    let mut extending = row.extending;
    extending.push(Extending { command: command.clone(), accepted_at: now });
    let row = CampaignRow { version: row.version + 1, extending, swept: false, ..row };
    let record = DecisionRecord {
        seq: row.version,
        at: now,
        decided_at: now,
        cause: Cause::Command { command: command.clone() },
        // What it changes stands with each candidate.
        events: Vec::new(),
        rules: context.rules().digest.clone(),
        code: CODE_VERSION.to_owned(),
    };
    let kept = commands::accepted(command, fingerprint, &Decision::default());
    let writes = vec![
        rows::write(&row),
        rows::write_record(rows::AMENDMENT_PK, &record),
        rows::write_outcome(&command.command_id, &kept),
    ];
    in_time(context, started)?;
    context.platform.store.transact(writes).await?;
    Ok(Ok(kept.outcome))
}

/// The first that concerns a candidate and is not written to him yet, decided as of its acceptance: of his offers of
/// that instant, none that he lost before and none that he received since.
pub(crate) fn next(context: &Context, candidate: &Candidate, now: Timestamp) -> Option<Verdict> {
    let accepted = context.extending.iter().filter(|one| one.accepted_at <= now);
    accepted.into_iter().find_map(|one| {
        let gate = Gate { published: candidate.last_night, ..Gate::default() };
        let facts = Facts { gate, ..Facts::default() };
        let subject = Subject::Candidate { id: &candidate.id, state: Some(candidate) };
        let decided = decide(subject, &one.command, &facts, one.accepted_at, context.rules());
        decided.ok().map(|decision| Verdict {
            cause: Cause::Command { command: one.command.clone() },
            at: one.accepted_at,
            events: decision.events,
            notice: None,
        })
    })
}
