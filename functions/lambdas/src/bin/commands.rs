//! `commands`: invoked with a command, answers with its outcome.

use std::process::ExitCode;

use lambdas::Needs;

fn main() -> ExitCode {
    lambdas::start("commands", Needs { token_key: true, ..Needs::default() }, async |work| {
        Ok(jobs::commands::handle(work.context, &work.event.command()?).await?)
    })
}
