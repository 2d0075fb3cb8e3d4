//! `waitlist-advance`: a tick, every ten minutes of the morning: the night.

use std::process::ExitCode;

use lambdas::Needs;

fn main() -> ExitCode {
    let needs = Needs { reports: true, operators: true, ..Needs::default() };
    lambdas::start("waitlist-advance", needs, async |work| Ok(jobs::night::run(work.context).await?))
}
