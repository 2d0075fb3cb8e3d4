//! Tokens of links: derived from a key outside the tables when a mail is rendered, never stored.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use schemas::Candidate;
use sha2::Sha256;

use crate::context::TOKEN_KEY_BYTES;

/// What an activation token vouches for: this purpose, this candidate, this address, this issue. A newer issue
/// or a changed address makes older tokens worthless. `None` if no link was issued.
fn activation_mac(key: &[u8; TOKEN_KEY_BYTES], candidate: &Candidate) -> Option<Hmac<Sha256>> {
    let issued = candidate.activation_issued_at?;
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    for part in ["activate", candidate.id.as_str(), &candidate.email, &issued.as_microsecond().to_string()] {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    Some(mac)
}

/// The activation token of the link that counts, if one was issued (R9): 256 bits, fit for a link.
pub(crate) fn activation(key: &[u8; TOKEN_KEY_BYTES], candidate: &Candidate) -> Option<String> {
    let mac = activation_mac(key, candidate)?;
    Some(URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

/// Whether this is that token; compared in constant time.
pub(crate) fn is_activation(key: &[u8; TOKEN_KEY_BYTES], candidate: &Candidate, token: &str) -> bool {
    let given = URL_SAFE_NO_PAD.decode(token).ok();
    activation_mac(key, candidate).zip(given).is_some_and(|(mac, given)| mac.verify_slice(&given).is_ok())
}
