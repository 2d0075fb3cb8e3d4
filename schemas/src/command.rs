//! Commands: what candidates, establishments and operators ask for, and the answers they get.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::action::Action;
use crate::event::Event;
use crate::ids::{CandidateId, CommandId, EstablishmentId};
use crate::refusal::Refusal;

/// A command, as the platform sends it: `{ command_id, actor, type, … }`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Command {
    /// Chosen by the sender; sent again, it is the same command and gets the same answer.
    pub command_id: CommandId,
    /// Who asks.
    pub actor: Actor,
    /// What is asked.
    #[serde(flatten)]
    pub action: Action,
}

impl Command {
    /// The candidate whose item the command changes: the one that it names, or else the one who sends it.
    #[must_use]
    pub fn candidate(&self) -> Option<&CandidateId> {
        self.action.candidate().or(match &self.actor {
            Actor::Candidate(sender) => Some(sender),
            Actor::Establishment(_) | Actor::Rector | Actor::Operator | Actor::Job => None,
        })
    }
}

/// Who sends a command; the platform has signed them in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A candidate.
    Candidate(CandidateId),
    /// Somebody who acts for an establishment.
    Establishment(EstablishmentId),
    /// The rector of a région académique.
    Rector,
    /// An operator of the platform.
    Operator,
    /// A job of this project.
    Job,
}

/// The answer to a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// It was decided and recorded.
    Accepted {
        /// What changed.
        events: Vec<Event>,
        /// What the sender should be told, though nothing was refused.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        warnings: Vec<Warning>,
    },
    /// It was refused; nothing changed.
    Refused {
        /// Why.
        refusal: Refusal,
    },
}

/// What a sender is told beside an accepted command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Warning {
    /// The address belongs to a provider that is known to block the platform's mails (R10).
    MailboxMayBlock,
}
