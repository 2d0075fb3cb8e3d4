//! The planner: each formation that calls offers its free seats to those who wait, strictly by rank (R23, R24). In the
//! complementary phase and in the withdrawals an offer ends what its candidate ordered lower; the seats that this frees
//! are given again, until nothing changes (R56, R62).
//!
//! Columns only: rows are named by their places, each formation has its part of one list, and only a formation that a
//! seat came back to is opened again. Nothing is hashed, and nothing is allocated once the columns stand.

use schemas::NightMode;
use schemas::night::{PlannedLoss, PlannedOffer};

use super::snapshot::{Preference, Row, RowState, Snapshot};

/// What a night does to the rows of its snapshot, by their places there. Both lists are sorted by formation, then rank.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Advancement {
    /// The rows that are given a seat, and keep it to the end of the night.
    pub offers: Vec<u32>,
    /// The rows that these offers end: what their candidates ordered lower, and in the complementary phase the offer they
    /// held (R56, R62). Seats given on the way and given up are among them.
    pub lost: Vec<u32>,
}

/// Advances the waitlists by a night. The order of the snapshot's rows and candidates does not matter.
///
/// Formations propose and each candidate keeps the best by his own order, so what comes out is the same whichever
/// formation begins. A row without a preference is cut by nothing and cuts nothing, as in the main phase.
///
/// ```
/// use procedure::night::{Admits, FormationNight, Row, RowState, Snapshot, SnapshotFormation, advance};
/// use schemas::{CandidateId, FormationId, NightMode, Round, Track};
///
/// let night = FormationNight { calls: true, publishes: Some(Round::Main), admits: Admits::ByOffer };
/// let psy = FormationId::new("PSY-LYON")?;
/// let row = |candidate, rank, state| Row { candidate, formation: 0, rank, preference: None, state };
/// let snapshot = Snapshot {
///     formations: vec![SnapshotFormation { id: psy, track: Track::Student, call_limit: 2, night }],
///     candidates: vec![CandidateId::new("alice")?, CandidateId::new("bob")?, CandidateId::new("carol")?],
///     rows: vec![row(0, 3, RowState::Waiting), row(1, 1, RowState::Held), row(2, 2, RowState::Waiting)],
/// };
/// // Bob holds one of the two seats; of those who wait, Carol has the better rank.
/// assert_eq!(advance(&snapshot, NightMode::Main).offers, [2]);
/// # Ok::<(), schemas::ids::InvalidId>(())
/// ```
#[must_use]
pub fn advance(snapshot: &Snapshot, mode: NightMode) -> Advancement {
    let mut night = Night::begin(snapshot, mode);
    while let Some(formation) = night.open.pop() {
        night.call(formation);
    }
    night.end()
}

/// What a candidate has tonight that an offer is measured against.
#[derive(Clone, Copy, Default)]
struct Best {
    /// The preference below which nothing is called any more.
    preference: Option<Preference>,
    /// The row whose seat a better offer frees: the offer that stands so far, or in the complementary phase the one held.
    row: Option<u32>,
    /// Whether that row was given tonight.
    tonight: bool,
}

/// A formation's part of the list: its rows, of which those before `next` have been called.
#[derive(Clone, Copy, Default)]
struct Queue {
    start: usize,
    next: usize,
    end: usize,
    /// By rank, from the moment the formation is first opened.
    sorted: bool,
}

/// A row with its rank, in one number that sorts by the rank.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Ranked(u64);

impl Ranked {
    fn new(rank: u32, place: u32) -> Self {
        Self(u64::from(rank) << u32::BITS | u64::from(place))
    }

    /// The row's place in the snapshot.
    fn place(self) -> u32 {
        (self.0 & u64::from(u32::MAX)) as u32
    }
}

struct Night<'a> {
    snapshot: &'a Snapshot,
    mode: NightMode,
    /// The rows that may be called or lost, formation after formation.
    list: Vec<Ranked>,
    /// By formation.
    queues: Vec<Queue>,
    /// By formation: seats that it may still give; below zero where it holds more than its call limit.
    free: Vec<i64>,
    /// By candidate.
    best: Vec<Best>,
    /// The formations that have seats to give; one may stand here more than once.
    open: Vec<u32>,
}

impl<'a> Night<'a> {
    fn begin(snapshot: &'a Snapshot, mode: NightMode) -> Self {
        let limits = snapshot.formations.iter().map(|formation| i64::from(formation.call_limit));
        let mut night = Self {
            snapshot,
            mode,
            list: Vec::new(),
            queues: vec![Queue::default(); snapshot.formations.len()],
            free: limits.collect(),
            best: vec![Best::default(); snapshot.candidates.len()],
            open: Vec::new(),
        };
        for (row, place) in snapshot.rows.iter().zip(0..) {
            if row.state.takes_seat() {
                night.give_back(row.formation, -1);
            }
            if night.holds(row)
                && let Some(best) = night.best.get_mut(row.candidate as usize)
            {
                *best = Best { preference: row.preference, row: Some(place), tonight: false };
            }
        }
        night.fill();
        let opens = |(formation, free): (&super::snapshot::SnapshotFormation, &i64)| {
            formation.night.calls && *free > 0
        };
        let places = snapshot.formations.iter().zip(&night.free).zip(0..);
        night.open = places.filter(|(at, _)| opens(*at)).map(|(_, place)| place).collect();
        night
    }

    /// Whether the row is an offer that a better one replaces at once (R56).
    fn holds(&self, row: &Row) -> bool {
        row.state == RowState::Held && self.mode == NightMode::Complementary
    }

    fn in_list(&self, row: &Row) -> bool {
        row.state == RowState::Waiting || self.holds(row)
    }

    /// Puts the rows into the list, formation after formation: counted first, then each to its place.
    fn fill(&mut self) {
        let rows = &self.snapshot.rows;
        for row in rows {
            if self.in_list(row)
                && let Some(queue) = self.queues.get_mut(row.formation as usize)
            {
                queue.end += 1;
            }
        }
        let mut start = 0;
        for queue in &mut self.queues {
            let rows_here = queue.end;
            *queue = Queue { start, next: start, end: start, sorted: false };
            start += rows_here;
        }
        self.list = vec![Ranked::default(); start];
        for (row, place) in rows.iter().zip(0..) {
            if self.in_list(row)
                && let Some(queue) = self.queues.get_mut(row.formation as usize)
                && let Some(slot) = self.list.get_mut(queue.end)
            {
                *slot = Ranked::new(row.rank, place);
                queue.end += 1;
            }
        }
    }

    fn give_back(&mut self, formation: u32, seats: i64) {
        if let Some(free) = self.free.get_mut(formation as usize) {
            *free += seats;
        }
    }

    /// Gives the free seats of a formation to the next who wait.
    fn call(&mut self, formation: u32) {
        let place = formation as usize;
        let Some(queue) = self.queues.get_mut(place) else { return };
        if !queue.sorted {
            queue.sorted = true;
            let rows = self.list.get_mut(queue.start..queue.end);
            rows.unwrap_or_default().sort_unstable();
        }
        let end = queue.end;
        let mut next = queue.next;
        while next < end && self.free.get(place).is_some_and(|free| *free > 0) {
            if let Some(row) = self.list.get(next) {
                self.offer(row.place());
            }
            next += 1;
        }
        if let Some(queue) = self.queues.get_mut(place) {
            queue.next = next;
        }
    }

    /// Offers a seat to a row that waits, unless its candidate has something better; what it frees elsewhere opens
    /// again.
    fn offer(&mut self, place: u32) {
        let rows = &self.snapshot.rows;
        let Some(row) = rows.get(place as usize).filter(|row| row.state == RowState::Waiting) else { return };
        let Some(preference) = self.ordered(row) else {
            self.give_back(row.formation, -1);
            return;
        };
        let Some(best) = self.best.get_mut(row.candidate as usize) else { return };
        if best.preference.is_some_and(|better| better < preference) {
            return;
        }
        let freed = best.row.and_then(|freed| rows.get(freed as usize));
        *best = Best { preference: Some(preference), row: Some(place), tonight: true };
        self.give_back(row.formation, -1);
        if let Some(freed) = freed.map(|row| row.formation) {
            self.give_back(freed, 1);
            let calls = self.snapshot.formations.get(freed as usize).is_some_and(|at| at.night.calls);
            self.open.extend(calls.then_some(freed));
        }
    }

    /// The preference by which the row cuts and is cut: none in the main phase.
    fn ordered(&self, row: &Row) -> Option<Preference> {
        row.preference.filter(|_| self.mode != NightMode::Main)
    }

    /// What stands at the end. The list goes by formation, and what was called stands in it by rank.
    fn end(mut self) -> Advancement {
        let mut advancement = Advancement::default();
        let lost = self.lost();
        for queue in std::mem::take(&mut self.queues) {
            if !lost.is_empty() && !queue.sorted {
                self.list.get_mut(queue.start..queue.end).unwrap_or_default().sort_unstable();
            }
            let places = |range: std::ops::Range<usize>| {
                self.list.get(range).unwrap_or_default().iter().map(|row| row.place())
            };
            let offers = places(queue.start..queue.next).filter(|place| self.stands(*place));
            advancement.offers.extend(offers);
            if !lost.is_empty() {
                let ends = |place: &u32| lost.get(*place as usize) == Some(&true);
                advancement.lost.extend(places(queue.start..queue.end).filter(ends));
            }
        }
        advancement
    }

    /// By row, whether it is lost; nothing where nothing can be. Asked row after row, as they lie in memory: the list,
    /// which goes by formation, would jump from one end of the nation to the other.
    fn lost(&self) -> Vec<bool> {
        if self.mode == NightMode::Main {
            return Vec::new();
        }
        let is_lost = |row: &Row| {
            let best = self.best.get(row.candidate as usize).copied().unwrap_or_default();
            let lower = row.state == RowState::Waiting
                && self.ordered(row).is_some()
                && best.preference < row.preference;
            best.tonight && (lower || self.holds(row))
        };
        self.snapshot.rows.iter().map(is_lost).collect()
    }

    /// Whether a row that was called keeps its seat.
    fn stands(&self, place: u32) -> bool {
        let row = self.snapshot.rows.get(place as usize).filter(|row| row.state == RowState::Waiting);
        row.is_some_and(|row| {
            let best = self.best.get(row.candidate as usize).copied().unwrap_or_default();
            self.ordered(row).is_none() || (best.tonight && best.row == Some(place))
        })
    }
}

/// The lists of a plan as it is stored, for whoever does not have the snapshot.
#[must_use]
pub fn planned(snapshot: &Snapshot, advancement: &Advancement) -> (Vec<PlannedOffer>, Vec<PlannedLoss>) {
    let at = |place: &u32| {
        let row = snapshot.rows.get(*place as usize)?;
        let formation = snapshot.formations.get(row.formation as usize)?;
        Some((row.rank, formation, snapshot.candidates.get(row.candidate as usize)?.clone()))
    };
    let offer = |place| {
        let (rank, at, candidate) = at(place)?;
        Some(PlannedOffer { formation: at.id.clone(), rank, candidate, seat: at.night.admits.seat() })
    };
    let loss = |place| {
        let (rank, at, candidate) = at(place)?;
        Some(PlannedLoss { formation: at.id.clone(), rank, candidate })
    };
    let offers = advancement.offers.iter().filter_map(offer).collect();
    (offers, advancement.lost.iter().filter_map(loss).collect())
}

/// How many of the seats of all formations are taken once a night is applied; what is held beyond a call limit takes none.
#[must_use]
pub fn seats_taken(snapshot: &Snapshot, advancement: &Advancement) -> u64 {
    let mut free: Vec<i64> = snapshot.formations.iter().map(|of| i64::from(of.call_limit)).collect();
    let mut give_back = |row: &Row, seats| {
        if let Some(free) = free.get_mut(row.formation as usize) {
            *free += seats;
        }
    };
    let row = |place: &u32| snapshot.rows.get(*place as usize);
    let takes = |row: &&Row| row.state.takes_seat();
    snapshot
        .rows
        .iter()
        .filter(takes)
        .chain(advancement.offers.iter().filter_map(row))
        .for_each(|row| give_back(row, -1));
    advancement.lost.iter().filter_map(row).filter(takes).for_each(|row| give_back(row, 1));
    let taken = snapshot.formations.iter().zip(free).map(|(of, free)| i64::from(of.call_limit) - free.max(0));
    taken.sum::<i64>().cast_unsigned()
}
