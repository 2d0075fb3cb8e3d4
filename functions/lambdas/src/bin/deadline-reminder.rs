//! `deadline-reminder`: a tick, in the evening.

use std::process::ExitCode;

use lambdas::Needs;

fn main() -> ExitCode {
    lambdas::start("deadline-reminder", Needs::default(), async |work| {
        Ok(jobs::deadline_reminder::run(work.context).await?)
    })
}
