//! What an establishment is told of its file, by mail: the notice owed with the verdict, written out from the report.

use notices::{IntakeReported, Message, REFUSALS_NAMED_MAX};
use platform::{Key, Table};
use schemas::intake::{IntakeReport, RowOutcome};
use schemas::notice::NoticeStatus;
use schemas::{Notice, NoticeKind};

use super::{File, folder};
use crate::context::Context;
use crate::fault::Fault;
use crate::rows::{self, FileOutcomeRow, NoticeRow};

/// The notice that a verdict owes.
pub(super) fn owed(context: &Context, file: &File) -> NoticeRow {
    let (now, kind) = (context.now(), NoticeKind::IntakeReport);
    let key = Key::new(rows::establishment_pk(&file.establishment), format!("N#{}#{}", file.id, kind.name()));
    let notice = Notice {
        candidate: None,
        establishment: Some(file.establishment.clone()),
        kind,
        version: 1,
        decision: 0,
        created_at: now,
        night: None,
        again: None,
        status: NoticeStatus::Pending { next_attempt_at: now, attempts: 0, doubts: 0 },
        trail: Vec::new(),
    };
    NoticeRow { key, notice }
}

/// The verdict of which a notice tells.
async fn outcome(context: &Context, key: &Key) -> Result<Option<FileOutcomeRow>, Fault> {
    let Some(upload) = key.sk.split('#').nth(1) else { return Ok(None) };
    Ok(rows::get(context.platform.store.as_ref(), Table::Journal, &rows::upload_key(upload)).await?)
}

/// Whether the file of which a notice tells has its verdict.
pub(crate) async fn is_announced(context: &Context, key: &Key) -> Result<bool, Fault> {
    Ok(outcome(context, key).await?.is_some())
}

/// What a notice tells of a file, from its report.
pub(crate) async fn announced(context: &Context, key: &Key) -> Result<Option<Message>, Fault> {
    let Some(object) = outcome(context, key).await?.and_then(|outcome| outcome.report) else {
        return Ok(None);
    };
    let object = format!("{object}.json");
    let bytes = context.platform.objects.get(&object).await?.ok_or_else(|| Fault::Missing(object.clone()))?;
    let report: IntakeReport = serde_json::from_slice(&bytes).map_err(|_| Fault::Missing(object))?;
    let refused = report.rows.iter().filter(|row| row.outcome == RowOutcome::Refused);
    let refusals =
        refused.take(REFUSALS_NAMED_MAX).map(|row| (row.row, row.message.clone().unwrap_or_default()));
    let own = report.establishment.as_ref().map(|own| format!("{}/{own}/", folder(report.kind)));
    let file = report.file.clone().unwrap_or_default();
    Ok(Some(Message::IntakeReport(IntakeReported {
        kind: report.kind,
        file: own.as_deref().and_then(|own| file.strip_prefix(own)).unwrap_or(&file).to_owned(),
        at: report.arrival.unwrap_or_else(|| context.now()),
        verdict: report.verdict,
        refusals: refusals.collect(),
        reason: report.message,
        done: report.done,
        already_done: report.already_done,
        refused: report.refused,
        undecided: report.formations.iter().filter_map(|formation| formation.undecided).sum(),
        space: format!("{}/etablissement", context.settings.site),
    })))
}
