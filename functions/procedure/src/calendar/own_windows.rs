//! Windows of candidates, which may end later for one region or one candidate (R17, R51, R53, R60, C13).

use jiff::Timestamp;
use schemas::Candidate;
use schemas::campaign::{Campaign, ExtendedFor, ExtendedWindow, Extension, Phase, Round};

use super::{Window, end_of, has_complementary_round, last_admission_end, window};

/// The round in which an application that a candidate sends now counts, and his window of it (R17, R51, C13).
#[must_use]
pub fn applying(rules: &Campaign, candidate: &Candidate, now: Timestamp) -> (Round, Option<Window>) {
    let own = |key, phase| window(rules, phase).map(|window| extended(rules, key, candidate, window));
    let first = own(ExtendedWindow::Application, Phase::Application);
    let second = own(ExtendedWindow::ComplementaryApplication, Phase::ComplementaryApplication);
    match second.filter(|_| has_complementary_round(rules)) {
        Some(second) if first.is_some_and(|first| first.closes <= now) => {
            (Round::Complementary, Some(second))
        }
        _ => (Round::Main, first),
    }
}

/// A window of a candidate, which may end later for him (C13).
fn extended(rules: &Campaign, key: ExtendedWindow, candidate: &Candidate, window: Window) -> Window {
    let is_his = |extension: &&Extension| {
        extension.key == key
            && match &extension.whom {
                ExtendedFor::Region(region) => *region == candidate.region,
                ExtendedFor::Candidate(id) => *id == candidate.id,
            }
    };
    let later = rules.extensions.iter().filter(is_his).map(|extension| end_of(extension.until)).max();
    Window { closes: later.map_or(window.closes, |later| later.max(window.closes)), ..window }
}

/// The window that an extension of this key moves the end of (C13).
pub(crate) fn extensible(rules: &Campaign, key: ExtendedWindow) -> Option<Window> {
    match key {
        ExtendedWindow::Application => window(rules, Phase::Application),
        ExtendedWindow::ComplementaryApplication => window(rules, Phase::ComplementaryApplication),
        ExtendedWindow::PreferenceOrdering => ordering(rules),
    }
}

/// The window in which candidates order what they have by preference (R53, R60).
#[must_use]
pub fn ordering(rules: &Campaign) -> Option<Window> {
    rules.preference_ordering.map(Window::of)
}

/// The same for one candidate. Where it is the window of applications, it ends later with that one (R53, C13).
#[must_use]
pub fn ordering_of(rules: &Campaign, candidate: &Candidate) -> Option<Window> {
    let window = extended(rules, ExtendedWindow::PreferenceOrdering, candidate, ordering(rules)?);
    let with_applications =
        rules.preference_ordering == rules.phases.get(&Phase::ComplementaryApplication).copied();
    Some(if with_applications {
        extended(rules, ExtendedWindow::ComplementaryApplication, candidate, window)
    } else {
        window
    })
}

/// When what is not ordered is lost and an offer held alone becomes definitive (R54): at the end of a window that lies
/// before the last admission. A window of the withdrawals' own decides nothing but who is called (R60, C7).
#[must_use]
pub fn ordering_decides(rules: &Campaign) -> Option<Timestamp> {
    let closes = ordering(rules)?.closes;
    Some(closes).filter(|closes| *closes < last_admission_end(rules))
}

/// The same for one candidate (C13).
#[must_use]
pub fn ordering_decides_for(rules: &Campaign, candidate: &Candidate) -> Option<Timestamp> {
    ordering_decides(rules)?;
    Some(ordering_of(rules, candidate)?.closes)
}
