//! `deadline-expiry`: a tick, after each midnight and hourly.

use std::process::ExitCode;

use jobs::deadline_expiry;
use lambdas::Needs;

fn main() -> ExitCode {
    // A contract that arrived in time keeps its seat: those that nobody has checked are, before anything lapses.
    if let Some(done) = jobs::reading::child() {
        return done;
    }
    lambdas::start("deadline-expiry", Needs { uploads: true, ..Needs::default() }, async |work| {
        Ok(deadline_expiry::run(work.context, deadline_expiry::ALL).await?)
    })
}
