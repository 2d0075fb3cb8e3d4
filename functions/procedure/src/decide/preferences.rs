//! The order of preference, in the complementary phase and for the withdrawals (R53, R60).

use std::collections::BTreeSet;

use jiff::Timestamp;
use schemas::{Application, ApplicationState, Campaign, Candidate, Change, FormationId, Refusal, Track};

use super::{Decision, answers, event, outside};
use crate::calendar;

/// Whether a candidate orders this application: in the complementary phase whatever waits for a seat (R53), in a window
/// of the withdrawals' own his archived placements (R60).
#[must_use]
pub fn is_ordered(application: &Application, rules: &Campaign) -> bool {
    match application.now.state {
        ApplicationState::Archived => calendar::ordering_decides(rules).is_none(),
        ApplicationState::Submitted
        | ApplicationState::Waitlisted
        | ApplicationState::ContractSearch
        | ApplicationState::ContractSubmitted
        | ApplicationState::ContractValidated => calendar::ordering_decides(rules).is_some(),
        _ => false,
    }
}

/// R53, R60: within the window, best first; each named once, the offer held provisionally never, for it is last by
/// itself. The last order counts. What it leaves out is lost at the window's end (R54), or never called (R60).
pub(super) fn order(
    candidate: &Candidate,
    formations: &[FormationId],
    now: Timestamp,
    rules: &Campaign,
) -> Result<Decision, Refusal> {
    answers::not_definitive(candidate, Track::Student, rules)?;
    let window = calendar::ordering_of(rules, candidate);
    if !window.is_some_and(|window| window.contains(now)) {
        return Err(outside(window));
    }
    if formations.iter().any(|id| !candidate.applications.contains_key(id)) {
        return Err(Refusal::NoSuchApplication {});
    }
    let mut named = BTreeSet::new();
    let can_be_named = |id: &FormationId| {
        candidate.applications.get(id).is_some_and(|application| is_ordered(application, rules))
    };
    let unknown: Vec<FormationId> =
        formations.iter().filter(|id| !can_be_named(id) || !named.insert(*id)).cloned().collect();
    if !unknown.is_empty() {
        return Err(Refusal::InvalidPreferences { unknown });
    }
    let rule = if calendar::ordering_decides(rules).is_some() { 53 } else { 60 };
    let change = Change::PreferencesOrdered { formations: formations.to_vec() };
    Ok(Decision { events: vec![event(rule, change)], ..Decision::default() })
}
