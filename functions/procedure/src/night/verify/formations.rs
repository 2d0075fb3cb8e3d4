//! Formation by formation: seats before and after, and who was passed over.

use super::{Check, Examination, Mark, breach};
use crate::night::plan::Advancement;
use crate::night::snapshot::{Row, RowState};

/// What the rows of one formation come to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    /// Seats taken in the snapshot.
    before: u64,
    /// Of these, those that the night does not free.
    kept: u64,
    /// Seats given tonight, by the rows.
    given: u64,
    /// Seats that the lines of the plan give, less those of rows that its lines end.
    by_lines: i64,
    /// The rank and place of the worst row that is given a seat.
    pub(super) worst_given: Option<(u32, u32)>,
    /// The rank and place of the best row that is left waiting.
    best_left: Option<(u32, u32)>,
}

impl Tally {
    /// Whether a seat is free once the night is over.
    pub(super) fn has_room(&self, call_limit: u32) -> bool {
        self.kept + self.given < u64::from(call_limit)
    }

    fn add(&mut self, place: u32, row: &Row, mark: Mark) {
        let here = Some((row.rank, place));
        if row.state.takes_seat() {
            self.before += 1;
            self.kept += u64::from(mark != Mark::Lost);
        } else if mark == Mark::Offered {
            self.given += 1;
            self.worst_given = self.worst_given.max(here);
        } else if mark == Mark::Untouched && row.state == RowState::Waiting {
            self.best_left = self.best_left.map_or(here, |best| Some(best).min(here));
        }
    }
}

/// Examines every formation; gives what its rows come to.
pub(super) fn examine(examination: &mut Examination<'_>, advancement: &Advancement) -> Vec<Tally> {
    let snapshot = examination.snapshot;
    let mut tallies = vec![Tally::default(); snapshot.formations.len()];
    for (place, row, mark) in examination.rows() {
        if let Some(tally) = tallies.get_mut(row.formation as usize) {
            tally.add(place, row, mark);
        }
    }
    let row = |place: &u32| snapshot.rows.get(*place as usize);
    let freed = |row: &&Row| row.state.takes_seat();
    let offers = advancement.offers.iter().filter_map(row).map(|row| (row, 1));
    let lost = advancement.lost.iter().filter_map(row).filter(freed).map(|row| (row, -1));
    for (row, seats) in offers.chain(lost) {
        if let Some(tally) = tallies.get_mut(row.formation as usize) {
            tally.by_lines += seats;
        }
    }
    let mut jumped = vec![false; snapshot.formations.len()];
    for ((of, tally), jumped) in snapshot.formations.iter().zip(&tallies).zip(&mut jumped) {
        let limit = u64::from(of.call_limit);
        let after = tally.kept + tally.given;
        let by_lines = i64::try_from(tally.before).unwrap_or(i64::MAX) + tally.by_lines;
        if i64::try_from(after) != Ok(by_lines) || after > limit.max(tally.before) {
            examination.breaches.push(breach(Check::SeatsAgree, &of.id, None));
        }
        if !of.night.calls {
            // Whom it called all the same is named below.
            *jumped = tally.given > 0;
            continue;
        }
        let free = limit.saturating_sub(tally.kept);
        let at = |end: Option<(u32, u32)>| end.and_then(|(_, place)| snapshot.rows.get(place as usize));
        if tally.given > free
            && let Some(last) = at(tally.worst_given)
        {
            examination.breach(Check::NotOver, last);
        }
        if tally.given < free
            && let Some(next) = at(tally.best_left)
        {
            examination.breach(Check::NotUnder, next);
        }
        let ranks = tally.best_left.zip(tally.worst_given);
        *jumped = ranks.is_some_and(|((best, _), (worst, _))| best <= worst);
    }
    if jumped.contains(&true) {
        name_jumped(examination, &tallies, &jumped);
    }
    tallies
}

/// Names everybody who was passed over, and everybody called by a formation that does not call.
fn name_jumped(examination: &mut Examination<'_>, tallies: &[Tally], jumped: &[bool]) {
    let snapshot = examination.snapshot;
    let mut wrong: Vec<(Check, &Row)> = Vec::new();
    for (_, row, mark) in examination.rows() {
        let place = row.formation as usize;
        let of = snapshot.formations.get(place).filter(|_| jumped.get(place) == Some(&true));
        let Some((of, tally)) = of.zip(tallies.get(place)) else { continue };
        let passed_over = tally.worst_given.is_some_and(|(worst, _)| row.rank <= worst);
        if of.night.calls && row.state == RowState::Waiting && mark == Mark::Untouched && passed_over {
            wrong.push((Check::NoJump, row));
        }
        if !of.night.calls && mark == Mark::Offered {
            wrong.push((Check::MayCall, row));
        }
    }
    wrong.into_iter().for_each(|(check, row)| examination.breach(check, row));
}
