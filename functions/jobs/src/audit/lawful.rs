//! Whether a recorded decision is what the law, time or a night's plan makes of the state before it.

use std::collections::HashMap;

use procedure::night::events_for;
use procedure::{Arrival, Facts, Subject, calendar, decide, settle};
use schemas::night::NightStatus;
use schemas::{Action, Campaign, Candidate, Cause, Change, DecisionRecord, Formation, FormationId, Gate};

use super::FindingKind;
use super::nights::Nights;
use crate::ledger::CODE_VERSION;

type Wrong = (FindingKind, String);

/// The formations whose establishments decided on a candidate: what those decisions are measured against never changes.
pub(super) type Formations = HashMap<FormationId, Formation>;

/// What is wrong with a decision on a candidate. Decisions made under another campaign file or by another
/// version of the code are taken as they are: the law that made them is not at hand.
pub(super) fn wrong(
    nights: &Nights,
    before: Option<&Candidate>,
    record: &DecisionRecord,
    formations: &Formations,
    rules: &Campaign,
) -> Vec<Wrong> {
    if record.rules != rules.digest || record.code != CODE_VERSION {
        return Vec::new();
    }
    let mut wrong: Vec<Wrong> =
        record.events.iter().filter_map(|event| deadline(&event.change, rules)).collect();
    let differs = match &record.cause {
        Cause::Command { command } => {
            // Whether the address was free, the token right and the formation there is not kept, nor which night was
            // visible to whoever asked for a certificate while one was being made.
            let facts_are_kept = !matches!(
                command.action,
                Action::RegisterAccount { .. }
                    | Action::ActivateAccount { .. }
                    | Action::ConfirmEmail { .. }
                    | Action::SubmitApplication { .. }
                    | Action::RequestCertificate { .. }
            );
            facts_are_kept && !is_lawful_command(before, record, formations, rules)
        }
        // Found anew under an amended calendar: it changes nothing but where the index lists him.
        Cause::Time if record.events.iter().all(|event| event.change == Change::Rescheduled) => false,
        Cause::Time => !before.is_some_and(|before| {
            let due = settle(before, record.decided_at, rules);
            due.first().is_some_and(|first| first.at == record.at && first.events == record.events)
        }),
        Cause::Night { date } => {
            let night = nights.of(*date);
            match (night, before) {
                (Some(night), Some(before)) if is_undoing(record) => {
                    night.run.status == NightStatus::Published || before.last_night > Some(*date)
                }
                (Some(night), Some(before)) => {
                    before.last_night >= Some(*date)
                        || night.tonight.as_ref().is_some_and(|tonight| {
                            !events_for(tonight, before).is_ok_and(|(events, _)| events == record.events)
                        })
                }
                _ => true,
            }
        }
    };
    if differs {
        let detail = "the decision is not what follows from the state before it".to_owned();
        wrong.push((FindingKind::DecisionDiffers, detail));
    }
    wrong
}

/// Whether the record undoes a night.
pub(super) fn is_undoing(record: &DecisionRecord) -> bool {
    record.events.iter().any(|event| matches!(event.change, Change::NightVoided { .. }))
}

/// Decided again on the same state, at the same instant, the command changes the same. The gate was open.
fn is_lawful_command(
    before: Option<&Candidate>,
    record: &DecisionRecord,
    formations: &Formations,
    rules: &Campaign,
) -> bool {
    let (Cause::Command { command }, Some(before)) = (&record.cause, before) else { return false };
    let gate = Gate { published: before.last_night, ..Gate::default() };
    let subject = Subject::Candidate { id: &before.id, state: Some(before) };
    let formation = command.action.formation().and_then(|id| formations.get(id));
    // The record is placed at the arrival of the file that carried the command, if one did; its change knows better.
    let signalled = record.events.iter().find_map(|event| match event.change {
        Change::VacancySignalled { at, .. } => Some(at),
        _ => None,
    });
    let carried_by = signalled.map(|_| Arrival { at: record.at, version: "" });
    let facts = Facts { gate, formation, carried_by, ..Facts::default() };
    let again = decide(subject, command, &facts, signalled.unwrap_or(record.at), rules);
    again.is_ok_and(|decision| decision.events == record.events)
}

/// R34: the deadline of an offer follows from the day on which it was received.
fn deadline(change: &Change, rules: &Campaign) -> Option<Wrong> {
    let Change::Offered { formation, received_on, deadline } = change else { return None };
    let expected = calendar::offer_deadline(rules, *received_on);
    let detail =
        || format!("offer of {formation} received on {received_on}: {deadline} instead of {expected}");
    (*deadline != expected).then(|| (FindingKind::DeadlineDiffers, detail()))
}
