//! The digest that names stored content: rankings, plans, campaign files, commands.

use sha2::{Digest, Sha256};

/// SHA-256 in lower-case hexadecimal.
#[must_use]
pub fn of(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
