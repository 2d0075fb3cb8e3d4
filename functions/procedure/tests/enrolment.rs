//! What an establishment does about those it admitted: enrolment and vacant seats (R65–R68).

#[cfg(test)]
mod common;

use common::{LYON, applicant, at, at_formation, command, day, formation, rules, said, who};
use procedure::{Decision, Facts, Subject, decide, fold};
use schemas::ApplicationState::{
    AcceptedDefinitively, AcceptedProvisionally, Enrolled, Lost, Offered, Submitted,
};
use schemas::campaign::Days;
use schemas::candidate::{LostCause, VacancyReason};
use schemas::{Action, Actor, Campaign, Candidate, Cause, EstablishmentId, Refusal, Round, Standing, Track};

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

#[cfg(test)]
fn signal(reason: VacancyReason) -> Action {
    Action::SignalVacancy { candidate: who("alice"), formation: at_formation("PSY"), reason }
}

#[cfg(test)]
fn cancel() -> Action {
    Action::CancelVacancy { candidate: who("alice"), formation: at_formation("PSY") }
}

/// Alice after a command of her establishment.
#[cfg(test)]
fn after(alice: &Candidate, action: Action, time: &str) -> Candidate {
    let decision = about(alice, establishment(LYON), action, time).unwrap();
    fold::candidate(Some(alice), &alice.id, &Cause::Time, &decision.events, &rules()).unwrap()
}

#[cfg(test)]
fn at_psy(candidate: &Candidate) -> &Standing {
    &candidate.applications.get(&at_formation("PSY")).unwrap().now
}

/// R67, R68: a seat accepted for good is signalled as vacant within the days of the calendar, for a reason that can be
/// true of it.
#[test]
fn a_vacant_seat_is_signalled_within_its_window() {
    use VacancyReason::{AbsentFirstDay, ConditionsNotMet, EnrolmentDeadlineMissed, Withdrew};
    let all = [EnrolmentDeadlineMissed, ConditionsNotMet, AbsentFirstDay, Withdrew];
    for (state, time, expected) in [
        (AcceptedDefinitively, "2024-07-19T23:59:59", ["outside_window"; 4]),
        (AcceptedDefinitively, "2024-07-20T00:00", ["vacant"; 4]),
        (AcceptedDefinitively, "2024-09-15T23:59:59", ["vacant"; 4]),
        (AcceptedDefinitively, "2024-09-16T00:00", ["outside_window"; 4]),
        (Enrolled, "2024-07-20T00:00", ["already_enrolled", "already_enrolled", "vacant", "vacant"]),
        (AcceptedProvisionally, "2024-07-20T00:00", ["not_accepted"; 4]),
        (Lost, "2024-07-20T00:00", ["not_accepted"; 4]),
    ] {
        let mut alice = applicant(&[("PSY", state)]);
        if state == AcceptedProvisionally {
            // Ordered, so that it is still held in the complementary phase.
            alice = common::preferred(alice, &[("PSY", 1)]);
        }
        for (reason, expected) in all.into_iter().zip(expected) {
            let outcome = about(&alice, establishment(LYON), signal(reason), time);
            let expected = if expected == "vacant" {
                "PSY: vacancy_signalled".into()
            } else {
                format!("refused: {expected}")
            };
            assert_eq!(said(&outcome), expected, "{state:?}, {reason:?}, {time}");
        }
        let outcome = about(&alice, establishment("0751717J"), signal(Withdrew), time);
        assert_eq!(outcome, Err(Refusal::NotTheOwner {}));
    }
}

/// R66, R67: nobody missed a deadline that is not over. Where the calendar leaves it to the establishment, that is the
/// last of the days it said, or what it knows itself.
#[test]
fn a_deadline_is_missed_only_once_it_is_over() {
    let missed = |rules: &Campaign, own: Option<Days>, time: &str| {
        let alice = applicant(&[("PSY", AcceptedDefinitively)]);
        let psy = schemas::Formation { enrolment: own, ..formation("PSY", Track::Student, 10) };
        let subject = Subject::Candidate { id: &alice.id, state: Some(&alice) };
        let facts = Facts { formation: Some(&psy), ..Facts::default() };
        let asked = command(establishment(LYON), signal(VacancyReason::EnrolmentDeadlineMissed));
        decide(subject, &asked, &facts, at(time), rules)
    };
    let early = common::rules_with("vacancy_signals = [[\"2024-07-01\", \"2024-09-15\"]]");
    let refused = Err(Refusal::OutsideWindow {
        opens: Some(at("2024-07-20T00:00")),
        closes: Some(at("2024-09-16T00:00")),
    });
    assert_eq!(missed(&early, None, "2024-07-19T23:59:59"), refused);
    assert_eq!(said(&missed(&early, None, "2024-07-20T00:00")), "PSY: vacancy_signalled");
    let silent = Campaign { enrolment: Vec::new(), ..early };
    let own = Some(Days { first: day("2024-07-01"), last: day("2024-07-10") });
    assert_eq!(said(&missed(&silent, own, "2024-07-10T23:59:59")), "refused: outside_window");
    assert_eq!(said(&missed(&silent, own, "2024-07-11T00:00")), "PSY: vacancy_signalled");
    assert_eq!(said(&missed(&silent, None, "2024-07-01T00:00")), "PSY: vacancy_signalled");
}

/// R67, R68: the seat is lost as given up, and taken back as it was, until a night may have given it.
#[test]
fn a_signal_is_taken_back_until_the_next_gate() {
    for state in [AcceptedDefinitively, Enrolled] {
        let alice = applicant(&[("PSY", state)]);
        let vacant = after(&alice, signal(VacancyReason::AbsentFirstDay), "2024-07-22T10:00");
        assert_eq!((at_psy(&vacant).state, at_psy(&vacant).cause), (Lost, Some(LostCause::Renounced)));
        let again = about(&vacant, establishment(LYON), signal(VacancyReason::Withdrew), "2024-07-22T10:01");
        assert_eq!(again, Err(Refusal::AlreadySignalled {}));
        let back = after(&vacant, cancel(), "2024-07-23T03:59:59");
        assert_eq!(at_psy(&back), at_psy(&alice), "{state:?}");
        let twice = about(&back, establishment(LYON), cancel(), "2024-07-22T11:00");
        assert_eq!(twice, Err(Refusal::NoSuchSignal {}));
        let late = about(&vacant, establishment(LYON), cancel(), "2024-07-23T04:00");
        assert_eq!(
            late,
            Err(Refusal::OutsideWindow {
                opens: Some(at("2024-07-22T10:00")),
                closes: Some(at("2024-07-23T04:00"))
            })
        );
    }
}

/// R28, R68: an acceptance that stands again ends what the candidate began meanwhile; who left the platform does not
/// come back.
#[test]
fn a_signal_taken_back_closes_what_began_meanwhile() {
    let others = [("HIST", Submitted), ("BIO", Lost)];
    let signalled = after(
        &applicant(&[("PSY", AcceptedDefinitively)]),
        signal(VacancyReason::Withdrew),
        "2024-07-22T10:00",
    );
    let mut alice = signalled.clone();
    alice.applications.extend(applicant(&others).applications);
    alice.applications.get_mut(&at_formation("HIST")).unwrap().round = Round::Complementary;
    let alice = common::preferred(alice, &[("HIST", 1)]);
    let outcome = about(&alice, establishment(LYON), cancel(), "2024-07-22T11:00");
    let expected = "PSY: vacancy_cancelled; HIST: lost/other_accepted";
    assert_eq!(said(&outcome), expected);
    let left = Candidate { account: schemas::AccountState::Resigned, ..signalled };
    let outcome = about(&left, establishment(LYON), cancel(), "2024-07-22T11:00");
    assert_eq!(said(&outcome), "refused: account_not_active");
}
