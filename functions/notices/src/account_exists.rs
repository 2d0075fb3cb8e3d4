//! `account_exists`: somebody asked for an account at an address that has one (R11).
//!
//! The site answers a known and an unknown address alike, so this mail alone tells the owner.

use schemas::Language;
use serde::Serialize;

use crate::mail::Notice;

/// A second account was asked for at this address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountExists {
    /// The platform's sign-in page.
    pub sign_in: String,
}

#[derive(Serialize)]
pub(crate) struct Facts {}

impl Notice for AccountExists {
    type Facts = Facts;

    const GREETS_BY_NAME: bool = false;

    fn link(&self) -> &str {
        &self.sign_in
    }

    fn facts(&self, _: Language) -> Facts {
        Facts {}
    }
}
