//! Formations and their rankings.

use platform::{Item, Table};
use procedure::fold;
use schemas::{Change, DecisionRecord, Event, Formation, FormationId, Ranking};
use serde_json::Value;

use super::tally::Seen;
use super::{Finding, FindingKind, object, ranking_content, records, unreadable};
use crate::context::Context;
use crate::fault::Fault;
use crate::rows::{self, Row};

/// The state and the ranking of a formation are the folds of its records; what they name is there.
pub(super) async fn check(context: &Context, item: &Item) -> Result<Seen, Fault> {
    let Ok(stored) = rows::read::<Formation>(item) else { return Ok(Seen::of([unreadable(&item.key)])) };
    let mut findings = Vec::new();
    let records = records(context, &item.key.pk, &mut findings).await?;
    if findings.is_empty() {
        findings.extend(version(item, stored.version, records.len() as u64));
        let folded =
            records.iter().fold(None, |state, record| fold::formation(state.as_ref(), &record.events));
        findings.extend(differs(item, folded.as_ref()));
    }
    let ranking = records.iter().fold(None, |state, record| fold::ranking(state.as_ref(), &record.events));
    findings.extend(ranking_differs(context, &stored.id, ranking.as_ref()).await?);
    for event in records.iter().flat_map(|record: &DecisionRecord| &record.events) {
        published(context, event, &mut findings).await?;
    }
    let formation = Some((stored.id, stored.call_limit));
    Ok(Seen { findings, decisions: records.len() as u64, formation, ..Seen::default() })
}

/// A ranking belongs to a formation that is there.
pub(super) async fn check_ranking(context: &Context, item: &Item) -> Result<Seen, Fault> {
    let Ok(stored) = rows::read::<Ranking>(item) else { return Ok(Seen::of([unreadable(&item.key)])) };
    let formation = context.platform.store.get(Table::State, &rows::formation_key(&stored.formation)).await?;
    let orphan = formation.is_none() || stored.key() != item.key;
    let detail = "its formation is not there";
    Ok(Seen::of(orphan.then(|| Finding::new(&item.key, FindingKind::SubjectMissing, detail))))
}

/// As many records as the version says.
pub(super) fn version(item: &Item, version: u64, records: u64) -> Option<Finding> {
    let detail = format!("version {version} has {records} decision records");
    (version != records).then(|| Finding::new(&item.key, FindingKind::RecordsNotWhole, detail))
}

/// The stored item against the row that its records make, field by field.
pub(super) fn differs<R: Row>(item: &Item, folded: Option<&R>) -> Option<Finding> {
    let expected = folded.map(|row| rows::write(row).item);
    let Some(expected) = expected.filter(|expected| is_row_of(expected, item)) else {
        let detail = "the stored item is not the fold of its decision records";
        return Some(Finding::new(&item.key, FindingKind::StateDiffers, detail));
    };
    let place = |item: &Item| item.index.as_ref().map(|at| format!("{} {}", at.partition, at.sort));
    (expected.index != item.index).then(|| {
        let detail = format!("listed at {:?}, expected {:?}", place(item), place(&expected));
        Finding::new(&item.key, FindingKind::IndexDiffers, detail)
    })
}

/// Whether a stored item holds just this row: a store may keep its fields in another order.
fn is_row_of(expected: &Item, item: &Item) -> bool {
    let fields = |item: &Item| serde_json::from_str::<Value>(&item.body).ok();
    (&expected.key, expected.version) == (&item.key, item.version)
        && (expected.body == item.body || fields(expected).is_some_and(|row| Some(row) == fields(item)))
}

async fn ranking_differs(
    context: &Context,
    formation: &FormationId,
    folded: Option<&Ranking>,
) -> Result<Option<Finding>, Fault> {
    let key = rows::ranking_key(formation);
    Ok(match context.platform.store.get(Table::State, &key).await? {
        Some(item) => differs(&item, folded),
        None => folded.map(|_| {
            Finding::new(&key, FindingKind::StateDiffers, "a ranking was published, but its row is not there")
        }),
    })
}

/// The content of a published ranking is what its record says.
async fn published(context: &Context, event: &Event, findings: &mut Vec<Finding>) -> Result<(), Fault> {
    let Change::RankingPublished { formation, digest, ranked, refused, .. } = &event.change else {
        return Ok(());
    };
    let key = rows::ranking_object(formation, digest);
    let Some(content) = object(context, &key, digest, ranking_content, findings).await? else {
        return Ok(());
    };
    let counts = (content.ranked.len(), content.refused.len());
    if counts != (*ranked as usize, *refused as usize) {
        let detail = format!("{} ranked and {} refused, recorded {ranked} and {refused}", counts.0, counts.1);
        findings.push(Finding { key, what: FindingKind::ObjectDiffers, detail });
    }
    Ok(())
}
