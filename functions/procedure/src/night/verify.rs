//! Verifies a plan against the untouched snapshot. Written apart from the planner: it shares no code with it,
//! counts by other means, and names formation and candidate of whatever is wrong.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;

use schemas::campaign::Campaign;
use schemas::{CandidateId, FormationId, NightMode, Plan};

use super::snapshot::{Row, RowState, Snapshot, SnapshotFormation};
use crate::{calendar, seats};

/// What is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    /// Every offer is to a row that waits in the snapshot, with that rank, and only once.
    Conservation,
    /// In the complementary phase and the withdrawals a candidate has at most one offer of the night among what he
    /// ordered, and in the former none that he ordered below the one he holds (R56, R62).
    OneOffer,
    /// The plan's mode is the calendar's.
    Mode,
    /// Nobody of a better rank, or of the same, is left waiting.
    NoJump,
    /// No formation gives more than its free seats.
    NotOver,
    /// No formation leaves a seat free while somebody waits.
    NotUnder,
    /// At most one provisional and one definitive acceptance per candidate; definitive: nothing else in the
    /// tracks that it closes.
    OneHeld,
    /// No offer by a formation that does not call tonight.
    MayCall,
    /// The deadlines of tonight's offers and searches are the calendar's (R34, R41).
    Deadline,
    /// What is given with a seat is what the formation admits by (R40, R47, R48).
    Seat,
    /// Offers are sorted by formation, then rank: the plan has one form only.
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

/// Every property of a plan that does not hold, sorted; nothing for a right plan.
#[must_use]
pub fn verify(snapshot: &Snapshot, plan: &Plan, rules: &Campaign) -> Vec<Breach> {
    let mut breaches = Vec::new();
    if plan.deadline != calendar::offer_deadline(rules, plan.date)
        || plan.search_deadline != calendar::search_deadline(rules, plan.date)
    {
        breaches.push(Breach { check: Check::Deadline, formation: None, candidate: None });
    }
    if plan.mode != calendar::night_mode(rules, plan.date) {
        breaches.push(Breach { check: Check::Mode, formation: None, candidate: None });
    }
    for pair in plan.offers.windows(2) {
        if let [first, second] = pair
            && (&first.formation, first.rank) >= (&second.formation, second.rank)
        {
            breaches.push(breach(Check::Sorted, &second.formation, Some(&second.candidate)));
        }
    }
    breaches.extend(one_held(snapshot, rules));
    let offered = conservation(snapshot, plan, &mut breaches);
    let ended = if plan.mode == NightMode::Main {
        HashSet::new()
    } else {
        one_offer(snapshot, plan.mode, &offered, &mut breaches)
    };
    for (formation, rows) in by_formation(snapshot) {
        formation_breaches(snapshot, formation, &rows, &offered, &ended, &mut breaches);
    }
    breaches.extend(seats_agree(snapshot, plan, &ended));
    breaches.sort();
    breaches.dedup();
    breaches
}

fn breach(check: Check, formation: &FormationId, candidate: Option<&CandidateId>) -> Breach {
    Breach { check, formation: Some(formation.clone()), candidate: candidate.cloned() }
}

fn by_formation(snapshot: &Snapshot) -> BTreeMap<u32, Vec<&Row>> {
    let mut groups: BTreeMap<u32, Vec<&Row>> = BTreeMap::new();
    for row in &snapshot.rows {
        groups.entry(row.formation).or_default().push(row);
    }
    groups
}

/// The rows that the plan offers; what is not a waiting row with that rank, or comes twice, is a breach.
fn conservation<'a>(snapshot: &'a Snapshot, plan: &Plan, breaches: &mut Vec<Breach>) -> HashSet<&'a Row> {
    let mut rows: HashMap<(&FormationId, &CandidateId), &Row> = HashMap::new();
    for row in &snapshot.rows {
        let formation = snapshot.formations.get(row.formation as usize);
        let candidate = snapshot.candidates.get(row.candidate as usize);
        if let (Some(formation), Some(candidate)) = (formation, candidate)
            && rows.insert((&formation.id, candidate), row).is_some()
        {
            breaches.push(breach(Check::Conservation, &formation.id, Some(candidate)));
        }
    }
    let mut offered = HashSet::new();
    for offer in &plan.offers {
        let row = rows.get(&(&offer.formation, &offer.candidate));
        let fits = row.is_some_and(|row| {
            row.state == RowState::Waiting && row.rank == offer.rank && offered.insert(*row)
        });
        if !fits {
            breaches.push(breach(Check::Conservation, &offer.formation, Some(&offer.candidate)));
        }
        let of = row.and_then(|row| snapshot.formations.get(row.formation as usize));
        if of.is_some_and(|of| of.night.admits.seat() != offer.seat) {
            breaches.push(breach(Check::Seat, &offer.formation, Some(&offer.candidate)));
        }
    }
    offered
}

/// The rows that tonight's offers end, by the candidates' own orders: what is ordered below the offer, and in the
/// complementary phase the offer held (R56, R62). Who keeps the offer that he holds there waits for nothing that he
/// ordered below it. A candidate with more than one ordered offer has too many.
fn one_offer<'a>(
    snapshot: &'a Snapshot,
    mode: NightMode,
    offered: &HashSet<&Row>,
    breaches: &mut Vec<Breach>,
) -> HashSet<&'a Row> {
    let mut wished: BTreeMap<u32, Vec<&Row>> = BTreeMap::new();
    for row in &snapshot.rows {
        wished.entry(row.candidate).or_default().push(row);
    }
    let mut ended = HashSet::new();
    for (candidate, rows) in wished {
        let new: Vec<(u32, &Row)> = rows
            .iter()
            .filter(|row| offered.contains(**row))
            .filter_map(|row| row.preference.map(|preference| (preference, *row)))
            .collect();
        let mut too_much = |row: &Row| {
            if let Some(of) = snapshot.formations.get(row.formation as usize) {
                breaches.push(breach(Check::OneOffer, &of.id, snapshot.candidates.get(candidate as usize)));
            }
        };
        let Some((kept, first)) = new.iter().min_by_key(|(preference, _)| *preference) else {
            ended.extend(
                rows.iter().filter(|_| mode == NightMode::Complementary).filter(|row| below_held(row, &rows)),
            );
            continue;
        };
        new.iter().filter(|(_, row)| row != first).for_each(|(_, row)| too_much(row));
        for row in rows.into_iter().filter(|row| row != first) {
            let lower = row.preference.is_none_or(|preference| *kept < preference);
            match row.state {
                RowState::Held if mode == NightMode::Complementary => {
                    if !lower {
                        too_much(first);
                    }
                    ended.insert(row);
                }
                RowState::Waiting if lower && row.preference.is_some() => {
                    ended.insert(row);
                }
                _ => {}
            }
        }
    }
    ended
}

/// R56: whether a row waits that its candidate ordered below the offer he holds: given back to him (R38), it is last.
fn below_held(row: &Row, of_candidate: &[&Row]) -> bool {
    let better = |held: &&Row| {
        held.state == RowState::Held
            && held.preference.zip(row.preference).is_some_and(|(held, waits)| held < waits)
    };
    row.state == RowState::Waiting && of_candidate.iter().any(better)
}

/// Who holds what he may not hold at once, named wherever it is too much: each of several offers held, and
/// whatever lives beside a definitive acceptance in the tracks that it closes (R25, R28, R45). A formation that
/// calls nobody tonight is left to the audit: to withhold it is all that a night can do.
fn one_held(snapshot: &Snapshot, rules: &Campaign) -> Vec<Breach> {
    let mut of_candidate: HashMap<u32, Vec<(&Row, &SnapshotFormation)>> = HashMap::new();
    for row in &snapshot.rows {
        if let Some(formation) = snapshot.formations.get(row.formation as usize) {
            of_candidate.entry(row.candidate).or_default().push((row, formation));
        }
    }
    let mut breaches = Vec::new();
    for (candidate, rows) in of_candidate {
        let who = snapshot.candidates.get(candidate as usize);
        for (row, of) in &rows {
            let beside = |other: &Row, at: &SnapshotFormation| match other.state {
                RowState::Definitive => seats::closes(at.track, of.track, rules),
                RowState::Held => row.state == RowState::Held,
                RowState::Waiting | RowState::Searching | RowState::Offered => false,
            };
            if of.night.calls
                && rows.iter().any(|(other, at)| !std::ptr::eq(*other, *row) && beside(other, at))
            {
                breaches.push(breach(Check::OneHeld, &of.id, who));
            }
        }
    }
    breaches
}

fn formation_breaches(
    snapshot: &Snapshot,
    formation: u32,
    rows: &[&Row],
    offered: &HashSet<&Row>,
    ended: &HashSet<&Row>,
    breaches: &mut Vec<Breach>,
) {
    let Some(of) = snapshot.formations.get(formation as usize) else { return };
    let who = |row: &Row| snapshot.candidates.get(row.candidate as usize);
    let stays = |row: &&&Row| row.state.takes_seat() && !ended.contains(**row);
    let taken = rows.iter().filter(stays).count();
    let given: Vec<&Row> = rows.iter().copied().filter(|row| offered.contains(row)).collect();
    // Whoever got something better waits here no longer.
    let waits =
        |row: &&Row| row.state == RowState::Waiting && !offered.contains(*row) && !ended.contains(*row);
    let left: Vec<&Row> = rows.iter().copied().filter(waits).collect();
    let limit = of.call_limit as usize;
    if !of.night.calls {
        breaches.extend(given.iter().map(|row| breach(Check::MayCall, &of.id, who(row))));
        return;
    }
    let worst_given = given.iter().map(|row| row.rank).max();
    for row in &left {
        if worst_given.is_some_and(|worst| row.rank <= worst) {
            breaches.push(breach(Check::NoJump, &of.id, who(row)));
        }
    }
    let free = limit.saturating_sub(taken);
    if given.len() > free {
        let last = given.iter().max_by_key(|row| row.rank);
        breaches.push(breach(Check::NotOver, &of.id, last.and_then(|row| who(row))));
    }
    if given.len() < free && !left.is_empty() {
        let next = left.iter().min_by_key(|row| row.rank);
        breaches.push(breach(Check::NotUnder, &of.id, next.and_then(|row| who(row))));
    }
}

/// Seats taken after the night, derived twice for every formation: the rows that take a seat once the offers
/// are made, and the seats of the snapshot with the lines of the plan. They are the same number, and it is
/// above the call limit only where it was before.
fn seats_agree(snapshot: &Snapshot, plan: &Plan, ended: &HashSet<&Row>) -> Vec<Breach> {
    let offers: HashSet<(&FormationId, &CandidateId)> =
        plan.offers.iter().map(|offer| (&offer.formation, &offer.candidate)).collect();
    // By formation: taken before; after, by the rows; after, by the lines.
    let mut seats: BTreeMap<&FormationId, (usize, usize, usize)> = BTreeMap::new();
    for row in &snapshot.rows {
        let formation = snapshot.formations.get(row.formation as usize);
        let candidate = snapshot.candidates.get(row.candidate as usize);
        let Some((formation, candidate)) = formation.zip(candidate) else { continue };
        let (before, by_rows, by_lines) = seats.entry(&formation.id).or_default();
        let freed = ended.contains(row);
        if row.state.takes_seat() {
            *before += 1;
            *by_lines += usize::from(!freed);
        }
        if (row.state.takes_seat() && !freed) || offers.contains(&(&formation.id, candidate)) {
            *by_rows += 1;
        }
    }
    for offer in &plan.offers {
        seats.entry(&offer.formation).or_default().2 += 1;
    }
    let limits: HashMap<&FormationId, usize> =
        snapshot.formations.iter().map(|formation| (&formation.id, formation.call_limit as usize)).collect();
    seats
        .into_iter()
        .filter(|(formation, (before, by_rows, by_lines))| {
            let limit = limits.get(formation).copied().unwrap_or_default();
            by_rows != by_lines || *by_lines > limit.max(*before)
        })
        .map(|(formation, _)| breach(Check::SeatsAgree, formation, None))
        .collect()
}
