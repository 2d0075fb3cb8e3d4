//! From events to state: versions, nights and what stood before them, ranks; formations and rankings.

#[cfg(test)]
mod common;

use common::{LYON, applicant, at, at_formation, candidate, day, rules, states_said, who};
use procedure::fold;
use schemas::ApplicationState::{Submitted, Waitlisted};
use schemas::{Candidate, Cause, Change, EstablishmentId, Event, LostCause, Round, Rule, Track};

/// The candidate after one more decision of this cause.
#[cfg(test)]
fn after(before: &Candidate, cause: &Cause, changes: Vec<Change>) -> Candidate {
    let night = match cause {
        Cause::Night { date } => Some(*date),
        _ => None,
    };
    let event = |change: Change| {
        let voids = matches!(change, Change::NightVoided { .. });
        Event { rule: Rule(24), night: night.filter(|_| !voids), change }
    };
    let events: Vec<Event> = changes.into_iter().map(event).collect();
    fold::candidate(Some(before), &before.id, cause, &events, &rules()).unwrap()
}

#[cfg(test)]
fn offered(id: &str, received_on: &str) -> Change {
    let received_on = day(received_on);
    let deadline = procedure::calendar::offer_deadline(&rules(), received_on);
    Change::Offered { formation: at_formation(id), received_on, deadline }
}

/// Each decision counts once, however many changes it makes, and also if it makes none; only a night's sets the
/// last night; the next due instant is kept up to date.
#[test]
fn a_decision_is_one_version() {
    let alice = applicant(&[("BIO", Waitlisted), ("PSY", Waitlisted)]);
    let night = Cause::Night { date: day("2024-06-10") };
    let once = after(&alice, &night, vec![offered("BIO", "2024-06-10"), offered("PSY", "2024-06-10")]);
    assert_eq!((once.version, once.last_night), (alice.version + 1, Some(day("2024-06-10"))));
    assert_eq!(once.due, Some(at("2024-06-12T00:00")));
    let twice = after(&once, &Cause::Time, vec![]);
    assert_eq!((twice.version, twice.last_night), (alice.version + 2, Some(day("2024-06-10"))));
}

/// Nobody is created by anything but a registration, and a change of an application that is not there
/// changes nothing else.
#[test]
fn nothing_comes_from_nothing() {
    let events = [Event { rule: Rule(9), night: None, change: Change::Activated }];
    assert_eq!(fold::candidate(None, &who("alice"), &Cause::Time, &events, &rules()), None);
    let alice = candidate("alice");
    let lost = Change::Lost { formation: at_formation("PSY"), cause: LostCause::Withdrawn };
    assert_eq!(after(&alice, &Cause::Time, vec![lost]).applications, alice.applications);
    assert_eq!(fold::formation(None, &[]), None);
    assert_eq!(fold::ranking(None, &[]), None);
}

/// The jury's rank stays through offer, answer and loss: an exception may bring it back (R38).
#[test]
fn the_rank_stays_to_the_end() {
    let mut alice = applicant(&[("PSY", Submitted)]);
    let psy = || at_formation("PSY");
    let waitlisted = Change::Waitlisted { formation: psy(), rank: 7 };
    let night = Cause::Night { date: day("2024-06-10") };
    for (cause, change) in [
        (night, vec![waitlisted, offered("PSY", "2024-06-10")]),
        (Cause::Time, vec![Change::AcceptedProvisionally { formation: psy() }]),
        (Cause::Time, vec![Change::Lost { formation: psy(), cause: LostCause::Replaced }]),
    ] {
        alice = after(&alice, &cause, change);
        assert_eq!(alice.applications[&psy()].now.rank, Some(7), "{}", states_said(&alice));
    }
}

/// A night keeps what stood before it, once, however many changes it makes; whatever anybody else changes is
/// visible at once and forgets it; a night that is undone leaves no trace but its record.
#[test]
fn a_night_keeps_what_stood_before() {
    let alice = applicant(&[("PSY", Submitted)]);
    let night = Cause::Night { date: day("2024-06-10") };
    let waitlisted = Change::Waitlisted { formation: at_formation("PSY"), rank: 7 };
    let written = after(&alice, &night, vec![waitlisted, offered("PSY", "2024-06-10")]);
    let psy = &written.applications[&at_formation("PSY")];
    assert_eq!(psy.before.as_ref(), Some(&alice.applications[&at_formation("PSY")].now));
    assert_eq!(written.last_night, Some(day("2024-06-10")));

    let accepted = Change::AcceptedProvisionally { formation: at_formation("PSY") };
    let answered = after(&written, &Cause::Time, vec![accepted]);
    let psy = &answered.applications[&at_formation("PSY")];
    assert_eq!(psy.before, None);
    assert_eq!(states_said(&fold::visible(&answered, None)), "PSY: accepted_provisionally");

    let undone = after(&written, &night, vec![Change::NightVoided { night: day("2024-06-10") }]);
    assert_eq!(undone.applications, alice.applications);
    let another = after(&written, &night, vec![Change::NightVoided { night: day("2024-06-09") }]);
    assert_eq!(another.applications, written.applications, "only the night that is named is undone");
}

/// A formation is what its establishment opened; of its rankings the last one counts, and they are counted.
#[test]
fn formations_and_rankings_are_folds() {
    let event = |change| [Event { rule: Rule(19), night: None, change }];
    let opened = event(Change::FormationOpened {
        formation: at_formation("PSY"),
        title: "Psychologie".into(),
        establishment: EstablishmentId::new(LYON).unwrap(),
        mention: "PSY".into(),
        track: Track::Student,
        capacity: 20,
        call_limit: 25,
        complementary: false,
        mixed: false,
    });
    let psy = fold::formation(None, &opened).unwrap();
    assert_eq!((psy.version, psy.capacity, psy.call_limit, psy.stopped), (1, 20, 25, false));
    let published = |digest: &str| {
        event(Change::RankingPublished {
            formation: at_formation("PSY"),
            digest: digest.into(),
            ranked: 3,
            refused: 1,
            round: Round::Main,
            after: 0,
            published_at: at("2024-04-10T12:00"),
            upload: None,
        })
    };
    let first = fold::ranking(None, &published("one")).unwrap();
    let second = fold::ranking(Some(&first), &published("two")).unwrap();
    assert_eq!((first.version, second.version, second.digest.as_str()), (1, 2, "two"));
    assert_eq!(fold::formation(Some(&psy), &published("one")).map(|psy| psy.version), Some(2));
}
