//! Decides one command on one subject. Pure and total: the same arguments always give the same answer.
//!
//! Order of the checks: who may; the command's own window; what the law says of the matter; the gate. (A
//! known `command_id` is answered from its stored outcome before anything is decided.)

mod accounts;
mod answers;
mod applications;
mod certificates;
mod contracts;
mod deadlines;
mod enrolment;
mod establishments;
mod exceptions;
mod formations;
mod fraud;
pub(crate) mod preferences;
mod vacancies;

use jiff::Timestamp;
use schemas::command::Warning;
use schemas::{
    Action, Actor, Campaign, Candidate, CandidateId, Change, Command, Establishment, EstablishmentId, Event,
    Formation, FormationId, Gate, NoticeKind, Ranking, Refusal, Rule,
};

pub use accounts::{activation_expires_at, email_link_expires_at};
pub use certificates::certifiable;
pub use contracts::comes_before;
pub use preferences::is_ordered;

use crate::{calendar, fold, settle};

/// Whom a command is about, as stored: the item that its decision changes.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'a> {
    /// A candidate, who may not exist yet.
    Candidate {
        /// Whose command it is.
        id: &'a CandidateId,
        /// The stored state, if there is one.
        state: Option<&'a Candidate>,
    },
    /// A formation, which may not exist yet.
    Formation {
        /// Which one.
        id: &'a FormationId,
        /// The stored state, if there is one.
        state: Option<&'a Formation>,
        /// Its ranking, if it has one.
        ranking: Option<&'a Ranking>,
    },
    /// An establishment, which may not be known yet.
    Establishment {
        /// Which one.
        id: &'a EstablishmentId,
        /// The stored state, if there is one.
        state: Option<&'a Establishment>,
    },
}

/// Plain data read before the decision.
#[derive(Debug, Clone, Copy, Default)]
pub struct Facts<'a> {
    /// The formation that a candidate's command names, if it exists.
    pub formation: Option<&'a Formation>,
    /// Whether the address of a registration has an account already (R11).
    pub address_taken: bool,
    /// Whether the activation token is the one of the link that was issued last (R9).
    pub token_valid: bool,
    /// Whose contract at that formation came before the one to validate and still waits (R47).
    pub earlier_contract: Option<&'a CandidateId>,
    /// Of the notice that an operator has sent again, its kind; absent if the candidate has no such notice.
    pub notice: Option<NoticeKind>,
    /// The digest under which a ranking's content is stored.
    pub ranking_digest: &'a str,
    /// The file that carries the command, if one does.
    pub carried_by: Option<Arrival<'a>>,
    /// Whether a night is being made, and which night is visible.
    pub gate: Gate,
}

/// When a file arrived, and its place among those of one instant. A window is that of the arrival, however late the file
/// is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Arrival<'a> {
    /// When, by the storage service's clock.
    pub at: Timestamp,
    /// The storage service's id of the version.
    pub version: &'a str,
}

impl Facts<'_> {
    /// The instant at which a command of now was given: that of the file that carries it, if one does.
    fn given_at(&self, now: Timestamp) -> Timestamp {
        self.carried_by.map_or(now, |file| file.at)
    }
}

/// A command accepted: what changes, and what is owed for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decision {
    /// The changes, in order.
    pub events: Vec<Event>,
    /// The notice owed to the candidate.
    pub notice: Option<NoticeKind>,
    /// What the sender should be told all the same.
    pub warnings: Vec<Warning>,
}

/// Decides a command at this instant under these rules.
///
/// A candidate is decided on as he is once time has done its part ([`settle::settle`]); whoever records the
/// decision records those settlements first.
///
/// # Errors
/// A [`Refusal`] says why nothing changes.
///
/// # Examples
/// Alice opens an account, outside the campaign and within it (R5–R11):
///
/// ```
/// use procedure::{Facts, Subject, campaign_file, decide};
/// use schemas::candidate::{Language, Questionnaire};
/// use schemas::{Action, Actor, CandidateId, Change, Command, CommandId, Refusal};
///
/// let rules = campaign_file::shipped("2024")?;
/// let alice = CandidateId::new("alice")?;
/// let command = Command {
///     command_id: CommandId::new("c-1")?,
///     actor: Actor::Candidate(alice.clone()),
///     action: Action::RegisterAccount {
///         email: "alice@example.org".into(),
///         language: Language::Fr,
///         questionnaire: Questionnaire { master: true, charter: true, licence: true, nationality: true },
///         name: None,
///         region: String::new(),
///     },
/// };
/// let subject = Subject::Candidate { id: &alice, state: None };
///
/// let early = decide(subject, &command, &Facts::default(), "2024-01-01T12:00:00Z".parse()?, &rules);
/// assert!(matches!(early, Err(Refusal::OutsideWindow { .. })));
///
/// let decision = decide(subject, &command, &Facts::default(), "2024-02-01T12:00:00Z".parse()?, &rules);
/// let events = decision.map(|decision| decision.events).unwrap_or_default();
/// assert!(matches!(events[0].change, Change::Registered { .. }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn decide(
    subject: Subject<'_>,
    command: &Command,
    facts: &Facts<'_>,
    now: Timestamp,
    rules: &Campaign,
) -> Result<Decision, Refusal> {
    let decision = match subject {
        Subject::Candidate { id, state } => {
            let settled = state.map(|candidate| settle::settled(candidate, now, rules).0);
            let seen = settled.as_ref().map(|candidate| fold::visible(candidate, facts.gate.published));
            match &command.actor {
                Actor::Candidate(sender) if sender == id => {
                    by_candidate(seen.as_ref(), &command.action, facts, now, rules)?
                }
                Actor::Establishment(sender) => {
                    by_establishment(seen.as_ref(), sender, &command.action, facts, now, rules)?
                }
                Actor::Job => by_job(seen.as_ref(), &command.action, facts, rules)?,
                Actor::Operator => by_operator(seen.as_ref(), &command.action, facts, now, rules)?,
                Actor::Rector => by_rector(seen.as_ref(), &command.action, now)?,
                Actor::Candidate(_) => return Err(Refusal::NotTheOwner {}),
            }
        }
        Subject::Formation { id, state, ranking } => {
            formations::decide(id, state, ranking, command, facts, now, rules)?
        }
        Subject::Establishment { id, state } => establishments::decide(id, state, command)?,
    };
    if let Some(night) = facts.gate.closed()
        && decision.events.iter().any(|event| event.change.touches_application())
    {
        let publication = calendar::publication(rules, night);
        let latest = calendar::gate_latest(rules, night);
        let reopens_at = if now < publication { publication } else { latest.max(now) };
        return Err(Refusal::NightInProgress { reopens_at });
    }
    Ok(decision)
}

fn by_candidate(
    candidate: Option<&Candidate>,
    action: &Action,
    facts: &Facts<'_>,
    now: Timestamp,
    rules: &Campaign,
) -> Result<Decision, Refusal> {
    match action {
        Action::RegisterAccount { email, language, questionnaire, name, region } => {
            let asked = accounts::Registration {
                email,
                language: *language,
                questionnaire: *questionnaire,
                name: name.as_deref(),
                region,
            };
            accounts::register(candidate, &asked, facts, now, rules)
        }
        Action::ResendActivation {} => accounts::resend_activation(candidate, now),
        Action::ActivateAccount { .. } => accounts::activate(candidate, facts, now, rules),
        Action::ChangeEmail { email } => {
            accounts::change_email(accounts::active(candidate)?, email, facts, now, rules)
        }
        Action::ConfirmEmail { .. } => {
            accounts::confirm_email(accounts::active(candidate)?, facts, now, rules)
        }
        Action::SubmitApplication { formation } => {
            applications::submit(accounts::active(candidate)?, formation, facts, now, rules)
        }
        Action::WithdrawApplication { formation } => {
            applications::withdraw(accounts::active(candidate)?, formation)
        }
        Action::AcceptProvisionally { formation, keep, drop } => {
            let choice = answers::Choice { keep: keep.as_deref(), drop: drop.as_deref() };
            answers::accept_provisionally(accounts::active(candidate)?, formation, choice, now, rules)
        }
        Action::AcceptDefinitively { formation } => {
            answers::accept_definitively(accounts::active(candidate)?, formation, now, rules)
        }
        Action::RefuseOffer { formation } => answers::refuse(accounts::active(candidate)?, formation, rules),
        Action::OrderPreferences { formations } => {
            preferences::order(accounts::active(candidate)?, formations, now, rules)
        }
        Action::Resign {} => Ok(applications::resign(accounts::active(candidate)?)),
        Action::RequestRefusalReason { formation } => {
            applications::request_reason(accounts::active(candidate)?, formation, now, rules)
        }
        Action::RequestException { formations, grounds } => {
            exceptions::request(accounts::active(candidate)?, formations, grounds, now, rules)
        }
        Action::RequestCertificate { kind, formation } => {
            certificates::request(accounts::active(candidate)?, *kind, formation.as_ref(), now)
        }
        Action::AnswerContractSearch { formation, accept, keep, drop } => {
            let choice = answers::Choice { keep: keep.as_deref(), drop: drop.as_deref() };
            contracts::answer_search(accounts::active(candidate)?, formation, *accept, choice, rules)
        }
        _ => Err(Refusal::NotTheOwner {}),
    }
}

/// What an establishment may do about a candidate: only where he applied to it. Of others it learns nothing, not even
/// whether they exist.
fn by_establishment(
    candidate: Option<&Candidate>,
    establishment: &EstablishmentId,
    action: &Action,
    facts: &Facts<'_>,
    now: Timestamp,
    rules: &Campaign,
) -> Result<Decision, Refusal> {
    let (candidate, application) = candidate
        .zip(action.formation())
        .and_then(|(candidate, formation)| Some((candidate, candidate.applications.get(formation)?)))
        .filter(|(_, application)| application.pair.0 == *establishment)
        .ok_or(Refusal::NotTheOwner {})?;
    match action {
        Action::ValidateContract { formation, .. } => {
            let candidate = accounts::active(Some(candidate))?;
            contracts::validate(candidate, formation, facts.earlier_contract, now, rules)
        }
        Action::RejectContract { formation, reason, .. } => {
            contracts::reject(accounts::active(Some(candidate))?, formation, reason, rules)
        }
        Action::SignalVacancy { formation, reason, .. } => {
            let own = facts.formation.and_then(|formation| formation.enrolment);
            let instants = vacancies::Instants { given: facts.given_at(now), now };
            vacancies::signal(application, formation, *reason, own, instants, rules)
        }
        Action::CancelVacancy { formation, .. } => {
            vacancies::cancel(accounts::active(Some(candidate))?, application, formation, now, rules)
        }
        Action::ConfirmEnrolment { formation, .. } => enrolment::confirm(application, formation),
        Action::AnswerRefusalReason { formation, text, .. } => {
            applications::answer_reason(application, formation, text)
        }
        _ => Err(Refusal::NotTheOwner {}),
    }
}

/// What an operator of the platform decides on a candidate.
fn by_operator(
    candidate: Option<&Candidate>,
    action: &Action,
    facts: &Facts<'_>,
    now: Timestamp,
    rules: &Campaign,
) -> Result<Decision, Refusal> {
    match action {
        Action::ReleaseAddress { .. } => accounts::release_address(candidate),
        Action::ReleaseMailbox { .. } => accounts::release_mailbox(candidate),
        Action::ResendNotice { .. } => accounts::resend_notice(candidate, facts),
        Action::ExtendDeadline { formation, region, received, until, .. } => {
            let extension = deadlines::Extension {
                formation: formation.as_ref(),
                region: region.as_deref(),
                received: *received,
                until: *until,
            };
            deadlines::extend(accounts::active(candidate)?, &extension, now, rules)
        }
        Action::DecideException { formations, grant, .. } => {
            exceptions::decide(accounts::active(candidate)?, formations, *grant, now, rules)
        }
        _ => Err(Refusal::NotTheOwner {}),
    }
}

/// What the rector decides on a candidate, whatever became of his account.
fn by_rector(candidate: Option<&Candidate>, action: &Action, now: Timestamp) -> Result<Decision, Refusal> {
    let known = candidate.ok_or(Refusal::AccountNotActive { account: None });
    match action {
        Action::ReportFraud { establishment, facts, .. } => fraud::report(known?, establishment, facts, now),
        Action::NotifyFraud { facts, .. } => fraud::notify(known?, facts, now),
        Action::DecideFraud { sanction, .. } => fraud::decide(known?, *sanction, now),
        _ => Err(Refusal::NotTheOwner {}),
    }
}

/// What a job found out about a candidate.
fn by_job(
    candidate: Option<&Candidate>,
    action: &Action,
    facts: &Facts<'_>,
    rules: &Campaign,
) -> Result<Decision, Refusal> {
    match action {
        Action::ContractReceived { formation, version, arrival, kind, verdict, .. } => {
            let (arrival, kind, verdict) = (*arrival, *kind, *verdict);
            let upload = contracts::Upload { version, arrival, kind, verdict };
            contracts::receive(accounts::active(candidate)?, formation, &upload, facts, rules)
        }
        Action::MarkUnreachable { address, .. } => accounts::mark_unreachable(candidate, address),
        _ => Err(Refusal::NotTheOwner {}),
    }
}

/// A change made by a command, under this rule.
fn event(rule: u8, change: Change) -> Event {
    Event { rule: Rule(rule), night: None, change }
}

/// The refusal that names a window of the calendar.
fn outside(window: Option<calendar::Window>) -> Refusal {
    Refusal::OutsideWindow { opens: window.map(|w| w.opens), closes: window.map(|w| w.closes) }
}

/// The refusal that names a field and its bounds, as numbers: `1..300`, both included. What they count is said
/// in the reader's language ([`crate::refusals`]).
fn invalid(field: &str, first: impl std::fmt::Display, last: impl std::fmt::Display) -> Refusal {
    Refusal::InvalidValue { field: field.to_owned(), allowed: format!("{first}..{last}") }
}
