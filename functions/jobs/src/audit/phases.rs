//! The phases recorded as begun.

use platform::Table;
use schemas::{Change, Phase};

use super::{Finding, FindingKind, records};
use crate::context::Context;
use crate::fault::Fault;
use crate::rows::{self, Checkpoint};

/// The records of the campaign and the checkpoint of the job that wrote them name the same phases.
pub(super) async fn check(context: &Context) -> Result<Vec<Finding>, Fault> {
    let mut findings = Vec::new();
    let recorded: Vec<Phase> = records(context, rows::CAMPAIGN_PK, &mut findings)
        .await?
        .iter()
        .flat_map(|record| &record.events)
        .filter_map(|event| match event.change {
            Change::PhaseBegan { phase } => Some(phase),
            _ => None,
        })
        .collect();
    let key = rows::checkpoint_key("phase-transition", "all");
    let item = context.platform.store.get(Table::State, &key).await?;
    // A checkpoint that cannot be read is found by the sweep.
    let begun =
        item.and_then(|item| rows::read::<Checkpoint>(&item).ok()).map(|checkpoint| checkpoint.phases_begun);
    if begun.unwrap_or_default() != recorded {
        let detail = format!("recorded are {recorded:?}");
        findings.push(Finding::new(&key, FindingKind::PhasesDiffer, detail));
    }
    Ok(findings)
}
