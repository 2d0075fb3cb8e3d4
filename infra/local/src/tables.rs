//! `monmaster read-vacancies`, `read-ranking` and `template`: the files of establishments, without a platform or beside one.

use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use clap::ValueEnum;
use jobs::csv;
use jobs::intake;
use platform::guard::GuardedReader;
use schemas::FormationId;
use schemas::intake::{FileVerdict, IntakeKind, IntakeReport, RowOutcome};

use crate::world::World;
use crate::{print, print_json};

/// A kind of file, as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TemplateKind {
    /// Vacant seats
    Vacancies,
    /// A ranking
    Ranking,
}

/// Reads one file and says of each row what it is; fails if the whole file is refused.
pub(crate) async fn read(kind: IntakeKind, file: &Path, json: bool) -> Result<()> {
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let report = intake::read(&GuardedReader::this_program()?, kind, &bytes).await?;
    if json {
        print_json(&report)?;
    } else {
        print(text(&report).trim_end())?;
    }
    if report.verdict == FileVerdict::Refused {
        let code = report.reason.unwrap_or_default();
        bail!("{} is refused ({code}); mend it as its message says, and read it again", file.display());
    }
    Ok(())
}

fn text(report: &IntakeReport) -> String {
    let mut text = String::new();
    for row in &report.rows {
        let outcome = match (row.outcome, &row.reason) {
            (RowOutcome::Refused, Some(reason)) => format!("refused ({reason})"),
            _ => "read".to_owned(),
        };
        let message = row.message.clone().unwrap_or_default();
        text.push_str(&format!(
            "{:>6}  {outcome}  {} {}  {message}\n",
            row.row, row.formation, row.candidate
        ));
    }
    for formation in &report.formations {
        let (ranked, refused) = (formation.ranked, formation.refused);
        text.push_str(&format!("{}: {ranked} ranked, {refused} refused", formation.formation));
        if formation.gaps > 0 {
            text.push_str(&format!(", {} ranks that nobody has", formation.gaps));
        }
        text.push('\n');
    }
    let read = report.rows.len() - report.refused as usize;
    match &report.message {
        Some(message) => text.push_str(&format!("refused: {message}\n")),
        None => text.push_str(&format!("{read} rows can be taken, {} are refused\n", report.refused)),
    }
    text
}

/// Writes the file to fill in for a formation; with what a store knows of it, if one is named.
pub(crate) async fn template(kind: TemplateKind, formation: &str, out: Option<&Path>) -> Result<()> {
    let kind = match kind {
        TemplateKind::Vacancies => IntakeKind::Vacancies,
        TemplateKind::Ranking => IntakeKind::Ranking,
    };
    let formation = FormationId::new(formation)?;
    let cells = match out {
        None => uploads::tables::template(kind, &formation, []),
        Some(out) => {
            let world = World::open(out).await?;
            intake::template(&world.context, kind, &formation).await?.with_context(|| {
                format!(
                    "there is no formation {formation} in {}; `monmaster dump` shows which are",
                    out.display()
                )
            })?
        }
    };
    match std::io::stdout().write_all(&csv::file(cells)) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
