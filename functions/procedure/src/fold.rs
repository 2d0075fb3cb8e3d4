//! From events to state. The state of a candidate or a formation is the fold of its decision records and
//! nothing else: jobs write what these functions return, and `verify` folds again and compares.

use jiff::civil::Date;
use schemas::candidate::{Contract, FraudCase, JuryRefusal, NewEmail, Vacancy};
use schemas::{
    AccountState, Application, ApplicationState, Campaign, Candidate, CandidateId, Cause, Change,
    Establishment, Event, Formation, FormationId, LostCause, Ranking, Standing,
};

use crate::settle::next_due;

/// A candidate after one more decision; `None` only if there was no account and none was opened.
///
/// Sets the version, the last night and the instant at which time will next say something.
#[must_use]
pub fn candidate(
    before: Option<&Candidate>,
    id: &CandidateId,
    cause: &Cause,
    events: &[Event],
    rules: &Campaign,
) -> Option<Candidate> {
    let mut state = before.cloned();
    if let (Some(candidate), Cause::Night { date }) = (&mut state, cause) {
        begin_night(candidate, *date);
    }
    for event in events {
        match &mut state {
            Some(candidate) => apply(candidate, event),
            None => state = registered(id, event),
        }
    }
    if let Some(candidate) = &mut state {
        candidate.version += 1;
        candidate.due = next_due(candidate, rules);
    }
    state
}

/// A night begins only when the one before is published or undone: what stood before that one is seen by
/// nobody any more.
fn begin_night(candidate: &mut Candidate, date: Date) {
    if candidate.last_night < Some(date) {
        candidate.last_night = Some(date);
        candidate.applications.values_mut().for_each(|application| application.before = None);
    }
}

fn registered(id: &CandidateId, event: &Event) -> Option<Candidate> {
    let Change::Registered { email, language, name, region, activation_issued_at, .. } = &event.change else {
        return None;
    };
    Some(Candidate {
        id: id.clone(),
        version: 0,
        account: AccountState::Registered,
        email: email.clone(),
        name: name.clone(),
        language: *language,
        region: region.clone(),
        new_email: None,
        address_released: false,
        unreachable: false,
        activation_issued_at: Some(*activation_issued_at),
        applications: std::collections::BTreeMap::new(),
        exception: Vec::new(),
        fraud: None,
        last_night: None,
        due: None,
    })
}

/// One event on a candidate. An event on an application that is not there changes nothing.
pub(crate) fn apply(candidate: &mut Candidate, event: &Event) {
    match &event.change {
        change @ (Change::ActivationIssued { .. }
        | Change::Activated
        | Change::EmailAsked { .. }
        | Change::EmailConfirmed
        | Change::AddressReleased
        | Change::BecameUnreachable
        | Change::MailboxReleased
        | Change::Resigned
        | Change::Closed) => account(candidate, change),
        change @ (Change::ExceptionRequested { .. }
        | Change::ExceptionDecided { .. }
        | Change::FraudReported { .. }
        | Change::FraudNotified { .. }
        | Change::FraudDecided { .. }) => judge(candidate, change),
        Change::NightVoided { night } => {
            if candidate.last_night == Some(*night) {
                for application in candidate.applications.values_mut() {
                    if let Some(before) = application.before.take() {
                        application.now = before;
                    }
                }
            }
        }
        Change::PreferencesOrdered { formations } => {
            candidate.applications.values_mut().for_each(|application| application.preference = None);
            for (formation, preference) in formations.iter().zip(1..) {
                if let Some(application) = candidate.applications.get_mut(formation) {
                    application.preference = Some(preference);
                }
            }
        }
        Change::Submitted { formation, pair, track, round } => {
            // A refusal keeps its reasons and its certificate also for who tries again (R21, R55, R70).
            let earlier = candidate.applications.get(formation);
            let refusal = earlier.and_then(|earlier| earlier.now.refusal.clone());
            let application = Application {
                pair: pair.clone(),
                track: *track,
                round: *round,
                preference: None,
                contract: None,
                now: Standing { refusal, ..Standing::of(ApplicationState::Submitted) },
                before: None,
                reason_requested_on: earlier.and_then(|earlier| earlier.reason_requested_on),
            };
            candidate.applications.insert(formation.clone(), application);
        }
        Change::ReasonRequested { formation, on } => {
            if let Some(application) = candidate.applications.get_mut(formation) {
                application.reason_requested_on = Some(*on);
            }
        }
        change @ (Change::SearchAccepted { .. }
        | Change::SearchDoubted { .. }
        | Change::ContractReceived { .. }
        | Change::ContractValidated { .. }
        | Change::ContractRejected { .. }
        | Change::DeadlineExtended { .. }) => amend(candidate, change),
        change => {
            if let Some((formation, standing)) = new_standing(change)
                && let Some(application) = candidate.applications.get_mut(formation)
            {
                stand(application, event.night, standing);
                if let Change::PlacementRestored { preference: Some(preference), .. } = change {
                    application.preference = Some(*preference);
                }
            }
        }
    }
}

/// The account itself (R2, R9, R11, R61).
fn account(candidate: &mut Candidate, change: &Change) {
    match change {
        Change::ActivationIssued { activation_issued_at } => {
            candidate.activation_issued_at = Some(*activation_issued_at);
        }
        Change::Activated => {
            candidate.account = AccountState::Active;
            candidate.activation_issued_at = None;
        }
        Change::EmailAsked { email, issued_at } => {
            candidate.new_email = Some(NewEmail { email: email.clone(), issued_at: *issued_at });
        }
        Change::EmailConfirmed => {
            if let Some(new) = candidate.new_email.take() {
                candidate.email = new.email;
                // Nothing came back from there yet.
                candidate.unreachable = false;
            }
        }
        Change::AddressReleased => candidate.address_released = true,
        Change::BecameUnreachable => candidate.unreachable = true,
        Change::MailboxReleased => candidate.unreachable = false,
        Change::Resigned => candidate.account = AccountState::Resigned,
        Change::Closed => candidate.account = AccountState::Closed,
        _ => {}
    }
}

/// Exceptional circumstances and cases of fraud (R38, R71–R74).
fn judge(candidate: &mut Candidate, change: &Change) {
    match change {
        Change::ExceptionRequested { formations } => {
            for formation in formations {
                if !candidate.exception.contains(formation) {
                    candidate.exception.push(formation.clone());
                }
            }
        }
        Change::ExceptionDecided { formations, .. } => {
            candidate.exception.retain(|formation| !formations.contains(formation));
        }
        Change::FraudReported { establishment, on } => {
            candidate.fraud =
                Some(FraudCase { reported_on: *on, establishment: establishment.clone(), until: None });
        }
        Change::FraudNotified { until } => {
            if let Some(case) = &mut candidate.fraud {
                case.until = Some(*until);
            }
        }
        Change::FraudDecided { sanctioned, .. } => {
            candidate.fraud = None;
            if *sanctioned {
                candidate.account = AccountState::Sanctioned;
            }
        }
        _ => {}
    }
}

/// Changes a part of an application by a command, a search, a contract or a deadline: visible at once.
fn amend(candidate: &mut Candidate, change: &Change) {
    let application = change.formation().and_then(|id| candidate.applications.get_mut(id));
    let Some(application) = application else { return };
    application.before = None;
    let now = &mut application.now;
    match change {
        Change::SearchAccepted { .. } => {
            now.accepted = true;
            now.deadline = None;
        }
        Change::SearchDoubted { deadline, .. } | Change::DeadlineExtended { deadline, .. } => {
            now.deadline = Some(*deadline);
        }
        Change::ContractReceived { arrival, version, .. } => {
            application.contract =
                Some(Contract { arrival: *arrival, version: version.clone(), validated: false });
            // Of a mixed formation the contract changes how one enters, not where one stands (R49).
            if now.state == ApplicationState::ContractSearch {
                let refusal = now.refusal.take();
                *now =
                    Standing { rank: now.rank, refusal, ..Standing::of(ApplicationState::ContractSubmitted) };
            }
        }
        Change::ContractValidated { .. } => {
            if let Some(contract) = &mut application.contract {
                contract.validated = true;
            }
            if now.state == ApplicationState::ContractSubmitted {
                now.state = ApplicationState::ContractValidated;
            }
        }
        Change::ContractRejected { .. } => application.contract = None,
        _ => {}
    }
}

/// The standing that a change gives to the application it names.
fn new_standing(change: &Change) -> Option<(&FormationId, Standing)> {
    Some(match change {
        Change::Waitlisted { formation, rank } => {
            (formation, Standing { rank: Some(*rank), ..Standing::of(ApplicationState::Waitlisted) })
        }
        Change::Refused { formation, reason, notified_on } => {
            let refusal = JuryRefusal { reason: Some(*reason), notified_on: *notified_on };
            (formation, Standing { refusal: Some(refusal), ..Standing::of(ApplicationState::Refused) })
        }
        Change::NotAdmitted { formation, notified_on } => {
            let refusal = JuryRefusal { reason: None, notified_on: *notified_on };
            (formation, Standing { refusal: Some(refusal), ..Standing::of(ApplicationState::NotAdmitted) })
        }
        Change::Offered { formation, received_on, deadline } => (
            formation,
            Standing {
                received_on: Some(*received_on),
                deadline: Some(*deadline),
                ..Standing::of(ApplicationState::Offered)
            },
        ),
        Change::AcceptedProvisionally { formation } => {
            (formation, Standing::of(ApplicationState::AcceptedProvisionally))
        }
        Change::AcceptedDefinitively { formation, on } => (
            formation,
            Standing { accepted_on: Some(*on), ..Standing::of(ApplicationState::AcceptedDefinitively) },
        ),
        Change::SearchPlaced { formation, rank, received_on, deadline } => (
            formation,
            Standing {
                rank: *rank,
                received_on: Some(*received_on),
                deadline: *deadline,
                ..Standing::of(ApplicationState::ContractSearch)
            },
        ),
        Change::PlacementRestored { formation, state, .. } => (formation, Standing::of(*state)),
        Change::Annulled { formation } => (formation, Standing::of(ApplicationState::Annulled)),
        Change::Lost { formation, cause } => (formation, Standing::lost(*cause)),
        Change::Archived { formation } => (formation, Standing::of(ApplicationState::Archived)),
        Change::Enrolled { formation } | Change::VacancyCancelled { formation, enrolled: true } => {
            (formation, Standing::of(ApplicationState::Enrolled))
        }
        Change::VacancyCancelled { formation, enrolled: false } => {
            (formation, Standing::of(ApplicationState::AcceptedDefinitively))
        }
        Change::VacancySignalled { formation, at, enrolled, .. } => {
            let vacancy = Some(Vacancy { at: *at, enrolled: *enrolled });
            (formation, Standing { vacancy, ..Standing::lost(LostCause::Renounced) })
        }
        _ => return None,
    })
}

/// Gives an application its new standing. What a night writes keeps what stood before, for everyone to whom
/// that night is not published yet; anybody else's change is visible at once. The rank stays to the end, and so does an
/// earlier refusal.
fn stand(application: &mut Application, night: Option<Date>, standing: Standing) {
    let mut standing = Standing { rank: standing.rank.or(application.now.rank), ..standing };
    standing.refusal = standing.refusal.or_else(|| application.now.refusal.clone());
    if night.is_some() && standing.state == ApplicationState::AcceptedProvisionally {
        // Accepted by the night that offered it (R56): the morning's mail tells it from those held before.
        standing.received_on = application.now.received_on;
    }
    let still_accepted =
        matches!(standing.state, ApplicationState::AcceptedDefinitively | ApplicationState::Enrolled);
    if still_accepted || standing.vacancy.is_some() {
        // The day of the acceptance decides until when one enrols (R66), also once a signal is taken back (R68).
        standing.accepted_on = standing.accepted_on.or(application.now.accepted_on);
    }
    if standing.cause == Some(LostCause::Expired) {
        // When it lapsed: the operators' figures count what did since the night before.
        standing.deadline = application.now.deadline;
    }
    if standing.state == ApplicationState::ContractSearch {
        // A contract sent before a search began was for a placement since lost (R38): nobody decides on it any more.
        application.contract = None;
    }
    let before = std::mem::replace(&mut application.now, standing);
    match night {
        Some(_) => application.before = application.before.take().or(Some(before)),
        None => application.before = None,
    }
}

/// The candidate as everyone outside the night sees him: what an unpublished night wrote does not show.
#[must_use]
pub fn visible(candidate: &Candidate, published: Option<Date>) -> Candidate {
    let mut seen = candidate.clone();
    for application in seen.applications.values_mut() {
        application.now = application.standing(candidate.last_night, published).clone();
    }
    seen
}

/// An establishment after one more decision; `None` only if nothing was said of it.
#[must_use]
pub fn establishment(before: Option<&Establishment>, events: &[Event]) -> Option<Establishment> {
    let said = events.iter().rev().find_map(|event| match &event.change {
        Change::EstablishmentSet { establishment, email } => Some((establishment.clone(), email.clone())),
        _ => None,
    });
    let (id, email) = said.or_else(|| before.map(|known| (known.id.clone(), known.email.clone())))?;
    Some(Establishment { id, version: before.map_or(1, |known| known.version + 1), email })
}

/// A formation after one more decision; `None` only if there was none and none was opened.
#[must_use]
pub fn formation(before: Option<&Formation>, events: &[Event]) -> Option<Formation> {
    let mut state = before.cloned();
    for event in events {
        match (&mut state, &event.change) {
            (Some(formation), Change::EnrolmentSet { days, .. }) => formation.enrolment = Some(*days),
            (Some(formation), Change::FormationStopped { stopped, .. }) => formation.stopped = *stopped,
            (Some(formation), Change::SeatsSet { capacity, call_limit, .. }) => {
                formation.capacity = *capacity;
                formation.call_limit = *call_limit;
            }
            _ => {}
        }
        if let Change::FormationOpened {
            formation,
            title,
            establishment,
            mention,
            track,
            capacity,
            call_limit,
            complementary,
            mixed,
        } = &event.change
        {
            state = Some(Formation {
                id: formation.clone(),
                version: 0,
                title: title.clone(),
                establishment: establishment.clone(),
                mention: mention.clone(),
                track: *track,
                capacity: *capacity,
                call_limit: *call_limit,
                complementary: *complementary,
                mixed: *mixed,
                enrolment: None,
                stopped: false,
            });
        }
    }
    if let Some(formation) = &mut state {
        formation.version += 1;
    }
    state
}

/// A formation's ranking after one more decision, if it has one.
#[must_use]
pub fn ranking(before: Option<&Ranking>, events: &[Event]) -> Option<Ranking> {
    let mut state = before.cloned();
    for event in events {
        if let Change::RankingPublished { formation, digest, ranked, refused, round, after, published_at } =
            &event.change
        {
            state = Some(Ranking {
                formation: formation.clone(),
                version: state.map_or(0, |ranking| ranking.version) + 1,
                digest: digest.clone(),
                ranked: *ranked,
                refused: *refused,
                round: *round,
                after: *after,
                published_at: *published_at,
            });
        }
    }
    state
}

/// The event that ends an application for this cause.
pub(crate) fn lost(rule: schemas::Rule, formation: &FormationId, cause: LostCause) -> Event {
    Event { rule, night: None, change: Change::Lost { formation: formation.clone(), cause } }
}
