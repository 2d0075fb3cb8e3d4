//! The job `mail-feedback`: what the mail provider tells of a mail, in any order and more than once.
//!
//! A send settles what a dispatcher could not know; a mail that came back for good, or was called unwanted, closes its
//! address to further mails, and marks the candidate who still has it, for the platform to see (R10). An event is taken
//! in by what it says, not by when it comes: the same events in any order leave the same rows.

mod event;

use platform::{Key, Table};
use schemas::notice::SuppressionReason;
use schemas::{Action, Actor, Command, CommandId};
use serde::Serialize;
use serde_json::Value;

use crate::context::Context;
use crate::fault::Fault;
use crate::rows::{self, AddressRow, SuppressionRow};
use crate::{commands, ledger, outbox};

use event::MailEvent;
pub use event::NotAMailEvent;

/// What became of an event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct MailFeedbackReport {
    /// Whether it is another stage's, and so nothing to us.
    pub foreign: bool,
    /// Whether the mail's notice was found.
    pub known: bool,
    /// Addresses to which no mail goes any more, by this event.
    pub suppressed: u64,
    /// Candidates who cannot be reached any more, by this event.
    pub unreachable: u64,
}

/// Takes in one event, as EventBridge delivers it.
///
/// # Errors
/// [`Fault::MailEvent`] for what is no event of SES, which no retry cures; any other [`Fault`] is of the store.
pub async fn hear(context: &Context, event: &Value) -> Result<MailFeedbackReport, Fault> {
    let event = MailEvent::read(event)?;
    let mut report = MailFeedbackReport::default();
    if event.stage.as_deref() != Some(context.settings.stage.as_str()) {
        report.foreign = true;
        return Ok(report);
    }
    if let (Some(told), Some(id)) = (&event.told, &event.notice) {
        let key = notice_key(id);
        let heard = |notice: &schemas::Notice| outbox::heard(notice, event.at, &event.id, told);
        let notice = match &key {
            Some(key) => outbox::update(context, key, None, heard).await?,
            None => None,
        };
        report.known = notice.is_some();
    }
    if let Some((why, addresses)) = &event.suppressed {
        for address in addresses {
            let hash = rows::address_hash(&bare(address));
            if suppress(context, &hash, *why, event.at).await? {
                report.suppressed += 1;
            }
            report.unreachable += u64::from(mark_unreachable(context, &hash, event.at).await?);
        }
        tracing::warn!(
            notice.id = event.notice.as_deref().unwrap_or_default(),
            mail.suppressed = report.suppressed,
            "A mail came back"
        );
    }
    Ok(report)
}

/// The address without a name or brackets.
fn bare(address: &str) -> String {
    let inner = address.rsplit_once('<').map_or(address, |(_, rest)| rest.trim_end_matches('>'));
    inner.trim().to_owned()
}

/// Where a notice of this id lies: `C#…` or `J#night#…`, and `N#…`.
fn notice_key(id: &str) -> Option<Key> {
    let (pk, sk) = id.split_once("#N#")?;
    (!pk.is_empty() && !sk.is_empty()).then(|| Key::new(pk, format!("N#{sk}")))
}

/// Closes an address to mails; whether this event closed it. What happened before an operator let mails go there again
/// does not close it once more.
async fn suppress(
    context: &Context,
    hash: &str,
    why: SuppressionReason,
    at: jiff::Timestamp,
) -> Result<bool, Fault> {
    let (store, key) = (context.platform.store.as_ref(), rows::suppression_key(hash));
    let mut attempt = 0;
    loop {
        attempt += 1;
        let stored: Option<SuppressionRow> = rows::get(store, Table::State, &key).await?;
        let version = stored.as_ref().map_or(0, |row| row.version);
        let stands = match &stored {
            Some(row) => row.released_at.is_none_or(|released| at <= released),
            None => false,
        };
        if stands {
            return Ok(false);
        }
        let row =
            SuppressionRow { hash: hash.to_owned(), version: version + 1, why, since: at, released_at: None };
        match store.transact(vec![rows::write(&row)]).await {
            Ok(()) => return Ok(true),
            Err(error) => ledger::again(context, error, &key.to_string(), attempt).await?,
        }
    }
}

/// Marks the candidate who has the address, if somebody has; whether he was not marked before.
async fn mark_unreachable(context: &Context, hash: &str, at: jiff::Timestamp) -> Result<bool, Fault> {
    let store = context.platform.store.as_ref();
    let suppression: Option<SuppressionRow> =
        rows::get(store, Table::State, &rows::suppression_key(hash)).await?;
    if !suppression.is_some_and(|row| row.holds()) {
        return Ok(false);
    }
    let key = Key::new(format!("M#{hash}"), "ACCOUNT");
    let owner: Option<AddressRow> = rows::get(store, Table::State, &key).await?;
    let Some(AddressRow { candidate }) = owner else { return Ok(false) };
    let before = ledger::candidate(context, &candidate).await?;
    if before.is_none_or(|candidate| candidate.unreachable) {
        return Ok(false);
    }
    let action = Action::MarkUnreachable { candidate: candidate.clone(), address: hash.to_owned() };
    // The same event again is the same command. A digest is always an identifier.
    let named = procedure::digest::of(format!("unreachable {candidate} {at}").as_bytes());
    let Ok(command_id) = CommandId::new(named) else { return Ok(false) };
    let command = Command { command_id, actor: Actor::Job, action };
    commands::decide_and_record(context, &command).await?;
    let after = ledger::candidate(context, &candidate).await?;
    Ok(after.is_some_and(|candidate| candidate.unreachable))
}
