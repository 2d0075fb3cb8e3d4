//! `monmaster`: the jobs of Mon Master on one machine, with time under control.

mod args;
mod calendar;
mod campaign;
mod certificate;
mod check_contract;
mod cost;
mod dump;
mod histogram;
mod invoke;
mod mails;
mod night;
mod notices;
mod plan;
mod rehearsal;
mod report;
mod run;
mod scenario;
mod stopwatch;
mod tables;
mod world;

use std::io::Write;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::Parser;
use schemas::intake::IntakeKind;

use args::{Args, CertificateCommand, Command, NightCommand};
use world::World;

/// Small items are made and dropped by the million: this allocator saves a quarter of a campaign's time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    if let Some(done) = jobs::reading::child() {
        return done;
    }
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(answer) => {
            // Help and version are answers too. Nobody is left to tell if the terminal itself is gone.
            let _ = answer.print();
            return if answer.use_stderr() { ExitCode::FAILURE } else { ExitCode::SUCCESS };
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.into()),
    };
    match runtime.block_on(run(args)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

/// One line that says what went wrong and what to do; exit status 1.
fn failed(error: &anyhow::Error) -> ExitCode {
    // Nobody is left to tell if the terminal itself is gone.
    let _ = writeln!(std::io::stderr(), "monmaster: {error:#}");
    ExitCode::FAILURE
}

/// Prints results; whoever closed the pipe has read enough.
fn print(text: &str) -> Result<()> {
    match writeln!(std::io::stdout(), "{text}") {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

fn print_json<T: serde::Serialize>(value: &T) -> Result<()> {
    print(&serde_json::to_string_pretty(value)?)
}

async fn run(args: Args) -> Result<()> {
    match args.command.unwrap_or_default() {
        Command::Campaign(options) => campaign::run(options).await,
        Command::Calendar { campaign, json } => calendar::run(&campaign, json),
        Command::Validate { file, strict, json } => calendar::validate(&file, strict, json),
        Command::Invoke { function, event, at, out } => {
            invoke::run(&function, &event, at.as_deref(), &out).await
        }
        Command::Explain { candidate, formation, out, json } => {
            explain(&candidate, formation.as_deref(), &out, json).await
        }
        Command::Certificate { command: CertificateCommand::Check { candidate, code, out, json } } => {
            certificate::check(&candidate, &code, &out, json).await
        }
        Command::Dump { table, partition, out } => dump::run(table, partition.as_deref(), &out).await,
        Command::CheckContract(options) => check_contract::run(&options).await,
        Command::Mails(options) => mails::run(&options).await,
        Command::Notices { out } => notices::run(&out),
        Command::Plan(options) => plan::run(&options),
        Command::Scenario { paths, record, json } => scenario::run(&paths, &record, json).await,
        Command::Night { command } => at_night(command).await,
        Command::ReadVacancies { file, json } => tables::read(IntakeKind::Vacancies, &file, json).await,
        Command::ReadRanking { file, json } => tables::read(IntakeKind::Ranking, &file, json).await,
        Command::Template { kind, formation, out } => {
            tables::template(kind, &formation, out.as_deref()).await
        }
        Command::Verify { out, json } => verify(&out, json).await,
    }
}

async fn at_night(command: NightCommand) -> Result<()> {
    match command {
        NightCommand::Show { date, options } => night::show(date, &options).await,
        NightCommand::DryRun { at, options } => night::dry_run(at.as_deref(), &options).await,
        NightCommand::Hold(options) => night::direct(night::Deed::Hold, &options).await,
        NightCommand::Release(options) => night::direct(night::Deed::Release, &options).await,
        NightCommand::Void(options) => night::direct(night::Deed::Void, &options).await,
        NightCommand::Draw(options) => plan::draw(&options),
        NightCommand::Rehearse(options) => rehearsal::run(&options).await,
    }
}

async fn explain(candidate: &str, formation: Option<&str>, out: &std::path::Path, json: bool) -> Result<()> {
    let world = World::open(out).await?;
    let candidate = schemas::CandidateId::new(candidate)?;
    let formation = formation.map(schemas::FormationId::new).transpose()?;
    let explanation =
        jobs::explain::run(&world.context, &candidate, formation.as_ref()).await?.with_context(|| {
            format!(
                "there is no candidate {candidate} in {}; `monmaster dump` shows who is there",
                out.display()
            )
        })?;
    if json { print_json(&explanation) } else { print(explanation.to_string().trim_end()) }
}

async fn verify(out: &std::path::Path, json: bool) -> Result<()> {
    let world = World::open(out).await?;
    let report = jobs::audit::run(&world.context).await?;
    if json {
        print_json(&report)?;
    } else {
        for finding in &report.findings {
            print(&format!("{}: {:?}: {}", finding.key, finding.what, finding.detail))?;
        }
        print(&format!(
            "{} candidates, {} formations, {} decisions replayed, {} notices, {} nights: {}",
            report.candidates,
            report.formations,
            report.decisions,
            report.notices,
            report.nights,
            if report.findings.is_empty() { "all is as the records say" } else { "not as it should be" }
        ))?;
    }
    if !report.findings.is_empty() {
        bail!("{} findings; each names its key, the records there say what happened", report.findings.len());
    }
    Ok(())
}
