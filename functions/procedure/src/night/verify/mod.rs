//! Verifies a plan against the untouched snapshot. Written apart from the planner: it shares no code with it, counts by
//! other means, and names formation and candidate of whatever is wrong.
//!
//! Candidate by candidate it finds what is held, what is offered and what that ends; row by row it counts the seats of
//! each formation and looks who was passed over. Where candidates have orders of their own that is not enough: more than
//! one set of offers passes over nobody. The one that calling by rank leads to is the one in which no candidates could
//! be exchanged to the good of the formations ([`Check::Exchange`]).

mod candidates;
mod exchange;
mod formations;

use std::collections::HashMap;
use std::fmt;

use schemas::campaign::Campaign;
use schemas::{CandidateId, FormationId, NightMode, Plan};

use super::plan::Advancement;
use super::snapshot::{Row, RowState, Snapshot};
use crate::calendar;
use candidates::ByCandidate;

/// What is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    /// Every offer is to a row that waits in the snapshot, with that rank, every loss is of one that waits or is held,
    /// each only once; and nobody has two rows at one formation.
    Conservation,
    /// In the complementary phase and the withdrawals a candidate has at most one offer of the night among what he
    /// ordered, and in the former none that he ordered below the one he holds (R56, R62).
    OneOffer,
    /// What is lost is what an offer of tonight ends, all of it and nothing else (R56, R62).
    Dropped,
    /// The plan's mode is the calendar's.
    Mode,
    /// Nobody of a better rank, or of the same, is left waiting.
    NoJump,
    /// No formation gives more than its free seats.
    NotOver,
    /// No formation leaves a seat free while somebody waits.
    NotUnder,
    /// Seats are given when they are free, never exchanged: no candidates have offers that only their giving way to one
    /// another made possible.
    Exchange,
    /// At most one provisional and one definitive acceptance per candidate; definitive: nothing else in the
    /// tracks that it closes.
    OneHeld,
    /// No offer by a formation that does not call tonight.
    MayCall,
    /// The deadlines of tonight's offers and searches are the calendar's (R34, R41).
    Deadline,
    /// What is given with a seat is what the formation admits by (R40, R47, R48).
    Seat,
    /// Offers and losses are sorted by formation, then rank: the plan has one form only.
    Sorted,
    /// Seats taken after the night, counted from the rows and from the lines of the plan, agree, and stay
    /// within the call limit or where they were.
    SeatsAgree,
}

/// A property that the plan breaks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Breach {
    /// Which property.
    pub check: Check,
    /// Of which formation.
    pub formation: Option<FormationId>,
    /// Concerning whom.
    pub candidate: Option<CandidateId>,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.check)?;
        if let Some(formation) = &self.formation {
            write!(f, " at {formation}")?;
        }
        if let Some(candidate) = &self.candidate {
            write!(f, " for {candidate}")?;
        }
        Ok(())
    }
}

/// Every property of a stored plan that does not hold, sorted; nothing for a right plan.
#[must_use]
pub fn verify(snapshot: &Snapshot, plan: &Plan, rules: &Campaign) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let mut of_plan = |check| breaches.push(Breach { check, formation: None, candidate: None });
    if plan.deadline != calendar::offer_deadline(rules, plan.date)
        || plan.search_deadline != calendar::search_deadline(rules, plan.date)
    {
        of_plan(Check::Deadline);
    }
    if plan.mode != calendar::night_mode(rules, plan.date) {
        of_plan(Check::Mode);
    }
    let offers = plan.offers.iter().map(|line| (&line.formation, line.rank, &line.candidate));
    let lost = plan.lost.iter().map(|line| (&line.formation, line.rank, &line.candidate));
    let rows = Rows::of(snapshot);
    let (offers, lost) = (rows.found(offers, &mut breaches), rows.found(lost, &mut breaches));
    for (offer, place) in plan.offers.iter().zip(&offers) {
        let row = place.and_then(|place| snapshot.rows.get(place as usize));
        let of = row.and_then(|row| snapshot.formations.get(row.formation as usize));
        if of.is_some_and(|of| of.night.admits.seat() != offer.seat) {
            breaches.push(breach(Check::Seat, &offer.formation, Some(&offer.candidate)));
        }
    }
    let advancement = Advancement {
        offers: offers.into_iter().flatten().collect(),
        lost: lost.into_iter().flatten().collect(),
    };
    examine(
        snapshot,
        &rows.by_candidate,
        &advancement,
        plan.mode,
        rules.definitive_closes_other_track,
        breaches,
    )
}

/// As [`verify`], of the rows alone: for a night that is planned apart from any calendar. `closes_other_track` says
/// whether a definitive acceptance ends the other track too (R45).
#[must_use]
pub fn verify_rows(
    snapshot: &Snapshot,
    advancement: &Advancement,
    mode: NightMode,
    closes_other_track: bool,
) -> Vec<Breach> {
    examine(snapshot, &ByCandidate::of(snapshot), advancement, mode, closes_other_track, Vec::new())
}

fn examine(
    snapshot: &Snapshot,
    by_candidate: &ByCandidate,
    advancement: &Advancement,
    mode: NightMode,
    closes_other_track: bool,
    breaches: Vec<Breach>,
) -> Vec<Breach> {
    let mut examination = Examination {
        snapshot,
        mode,
        closes_other_track,
        marks: vec![Mark::Untouched; snapshot.rows.len()],
        breaches,
    };
    examination.mark(&advancement.offers, Mark::Offered);
    examination.mark(&advancement.lost, Mark::Lost);
    candidates::examine(&mut examination, by_candidate);
    let tallies = formations::examine(&mut examination, advancement);
    if mode != NightMode::Main {
        exchange::examine(&mut examination, by_candidate, &tallies);
    }
    let mut breaches = examination.breaches;
    breaches.sort();
    breaches.dedup();
    breaches
}

/// What the plan says of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// Nothing.
    Untouched,
    /// It is given a seat.
    Offered,
    /// It ends.
    Lost,
    /// Nothing, and it waits for nothing tonight: its candidate ordered it below the offer that he holds.
    Below,
}

/// A plan under examination, and what was found so far.
struct Examination<'a> {
    snapshot: &'a Snapshot,
    mode: NightMode,
    closes_other_track: bool,
    /// By row.
    marks: Vec<Mark>,
    breaches: Vec<Breach>,
}

impl<'a> Examination<'a> {
    /// Marks the rows of a list; whatever is wrong with the list itself is a breach.
    fn mark(&mut self, places: &[u32], mark: Mark) {
        let snapshot = self.snapshot;
        let mut last = None;
        for place in places {
            let row = snapshot.rows.get(*place as usize);
            let here = row.map(|row| (row.formation, row.rank));
            if let (Some(row), true) = (row, here <= last) {
                self.breach(Check::Sorted, row);
            }
            last = here;
            let fits = |row: &Row| match mark {
                Mark::Offered => row.state == RowState::Waiting,
                _ => matches!(row.state, RowState::Waiting | RowState::Held),
            };
            match (row, self.marks.get_mut(*place as usize)) {
                (Some(row), Some(known @ Mark::Untouched)) if fits(row) => *known = mark,
                (Some(row), _) => self.breach(Check::Conservation, row),
                (None, _) => {
                    let nowhere = Breach { check: Check::Conservation, formation: None, candidate: None };
                    self.breaches.push(nowhere);
                }
            }
        }
    }

    fn marked(&self, place: u32) -> Mark {
        self.marks.get(place as usize).copied().unwrap_or(Mark::Untouched)
    }

    /// The rows, each with its place and its mark.
    fn rows(&self) -> impl Iterator<Item = (u32, &'a Row, Mark)> + '_ {
        let marked = self.snapshot.rows.iter().zip(&self.marks);
        (0..).zip(marked).map(|(place, (row, mark))| (place, row, *mark))
    }

    /// The candidate's preference for a row, where the night goes by it.
    fn preference(&self, row: &Row) -> Option<super::snapshot::Preference> {
        row.preference.filter(|_| self.mode != NightMode::Main)
    }

    /// Notes a breach at a row's formation, concerning its candidate.
    fn breach(&mut self, check: Check, row: &Row) {
        if let Some(of) = self.snapshot.formations.get(row.formation as usize) {
            self.breaches.push(breach(check, &of.id, self.snapshot.candidates.get(row.candidate as usize)));
        }
    }
}

fn breach(check: Check, formation: &FormationId, candidate: Option<&CandidateId>) -> Breach {
    Breach { check, formation: Some(formation.clone()), candidate: candidate.cloned() }
}

/// The rows of a snapshot, to be found by formation and candidate.
struct Rows<'a> {
    snapshot: &'a Snapshot,
    places: HashMap<&'a CandidateId, u32>,
    by_candidate: ByCandidate,
}

impl<'a> Rows<'a> {
    fn of(snapshot: &'a Snapshot) -> Self {
        let places = snapshot.candidates.iter().zip(0..).collect();
        Self { snapshot, places, by_candidate: ByCandidate::of(snapshot) }
    }

    /// The rows of a stored list, by their places; a line of which there is none, or which gives another rank, is a
    /// breach.
    fn found<'b>(
        &self,
        lines: impl Iterator<Item = (&'b FormationId, u32, &'b CandidateId)>,
        breaches: &mut Vec<Breach>,
    ) -> Vec<Option<u32>> {
        let of_formation = |formation: &FormationId| {
            self.snapshot.formations.binary_search_by(|known| known.id.cmp(formation)).ok()
        };
        let place = |at: usize, rank: u32, candidate: &CandidateId| {
            let own = self.by_candidate.rows(*self.places.get(candidate)?);
            own.iter().copied().find(|place| {
                let row = self.snapshot.rows.get(*place as usize);
                row.is_some_and(|row| row.formation as usize == at && row.rank == rank)
            })
        };
        // Lines go formation after formation: each is looked up once.
        let mut known: Option<(&FormationId, Option<usize>)> = None;
        let mut last = None;
        let mut found = Vec::new();
        for (formation, rank, candidate) in lines {
            if Some((formation, rank)) <= last {
                breaches.push(breach(Check::Sorted, formation, Some(candidate)));
            }
            last = Some((formation, rank));
            let at = match known {
                Some((id, at)) if id == formation => at,
                _ => of_formation(formation),
            };
            known = Some((formation, at));
            let row = at.and_then(|at| place(at, rank, candidate));
            if row.is_none() {
                breaches.push(breach(Check::Conservation, formation, Some(candidate)));
            }
            found.push(row);
        }
        found
    }
}
