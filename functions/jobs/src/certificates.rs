//! Certificates: their codes, and the check that whoever is shown one makes (R69, R70).
//!
//! A code is derived from the key of links, outside the tables, and from what the certificate says; so nothing of it is
//! stored, nobody can make one up, and it tells nothing by itself.

use hmac::{Hmac, KeyInit, Mac};
use jiff::civil::Date;
use procedure::{decide, fold};
use schemas::candidate::CertificateKind;
use schemas::{Candidate, CandidateId, Change, DecisionRecord, Formation, FormationId};
use serde::Serialize;
use sha2::Sha256;

use crate::context::{Context, TOKEN_KEY_BYTES};
use crate::fault::Fault;
use crate::{ledger, rows};

/// Crockford's digits: without I, L, O and U, so that no two look alike and no word comes out.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// How many of a code's digits vouch for the certificate: 75 bits, which nobody guesses.
const SECRET_DIGITS: usize = 15;

/// How many digits stand together.
const GROUP_DIGITS: usize = 4;

/// What a check of a certificate says. It names nobody: whoever checks was shown the candidate's number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "certificate", rename_all = "snake_case")]
pub enum Checked {
    /// The code was issued to this candidate.
    Valid {
        /// What it certifies.
        kind: CertificateKind,
        /// For which formation; none for the whole platform.
        #[serde(skip_serializing_if = "Option::is_none")]
        formation: Option<FormationId>,
        /// The formation's title.
        #[serde(skip_serializing_if = "Option::is_none")]
        title: Option<String>,
        /// The Paris day on which it was issued.
        issued_on: Date,
        /// Whether the same would still be certified now: a candidate may have accepted a seat since.
        still_true: bool,
    },
    /// A digit is missing or wrong: a slip of the pen.
    Mistyped,
    /// No such certificate was issued to this candidate.
    Unknown,
}

/// A certificate as its record has it.
pub(crate) struct Issued<'a> {
    pub(crate) kind: CertificateKind,
    pub(crate) formation: Option<&'a FormationId>,
    on: Date,
    /// The record's number: the same certificate asked for twice is two.
    serial: u64,
}

/// The certificates that a record issued.
pub(crate) fn of_record(record: &DecisionRecord) -> impl Iterator<Item = Issued<'_>> {
    record.events.iter().filter_map(|event| match &event.change {
        Change::CertificateIssued { kind, formation, on } => {
            Some(Issued { kind: *kind, formation: formation.as_ref(), on: *on, serial: record.seq })
        }
        _ => None,
    })
}

/// The code of a certificate: `XXXX-XXXX-XXXX-XXXX`, whose last digit checks the others.
pub(crate) fn code(
    key: &[u8; TOKEN_KEY_BYTES],
    candidate: &CandidateId,
    issued: &Issued<'_>,
) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    let (on, serial) = (issued.on.to_string(), issued.serial.to_string());
    let formation = issued.formation.map_or("", FormationId::as_str);
    for part in ["certificate", candidate.as_str(), issued.kind.name(), formation, &on, &serial] {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    let mut digits = fives(&mac.finalize().into_bytes());
    digits.truncate(SECRET_DIGITS);
    digits.push(check_digit(&digits));
    Some(written(&digits))
}

/// The digits as they are read and typed, in groups.
fn written(digits: &[u8]) -> String {
    let characters = digits.iter().filter_map(|digit| DIGITS.get(usize::from(*digit)));
    let text: Vec<char> = characters.map(|byte| char::from(*byte)).collect();
    text.chunks(GROUP_DIGITS).map(String::from_iter).collect::<Vec<_>>().join("-")
}

/// The bits of some bytes, five by five; what is left over is dropped.
fn fives(bytes: &[u8]) -> Vec<u8> {
    let bits =
        bytes.iter().flat_map(|byte| (0..8).rev().map(move |place| byte >> place & 1)).collect::<Vec<_>>();
    bits.chunks_exact(5).map(|five| five.iter().fold(0, |value, bit| value << 1 | bit)).collect()
}

/// The digit that makes the code's sum, each second digit doubled, a multiple of 32 (Luhn's check in base 32): it finds
/// each wrong digit and nearly every exchange of two neighbours.
fn check_digit(digits: &[u8]) -> u8 {
    let doubled = |(place, digit): (usize, &u8)| {
        let value = if place % 2 == 0 { u32::from(*digit) * 2 } else { u32::from(*digit) };
        value / 32 + value % 32
    };
    let sum: u32 = digits.iter().rev().enumerate().map(doubled).sum();
    u8::try_from((32 - sum % 32) % 32).unwrap_or_default()
}

/// A code as it was typed, as it was issued: in capitals and groups, with the digits that were meant where letters that
/// look like them were read. `None` if it cannot be a code.
fn normal(typed: &str) -> Option<String> {
    let digits = typed
        .chars()
        .filter(|character| !character.is_whitespace() && *character != '-')
        .map(|character| match character.to_ascii_uppercase() {
            'O' => b'0',
            'I' | 'L' => b'1',
            other => u8::try_from(other).unwrap_or_default(),
        })
        .map(|byte| DIGITS.iter().position(|digit| *digit == byte).and_then(|value| u8::try_from(value).ok()))
        .collect::<Option<Vec<u8>>>()?;
    let (check, secret) = digits.split_last()?;
    if secret.len() != SECRET_DIGITS || check_digit(secret) != *check {
        return None;
    }
    Some(written(&digits))
}

/// Checks a code that somebody shows as this candidate's.
///
/// # Errors
/// A [`Fault`] of the store.
pub async fn check(context: &Context, candidate: &CandidateId, typed: &str) -> Result<Checked, Fault> {
    let Some(typed) = normal(typed) else { return Ok(Checked::Mistyped) };
    let context = &context.in_force().await?;
    let Some(state) = ledger::candidate(context, candidate).await? else { return Ok(Checked::Unknown) };
    for record in ledger::records(context, candidate).await? {
        for issued in of_record(&record) {
            if code(&context.settings.token_key, candidate, &issued).as_ref() == Some(&typed) {
                return valid(context, &state, &issued).await;
            }
        }
    }
    Ok(Checked::Unknown)
}

async fn valid(context: &Context, state: &Candidate, issued: &Issued<'_>) -> Result<Checked, Fault> {
    let settled = ledger::settled(context, state, context.now());
    let seen = fold::visible(&settled, ledger::gate(context).await?.published);
    let title = match issued.formation {
        Some(formation) => {
            let key = rows::formation_key(formation);
            let found: Option<Formation> =
                rows::get(context.platform.store.as_ref(), platform::Table::State, &key).await?;
            found.map(|formation| formation.title)
        }
        None => None,
    };
    Ok(Checked::Valid {
        kind: issued.kind,
        formation: issued.formation.cloned(),
        title,
        issued_on: issued.on,
        still_true: !decide::certifiable(&seen, issued.kind, issued.formation).is_empty(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; TOKEN_KEY_BYTES] = [7; TOKEN_KEY_BYTES];

    fn issued(kind: CertificateKind, serial: u64) -> Issued<'static> {
        Issued { kind, formation: None, on: jiff::civil::date(2024, 6, 4), serial }
    }

    fn coded(who: &str, kind: CertificateKind, serial: u64) -> String {
        code(&KEY, &CandidateId::new(who).unwrap(), &issued(kind, serial)).unwrap()
    }

    /// A code vouches for who, what and which: changing any of them gives another one; the same gives the same.
    #[test]
    fn a_code_vouches_for_everything_in_it() {
        let one = coded("alice", CertificateKind::NonEnrolment, 3);
        assert_eq!(one, coded("alice", CertificateKind::NonEnrolment, 3));
        for other in [
            coded("bob", CertificateKind::NonEnrolment, 3),
            coded("alice", CertificateKind::Admission, 3),
            coded("alice", CertificateKind::NonEnrolment, 4),
        ] {
            assert_ne!(one, other);
        }
        let other_key = [8; TOKEN_KEY_BYTES];
        let other =
            code(&other_key, &CandidateId::new("alice").unwrap(), &issued(CertificateKind::NonEnrolment, 3));
        assert_ne!(Some(one.clone()), other);
        assert_eq!(one.len(), "XXXX-XXXX-XXXX-XXXX".len());
        assert!(one.bytes().all(|byte| byte == b'-' || DIGITS.contains(&byte)), "{one}");
    }

    /// What a reader types for what he sees is the same code; a digit that is wrong is found.
    #[test]
    fn a_slip_of_the_pen_is_found() {
        for serial in 1..200 {
            let right = coded("alice", CertificateKind::Refusal, serial);
            let careless = right.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
            assert_eq!(normal(&careless).as_ref(), Some(&right));
            for (place, byte) in right.bytes().enumerate().filter(|(_, byte)| *byte != b'-') {
                let other = if byte == b'Z' { 'Y' } else { 'Z' };
                let mut wrong = right.clone();
                wrong.replace_range(place..=place, &other.to_string());
                assert_eq!(normal(&wrong), None, "{right}: {wrong}");
            }
        }
        for not_a_code in ["", "-", "0000", "7K3Q-9ZTM-04XW-R8V", "7K3Q-9ZTM-04XW-R8VC7", "é"] {
            assert_eq!(normal(not_a_code), None, "{not_a_code}");
        }
    }
}
