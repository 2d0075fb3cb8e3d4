//! `phase-transition`: a tick, every five minutes.

use std::process::ExitCode;

use lambdas::Needs;

fn main() -> ExitCode {
    lambdas::start("phase-transition", Needs { reports: true, ..Needs::default() }, async |work| {
        Ok(jobs::phase_transition::run(work.context).await?)
    })
}
