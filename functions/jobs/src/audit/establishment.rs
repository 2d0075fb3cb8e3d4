//! Establishments: replay, and the copies that each is owed (R74).

use platform::{Item, Key, Table};
use procedure::fold;
use schemas::{Establishment, Notice};

use super::tally::Seen;
use super::{Finding, FindingKind, formation, owed, partition, records, unreadable};
use crate::context::Context;
use crate::fault::Fault;
use crate::{ledger, letters, rows};

/// An establishment's item is the fold of its records, and each copy that lies with it has the decision that owes it.
pub(super) async fn check(context: &Context, item: &Item) -> Result<Seen, Fault> {
    let Ok(stored) = rows::read::<Establishment>(item) else {
        return Ok(Seen::of([unreadable(&item.key)]));
    };
    let mut findings = Vec::new();
    let records = records(context, &item.key.pk, &mut findings).await?;
    if findings.is_empty() {
        findings.extend(formation::version(item, stored.version, records.len() as u64));
        let folded =
            records.iter().fold(None, |state, record| fold::establishment(state.as_ref(), &record.events));
        findings.extend(formation::differs(item, folded.as_ref()));
    }
    let mut notices = 0;
    for item in partition(context, Table::Journal, &item.key.pk, "N#").await? {
        notices += 1;
        let Ok(notice) = rows::read::<Notice>(&item) else {
            findings.push(unreadable(&item.key));
            continue;
        };
        if !founded(context, &stored, &item.key, &notice).await? {
            let detail = "no decision on a candidate names this establishment for a copy";
            findings.push(Finding::new(&item.key, FindingKind::NoticeUnfounded, detail));
        }
        findings.extend(owed::waits(context.now(), &item, notice));
    }
    Ok(Seen { findings, decisions: records.len() as u64, notices, ..Seen::default() })
}

/// Whether the decision that the copy names is there, owes this very notice to the candidate, and concerns the
/// establishment.
async fn founded(
    context: &Context,
    establishment: &Establishment,
    key: &Key,
    notice: &Notice,
) -> Result<bool, Fault> {
    let record = letters::decision(context, notice).await?;
    Ok(record.is_some_and(|record| {
        notice.establishment.as_ref() == Some(&establishment.id)
            && ledger::concerned(&record.events).any(|concerned| *concerned == establishment.id)
            && owed::owed_by(&record) == Some((key.sk.clone(), notice.kind))
    }))
}
