//! The sentences: every refusal in both languages, and a citation for every rule that an event can cite.

#[cfg(test)]
mod common;

use std::collections::BTreeSet;
use std::path::Path;

use common::{LYON, YES, ask_with, at, at_formation, ids, rules, who};
use procedure::refusals::sentence;
use procedure::rules::citation;
use procedure::{Facts, Subject, decide};
use schemas::candidate::CertificateKind;
use schemas::{AccountState, Action, Actor, EstablishmentId, Language, Refusal, Rule, Track};

/// One of each refusal; the exhaustive match makes a new one fail to compile until it is listed.
#[cfg(test)]
fn refusals() -> Vec<Refusal> {
    let opens = Some(at("2024-02-26T00:00"));
    let closes = Some(at("2024-03-25T00:00"));
    let all = vec![
        Refusal::AccountNotActive { account: None },
        Refusal::AccountNotActive { account: Some(AccountState::Registered) },
        Refusal::AccountNotActive { account: Some(AccountState::Resigned) },
        Refusal::AccountNotActive { account: Some(AccountState::Sanctioned) },
        Refusal::AlreadyActive {},
        Refusal::AlreadyRegistered {},
        Refusal::TooSoon { again_at: at("2024-03-01T12:04:30.5") },
        Refusal::InvalidToken {},
        Refusal::NotEligible {},
        Refusal::AddressTaken {},
        Refusal::InvalidAddress {},
        Refusal::OutsideWindow { opens, closes },
        Refusal::OutsideWindow { opens: None, closes: None },
        Refusal::QuotaExceeded { limit: 15 },
        Refusal::OfferExpired {},
        Refusal::NoSuchOffer {},
        Refusal::NoSuchApplication {},
        Refusal::NoSuchFormation {},
        Refusal::FormationExists {},
        Refusal::RefusedBefore {},
        Refusal::InvalidPreferences { unknown: ids(&["DROIT-LYON"]) },
        Refusal::AlreadyApplied {},
        Refusal::PlacementUndecided { missing: ids(&["HIST-LYON", "PSY-LYON"]), unknown: Vec::new() },
        Refusal::PlacementUndecided { missing: Vec::new(), unknown: ids(&["DROIT-LYON"]) },
        Refusal::AlreadyDefinitive { formation: at_formation("PSY-LYON") },
        Refusal::NotRefused {},
        Refusal::NotTheOwner {},
        Refusal::InvalidRanking { candidate: who("alice") },
        Refusal::InvalidValue { field: "title".into(), allowed: "1..300".into() },
        Refusal::InvalidValue { field: "capacity".into(), allowed: "0..10000".into() },
        Refusal::NoSuchNight {},
        Refusal::InvalidCampaign { why: "the key `admission` is missing".into() },
        Refusal::BoundaryCrossed { key: "application".into() },
        Refusal::ReasonNotRequested {},
        Refusal::NotRestorable { formations: ids(&["PSY-LYON"]) },
        Refusal::NotRestorable { formations: Vec::new() },
        Refusal::NoSuchException { formations: ids(&["PSY-LYON"]) },
        Refusal::FraudCaseOpen {},
        Refusal::NoFraudCase {},
        Refusal::TooEarly { until: None },
        Refusal::TooEarly { until: Some(at("2024-06-12T00:00")) },
        Refusal::NoSuchContract {},
        Refusal::EarlierContractPending { candidate: who("alice") },
        Refusal::ContractKindNotTaken {},
        Refusal::CommandIdReused {},
        Refusal::NightInProgress { reopens_at: at("2024-06-10T09:00") },
        Refusal::NotAccepted {},
        Refusal::AlreadyEnrolled {},
        Refusal::AlreadySignalled {},
        Refusal::NoSuchSignal {},
        Refusal::NoSuchNotice {},
        Refusal::CertificateNotDue { kind: CertificateKind::NonEnrolment },
        Refusal::CertificateNotDue { kind: CertificateKind::Refusal },
        Refusal::CertificateNotDue { kind: CertificateKind::Admission },
    ];
    all.iter().for_each(listed);
    all
}

/// Every refusal stands in [`refusals`].
#[cfg(test)]
fn listed(refusal: &Refusal) {
    match refusal {
        Refusal::NoSuchNight {}
        | Refusal::InvalidCampaign { .. }
        | Refusal::BoundaryCrossed { .. }
        | Refusal::ReasonNotRequested {}
        | Refusal::NotRestorable { .. }
        | Refusal::NoSuchException { .. }
        | Refusal::FraudCaseOpen {}
        | Refusal::NoFraudCase {}
        | Refusal::TooEarly { .. }
        | Refusal::NoSuchContract {}
        | Refusal::EarlierContractPending { .. }
        | Refusal::ContractKindNotTaken {}
        | Refusal::AccountNotActive { .. }
        | Refusal::AlreadyActive {}
        | Refusal::AlreadyRegistered {}
        | Refusal::TooSoon { .. }
        | Refusal::InvalidToken {}
        | Refusal::NotEligible {}
        | Refusal::AddressTaken {}
        | Refusal::InvalidAddress {}
        | Refusal::OutsideWindow { .. }
        | Refusal::QuotaExceeded { .. }
        | Refusal::OfferExpired {}
        | Refusal::NoSuchOffer {}
        | Refusal::NoSuchApplication {}
        | Refusal::NoSuchFormation {}
        | Refusal::FormationExists {}
        | Refusal::RefusedBefore {}
        | Refusal::InvalidPreferences { .. }
        | Refusal::AlreadyApplied {}
        | Refusal::PlacementUndecided { .. }
        | Refusal::AlreadyDefinitive { .. }
        | Refusal::NotRefused {}
        | Refusal::NotTheOwner {}
        | Refusal::InvalidRanking { .. }
        | Refusal::InvalidValue { .. }
        | Refusal::CommandIdReused {}
        | Refusal::NightInProgress { .. }
        | Refusal::NotAccepted {}
        | Refusal::AlreadyEnrolled {}
        | Refusal::AlreadySignalled {}
        | Refusal::NoSuchSignal {}
        | Refusal::NoSuchNotice {}
        | Refusal::CertificateNotDue { .. } => {}
    }
}

/// Every refusal says in French and in English what was refused and, where there is something, what to do.
#[test]
fn every_refusal_has_a_sentence_in_both_languages() {
    let mut lines = Vec::new();
    for refusal in refusals() {
        let (french, english) = (sentence(&refusal, Language::Fr), sentence(&refusal, Language::En));
        for text in [&french, &english] {
            assert!(text.ends_with('.') && !text.contains("  ") && !text.contains(".."), "{text}");
        }
        assert_ne!(french, english);
        lines.push(format!("{}\n    {french}\n    {english}", refusal.code()));
    }
    insta::assert_snapshot!(lines.join("\n"));
}

/// What is allowed is given as numbers, so that each sentence stays in its own language.
#[test]
fn bounds_are_said_in_the_readers_language() {
    let open = |title: &str, capacity: u32, call_limit: Option<u32>| Action::OpenFormation {
        formation: at_formation("PSY"),
        title: title.into(),
        mention: "PSY".into(),
        track: Track::Student,
        capacity,
        call_limit,
        complementary: false,
        mixed: false,
    };
    let mut lines = Vec::new();
    for action in [open("", 1, None), open("Psy", 10_001, None), open("Psy", 20, Some(10))] {
        let id = at_formation("PSY");
        let actor = Actor::Establishment(EstablishmentId::new(LYON).unwrap());
        let subject = Subject::Formation { id: &id, state: None, ranking: None };
        let command = common::command(actor, action);
        let refusal =
            decide(subject, &command, &Facts::default(), at("2024-02-01T12:00"), &rules()).unwrap_err();
        lines.push(sentence(&refusal, Language::Fr));
        lines.push(sentence(&refusal, Language::En));
    }
    let email = "alice@example.org".into();
    let name = Some("x".repeat(121));
    let register = Action::RegisterAccount {
        email,
        language: Language::Fr,
        questionnaire: YES,
        name,
        region: String::new(),
    };
    let refusal =
        ask_with(None, "alice", register, Facts::default(), at("2024-03-01T12:00"), &rules()).unwrap_err();
    lines.push(sentence(&refusal, Language::Fr));
    lines.push(sentence(&refusal, Language::En));
    assert_eq!(
        lines,
        [
            "La valeur de « title » n'est pas admise ; attendu : 1 à 300 caractères.",
            "The value of \"title\" is not allowed; expected: 1 to 300 characters.",
            "La valeur de « capacity » n'est pas admise ; attendu : 0 à 10000.",
            "The value of \"capacity\" is not allowed; expected: 0 to 10000.",
            "La valeur de « call_limit » n'est pas admise ; attendu : 20 à 10000.",
            "The value of \"call_limit\" is not allowed; expected: 20 to 10000.",
            "La valeur de « name » n'est pas admise ; attendu : 0 à 120 caractères.",
            "The value of \"name\" is not allowed; expected: 0 to 120 characters.",
        ]
    );
}

/// Every rule that the source can put on an event has a line and a source for `explain`; the others have none.
#[test]
fn every_cited_rule_has_a_citation() {
    let mut cited = BTreeSet::new();
    scan(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut cited);
    assert!(cited.len() > 15, "the scan found only {cited:?}");
    for rule in &cited {
        let citation = citation(Rule(*rule));
        assert!(
            citation.is_some_and(|c| !c.says.is_empty() && !c.source.is_empty()),
            "R{rule} has no citation"
        );
    }
    assert_eq!(citation(Rule(0)), None);
    assert_eq!(citation(Rule(80)), None);
}

/// The numbers in `Rule(…)` and `event(…, ` of every source file.
#[cfg(test)]
fn scan(folder: &Path, cited: &mut BTreeSet<u8>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            scan(&path, cited);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            for opening in ["Rule(", "event("] {
                for (start, _) in text.match_indices(opening) {
                    let digits: String =
                        text[start + opening.len()..].chars().take_while(char::is_ascii_digit).collect();
                    cited.extend(digits.parse::<u8>().ok());
                }
            }
        }
    }
}
