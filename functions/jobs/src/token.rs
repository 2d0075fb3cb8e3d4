//! Tokens of links: derived from a key outside the tables when a mail is rendered, never stored.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use schemas::Candidate;
use sha2::Sha256;

use crate::context::TOKEN_KEY_BYTES;

/// What a token vouches for: this purpose, this candidate, this address, this issue. A newer issue or a changed address
/// makes older tokens worthless.
fn mac(
    key: &[u8; TOKEN_KEY_BYTES],
    purpose: &str,
    candidate: &Candidate,
    email: &str,
    issued: Timestamp,
) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    for part in [purpose, candidate.id.as_str(), email, &issued.as_microsecond().to_string()] {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    Some(mac)
}

/// Of the activation link that counts, if one was issued (R9).
fn activation_mac(key: &[u8; TOKEN_KEY_BYTES], candidate: &Candidate) -> Option<Hmac<Sha256>> {
    mac(key, "activate", candidate, &candidate.email, candidate.activation_issued_at?)
}

/// Of the link to a new address, if one was asked for (R11).
fn new_email_mac(key: &[u8; TOKEN_KEY_BYTES], candidate: &Candidate) -> Option<Hmac<Sha256>> {
    let new = candidate.new_email.as_ref()?;
    mac(key, "change-email", candidate, &new.email, new.issued_at)
}

/// 256 bits, fit for a link.
fn written(mac: Hmac<Sha256>) -> String {
    URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}

/// Compared in constant time.
fn is(mac: Option<Hmac<Sha256>>, token: &str) -> bool {
    let given = URL_SAFE_NO_PAD.decode(token).ok();
    mac.zip(given).is_some_and(|(mac, given)| mac.verify_slice(&given).is_ok())
}

/// The activation token of the link that counts, if one was issued (R9).
pub(crate) fn activation(key: &[u8; TOKEN_KEY_BYTES], candidate: &Candidate) -> Option<String> {
    activation_mac(key, candidate).map(written)
}

/// Whether this is that token.
pub(crate) fn is_activation(key: &[u8; TOKEN_KEY_BYTES], candidate: &Candidate, token: &str) -> bool {
    is(activation_mac(key, candidate), token)
}

/// The token of the link to a new address, if one was asked for (R11).
pub(crate) fn new_email(key: &[u8; TOKEN_KEY_BYTES], candidate: &Candidate) -> Option<String> {
    new_email_mac(key, candidate).map(written)
}

/// Whether this is that token.
pub(crate) fn is_new_email(key: &[u8; TOKEN_KEY_BYTES], candidate: &Candidate, token: &str) -> bool {
    is(new_email_mac(key, candidate), token)
}
