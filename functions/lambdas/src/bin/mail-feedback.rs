//! `mail-feedback`: woken by what SES tells of a mail, one event at a time, through EventBridge.

use std::process::ExitCode;

use jobs::mail_feedback;
use lambdas::Needs;

fn main() -> ExitCode {
    lambdas::start("mail-feedback", Needs::default(), async |work| {
        Ok(mail_feedback::hear(work.context, &work.event.json()?).await?)
    })
}
