//! Establishments: how each is written to (R74).

use schemas::{Action, Actor, Change, Command, Establishment, EstablishmentId, Refusal};

use super::{Decision, event};
use crate::address;

/// An establishment says it of itself, or an operator for it.
pub(super) fn decide(
    id: &EstablishmentId,
    state: Option<&Establishment>,
    command: &Command,
) -> Result<Decision, Refusal> {
    let Action::SetEstablishment { email, .. } = &command.action else {
        return Err(Refusal::NotTheOwner {});
    };
    match &command.actor {
        Actor::Operator => {}
        Actor::Establishment(sender) if sender == id => {}
        _ => return Err(Refusal::NotTheOwner {}),
    }
    if !address::is_valid(email) {
        return Err(Refusal::InvalidAddress {});
    }
    if state.is_some_and(|known| known.email == *email) {
        // As said already: nothing to record.
        return Ok(Decision::default());
    }
    let change = Change::EstablishmentSet { establishment: id.clone(), email: email.clone() };
    Ok(Decision { events: vec![event(74, change)], ..Decision::default() })
}
