//! Fraud and exceptional circumstances: what a decision changes and whom it names (R38, R71–R74).

#[cfg(test)]
mod common;

use common::{LYON, applicant, at, command, ids, rules, who};
use procedure::{Decision, Facts, Subject, decide};
use schemas::candidate::FraudCase;
use schemas::{Action, Actor, ApplicationState, Candidate, Change, EstablishmentId, Refusal};

/// The first instant after the candidate's time for his observations.
#[cfg(test)]
const UNTIL: &str = "2024-06-12T00:00";

/// What somebody decides about Alice, the night being over.
#[cfg(test)]
fn decided(alice: &Candidate, by: Actor, action: Action, now: &str) -> Result<Decision, Refusal> {
    let subject = Subject::Candidate { id: &alice.id, state: Some(alice) };
    decide(subject, &command(by, action), &Facts::default(), at(now), &rules())
}

/// Alice, who holds a seat, waits for another and was refused by a third, under a case reported by Paris.
#[cfg(test)]
fn suspected(until: Option<&str>) -> Candidate {
    let mut alice = applicant(&[
        ("ART", ApplicationState::AcceptedProvisionally),
        ("BIO", ApplicationState::Waitlisted),
        ("PSY", ApplicationState::Refused),
    ]);
    alice.fraud = Some(FraudCase {
        reported_on: common::day("2024-06-04"),
        establishment: EstablishmentId::new("0751717J").unwrap(),
        until: until.map(at),
    });
    alice
}

/// R71, R74: a sanction annuls what is live and nothing else, and names for a copy those applied to and the one that
/// reported; a dropped case changes nothing and is told to no establishment, also before the candidate's time is over.
#[test]
fn a_sanction_names_the_establishments_and_a_dropped_case_none() {
    let decide = |alice: &Candidate, sanction, now| {
        decided(alice, Actor::Rector, Action::DecideFraud { candidate: who("alice"), sanction }, now)
    };
    let alice = suspected(Some(UNTIL));
    let events = decide(&alice, true, UNTIL).unwrap().events;
    let copies = [LYON, "0751717J"].map(|id| EstablishmentId::new(id).unwrap()).to_vec();
    assert_eq!(events[0].change, Change::FraudDecided { sanctioned: true, concerned: copies });
    let annulled: Vec<_> = events[1..].iter().filter_map(|event| event.change.formation().cloned()).collect();
    assert_eq!(annulled, ids(&["ART", "BIO"]));

    for told in [None, Some(UNTIL)] {
        let events = decide(&suspected(told), false, "2024-06-05T10:00").unwrap().events;
        let nobody = Change::FraudDecided { sanctioned: false, concerned: Vec::new() };
        assert_eq!(events.into_iter().map(|event| event.change).collect::<Vec<_>>(), [nobody]);
        assert_eq!(
            decide(&suspected(told), true, "2024-06-05T10:00").unwrap_err(),
            Refusal::TooEarly { until: told.map(at) }
        );
    }
}
