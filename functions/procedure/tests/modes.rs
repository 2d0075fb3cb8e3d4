//! The nights of the complementary phase and of the withdrawals (R56, R62): against a naive model, against whole nights
//! with known results, and against whatever is wrong with a plan.

#[cfg(test)]
mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use common::night::{calling, cases, offers_said, plan_lists};
use common::{day, rules};
use procedure::calendar::offer_deadline;
use procedure::night::{
    Advancement, Preference, Row, RowState, Snapshot, SnapshotFormation, advance, seats_taken, verify,
    verify_rows,
};
use proptest::prelude::*;
use schemas::night::{PLAN_FORMAT, PlannedLoss, PlannedOffer};
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
                preference: preference.and_then(Preference::new),
                state: *state,
            })
            .collect(),
    }
}

/// The plan of a night in this mode, as it is stored; its date is one of that mode.
#[cfg(test)]
fn plan_of((offers, lost): (Vec<PlannedOffer>, Vec<PlannedLoss>), mode: NightMode) -> Plan {
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
        lost,
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

/// The rows of these places, by formation and candidate.
#[cfg(test)]
fn named(snapshot: &Snapshot, places: &[u32]) -> Places {
    let row = |place: &u32| snapshot.rows[*place as usize];
    places.iter().map(row).map(|row| (row.formation, row.candidate)).collect()
}

/// What a night comes to is what the law says, done one seat at a time; whatever the order of the rows; and the verifier
/// finds nothing wrong with it. Seats taken are counted alike by plan and model.
#[cfg(test)]
fn is_the_law(mode: NightMode, limits: &[u32], lines: &[Line]) -> Result<(), TestCaseError> {
    let before = snapshot(limits, CANDIDATES, lines);
    let advancement = advance(&before, mode);
    let (given, gone) = naive(limits, lines, mode);
    prop_assert_eq!(&named(&before, &advancement.offers), &given);
    prop_assert_eq!(&named(&before, &advancement.lost), &gone);
    let lists = plan_lists(&before, mode);
    let mut reversed = before.clone();
    reversed.rows.reverse();
    prop_assert_eq!(&plan_lists(&reversed, mode), &lists);
    let taken_at = |formation: u32| {
        let stays = |line: &&Line| line.4.takes_seat() && !gone.contains(&(line.1, line.0));
        let held = lines.iter().filter(|line| line.1 == formation).filter(stays).count();
        held + given.iter().filter(|(at, _)| *at == formation).count()
    };
    // What is held beyond a limit takes none of the seats that there are.
    let taken = (0..).zip(limits).map(|(formation, limit)| u64::from(*limit).min(taken_at(formation) as u64));
    prop_assert_eq!(seats_taken(&before, &advancement), taken.sum::<u64>());
    prop_assert_eq!(verify(&before, &plan_of(lists, mode), &rules()), vec![]);
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

    /// Of all the plans that one could make of a small night, each candidate given one of his formations or none and what
    /// that ends ended, a single one passes: the planner's. It is in the withdrawals and in the complementary phase that
    /// several leave nobody passed over.
    #[test]
    fn one_plan_alone_is_right((mode, limits, lines) in any_small_night()) {
        let before = snapshot(&limits, 4, &lines);
        let right = advance(&before, mode);
        let mut choices = vec![Vec::new()];
        for c in 0..4 {
            let own = before.rows.iter().zip(0..).filter(|(row, _)| row.candidate == c && row.state == RowState::Waiting);
            let own: Vec<Option<u32>> = own.map(|(_, place)| Some(place)).chain([None]).collect();
            choices = choices.iter().flat_map(|chosen: &Vec<u32>| {
                own.iter().map(|place| chosen.iter().copied().chain(*place).collect())
            }).collect();
        }
        let mut passed = 0;
        for offers in choices {
            let plan = with_losses(&before, offers, mode);
            let breaches = verify_rows(&before, &plan, mode, true);
            prop_assert_eq!(breaches.is_empty(), plan == right, "{:?} of {:?}: {:?}", &plan, &lines, &breaches);
            passed += usize::from(breaches.is_empty());
        }
        prop_assert_eq!(passed, 1);
    }

    /// A plan whose losses are changed is found out, and the row is named.
    #[test]
    fn a_changed_loss_is_found_out(
        (limits, lines) in any_night(NightMode::Complementary),
        at in any::<prop::sample::Index>(),
    ) {
        let mode = NightMode::Complementary;
        let before = snapshot(&limits, CANDIDATES, &lines);
        let right = advance(&before, mode);
        prop_assume!(!before.rows.is_empty());
        let place = u32::try_from(at.index(before.rows.len())).unwrap();
        let mut changed = right.clone();
        if changed.lost.contains(&place) {
            changed.lost.retain(|lost| *lost != place);
        } else {
            changed.lost.push(place);
            changed.lost.sort_by_key(|lost| (before.rows[*lost as usize].formation, before.rows[*lost as usize].rank));
        }
        let row = before.rows[place as usize];
        let candidate = &before.candidates[row.candidate as usize];
        let found = verify_rows(&before, &changed, mode, true);
        let named = |breach: &procedure::night::Breach| {
            breach.formation.as_ref() == Some(&before.formations[row.formation as usize].id)
                && breach.candidate.as_ref() == Some(candidate)
        };
        prop_assert!(found.iter().any(named), "{} at {}: {:?}", candidate, row.formation, found);
    }
}

/// These offers, with what they end (R56, R62).
#[cfg(test)]
fn with_losses(before: &Snapshot, mut offers: Vec<u32>, mode: NightMode) -> Advancement {
    let row = |place: &u32| before.rows[*place as usize];
    let place = |place: &u32| (row(place).formation, row(place).rank);
    let better = |own: Row| offers.iter().map(row).find(|given| given.candidate == own.candidate);
    let ends = |at: &u32| {
        let own = row(at);
        !offers.contains(at)
            && better(own).is_some_and(|given| match own.state {
                RowState::Waiting => given.preference < own.preference,
                RowState::Held => mode == NightMode::Complementary,
                _ => false,
            })
    };
    let mut lost: Vec<u32> = (0..u32::try_from(before.rows.len()).unwrap()).filter(ends).collect();
    lost.sort_by_key(place);
    offers.sort_by_key(place);
    Advancement { offers, lost }
}

/// Nights of four candidates and three formations, most of them held somewhere or waiting everywhere, few seats: where
/// circles of exchange are likely.
#[cfg(test)]
fn any_small_night() -> impl Strategy<Value = (NightMode, Vec<u32>, Vec<Line>)> {
    let orders = proptest::collection::vec(Just(vec![0_u32, 1, 2]).prop_shuffle(), 4);
    let ranks = proptest::collection::vec(Just(vec![1_u32, 2, 3, 4]).prop_shuffle(), 3);
    let complementary = prop::bool::weighted(0.7);
    let limits = proptest::collection::vec(0_u32..3, 3);
    (complementary, limits, orders, ranks, proptest::collection::vec(0_u8..3, 4)).prop_map(
        |(complementary, limits, orders, ranks, kinds)| {
            let mode = if complementary { NightMode::Complementary } else { NightMode::Withdrawals };
            let mut lines = Vec::new();
            for (c, (order, kind)) in (0..).zip(orders.iter().zip(&kinds)) {
                for (place, f) in (1..).zip(order) {
                    // What a candidate holds is last in his order, or is not in it.
                    let (last, rank) = (place == 3, ranks[*f as usize][c as usize]);
                    let (state, preference) = match (kind, complementary) {
                        (1, true) if last => (RowState::Held, Some(place)),
                        (2, true) if last => (RowState::Held, None),
                        (1, false) if last => (RowState::Offered, Some(place)),
                        _ => (RowState::Waiting, Some(place)),
                    };
                    lines.push((c, *f, rank, preference, state));
                }
            }
            (mode, limits, lines)
        },
    )
}

/// Two candidates hold each other's first wish and no seat is free: calling by rank changes nothing, and a plan in which
/// they exchange their seats is found out, although it leaves nobody passed over.
#[test]
fn seats_are_not_exchanged() {
    use RowState::{Held, Waiting};
    let lines: Vec<Line> = vec![
        (0, 0, 1, Some(1), Waiting),
        (0, 1, 1, None, Held),
        (1, 1, 2, Some(1), Waiting),
        (1, 0, 2, None, Held),
    ];
    let before = snapshot(&[1, 1], 2, &lines);
    assert_eq!(advance(&before, NightMode::Complementary), Advancement::default());
    let exchanged = Advancement { offers: vec![0, 2], lost: vec![3, 1] };
    let found = verify_rows(&before, &exchanged, NightMode::Complementary, true);
    let said: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(said, ["Exchange at F00000 for c00000", "Exchange at F00001 for c00001"]);
}

/// R38: a placement given back while an offer of the complementary phase is held is ordered below it: it is not called,
/// and that it waits beside a free seat is no fault.
#[test]
fn what_is_ordered_below_an_offer_held_waits_for_nothing() {
    use RowState::{Held, Waiting};
    let lines: Vec<Line> =
        vec![(0, 0, 1, Some(1), Held), (0, 1, 1, Some(2), Waiting), (1, 1, 2, Some(1), Waiting)];
    let before = snapshot(&[1, 1], 2, &lines);
    let right = advance(&before, NightMode::Complementary);
    assert_eq!(named(&before, &right.offers), Places::from([(1, 1)]));
    assert_eq!(verify_rows(&before, &right, NightMode::Complementary, true), []);
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
    let (offers, lost) = plan_lists(&before, NightMode::Complementary);
    assert_eq!(offers_said(&offers), ["F00000 1 c00000", "F00001 2 c00001", "F00002 2 c00002"]);
    let lost: Vec<String> =
        lost.iter().map(|loss| format!("{} {}", loss.formation, loss.candidate)).collect();
    assert_eq!(lost, ["F00001 c00000", "F00002 c00001"]);
}

/// What each wrong plan breaks, by name: two offers to one candidate, one below what he holds, a mode that is not the
/// calendar's, a placement that ends without a reason, one that goes on although a better offer ends it.
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
    let said = |offers: &[u32], lost: &[u32]| -> Vec<String> {
        let plan = Advancement { offers: offers.to_vec(), lost: lost.to_vec() };
        let found = verify_rows(&before, &plan, NightMode::Complementary, true);
        found.iter().map(ToString::to_string).collect()
    };
    for (fault, offers, lost, expected) in [
        ("none", &[1][..], &[0][..], &[][..]),
        ("two offers", &[0, 1], &[], &["OneOffer at F00000 for c00000"]),
        ("below what is held", &[3, 1], &[0, 2], &["OneOffer at F00000 for c00001"]),
        ("a loss without a reason", &[1], &[0, 2], &["Dropped at F00002 for c00001"]),
        (
            "an accepted seat lost and none given for it",
            &[1],
            &[0, 3, 2],
            &["Dropped at F00000 for c00001", "Dropped at F00002 for c00001"],
        ),
        (
            "what should end goes on",
            &[1],
            &[],
            &["Dropped at F00000 for c00000", "NotUnder at F00000 for c00000"],
        ),
        (
            "a loss twice",
            &[1],
            &[0, 0],
            &["Conservation at F00000 for c00000", "Sorted at F00000 for c00000"],
        ),
        ("no row at all", &[1, 9], &[0], &["Conservation"]),
    ] {
        assert_eq!(said(offers, lost), expected, "{fault}");
    }
    let mut plan = plan_of(plan_lists(&before, NightMode::Complementary), NightMode::Complementary);
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
        let found = |places: &[u32]| -> Vec<(u32, u32, u32)> {
            let row = |place: &u32| before.rows[*place as usize];
            places.iter().map(row).map(|row| (row.formation, row.rank, row.candidate)).collect()
        };
        let night = advance(&before, mode);
        assert_eq!(found(&night.offers), expected("expected_offers.csv"), "offers of {name}");
        assert_eq!(found(&night.lost), expected("expected_lost.csv"), "lost in {name}");
        assert_eq!(verify_rows(&before, &night, mode, true), vec![], "{name}");
    }
}
