//! Candidate by candidate: what is held, what is offered, and what that ends.

use schemas::NightMode;

use super::{Check, Examination, Mark};
use crate::night::snapshot::{Row, RowState, Snapshot};

/// The rows of a snapshot by candidate, as their places.
pub(super) struct ByCandidate {
    /// By candidate, where his rows begin; one more stands for the end of the last one's.
    starts: Vec<usize>,
    places: Vec<u32>,
}

impl ByCandidate {
    pub(super) fn of(snapshot: &Snapshot) -> Self {
        let mut starts = vec![0_usize; snapshot.candidates.len() + 1];
        for row in &snapshot.rows {
            if let Some(count) = starts.get_mut(row.candidate as usize + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut next = starts.clone();
        let mut places = vec![u32::MAX; sum];
        for (row, place) in snapshot.rows.iter().zip(0..) {
            if let Some(next) = next.get_mut(row.candidate as usize)
                && let Some(slot) = places.get_mut(*next)
            {
                *slot = place;
                *next += 1;
            }
        }
        Self { starts, places }
    }

    /// The places of a candidate's rows.
    pub(super) fn rows(&self, candidate: u32) -> &[u32] {
        let candidate = candidate as usize;
        let range = self.starts.get(candidate).zip(self.starts.get(candidate + 1));
        range.and_then(|(start, end)| self.places.get(*start..*end)).unwrap_or_default()
    }
}

/// Examines every candidate's rows.
pub(super) fn examine(examination: &mut Examination<'_>, by_candidate: &ByCandidate) {
    let snapshot = examination.snapshot;
    // By formation, one more than the last candidate who had a row there.
    let mut seen = vec![0_u32; snapshot.formations.len()];
    let mut own: Vec<(u32, &Row)> = Vec::new();
    for candidate in (0..).take(snapshot.candidates.len()) {
        own.clear();
        let rows = by_candidate.rows(candidate).iter();
        own.extend(rows.filter_map(|place| Some((*place, snapshot.rows.get(*place as usize)?))));
        for (_, row) in &own {
            if let Some(last) = seen.get_mut(row.formation as usize)
                && std::mem::replace(last, candidate + 1) == candidate + 1
            {
                examination.breach(Check::Conservation, row);
            }
        }
        one_held(examination, &own);
        one_offer(examination, &own);
    }
}

/// Who holds what he may not hold at once, named wherever it is too much: each of several offers held, and
/// whatever lives beside a definitive acceptance in the tracks that it closes (R25, R28, R45). A formation that
/// calls nobody tonight is left to the audit: to withhold it is all that a night can do.
fn one_held(examination: &mut Examination<'_>, own: &[(u32, &Row)]) {
    let weighty = |row: &Row| matches!(row.state, RowState::Held | RowState::Definitive);
    if !own.iter().any(|(_, row)| weighty(row)) {
        return;
    }
    let formations = &examination.snapshot.formations;
    for (place, row) in own {
        let Some(of) = formations.get(row.formation as usize).filter(|of| of.night.calls) else { continue };
        let beside = |other: &Row| match other.state {
            RowState::Definitive => {
                let track = formations.get(other.formation as usize).map(|at| at.track);
                examination.closes_other_track || track == Some(of.track)
            }
            RowState::Held => row.state == RowState::Held,
            RowState::Waiting | RowState::Searching | RowState::Offered => false,
        };
        if own.iter().any(|(other, at)| other != place && beside(at)) {
            examination.breach(Check::OneHeld, row);
        }
    }
}

/// Where candidates have orders: at most one offer, and what it ends is what the law says (R56, R62).
fn one_offer(examination: &mut Examination<'_>, own: &[(u32, &Row)]) {
    let replaces = |row: &Row| row.state == RowState::Held && examination.mode == NightMode::Complementary;
    let ordered = |(place, row): &(u32, &Row)| Some((examination.preference(row)?, *place));
    let offered = |own: &&(u32, &Row)| examination.marked(own.0) == Mark::Offered;
    let kept = own.iter().filter(offered).filter_map(ordered).min();
    let held = own.iter().find(|(_, row)| replaces(row)).and_then(ordered);
    let mut wrong: Vec<(Check, &Row)> = Vec::new();
    let mut below: Vec<u32> = Vec::new();
    for (place, row) in own {
        let mark = examination.marked(*place);
        let preference = examination.preference(row);
        let kept = kept.map(|(preference, _)| preference);
        let lower = preference.is_some() && kept < preference;
        if mark == Mark::Offered {
            let below_held = held.is_some_and(|(held, _)| preference.is_some_and(|own| held < own));
            if preference.is_some() && (lower || below_held) {
                wrong.push((Check::OneOffer, row));
            }
            continue;
        }
        let ends = kept.is_some() && ((row.state == RowState::Waiting && lower) || replaces(row));
        if ends != (mark == Mark::Lost) {
            wrong.push((Check::Dropped, row));
        }
        // R38 may give back a placement that is ordered below an offer of this very phase.
        if row.state == RowState::Waiting && held.is_some_and(|(held, _)| Some(held) < preference) {
            below.push(*place);
        }
    }
    wrong.into_iter().for_each(|(check, row)| examination.breach(check, row));
    for place in below {
        if let Some(mark @ Mark::Untouched) = examination.marks.get_mut(place as usize) {
            *mark = Mark::Below;
        }
    }
}
