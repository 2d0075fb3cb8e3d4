//! How an invocation fails: one stable word, which alarms and whoever reads a queue of failed events can key on, and a
//! sentence with nothing personal in it.

use std::error::Error;
use std::fmt;

use jobs::Fault;
use lambda_runtime::Diagnostic;
use platform::{MailError, ObjectError, StoreError};

/// Why an invocation failed.
#[derive(Clone, PartialEq, Eq)]
pub struct Failure {
    /// The word: never changed, only added to; `dictionary.md` lists them.
    pub word: &'static str,
    /// The sentence.
    pub message: String,
}

impl Failure {
    /// The event is none that the function takes.
    #[must_use]
    pub fn invalid_event(message: String) -> Self {
        Self { word: "InvalidEvent", message }
    }

    /// The clock file of a test stage cannot be read.
    #[must_use]
    pub fn invalid_clock(message: String) -> Self {
        Self { word: "InvalidClock", message }
    }

    /// The invocation's time is nearly over. What was recorded stays; the next tick goes on.
    #[must_use]
    pub fn out_of_time() -> Self {
        let message = "the time of the invocation ran out; what was done stays, the next tick goes on".into();
        Self { word: "OutOfTime", message }
    }
}

/// What the runtime itself logs of a failure: the word. The sentence stands in the function's own line.
impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word)
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self { word: word(&fault), message: chain(&fault) }
    }
}

impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Self {
        Self { error_type: failure.word.to_owned(), error_message: failure.message }
    }
}

fn word(fault: &Fault) -> &'static str {
    match fault {
        Fault::Store(StoreError::Conflict { .. }) => "StoreConflict",
        Fault::Store(StoreError::Throttled) => "StoreThrottled",
        Fault::Store(StoreError::Unavailable(_)) => "StoreUnavailable",
        Fault::Store(StoreError::Invalid(_)) => "StoreInvalid",
        Fault::Store(StoreError::Corrupt { .. }) => "StoreCorrupt",
        Fault::Objects(ObjectError::InvalidKey(_)) => "ObjectKeyInvalid",
        Fault::Objects(ObjectError::Unavailable { .. }) => "ObjectsUnavailable",
        Fault::Reader(_) => "ReaderUnavailable",
        Fault::Mail(MailError::NotSent(_)) => "MailNotSent",
        Fault::Mail(MailError::Ambiguous) => "MailAmbiguous",
        Fault::NoAddress { .. } => "NoAddress",
        Fault::MailEvent(_) => "MailEventInvalid",
        Fault::Letter { .. } => "LetterUnwritable",
        Fault::Contended { .. } => "Contended",
        Fault::TooSlow => "CommandTooSlow",
        Fault::Missing(_) => "ObjectMissing",
        Fault::PlanFile { .. } => "PlanUnreadable",
        Fault::PlanRefused(_) => "NightPlanRefused",
        Fault::Drift(_) => "NightDrift",
        Fault::Skipped { .. } => "NightSkipped",
        Fault::Task => "TaskLost",
    }
}

/// A fault with what caused it.
fn chain(fault: &Fault) -> String {
    let mut said = fault.to_string();
    let mut behind = fault.source();
    while let Some(error) = behind {
        said = format!("{said}: {error}");
        behind = error.source();
    }
    said
}
