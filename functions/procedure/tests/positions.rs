//! Positions on waitlists: who is worse off, because of whom, and for which named causes.

#[cfg(test)]
mod common;

use std::collections::BTreeSet;

use procedure::positions::{AheadCause, ahead_cause, worse};
use schemas::{ApplicationState, CandidateId, Change, Event, Rule};

#[cfg(test)]
fn people(names: &str) -> Vec<CandidateId> {
    names.split_whitespace().map(common::who).collect()
}

/// Proves, case by case, that nobody is worse off for others leaving or for some who come behind him, that whoever is
/// passed by more than left before him is, and that exactly those who came before him are named.
#[test]
fn who_is_worse_off_and_because_of_whom() {
    for (case, before, now, worse_off, because_of) in [
        ("nothing", "", "", "", ""),
        ("the same", "a b c", "a b c", "", ""),
        ("the first has his seat", "a b c", "b c", "", ""),
        ("two in the middle leave", "a b c d", "a d", "", ""),
        ("all leave", "a b", "", "", ""),
        ("the first list", "", "a b", "", ""),
        ("one comes last", "a b", "a b x", "", ""),
        ("one comes first", "a b", "x a b", "a b", "x"),
        ("one comes between", "a b c", "a x b c", "b c", "x"),
        ("one comes where one left", "a b c", "x b c", "", ""),
        ("two come where one left", "a b c", "x y b c", "b c", "x y"),
        ("one comes before, one leaves behind", "a b c", "x a b", "a b", "x"),
        ("one who left before comes between", "a b c", "b x c", "", ""),
        ("two change places", "a b c", "b a c", "a", "b"),
        ("the last becomes the first", "a b c", "c a b", "a b", "c"),
        ("one comes, the last becomes the first", "a b c", "x c a b", "a b", "c x"),
    ] {
        let found = worse(&people(before), &people(now));
        let set = |names| people(names).into_iter().collect::<BTreeSet<_>>();
        assert_eq!(found.candidates, set(worse_off), "{case}: worse off");
        assert_eq!(found.because_of, set(because_of), "{case}: because of");
    }
}

/// Proves that each decision that may put somebody before others is named, at its own formation only, and that none
/// that takes a placement away or leaves it is.
#[test]
fn each_cause_has_its_name() {
    let formation = common::at_formation("PSY");
    let at = |change| vec![Event { rule: Rule(38), night: None, change }];
    let restored = at(Change::PlacementRestored {
        formation: formation.clone(),
        state: ApplicationState::Waitlisted,
        preference: None,
    });
    let published = at(Change::Waitlisted { formation: formation.clone(), rank: 3 });
    let validated = at(Change::ContractValidated { formation: formation.clone() });
    let archived = at(Change::Archived { formation: formation.clone() });
    for (events, cause) in [
        (&restored, Some("exception_granted")),
        (&published, Some("result_published")),
        (&validated, Some("contract_validated")),
        (&archived, None),
        (&Vec::new(), None),
    ] {
        assert_eq!(ahead_cause(events, &formation).map(AheadCause::name), cause, "{events:?}");
        assert_eq!(ahead_cause(events, &common::at_formation("HIST")), None, "{events:?}");
    }
}
