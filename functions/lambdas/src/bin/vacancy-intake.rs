//! `vacancy-intake`: woken by files of vacant seats that people leave, and by a tick that looks for any whose event was lost.

use std::process::ExitCode;

use jobs::intake;
use lambdas::Needs;
use schemas::intake::IntakeKind;

fn main() -> ExitCode {
    if let Some(done) = jobs::reading::child() {
        return done;
    }
    let needs = Needs { uploads: true, reports: true, ..Needs::default() };
    lambdas::start("vacancy-intake", needs, async |work| {
        Ok(intake::hear(work.context, IntakeKind::Vacancies, &work.event.json()?).await?)
    })
}
