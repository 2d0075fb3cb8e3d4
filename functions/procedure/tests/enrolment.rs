//! What an establishment does about those it admitted: enrolment (R65).

#[cfg(test)]
mod common;

use common::{LYON, applicant, at, at_formation, command, day, formation, rules, said, who};
use procedure::{Decision, Facts, Subject, decide, fold};
use schemas::ApplicationState::{AcceptedDefinitively, AcceptedProvisionally, Enrolled, Lost, Offered};
use schemas::campaign::Days;
use schemas::{Action, Actor, Candidate, EstablishmentId, Refusal, Track};

/// A day on which offers of these tests are pending.
#[cfg(test)]
const JUNE: &str = "2024-06-06T12:00";

#[cfg(test)]
fn establishment(code: &str) -> Actor {
    Actor::Establishment(EstablishmentId::new(code).unwrap())
}

#[cfg(test)]
fn confirm(id: &str) -> Action {
    Action::ConfirmEnrolment { candidate: who("alice"), formation: at_formation(id) }
}

/// A command about Alice at an instant of Paris.
#[cfg(test)]
fn about(alice: &Candidate, actor: Actor, action: Action, time: &str) -> Result<Decision, Refusal> {
    let subject = Subject::Candidate { id: &alice.id, state: Some(alice) };
    decide(subject, &command(actor, action), &Facts::default(), at(time), &rules())
}

/// R65: only who accepted for good is enrolled, and once.
#[test]
fn who_accepted_for_good_is_enrolled() {
    for (state, expected) in [
        (AcceptedDefinitively, "PSY: enrolled"),
        (Enrolled, "refused: already_enrolled"),
        (AcceptedProvisionally, "refused: not_accepted"),
        (Offered, "refused: not_accepted"),
        (Lost, "refused: not_accepted"),
    ] {
        let alice = applicant(&[("PSY", state)]);
        let outcome = about(&alice, establishment(LYON), confirm("PSY"), JUNE);
        assert_eq!(said(&outcome), expected, "{state:?}");
    }
}

/// Only the establishment of the formation acts for its candidates; of others' it learns nothing, not even whether
/// they applied.
#[test]
fn only_the_own_establishment_acts() {
    let alice = applicant(&[("PSY", AcceptedDefinitively)]);
    for (actor, formation) in [
        (establishment("0751717J"), "PSY"),
        (establishment("0751717J"), "HIST"),
        (establishment(LYON), "HIST"),
        (Actor::Candidate(who("alice")), "PSY"),
        (Actor::Candidate(who("bob")), "PSY"),
        (Actor::Rector, "PSY"),
        (Actor::Operator, "PSY"),
    ] {
        let outcome = about(&alice, actor.clone(), confirm(formation), JUNE);
        assert_eq!(outcome, Err(Refusal::NotTheOwner {}), "{actor:?} at {formation}");
    }
    let unknown = Subject::Candidate { id: &who("nobody"), state: None };
    let outcome =
        decide(unknown, &command(establishment(LYON), confirm("PSY")), &Facts::default(), at(JUNE), &rules());
    assert_eq!(outcome, Err(Refusal::NotTheOwner {}));
}

/// R65: an establishment says when its formation enrols, within the bounds of the calendar; the last days said count.
#[test]
fn the_days_of_enrolment_lie_within_the_calendar() {
    let open = formation("PSY", Track::Student, 10);
    let set = |from: &str, to: &str, actor: Actor| {
        let subject = Subject::Formation { id: &open.id, state: Some(&open), ranking: None };
        let action = Action::SetEnrolment { formation: open.id.clone(), from: day(from), to: day(to) };
        decide(subject, &command(actor, action), &Facts::default(), at(JUNE), &rules())
    };
    for (from, to, establishment_code, expected) in [
        ("2024-07-01", "2024-09-06", LYON, "PSY: enrolment_set"),
        ("2024-06-04", "2024-09-15", LYON, "PSY: enrolment_set"),
        ("2024-06-03", "2024-09-06", LYON, "refused: invalid_value"),
        ("2024-07-01", "2024-09-16", LYON, "refused: invalid_value"),
        ("2024-07-02", "2024-07-01", LYON, "refused: invalid_value"),
        ("2024-07-01", "2024-09-06", "0751717J", "refused: not_the_owner"),
    ] {
        assert_eq!(said(&set(from, to, establishment(establishment_code))), expected, "{from} to {to}");
    }
    let decision = set("2024-07-01", "2024-09-06", establishment(LYON)).unwrap();
    let after = fold::formation(Some(&open), &decision.events).unwrap();
    assert_eq!(after.enrolment, Some(Days { first: day("2024-07-01"), last: day("2024-09-06") }));
    assert_eq!(after.version, open.version + 1);
}
