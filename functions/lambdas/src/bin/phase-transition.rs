//! `phase-transition`: a tick, every five minutes.

use std::process::ExitCode;

use lambdas::Needs;

fn main() -> ExitCode {
    // As before any lapse: contracts that nobody has checked are.
    if let Some(done) = jobs::reading::child() {
        return done;
    }
    lambdas::start(
        "phase-transition",
        Needs { reports: true, uploads: true, ..Needs::default() },
        async |work| Ok(jobs::phase_transition::run(work.context).await?),
    )
}
