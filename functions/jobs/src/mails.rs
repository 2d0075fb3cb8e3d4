//! A person's mails: what became of each, masked for whoever looks; and an operator's hand on them.

use jiff::Timestamp;
use platform::{Key, Table, Write};
use procedure::{Facts, Subject, decide};
use schemas::notice::{NoticeStatus, SuppressionReason, Trace};
use schemas::{Action, Candidate, CandidateId, Command, Notice, NoticeKind, Outcome};
use serde::Serialize;

use crate::context::Context;
use crate::fault::Fault;
use crate::rows::{self, NoticeRow, OutcomeRow, SuppressionRow};
use crate::{commands, ledger};

/// How many notices one read gives.
const PAGE: usize = 500;

/// A person's mails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mails {
    /// Whose.
    pub candidate: CandidateId,
    /// The address that mails go to, masked.
    pub address: String,
    /// Whether mails to it come back or are not wanted (R10).
    pub unreachable: bool,
    /// Since when and why no mail goes there, if none does.
    pub suppressed: Option<Suppressed>,
    /// Each notice owed to him, in the order in which they were owed.
    pub mails: Vec<MailOf>,
}

/// That no mail goes to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Suppressed {
    /// Why.
    pub why: SuppressionReason,
    /// Since when.
    pub since: Timestamp,
}

/// What became of one notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MailOf {
    /// Its sort key, by which it is named to be sent again.
    pub notice: String,
    /// What it says.
    pub kind: NoticeKind,
    /// When it was owed.
    pub owed_at: Timestamp,
    /// Where it stands.
    #[serde(flatten)]
    pub status: NoticeStatus,
    /// What became of its mail on the way.
    pub trail: Vec<Trace>,
}

/// What became of a candidate's mails; `None` if there is no such candidate.
///
/// # Errors
/// A [`Fault`] of the store.
pub async fn of(context: &Context, id: &CandidateId) -> Result<Option<Mails>, Fault> {
    let Some(candidate) = ledger::candidate(context, id).await? else { return Ok(None) };
    let store = context.platform.store.as_ref();
    let mut mails = Vec::new();
    let mut after = None;
    loop {
        let page = store.query(Table::Journal, &rows::candidate_pk(id), "N#", after, PAGE).await?;
        for item in &page.items {
            let Notice { kind, created_at, status, trail, .. } = rows::read(item)?;
            mails.push(MailOf { notice: item.key.sk.clone(), kind, owed_at: created_at, status, trail });
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    mails.sort_by_key(|mail| mail.owed_at);
    let suppressed = suppression(context, &candidate.email).await?.filter(SuppressionRow::holds);
    Ok(Some(Mails {
        candidate: id.clone(),
        address: masked(&candidate.email),
        unreachable: candidate.unreachable,
        suppressed: suppressed.map(|row| Suppressed { why: row.why, since: row.since }),
        mails,
    }))
}

/// An address of which its owner recognises his own, and nobody else learns it: the first letter of each side, and the
/// last part of the domain.
#[must_use]
pub fn masked(address: &str) -> String {
    let first = |text: &str| text.chars().next().map(String::from).unwrap_or_default();
    let Some((local, domain)) = address.rsplit_once('@') else { return "***".to_owned() };
    let last = domain.rsplit_once('.').map_or("", |(_, last)| last);
    format!("{}***@{}***.{last}", first(local), first(domain))
}

async fn suppression(context: &Context, address: &str) -> Result<Option<SuppressionRow>, Fault> {
    let key = rows::suppression_key(&rows::address_hash(address));
    Ok(rows::get(context.platform.store.as_ref(), Table::State, &key).await?)
}

/// The write that an operator's `release_mailbox` adds to its own: mails may go to the address again, here and at the
/// provider, whose own list is asked first, since that is done as well twice.
pub(crate) async fn released(
    context: &Context,
    command: &Command,
    candidate: Option<&Candidate>,
) -> Result<Option<Write>, Fault> {
    let (Action::ReleaseMailbox { .. }, Some(candidate)) = (&command.action, candidate) else {
        return Ok(None);
    };
    let held = suppression(context, &candidate.email).await?.filter(SuppressionRow::holds);
    let Some(row) = held else { return Ok(None) };
    context.platform.mailer.release(&candidate.email).await?;
    let released_at = Some(context.now());
    Ok(Some(rows::write(&SuppressionRow { version: row.version + 1, released_at, ..row })))
}

/// Owes a notice once more, under the command's own key: the same kind, decision and night as the one named, written out
/// when it is sent. The candidate's own state does not change, so there is no record on him; the outcome is one.
pub(crate) async fn resend(
    context: &Context,
    command: &Command,
    id: &CandidateId,
    named_sk: &str,
    fingerprint: &str,
) -> Result<Outcome, Fault> {
    let store = context.platform.store.as_ref();
    let candidate = ledger::candidate(context, id).await?;
    let gate = ledger::gate(context).await?;
    let key = Key::new(rows::candidate_pk(id), named_sk);
    let named: Option<Notice> = match named_sk.strip_prefix("N#") {
        Some(_) => rows::get(store, Table::Journal, &key).await?,
        None => None,
    };
    let facts = Facts { gate, notice: named.as_ref().map(|notice| notice.kind), ..Facts::default() };
    let subject = Subject::Candidate { id, state: candidate.as_ref() };
    let now = context.now();
    let outcome = match decide(subject, command, &facts, now, context.rules()) {
        Ok(_) => Outcome::Accepted { events: Vec::new(), warnings: Vec::new() },
        Err(refusal) => Outcome::Refused { refusal },
    };
    let row = OutcomeRow { fingerprint: fingerprint.to_owned(), outcome };
    let mut writes = vec![rows::write_outcome(&command.command_id, &row)];
    if let (Outcome::Accepted { .. }, Some(named)) = (&row.outcome, named) {
        let sk = commands::notice_sk(command, named.kind);
        let NoticeRow { key, notice } =
            ledger::owed(id, named.kind, sk, named.decision, now, now, named.night);
        let again = Some(named.again.unwrap_or_else(|| named_sk.to_owned()));
        writes.push(NoticeRow { key, notice: Notice { again, ..notice } }.write());
    }
    store.transact(writes).await?;
    Ok(row.outcome)
}
