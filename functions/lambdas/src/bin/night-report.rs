//! `night-report`: a tick, of the morning after a night is published.

use std::process::ExitCode;

use lambdas::Needs;

fn main() -> ExitCode {
    lambdas::start("night-report", Needs { reports: true, ..Needs::default() }, async |work| {
        Ok(jobs::night_report::run(work.context).await?)
    })
}
