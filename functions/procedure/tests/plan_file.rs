//! The plan file: nothing of a plan is lost in it, and nothing else is ever taken for a plan.
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

#[cfg(test)]
mod common;

use common::night::cases;
use procedure::digest;
use procedure::night::file::{PlanFileError, decode, encode};
use proptest::prelude::*;
use schemas::night::{AppearingRanking, PLAN_FORMAT, PlannedLoss, PlannedOffer, Seat};
use schemas::{CandidateId, FormationId, NightMode, Plan, Round, Rule};

/// The offers of the measured plan: those of a busy night of the nation.
const OFFERS: u32 = 30_000;

/// The formations that make them.
const FORMATIONS: u32 = 4_000;

fn offer(formation: &str, rank: u32, candidate: &str, seat: Seat) -> PlannedOffer {
    let (formation, candidate) = (FormationId::new(formation).unwrap(), CandidateId::new(candidate).unwrap());
    PlannedOffer { formation, rank, candidate, seat }
}

fn loss(formation: &str, rank: u32, candidate: &str) -> PlannedLoss {
    let (formation, candidate) = (FormationId::new(formation).unwrap(), CandidateId::new(candidate).unwrap());
    PlannedLoss { formation, rank, candidate }
}

fn plan(offers: Vec<PlannedOffer>) -> Plan {
    Plan {
        format: PLAN_FORMAT,
        date: common::day("2024-06-04"),
        rules: "ab".repeat(32),
        mode: NightMode::Withdrawals,
        deadline: "2024-06-07T22:00:00Z".parse().unwrap(),
        alternance_rule: Rule(47),
        search_deadline: Some("2024-06-11T22:00:00Z".parse().unwrap()),
        rankings: vec![AppearingRanking {
            formation: FormationId::new("PSY-LYON").unwrap(),
            digest: "cd".repeat(32),
            round: Round::Complementary,
            after: 300,
            searches: true,
        }],
        offers,
        lost: Vec::new(),
    }
}

/// A small plan with both kinds of seats, ranks of one to five bytes, and several offers of one formation.
fn small() -> Plan {
    let lost = vec![loss("HIST-LYON", 7, "dan"), loss("PSY-LYON", 200, "alice")];
    let offers = vec![
        offer("HIST-LYON", 2, "alice", Seat::Offer),
        offer("HIST-LYON", 3, "bob", Seat::Offer),
        offer("HIST-LYON", 300, "carol", Seat::Offer),
        offer("INFO-NANTES", 1, "alice", Seat::Search),
        offer("PSY-LYON", u32::MAX, "dan", Seat::Offer),
    ];
    Plan { lost, ..plan(offers) }
}

/// Any plan at all: any order of rows, also one that no night would make.
fn any_plan() -> impl Strategy<Value = Plan> {
    let seat = prop_oneof![Just(Seat::Offer), Just(Seat::Search)];
    let rank = prop_oneof![0..40_u32, any::<u32>()];
    let row = ("[A-Z]{1,2}", rank, "[a-z0-9-]{1,9}", seat);
    let mode =
        prop_oneof![Just(NightMode::Main), Just(NightMode::Complementary), Just(NightMode::Withdrawals)];
    let round = prop_oneof![Just(Round::Main), Just(Round::Complementary)];
    let ranking = ("[A-Z]{1,9}", "[0-9a-f]{0,64}", round, any::<u32>(), any::<bool>());
    let deadlines = (0..2_000_000_000_i64, proptest::option::of(0..2_000_000_000_i64));
    let head = (0..3_000_i32, mode, deadlines, any::<u8>(), "\\PC{0,9}");
    (head, prop::collection::vec(ranking, 0..4), prop::collection::vec(row, 0..30)).prop_map(
        |((day, mode, (deadline, searches), rule, rules), rankings, rows)| Plan {
            date: common::day("2020-01-01").checked_add(jiff::Span::new().days(day)).unwrap(),
            rules,
            mode,
            deadline: jiff::Timestamp::from_second(deadline).unwrap(),
            search_deadline: searches.map(|second| jiff::Timestamp::from_second(second).unwrap()),
            alternance_rule: Rule(rule),
            rankings: rankings
                .into_iter()
                .map(|(formation, digest, round, after, searches)| AppearingRanking {
                    formation: FormationId::new(formation).unwrap(),
                    digest,
                    round,
                    after,
                    searches,
                })
                .collect(),
            lost: rows.iter().rev().step_by(3).map(|(at, rank, who, _)| loss(at, *rank, who)).collect(),
            ..plan(rows.iter().map(|(at, rank, who, seat)| offer(at, *rank, who, *seat)).collect())
        },
    )
}

proptest! {
    #![proptest_config(cases(256))]

    /// Proves that a plan comes out of its file as it went in, whatever the order of its rows.
    #[test]
    fn a_plan_comes_back_whole(plan in any_plan()) {
        prop_assert_eq!(decode(&encode(&plan)), Ok(plan));
    }

    /// Proves that sorted offers name each formation once, so that no other order is shorter.
    #[test]
    fn sorted_rows_are_the_shortest(plan in any_plan()) {
        let mut sorted = plan.clone();
        sorted.offers.sort_by(|a, b| {
            (&a.formation, a.seat, a.rank, &a.candidate).cmp(&(&b.formation, b.seat, b.rank, &b.candidate))
        });
        prop_assert!(encode(&sorted).len() <= encode(&plan).len());
    }

    /// Proves that no bytes make the reader panic, and that whatever it accepts is the one file of its plan.
    #[test]
    fn any_bytes_are_read_or_refused(tail in prop::collection::vec(any::<u8>(), 0..200), kept in 0..200_usize) {
        let mut bytes = encode(&small());
        bytes.truncate(kept);
        bytes.extend(tail);
        if let Ok(plan) = decode(&bytes) {
            prop_assert_eq!(encode(&plan), bytes);
        }
    }
}

/// Proves that a file that lost its end, at any byte, is refused, and told from one that is none.
#[test]
fn every_file_cut_off_is_refused() {
    let whole = encode(&small());
    for length in 0..whole.len() {
        let refused = decode(&whole[..length]).unwrap_err();
        let expected = match refused {
            PlanFileError::NotAPlan => length < 8,
            PlanFileError::CutOff { at, .. } => at == length,
            _ => false,
        };
        assert!(expected, "{length} bytes: {refused:?}");
    }
}

/// Proves that no changed bit passes: the file is refused, or it is another plan's, and then its digest is another.
#[test]
fn every_changed_bit_is_found() {
    let whole = encode(&small());
    let mut refused = 0;
    for (byte, bit) in (0..whole.len()).flat_map(|byte| (0..8).map(move |bit| (byte, bit))) {
        let mut changed = whole.clone();
        changed[byte] ^= 1 << bit;
        assert_ne!(digest::of(&changed), digest::of(&whole));
        match decode(&changed) {
            Ok(plan) => {
                assert_ne!(plan, small(), "bit {bit} of byte {byte}");
                assert_eq!(encode(&plan), changed, "bit {bit} of byte {byte}");
            }
            Err(_) => refused += 1,
        }
    }
    assert!(refused > whole.len(), "only {refused} changes are refused by the reader itself");
}

/// Proves that what is wrong with a file is said with its place and a remedy.
#[test]
fn what_is_wrong_is_said() {
    let whole = encode(&small());
    let with = |at: usize, byte: u8| {
        let mut changed = whole.clone();
        changed[at] = byte;
        decode(&changed).unwrap_err().to_string()
    };
    let mut longer = whole.clone();
    longer.push(0);
    let twice_zero = {
        // The rank of the first row in two bytes instead of one.
        let place = whole.windows(5).position(|part| part == b"alice").unwrap() - 2;
        let mut changed = whole.clone();
        changed.splice(place..=place, [2 | 0x80, 0]);
        decode(&changed).unwrap_err().to_string()
    };
    insta::assert_snapshot!(
        [
            decode(b"{\"format\":3}").unwrap_err().to_string(),
            with(8, 3),
            with(8, 5),
            with(10, b'x'),
            decode(&whole[..40]).unwrap_err().to_string(),
            decode(&longer).unwrap_err().to_string(),
            twice_zero,
        ]
        .join("\n")
    );
}

/// Proves that a count that the file cannot hold is refused before anything is reserved for it.
#[test]
fn hostile_counts_reserve_nothing() {
    let empty = encode(&Plan { rankings: Vec::new(), ..plan(Vec::new()) });
    // The last three bytes: no rankings, no offers, no losses.
    let head = &empty[..empty.len() - 3];
    let most = [0xff, 0xff, 0xff, 0xff, 0x0f];
    let no_rankings = [head, &[0]].concat();
    let group = [&no_rankings[..], &[1, 1, b'A', 0]].concat();
    let no_offers = [&no_rankings[..], &[0]].concat();
    for begins in [head, &no_rankings, &group, &no_offers] {
        let refused = decode(&[begins, &most].concat()).unwrap_err();
        assert!(matches!(refused, PlanFileError::CutOff { .. }), "{refused:?}");
    }
    // More than 32 bits are no number.
    let refused = decode(&[head, &[0xff, 0xff, 0xff, 0xff, 0x1f]].concat()).unwrap_err();
    assert!(matches!(refused, PlanFileError::Malformed { .. }), "{refused:?}");
}

/// Measures what a busy night takes, and proves that it is less than a quarter of the same plan in JSON.
#[test]
fn a_national_plan_is_small() {
    let row = |number: u32| {
        let formation = format!("1301{:04}M-{:03}", number % FORMATIONS, number % FORMATIONS % 7);
        offer(&formation, 1 + number / FORMATIONS * 3, &format!("c-{:07}", number * 7), Seat::Offer)
    };
    let mut plan = plan((0..OFFERS).map(row).collect());
    plan.offers.sort();
    let (file, json) = (encode(&plan), serde_json::to_vec(&plan).unwrap());
    println!("{OFFERS} offers of {FORMATIONS} formations: {} bytes, {} in JSON", file.len(), json.len());
    assert!(file.len() * 4 < json.len(), "{} bytes, {} in JSON", file.len(), json.len());
    assert_eq!(decode(&file).unwrap(), plan);
}
