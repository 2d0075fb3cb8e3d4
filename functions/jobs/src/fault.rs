//! Faults: what no caller of a job did wrong. A refusal is a value and never comes here.

use platform::{MailError, ObjectError, StoreError};
use procedure::night::file::PlanFileError;
use procedure::night::{Breach, Drift};
use schemas::EstablishmentId;

/// Why a job could not do its work. The next tick tries again.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The store.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// The objects.
    #[error("the objects failed")]
    Objects(#[from] ObjectError),
    /// The mailer.
    #[error("the mailer failed")]
    Mail(#[from] MailError),
    /// What came as an event of the mail provider is none.
    #[error("what was heard of a mail was not understood")]
    MailEvent(#[from] crate::mail_feedback::NotAMailEvent),
    /// A notice could not be written out.
    #[error("the notice {notice} could not be written out: {problem}")]
    Letter {
        /// Which notice.
        notice: String,
        /// Why; holds nothing personal.
        problem: String,
    },
    /// A notice is owed to an establishment of which nobody said how it is written to.
    #[error(
        "{establishment} has no address; give it one with `set_establishment`, and what waits for it leaves"
    )]
    NoAddress {
        /// Which establishment.
        establishment: EstablishmentId,
    },
    /// Others kept changing the same item.
    #[error("{key} was changed by others {attempts} times in a row; the next tick tries again")]
    Contended {
        /// Which item.
        key: String,
        /// How many attempts were made.
        attempts: u32,
    },
    /// A command took longer than it may live: the gate may have closed meanwhile.
    #[error("the command was not recorded within {} seconds; send it again", crate::commands::COMMAND_DECIDES_WITHIN.as_secs())]
    TooSlow,
    /// An object that a stored row names is not there, or is not what its digest says.
    #[error("the object {0} is missing or is not what its digest says")]
    Missing(String),
    /// A stored plan that is what its digest says, but that this program cannot read.
    #[error("the plan {key} cannot be read: {problem}")]
    PlanFile {
        /// Which object.
        key: String,
        /// What is wrong with it.
        #[source]
        problem: PlanFileError,
    },
    /// The plan does not keep the law; the night is held.
    #[error("the plan breaks {} properties, the first: {}", .0.len(), .0.first().map_or_else(String::new, ToString::to_string))]
    PlanRefused(Vec<Breach>),
    /// A candidate changed behind the gate; the night is held before anything is visible.
    #[error("the night met another state than it planned on")]
    Drift(#[from] Drift),
    /// Applying a plan did not meet each of its offers.
    #[error("the plan has {planned} offers, but {applied} were met while applying; nothing is published")]
    Skipped {
        /// In the plan.
        planned: u64,
        /// Met.
        applied: u64,
    },
    /// A task of the process ended before it answered.
    #[error("a task ended before it answered")]
    Task,
}
