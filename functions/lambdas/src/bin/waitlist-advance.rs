//! `waitlist-advance`: a tick, every ten minutes of the morning: the night.

use std::process::ExitCode;

use lambdas::Needs;

fn main() -> ExitCode {
    // The night takes in the contracts that arrived before it closed the gate.
    if let Some(done) = jobs::reading::child() {
        return done;
    }
    let needs = Needs { reports: true, uploads: true, operators: true, ..Needs::default() };
    lambdas::start("waitlist-advance", needs, async |work| Ok(jobs::night::run(work.context).await?))
}
