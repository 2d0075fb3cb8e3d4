//! The planner: against a naive reference, whatever the order of work, and on a night with a known result.

#[cfg(test)]
mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use common::night::{Night, any_night, applied, cases, night, offers_said, plan_offers, planned};
use common::rules;
use procedure::night::RowState::{Definitive, Held, Offered, Waiting};
use procedure::night::{Snapshot, verify};
use proptest::prelude::*;
use schemas::NightMode;

/// R24 as the text says it: as long as a seat is free and somebody waits, the best of those who wait gets it.
#[cfg(test)]
fn reference(night: &Night) -> BTreeSet<String> {
    let mut offers = BTreeSet::new();
    for (formation, limit, calls) in &night.formations {
        let here = || night.lines.iter().filter(|line| line.1 == *formation);
        let mut taken = here().filter(|line| line.3 != Waiting).count();
        let mut waiting: Vec<_> = here().filter(|line| line.3 == Waiting).collect();
        while *calls && taken < *limit as usize && !waiting.is_empty() {
            let best = (0..waiting.len()).min_by_key(|at| waiting[*at].2).unwrap();
            let (who, at, rank, _) = waiting.remove(best);
            offers.insert(format!("{at} {rank} {who}"));
            taken += 1;
        }
    }
    offers
}

#[cfg(test)]
fn said(snapshot: &Snapshot) -> Vec<String> {
    offers_said(&plan_offers(snapshot, NightMode::Main))
}

/// R24: strictly by rank, holes in the ranks or not, up to the free seats; nothing above the limit, nothing
/// at a formation that does not call; a candidate may get several offers.
#[test]
fn free_seats_go_strictly_by_rank() {
    let lines = [
        ("ana", "PSY", 1, Definitive),
        ("ben", "PSY", 7, Waiting),
        ("cleo", "PSY", 4, Waiting),
        ("dan", "PSY", 900, Waiting),
        ("cleo", "HIST", 2, Waiting),
        ("ben", "HIST", 1, Held),
        ("dan", "ART", 1, Offered),
        ("eve", "ART", 2, Offered),
        ("cleo", "ART", 3, Waiting),
    ];
    let mut asked = night(&[("PSY", 3), ("HIST", 2), ("ART", 1), ("VIDE", 5)], &lines);
    assert_eq!(said(&asked.plain()), ["HIST 2 cleo", "PSY 4 cleo", "PSY 7 ben"]);
    asked.formations[0].2 = false;
    assert_eq!(said(&asked.plain()), ["HIST 2 cleo"], "a stopped formation calls nobody");
    assert_eq!(said(&Snapshot::default()), Vec::<String>::new());
}

/// A seat is taken by whoever holds it, even if his rank were missing: no night gives it twice.
#[test]
fn a_seat_without_a_rank_is_taken_all_the_same() {
    let mut holder = common::applicant(&[("PSY", schemas::ApplicationState::AcceptedProvisionally)]);
    holder.applications.get_mut(&common::at_formation("PSY")).unwrap().now.rank = None;
    let mut next = common::applicant(&[("PSY", schemas::ApplicationState::Waitlisted)]);
    next.id = common::who("bob");
    let psy = common::formation("PSY", schemas::Track::Student, 1);
    let mut builder = procedure::night::SnapshotBuilder::new(vec![(psy, common::night::calling(true))]);
    builder.add(&holder);
    builder.add(&next);
    assert_eq!(said(&builder.build(&Default::default()).0), Vec::<String>::new());
}

proptest! {
    #![proptest_config(cases(400))]

    /// The planner agrees with the reference, the verifier has nothing to say of its plan, the order in which
    /// candidates and rows were read makes no difference, and planning again on the result offers nothing.
    #[test]
    fn the_plan_is_the_references(night in any_night(), order in Just((0..9).collect::<Vec<usize>>()).prop_shuffle()) {
        let rules = rules();
        let snapshot = night.plain();
        let plan = planned(&snapshot, &rules);
        let said = offers_said(&plan.offers);
        prop_assert_eq!(said.iter().cloned().collect::<BTreeSet<_>>(), reference(&night));
        prop_assert!(plan.offers.is_sorted());
        prop_assert_eq!(verify(&snapshot, &plan, &rules), vec![]);

        let shuffled = night.snapshot(|id| order[id[1..].parse::<usize>().unwrap()]);
        prop_assert_eq!(&plan_offers(&shuffled, NightMode::Main), &plan.offers);
        let mut reversed = snapshot.clone();
        reversed.rows.reverse();
        prop_assert_eq!(&plan_offers(&reversed, NightMode::Main), &plan.offers);

        let after = applied(&snapshot, &plan.offers);
        prop_assert_eq!(plan_offers(&after, NightMode::Main), vec![]);
        prop_assert_eq!(verify(&after, &planned(&after, &rules), &rules), vec![]);
    }
}

/// The rows of a CSV file without its header line.
#[cfg(test)]
fn rows(path: &Path) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

/// A night of 200 formations and 66,000 applications whose offers are known: exactly these, nothing lost, and
/// the verifier finds nothing.
#[test]
fn the_known_night_comes_out_exactly() {
    let Some(folder) = common::beside("nights/main") else { return };
    let formations = rows(&folder.join("formations.csv"));
    let formations = formations.iter().map(|row| (row[0].clone(), row[1].parse().unwrap(), true)).collect();
    let state = |text: &str| match text {
        "waitlisted" => Waiting,
        "offered" => Offered,
        "accepted" => Held,
        other => panic!("the state {other}"),
    };
    let applications = rows(&folder.join("applications.csv"));
    let lines = applications
        .iter()
        .map(|row| (row[0].clone(), row[1].clone(), row[2].parse().unwrap(), state(&row[4])))
        .collect();
    let night = Night { formations, lines };
    let snapshot = night.plain();
    let rules = rules();
    let plan = planned(&snapshot, &rules);
    let number = |text: &str| text.parse::<u32>().unwrap();
    let mut offers: Vec<_> = plan
        .offers
        .iter()
        .map(|offer| (number(offer.formation.as_str()), offer.rank, number(offer.candidate.as_str())))
        .collect();
    offers.sort_unstable();
    let expected: Vec<_> = rows(&folder.join("expected_offers.csv"))
        .iter()
        .map(|row| (number(&row[0]), number(&row[1]), number(&row[2])))
        .collect();
    assert_eq!(offers, expected);
    assert!(rows(&folder.join("expected_lost.csv")).is_empty());
    assert_eq!(verify(&snapshot, &plan, &rules), vec![]);
    let mut states: BTreeMap<&str, u32> = BTreeMap::new();
    for line in &applications {
        *states.entry(&line[4]).or_default() += 1;
    }
    println!("{} offers on {states:?}", offers.len());
}
