//! `contract-check`: woken by contracts that people leave, and by a tick that looks for any whose event was lost.

use std::process::ExitCode;

use jobs::contract_check;
use lambdas::Needs;

fn main() -> ExitCode {
    if let Some(done) = jobs::reading::child() {
        return done;
    }
    let needs = Needs { uploads: true, ..Needs::default() };
    lambdas::start("contract-check", needs, async |work| {
        Ok(contract_check::hear(work.context, &work.event.json()?).await?)
    })
}
