//! Containment: what one formation's plan does wrong never costs another formation its night.

#[cfg(test)]
mod common;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use common::day;
use common::night::{calling, cases, plan_lists};
use procedure::calendar::offer_deadline;
use procedure::night::{
    Breach, Preference, REPLANS_MAX, Row, RowState, Snapshot, SnapshotFormation, contain, verify,
};
use proptest::prelude::*;
use schemas::night::PLAN_FORMAT;
use schemas::{Campaign, CandidateId, FormationId, NightMode, Plan, Rule, Track};

/// Read once: each case plans several nights.
#[cfg(test)]
static RULES: LazyLock<Campaign> = LazyLock::new(common::rules);

const CANDIDATES: u32 = 8;
const FORMATIONS: u32 = 5;

#[cfg(test)]
fn formation(number: u32) -> FormationId {
    FormationId::new(format!("F{number}")).unwrap()
}

/// A night on which everybody waits, each candidate at these formations in the order of his preference; the rank of a
/// candidate is his number.
#[cfg(test)]
fn snapshot(limits: &[u32], orders: &[Vec<u32>]) -> Snapshot {
    let formations = limits.iter().zip(0..).map(|(limit, number)| SnapshotFormation {
        id: formation(number),
        track: Track::Student,
        call_limit: *limit,
        night: calling(true),
    });
    let rows = orders.iter().zip(0..).flat_map(|(order, candidate)| {
        order.iter().zip(1..).map(move |(formation, preference)| Row {
            candidate,
            formation: *formation,
            rank: candidate + 1,
            preference: Preference::new(preference),
            state: RowState::Waiting,
        })
    });
    Snapshot {
        formations: formations.collect(),
        candidates: (0..orders.len()).map(|c| CandidateId::new(format!("c{c}")).unwrap()).collect(),
        rows: rows.collect(),
    }
}

/// The right plan of a night.
#[cfg(test)]
fn right(snapshot: &Snapshot, mode: NightMode) -> Plan {
    let date = match mode {
        NightMode::Main => day("2024-06-10"),
        NightMode::Complementary => day("2024-07-16"),
        NightMode::Withdrawals => day("2024-08-20"),
    };
    let (offers, lost) = plan_lists(snapshot, mode);
    Plan {
        format: PLAN_FORMAT,
        date,
        mode,
        rules: RULES.digest.clone(),
        deadline: offer_deadline(&RULES, date),
        search_deadline: None,
        alternance_rule: Rule(47),
        rankings: Vec::new(),
        offers,
        lost,
    }
}

/// What a planner does that is wrong in these formations: their first offer is left out, or made twice.
#[cfg(test)]
fn wrong(mut plan: Plan, faulty: &BTreeSet<FormationId>, twice: bool) -> Plan {
    for formation in faulty {
        let Some(at) = plan.offers.iter().position(|offer| offer.formation == *formation) else { continue };
        if twice {
            plan.offers.insert(at, plan.offers[at].clone());
        } else {
            plan.offers.remove(at);
        }
    }
    plan
}

/// The same night with these formations stopped, done by hand.
#[cfg(test)]
fn stopped(mut snapshot: Snapshot, withheld: &BTreeSet<FormationId>) -> Snapshot {
    for formation in &mut snapshot.formations {
        formation.night.calls &= !withheld.contains(&formation.id);
    }
    snapshot
}

fn any_mode() -> impl Strategy<Value = NightMode> {
    prop_oneof![Just(NightMode::Main), Just(NightMode::Complementary), Just(NightMode::Withdrawals)]
}

#[cfg(test)]
fn any_night() -> impl Strategy<Value = Snapshot> {
    let order = Just((0..FORMATIONS).collect::<Vec<u32>>()).prop_shuffle();
    let orders = prop::collection::vec((order, 1..=FORMATIONS as usize), CANDIDATES as usize);
    let limits = prop::collection::vec(0_u32..4, FORMATIONS as usize);
    (limits, orders).prop_map(|(limits, orders)| {
        let cut = |(mut order, length): (Vec<u32>, usize)| {
            order.truncate(length);
            order
        };
        snapshot(&limits, &orders.into_iter().map(cut).collect::<Vec<_>>())
    })
}

proptest! {
    #![proptest_config(cases(300))]

    /// Proves that the plan after a failure is exactly the plan of the night with the withheld formations stopped, that the
    /// verifier has nothing to say of it, and that whichever formation failed is among the withheld.
    #[test]
    fn the_second_plan_is_that_without_what_failed(
        night in any_night(),
        mode in any_mode(),
        faulty in prop::collection::btree_set(0..FORMATIONS, 0..3),
        twice in any::<bool>(),
    ) {
        let faulty: BTreeSet<FormationId> = faulty.into_iter().map(formation).collect();
        let (mut snapshot, mut withheld) = (night.clone(), BTreeSet::new());
        let plan = |now: &Snapshot| (wrong(right(now, mode), &faulty, twice), ());
        let (plan, (), breaches) = contain(&mut snapshot, &mut withheld, &RULES, plan);
        prop_assert_eq!(&breaches, &Vec::<Breach>::new());
        let by_hand = stopped(night.clone(), &withheld);
        prop_assert_eq!(&snapshot, &by_hand);
        prop_assert_eq!(&plan, &right(&by_hand, mode));
        prop_assert_eq!(verify(&by_hand, &plan, &RULES), vec![]);
        let fails = |formation: &&FormationId| right(&night, mode).offers.iter().any(|o| o.formation == **formation);
        prop_assert!(faulty.iter().filter(fails).all(|formation| withheld.contains(formation)));
    }
}

/// Proves that a night that fails in another formation each time is planned again five times, and then held with what is
/// wrong; and that what is wrong with no formation in particular is held at once.
#[test]
fn what_goes_on_failing_is_held() {
    let all = REPLANS_MAX + 3;
    let limits = vec![1; all as usize];
    let orders: Vec<Vec<u32>> = (0..all).map(|number| vec![number]).collect();
    let mut asked = 0;
    let (mut now, mut withheld) = (snapshot(&limits, &orders), BTreeSet::new());
    let (_, (), breaches) = contain(&mut now, &mut withheld, &RULES, |now| {
        let faulty = BTreeSet::from([formation(asked)]);
        asked += 1;
        (wrong(right(now, NightMode::Main), &faulty, true), ())
    });
    assert_eq!(asked, REPLANS_MAX + 1);
    assert_eq!(withheld, (0..REPLANS_MAX).map(formation).collect());
    assert!(breaches.iter().all(|breach| breach.formation == Some(formation(REPLANS_MAX))), "{breaches:?}");
    assert!(!breaches.is_empty());

    let mut asked = 0;
    let (mut now, mut withheld) = (snapshot(&limits, &orders), BTreeSet::new());
    let (_, (), breaches) = contain(&mut now, &mut withheld, &RULES, |now| {
        asked += 1;
        let right = right(now, NightMode::Main);
        (Plan { deadline: jiff::Timestamp::UNIX_EPOCH, ..right }, ())
    });
    assert_eq!((asked, withheld.len(), breaches.len()), (1, 0, 1), "{breaches:?}");
}
