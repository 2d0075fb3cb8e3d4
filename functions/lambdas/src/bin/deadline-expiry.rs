//! `deadline-expiry`: a tick, after each midnight and hourly.

use std::process::ExitCode;

use jobs::deadline_expiry;
use lambdas::Needs;

fn main() -> ExitCode {
    lambdas::start("deadline-expiry", Needs::default(), async |work| {
        Ok(deadline_expiry::run(work.context, deadline_expiry::ALL).await?)
    })
}
