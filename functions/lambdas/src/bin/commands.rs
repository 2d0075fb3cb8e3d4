//! `commands`: invoked with a command, answers with its outcome.

use std::process::ExitCode;

use lambdas::{Needs, cloud};

fn main() -> ExitCode {
    let needs = Needs { token_key: true, ..Needs::default() };
    lambdas::start_with("commands", needs, cloud::platform_with_mail, async |work| {
        Ok(jobs::commands::handle(work.context, &work.event.command()?).await?)
    })
}
