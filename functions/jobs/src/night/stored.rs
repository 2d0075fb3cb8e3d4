//! What is stored of nights: each one's run, its plan, and the rankings that the plan names.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::civil::Date;
use platform::{StoreError, Table};
use procedure::digest;
use procedure::night::{RankingIndex, Tonight, file};
use schemas::night::NightStatus;
use schemas::{NightRun, Plan, RankingContent};

use crate::context::Context;
use crate::fault::Fault;
use crate::rows;
use crate::sweep::PAGE;

/// The run of a date, if that night began.
///
/// # Errors
/// [`StoreError`].
pub async fn run(context: &Context, date: Date) -> Result<Option<NightRun>, StoreError> {
    rows::get(context.platform.store.as_ref(), Table::State, &rows::night_key(date)).await
}

/// Every run, by date.
///
/// # Errors
/// [`StoreError`].
pub async fn runs(context: &Context) -> Result<Vec<NightRun>, StoreError> {
    let mut runs = Vec::new();
    let mut after = None;
    loop {
        let page = context.platform.store.query(Table::State, rows::NIGHT_PK, "", after, PAGE).await?;
        for item in &page.items {
            runs.push(rows::read(item)?);
        }
        after = page.next;
        if after.is_none() {
            return Ok(runs);
        }
    }
}

/// The last night that was published before a date.
///
/// # Errors
/// [`StoreError`].
pub async fn published_before(context: &Context, date: Date) -> Result<Option<NightRun>, StoreError> {
    let runs = runs(context).await?;
    Ok(runs.into_iter().rfind(|run| run.date < date && run.status == NightStatus::Published))
}

/// The plan of a date by its digest, which the run names.
///
/// # Errors
/// [`Fault::Missing`] where the object is not there or is not what its digest says, [`Fault::PlanFile`] where it
/// cannot be read.
pub async fn plan(context: &Context, date: Date, named: &str) -> Result<Plan, Fault> {
    let key = rows::plan_object(date, named);
    let bytes = bytes(context, &key, named).await?;
    file::decode(&bytes).map_err(|problem| Fault::PlanFile { key, problem })
}

/// The plan of a run with the rankings that it names.
pub(super) async fn tonight(context: &Context, run: &NightRun) -> Result<Arc<Tonight>, Fault> {
    let plan = plan(context, run.date, &run.plan).await?;
    let mut rankings = HashMap::new();
    for appearing in &plan.rankings {
        let key = rows::ranking_object(&appearing.formation, &appearing.digest);
        let content = ranking(context, &key, &appearing.digest).await?;
        let index = RankingIndex::of_round(content, appearing.round, appearing.after);
        rankings.insert(appearing.formation.clone(), index);
    }
    Ok(Arc::new(Tonight::new(plan, rankings)))
}

/// A ranking's content.
pub(super) async fn ranking(context: &Context, key: &str, named: &str) -> Result<RankingContent, Fault> {
    let bytes = bytes(context, key, named).await?;
    serde_json::from_slice(&bytes).map_err(|_| Fault::Missing(key.to_owned()))
}

/// An object that is named by its own digest.
async fn bytes(context: &Context, key: &str, named: &str) -> Result<Vec<u8>, Fault> {
    let bytes = context.platform.objects.get(key).await?.filter(|bytes| digest::of(bytes) == named);
    bytes.ok_or_else(|| Fault::Missing(key.to_owned()))
}
