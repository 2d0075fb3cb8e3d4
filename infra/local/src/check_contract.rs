//! `monmaster check-contract`: the check of an uploaded contract, alone, on files.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Parser;
use platform::guard::GuardedReader;
use schemas::Language;
use schemas::campaign::ContractKind;
use schemas::upload::{Finding, Verdict};
use serde::Serialize;
use uploads::contracts::{self, Checks, Expected};

use crate::{print, print_json};

/// Whether contracts agree with this, and what is in the way
#[derive(Debug, Parser)]
pub(crate) struct CheckContractOptions {
    /// The files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The candidate's first and last name; not compared if it is not given
    #[arg(long)]
    name: Option<String>,
    /// The formation's title; not compared if it is not given
    #[arg(long)]
    title: Option<String>,
    /// The year of the campaign, as 2024; the first day is not compared if it is not given
    #[arg(long, value_name = "YEAR")]
    campaign: Option<i16>,
    /// Print JSON: an object for one file, a list for several
    #[arg(long)]
    json: bool,
}

/// What is said of one file.
#[derive(Debug, Serialize)]
struct Report {
    file: String,
    verdict: Verdict,
    kind: Option<ContractKind>,
    findings: Vec<Said>,
}

/// A finding with its sentences.
#[derive(Debug, Serialize)]
struct Said {
    #[serde(flatten)]
    finding: Finding,
    fr: String,
    en: String,
}

/// Checks each file in a guarded child, and says the verdicts. A refused file is an answer, not a failure.
pub(crate) async fn run(options: &CheckContractOptions) -> Result<()> {
    let reader = GuardedReader::this_program()?;
    let CheckContractOptions { name, title, campaign, .. } = options;
    let expected = Expected { name: name.as_deref(), title: title.as_deref(), year: *campaign };
    let mut reports = Vec::new();
    for file in &options.files {
        let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        let checks = jobs::contract_check::check(&reader, &bytes, &expected).await?;
        reports.push(report(file, checks));
    }
    match reports.as_slice() {
        [report] if options.json => print_json(report),
        _ if options.json => print_json(&reports),
        _ => print(text(&reports).trim_end()),
    }
}

fn report(file: &Path, checks: Checks) -> Report {
    let say = |finding: Finding| {
        let [fr, en] = [Language::Fr, Language::En].map(|language| contracts::sentence(&finding, language));
        Said { finding, fr, en }
    };
    Report {
        file: file.display().to_string(),
        verdict: checks.verdict,
        kind: checks.kind,
        findings: checks.findings.into_iter().map(say).collect(),
    }
}

/// What people read: a line for each file, and below it what was found.
fn text(reports: &[Report]) -> String {
    let mut text = String::new();
    for Report { file, verdict, findings, .. } in reports {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{:<9}  {file}", verdict.name());
        for finding in findings {
            let _ = writeln!(text, "    {}", finding.fr);
        }
    }
    text
}
