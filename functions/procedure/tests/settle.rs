//! What time alone does (R22, R29, R30, R32, R57–R59): at which instants, in which order, once.

#[cfg(test)]
mod common;

use common::{applicant, at, at_formation, candidate, due, rules, rules_with, settlements_said, states_said};
use jiff::{Timestamp, ToSpan};
use procedure::settle::{next_due, settled};
use schemas::ApplicationState::{
    AcceptedDefinitively, AcceptedProvisionally, Archived, Lost, Offered, Refused, Submitted, Waitlisted,
};
use schemas::{AccountState, ApplicationState, Campaign, Candidate};

/// The rules of 2023 on the calendar of 2024: the main phase converts.
#[cfg(test)]
fn main_converts() -> Campaign {
    rules_with("provisional_conversion_phase = \"main\"")
}

/// What `settle` says at an instant, and where the candidate then stands.
#[cfg(test)]
fn at_time(candidate: &Candidate, now: &str, rules: &Campaign) -> (Vec<String>, String) {
    let (after, settlements) = settled(candidate, at(now), rules);
    (settlements_said(&settlements), states_said(&after))
}

/// R29: whoever answers nothing and holds nothing loses the offers at their deadline; waitlist placements stay.
#[test]
fn silence_loses_the_offers() {
    let alice = applicant(&[("ART", Offered), ("BIO", Waitlisted), ("PSY", Offered)]);
    let alice = due(alice, "PSY", "2024-06-10T00:00");
    assert_eq!(at_time(&alice, "2024-06-07T23:59:59.999", &rules()).0, Vec::<String>::new());
    let (said, states) = at_time(&alice, "2024-06-08T00:00", &rules());
    assert_eq!(said, ["06-08 00:00 R29 ART: lost/expired [offers_expired]"]);
    assert_eq!(states, "ART: lost/expired; BIO: waitlisted; PSY: offered");
    let (said, states) = at_time(&alice, "2024-06-12T18:00", &rules());
    assert_eq!(
        said,
        [
            "06-08 00:00 R29 ART: lost/expired [offers_expired]",
            "06-10 00:00 R29 PSY: lost/expired [offers_expired]"
        ]
    );
    assert_eq!(states, "ART: lost/expired; BIO: waitlisted; PSY: lost/expired");
}

/// R63: an offer of the withdrawals that nobody answers is lost by the rule of the withdrawals, and by it alone.
#[test]
fn silence_in_the_withdrawals_has_a_rule_of_its_own() {
    let mut alice = due(applicant(&[("ART", Archived), ("PSY", Offered)]), "PSY", "2024-08-08T00:00");
    let psy = alice.applications.get_mut(&at_formation("PSY")).unwrap();
    psy.now.received_on = Some(jiff::civil::date(2024, 8, 6));
    let (said, states) = at_time(&alice, "2024-08-09T00:00", &rules());
    assert_eq!(said, ["08-08 00:00 R63 PSY: lost/expired [offers_expired]"]);
    assert_eq!(states, "ART: archived; PSY: lost/expired");
}

/// R30: silence on a new offer keeps the one held; waitlist placements stay in 2024 and are lost under the
/// setting of 2023, but only if something lapsed, and only those of the student track.
#[test]
fn silence_keeps_what_is_held() {
    let alice = applicant(&[
        ("ALT", Waitlisted),
        ("ART", AcceptedProvisionally),
        ("BIO", Waitlisted),
        ("PSY", Offered),
    ]);
    let alice = common::in_alternance(alice, "ALT");
    let drop = rules_with("silence_on_new_offer = \"drop\"");
    let (said, states) = at_time(&alice, "2024-06-08T00:00", &rules());
    assert_eq!(said, ["06-08 00:00 R30 PSY: lost/expired [offers_expired]"]);
    assert_eq!(states, "ALT: waitlisted; ART: accepted_provisionally; BIO: waitlisted; PSY: lost/expired");
    let (said, states) = at_time(&alice, "2024-06-08T00:00", &drop);
    assert_eq!(said, ["06-08 00:00 R30 PSY: lost/expired; R30 BIO: lost/not_kept [offers_expired]"]);
    assert_eq!(states, "ALT: waitlisted; ART: accepted_provisionally; BIO: lost/not_kept; PSY: lost/expired");
    let nothing_new = applicant(&[("ART", AcceptedProvisionally), ("BIO", Waitlisted)]);
    assert_eq!(at_time(&nothing_new, "2024-06-20T00:00", &drop).0, Vec::<String>::new());
    let nothing_held = applicant(&[("BIO", Waitlisted), ("PSY", Offered)]);
    assert_eq!(
        at_time(&nothing_held, "2024-06-08T00:00", &drop).1,
        "BIO: waitlisted; PSY: lost/expired",
        "R29"
    );
}

/// R22: an application without an answer is refused at the end of the main phase, under the settings of 2024
/// as of 2023; the provisional acceptance of 2024 is carried on to the end of the complementary phase (R57), unless
/// nothing at all was ordered (R54).
#[test]
fn silence_of_the_establishment_is_a_refusal() {
    let alice = applicant(&[("ART", AcceptedProvisionally), ("BIO", Submitted), ("PSY", Submitted)]);
    assert_eq!(at_time(&alice, "2024-06-24T23:59:59.999", &rules()).0, Vec::<String>::new());
    let unanswered = "06-25 00:00 R22 BIO: not_admitted; R22 PSY: not_admitted [not_admitted]";
    let (said, states) = at_time(&alice, "2024-06-25T00:00", &rules());
    assert_eq!(said, [unanswered]);
    assert_eq!(states, "ART: accepted_provisionally; BIO: not_admitted; PSY: not_admitted");
    let alone = at_time(&alice, "2024-08-01T00:00", &rules()).0;
    assert_eq!(alone, [unanswered, "07-01 00:00 R54 ART: accepted_definitively [became_definitive]"]);
    let ordered = common::preferred(
        applicant(&[("ART", AcceptedProvisionally), ("BIO", Submitted), ("HIST", Lost), ("PSY", Submitted)]),
        &[("HIST", 1)],
    );
    let said = at_time(&ordered, "2024-08-01T00:00", &rules()).0;
    assert_eq!(said, [unanswered, "08-01 00:00 R57 ART: accepted_definitively [became_definitive]"]);
    let said = at_time(&alice, "2024-06-25T00:00", &main_converts()).0;
    assert_eq!(said, ["06-25 00:00 R32 ART: accepted_definitively [became_definitive]", unanswered]);
}

/// R32, R58, R59 where the main phase converts: who has a seat keeps it for good and is told that nothing
/// came of his placements; who has only placements keeps them, archived.
#[test]
fn the_end_of_admission_of_2023() {
    let end = "2024-06-25T00:00";
    for (name, applications, expected) in [
        (
            "a held offer",
            &[("ART", AcceptedProvisionally), ("BIO", Waitlisted)][..],
            &[
                "06-25 00:00 R32 ART: accepted_definitively [became_definitive]",
                "06-25 00:00 R58 BIO: not_admitted [not_admitted]",
            ][..],
        ),
        (
            "a definitive one",
            &[("ART", AcceptedDefinitively), ("BIO", Waitlisted)],
            &["06-25 00:00 R58 BIO: not_admitted [not_admitted]"],
        ),
        (
            "only placements",
            &[("ART", Refused), ("BIO", Waitlisted), ("PSY", Waitlisted)],
            &["06-25 00:00 R59 BIO: archived; R59 PSY: archived [waitlist_archived]"],
        ),
        (
            "a placement and no answer",
            &[("ART", Submitted), ("BIO", Waitlisted)],
            &[
                "06-25 00:00 R22 ART: not_admitted [not_admitted]",
                "06-25 00:00 R59 BIO: archived [waitlist_archived]",
            ],
        ),
        ("nothing", &[("ART", Refused)], &[]),
    ] {
        let alice = applicant(applications);
        assert_eq!(
            at_time(&alice, "2024-06-24T23:59:59.999", &main_converts()).0,
            Vec::<String>::new(),
            "{name}"
        );
        assert_eq!(at_time(&alice, end, &main_converts()).0, expected, "{name}");
    }
}

/// At one instant lapses come before conversions, and both before the ends of placements: an offer of the
/// last day that is not answered is lost before it is asked who has a seat.
#[test]
fn the_order_within_one_instant() {
    let holding = due(
        applicant(&[
            ("ART", AcceptedProvisionally),
            ("BIO", Waitlisted),
            ("CHI", Submitted),
            ("PSY", Offered),
        ]),
        "PSY",
        "2024-06-25T00:00",
    );
    let lapse = "06-25 00:00 R30 PSY: lost/expired [offers_expired]";
    let conversion = "06-25 00:00 R32 ART: accepted_definitively [became_definitive]";
    assert_eq!(
        at_time(&holding, "2024-06-25T00:00", &main_converts()).0,
        [lapse, conversion, "06-25 00:00 R22 CHI: not_admitted; R58 BIO: not_admitted [not_admitted]"]
    );
    let pending = due(applicant(&[("BIO", Waitlisted), ("PSY", Offered)]), "PSY", "2024-06-25T00:00");
    assert_eq!(
        at_time(&pending, "2024-06-25T00:00", &main_converts()).0,
        [
            "06-25 00:00 R29 PSY: lost/expired [offers_expired]",
            "06-25 00:00 R59 BIO: archived [waitlist_archived]"
        ],
        "the seat was lost at the same instant: only placements are left"
    );
    let drop = rules_with("provisional_conversion_phase = \"main\"\nsilence_on_new_offer = \"drop\"");
    assert_eq!(
        at_time(&holding, "2024-06-25T00:00", &drop).0,
        [
            "06-25 00:00 R30 PSY: lost/expired; R30 BIO: lost/not_kept [offers_expired]",
            conversion,
            "06-25 00:00 R22 CHI: not_admitted [not_admitted]"
        ]
    );
}

/// R54: at the end of the ordering window what is left out is lost; who ordered nothing keeps the offer he holds for
/// good, with which pending offers and searches of the other track end; who ordered something holds on.
#[test]
fn what_is_not_ordered_is_lost() {
    let end = "2024-07-01T00:00";
    let alice = applicant(&[
        ("ART", AcceptedProvisionally),
        ("BIO", Waitlisted),
        ("CHI", Waitlisted),
        ("PSY", Offered),
    ]);
    let alice = common::in_alternance(due(alice, "PSY", "2024-07-10T00:00"), "PSY");
    assert_eq!(at_time(&alice, "2024-06-30T23:59:59.999", &rules()).0, Vec::<String>::new());
    assert_eq!(
        at_time(&alice, end, &rules()).0,
        ["07-01 00:00 R54 BIO: lost/not_ranked; R54 CHI: lost/not_ranked; R54 ART: accepted_definitively; \
          R28 PSY: lost/other_accepted [became_definitive]"]
    );
    let some = common::preferred(alice, &[("CHI", 1)]);
    assert_eq!(at_time(&some, end, &rules()).0, ["07-01 00:00 R54 BIO: lost/not_ranked [offers_expired]"]);
    let own_window = main_converts();
    assert_eq!(
        at_time(&applicant(&[("BIO", Archived)]), end, &own_window).0,
        Vec::<String>::new(),
        "R60: what is not ordered for the withdrawals stays, and is not called"
    );
}

/// R64: after the last day of offers what still waits had no favourable answer, ordered or not.
#[test]
fn after_the_last_offers_nothing_waits() {
    let alice = common::preferred(applicant(&[("ART", Archived), ("BIO", Archived)]), &[("ART", 1)]);
    assert_eq!(at_time(&alice, "2024-09-15T23:59:59.999", &rules()).0, Vec::<String>::new());
    assert_eq!(
        at_time(&alice, "2024-09-16T00:00", &rules()).0,
        [
            "09-16 00:00 R64 ART: not_admitted; R64 BIO: not_admitted [not_admitted]",
            "09-16 00:00 R2 account: closed [nothing]",
        ]
    );
}

/// The acceptance by conversion is of the phase's own last day, not of the midnight after it (R66).
#[test]
fn a_conversion_is_dated_within_the_phase() {
    let alice = applicant(&[("ART", AcceptedProvisionally)]);
    let ordered =
        common::preferred(applicant(&[("ART", AcceptedProvisionally), ("BIO", Lost)]), &[("BIO", 1)]);
    for (alice, rules, on) in [
        (&alice, main_converts(), "2024-06-24"),
        (&alice, rules(), "2024-06-30"),
        (&ordered, rules(), "2024-07-31"),
    ] {
        let after = settled(alice, at("2024-09-01T00:00"), &rules).0;
        assert_eq!(after.applications[&at_formation("ART")].now.accepted_on, Some(common::day(on)));
    }
}

/// Every pair of states, at every boundary and a millisecond around it, under each setting: settling twice is
/// settling once, settling on the way changes nothing, and nothing is due that has not been done.
#[test]
fn settling_is_idempotent_total_and_leaves_nothing_due() {
    let instants: Vec<Timestamp> =
        ["2024-06-08T00:00", "2024-06-25T00:00", "2024-07-01T12:00", "2024-08-01T00:00", "2024-09-16T00:00"]
            .into_iter()
            .flat_map(|text| [at(text).checked_sub(1.millisecond()).unwrap(), at(text)])
            .collect();
    let settings = [
        rules(),
        main_converts(),
        rules_with("silence_on_new_offer = \"drop\""),
        rules_with("provisional_conversion_phase = \"main\"\nsilence_on_new_offer = \"drop\""),
    ];
    let mut settlings = 0;
    for first in ApplicationState::ALL {
        for second in ApplicationState::ALL {
            let mut alice = applicant(&[("ART", first), ("PSY", second)]);
            if second == Offered {
                alice = due(alice, "PSY", "2024-06-25T00:00");
            }
            for rules in &settings {
                for (index, now) in instants.iter().enumerate() {
                    let (after, said) = settled(&alice, *now, rules);
                    let name = format!("{first:?} and {second:?} at {now}");
                    assert!(
                        next_due(&after, rules).is_none_or(|due| due > *now),
                        "{name}: something is still due"
                    );
                    assert_eq!(settled(&after, *now, rules), (after.clone(), Vec::new()), "{name}: twice");
                    assert!(said.is_sorted_by_key(|settlement| settlement.at), "{name}: order");
                    assert!(
                        said.iter().all(|settlement| settlement.at <= *now && !settlement.events.is_empty())
                    );
                    for earlier in instants.iter().take(index) {
                        let (halfway, mut steps) = settled(&alice, *earlier, rules);
                        let (end, more) = settled(&halfway, *now, rules);
                        steps.extend(more);
                        assert_eq!((&end, &steps), (&after, &said), "{name}, on the way at {earlier}");
                    }
                    settlings += said.len();
                }
            }
        }
    }
    assert!(settlings > 1_000, "the test met only {settlings} settlements");
}

/// Of whoever has no live application only the account's end is due, and the date of `due` is what the store is told.
#[test]
fn the_next_instant_is_the_earliest() {
    let closes = "2024-09-16T00:00";
    assert_eq!(next_due(&candidate("alice"), &rules()), Some(at(closes)), "R2: the account's own end");
    let left = Candidate { account: AccountState::Resigned, ..candidate("alice") };
    assert_eq!(next_due(&left, &rules()), None);
    for (applications, expected) in [
        (&[("ART", Refused)][..], closes),
        (&[("ART", AcceptedDefinitively)], closes),
        (&[("ART", Submitted)], "2024-06-25T00:00"),
        (&[("ART", Waitlisted)], "2024-07-01T00:00"),
        (&[("ART", Archived)], closes),
        (&[("ART", AcceptedProvisionally), ("BIO", Submitted)], "2024-06-25T00:00"),
        (&[("ART", AcceptedProvisionally), ("PSY", Offered)], "2024-06-08T00:00"),
    ] {
        assert_eq!(next_due(&applicant(applications), &rules()), Some(at(expected)), "{applications:?}");
    }
    let ordered = common::preferred(applicant(&[("ART", Waitlisted)]), &[("ART", 1)]);
    assert_eq!(next_due(&ordered, &rules()), Some(at("2024-08-01T00:00")));
}
