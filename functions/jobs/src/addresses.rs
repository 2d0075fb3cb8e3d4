//! Who has an address (R11). The row of an address is a hint, put when it is asked for and never taken away: whether the
//! account that it names still has the address is what that account's own item says.

use platform::{Table, Write};
use procedure::address::normalised;
use schemas::{Candidate, CandidateId};

use crate::context::Context;
use crate::fault::Fault;
use crate::ledger;
use crate::rows::{self, AddressRow};

/// What is known of an address.
#[derive(Debug, Clone, Default)]
pub(crate) struct Owner {
    /// The account that has it now.
    pub(crate) candidate: Option<CandidateId>,
    /// How many times its row was written.
    version: u64,
}

impl Owner {
    /// Whether somebody else than this candidate has it.
    pub(crate) fn is_another(&self, than: &CandidateId) -> bool {
        self.candidate.as_ref().is_some_and(|owner| owner != than)
    }

    /// The write by which a candidate takes it; it fails if somebody was faster.
    pub(crate) fn taken_by(&self, email: &str, candidate: &CandidateId) -> Write {
        rows::write_address(email, &AddressRow { candidate: candidate.clone() }, self.version + 1)
    }
}

/// Reads who has an address.
pub(crate) async fn owner(context: &Context, email: &str) -> Result<Owner, Fault> {
    let store = context.platform.store.as_ref();
    let Some(item) = store.get(Table::State, &rows::address_key(email)).await? else {
        return Ok(Owner::default());
    };
    let row: AddressRow = rows::read(&item)?;
    let named = ledger::candidate(context, &row.candidate).await?;
    // An account that is not there yet is being opened: the row alone counts.
    let has = named.is_none_or(|candidate| has_address(&candidate, email));
    Ok(Owner { candidate: has.then_some(row.candidate), version: item.version })
}

/// Whether mails of this account go to an address, or will once it is confirmed.
pub(crate) fn has_address(candidate: &Candidate, email: &str) -> bool {
    let wanted = normalised(email);
    let current = !candidate.address_released && normalised(&candidate.email) == wanted;
    current || candidate.new_email.as_ref().is_some_and(|new| normalised(&new.email) == wanted)
}
