//! `mail-dispatch`: woken by new notices in the journal's stream, and by a tick every minute. Either way it drains the
//! outbox, whatever woke it: of a batch nothing is left for it to come again.

use std::process::ExitCode;

use lambdas::{Needs, Woken, cloud};

fn main() -> ExitCode {
    let needs = Needs { token_key: true, reports: true, operators: true, mail: true, ..Needs::default() };
    lambdas::start_with("mail-dispatch", needs, cloud::platform_with_mail, async |work| {
        let report = jobs::mail_dispatch::run(work.context).await?;
        Ok(if work.event.is_batch() { Woken::Batch(report) } else { Woken::Tick(report) })
    })
}
