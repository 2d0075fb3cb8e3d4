//! `monmaster mails`: what became of a person's mails, masked; one can be sent again, and an address opened again.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use clap::Parser;
use jiff::Timestamp;
use jobs::mails::{MailOf, Mails};
use jobs::{mail_dispatch, mails};
use procedure::{digest, refusals};
use schemas::notice::{MailFact, NoticeStatus, SuppressionReason};
use schemas::{Action, Actor, CandidateId, Command, CommandId, Language, Outcome};

use crate::world::World;
use crate::{print, print_json};

#[derive(Debug, Parser)]
pub(crate) struct MailsOptions {
    /// The candidate's id, as c-0000001
    candidate: String,
    /// Send this one again, by its name in the list, as N#2024-06-05#digest
    #[arg(long, value_name = "NOTICE")]
    resend: Option<String>,
    /// Let mails go again to his address, if none does
    #[arg(long)]
    release: bool,
    /// Where the campaign was left
    #[arg(long, default_value = "out")]
    out: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(options: &MailsOptions) -> Result<()> {
    let mut world = World::open(&options.out).await?;
    let candidate = CandidateId::new(&options.candidate)?;
    let known = of(&world, &candidate).await?;
    let mut actions = Vec::new();
    if options.release {
        actions.push(Action::ReleaseMailbox { candidate: candidate.clone() });
    }
    if let Some(notice) = &options.resend {
        actions.push(Action::ResendNotice { candidate: candidate.clone(), notice: notice.clone() });
    }
    let changed = !actions.is_empty();
    for action in actions {
        order(&world, &known, action).await?;
    }
    if changed {
        mail_dispatch::run(&world.context).await?;
        world.finish()?;
    }
    let mails = if changed { of(&world, &candidate).await? } else { known };
    if options.json { print_json(&mails) } else { print(text(&mails)?.trim_end()) }
}

async fn of(world: &World, candidate: &CandidateId) -> Result<Mails> {
    mails::of(&world.context, candidate)
        .await?
        .with_context(|| format!("there is no candidate {candidate}; `monmaster dump` shows who is there"))
}

/// Sends an operator's command; the same one on the same mails is the same command.
async fn order(world: &World, known: &Mails, action: Action) -> Result<()> {
    let state = format!("{} {:?} {}", action.name(), action, known.mails.len());
    let state = digest::of(format!("{state} {:?}", known.suppressed).as_bytes());
    let command_id = CommandId::new(format!("operator-{state}"))?;
    let command = Command { command_id, actor: Actor::Operator, action };
    match jobs::commands::handle(&world.context, &command).await? {
        Outcome::Accepted { .. } => Ok(()),
        Outcome::Refused { refusal } => bail!(
            "refused: {} `monmaster mails {}` lists the messages",
            refusals::sentence(&refusal, Language::En),
            known.candidate
        ),
    }
}

fn text(mails: &Mails) -> Result<String> {
    let mut text = format!("{}, {}", mails.candidate, mails.address);
    if let Some(suppressed) = &mails.suppressed {
        let why = reason(suppressed.why);
        write!(text, ": no mail goes there since {}, {why}", paris(suppressed.since))?;
        write!(text, "; `monmaster mails {} --release` opens it again", mails.candidate)?;
    } else if mails.unreachable {
        text.push_str(": mails come back");
    }
    text.push('\n');
    for mail in &mails.mails {
        writeln!(text, "{}  {}  {}", paris(mail.owed_at), mail.notice, fate(mail))?;
        for trace in &mail.trail {
            writeln!(text, "    {}  {}", paris(trace.at), said(&trace.what))?;
        }
    }
    Ok(text)
}

fn fate(mail: &MailOf) -> String {
    match &mail.status {
        NoticeStatus::Pending { next_attempt_at, .. } => {
            format!("waits, not before {}", paris(*next_attempt_at))
        }
        NoticeStatus::Claimed { until, .. } => format!("is being sent, or was, until {}", paris(*until)),
        NoticeStatus::Sent { at, .. } => format!("sent {}", paris(*at)),
        NoticeStatus::Cancelled { .. } => "nothing was left to say".to_owned(),
        NoticeStatus::Suppressed { why, .. } => format!("not sent: {}", reason(*why)),
        NoticeStatus::Failed { at } => format!("given up {}", paris(*at)),
    }
}

fn reason(why: SuppressionReason) -> &'static str {
    match why {
        SuppressionReason::Bounce => "a mail came back for good",
        SuppressionReason::Complaint => "a mail was called unwanted",
    }
}

fn said(what: &MailFact) -> String {
    match what {
        MailFact::Attempt => "attempt".to_owned(),
        MailFact::NotTaken { why } => format!("not taken: {why}"),
        MailFact::SentAgain { .. } => "left a second time".to_owned(),
        MailFact::Delivered => "delivered".to_owned(),
        MailFact::Delayed => "delayed".to_owned(),
        MailFact::BouncedForGood => "came back: no such mailbox".to_owned(),
        MailFact::BouncedForNow => "came back: the mailbox does not take it now".to_owned(),
        MailFact::Complained => "called unwanted by its recipient".to_owned(),
        MailFact::Rejected { .. } => "taken by the provider, and not sent".to_owned(),
    }
}

/// An instant as people read it.
fn paris(instant: Timestamp) -> String {
    procedure::calendar::civil(instant).strftime("%Y-%m-%d %H:%M:%S").to_string()
}
