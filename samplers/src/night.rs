//! Nights of any size: who waits where, at which rank, beside what; for the planner alone, apart from any calendar.
//!
//! Drawn to the nation's measure: 8,000 formations, 200,000 candidates, 13 applications each. Some formations are wished
//! for far more than others; juries agree in part, so that the same candidates are called first at many places and the
//! seats they give back travel far. Most seats are taken already, as on any night after the first.

use rand_chacha::ChaCha8Rng;
use schemas::NightMode;

use crate::draw::{Draw, Weighted, exp, stream};

/// Formations of the nation.
pub const NATIONAL_FORMATIONS: u32 = 8_000;
/// Candidates of the nation who still have an application.
pub const NATIONAL_CANDIDATES: u32 = 200_000;
/// Most applications of one candidate; on average half of them. Of the nation's 2.75 million some have left, and 2.65
/// million are in the main phase's night.
const APPLICATIONS_MAX: usize = 27;
/// After how many draws of a formation already chosen a candidate has enough.
const DRAWS_MAX: usize = 4 * APPLICATIONS_MAX;
/// Seats of a formation on average, as of 177,000 at 8,000 in 2024.
const SEATS_MEAN: f64 = 22.0;
/// The share of seats that are taken when the night begins.
const SEATS_TAKEN: f64 = 0.9;
/// How many of those ranked first have left already: each leaves a hole in the ranks.
const LEFT: f64 = 0.4;

/// What night to draw.
#[derive(Debug, Clone, Copy)]
pub struct NightSpec {
    /// The seed of every draw.
    pub seed: u64,
    /// What an offer of this night does; it decides which states may stand beside one another.
    pub mode: NightMode,
    /// How many formations.
    pub formations: u32,
    /// How many candidates.
    pub candidates: u32,
}

/// What an application is when the night begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DrawnState {
    /// It waits.
    Waitlisted,
    /// It has an offer of an earlier night that is not answered.
    Offered,
    /// Its offer is accepted.
    Accepted,
}

/// One application of a drawn night.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DrawnRow {
    /// The candidate's number, from 1.
    pub candidate: u32,
    /// The formation's number, from 1.
    pub formation: u32,
    /// The jury's rank, from 1, with holes.
    pub rank: u32,
    /// The candidate's own order, from 1.
    pub preference: u32,
    /// What it is.
    pub state: DrawnState,
}

/// A drawn night.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrawnNight {
    /// By formation, all its seats.
    pub seats: Vec<u32>,
    /// The applications, candidate after candidate.
    pub rows: Vec<DrawnRow>,
}

/// Draws a night. In the complementary phase whoever holds an offer has it last in his order; in the withdrawals he waits
/// nowhere else.
#[must_use]
pub fn draw(spec: &NightSpec) -> DrawnNight {
    let mut rng = stream(spec.seed, "night formations", &[]);
    let formations = 0..spec.formations as usize;
    let seats: Vec<u32> = formations.clone().map(|_| seats(&mut rng)).collect();
    // Wished for in proportion to its size, and far beyond it or below.
    let weight =
        |place: usize| (place, f64::from(seats.get(place).copied().unwrap_or(1)) * exp(rng.normal()));
    let wished = Weighted::new(formations.map(weight).collect::<Vec<_>>());
    let mut rows = wishes(spec, &wished);
    rank(&mut rows, spec.formations);
    take_seats(spec, &mut rows, &seats);
    DrawnNight { seats, rows: rows.into_iter().map(|wish| wish.row).collect() }
}

/// Mostly around the mean, a few far above it.
fn seats(rng: &mut ChaCha8Rng) -> u32 {
    let size = SEATS_MEAN * 0.8 * exp(rng.normal() * 0.65);
    size.clamp(1.0, 400.0) as u32
}

struct Wish {
    row: DrawnRow,
    /// The jury's mark; the best has the first rank.
    mark: f32,
}

fn wishes(spec: &NightSpec, wished: &Weighted) -> Vec<Wish> {
    let mut rows = Vec::new();
    for candidate in 1..=spec.candidates {
        let mut rng = stream(spec.seed, "night candidate", &[&candidate.to_string()]);
        let merit = rng.normal();
        let mut chosen: Vec<u32> = Vec::new();
        let wishes = 1 + rng.below(APPLICATIONS_MAX);
        for _ in 0..DRAWS_MAX {
            if chosen.len() == wishes {
                break;
            }
            let place = wished.choose(&mut rng).and_then(|place| u32::try_from(place + 1).ok());
            chosen.extend(place.filter(|place| !chosen.contains(place)));
        }
        for (formation, preference) in chosen.into_iter().zip(1..) {
            let mark = (merit + 0.8 * rng.normal()) as f32;
            let state = DrawnState::Waitlisted;
            let row = DrawnRow { candidate, formation, rank: 0, preference, state };
            rows.push(Wish { row, mark });
        }
    }
    rows
}

/// The places of the rows, formation after formation; within one in the order that `key` says.
fn by_formation<K: PartialOrd>(rows: &[Wish], formations: u32, key: impl Fn(&Wish) -> K) -> Vec<Vec<usize>> {
    let mut places = vec![Vec::new(); formations as usize + 1];
    for (place, wish) in rows.iter().enumerate() {
        if let Some(places) = places.get_mut(wish.row.formation as usize) {
            places.push(place);
        }
    }
    let of = |place: &usize| rows.get(*place).map(&key);
    for places in &mut places {
        places.sort_by(|a, b| of(a).partial_cmp(&of(b)).unwrap_or(std::cmp::Ordering::Equal));
    }
    places
}

fn rank(rows: &mut [Wish], formations: u32) {
    for places in by_formation(rows, formations, |wish| -wish.mark) {
        for (place, rank) in places.into_iter().zip(1..) {
            if let Some(wish) = rows.get_mut(place) {
                wish.row.rank = rank;
            }
        }
    }
}

/// Fills most seats from the first ranks on; who has left leaves a hole.
fn take_seats(spec: &NightSpec, rows: &mut Vec<Wish>, seats: &[u32]) {
    let mut rng = stream(spec.seed, "night states", &[]);
    let mut holds = vec![false; spec.candidates as usize + 1];
    let mut gone = vec![false; rows.len()];
    for (formation, places) in by_formation(rows, spec.formations, |wish| wish.row.rank).iter().enumerate() {
        let all = formation.checked_sub(1).and_then(|place| seats.get(place)).copied().unwrap_or_default();
        let mut left = (f64::from(all) * SEATS_TAKEN) as u32;
        for place in places {
            let (Some(wish), Some(gone)) = (rows.get_mut(*place), gone.get_mut(*place)) else { continue };
            let Some(holds) = holds.get_mut(wish.row.candidate as usize) else { continue };
            if left == 0 {
                break;
            }
            if rng.chance(LEFT) {
                *gone = true;
                continue;
            }
            // Offers of the complementary phase are accepted at once.
            if spec.mode != NightMode::Complementary && rng.chance(0.2) {
                wish.row.state = DrawnState::Offered;
            } else if *holds {
                continue;
            } else {
                *holds = true;
                wish.row.state = DrawnState::Accepted;
            }
            left -= 1;
        }
    }
    for (wish, gone) in rows.iter_mut().zip(&mut gone) {
        let holds = holds.get(wish.row.candidate as usize) == Some(&true);
        if wish.row.state == DrawnState::Accepted {
            // Last in his own order: what he wanted less has ended.
            wish.row.preference = u32::try_from(APPLICATIONS_MAX).unwrap_or(u32::MAX) + 1;
        } else if holds && spec.mode == NightMode::Withdrawals {
            *gone = true;
        }
    }
    let mut gone = gone.into_iter();
    rows.retain(|_| gone.next() == Some(false));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{HashMap, HashSet};

    /// A drawn night is one that the planner's rules of input allow, in each mode, and has all that makes a night: free
    /// seats, full formations, holes in the ranks.
    #[test]
    fn a_drawn_night_is_lawful() {
        for mode in [NightMode::Main, NightMode::Complementary, NightMode::Withdrawals] {
            let spec = NightSpec { seed: 3, mode, formations: 80, candidates: 2_000 };
            let night = draw(&spec);
            assert_eq!(night, draw(&spec), "a seed is one night");
            let unique = |key: fn(&DrawnRow) -> (u32, u32)| {
                let keys: HashSet<_> = night.rows.iter().map(key).collect();
                keys.len() == night.rows.len()
            };
            assert!(unique(|row| (row.formation, row.rank)));
            assert!(unique(|row| (row.candidate, row.formation)));
            assert!(unique(|row| (row.candidate, row.preference)));
            let mut taken: HashMap<u32, u32> = HashMap::new();
            let mut accepted: HashMap<u32, u32> = HashMap::new();
            for row in night.rows.iter().filter(|row| row.state != DrawnState::Waitlisted) {
                *taken.entry(row.formation).or_default() += 1;
                if row.state == DrawnState::Accepted {
                    assert_eq!(accepted.insert(row.candidate, row.preference), None, "one offer held");
                }
                assert!(mode != NightMode::Complementary || row.state == DrawnState::Accepted);
            }
            for row in night.rows.iter().filter(|row| row.state == DrawnState::Waitlisted) {
                if let Some(held) = accepted.get(&row.candidate) {
                    assert!(mode != NightMode::Withdrawals && row.preference < *held);
                }
            }
            for (formation, seats) in (1..).zip(&night.seats) {
                assert!(taken.get(&formation).copied().unwrap_or_default() <= *seats);
            }
            let holes = night.rows.iter().map(|row| row.rank).max();
            assert!(holes > Some(100), "{holes:?}");
            assert!(accepted.len() > 500, "{}", accepted.len());
        }
    }

    /// A fortieth of the nation has a fortieth of its applications.
    #[test]
    fn the_nation_has_its_size() {
        let share = 40;
        let spec = NightSpec {
            seed: 1,
            mode: NightMode::Main,
            formations: NATIONAL_FORMATIONS / share,
            candidates: NATIONAL_CANDIDATES / share,
        };
        let applications = draw(&spec).rows.len();
        assert!((62_000..70_000).contains(&applications), "{applications} of {}", 2_650_000 / share);
    }
}
