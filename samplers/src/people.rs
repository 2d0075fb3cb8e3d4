//! The draw of a person: name, address, language, and how good the file is.

use schemas::ids::InvalidId;
use schemas::{CandidateId, Language};

use crate::catalogue::{FIRST_NAMES, LAST_NAMES};
use crate::cohort::DrawnCandidate;
use crate::draw::{Draw, stream};

/// How many read English.
const ENGLISH: f64 = 0.04;
/// How many bear two last names.
const TWO_NAMES: f64 = 0.06;

/// Draws one candidate, who wishes for nothing yet.
pub(crate) fn draw(number: u32, seed: u64) -> Result<DrawnCandidate, InvalidId> {
    let id = CandidateId::new(format!("c-{number:07}"))?;
    let mut rng = stream(seed, "person", &[id.as_str()]);
    let quality = rng.normal();
    let language = if rng.chance(ENGLISH) { Language::En } else { Language::Fr };
    let first = rng.pick(&FIRST_NAMES).copied().unwrap_or_default();
    let mut last = rng.pick(&LAST_NAMES).copied().unwrap_or_default().to_owned();
    if rng.chance(TWO_NAMES) {
        last = format!("{last}-{}", rng.pick(&LAST_NAMES).copied().unwrap_or_default());
    }
    let email = address(first, &last, number, &mut rng);
    Ok(DrawnCandidate { id, email, name: format!("{first} {last}"), language, quality, wishes: Vec::new() })
}

/// An address in one of the ways people write theirs; the number makes it unique.
fn address(first: &str, last: &str, number: u32, rng: &mut impl Draw) -> String {
    let (first, last) = (plain(first), plain(last));
    let style = rng.unit();
    if style < 0.75 {
        format!("{first}.{last}.{number}@example.org").to_lowercase()
    } else if style < 0.9 {
        format!("{first}.{last}{number}@example.org")
    } else if style < 0.95 {
        format!("{}_{first}{number}@example.org", last.to_uppercase())
    } else {
        format!("{number}{last}@example.org").to_lowercase()
    }
}

/// A name in the letters that an address may have: no accent, and nothing but letters and hyphens.
fn plain(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for letter in name.chars() {
        match letter {
            'à' | 'â' | 'ầ' => text.push('a'),
            'ç' => text.push('c'),
            'è' | 'é' | 'ê' | 'ë' | 'ễ' => text.push('e'),
            'É' | 'È' => text.push('E'),
            'î' | 'ï' | 'í' | 'ı' => text.push('i'),
            'ñ' => text.push('n'),
            'ô' | 'ø' => text.push('o'),
            'ş' => text.push('s'),
            'û' | 'ü' => text.push('u'),
            'œ' => text.push_str("oe"),
            'ß' => text.push_str("ss"),
            plain if plain.is_ascii_alphabetic() || plain == '-' => text.push(plain),
            _ => {}
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every name of the catalogue keeps all its letters in an address, and nothing that is not ASCII.
    #[test]
    fn addresses_are_plain() {
        for name in FIRST_NAMES.iter().chain(&LAST_NAMES) {
            let letters = name.chars().filter(|c| c.is_alphabetic()).count();
            let plain = plain(name);
            assert!(plain.is_ascii(), "{name}");
            assert!(plain.chars().filter(char::is_ascii_alphabetic).count() >= letters, "{name} {plain}");
        }
    }
}
