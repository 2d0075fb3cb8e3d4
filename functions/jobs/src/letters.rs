//! From a notice owed to the words of a mail: read when it is sent, from the state as it then is.

use jiff::Timestamp;
use notices::{
    AccountActivation, AccountExists, Answer, AnswerRecorded, BecameDefinitive, Message, NewOffers,
    NotAdmitted, OffersExpired, ResultsAvailable, WaitlistArchived,
};
use platform::Table;
use procedure::decide::activation_expires_at;
use schemas::{
    AccountState, Action, ApplicationState, Candidate, Cause, Change, DecisionRecord, Formation, FormationId,
    Notice, NoticeKind,
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
        NoticeKind::ResultsAvailable => results(candidate, space).map(Message::ResultsAvailable),
        NoticeKind::NewOffers => offers(notice, candidate, space).map(Message::NewOffers),
        NoticeKind::AnswerRecorded
        | NoticeKind::OffersExpired
        | NoticeKind::BecameDefinitive
        | NoticeKind::NotAdmitted
        | NoticeKind::WaitlistArchived => {
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

fn count(candidate: &Candidate, state: ApplicationState) -> u32 {
    let matching = candidate.applications.values().filter(|application| application.now.state == state);
    u32::try_from(matching.count()).unwrap_or(u32::MAX)
}

fn first_deadline(candidate: &Candidate) -> Option<Timestamp> {
    let pending = candidate.applications.values().filter(|a| a.now.state == ApplicationState::Offered);
    pending.filter_map(|application| application.now.deadline).min()
}

fn results(candidate: &Candidate, space: String) -> Option<ResultsAvailable> {
    let [offers, waitlisted, refused] =
        [ApplicationState::Offered, ApplicationState::Waitlisted, ApplicationState::Refused]
            .map(|state| count(candidate, state));
    let answer_by = first_deadline(candidate);
    (offers + waitlisted + refused > 0).then_some(ResultsAvailable {
        offers,
        waitlisted,
        refused,
        answer_by,
        space,
    })
}

/// Only what came that morning and still waits for an answer.
fn offers(notice: &Notice, candidate: &Candidate, space: String) -> Option<NewOffers> {
    let new: Vec<_> = candidate
        .applications
        .values()
        .filter(|a| a.now.state == ApplicationState::Offered && a.now.received_on == notice.night)
        .collect();
    let answer_by = new.iter().filter_map(|application| application.now.deadline).min()?;
    Some(NewOffers { offers: u32::try_from(new.len()).unwrap_or(u32::MAX), answer_by, space })
}

async fn decision(context: &Context, notice: &Notice) -> Result<Option<DecisionRecord>, Fault> {
    let pk = rows::candidate_pk(&notice.candidate);
    let key = platform::Key::new(pk, rows::record_sk(notice.decision));
    Ok(rows::get(context.platform.store.as_ref(), Table::Journal, &key).await?)
}

async fn title(context: &Context, formation: &FormationId) -> Result<String, Fault> {
    let key = rows::formation_key(formation);
    let found: Option<Formation> = rows::get(context.platform.store.as_ref(), Table::State, &key).await?;
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
        NoticeKind::OffersExpired => {
            let mut formations = Vec::new();
            for lapsed in
                named(|change| matches!(change, Change::Lost { cause: schemas::LostCause::Expired, .. }))
            {
                formations.push(title(context, lapsed).await?);
            }
            let held = candidate
                .applications
                .iter()
                .find(|(_, a)| a.now.state == ApplicationState::AcceptedProvisionally)
                .map(|(id, _)| id);
            let still_held = match held {
                Some(held) => Some(title(context, held).await?),
                None => None,
            };
            let waiting = count(candidate, ApplicationState::Waitlisted);
            Some(Message::OffersExpired(OffersExpired { formations, still_held, waiting, space }))
        }
        NoticeKind::BecameDefinitive => {
            let converted = record.events.iter().find_map(|event| match &event.change {
                Change::AcceptedDefinitively { formation, on } => Some((formation, *on)),
                _ => None,
            });
            match converted {
                Some((formation, on)) => {
                    let formation = title(context, formation).await?;
                    Some(Message::BecameDefinitive(BecameDefinitive { formation, on, space }))
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
            Some(Message::WaitlistArchived(WaitlistArchived { placements, space }))
        }
        NoticeKind::AccountActivation
        | NoticeKind::AccountExists
        | NoticeKind::ResultsAvailable
        | NoticeKind::NewOffers => None,
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
    Ok(Some(AnswerRecorded { answer, formation, at: record.at, kept, lost, space }))
}
