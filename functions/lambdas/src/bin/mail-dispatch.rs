//! `mail-dispatch`: woken by new notices in the journal's stream, and a tick every minute.

use std::process::ExitCode;

use lambdas::{Needs, cloud, outbox};

fn main() -> ExitCode {
    let needs = Needs { token_key: true, operators: true, mail: true, ..Needs::default() };
    lambdas::start_with("mail-dispatch", needs, cloud::platform_with_mail, outbox::dispatch)
}
