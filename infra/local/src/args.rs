//! What can be typed.

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use jiff::civil::{Date, DateTime};

use crate::check_contract::CheckContractOptions;
use crate::dump::TableName;
use crate::mails::MailsOptions;
use crate::plan::{DrawOptions, PlanOptions};
use crate::rehearsal::RehearseOptions;
use crate::run::StoreKind;
use crate::scenario::RecordOptions;
use crate::tables::TemplateKind;

/// The jobs of Mon Master on one machine: a whole campaign in seconds, with the code that is to run in the cloud.
///
/// Without a command it runs `campaign`.
#[derive(Debug, Parser)]
#[command(name = "monmaster", version)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Draw a cohort and carry it through the main phase of a campaign, in virtual time
    Campaign(CampaignOptions),
    /// Show a campaign's phases, when each job fires, and what is assumed
    Calendar {
        /// The year
        #[arg(default_value = "2024")]
        campaign: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Check a campaign file: its keys, its dates, its schedules, and what it assumes
    Validate {
        /// The file
        file: PathBuf,
        /// Refuse what is assumed
        #[arg(long)]
        strict: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Run one function on one event, on the store of a campaign
    Invoke {
        /// The function, as commands or deadline-expiry; an unknown one is answered with all there are
        function: String,
        /// A file with the event, as JSON; `-` reads standard input. For a tick, `{}` will do
        event: String,
        /// The time in Paris, as 2024-06-05T10:00; else the event's `time`, else the store's own
        #[arg(long)]
        at: Option<String>,
        /// Where the campaign was left
        #[arg(long, default_value = "out")]
        out: PathBuf,
    },
    /// Say why a candidate stands where he stands, and why not elsewhere: each decision with its rule
    Explain {
        /// The candidate's id, as c-0000001
        candidate: String,
        /// Only this formation
        formation: Option<String>,
        /// Where the campaign was left
        #[arg(long, default_value = "out")]
        out: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the items of a campaign's store, one JSON a line, in order of key
    Dump {
        /// Which table
        #[arg(value_enum, default_value_t = TableName::State)]
        table: TableName,
        /// Only this partition, as C#c-0000001
        partition: Option<String>,
        /// Where the campaign was left
        #[arg(long, default_value = "out")]
        out: PathBuf,
    },
    /// Check contracts as the upload does: conform, to review or refused, and why
    CheckContract(CheckContractOptions),
    /// Say what became of somebody's mails, masked; send one again, or let mails go again to an address that came back
    Mails(MailsOptions),
    /// Write every notice with sample facts, in both languages, as mail, page and text, with an index page
    Notices {
        /// Where to
        #[arg(long, default_value = "notices")]
        out: PathBuf,
    },
    /// Plan and verify one night from CSV files, and print how long each step took
    Plan(PlanOptions),
    /// Tell stories to the jobs, on a store in memory, and say what differs
    Scenario {
        /// Files, or folders of which every `.toml` is a story
        #[arg(required = true, value_name = "FILE|FOLDER")]
        paths: Vec<PathBuf>,
        #[command(flatten)]
        record: RecordOptions,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Say whether a certificate that somebody shows was issued by the platform, and what it certifies
    Certificate {
        #[command(subcommand)]
        command: CertificateCommand,
    },
    /// Look at a night before it is published, or at what the next one would do; keep it back, undo it
    Night {
        #[command(subcommand)]
        command: NightCommand,
    },
    /// Read a file of vacant seats (CSV or XLSX) as its job would: each row read, or refused with its reason
    ReadVacancies {
        /// The file
        file: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Read a ranking file (CSV or XLSX) as its job would: each row read, or refused with its reason
    ReadRanking {
        /// The file
        file: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Write the file that an establishment fills in, as CSV
    Template {
        /// vacancies or ranking
        #[arg(value_enum)]
        kind: TemplateKind,
        /// Of which formation
        #[arg(long)]
        formation: String,
        /// Where a campaign was left: with its candidates, instead of the headings alone
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Replay every decision record and check every invariant of a campaign's store
    Verify {
        /// Where the campaign was left
        #[arg(long, default_value = "out")]
        out: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum NightCommand {
    /// Print a stored night: its figures, and each formation's offers
    Show {
        /// The date, as 2024-06-05; the last night, if none is given
        date: Option<Date>,
        #[command(flatten)]
        options: NightPageOptions,
    },
    /// Print what the next night would do if nothing happened until then; changes nothing
    DryRun {
        /// The time in Paris from which to look, as 2024-06-05T04:00; else the store's own
        #[arg(long)]
        at: Option<String>,
        #[command(flatten)]
        options: NightPageOptions,
    },
    /// Keep a night back that is not published
    Hold(NightDeedOptions),
    /// Let a night go on that an operator kept back
    Release(NightDeedOptions),
    /// Undo a night that is not published: everybody gets back what he had before
    Void(NightDeedOptions),
    /// Draw a night of any size as CSV files, for `plan`
    Draw(DrawOptions),
    /// Take a drawn night through the job, on a store in memory: time of each step, and what DynamoDB would charge
    Rehearse(RehearseOptions),
}

#[derive(Debug, Parser)]
pub(crate) struct NightPageOptions {
    /// Only this formation
    #[arg(long)]
    pub(crate) formation: Option<String>,
    /// Where the campaign was left
    #[arg(long, default_value = "out")]
    pub(crate) out: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Parser)]
pub(crate) struct NightDeedOptions {
    /// The date, as 2024-06-05; the day at which the store stands, if none is given
    pub(crate) date: Option<Date>,
    /// The time in Paris, as 2024-06-05T08:00; else the store's own
    #[arg(long)]
    pub(crate) at: Option<String>,
    /// Where the campaign was left
    #[arg(long, default_value = "out")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CertificateCommand {
    /// Check a certificate: valid or not, what it says, and when it was issued
    Check {
        /// The candidate's number on the certificate, as c-0000001
        candidate: String,
        /// The verification code on the certificate, as 7K3Q-9ZTM-04XW-R8VC
        code: String,
        /// Where the campaign was left
        #[arg(long, default_value = "out")]
        out: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

impl Default for Command {
    fn default() -> Self {
        let options = CampaignOptions::try_parse_from(["campaign"]);
        // Every option has a default: nothing is left to be missing.
        Self::Campaign(options.unwrap_or_else(|error| error.exit()))
    }
}

#[derive(Debug, Parser)]
pub(crate) struct CampaignOptions {
    /// The year
    #[arg(long, default_value = "2024")]
    pub(crate) campaign: String,
    /// How many candidates to draw
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) candidates: u32,
    /// How many formations to draw; one for 28 candidates if not given
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=50_000))]
    pub(crate) formations: Option<u32>,
    /// The seed of every draw
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Replace a setting of the campaign file, as provisional_conversion_phase='"main"'
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// Stop before this time in Paris, as 2024-06-10T08:00, and leave the store as it then is
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<DateTime>,
    /// Where the store lives meanwhile
    #[arg(long, value_enum, default_value_t = StoreKind::File)]
    pub(crate) store: StoreKind,
    /// Where to leave mails, plans, the report and the store
    #[arg(long, default_value = "out")]
    pub(crate) out: PathBuf,
    /// Print the figures as JSON instead of tables
    #[arg(long)]
    pub(crate) json: bool,
}
