//! Letters about reasons, exceptional circumstances and fraud (R21, R38, R73, R74).

use notices::{ExceptionDecided, FraudDecision, FraudNotice, Message, RefusalReasonGiven};
use schemas::{Change, DecisionRecord, Event};

use super::title;
use crate::context::Context;
use crate::fault::Fault;

/// What was decided, as the record has it.
pub(super) async fn told(
    context: &Context,
    record: &DecisionRecord,
    space: String,
) -> Result<Option<Message>, Fault> {
    let at = record.at;
    for event in &record.events {
        let message = match &event.change {
            Change::ReasonAnswered { formation } => {
                let formation = title(context, formation).await?;
                Message::RefusalReason(RefusalReasonGiven { formation, at, space })
            }
            Change::ExceptionDecided { formations, granted } => {
                let applications = u32::try_from(formations.len()).unwrap_or(u32::MAX);
                let held = |event: &Event| matches!(event.change, Change::AcceptedProvisionally { .. });
                let held_again = record.events.iter().any(held);
                let granted = *granted;
                Message::ExceptionDecided(ExceptionDecided { granted, applications, held_again, at, space })
            }
            Change::FraudNotified { until } => Message::FraudNotice(FraudNotice { answer_by: *until, space }),
            Change::FraudDecided { sanctioned, .. } => {
                let annulled = |event: &&Event| matches!(event.change, Change::Annulled { .. });
                let applications =
                    u32::try_from(record.events.iter().filter(annulled).count()).unwrap_or(u32::MAX);
                Message::FraudDecision(FraudDecision { sanctioned: *sanctioned, applications, at, space })
            }
            _ => continue,
        };
        return Ok(Some(message));
    }
    Ok(None)
}
