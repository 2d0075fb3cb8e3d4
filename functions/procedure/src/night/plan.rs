//! The planner: each formation that calls offers its free seats to those who wait, strictly by rank (R23, R24). In the
//! complementary phase and in the withdrawals an offer ends what its candidate ordered lower; the seats that this frees
//! are given again, until nothing changes (R56, R62).

use schemas::night::{PlannedOffer, Seat};
use schemas::{NightMode, Plan};

use super::snapshot::{Row, RowState, Snapshot};

/// The offers that stand at the end of a night, sorted by formation, then rank. The order of the snapshot's rows and
/// candidates does not matter.
///
/// Formations propose and each candidate keeps the best by his own order, so what comes out is the same whichever
/// formation begins. A row without a preference is cut by nothing and cuts nothing, as in the main phase.
///
/// ```
/// use procedure::night::{Admits, FormationNight, Row, RowState, Snapshot, SnapshotFormation, plan_offers};
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
/// let offers = plan_offers(&snapshot, NightMode::Main);
/// assert_eq!(offers.len(), 1);
/// assert_eq!(offers[0].candidate.as_str(), "carol");
/// # Ok::<(), schemas::ids::InvalidId>(())
/// ```
#[must_use]
pub fn plan_offers(snapshot: &Snapshot, mode: NightMode) -> Vec<PlannedOffer> {
    let mut night = Night::begin(snapshot, mode);
    while let Some(formation) = night.with_seats.pop() {
        night.call(formation);
    }
    let mut granted: Vec<&Row> =
        night.best.iter().filter_map(|best| best.granted).chain(night.uncut).collect();
    // Formations are sorted by id, so their indexes sort like them.
    granted.sort_unstable_by_key(|row| (row.formation, row.rank, row.candidate));
    let named = |row: &Row| {
        let of = snapshot.formations.get(row.formation as usize)?;
        let candidate = snapshot.candidates.get(row.candidate as usize)?.clone();
        let seat = of.night.admits.seat();
        Some(PlannedOffer { formation: of.id.clone(), rank: row.rank, candidate, seat })
    };
    granted.into_iter().filter_map(named).collect()
}

/// What a candidate has tonight that an offer is measured against.
#[derive(Clone, Default)]
struct Best<'a> {
    /// The preference below which nothing is called any more.
    preference: Option<u32>,
    /// The seat that a better offer frees: the offer held, in the complementary phase.
    held: Option<&'a Row>,
    /// The offer of tonight that stands so far.
    granted: Option<&'a Row>,
}

struct Night<'a> {
    mode: NightMode,
    /// By formation: seats that it may still give.
    free: Vec<i64>,
    /// By formation: who waits, the next one last.
    waiting: Vec<Vec<&'a Row>>,
    /// By candidate.
    best: Vec<Best<'a>>,
    /// Offers to rows without a preference.
    uncut: Vec<&'a Row>,
    /// The formations that have seats to give.
    with_seats: Vec<u32>,
}

impl<'a> Night<'a> {
    fn begin(snapshot: &'a Snapshot, mode: NightMode) -> Self {
        let free = |formation: &super::snapshot::SnapshotFormation| i64::from(formation.call_limit);
        let mut night = Self {
            mode,
            free: snapshot.formations.iter().map(free).collect(),
            waiting: vec![Vec::new(); snapshot.formations.len()],
            best: vec![Best::default(); snapshot.candidates.len()],
            uncut: Vec::new(),
            with_seats: (0..).take(snapshot.formations.len()).collect(),
        };
        for row in &snapshot.rows {
            let calls = snapshot.formations.get(row.formation as usize).is_some_and(|f| f.night.calls);
            if row.state.takes_seat() {
                night.add_free(row.formation, -1);
            } else if calls && let Some(waiting) = night.waiting.get_mut(row.formation as usize) {
                waiting.push(row);
            }
            if row.state == RowState::Held
                && mode == NightMode::Complementary
                && let Some(best) = night.best.get_mut(row.candidate as usize)
            {
                *best = Best { preference: row.preference, held: Some(row), granted: None };
            }
        }
        for waiting in &mut night.waiting {
            waiting.sort_unstable_by_key(|row| std::cmp::Reverse((row.rank, row.candidate)));
        }
        night
    }

    fn add_free(&mut self, formation: u32, seats: i64) {
        if let Some(free) = self.free.get_mut(formation as usize) {
            *free += seats;
        }
    }

    /// Gives the free seats of a formation to the next who wait.
    fn call(&mut self, formation: u32) {
        while self.free.get(formation as usize).is_some_and(|free| *free > 0) {
            let Some(row) = self.waiting.get_mut(formation as usize).and_then(Vec::pop) else { return };
            if let Some(freed) = self.grant(row) {
                self.add_free(formation, -1);
                for given_back in freed.into_iter().flatten() {
                    self.add_free(given_back, 1);
                    self.with_seats.push(given_back);
                }
            }
        }
    }

    /// Offers a seat to a row, unless its candidate has something better; gives the formations whose seats it frees.
    fn grant(&mut self, row: &'a Row) -> Option<[Option<u32>; 2]> {
        let Some(preference) = row.preference.filter(|_| self.mode != NightMode::Main) else {
            self.uncut.push(row);
            return Some([None, None]);
        };
        let best = self.best.get_mut(row.candidate as usize)?;
        if best.preference.is_some_and(|better| better < preference) {
            return None;
        }
        let freed = [best.held.take(), best.granted.take()].map(|row| row.map(|row| row.formation));
        *best = Best { preference: Some(preference), held: None, granted: Some(row) };
        Some(freed)
    }
}

/// The rows that a night's offers end, sorted by formation, then rank: what their candidates ordered lower, and in the
/// complementary phase the offer they held (R56, R62). Offers granted on the way and given up are among them.
#[must_use]
pub fn lost(snapshot: &Snapshot, offers: &[PlannedOffer], mode: NightMode) -> Vec<PlannedOffer> {
    let offered: std::collections::HashMap<_, _> =
        offers.iter().map(|offer| (&offer.candidate, &offer.formation)).collect();
    let mut kept: Vec<Option<u32>> = vec![None; snapshot.candidates.len()];
    let named = |row: &Row| {
        let formation = &snapshot.formations.get(row.formation as usize)?.id;
        Some((formation, snapshot.candidates.get(row.candidate as usize)?))
    };
    for row in snapshot.rows.iter().filter(|row| row.state == RowState::Waiting) {
        if let Some((formation, candidate)) = named(row)
            && offered.get(candidate) == Some(&formation)
            && let Some(kept) = kept.get_mut(row.candidate as usize)
        {
            *kept = row.preference;
        }
    }
    let mut lost: Vec<&Row> = snapshot
        .rows
        .iter()
        .filter(|row| {
            let Some(Some(kept)) = kept.get(row.candidate as usize) else { return false };
            match row.state {
                RowState::Waiting => row.preference.is_some_and(|preference| *kept < preference),
                RowState::Held => mode == NightMode::Complementary,
                RowState::Searching | RowState::Offered | RowState::Definitive => false,
            }
        })
        .filter(|_| mode != NightMode::Main)
        .collect();
    lost.sort_unstable_by_key(|row| (row.formation, row.rank, row.candidate));
    let planned = |row: &Row| {
        let (formation, candidate) = named(row)?;
        let (formation, candidate) = (formation.clone(), candidate.clone());
        Some(PlannedOffer { formation, rank: row.rank, candidate, seat: Seat::Offer })
    };
    lost.into_iter().filter_map(planned).collect()
}

/// How many seats of all formations are taken once a plan is applied.
#[must_use]
pub fn seats_taken(snapshot: &Snapshot, plan: &Plan) -> u64 {
    let taken = snapshot.rows.iter().filter(|row| row.state.takes_seat()).count() + plan.offers.len();
    let held: std::collections::HashSet<_> = snapshot
        .rows
        .iter()
        .filter(|row| row.state == RowState::Held)
        .filter_map(|row| {
            let formation = &snapshot.formations.get(row.formation as usize)?.id;
            Some((formation, snapshot.candidates.get(row.candidate as usize)?))
        })
        .collect();
    let ended = lost(snapshot, &plan.offers, plan.mode);
    let freed = ended.iter().filter(|row| held.contains(&(&row.formation, &row.candidate))).count();
    taken.saturating_sub(freed) as u64
}
