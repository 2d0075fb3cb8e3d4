//! What a stored plan means for one candidate: results, offers, notices, and what stops the night.

#[cfg(test)]
mod common;

use std::collections::HashMap;

use common::night::{calling, offers_said, plan_offers};
use common::{applicant, at, at_formation, candidate, day, formation, who};
use procedure::night::{FormationNight, RankingIndex, SnapshotBuilder, Tonight, events_for};
use schemas::ApplicationState::{self, AcceptedProvisionally, Offered, Submitted, Waitlisted};
use schemas::formation::RankingRefusal;
use schemas::night::{PLAN_FORMAT, PlannedOffer, Seat};
use schemas::{Candidate, Change, NightMode, NoticeKind, Plan, RankingContent, RefusalReason, Track};

/// A night of 10 June that offers this to alice, with a ranking of PSY (bob, alice) and one of ART, which
/// refuses her.
#[cfg(test)]
fn tonight(offers: &[(&str, u32)]) -> Tonight {
    let plan = Plan {
        format: PLAN_FORMAT,
        date: day("2024-06-10"),
        mode: NightMode::Main,
        rules: String::new(),
        deadline: at("2024-06-12T00:00"),
        search_deadline: None,
        alternance_rule: schemas::Rule(47),
        rankings: Vec::new(),
        offers: offers
            .iter()
            .map(|(id, rank)| PlannedOffer {
                formation: at_formation(id),
                rank: *rank,
                candidate: who("alice"),
                seat: Seat::Offer,
            })
            .collect(),
        lost: Vec::new(),
    };
    Tonight::new(plan, rankings())
}

#[cfg(test)]
fn rankings() -> HashMap<schemas::FormationId, RankingIndex> {
    let refusal = RankingRefusal {
        candidate: who("alice"),
        reason: RefusalReason::AdminIncomplete,
        text: "dossier incomplet".into(),
    };
    let psy = RankingContent { ranked: vec![who("bob"), who("alice")], refused: vec![] };
    let art = RankingContent { ranked: vec![], refused: vec![refusal] };
    HashMap::from([
        (at_formation("PSY"), RankingIndex::of(psy)),
        (at_formation("ART"), RankingIndex::of(art)),
    ])
}

#[cfg(test)]
fn said(candidate: &Candidate, offers: &[(&str, u32)]) -> (String, NoticeKind) {
    let (events, notice) = events_for(&tonight(offers), candidate).unwrap();
    assert!(events.iter().all(|event| event.night == Some(day("2024-06-10"))), "all of it is the night's");
    let said: Vec<String> =
        events.iter().map(|event| format!("{} {}", event.rule, common::change_said(event))).collect();
    (said.join("; "), notice)
}

/// R20, R23, R24: results that are published for the first time come with their offer under R23, an offer to
/// whoever waited under R24; the first is the mail of results, the second that of new offers; whom the night
/// does not concern gets nothing.
#[test]
fn a_night_brings_results_and_offers() {
    let first =
        applicant(&[("ART", Submitted), ("BIO", Submitted), ("HIST", Waitlisted), ("PSY", Submitted)]);
    let results = "R20 ART: refused; R23 PSY: waitlisted";
    assert_eq!(said(&first, &[]), (results.into(), NoticeKind::ResultsAvailable));
    assert_eq!(
        said(&first, &[("HIST", 2), ("PSY", 2)]),
        (format!("{results}; R24 HIST: offered; R23 PSY: offered"), NoticeKind::ResultsAvailable)
    );
    let waiting = applicant(&[("HIST", Waitlisted), ("PSY", Waitlisted)]);
    assert_eq!(said(&waiting, &[("HIST", 2)]), ("R24 HIST: offered".into(), NoticeKind::NewOffers));
    assert_eq!(said(&waiting, &[]).0, "", "nothing new");
    assert_eq!(said(&candidate("carol"), &[("HIST", 2)]).0, "", "not her night");
}

/// R20, R34: a refusal carries its reason and the day of the night; an offer its day and its deadline.
#[test]
fn events_carry_their_dates() {
    let alice = applicant(&[("ART", Submitted), ("HIST", Waitlisted)]);
    let (events, _) = events_for(&tonight(&[("HIST", 2)]), &alice).unwrap();
    let refused = Change::Refused {
        formation: at_formation("ART"),
        reason: RefusalReason::AdminIncomplete,
        notified_on: day("2024-06-10"),
    };
    let offered = Change::Offered {
        formation: at_formation("HIST"),
        received_on: day("2024-06-10"),
        deadline: at("2024-06-12T00:00"),
    };
    assert_eq!(events.into_iter().map(|event| event.change).collect::<Vec<_>>(), [refused, offered]);
}

/// A candidate who is no longer as the plan found him stops the night, with what was expected and found.
#[test]
fn a_real_difference_is_drift() {
    for (name, applications, offer, found) in [
        ("withdrawn", &[("HIST", ApplicationState::Lost)][..], ("HIST", 2), "Lost at rank Some(2)"),
        ("offered already", &[("HIST", Offered)], ("HIST", 2), "Offered at rank Some(2)"),
        (
            "accepted",
            &[("HIST", AcceptedProvisionally)],
            ("HIST", 2),
            "AcceptedProvisionally at rank Some(2)",
        ),
        ("another rank", &[("HIST", Waitlisted)], ("HIST", 3), "Waitlisted at rank Some(2)"),
        ("another rank in the ranking", &[("PSY", Submitted)], ("PSY", 1), "Submitted at rank None"),
        ("refused tonight", &[("ART", Submitted)], ("ART", 1), "Submitted at rank None"),
        ("no application", &[], ("HIST", 2), "no application"),
    ] {
        let drift = events_for(&tonight(&[offer]), &applicant(applications)).unwrap_err();
        assert_eq!(drift.found, found, "{name}");
        assert_eq!(
            (drift.formation, drift.rank, drift.candidate),
            (at_formation(offer.0), offer.1, who("alice"))
        );
    }
}

/// The snapshot asks for the rankings it needs, takes the ranks they publish, and names only the rankings of
/// which something appears; what waits for no result, or is over, is no row.
#[test]
fn the_snapshot_publishes_results() {
    let formations =
        ["ART", "BIO", "HIST", "PSY"].map(|id| (formation(id, Track::Student, 1), calling(true)));
    let mut builder = SnapshotBuilder::new(formations.to_vec());
    builder.add(&candidate("nobody"));
    builder.add(&applicant(&[
        ("ART", Submitted),
        ("BIO", Submitted),
        ("ELSEWHERE", Waitlisted),
        ("HIST", ApplicationState::Lost),
        ("PSY", Submitted),
    ]));
    assert_eq!(builder.unpublished(), common::ids(&["ART", "BIO", "PSY"]));
    let (snapshot, appearing) = builder.build(&rankings());
    assert_eq!(appearing, common::ids(&["ART", "PSY"]));
    assert_eq!(snapshot.candidates, [who("alice")]);
    let rows: Vec<_> = snapshot
        .rows
        .iter()
        .map(|row| (snapshot.formations[row.formation as usize].id.as_str(), row.rank))
        .collect();
    assert_eq!(rows, [("PSY", 2)]);
}

/// R23: no result appears before the first day of its track's results: neither is its ranking asked for, nor
/// does one that is given all the same place or refuse anybody. Who was placed earlier stays.
#[test]
fn a_formation_that_may_not_publish_shows_nothing() {
    let mut builder = SnapshotBuilder::default();
    let silent = FormationNight { calls: true, ..FormationNight::default() };
    for (id, track, night) in [
        ("ART", Track::Alternance, silent),
        ("HIST", Track::Alternance, silent),
        ("PSY", Track::Alternance, silent),
        ("BIO", Track::Student, calling(true)),
    ] {
        builder.add_formation(&formation(id, track, 1), night);
    }
    builder.add(&applicant(&[
        ("ART", Submitted),
        ("BIO", Submitted),
        ("HIST", Waitlisted),
        ("PSY", Submitted),
    ]));
    assert_eq!(builder.unpublished(), common::ids(&["BIO"]));
    let (snapshot, appearing) = builder.build(&rankings());
    assert_eq!(appearing, []);
    assert_eq!(offers_said(&plan_offers(&snapshot, NightMode::Main)), ["HIST 2 alice"]);
}
