//! Seats are given when they are free, never exchanged.
//!
//! Where candidates have orders of their own, several sets of offers leave nobody passed over. Calling strictly by rank
//! leads to the one that is best for every formation. In any other one some candidates have what they like better only
//! because each gave way to the next: A has the seat that B gave back, and B the one that A gave back, and neither seat
//! was ever free. Such a set shows itself: whoever has an offer points to the candidate that the formation would give up
//! for him, at the next lower place of his order that would have him; a circle of these is an exchange (the "rotations"
//! of D. Gusfield and R. W. Irving, *The Stable Marriage Problem*, 1989, for formations with many seats).

use schemas::NightMode;

use super::candidates::ByCandidate;
use super::formations::Tally;
use super::{Check, Examination, Mark};
use crate::night::snapshot::{Preference, Row, RowState};

/// How far a candidate's way was followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Visit {
    Never,
    /// On the way that began at this candidate.
    From(u32),
}

/// Finds every circle of candidates who only exchanged seats, and names each of them at the offer he has.
pub(super) fn examine(examination: &mut Examination<'_>, by_candidate: &ByCandidate, tallies: &[Tally]) {
    let candidates = examination.snapshot.candidates.len();
    let mut visits = vec![Visit::Never; candidates];
    let mut wrong: Vec<&Row> = Vec::new();
    for first in (0..).take(candidates) {
        let mut at = Some(first);
        while let Some(candidate) = at {
            let Some(visit) = visits.get_mut(candidate as usize) else { break };
            match *visit {
                Visit::Never => *visit = Visit::From(first),
                Visit::From(from) if from == first => {
                    circle(examination, by_candidate, tallies, candidate, &mut wrong);
                    break;
                }
                Visit::From(_) => break,
            }
            at = gives_way(examination, by_candidate, tallies, candidate);
        }
    }
    wrong.into_iter().for_each(|row| examination.breach(Check::Exchange, row));
}

/// The offers of everybody on the circle that a candidate is on.
fn circle<'a>(
    examination: &Examination<'a>,
    by_candidate: &ByCandidate,
    tallies: &[Tally],
    first: u32,
    wrong: &mut Vec<&'a Row>,
) {
    let mut at = Some(first);
    while let Some(candidate) = at {
        wrong.extend(offer(examination, by_candidate, candidate).map(|(_, row)| row));
        at = gives_way(examination, by_candidate, tallies, candidate).filter(|next| *next != first);
    }
}

/// The offer that a candidate has tonight among what he ordered.
fn offer<'a>(
    examination: &Examination<'a>,
    by_candidate: &ByCandidate,
    candidate: u32,
) -> Option<(Preference, &'a Row)> {
    let own =
        by_candidate.rows(candidate).iter().filter(|place| examination.marked(**place) == Mark::Offered);
    let rows = own.filter_map(|place| examination.snapshot.rows.get(*place as usize));
    rows.filter_map(|row| Some((examination.preference(row)?, row))).min_by_key(|(preference, _)| *preference)
}

/// Whom the next lower formation in a candidate's order would give up for him; nobody where it has room, or he has no
/// offer.
fn gives_way(
    examination: &Examination<'_>,
    by_candidate: &ByCandidate,
    tallies: &[Tally],
    candidate: u32,
) -> Option<u32> {
    let (kept, _) = offer(examination, by_candidate, candidate)?;
    let snapshot = examination.snapshot;
    let at = |row: &Row| {
        let place = row.formation as usize;
        snapshot.formations.get(place).zip(tallies.get(place))
    };
    let would_have_him = |row: &&Row| {
        let holds = row.state == RowState::Held && examination.mode == NightMode::Complementary;
        let lower = examination.preference(row).is_some_and(|own| kept < own);
        let calls = row.state == RowState::Waiting
            && lower
            && at(row).is_some_and(|(of, tally)| {
                let better = tally.worst_given.is_some_and(|(worst, _)| row.rank < worst);
                better || (of.night.calls && tally.has_room(of.call_limit))
            });
        holds || calls
    };
    let own = by_candidate.rows(candidate).iter().filter_map(|place| snapshot.rows.get(*place as usize));
    // What is held without a preference comes last.
    let next = own.filter(would_have_him).min_by_key(|row| (row.preference.is_none(), row.preference))?;
    let (of, tally) = at(next)?;
    let (_, given_up) = tally.worst_given.filter(|_| !tally.has_room(of.call_limit))?;
    snapshot.rows.get(given_up as usize).map(|row| row.candidate)
}
