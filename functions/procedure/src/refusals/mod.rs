//! A sentence for each refusal, in French and English: what was refused and what to do now.

mod english;
mod french;

use jiff::{RoundMode, Timestamp, TimestampRound, Unit};
use schemas::candidate::Language;
use schemas::{FormationId, Refusal};

use crate::calendar;

/// What to tell whoever sent the command.
#[must_use]
pub fn sentence(refusal: &Refusal, language: Language) -> String {
    match language {
        Language::Fr => french::sentence(refusal),
        Language::En => english::sentence(refusal),
    }
}

/// An instant to the minute, as both languages write it here.
fn minute(instant: Timestamp) -> String {
    calendar::civil(instant).strftime("%d/%m/%Y %H:%M").to_string()
}

/// The first whole minute that is not before an instant.
fn next_minute(instant: Timestamp) -> String {
    let up = TimestampRound::new().smallest(Unit::Minute).mode(RoundMode::Ceil);
    minute(instant.round(up).unwrap_or(instant))
}

/// The last minute before an instant: what "23:59" means (R36).
fn last_minute(instant: Timestamp) -> String {
    minute(instant.checked_sub(jiff::SignedDuration::from_mins(1)).unwrap_or(instant))
}

/// The bounds of a field in the reader's language; those of a text count its characters.
fn bounds(field: &str, allowed: &str, to: &str, characters: &str) -> String {
    let is_text = matches!(field, "name" | "title" | "mention" | "refused.text");
    format!("{}{}", allowed.replace("..", to), if is_text { characters } else { "" })
}

fn list(ids: &[FormationId], nothing: &str) -> String {
    if ids.is_empty() {
        return nothing.to_owned();
    }
    ids.iter().map(FormationId::as_str).collect::<Vec<_>>().join(", ")
}
