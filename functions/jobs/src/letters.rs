//! From a notice owed to the words of a mail: read when it is sent, from the state as it then is.

mod certificate;
pub(crate) mod enrolment;
mod judgements;

use jiff::Timestamp;
use notices::{
    AccountActivation, AccountExists, Answer, AnswerRecorded, BecameDefinitive, ContractReceived,
    ContractRejected, ContractValidated, EmailChange, Message, NewOffers, NotAdmitted, OfferReminder,
    OffersExpired, PreferencesNeeded, ResultsAvailable, WaitlistArchived,
};
use platform::Table;
use procedure::calendar;
use procedure::decide::{activation_expires_at, email_link_expires_at};
use schemas::{
    AccountState, Action, ApplicationState, Candidate, Cause, Change, DecisionRecord, Formation, FormationId,
    LostCause, Notice, NoticeKind, Rule,
};

use crate::context::Context;
use crate::fault::Fault;
use crate::rows;
use crate::token;

/// What the notice says now; `None` if nothing is left to say.
pub(crate) async fn compose(
    context: &Context,
    notice: &Notice,
    candidate: &Candidate,
) -> Result<Option<Message>, Fault> {
    let space = format!("{}/mon-espace", context.settings.site);
    Ok(match notice.kind {
        NoticeKind::AccountActivation => activation(context, candidate).map(Message::AccountActivation),
        NoticeKind::AccountExists => {
            let sign_in = format!("{}/connexion", context.settings.site);
            Some(Message::AccountExists(AccountExists { sign_in }))
        }
        NoticeKind::ResultsAvailable => results(notice, candidate, space).map(Message::ResultsAvailable),
        NoticeKind::PreferencesNeeded => {
            preferences(context, candidate, space).map(Message::PreferencesNeeded)
        }
        NoticeKind::NewOffers => offers(notice, candidate, space).map(Message::NewOffers),
        NoticeKind::OfferReminder => reminder(candidate, space).map(Message::OfferReminder),
        NoticeKind::EmailChange => new_email(context, candidate).map(Message::EmailChange),
        NoticeKind::EnrolmentReminder => {
            enrolment::due(context, candidate, space).await?.map(Message::EnrolmentReminder)
        }
        // No candidate's.
        NoticeKind::NightReady | NoticeKind::IntakeReport => None,
        NoticeKind::AnswerRecorded
        | NoticeKind::OffersExpired
        | NoticeKind::BecameDefinitive
        | NoticeKind::NotAdmitted
        | NoticeKind::WaitlistArchived
        | NoticeKind::ContractReceived
        | NoticeKind::ContractValidated
        | NoticeKind::ContractRejected
        | NoticeKind::EnrolmentRecorded
        | NoticeKind::RefusalReason
        | NoticeKind::ExceptionDecided
        | NoticeKind::FraudNotice
        | NoticeKind::FraudDecision
        | NoticeKind::Certificate => {
            let Some(record) = decision(context, notice).await? else { return Ok(None) };
            of_decision(context, notice.kind, &record, candidate, space).await?
        }
    })
}

fn activation(context: &Context, candidate: &Candidate) -> Option<AccountActivation> {
    if candidate.account != AccountState::Registered {
        return None;
    }
    let token = token::activation(&context.settings.token_key, candidate)?;
    let link = format!("{}/activation?candidat={}&jeton={token}", context.settings.site, candidate.id);
    Some(AccountActivation { link, expires_at: activation_expires_at(candidate, context.rules())? })
}

/// The link to the address that was asked for last.
fn new_email(context: &Context, candidate: &Candidate) -> Option<EmailChange> {
    let token = token::new_email(&context.settings.token_key, candidate)?;
    let link = format!("{}/adresse?candidat={}&jeton={token}", context.settings.site, candidate.id);
    Some(EmailChange { link, expires_at: email_link_expires_at(candidate, context.rules())? })
}

fn count(candidate: &Candidate, state: ApplicationState) -> u32 {
    let matching = candidate.applications.values().filter(|application| application.now.state == state);
    u32::try_from(matching.count()).unwrap_or(u32::MAX)
}

fn first_deadline(candidate: &Candidate) -> Option<Timestamp> {
    let pending = candidate.applications.values().filter(|a| a.now.state == ApplicationState::Offered);
    pending.filter_map(|application| application.now.deadline).min()
}

fn results(notice: &Notice, candidate: &Candidate, space: String) -> Option<ResultsAvailable> {
    let [offers, waitlisted, searches, refused] = [
        ApplicationState::Offered,
        ApplicationState::Waitlisted,
        ApplicationState::ContractSearch,
        ApplicationState::Refused,
    ]
    .map(|state| count(candidate, state));
    let accepted = accepted_by(notice, candidate);
    let answer_by = first_deadline(candidate);
    let message = ResultsAvailable { offers, accepted, waitlisted, searches, refused, answer_by, space };
    (offers + accepted + waitlisted + searches + refused > 0).then_some(message)
}

/// How many offers of the notice's night were accepted by it (R56) and are still held.
fn accepted_by(notice: &Notice, candidate: &Candidate) -> u32 {
    let accepted = candidate.applications.values().filter(|application| {
        application.now.state == ApplicationState::AcceptedProvisionally
            && application.now.received_on == notice.night
    });
    u32::try_from(accepted.count()).unwrap_or(u32::MAX)
}

/// Only what came that morning and is still there.
fn offers(notice: &Notice, candidate: &Candidate, space: String) -> Option<NewOffers> {
    let new = |state: ApplicationState| {
        let of_night = candidate.applications.values().filter(move |a| a.now.received_on == notice.night);
        of_night.filter(move |application| application.now.state == state)
    };
    let number = |state| u32::try_from(new(state).count()).unwrap_or(u32::MAX);
    let (offers, searches) = (number(ApplicationState::Offered), number(ApplicationState::ContractSearch));
    let accepted = accepted_by(notice, candidate);
    let pending = new(ApplicationState::Offered).chain(new(ApplicationState::ContractSearch));
    let answer_by = pending.filter_map(|application| application.now.deadline).min();
    (offers + accepted + searches > 0).then_some(NewOffers { offers, accepted, searches, answer_by, space })
}

/// What still waits for an answer, with the first deadline (R35).
fn reminder(candidate: &Candidate, space: String) -> Option<OfferReminder> {
    let waiting = candidate.applications.values().filter(|application| {
        matches!(application.now.state, ApplicationState::Offered | ApplicationState::ContractSearch)
    });
    let deadlines: Vec<Timestamp> = waiting.filter_map(|application| application.now.deadline).collect();
    let answer_by = *deadlines.iter().min()?;
    let offers = u32::try_from(deadlines.iter().filter(|deadline| **deadline == answer_by).count());
    Some(OfferReminder { offers: offers.unwrap_or(u32::MAX), answer_by, space })
}

/// What is still to be ordered; nothing once the window is over (R53).
fn preferences(context: &Context, candidate: &Candidate, space: String) -> Option<PreferencesNeeded> {
    let order_by = calendar::ordering_of(context.rules(), candidate)?.closes;
    let waiting = candidate.applications.values().filter(|application| {
        matches!(
            application.now.state,
            ApplicationState::Submitted
                | ApplicationState::Waitlisted
                | ApplicationState::ContractSearch
                | ApplicationState::ContractSubmitted
                | ApplicationState::ContractValidated
        )
    });
    let applications = u32::try_from(waiting.count()).unwrap_or(u32::MAX);
    let held = count(candidate, ApplicationState::AcceptedProvisionally) > 0;
    let needed = PreferencesNeeded { applications, held, order_by, space };
    (context.now() < order_by && (applications > 0 || held)).then_some(needed)
}

/// Until when archived placements are still to be ordered, where the year has a window for that (R60).
fn order_by(context: &Context, candidate: &Candidate) -> Option<Timestamp> {
    let own = calendar::ordering_decides(context.rules()).is_none();
    let closes = calendar::ordering_of(context.rules(), candidate)?.closes;
    Some(closes).filter(|closes| own && context.now() < *closes)
}

/// The offer that the candidate keeps, also once it has become definitive (R30, R32, R57).
fn held(candidate: &Candidate) -> Option<&FormationId> {
    let mut applications = candidate.applications.iter();
    let held = applications.find(|(_, application)| {
        matches!(
            application.now.state,
            ApplicationState::AcceptedProvisionally
                | ApplicationState::AcceptedDefinitively
                | ApplicationState::Enrolled
        )
    });
    held.map(|(id, _)| id)
}

/// The decision that owes the notice, on the candidate whom it names.
pub(crate) async fn decision(context: &Context, notice: &Notice) -> Result<Option<DecisionRecord>, Fault> {
    let Some(candidate) = &notice.candidate else { return Ok(None) };
    let key = platform::Key::new(rows::candidate_pk(candidate), rows::record_sk(notice.decision));
    Ok(rows::get(context.platform.store.as_ref(), Table::Journal, &key).await?)
}

async fn formation_row(context: &Context, formation: &FormationId) -> Result<Option<Formation>, Fault> {
    let key = rows::formation_key(formation);
    Ok(rows::get(context.platform.store.as_ref(), Table::State, &key).await?)
}

async fn title(context: &Context, formation: &FormationId) -> Result<String, Fault> {
    let found = formation_row(context, formation).await?;
    Ok(found.map_or_else(|| formation.to_string(), |formation| formation.title))
}

async fn of_decision(
    context: &Context,
    kind: NoticeKind,
    record: &DecisionRecord,
    candidate: &Candidate,
    space: String,
) -> Result<Option<Message>, Fault> {
    let named = |wanted: fn(&Change) -> bool| -> Vec<&FormationId> {
        let matching = record.events.iter().filter(|event| wanted(&event.change));
        matching.filter_map(|event| event.change.formation()).collect()
    };
    let number = |formations: Vec<&FormationId>| u32::try_from(formations.len()).unwrap_or(u32::MAX);
    Ok(match kind {
        NoticeKind::AnswerRecorded => {
            answer(context, record, candidate, space).await?.map(Message::AnswerRecorded)
        }
        NoticeKind::OffersExpired => Some(expired(context, record, candidate, space).await?),
        NoticeKind::BecameDefinitive => {
            let converted = record.events.iter().find_map(|event| match &event.change {
                Change::AcceptedDefinitively { formation, on } => Some((formation, *on)),
                _ => None,
            });
            match converted {
                Some((formation, on)) => {
                    let enrol_by = enrolment::enrol_by(context, formation, on).await?;
                    let formation = title(context, formation).await?;
                    Some(Message::BecameDefinitive(BecameDefinitive { formation, on, enrol_by, space }))
                }
                None => None,
            }
        }
        NoticeKind::NotAdmitted => {
            let applications = number(named(|change| matches!(change, Change::NotAdmitted { .. })));
            Some(Message::NotAdmitted(NotAdmitted { applications, space }))
        }
        NoticeKind::WaitlistArchived => {
            let placements = number(named(|change| matches!(change, Change::Archived { .. })));
            let order_by = order_by(context, candidate);
            Some(Message::WaitlistArchived(WaitlistArchived { placements, order_by, space }))
        }
        NoticeKind::ContractReceived | NoticeKind::ContractValidated | NoticeKind::ContractRejected => {
            contract(context, kind, record, space).await?
        }
        NoticeKind::Certificate => {
            certificate::issued(context, record, candidate, space).await?.map(Message::Certificate)
        }
        NoticeKind::EnrolmentRecorded => {
            enrolment::recorded(context, record, space).await?.map(Message::EnrolmentRecorded)
        }
        NoticeKind::RefusalReason
        | NoticeKind::ExceptionDecided
        | NoticeKind::FraudNotice
        | NoticeKind::FraudDecision => judgements::told(context, record, space).await?,
        NoticeKind::AccountActivation
        | NoticeKind::AccountExists
        | NoticeKind::ResultsAvailable
        | NoticeKind::PreferencesNeeded
        | NoticeKind::OfferReminder
        | NoticeKind::EmailChange
        | NoticeKind::EnrolmentReminder
        | NoticeKind::NightReady
        | NoticeKind::IntakeReport
        | NoticeKind::NewOffers => None,
    })
}

/// What was lost for want of an answer or an order, and what remains (R29, R30, R42–R44, R54).
async fn expired(
    context: &Context,
    record: &DecisionRecord,
    candidate: &Candidate,
    space: String,
) -> Result<Message, Fault> {
    let (mut formations, mut not_ranked) = (Vec::new(), 0);
    for event in &record.events {
        match &event.change {
            Change::Lost { formation, cause: LostCause::Expired | LostCause::NotKept } => {
                formations.push(title(context, formation).await?);
            }
            Change::Lost { cause: LostCause::NotRanked, .. } => not_ranked += 1,
            _ => {}
        }
    }
    let still_held = match held(candidate) {
        Some(held) => Some(title(context, held).await?),
        None => None,
    };
    let waiting = count(candidate, ApplicationState::Waitlisted);
    Ok(Message::OffersExpired(OffersExpired { formations, not_ranked, still_held, waiting, space }))
}

/// What became of a contract, as the record has it.
async fn contract(
    context: &Context,
    kind: NoticeKind,
    record: &DecisionRecord,
    space: String,
) -> Result<Option<Message>, Fault> {
    let Some(id) = record.events.first().and_then(|event| event.change.formation()) else { return Ok(None) };
    let formation = title(context, id).await?;
    let any = |wanted: fn(&Change) -> bool| record.events.iter().any(|event| wanted(&event.change));
    Ok(match kind {
        NoticeKind::ContractReceived => {
            let accepted = any(|change| matches!(change, Change::AcceptedDefinitively { .. }));
            let at = record.at;
            Some(Message::ContractReceived(ContractReceived { formation, at, accepted, space }))
        }
        NoticeKind::ContractValidated => {
            let mixed = record.events.iter().any(|event| event.rule == Rule(49));
            Some(Message::ContractValidated(ContractValidated { formation, mixed, space }))
        }
        NoticeKind::ContractRejected => {
            let ended = any(|change| matches!(change, Change::Lost { .. }));
            Some(Message::ContractRejected(ContractRejected { formation, ended, space }))
        }
        _ => None,
    })
}

/// What was answered, as the record has it.
async fn answer(
    context: &Context,
    record: &DecisionRecord,
    candidate: &Candidate,
    space: String,
) -> Result<Option<AnswerRecorded>, Fault> {
    let Cause::Command { command } = &record.cause else { return Ok(None) };
    let answer = match &command.action {
        Action::AcceptDefinitively { .. } => Answer::AcceptedDefinitively,
        Action::AcceptProvisionally { .. } => Answer::AcceptedProvisionally,
        Action::RefuseOffer { .. } => Answer::Refused,
        Action::AnswerContractSearch { accept: true, .. } => Answer::SearchAccepted,
        Action::AnswerContractSearch { accept: false, .. } => Answer::SearchRefused,
        Action::WithdrawApplication { .. } => Answer::Withdrawn,
        Action::Resign {} => Answer::Resigned,
        _ => return Ok(None),
    };
    let target = command.action.formation();
    let formation = match target {
        Some(formation) => Some(title(context, formation).await?),
        None => None,
    };
    let others = record
        .events
        .iter()
        .filter(|event| matches!(&event.change, Change::Lost { formation, .. } if Some(formation) != target));
    let lost = u32::try_from(others.count()).unwrap_or(u32::MAX);
    let kept = count(candidate, ApplicationState::Waitlisted);
    let enrol_by = match target {
        Some(target) if answer == Answer::AcceptedDefinitively => {
            enrolment::enrol_by(context, target, calendar::day(record.at)).await?
        }
        _ => None,
    };
    Ok(Some(AnswerRecorded { answer, formation, at: record.at, kept, lost, enrol_by, space }))
}
