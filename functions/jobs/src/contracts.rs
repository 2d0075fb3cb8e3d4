//! The queue of contracts of a formation, in the order of arrival (R47): a hint only. What a candidate's own item says
//! decides, or before it says anything the verdict on a contract that came behind the gate; the queue says what to read.

use platform::{Key, Table, Write};
use procedure::{Decision, decide, fold};
use schemas::{Candidate, CandidateId, Change, FormationId, Gate};

use crate::context::Context;
use crate::fault::Fault;
use crate::rows::{self, QueuedContract};
use crate::{contract_check, ledger};

/// How many rows of a queue are read at once: most formations have fewer contracts in a year.
const PAGE: usize = 100;

/// The write that puts a contract that a decision received into its queue, where it is not since its verdict.
pub(crate) async fn queued(
    context: &Context,
    candidate: &CandidateId,
    decision: &Decision,
) -> Result<Option<Write>, Fault> {
    let received = decision.events.iter().find_map(|event| match &event.change {
        Change::ContractReceived { formation, arrival, version, .. } => {
            Some((formation, rows::queue_sk(*arrival, version)))
        }
        _ => None,
    });
    let Some((formation, sk)) = received else { return Ok(None) };
    let key = Key::new(rows::formation_pk(formation), &sk);
    if rows::get::<QueuedContract>(context.platform.store.as_ref(), Table::State, &key).await?.is_some() {
        return Ok(None);
    }
    let row = QueuedContract { candidate: candidate.clone(), upload: None };
    Ok(Some(rows::write_queued(formation, &sk, &row)))
}

/// Whose contract came before this candidate's and still waits for its decision; `None` if his is the next.
pub(crate) async fn earlier(
    context: &Context,
    formation: &FormationId,
    candidate: Option<&Candidate>,
    gate: Gate,
) -> Result<Option<CandidateId>, Fault> {
    let application = candidate.and_then(|candidate| candidate.applications.get(formation));
    let Some(contract) = application.and_then(|application| application.contract.as_ref()) else {
        return Ok(None);
    };
    let own = rows::queue_sk(contract.arrival, &contract.version);
    let (store, pk) = (context.platform.store.as_ref(), rows::formation_pk(formation));
    let mut after = None;
    loop {
        let page = store.query(Table::State, &pk, rows::QUEUE_SK, after, PAGE).await?;
        for item in page.items {
            if item.key.sk >= own {
                return Ok(None);
            }
            let QueuedContract { candidate: other, upload } = rows::read(&item)?;
            if let Some(upload) = upload
                && contract_check::is_postponed(context, &upload).await?
            {
                return Ok(Some(other));
            }
            let Some(state) = ledger::candidate(context, &other).await? else { continue };
            let settled = ledger::settled(context, &state, context.now());
            let seen = fold::visible(&settled, gate.published);
            let waits = seen.applications.get(formation).is_some_and(|application| {
                decide::comes_before(application, (contract.arrival, contract.version.as_str()))
            });
            if waits {
                return Ok(Some(other));
            }
        }
        after = page.next;
        if after.is_none() {
            return Ok(None);
        }
    }
}
