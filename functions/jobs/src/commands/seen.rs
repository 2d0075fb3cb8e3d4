//! What a sender may see of what became of his command.

use procedure::address;
use schemas::command::Warning;
use schemas::{Action, Command, Outcome, Refusal};

use crate::context::Context;

/// Whether an address has an account is nobody's business (R11): a registration is answered alike in both cases,
/// and so are a wish for a new link and a wrong token afterwards, whether or not there is an account to activate.
pub(super) fn by_the_sender(context: &Context, command: &Command, outcome: Outcome) -> Outcome {
    let done = |warnings| Outcome::Accepted { events: Vec::new(), warnings };
    match (&command.action, outcome) {
        (
            Action::RegisterAccount { email, .. } | Action::ChangeEmail { email },
            Outcome::Accepted { .. } | Outcome::Refused { refusal: Refusal::AddressTaken {} },
        ) => {
            let may_block = address::may_block(email, context.rules());
            done(if may_block { vec![Warning::MailboxMayBlock] } else { Vec::new() })
        }
        (
            Action::ResendActivation {},
            Outcome::Accepted { .. }
            | Outcome::Refused {
                refusal: Refusal::TooSoon { .. } | Refusal::AccountNotActive { account: None },
            },
        ) => done(Vec::new()),
        (
            Action::ActivateAccount { .. },
            Outcome::Refused { refusal: Refusal::AccountNotActive { account: None } },
        ) => Outcome::Refused { refusal: Refusal::InvalidToken {} },
        (_, outcome) => outcome,
    }
}
