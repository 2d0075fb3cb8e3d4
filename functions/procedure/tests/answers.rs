//! Answers to offers (R25–R31, R36), and what the gate does to them.

#[cfg(test)]
mod common;

use common::{
    accept_definitively, accept_provisionally, applicant, ask, ask_reason, ask_with, at, at_formation, day,
    due, gate_closed, in_alternance, preferred, refuse_offer, rules, rules_with, said, withdraw,
};
use procedure::{Facts, fold};
use schemas::ApplicationState::{
    AcceptedDefinitively, AcceptedProvisionally, Archived, ContractSearch, Offered, Refused, Submitted,
    Waitlisted,
};
use schemas::{Candidate, Cause, Change, Event, Gate, NoticeKind, Refusal, Rule};

/// While the offers of these tests are pending.
#[cfg(test)]
const PENDING: &str = "2024-06-06T12:00";

/// R27: keep and drop are disjoint and together exactly the placements; `keep` alone drops the others;
/// neither, while there are placements, decides nothing.
#[test]
fn every_placement_is_decided() {
    let alice =
        applicant(&[("ART", Waitlisted), ("BIO", Waitlisted), ("PSY", Offered), ("DROIT", Submitted)]);
    let undecided = "refused: placement_undecided";
    let both_lost = "PSY: accepted_provisionally; ART: lost/not_kept; BIO: lost/not_kept";
    let one_kept = "PSY: accepted_provisionally; BIO: lost/not_kept";
    let all_kept = "PSY: accepted_provisionally";
    for (keep, drop, expected) in [
        (Some(&["ART"][..]), Some(&["BIO"][..]), one_kept),
        (Some(&["ART"]), None, one_kept),
        (Some(&["BIO", "ART"]), None, all_kept),
        (Some(&["BIO", "ART"]), Some(&[]), all_kept),
        (Some(&[]), None, both_lost),
        (None, Some(&["BIO", "ART"]), both_lost),
        (Some(&[]), Some(&["BIO", "ART"]), both_lost),
        (None, None, undecided),
        (None, Some(&[]), undecided),
        (None, Some(&["BIO"]), undecided),
        (Some(&[]), Some(&["BIO"]), undecided),
        (Some(&["ART"]), Some(&[]), undecided),
        (Some(&["ART", "BIO"]), Some(&["BIO"]), undecided),
        (Some(&["ART", "ART"]), None, undecided),
        (Some(&["ART", "CHIMIE"]), None, undecided),
        (Some(&["ART", "BIO", "PSY"]), None, undecided),
        (Some(&["ART", "BIO", "DROIT"]), None, undecided),
    ] {
        let outcome = ask(&alice, accept_provisionally("PSY", keep, drop), PENDING, &rules());
        assert_eq!(said(&outcome), expected, "keep {keep:?}, drop {drop:?}");
    }
    let nothing_waits = applicant(&[("PSY", Offered)]);
    let outcome = ask(&nothing_waits, accept_provisionally("PSY", None, None), PENDING, &rules());
    assert_eq!(said(&outcome), all_kept, "without placements there is nothing to decide");
}

/// R27: the refusal names what was forgotten and what is not a placement or came twice.
#[test]
fn an_undecided_choice_is_named() {
    let alice = applicant(&[("ART", Waitlisted), ("BIO", Waitlisted), ("PSY", Offered)]);
    let action = accept_provisionally("PSY", Some(&["ART", "X"]), Some(&["ART"]));
    let expected =
        Refusal::PlacementUndecided { missing: common::ids(&["BIO"]), unknown: common::ids(&["X", "ART"]) };
    assert_eq!(ask(&alice, action, PENDING, &rules()), Err(expected));
}

/// R25, R26, R31: accepting provisionally ends the other pending offers of the student track and replaces the
/// offer held before, whatever its track: at most one is held. Pending alternance offers and contract
/// searches stay, and are not placements.
#[test]
fn a_provisional_acceptance_is_the_only_one() {
    let held = applicant(&[("ART", AcceptedProvisionally), ("BIO", Offered), ("PSY", Offered)]);
    let alternance = in_alternance(
        in_alternance(applicant(&[("ART", Offered), ("BIO", ContractSearch), ("PSY", Offered)]), "ART"),
        "BIO",
    );
    let held_in_alternance =
        in_alternance(applicant(&[("ART", AcceptedProvisionally), ("PSY", Offered)]), "ART");
    let from_alternance =
        in_alternance(applicant(&[("ART", AcceptedProvisionally), ("PSY", Offered)]), "PSY");
    let replaced = "PSY: accepted_provisionally; ART: lost/replaced";
    for (name, alice, expected) in [
        (
            "held and pending",
            held,
            "PSY: accepted_provisionally; ART: lost/replaced; BIO: lost/other_accepted",
        ),
        ("pending alternance survives", alternance, "PSY: accepted_provisionally"),
        ("an offer held in alternance is replaced", held_in_alternance, replaced),
        ("an alternance offer replaces", from_alternance, replaced),
    ] {
        let outcome = ask(&alice, accept_provisionally("PSY", None, None), PENDING, &rules());
        assert_eq!(said(&outcome), expected, "{name}");
    }
}

/// R28, R45: a definitive acceptance, of a pending or a held offer, ends everything else that is live, in
/// both tracks from 2024, in its own in 2023; then nothing more can be answered.
#[test]
fn a_definitive_acceptance_closes_all() {
    let alice = in_alternance(
        applicant(&[
            ("ALT", Offered),
            ("ART", AcceptedProvisionally),
            ("BIO", Waitlisted),
            ("CHIMIE", Submitted),
            ("DROIT", Refused),
            ("PSY", Offered),
        ]),
        "ALT",
    );
    let student = "BIO: lost/other_accepted; CHIMIE: lost/other_accepted";
    let separate = rules_with("definitive_closes_other_track = false");
    let definitive =
        |id: &str, alice: &Candidate, rules: &_| said(&ask(alice, accept_definitively(id), PENDING, rules));
    assert_eq!(
        definitive("PSY", &alice, &rules()),
        format!("PSY: accepted_definitively; ALT: lost/other_accepted; ART: lost/other_accepted; {student}")
    );
    assert_eq!(
        definitive("ART", &alice, &rules()),
        format!("ART: accepted_definitively; ALT: lost/other_accepted; {student}; PSY: lost/other_accepted")
    );
    assert_eq!(
        definitive("PSY", &alice, &separate),
        format!("PSY: accepted_definitively; ART: lost/other_accepted; {student}")
    );
    let done =
        in_alternance(applicant(&[("ALT", Offered), ("PSY", AcceptedDefinitively), ("XYL", Offered)]), "ALT");
    for action in [
        accept_definitively("PSY"),
        accept_definitively("XYL"),
        accept_provisionally("XYL", None, None),
        refuse_offer("PSY"),
        refuse_offer("NOWHERE"),
    ] {
        let outcome = ask(&done, action.clone(), PENDING, &rules());
        let expected = Refusal::AlreadyDefinitive { formation: at_formation("PSY") };
        assert_eq!(outcome, Err(expected), "{action:?}");
    }
    assert_eq!(definitive("ALT", &done, &separate), "ALT: accepted_definitively", "R45");
    assert_eq!(said(&ask(&done, withdraw("PSY"), PENDING, &rules())), "PSY: lost/withdrawn");
}

/// The Paris day of a definitive acceptance is recorded: it decides the enrolment deadline (R66).
#[test]
fn the_day_of_acceptance_is_the_paris_day() {
    let alice = due(applicant(&[("PSY", Offered)]), "PSY", "2024-06-10T00:00");
    for (now, on) in [("2024-06-07T23:59:59.999", "2024-06-07"), ("2024-06-08T00:00", "2024-06-08")] {
        let decision = ask(&alice, accept_definitively("PSY"), now, &rules()).unwrap();
        let expected = Change::AcceptedDefinitively { formation: at_formation("PSY"), on: day(on) };
        assert_eq!(decision.events[0].change, expected);
        assert_eq!(decision.events[0].rule, Rule(28));
        assert_eq!(decision.notice, Some(NoticeKind::AnswerRecorded));
    }
}

/// R26: a pending and a held offer can be refused; nothing else changes, nothing lower comes back.
#[test]
fn an_offer_can_be_refused() {
    let alice = applicant(&[("ART", AcceptedProvisionally), ("BIO", Waitlisted), ("PSY", Offered)]);
    for (of, expected) in [
        ("PSY", "PSY: lost/refused_by_candidate"),
        ("ART", "ART: lost/refused_by_candidate"),
        ("BIO", "refused: no_such_offer"),
        ("NOWHERE", "refused: no_such_application"),
    ] {
        assert_eq!(said(&ask(&alice, refuse_offer(of), PENDING, &rules())), expected, "{of}");
    }
    let held = ask(&alice, accept_provisionally("ART", Some(&[]), None), PENDING, &rules());
    assert_eq!(said(&held), "refused: no_such_offer", "what is held is not pending");
}

/// R29, R30, R36: 23:59:59.999 is in time and 00:00 is not, for whoever holds another offer or nothing, and
/// whether or not a job has made the lapse durable.
#[test]
fn the_deadline_is_kept_to_the_instant() {
    let pending = applicant(&[("PSY", Offered)]);
    let holding = applicant(&[("ART", AcceptedProvisionally), ("PSY", Offered)]);
    let mut durable = pending.clone();
    durable.applications.get_mut(&at_formation("PSY")).unwrap().now =
        schemas::Standing::lost(schemas::LostCause::Expired);
    for alice in [&pending, &holding] {
        for action in
            [accept_definitively("PSY"), accept_provisionally("PSY", None, None), refuse_offer("PSY")]
        {
            let in_time = ask(alice, action.clone(), "2024-06-07T23:59:59.999", &rules());
            assert!(in_time.is_ok(), "{action:?}: {}", said(&in_time));
            let late = ask(alice, action.clone(), "2024-06-08T00:00", &rules());
            assert_eq!(late, Err(Refusal::OfferExpired {}), "{action:?}");
        }
    }
    let late = ask(&durable, accept_definitively("PSY"), "2024-06-08T09:00", &rules());
    assert_eq!(late, Err(Refusal::OfferExpired {}));
    // The offer held is answered after the other one lapsed.
    let kept = ask(&holding, accept_definitively("ART"), "2024-06-08T00:00", &rules());
    assert_eq!(said(&kept), "ART: accepted_definitively");
}

/// R32, R63: once provisional acceptances have become definitive, none is made any more; a pending offer can
/// still be accepted for good or refused until its deadline. R54: who ordered nothing holds nothing from the end of
/// that window on, for nothing is left to wait for.
#[test]
fn nothing_is_held_after_the_conversion() {
    let without_order = due(applicant(&[("PSY", Offered)]), "PSY", "2024-08-19T00:00");
    for (now, expected) in [
        ("2024-06-30T23:59:59.999", "PSY: accepted_provisionally"),
        ("2024-07-01T00:00", "PSY: accepted_definitively"),
    ] {
        let outcome = ask(&without_order, accept_provisionally("PSY", None, None), now, &rules());
        assert_eq!(said(&outcome), expected, "{now}");
    }
    let alice = preferred(without_order, &[("PSY", 1)]);
    let opens = Some(at("2024-06-04T00:00"));
    let closes = Some(at("2024-08-01T00:00"));
    for (now, expected) in [
        ("2024-07-31T23:59:59.999", Ok("PSY: accepted_provisionally")),
        ("2024-08-01T00:00", Err(Refusal::OutsideWindow { opens, closes })),
        ("2024-08-18T12:00", Err(Refusal::OutsideWindow { opens, closes })),
    ] {
        let outcome = ask(&alice, accept_provisionally("PSY", None, None), now, &rules());
        assert_eq!(
            outcome.as_ref().map(|d| common::events_said(&d.events)),
            expected.as_ref().map(ToString::to_string),
            "{now}"
        );
    }
    let definitive = ask(&alice, accept_definitively("PSY"), "2024-08-18T12:00", &rules());
    assert_eq!(said(&definitive), "PSY: accepted_definitively");
    assert_eq!(
        said(&ask(&alice, refuse_offer("PSY"), "2024-08-18T12:00", &rules())),
        "PSY: lost/refused_by_candidate"
    );
}

/// Alice, to whom the unpublished night of 10 June brought an offer at PSY, a refusal at ART and a placement
/// at BIO; she holds DROIT and waits at GEO.
#[cfg(test)]
fn in_the_night() -> Candidate {
    let before = applicant(&[
        ("ART", Submitted),
        ("BIO", Submitted),
        ("DROIT", AcceptedProvisionally),
        ("GEO", Waitlisted),
        ("PSY", Waitlisted),
    ]);
    let night = Some(day("2024-06-10"));
    let reason = schemas::RefusalReason::AdminIncomplete;
    let changes = [
        Change::Refused { formation: at_formation("ART"), reason, notified_on: day("2024-06-10") },
        Change::Waitlisted { formation: at_formation("BIO"), rank: 4 },
        Change::Offered {
            formation: at_formation("PSY"),
            received_on: day("2024-06-10"),
            deadline: at("2024-06-12T00:00"),
        },
    ];
    let events = changes.map(|change| Event { rule: Rule(24), night, change });
    let cause = Cause::Night { date: day("2024-06-10") };
    fold::candidate(Some(&before), &before.id, &cause, &events, &rules()).unwrap()
}

/// Behind the gate a command is decided on what is published: the night's offer cannot be answered, its
/// refusal not questioned; what is acceptable gets `night_in_progress`, what is not gets its own code.
#[test]
fn what_the_night_wrote_is_invisible() {
    let alice = in_the_night();
    let behind = Facts { gate: gate_closed("2024-06-10"), ..Facts::default() };
    let open = Gate { published: Some(day("2024-06-10")), ..gate_closed("2024-06-10") };
    let published = Facts { gate: open, ..Facts::default() };
    let held = "refused: night_in_progress";
    for (action, hidden, shown) in [
        (
            accept_definitively("PSY"),
            "refused: no_such_offer",
            "PSY: accepted_definitively; BIO: lost/other_accepted; DROIT: lost/other_accepted; GEO: lost/other_accepted",
        ),
        (
            accept_provisionally("PSY", Some(&["GEO", "BIO"]), None),
            "refused: no_such_offer",
            "PSY: accepted_provisionally; DROIT: lost/replaced",
        ),
        (
            accept_provisionally("DROIT", Some(&["GEO"]), None),
            "refused: no_such_offer",
            "refused: no_such_offer",
        ),
        (refuse_offer("PSY"), "refused: no_such_offer", "PSY: lost/refused_by_candidate"),
        (refuse_offer("DROIT"), held, "DROIT: lost/refused_by_candidate"),
        (withdraw("GEO"), held, "GEO: lost/withdrawn"),
        (withdraw("NOWHERE"), "refused: no_such_application", "refused: no_such_application"),
        (ask_reason("ART"), "refused: not_refused", "ART: reason_requested"),
    ] {
        let name = format!("{action:?}");
        let now = at("2024-06-10T06:00");
        let before = ask_with(Some(&alice), "alice", action.clone(), behind, now, &rules());
        assert_eq!(said(&before), hidden, "before publication: {name}");
        let after = ask_with(Some(&alice), "alice", action, published, now, &rules());
        assert_eq!(said(&after), shown, "after publication: {name}");
    }
}

/// What a reader outside the night sees: `before` until the night is published, `now` from then on; a rank
/// that the night brought does not show either.
#[test]
fn a_reader_sees_what_is_published() {
    let alice = in_the_night();
    let hidden = fold::visible(&alice, Some(day("2024-06-09")));
    assert_eq!(
        common::states_said(&hidden),
        "ART: submitted; BIO: submitted; DROIT: accepted_provisionally; GEO: waitlisted; PSY: waitlisted"
    );
    assert_eq!(hidden.applications[&at_formation("BIO")].now.rank, None, "the rank of an unpublished result");
    assert_eq!(hidden.applications[&at_formation("PSY")].now.rank, Some(2), "a rank published before");
    let shown = fold::visible(&alice, Some(day("2024-06-10")));
    assert_eq!(
        common::states_said(&shown),
        "ART: refused; BIO: waitlisted; DROIT: accepted_provisionally; GEO: waitlisted; PSY: offered"
    );
    assert_eq!(shown.applications[&at_formation("BIO")].now.rank, Some(4));
    assert_eq!(common::states_said(&fold::visible(&alice, None)), common::states_said(&hidden));
}

/// The refusal behind the gate says when to come back: at nine, or by noon if the night is late.
#[test]
fn the_gate_says_when_it_reopens() {
    let alice = applicant(&[("PSY", Waitlisted), ("XYL", Archived)]);
    let facts = Facts { gate: gate_closed("2024-06-10"), ..Facts::default() };
    for (now, reopens_at) in [
        ("2024-06-10T04:00", "2024-06-10T09:00"),
        ("2024-06-10T09:00", "2024-06-10T12:00"),
        ("2024-06-10T12:30", "2024-06-10T12:30"),
    ] {
        let outcome = ask_with(Some(&alice), "alice", withdraw("PSY"), facts, at(now), &rules());
        assert_eq!(outcome, Err(Refusal::NightInProgress { reopens_at: at(reopens_at) }), "{now}");
    }
}
