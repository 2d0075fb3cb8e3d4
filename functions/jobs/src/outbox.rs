//! Notices on their way: the changes that a dispatcher and the provider's events make to them, in any order.

use jiff::Timestamp;
use platform::{Key, StoreError, Table};
use schemas::Notice;
use schemas::notice::{MailFact, NoticeStatus, TRAIL_MAX, Trace};

use crate::context::Context;
use crate::fault::Fault;
use crate::ledger;
use crate::rows::{self, NoticeRow};

/// Adds to a notice's trail.
pub(crate) fn note(notice: &mut Notice, at: Timestamp, what: MailFact) {
    if notice.trail.len() < TRAIL_MAX {
        notice.trail.push(Trace { at, what });
    }
}

/// What a mail provider tells of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Told {
    /// It left the provider.
    Sent,
    /// What became of it then; each says that it had left.
    Later(MailFact),
    /// It was taken and did not leave after all.
    Rejected,
}

/// The notice once this is known of its mail; `None` if it says nothing new. Events come in any order and more than
/// once: the same ones give the same notice.
pub(crate) fn heard(notice: &Notice, at: Timestamp, id: &str, told: &Told) -> Option<Notice> {
    let mut next = notice.clone();
    if *told == Told::Rejected {
        let what = MailFact::Rejected { id: id.to_owned() };
        if is_known(&next, &what) {
            return None;
        }
        note(&mut next, at, what);
        let of_this = match &notice.status {
            NoticeStatus::Sent { provider_id, .. } => provider_id == id,
            NoticeStatus::Claimed { .. } => true,
            _ => false,
        };
        if of_this {
            next.status = NoticeStatus::Failed { at };
        }
        return Some(next);
    }
    left(&mut next, at, id);
    if let Told::Later(what) = told
        && !next.trail.iter().any(|trace| trace.at == at && trace.what == *what)
    {
        note(&mut next, at, what.clone());
    }
    (next != *notice).then_some(next)
}

/// Whether a notice's trail has this already, whenever it was.
fn is_known(notice: &Notice, what: &MailFact) -> bool {
    notice.trail.iter().any(|trace| trace.what == *what)
}

/// A mail of this notice left under this id of the provider's: whatever was thought of it, it is sent; under a second
/// id, it is sent twice.
fn left(notice: &mut Notice, at: Timestamp, id: &str) {
    match &notice.status {
        NoticeStatus::Sent { provider_id, .. } if provider_id == id => {}
        NoticeStatus::Sent { .. } => {
            let what = MailFact::SentAgain { id: id.to_owned() };
            if !is_known(notice, &what) {
                note(notice, at, what);
            }
        }
        _ if is_known(notice, &MailFact::Rejected { id: id.to_owned() }) => {}
        _ => notice.status = NoticeStatus::Sent { at, provider_id: id.to_owned() },
    }
}

/// What this dispatcher's attempt came to, on the notice as it is by now: a provider's event may have been faster.
pub(crate) fn concluded(notice: &Notice, attempt: u32, ended: &Ended) -> Option<Notice> {
    let mut next = notice.clone();
    match ended {
        Ended::Left { at, id } => left(&mut next, *at, id),
        Ended::Stayed { at, status, why } => {
            let ours = matches!(notice.status, NoticeStatus::Claimed { attempts, .. } if attempts == attempt);
            if !ours {
                return None;
            }
            if let Some(why) = why {
                note(&mut next, *at, MailFact::NotTaken { why: why.clone() });
            }
            next.status = status.clone();
        }
    }
    (next != *notice).then_some(next)
}

/// How an attempt ended.
pub(crate) enum Ended {
    /// The provider took it under this id.
    Left {
        /// When.
        at: Timestamp,
        /// The provider's id of it.
        id: String,
    },
    /// The provider certainly did not take it.
    Stayed {
        /// When.
        at: Timestamp,
        /// Where the notice stands now.
        status: NoticeStatus,
        /// Why, if it counts as an attempt.
        why: Option<String>,
    },
}

/// Changes a notice until the change is written or there is nothing to change; gives the notice as it is then, or
/// `None` if there is none. A store that hiccups is asked again: what was sent must be known as sent.
pub(crate) async fn update(
    context: &Context,
    key: &Key,
    known: Option<Notice>,
    change: impl Fn(&Notice) -> Option<Notice>,
) -> Result<Option<Notice>, Fault> {
    let store = context.platform.store.as_ref();
    let mut known = known;
    let mut attempt = 0;
    loop {
        attempt += 1;
        let notice = match known.take() {
            Some(notice) => notice,
            None => match rows::get::<Notice>(store, Table::Journal, key).await {
                Ok(Some(notice)) => notice,
                Ok(None) => return Ok(None),
                Err(error) => {
                    ledger::again(context, error, &key.to_string(), attempt).await?;
                    continue;
                }
            },
        };
        let Some(mut next) = change(&notice) else { return Ok(Some(notice)) };
        next.version = notice.version + 1;
        let row = NoticeRow { key: key.clone(), notice: next };
        match store.transact(vec![row.write()]).await {
            Ok(()) => return Ok(Some(row.notice)),
            Err(error) => ledger::again(context, error, &key.to_string(), attempt).await?,
        }
    }
}

/// Claims a notice, or writes where else it stands, unless somebody else was faster; whether it was written. A store
/// that hiccups is asked again: an answer that was lost is recognised by what is stored.
pub(crate) async fn put(context: &Context, row: &NoticeRow) -> Result<bool, Fault> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        match context.platform.store.transact(vec![row.write()]).await {
            Ok(()) => return Ok(true),
            Err(StoreError::Conflict { existing, .. }) => {
                let stored = existing.map(|item| rows::read::<Notice>(&item)).transpose()?;
                return Ok(attempt > 1 && stored.as_ref() == Some(&row.notice));
            }
            Err(error) => ledger::again(context, error, &row.key.to_string(), attempt).await?,
        }
    }
}
