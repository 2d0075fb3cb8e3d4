//! Every notice with sample facts: what the preview command shows and what the tests hold.

use jiff::Timestamp;
use jiff::civil::date;
use schemas::CandidateId;
use schemas::candidate::CertificateKind;

use crate::{
    AccountActivation, AccountExists, Answer, AnswerRecorded, BecameDefinitive, Certificate, Certified,
    ContractReceived, ContractRejected, ContractValidated, EmailChange, EnrolmentRecorded, ExceptionDecided,
    FraudDecision, FraudDecisionCopy, FraudNotice, Message, NewOffers, NightReady, NotAdmitted,
    OfferReminder, OffersExpired, PreferencesNeeded, Recorded, RefusalReasonGiven, ResultsAvailable,
    WaitlistArchived,
};

/// 00:00 in Paris on 8 June 2024: the end of the initial deadline of that year (R34).
const DEADLINE: Timestamp = Timestamp::constant(1_717_797_600, 0);
/// 10:05:42 in Paris on 5 June 2024.
const ANSWERED_AT: Timestamp = Timestamp::constant(1_717_574_742, 0);
/// 09:00 in Paris on 5 June 2024.
const PUBLICATION: Timestamp = Timestamp::constant(1_717_570_800, 0);
/// 12:00 in Paris on 5 June 2024.
const NOON: Timestamp = Timestamp::constant(1_717_581_600, 0);
const SPACE: &str = "https://monmaster.example/espace?vue=candidatures&annee=2024";
const PSYCHOLOGY: &str = "Psychologie sociale, du travail & des organisations (Lyon 2)";
const HISTORY: &str = "Histoire de l'art, parcours \"Moyen Âge\" (Rouen)";

/// Every notice at least once, each under a name of its own; the plain case of each kind comes first.
///
/// ```
/// let kinds: Vec<_> = notices::samples().iter().map(|(_, message)| message.kind()).collect();
/// assert!(schemas::NoticeKind::ALL.iter().all(|kind| kinds.contains(kind)));
/// ```
#[must_use]
pub fn samples() -> Vec<(&'static str, Message)> {
    let mut samples = accounts();
    samples.extend(morning());
    samples.extend(answers());
    samples.extend(ends());
    samples.extend(contracts());
    samples.extend(enrolments());
    samples.extend(judgements());
    samples.extend(copies());
    samples.extend(certificates());
    samples.extend(nights());
    samples
}

fn nights() -> Vec<(&'static str, Message)> {
    let night = NightReady {
        date: date(2024, 6, 5),
        held: false,
        publication: PUBLICATION,
        latest: NOON,
        offers: 1_842,
        lapses: 310,
        seats_free: 12,
        withheld: 0,
        yesterday: Some((date(2024, 6, 4), 2_071)),
        page: "https://monmaster.example/nuits/2024-06-05".to_owned(),
    };
    let first = NightReady { yesterday: None, ..night.clone() };
    let held = NightReady { held: true, withheld: 6, ..night.clone() };
    vec![
        ("night_ready", Message::NightReady(night)),
        ("night_ready_first", Message::NightReady(first)),
        ("night_ready_held", Message::NightReady(held)),
    ]
}

fn judgements() -> Vec<(&'static str, Message)> {
    let (at, space) = (ANSWERED_AT, || SPACE.to_owned());
    let reason = RefusalReasonGiven { formation: PSYCHOLOGY.to_owned(), at, space: space() };
    let exception = |granted, applications, held_again| {
        let space = space();
        Message::ExceptionDecided(ExceptionDecided { granted, applications, held_again, at, space })
    };
    let reminder =
        |offers| Message::OfferReminder(OfferReminder { offers, answer_by: DEADLINE, space: space() });
    let decision = |sanctioned, applications| {
        Message::FraudDecision(FraudDecision { sanctioned, applications, at, space: space() })
    };
    vec![
        ("refusal_reason", Message::RefusalReason(reason)),
        ("exception_decided", exception(true, 2, false)),
        ("exception_decided_held_again", exception(true, 1, true)),
        ("exception_denied", exception(false, 1, false)),
        ("fraud_notice", Message::FraudNotice(FraudNotice { answer_by: DEADLINE, space: space() })),
        ("fraud_decision", decision(true, 3)),
        ("fraud_decision_dropped", decision(false, 0)),
        ("offer_reminder", reminder(2)),
        ("offer_reminder_one", reminder(1)),
    ]
}

fn copies() -> Vec<(&'static str, Message)> {
    // A sample's id is a valid one.
    let candidate = CandidateId::new("c-0000042").ok();
    let copy = |candidate| FraudDecisionCopy { candidate, at: ANSWERED_AT, space: SPACE.to_owned() };
    candidate
        .into_iter()
        .map(|candidate| ("fraud_decision_copy", Message::FraudDecisionCopy(copy(candidate))))
        .collect()
}

fn accounts() -> Vec<(&'static str, Message)> {
    let activation = AccountActivation {
        link: "https://monmaster.example/activation?jeton=dGhpcyBpcyBhIHNhbXBsZSB0b2tlbg&c=42".to_owned(),
        expires_at: DEADLINE,
    };
    let change = EmailChange {
        link: "https://monmaster.example/adresse?jeton=dGhpcyBpcyBhIHNhbXBsZSB0b2tlbg&c=42".to_owned(),
        expires_at: DEADLINE,
    };
    let exists = AccountExists { sign_in: "https://monmaster.example/connexion".to_owned() };
    vec![
        ("account_activation", Message::AccountActivation(activation)),
        ("account_exists", Message::AccountExists(exists)),
        ("email_change", Message::EmailChange(change)),
    ]
}

fn morning() -> Vec<(&'static str, Message)> {
    let results = |offers, waitlisted, refused, answer_by| ResultsAvailable {
        offers,
        accepted: 0,
        waitlisted,
        searches: 0,
        refused,
        answer_by,
        space: SPACE.to_owned(),
    };
    let complementary = ResultsAvailable { accepted: 1, ..results(0, 2, 1, None) };
    let searches = ResultsAvailable { searches: 2, ..results(0, 0, 0, Some(DEADLINE)) };
    let offers = |offers, accepted, searches| {
        let answer_by = (accepted == 0).then_some(DEADLINE);
        Message::NewOffers(NewOffers { offers, accepted, searches, answer_by, space: SPACE.to_owned() })
    };
    let results = |offers, waitlisted, refused, answer_by| {
        Message::ResultsAvailable(results(offers, waitlisted, refused, answer_by))
    };
    vec![
        ("results_available", results(2, 3, 1, Some(DEADLINE))),
        ("results_available_one_offer", results(1, 1, 0, Some(DEADLINE))),
        ("results_available_no_offer", results(0, 12, 3, None)),
        ("results_available_all_refused", results(0, 0, 15, None)),
        ("results_available_searches_only", Message::ResultsAvailable(searches)),
        ("results_available_accepted", Message::ResultsAvailable(complementary)),
        ("new_offers", offers(2, 0, 0)),
        ("new_offers_one", offers(1, 0, 0)),
        ("new_offers_accepted", offers(0, 1, 0)),
        ("new_offers_searches", offers(0, 0, 2)),
        ("new_offers_and_search", offers(1, 0, 1)),
    ]
}

fn answers() -> Vec<(&'static str, Message)> {
    let recorded = |answer, formation: Option<&str>, kept, lost| {
        let (formation, space) = (formation.map(str::to_owned), SPACE.to_owned());
        Message::AnswerRecorded(AnswerRecorded {
            answer,
            formation,
            at: ANSWERED_AT,
            kept,
            lost,
            enrol_by: Some(date(2024, 7, 19)),
            space,
        })
    };
    let psychology = Some(PSYCHOLOGY);
    vec![
        ("answer_recorded", recorded(Answer::AcceptedProvisionally, psychology, 2, 3)),
        ("answer_recorded_provisional_keeps_none", recorded(Answer::AcceptedProvisionally, psychology, 0, 1)),
        ("answer_recorded_definitive", recorded(Answer::AcceptedDefinitively, psychology, 0, 9)),
        ("answer_recorded_search_accepted", recorded(Answer::SearchAccepted, psychology, 0, 0)),
        ("answer_recorded_search_refused", recorded(Answer::SearchRefused, psychology, 0, 0)),
        ("answer_recorded_refused", recorded(Answer::Refused, Some(HISTORY), 1, 0)),
        ("answer_recorded_withdrawn", recorded(Answer::Withdrawn, Some(HISTORY), 0, 0)),
        ("answer_recorded_resigned", recorded(Answer::Resigned, None, 0, 14)),
    ]
}

fn contracts() -> Vec<(&'static str, Message)> {
    let (formation, space) = (|| HISTORY.to_owned(), || SPACE.to_owned());
    let received = |accepted| {
        let (formation, at, space) = (formation(), ANSWERED_AT, space());
        Message::ContractReceived(ContractReceived { formation, at, accepted, space })
    };
    let validated = |mixed| {
        Message::ContractValidated(ContractValidated { formation: formation(), mixed, space: space() })
    };
    let rejected =
        |ended| Message::ContractRejected(ContractRejected { formation: formation(), ended, space: space() });
    vec![
        ("contract_received", received(false)),
        ("contract_received_accepted", received(true)),
        ("contract_validated", validated(false)),
        ("contract_validated_mixed", validated(true)),
        ("contract_rejected", rejected(true)),
        ("contract_rejected_mixed", rejected(false)),
    ]
}

fn ends() -> Vec<(&'static str, Message)> {
    let expired = |formations: &[&str], still_held: Option<&str>, waiting| {
        Message::OffersExpired(OffersExpired {
            formations: formations.iter().map(|title| (*title).to_owned()).collect(),
            not_ranked: 0,
            still_held: still_held.map(str::to_owned),
            waiting,
            space: SPACE.to_owned(),
        })
    };
    let unordered = |not_ranked, still_held: Option<&str>, waiting| {
        Message::OffersExpired(OffersExpired {
            formations: Vec::new(),
            not_ranked,
            still_held: still_held.map(str::to_owned),
            waiting,
            space: SPACE.to_owned(),
        })
    };
    let needed = |applications, held| {
        let (order_by, space) = (DEADLINE, SPACE.to_owned());
        Message::PreferencesNeeded(PreferencesNeeded { applications, held, order_by, space })
    };
    let definitive = BecameDefinitive {
        formation: HISTORY.to_owned(),
        on: date(2024, 7, 31),
        enrol_by: Some(date(2024, 8, 29)),
        space: SPACE.to_owned(),
    };
    let by_the_establishment = BecameDefinitive { enrol_by: None, ..definitive.clone() };
    let ended = |applications| Message::NotAdmitted(NotAdmitted { applications, space: SPACE.to_owned() });
    let archived = |placements, order_by| {
        Message::WaitlistArchived(WaitlistArchived { placements, order_by, space: SPACE.to_owned() })
    };
    vec![
        ("offers_expired", expired(&[PSYCHOLOGY, HISTORY], None, 2)),
        ("offers_expired_one_held", expired(&[PSYCHOLOGY], Some(HISTORY), 0)),
        ("offers_expired_nothing_left", expired(&[HISTORY], None, 0)),
        ("offers_expired_not_ordered", unordered(3, Some(HISTORY), 1)),
        ("offers_expired_one_not_ordered", unordered(1, None, 0)),
        ("preferences_needed", needed(3, true)),
        ("preferences_needed_one", needed(1, false)),
        ("became_definitive", Message::BecameDefinitive(definitive)),
        ("became_definitive_establishment", Message::BecameDefinitive(by_the_establishment)),
        ("not_admitted", ended(4)),
        ("not_admitted_one", ended(1)),
        ("waitlist_archived", archived(3, None)),
        ("waitlist_archived_one", archived(1, None)),
        ("waitlist_archived_to_order", archived(3, Some(DEADLINE))),
    ]
}

fn enrolments() -> Vec<(&'static str, Message)> {
    let said = |recorded| {
        let (formation, space) = (HISTORY.to_owned(), SPACE.to_owned());
        Message::EnrolmentRecorded(EnrolmentRecorded { recorded, formation, at: ANSWERED_AT, space })
    };
    vec![
        ("enrolment_recorded", said(Recorded::Enrolled)),
        ("enrolment_recorded_deadline_missed", said(Recorded::DeadlineMissed)),
        ("enrolment_recorded_conditions_not_met", said(Recorded::ConditionsNotMet)),
        ("enrolment_recorded_absent_first_day", said(Recorded::AbsentFirstDay)),
        ("enrolment_recorded_withdrew", said(Recorded::Withdrew)),
        ("enrolment_recorded_restored", said(Recorded::Restored)),
    ]
}

fn certificates() -> Vec<(&'static str, Message)> {
    let issued = |kind, formations: &[Option<&str>]| {
        // A sample's id is a valid one.
        let candidate = CandidateId::new("c-0000042").ok()?;
        let one = |formation: &Option<&str>| Certified {
            formation: formation.map(str::to_owned),
            code: "7K3Q-9ZTM-04XW-R8VC".to_owned(),
        };
        let certified = formations.iter().map(one).collect();
        let space = SPACE.to_owned();
        Some(Message::Certificate(Certificate { kind, candidate, certified, at: ANSWERED_AT, space }))
    };
    let all = [
        ("certificate", issued(CertificateKind::NonEnrolment, &[None])),
        ("certificate_refusal", issued(CertificateKind::Refusal, &[Some(PSYCHOLOGY), Some(HISTORY)])),
        ("certificate_admission", issued(CertificateKind::Admission, &[Some(HISTORY)])),
    ];
    all.into_iter().filter_map(|(name, message)| Some((name, message?))).collect()
}
