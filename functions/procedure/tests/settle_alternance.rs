//! What time alone does in alternance, and between the tracks (R42–R45, R58, R59, R64).

#[cfg(test)]
mod common;

use common::{applicant, at, at_formation, due, in_alternance, rules, settlements_said};
use jiff::{SignedDuration, Timestamp};
use procedure::settle::{next_due, settle};
use procedure::{calendar, campaign_file};
use schemas::ApplicationState::{
    AcceptedDefinitively, Archived, ContractSearch, ContractSubmitted, ContractValidated, Offered, Waitlisted,
};
use schemas::{Campaign, Candidate, Track};

/// The year in which each track has a procedure of its own, and waitlists of alternance go on to its end.
#[cfg(test)]
fn of_2023() -> Campaign {
    campaign_file::shipped("2023").unwrap()
}

/// What was done by an instant, without the dates.
#[cfg(test)]
fn done(candidate: &Candidate, now: Timestamp, rules: &Campaign) -> Vec<String> {
    let said = settlements_said(&settle(candidate, now, rules));
    said.iter().map(|said| said.chars().skip("06-08 00:00 ".len()).collect()).collect()
}

/// Says yes to a contract search (R41).
#[cfg(test)]
fn accepted(mut candidate: Candidate, id: &str) -> Candidate {
    candidate.applications.get_mut(&at_formation(id)).unwrap().now.accepted = true;
    candidate
}

/// R42, R43, R44: a search that nobody answers is lost at its own deadline and not before; one accepted stays; one of which
/// nothing was said when a later one was accepted is lost as not kept.
#[test]
fn silence_on_searches() {
    let two = applicant(&[("ART", ContractSearch), ("BIO", ContractSearch)]);
    let two = due(due(two, "ART", "2024-06-08T00:00"), "BIO", "2024-06-10T00:00");
    assert_eq!(done(&two, at("2024-06-07T23:59:59.999"), &rules()), Vec::<String>::new());
    let first = "R42 ART: lost/expired [offers_expired]";
    assert_eq!(done(&two, at("2024-06-09T12:00"), &rules()), [first]);
    assert_eq!(
        done(&two, at("2024-06-10T00:00"), &rules()),
        [first, "R42 BIO: lost/expired [offers_expired]"]
    );
    let mut kept = accepted(two.clone(), "ART");
    kept.applications.get_mut(&at_formation("ART")).unwrap().now.deadline = None;
    assert_eq!(
        done(&kept, at("2024-06-12T00:00"), &rules()),
        ["R43 BIO: lost/expired [offers_expired]"],
        "the one accepted stays"
    );
    let doubted = accepted(accepted(two, "ART"), "BIO");
    assert_eq!(done(&doubted, at("2024-06-08T00:00"), &rules()), ["R44 ART: lost/not_kept [offers_expired]"]);
}

/// R58, R64: what still waits on the last day of its own track had no favourable answer, each track at its own end, whatever
/// the campaign's.
#[test]
fn each_track_ends_on_its_own_day() {
    let rules = of_2023();
    let [student, alternance] = [Track::Student, Track::Alternance].map(|of| calendar::track_end(&rules, of));
    assert!(student < alternance, "2023");
    let instant_before = |end: Timestamp| end.checked_sub(SignedDuration::from_millis(1)).unwrap();
    let archived = applicant(&[("ART", Archived)]);
    assert_eq!(next_due(&archived, &rules), Some(student));
    assert_eq!(done(&archived, student, &rules), ["R64 ART: not_admitted [not_admitted]"]);
    for (state, rule) in
        [(ContractSearch, "R64"), (ContractSubmitted, "R64"), (ContractValidated, "R64"), (Waitlisted, "R58")]
    {
        let mut alice = in_alternance(applicant(&[("ART", state)]), "ART");
        alice.applications.get_mut(&at_formation("ART")).unwrap().now.deadline = None;
        assert_eq!(next_due(&alice, &rules), Some(alternance), "{state:?}");
        assert_eq!(done(&alice, instant_before(alternance), &rules), Vec::<String>::new(), "{state:?}");
        let said = done(&alice, alternance, &rules);
        assert_eq!(said.first(), Some(&format!("{rule} ART: not_admitted [not_admitted]")), "{state:?}");
    }
}

/// R58, R59: whether a seat ends what waits is asked of the track where each has its own procedure, and of both where a
/// definitive acceptance closes both.
#[test]
fn a_seat_of_the_other_track_counts_where_it_closes_it() {
    let waits = "R59 ART: archived [waitlist_archived]";
    let ends = "R58 ART: not_admitted [not_admitted]";
    let separate = of_2023();
    for (rules, seat, track, expected) in [
        (&separate, AcceptedDefinitively, Track::Student, ends),
        (&separate, AcceptedDefinitively, Track::Alternance, waits),
        (&rules(), Offered, Track::Alternance, ends),
        (&rules(), Offered, Track::Student, ends),
    ] {
        let end = calendar::last_admission_end(rules);
        let mut alice = applicant(&[("ART", Waitlisted), ("BIO", seat)]);
        if track == Track::Alternance {
            alice = in_alternance(alice, "BIO");
        }
        // Not answered yet: its deadline is after the end.
        alice.applications.get_mut(&at_formation("BIO")).unwrap().now.deadline =
            Some(end.checked_add(SignedDuration::from_hours(24)).unwrap());
        alice = common::preferred(alice, &[("ART", 1), ("BIO", 2)]);
        assert_eq!(done(&alice, end, rules), [expected], "{seat:?} in {track:?}");
    }
    // What waits in alternance waits on, beside a seat as a student.
    let both = applicant(&[("ART", Waitlisted), ("BIO", AcceptedDefinitively)]);
    let both = in_alternance(both, "ART");
    assert_eq!(done(&both, calendar::last_admission_end(&separate), &separate), Vec::<String>::new());
}
