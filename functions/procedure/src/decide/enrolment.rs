//! What becomes of a definitive acceptance at the establishment (R65).

use schemas::{Application, ApplicationState, Change, FormationId, Refusal};

use super::{Decision, event};

/// R65: who accepted for good is enrolled once the establishment says so.
pub(super) fn confirm(application: &Application, formation: &FormationId) -> Result<Decision, Refusal> {
    match application.now.state {
        ApplicationState::AcceptedDefinitively => {
            let change = Change::Enrolled { formation: formation.clone() };
            Ok(Decision { events: vec![event(65, change)], ..Decision::default() })
        }
        ApplicationState::Enrolled => Err(Refusal::AlreadyEnrolled {}),
        _ => Err(Refusal::NotAccepted {}),
    }
}
