//! Addresses and accounts, both ways (R11). An address is named by its hash only.

use platform::{Item, Table};
use schemas::{Candidate, Change};

use super::tally::Seen;
use super::{Finding, FindingKind, records, unreadable};
use crate::context::Context;
use crate::fault::Fault;
use crate::rows::{self, AddressRow};

/// The row of an address: its candidate exists and has that address.
pub(super) async fn check(context: &Context, item: &Item) -> Result<Seen, Fault> {
    let Ok(row) = rows::read::<AddressRow>(item) else { return Ok(Seen::of([unreadable(&item.key)])) };
    let found = context.platform.store.get(Table::State, &rows::candidate_key(&row.candidate)).await?;
    let finding = match found.map(|item| rows::read::<Candidate>(&item)) {
        None => Some((FindingKind::SubjectMissing, "its candidate is not there")),
        Some(Ok(candidate)) if !had(context, &candidate, item).await? => {
            Some((FindingKind::AddressDiffers, "its candidate has another address"))
        }
        // A candidate that cannot be read is found on its own.
        Some(_) => None,
    };
    Ok(Seen::of(finding.map(|(what, detail)| Finding::new(&item.key, what, detail))))
}

/// Whether the address of this row is the candidate's, or was asked for by him at any time: a row is never taken away.
async fn had(context: &Context, candidate: &Candidate, item: &Item) -> Result<bool, Fault> {
    if rows::address_key(&candidate.email) == item.key {
        return Ok(true);
    }
    let records = records(context, &rows::candidate_pk(&candidate.id), &mut Vec::new()).await?;
    Ok(records.iter().flat_map(|record| &record.events).any(|event| match &event.change {
        Change::Registered { email, .. } | Change::EmailAsked { email, .. } => {
            rows::address_key(email) == item.key
        }
        _ => false,
    }))
}

/// A candidate's address: its row is there and names him.
pub(super) async fn of_candidate(context: &Context, candidate: &Candidate) -> Result<Option<Finding>, Fault> {
    let row = context.platform.store.get(Table::State, &rows::address_key(&candidate.email)).await?;
    let detail = match row.map(|item| rows::read::<AddressRow>(&item)) {
        None => "his address has no row: another account could be opened with it",
        Some(Ok(row)) if row.candidate != candidate.id && !candidate.address_released => {
            "his address is another account's"
        }
        Some(_) => return Ok(None),
    };
    Ok(Some(Finding::new(&rows::candidate_key(&candidate.id), FindingKind::AddressDiffers, detail)))
}
