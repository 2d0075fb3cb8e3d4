//! The verifier: each planted fault is found, and named; a right plan has none.

#[cfg(test)]
mod common;

use std::collections::HashMap;

use common::night::{Night, any_night, calling, cases, night, plan_of, plan_offers, planned};
use common::{applicant, at, at_formation, day, formation, preferred, rules, rules_with, who};
use jiff::ToSpan;
use procedure::calendar;
use procedure::night::RowState::{Definitive, Held, Offered, Waiting};
use procedure::night::{Row, Snapshot, SnapshotBuilder, verify};
use proptest::prelude::*;
use schemas::night::{PlannedOffer, Seat};
use schemas::{ApplicationState, NightMode, Plan, Track};

/// PSY has two free seats for four who wait, HIST one for two, ART is full; right: PSY 2 and 3, HIST 1.
#[cfg(test)]
fn asked() -> Night {
    let lines = [
        ("ana", "PSY", 1, Held),
        ("ben", "PSY", 2, Waiting),
        ("cleo", "PSY", 3, Waiting),
        ("dan", "PSY", 4, Waiting),
        ("eve", "PSY", 5, Waiting),
        ("cleo", "HIST", 1, Waiting),
        ("dan", "HIST", 2, Waiting),
        ("eve", "ART", 1, Offered),
        ("ben", "ART", 2, Waiting),
    ];
    night(&[("PSY", 3), ("HIST", 1), ("ART", 1)], &lines)
}

#[cfg(test)]
fn offer(formation: &str, rank: u32, candidate: &str) -> PlannedOffer {
    PlannedOffer { formation: at_formation(formation), rank, candidate: who(candidate), seat: Seat::Offer }
}

/// What the verifier says of a plan, in words.
#[cfg(test)]
fn breaches(snapshot: &Snapshot, plan: &Plan) -> Vec<String> {
    verify(snapshot, plan, &rules()).iter().map(ToString::to_string).collect()
}

/// Offers of a plan on the night above, in place of the right ones.
#[cfg(test)]
fn with(offers: Vec<PlannedOffer>) -> Vec<String> {
    breaches(&asked().plain(), &plan_of(offers, &rules()))
}

/// The right plan has no breach, and neither has the empty plan of a night on which nothing is free.
#[test]
fn a_right_plan_has_no_breach() {
    let right = vec![offer("HIST", 1, "cleo"), offer("PSY", 2, "ben"), offer("PSY", 3, "cleo")];
    assert_eq!(with(right.clone()), Vec::<String>::new());
    assert_eq!(planned(&asked().plain(), &rules()).offers, right);
    let full = night(&[("PSY", 1)], &[("ana", "PSY", 1, Held), ("ben", "PSY", 2, Waiting)]);
    assert_eq!(breaches(&full.plain(), &plan_of(vec![], &rules())), Vec::<String>::new());
    let over = night(&[("PSY", 0)], &[("ana", "PSY", 1, Held), ("ben", "PSY", 2, Waiting)]);
    assert_eq!(
        breaches(&over.plain(), &plan_of(vec![], &rules())),
        Vec::<String>::new(),
        "a lowered limit is legal"
    );
}

/// Faults in the offers: each is found, with its formation and the candidate concerned.
#[test]
fn faults_in_the_offers_are_named() {
    let (hist, psy) = (offer("HIST", 1, "cleo"), offer("PSY", 2, "ben"));
    for (fault, offers, expected) in [
        (
            "an offer to a worse rank",
            vec![hist.clone(), psy.clone(), offer("PSY", 4, "dan")],
            &["NoJump at PSY for cleo"][..],
        ),
        ("a missing due offer", vec![hist.clone(), psy.clone()], &["NotUnder at PSY for cleo"]),
        (
            "one too many",
            vec![hist.clone(), psy.clone(), offer("PSY", 3, "cleo"), offer("PSY", 4, "dan")],
            &["NotOver at PSY for dan", "SeatsAgree at PSY"],
        ),
        (
            "the same candidate twice",
            vec![hist.clone(), psy.clone(), psy.clone()],
            &[
                "Conservation at PSY for ben",
                "NotUnder at PSY for cleo",
                "Sorted at PSY for ben",
                "SeatsAgree at PSY",
            ],
        ),
        (
            "somebody who holds an offer already",
            vec![offer("ART", 1, "eve"), hist.clone(), psy.clone(), offer("PSY", 3, "cleo")],
            &["Conservation at ART for eve", "SeatsAgree at ART"],
        ),
        (
            "somebody who holds that very seat",
            vec![hist.clone(), offer("PSY", 1, "ana"), psy.clone(), offer("PSY", 3, "cleo")],
            &["Conservation at PSY for ana", "SeatsAgree at PSY"],
        ),
        (
            "somebody who did not apply there",
            vec![hist.clone(), offer("HIST", 3, "ana"), psy.clone(), offer("PSY", 3, "cleo")],
            &["Conservation at HIST for ana"],
        ),
        (
            "a wrong rank",
            vec![hist.clone(), psy.clone(), offer("PSY", 4, "cleo")],
            &["Conservation at PSY for cleo", "NotUnder at PSY for cleo"],
        ),
        (
            "an unknown candidate",
            vec![hist.clone(), psy.clone(), offer("PSY", 3, "nobody")],
            &["Conservation at PSY for nobody", "NotUnder at PSY for cleo"],
        ),
        (
            "an unknown formation",
            vec![hist.clone(), offer("NOWHERE", 1, "ana"), psy.clone(), offer("PSY", 3, "cleo")],
            &["Conservation at NOWHERE for ana"],
        ),
        ("unsorted", vec![psy.clone(), offer("PSY", 3, "cleo"), hist.clone()], &["Sorted at HIST for cleo"]),
    ] {
        assert_eq!(with(offers), expected, "{fault}");
    }
}

/// Fifty too many where a call limit is in effect: the fault that a verifier known from elsewhere missed.
#[test]
fn fifty_too_many_are_caught() {
    let names: Vec<String> = (1..=60).map(|rank| format!("c{rank:02}")).collect();
    let lines: Vec<_> =
        names.iter().zip(1..).map(|(name, rank)| (name.as_str(), "PSY", rank, Waiting)).collect();
    let snapshot = night(&[("PSY", 10)], &lines).plain();
    let offers = names.iter().zip(1..).map(|(name, rank)| offer("PSY", rank, name)).collect();
    let found = breaches(&snapshot, &plan_of(offers, &rules()));
    assert_eq!(found, ["NotOver at PSY for c60", "SeatsAgree at PSY"]);
}

/// R38, R56: a placement given back in the complementary phase is last in its candidate's order. While he holds what he
/// ordered higher nobody calls him there, the seat goes to the next, and the plan that says so is right.
#[test]
fn nobody_is_called_below_what_he_holds() {
    let rules = rules();
    let held = &[("ART", ApplicationState::AcceptedProvisionally), ("PSY", ApplicationState::Waitlisted)];
    let holder = preferred(applicant(held), &[("ART", 1), ("PSY", 2)]);
    let mut next = preferred(applicant(&[("PSY", ApplicationState::Waitlisted)]), &[("PSY", 1)]);
    next.id = who("bob");
    next.applications.get_mut(&at_formation("PSY")).unwrap().now.rank = Some(3);
    for (candidates, offers, why) in [
        (vec![&holder], vec![], "the seat is free for nobody"),
        (vec![&holder, &next], vec![offer("PSY", 3, "bob")], "nobody is passed over"),
    ] {
        let formations = ["ART", "PSY"].map(|id| (formation(id, Track::Student, 1), calling(true)));
        let mut builder = SnapshotBuilder::new(formations.to_vec());
        candidates.into_iter().for_each(|candidate| builder.add(candidate));
        let snapshot = builder.build(&HashMap::new()).0;
        assert_eq!(plan_offers(&snapshot, NightMode::Complementary), offers, "{why}");
        let date = day("2024-07-15");
        let deadline = calendar::offer_deadline(&rules, date);
        let plan = Plan { date, mode: NightMode::Complementary, deadline, ..plan_of(offers, &rules) };
        assert_eq!(breaches(&snapshot, &plan), Vec::<String>::new(), "{why}");
    }
}

/// A formation that does not call tonight calls nobody.
#[test]
fn a_stopped_formation_is_named() {
    let mut stopped = asked();
    stopped.formations[0].2 = false;
    let right = plan_of(vec![offer("HIST", 1, "cleo")], &rules());
    assert_eq!(breaches(&stopped.plain(), &right), Vec::<String>::new());
    let plan = plan_of(vec![offer("HIST", 1, "cleo"), offer("PSY", 2, "ben")], &rules());
    assert_eq!(breaches(&stopped.plain(), &plan), ["MayCall at PSY for ben"]);
}

/// R34: the deadline is the calendar's, to the instant.
#[test]
fn a_wrong_deadline_is_caught() {
    let snapshot = asked().plain();
    let right = planned(&snapshot, &rules());
    assert_eq!(right.deadline, at("2024-06-12T00:00"));
    for deadline in [
        right.deadline.checked_add(1.second()).unwrap(),
        right.deadline.checked_sub(1.second()).unwrap(),
        at("2024-06-08T00:00"),
    ] {
        assert_eq!(breaches(&snapshot, &Plan { deadline, ..right.clone() }), ["Deadline"]);
    }
}

/// What nobody may hold at once is found in the snapshot itself, whatever is planned, and named at each
/// formation where it is too much: there the night can be withheld, and then nothing is wrong with it.
#[test]
fn impossible_candidates_are_named() {
    let at_both = &["OneHeld at HIST for ana", "OneHeld at PSY for ana"][..];
    for (fault, states, expected) in [
        ("two held", [Held, Held], at_both),
        ("two definitive", [Definitive, Definitive], at_both),
        ("definitive and held", [Definitive, Held], &at_both[..1]),
        ("definitive and offered", [Definitive, Offered], &at_both[..1]),
        ("definitive and waiting", [Definitive, Waiting], &at_both[..1]),
    ] {
        let lines = [("ana", "PSY", 1, states[0]), ("ana", "HIST", 1, states[1]), ("ben", "PSY", 2, Held)];
        let mut impossible = night(&[("PSY", 2), ("HIST", 0)], &lines);
        let none = plan_of(vec![], &rules());
        assert_eq!(breaches(&impossible.plain(), &none), expected, "{fault}");
        impossible.formations.iter_mut().for_each(|(_, _, calls)| *calls = false);
        assert_eq!(breaches(&impossible.plain(), &none), Vec::<String>::new(), "{fault}, withheld");
    }
    for (state, other) in [(Held, Offered), (Held, Waiting), (Offered, Offered), (Offered, Waiting)] {
        let lines = [("ana", "PSY", 1, state), ("ana", "HIST", 1, other)];
        let snapshot = night(&[("PSY", 1), ("HIST", 0)], &lines).plain();
        assert_eq!(
            breaches(&snapshot, &plan_of(vec![], &rules())),
            Vec::<String>::new(),
            "{state:?} and {other:?}"
        );
    }
}

/// R45: in 2023 a definitive acceptance leaves the other track open; beside it in its own track, and since 2024
/// in both, nothing may live.
#[test]
fn a_definitive_acceptance_closes_the_tracks_of_its_year() {
    let separate = rules_with("definitive_closes_other_track = false");
    for (live, tracks, of_2023, of_2024) in [
        (Waiting, [Track::Student, Track::Alternance], 0, 1),
        (Offered, [Track::Student, Track::Alternance], 0, 1),
        (Held, [Track::Alternance, Track::Student], 0, 1),
        (Definitive, [Track::Student, Track::Alternance], 0, 2),
        (Waiting, [Track::Student, Track::Student], 1, 1),
        (Held, [Track::Alternance, Track::Alternance], 1, 1),
    ] {
        let lines = [("ana", "PSY", 1, Definitive), ("ana", "HIST", 1, live)];
        let mut snapshot = night(&[("PSY", 1), ("HIST", 0)], &lines).plain();
        for formation in &mut snapshot.formations {
            formation.track = if formation.id == at_formation("PSY") { tracks[0] } else { tracks[1] };
        }
        for (rules, expected) in [(&separate, of_2023), (&rules(), of_2024)] {
            let found = verify(&snapshot, &plan_of(vec![], rules), rules);
            assert_eq!(found.len(), expected, "{live:?} in {tracks:?}: {found:?}");
        }
    }
}

/// Two candidates with one rank: whichever is called, the other one was not worse; a candidate who was
/// read twice has two rows, and so has one who is ranked twice.
#[test]
fn impossible_rankings_are_named() {
    let lines = [("ana", "PSY", 1, Waiting), ("ben", "PSY", 1, Waiting)];
    let snapshot = night(&[("PSY", 1)], &lines).plain();
    assert_eq!(breaches(&snapshot, &planned(&snapshot, &rules())), ["NoJump at PSY for ben"]);
    let mut twice = night(&[("PSY", 2)], &[("ana", "PSY", 1, Waiting)]).plain();
    twice.candidates.push(who("ana"));
    let mut row = twice.rows[0];
    row.candidate = 1;
    twice.rows.push(row);
    let found = breaches(&twice, &planned(&twice, &rules()));
    assert!(found.contains(&"Conservation at PSY for ana".to_owned()), "{found:?}");
    let mut again = night(&[("PSY", 2)], &[("ana", "PSY", 1, Waiting)]).plain();
    again.rows.push(Row { rank: 2, ..again.rows[0] });
    let found = breaches(&again, &planned(&again, &rules()));
    assert_eq!(found, ["Conservation at PSY for ana"], "ranked twice");
}

proptest! {
    #![proptest_config(cases(300))]

    /// Any single change of a right plan is a breach: an offer left out, given twice, or given to the next.
    #[test]
    fn no_single_change_passes(night in any_night(), pick in any::<prop::sample::Index>()) {
        let rules = rules();
        let snapshot = night.plain();
        let right = planned(&snapshot, &rules);
        prop_assume!(!right.offers.is_empty());
        let at = pick.index(right.offers.len());

        let mut missing = right.clone();
        missing.offers.remove(at);
        prop_assert!(!verify(&snapshot, &missing, &rules).is_empty(), "an offer left out");

        let mut doubled = right.clone();
        doubled.offers.insert(at, right.offers[at].clone());
        prop_assert!(!verify(&snapshot, &doubled, &rules).is_empty(), "an offer made twice");

        for line in &night.lines {
            let mut moved = right.clone();
            moved.offers[at] = offer(&line.1, line.2, &line.0);
            moved.offers.sort();
            prop_assert!(moved == right || !verify(&snapshot, &moved, &rules).is_empty(), "to {line:?}");
            let mut more = right.clone();
            more.offers.push(offer(&line.1, line.2, &line.0));
            more.offers.sort();
            prop_assert!(!verify(&snapshot, &more, &rules).is_empty(), "and to {line:?}");
        }
    }
}
