//! The nights of the complementary phase and of the withdrawals (R56, R62): against a naive model, against whole nights
//! with known results, and against whatever is wrong with a plan.

#[cfg(test)]
mod common;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use common::night::{calling, cases, offers_said};
use common::{day, rules};
use procedure::calendar::offer_deadline;
use procedure::night::{Row, RowState, Snapshot, SnapshotFormation, lost, plan_offers, seats_taken, verify};
use proptest::prelude::*;
use schemas::night::{PLAN_FORMAT, PlannedOffer, Seat};
use schemas::{CandidateId, FormationId, NightMode, Plan, Track};

/// One application in words: candidate, formation, rank, preference, state.
type Line = (u32, u32, u32, Option<u32>, RowState);

/// Formations, each with a candidate.
type Places = BTreeSet<(u32, u32)>;

#[cfg(test)]
fn snapshot(limits: &[u32], candidates: u32, lines: &[Line]) -> Snapshot {
    let id = |prefix: &str, number: usize| format!("{prefix}{number:05}");
    let formation = |(place, limit): (usize, &u32)| SnapshotFormation {
        id: FormationId::new(id("F", place)).unwrap(),
        track: Track::Student,
        call_limit: *limit,
        night: calling(true),
    };
    Snapshot {
        formations: limits.iter().enumerate().map(formation).collect(),
        candidates: (0..candidates as usize).map(|c| CandidateId::new(id("c", c)).unwrap()).collect(),
        rows: lines
            .iter()
            .map(|(candidate, formation, rank, preference, state)| Row {
                candidate: *candidate,
                formation: *formation,
                rank: *rank,
                preference: *preference,
                state: *state,
            })
            .collect(),
    }
}

/// The plan of a night in this mode, as it is stored; its date is one of that mode.
#[cfg(test)]
fn plan_of(offers: Vec<PlannedOffer>, mode: NightMode) -> Plan {
    let date = match mode {
        NightMode::Main => day("2024-06-10"),
        NightMode::Complementary => day("2024-07-16"),
        NightMode::Withdrawals => day("2024-08-20"),
    };
    Plan {
        format: PLAN_FORMAT,
        date,
        mode,
        rules: rules().digest,
        deadline: offer_deadline(&rules(), date),
        search_deadline: None,
        alternance_rule: schemas::Rule(47),
        rankings: Vec::new(),
        offers,
    }
}

/// What R56 and R62 say, followed to the letter and without haste: whoever is next where a seat is free gets it, one at
/// a time; then what he ordered lower is taken from him; and again, until no seat is free that somebody waits for.
#[cfg(test)]
fn naive(limits: &[u32], lines: &[Line], mode: NightMode) -> (Places, Places) {
    let mut now: BTreeMap<(u32, u32), RowState> = BTreeMap::new();
    for (candidate, formation, _, _, state) in lines {
        now.insert((*formation, *candidate), *state);
    }
    let (mut given, mut gone) = (BTreeSet::new(), BTreeSet::new());
    loop {
        let free = |formation: u32, now: &BTreeMap<(u32, u32), RowState>| {
            let taken = now.iter().filter(|((at, _), state)| *at == formation && state.takes_seat()).count();
            taken < limits[formation as usize] as usize
        };
        let waits = |line: &&Line| now.get(&(line.1, line.0)) == Some(&RowState::Waiting);
        let next =
            lines.iter().filter(waits).filter(|line| free(line.1, &now)).min_by_key(|line| (line.1, line.2));
        let Some((candidate, formation, _, preference, _)) = next.copied() else { return (given, gone) };
        now.insert((formation, candidate), RowState::Offered);
        given.insert((formation, candidate));
        if mode == NightMode::Main {
            continue;
        }
        for (_, at, _, other, was) in lines.iter().filter(|line| line.0 == candidate && line.1 != formation) {
            let key = (*at, candidate);
            let ends = match was {
                RowState::Waiting => *other > preference && now.contains_key(&key),
                RowState::Held => mode == NightMode::Complementary && now.contains_key(&key),
                RowState::Searching | RowState::Offered | RowState::Definitive => false,
            };
            if ends {
                now.remove(&key);
                given.remove(&key);
                gone.insert(key);
            }
        }
    }
}

const CANDIDATES: u32 = 7;
const FORMATIONS: u32 = 4;

/// Nights of seven candidates and four formations: each has his own order, an offer held is last by itself or ordered
/// below all that still waits, and some seats are taken by others for good.
#[cfg(test)]
fn any_night(mode: NightMode) -> impl Strategy<Value = (Vec<u32>, Vec<Line>)> {
    let pairs = (CANDIDATES * FORMATIONS) as usize;
    let orders = proptest::collection::vec(
        Just((0..FORMATIONS).collect::<Vec<u32>>()).prop_shuffle(),
        CANDIDATES as usize,
    );
    let ranks =
        proptest::collection::vec(Just((1..=20).collect::<Vec<u32>>()).prop_shuffle(), FORMATIONS as usize);
    let kinds = proptest::collection::vec(0_u8..6, CANDIDATES as usize);
    let there = proptest::collection::vec(prop::bool::weighted(0.8), pairs);
    let limits = proptest::collection::vec(0_u32..4, FORMATIONS as usize);
    (limits, orders, ranks, kinds, there).prop_map(move |(limits, orders, ranks, kinds, there)| {
        let mut lines = Vec::new();
        for c in 0..CANDIDATES {
            let order = &orders[c as usize];
            let mut last = true;
            for (place, f) in order.iter().enumerate().rev() {
                if !there[(c * FORMATIONS + f) as usize] {
                    continue;
                }
                let preference = u32::try_from(place).unwrap() + 1;
                let rank = ranks[*f as usize][c as usize];
                let state = match (kinds[c as usize], mode) {
                    (0, _) if last => RowState::Definitive,
                    (0, _) => continue,
                    (1 | 2, NightMode::Complementary) if last => RowState::Held,
                    (1 | 2, NightMode::Withdrawals) if last => RowState::Offered,
                    _ => RowState::Waiting,
                };
                let unordered = last && kinds[c as usize] == 1 && state == RowState::Held;
                lines.push((c, *f, rank, Some(preference).filter(|_| !unordered), state));
                last = false;
            }
        }
        (limits, lines)
    })
}

#[cfg(test)]
fn named(offers: &[PlannedOffer]) -> Places {
    let number = |id: &str| id[1..].parse::<u32>().unwrap();
    offers.iter().map(|offer| (number(offer.formation.as_str()), number(offer.candidate.as_str()))).collect()
}

/// What a night comes to is what the law says, done one seat at a time; whatever the order of the rows; and the verifier
/// finds nothing wrong with it. Seats taken are counted alike by plan and model.
#[cfg(test)]
fn is_the_law(mode: NightMode, limits: &[u32], lines: &[Line]) -> Result<(), TestCaseError> {
    let before = snapshot(limits, CANDIDATES, lines);
    let offers = plan_offers(&before, mode);
    let (given, gone) = naive(limits, lines, mode);
    prop_assert_eq!(&named(&offers), &given);
    prop_assert_eq!(named(&lost(&before, &offers, mode)), gone.clone());
    let mut reversed = before.clone();
    reversed.rows.reverse();
    prop_assert_eq!(&plan_offers(&reversed, mode), &offers);
    let held_before = lines.iter().filter(|line| line.4.takes_seat()).count();
    let freed = lines.iter().filter(|line| line.4.takes_seat() && gone.contains(&(line.1, line.0))).count();
    let plan = plan_of(offers, mode);
    prop_assert_eq!(seats_taken(&before, &plan), (held_before + given.len() - freed) as u64);
    prop_assert_eq!(verify(&before, &plan, &rules()), vec![]);
    Ok(())
}

proptest! {
    #![proptest_config(cases(400))]

    /// R56: in the complementary phase.
    #[test]
    fn a_complementary_night_is_the_law((limits, lines) in any_night(NightMode::Complementary)) {
        is_the_law(NightMode::Complementary, &limits, &lines)?;
    }

    /// R62: in the withdrawals.
    #[test]
    fn a_night_of_the_withdrawals_is_the_law((limits, lines) in any_night(NightMode::Withdrawals)) {
        is_the_law(NightMode::Withdrawals, &limits, &lines)?;
    }

    /// A plan from which one offer is taken, or to which one is added that the night did not make, is found out.
    #[test]
    fn a_changed_plan_is_found_out(
        (limits, lines) in any_night(NightMode::Complementary),
        at in any::<prop::sample::Index>(),
        adds in any::<bool>(),
    ) {
        let before = snapshot(&limits, CANDIDATES, &lines);
        let mut offers = plan_offers(&before, NightMode::Complementary);
        if adds {
            let waiting = before.rows.iter().filter(|row| row.state == RowState::Waiting);
            let known = named(&offers);
            let others: Vec<&Row> = waiting.filter(|row| !known.contains(&(row.formation, row.candidate))).collect();
            prop_assume!(!others.is_empty());
            let row = at.get(&others);
            offers.push(PlannedOffer {
                formation: before.formations[row.formation as usize].id.clone(),
                rank: row.rank,
                candidate: before.candidates[row.candidate as usize].clone(),
                seat: Seat::Offer,
            });
            offers.sort();
        } else {
            prop_assume!(!offers.is_empty());
            offers.remove(at.index(offers.len()));
        }
        let breaches = verify(&before, &plan_of(offers, NightMode::Complementary), &rules());
        prop_assert!(!breaches.is_empty());
    }
}

/// A seat that somebody gives back for a better one goes to the next in the same night, who gives back his, and so on.
#[test]
fn freed_seats_are_given_on_the_same_night() {
    use RowState::{Held, Waiting};
    let lines: Vec<Line> = vec![
        (0, 0, 1, Some(1), Waiting),
        (0, 1, 1, None, Held),
        (1, 1, 2, Some(1), Waiting),
        (1, 2, 1, Some(2), Held),
        (2, 2, 2, Some(1), Waiting),
    ];
    let before = snapshot(&[1, 1, 1], 3, &lines);
    let offers = plan_offers(&before, NightMode::Complementary);
    assert_eq!(offers_said(&offers), ["F00000 1 c00000", "F00001 2 c00001", "F00002 2 c00002"]);
    assert_eq!(
        offers_said(&lost(&before, &offers, NightMode::Complementary)),
        ["F00001 1 c00000", "F00002 1 c00001"]
    );
}

/// What each wrong plan breaks, by name: two offers to one candidate, one below what he holds, a mode that is not the
/// calendar's.
#[test]
fn wrong_plans_are_named() {
    use RowState::{Held, Waiting};
    let lines: Vec<Line> = vec![
        (0, 0, 1, Some(2), Waiting),
        (0, 1, 1, Some(1), Waiting),
        (1, 2, 1, Some(1), Held),
        (1, 0, 2, Some(2), Waiting),
    ];
    let before = snapshot(&[2, 1, 1], 2, &lines);
    let offer = |formation: usize, rank, candidate: usize| PlannedOffer {
        formation: before.formations[formation].id.clone(),
        rank,
        candidate: before.candidates[candidate].clone(),
        seat: Seat::Offer,
    };
    let said = |offers, mode| -> Vec<String> {
        verify(&before, &plan_of(offers, mode), &rules()).iter().map(ToString::to_string).collect()
    };
    let twice = said(vec![offer(0, 1, 0), offer(1, 1, 0)], NightMode::Complementary);
    assert!(twice.contains(&"OneOffer at F00000 for c00000".to_owned()), "{twice:?}");
    let lower = said(vec![offer(0, 2, 1), offer(1, 1, 0)], NightMode::Complementary);
    assert!(lower.contains(&"OneOffer at F00000 for c00001".to_owned()), "{lower:?}");
    let mut plan = plan_of(vec![offer(1, 1, 0)], NightMode::Complementary);
    plan.mode = NightMode::Withdrawals;
    let mode: Vec<String> = verify(&before, &plan, &rules()).iter().map(ToString::to_string).collect();
    assert!(mode.contains(&"Mode".to_owned()), "{mode:?}");
}

/// The folder of whole nights beside the repository, where it is.
#[cfg(test)]
fn nights() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/nights")
}

#[cfg(test)]
fn rows(file: &Path) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(file).unwrap();
    text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

/// A night from its files: identifiers are numbers, and sort as such.
#[cfg(test)]
fn read_night(folder: &Path) -> (Snapshot, BTreeMap<String, u32>, BTreeMap<String, u32>) {
    let mut formations = rows(&folder.join("formations.csv"));
    formations.sort_by_key(|row| row[0].parse::<u32>().unwrap());
    let limits: Vec<u32> = formations.iter().map(|row| row[1].parse().unwrap()).collect();
    let places: BTreeMap<String, u32> = formations.iter().map(|row| row[0].clone()).zip(0..).collect();
    let applications = rows(&folder.join("applications.csv"));
    let mut candidates: BTreeMap<String, u32> = BTreeMap::new();
    let mut lines: Vec<Line> = Vec::new();
    for row in &applications {
        let next = u32::try_from(candidates.len()).unwrap();
        let candidate = *candidates.entry(row[0].clone()).or_insert(next);
        let state = match row[4].as_str() {
            "waitlisted" => RowState::Waiting,
            "offered" => RowState::Offered,
            _ => RowState::Held,
        };
        let (rank, preference) = (row[2].parse().unwrap(), row[3].parse().unwrap());
        lines.push((candidate, places[&row[1]], rank, Some(preference), state));
    }
    let count = u32::try_from(candidates.len()).unwrap();
    (snapshot(&limits, count, &lines), places, candidates)
}

/// Whole nights of 200 formations have exactly the offers and losses that are known for them, in each mode, and the
/// verifier has nothing against them.
#[test]
fn whole_nights_have_their_known_results() {
    if !nights().is_dir() {
        println!("skipped: there are no whole nights beside the repository");
        return;
    }
    for (name, mode) in [
        ("main", NightMode::Main),
        ("complementary", NightMode::Complementary),
        ("withdrawals", NightMode::Withdrawals),
    ] {
        let folder = nights().join(name);
        let (before, places, candidates) = read_night(&folder);
        let expected = |file: &str| -> Vec<(u32, u32, u32)> {
            let known = |row: Vec<String>| (places[&row[0]], row[1].parse().unwrap(), candidates[&row[2]]);
            rows(&folder.join(file)).into_iter().map(known).collect()
        };
        let by_id = |offers: &[PlannedOffer]| -> Vec<(u32, u32, u32)> {
            let of: HashMap<&FormationId, u32> = before.formations.iter().map(|f| &f.id).zip(0..).collect();
            let who: HashMap<&CandidateId, u32> = before.candidates.iter().zip(0..).collect();
            offers.iter().map(|o| (of[&o.formation], o.rank, who[&o.candidate])).collect()
        };
        let offers = plan_offers(&before, mode);
        assert_eq!(by_id(&offers), expected("expected_offers.csv"), "offers of {name}");
        let ended = lost(&before, &offers, mode);
        assert_eq!(by_id(&ended), expected("expected_lost.csv"), "lost in {name}");
        assert_eq!(verify(&before, &plan_of(offers, mode), &rules()), vec![], "{name}");
    }
}
