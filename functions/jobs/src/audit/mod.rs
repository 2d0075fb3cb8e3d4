//! The job behind `monmaster verify`: replays every decision and checks what must be true at every instant.
//!
//! It goes through the table `state`, segment by segment, and reads the journal of each subject by its
//! partition; the journal itself is never scanned. Checked are:
//!
//! - **replay**: the records of each candidate and formation are whole, folding them gives the stored item
//!   field by field with its place in the index, what time and nights did is what the law says they do;
//! - **state**: one offer held, nothing live beside a definitive acceptance, no seat beyond the call limit, ranks
//!   given once, addresses and accounts that name each other;
//! - **notices**: each decision that owes one has it, each one has its decision, none left before its night;
//! - **nights**: plans are what their digest says, were applied whole, and the gate agrees with them;
//! - **what was left undone**: by the store's own time, no night that is over lacks its run, no gate of an earlier
//!   date is closed, no settling and no mail waits longer than its job may take.
//!
//! Not checked: stored answers to commands (they lie in the journal under the command's id and end after a while);
//! whether a past plan was right (the night verified it against its snapshot, which is not kept); journals of
//! subjects that have no item. Whatever else runs meanwhile may be met half done: run it on a store at rest.

mod address;
mod candidate;
mod establishment;
mod formation;
mod lawful;
mod nights;
mod owed;
mod phases;
mod tally;

use std::sync::Arc;

use platform::store::Segment;
use platform::{Item, Key, Table};
use procedure::digest;
use schemas::{DecisionRecord, RankingContent};
use serde::Serialize;

use crate::context::Context;
use crate::fault::Fault;
use crate::rows::{self, CampaignRow, Checkpoint, MailRateRow, QueuedContract, SuppressionRow};
use crate::sweep;
use nights::Nights;
use tally::{Seen, Tally};

/// How many items one read of the scan gives.
const SCAN_PAGE: usize = 500;

/// How many items one read of a partition gives.
const QUERY_PAGE: usize = 500;

/// What was read, and everything that is wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AuditReport {
    /// Candidates read.
    pub candidates: u64,
    /// Formations read.
    pub formations: u64,
    /// Decision records replayed.
    pub decisions: u64,
    /// Notices read.
    pub notices: u64,
    /// Nights read.
    pub nights: u64,
    /// What is wrong, sorted; nothing personal is in it.
    pub findings: Vec<Finding>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// The item or object concerned: `<pk> / <sk>`, or an object's key.
    pub key: String,
    /// What is wrong with it.
    pub what: FindingKind,
    /// Where exactly: numbers, dates and ids only.
    pub detail: String,
}

impl Finding {
    fn new(key: &Key, what: FindingKind, detail: impl Into<String>) -> Self {
        Self { key: key.to_string(), what, detail: detail.into() }
    }
}

/// What can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// The item cannot be read, or no job writes such an item.
    Unreadable,
    /// A decision record is missing, comes too often, or lies beyond the state's version.
    RecordsNotWhole,
    /// The stored item is not the fold of its decision records.
    StateDiffers,
    /// The index lists the item elsewhere than it must, or does not list it.
    IndexDiffers,
    /// A decision of time or of a night is not what the law or the plan says.
    DecisionDiffers,
    /// An offer's deadline is not the calendar's (R34).
    DeadlineDiffers,
    /// Two offers are held, or two accepted for good (R25).
    HeldTwice,
    /// Something is live beside a definitive acceptance that ends it (R28).
    LiveBesideDefinitive,
    /// Something is live in an account that was left or never activated.
    LiveWithoutAccount,
    /// A rank is missing where the state needs one, or given twice.
    RankDiffers,
    /// More seats are taken than the call limit allows.
    OverCallLimit,
    /// An address and an account do not name each other (R11).
    AddressDiffers,
    /// Something names a candidate or a formation that is not there.
    SubjectMissing,
    /// An object is missing or not what its digest says.
    ObjectDiffers,
    /// A decision owes a notice that is not there.
    NoticeMissing,
    /// A notice names no decision that owes it, or says something else than it.
    NoticeUnfounded,
    /// A notice left before the night that it announces was published.
    NoticeTooEarly,
    /// The run of a night does not count what the candidates' records say.
    NightDiffers,
    /// The gate and the runs of the nights do not agree.
    GateDiffers,
    /// The phases recorded as begun are not those of the checkpoint.
    PhasesDiffer,
    /// A date of the nights is over, and it had none.
    NightMissing,
    /// The gate is still closed for an earlier date.
    GateLeftClosed,
    /// What time did to a candidate should have been recorded long ago.
    SettlingOverdue,
    /// A notice should have left long ago.
    NoticeOverdue,
}

/// Checks the whole store and its objects.
///
/// # Errors
/// A [`Fault`] if the store or the objects cannot be read; what is wrong in them is a [`Finding`].
pub async fn run(context: &Context) -> Result<AuditReport, Fault> {
    let context = &context.in_force().await?;
    let (nights, mut findings) = nights::read(context).await?;
    let nights = Arc::new(nights);
    let mut tally = Tally::default();
    let segments = context.settings.segments;
    for number in 0..segments {
        let mut after = None;
        loop {
            let segment = Segment { number, of: segments };
            let page = context.platform.store.scan(Table::State, segment, after, SCAN_PAGE).await?;
            let work = |item: Item| {
                let (context, nights) = (context.clone(), Arc::clone(&nights));
                async move { check(&context, &nights, &item).await }
            };
            sweep::each(page.items, context.settings.concurrency, work, |seen| tally.add(seen)).await?;
            after = page.next;
            if after.is_none() {
                break;
            }
        }
    }
    findings.extend(phases::check(context).await?);
    Ok(tally.report(&nights, findings))
}

/// One item of the table `state`, with what the journal and other rows say of it.
async fn check(context: &Context, nights: &Nights, item: &Item) -> Result<Seen, Fault> {
    match (item.key.pk.get(..2), item.key.sk.as_str()) {
        (Some("C#"), rows::STATE_SK) => candidate::check(context, nights, item).await,
        (Some("F#"), rows::STATE_SK) => formation::check(context, item).await,
        (Some("E#"), rows::STATE_SK) => establishment::check(context, item).await,
        (Some("F#"), rows::RANKING_SK) => formation::check_ranking(context, item).await,
        (Some("F#"), sk) if sk.starts_with(rows::QUEUE_SK) => {
            let unread = rows::read::<QueuedContract>(item).err();
            Ok(Seen::of(unread.map(|_| unreadable(&item.key))))
        }
        (Some("K#"), rows::STATE_SK) => {
            Ok(Seen::of(rows::read::<CampaignRow>(item).err().map(|_| unreadable(&item.key))))
        }
        (Some("M#"), "ACCOUNT") => address::check(context, item).await,
        (Some("M#"), "SUPPRESSED") => {
            Ok(Seen::of(rows::read::<SuppressionRow>(item).err().map(|_| unreadable(&item.key))))
        }
        (Some("J#"), _) if item.key == rows::mail_rate_key() => {
            Ok(Seen::of(rows::read::<MailRateRow>(item).err().map(|_| unreadable(&item.key))))
        }
        // Read beforehand, whole.
        (Some("J#"), _) if item.key.pk == "J#night" || item.key == rows::gate_key() => Ok(Seen::default()),
        (Some("J#"), _) => Ok(Seen::of(rows::read::<Checkpoint>(item).err().map(|_| unreadable(&item.key)))),
        _ => Ok(Seen::of([Finding::new(&item.key, FindingKind::Unreadable, "no job writes such an item")])),
    }
}

fn unreadable(key: &Key) -> Finding {
    Finding::new(key, FindingKind::Unreadable, "its content is not of the form that it must have")
}

/// Every item of a partition whose sort key begins so; the partitions read here are small.
async fn partition(context: &Context, table: Table, pk: &str, sk_prefix: &str) -> Result<Vec<Item>, Fault> {
    let mut items = Vec::new();
    let mut after = None;
    loop {
        let page = context.platform.store.query(table, pk, sk_prefix, after, QUERY_PAGE).await?;
        items.extend(page.items);
        after = page.next;
        if after.is_none() {
            return Ok(items);
        }
    }
}

/// The decision records of a partition, from 1 on without a hole, and what is wrong with the others.
async fn records(
    context: &Context,
    pk: &str,
    findings: &mut Vec<Finding>,
) -> Result<Vec<DecisionRecord>, Fault> {
    let mut records: Vec<DecisionRecord> = Vec::new();
    for item in partition(context, Table::Journal, pk, "D#").await? {
        let Ok(record) = rows::read::<DecisionRecord>(&item) else {
            findings.push(unreadable(&item.key));
            break;
        };
        let expected = records.len() as u64 + 1;
        if record.seq != expected || item.key.sk != rows::record_sk(expected) {
            let missing = Key::new(pk, rows::record_sk(expected));
            let detail = format!("missing; what follows is {}", item.key.sk);
            findings.push(Finding::new(&missing, FindingKind::RecordsNotWhole, detail));
            break;
        }
        records.push(record);
    }
    Ok(records)
}

/// The content of an object that is named by its own digest, and nothing if it is not what it must be.
async fn object<T>(
    context: &Context,
    key: &str,
    named: &str,
    read: impl FnOnce(&[u8]) -> Option<T>,
    findings: &mut Vec<Finding>,
) -> Result<Option<T>, Fault> {
    let detail = match context.platform.objects.get(key).await? {
        None => "missing",
        Some(bytes) if digest::of(&bytes) != named => "not what its digest says",
        Some(bytes) => match read(&bytes) {
            Some(content) => return Ok(Some(content)),
            None => "its content is not of the form that it must have",
        },
    };
    findings.push(Finding {
        key: key.to_owned(),
        what: FindingKind::ObjectDiffers,
        detail: detail.to_owned(),
    });
    Ok(None)
}

/// A ranking's content, if it is one.
fn ranking_content(bytes: &[u8]) -> Option<RankingContent> {
    serde_json::from_slice(bytes).ok()
}
