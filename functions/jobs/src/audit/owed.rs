//! Notices: each decision that owes one has it, each one has the decision that owes it.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use platform::{Item, Key, Table};
use procedure::calendar;
use schemas::night::NightStatus;
use schemas::notice::NoticeStatus;
use schemas::{Action, Candidate, Cause, Change, DecisionRecord, NightRun, Notice, NoticeKind};

use super::nights::Nights;
use super::{Finding, FindingKind, partition, unreadable};
use crate::context::Context;
use crate::fault::Fault;
use crate::ledger;
use crate::night::{Told, notice_key};
use crate::rows::{self, NoticeRow};

/// What a decision owes: the kind and the night that it announces.
#[derive(PartialEq)]
struct Owed {
    kind: NoticeKind,
    decision: u64,
    night: Option<Date>,
}

/// The notice that a decision owes, with its sort key.
fn owed(record: &DecisionRecord) -> Option<(String, Owed)> {
    let decision = record.seq;
    match &record.cause {
        // A command that found everything done already, like a later version of a contract.
        Cause::Command { .. } if record.events.is_empty() => None,
        Cause::Command { command } => {
            let kind = match command.action {
                Action::RegisterAccount { .. } | Action::ResendActivation {} => NoticeKind::AccountActivation,
                Action::WithdrawApplication { .. }
                | Action::AcceptProvisionally { .. }
                | Action::AcceptDefinitively { .. }
                | Action::RefuseOffer { .. }
                | Action::AnswerContractSearch { .. }
                | Action::Resign {} => NoticeKind::AnswerRecorded,
                Action::ContractReceived { .. } => NoticeKind::ContractReceived,
                Action::ValidateContract { .. } => NoticeKind::ContractValidated,
                Action::RejectContract { .. } => NoticeKind::ContractRejected,
                Action::RequestCertificate { .. } => NoticeKind::Certificate,
                Action::ConfirmEnrolment { .. }
                | Action::SignalVacancy { .. }
                | Action::CancelVacancy { .. } => NoticeKind::EnrolmentRecorded,
                Action::ChangeEmail { .. } => NoticeKind::EmailChange,
                Action::AnswerRefusalReason { .. } => NoticeKind::RefusalReason,
                Action::DecideException { .. } => NoticeKind::ExceptionDecided,
                Action::NotifyFraud { .. } => NoticeKind::FraudNotice,
                Action::DecideFraud { .. } => NoticeKind::FraudDecision,
                _ => return None,
            };
            let sk = format!("N#{}#{}", command.command_id, kind.name());
            Some((sk, Owed { kind, decision, night: None }))
        }
        Cause::Time => {
            let converts =
                |event: &schemas::Event| matches!(event.change, Change::AcceptedDefinitively { .. });
            let converted = record.events.iter().any(converts);
            let kind = record.events.iter().find_map(|event| match event.change {
                Change::Lost { .. } if !converted => Some(NoticeKind::OffersExpired),
                Change::AcceptedDefinitively { .. } => Some(NoticeKind::BecameDefinitive),
                Change::NotAdmitted { .. } => Some(NoticeKind::NotAdmitted),
                Change::Archived { .. } => Some(NoticeKind::WaitlistArchived),
                _ => None,
            })?;
            let sk = format!("N#{}#{}", rows::record_sk(decision), kind.name());
            Some((sk, Owed { kind, decision, night: None }))
        }
        Cause::Night { date } => {
            let result = |event: &schemas::Event| {
                matches!(
                    event.change,
                    Change::Waitlisted { .. }
                        | Change::Refused { .. }
                        | Change::SearchPlaced { rank: Some(_), .. }
                )
            };
            let kind = match record.events.first()?.change {
                Change::NightVoided { .. } => return None,
                _ if record.events.iter().any(result) => NoticeKind::ResultsAvailable,
                _ => NoticeKind::NewOffers,
            };
            Some((format!("N#{date}#digest"), Owed { kind, decision, night: Some(*date) }))
        }
    }
}

/// The sort key and the kind of the notice that a decision owes.
pub(super) fn owed_by(record: &DecisionRecord) -> Option<(String, NoticeKind)> {
    owed(record).map(|(sk, owed)| (sk, owed.kind))
}

/// How long after the instant of its next attempt a notice may wait: `mail-dispatch` runs every minute, but the
/// provider may be away for a day.
const NOTICE_WAIT_MAX: SignedDuration = SignedDuration::from_hours(24);

/// A notice that waits is tried soon after it may be.
fn overdue(now: Timestamp, key: &Key, notice: &Notice) -> Option<Finding> {
    let next = match notice.status {
        NoticeStatus::Pending { next_attempt_at: at, .. } | NoticeStatus::Claimed { until: at, .. } => at,
        NoticeStatus::Sent { .. }
        | NoticeStatus::Cancelled { .. }
        | NoticeStatus::Suppressed { .. }
        | NoticeStatus::Failed { .. } => return None,
    };
    let detail = || format!("its next attempt was due at {next}, but `mail-dispatch` has not made it");
    let late = now.duration_since(next) > NOTICE_WAIT_MAX;
    late.then(|| Finding::new(key, FindingKind::NoticeOverdue, detail()))
}

/// A notice is listed in the outbox while it is owed, and no longer.
fn misplaced(item: &Item, notice: Notice) -> Option<Finding> {
    let written = NoticeRow { key: item.key.clone(), notice }.write().item;
    let differs = written.index != item.index || written.version != item.version;
    let detail = "listed in the outbox though it is done, or not where it must be";
    differs.then(|| Finding::new(&item.key, FindingKind::IndexDiffers, detail))
}

/// What is wrong with how a notice waits for its turn.
pub(super) fn waits(now: Timestamp, item: &Item, notice: Notice) -> Vec<Finding> {
    let mut findings: Vec<Finding> = overdue(now, &item.key, &notice).into_iter().collect();
    findings.extend(misplaced(item, notice));
    findings
}

/// The copies that decisions owe to establishments (R74): each is there, and none waits for days.
async fn copies(
    context: &Context,
    records: &[DecisionRecord],
    findings: &mut Vec<Finding>,
) -> Result<(), Fault> {
    for record in records {
        let Some((sk, owed)) = owed(record) else { continue };
        for establishment in ledger::concerned(&record.events) {
            let key = Key::new(rows::establishment_pk(establishment), sk.clone());
            let copy = rows::get::<Notice>(context.platform.store.as_ref(), Table::Journal, &key).await?;
            let (what, detail) = match copy {
                None => (
                    FindingKind::NoticeMissing,
                    format!("decision {} owes a copy to the establishment", owed.decision),
                ),
                // Nobody said how to write to it: an operator is to know.
                Some(copy)
                    if matches!(copy.status, NoticeStatus::Pending { .. })
                        && context.now().duration_since(copy.created_at) > NOTICE_WAIT_MAX =>
                {
                    let remedy =
                        "it waits; if its establishment has no address, give one with `set_establishment`";
                    (FindingKind::NoticeOverdue, remedy.to_owned())
                }
                Some(_) => continue,
            };
            findings.push(Finding::new(&key, what, detail));
        }
    }
    Ok(())
}

/// Checks what operators are told of a night: that it is applied, where one has an address.
pub(super) async fn check_night(context: &Context, run: &NightRun) -> Result<Vec<Finding>, Fault> {
    let pk = rows::night_journal_pk(run.date);
    let mut findings = Vec::new();
    let mut told = false;
    for item in partition(context, Table::Journal, &pk, "N#").await? {
        told |= item.key == notice_key(run.date, Told::Ready);
        let read = rows::read::<Notice>(&item).ok();
        let Some(notice) = read.filter(|notice| notice.candidate.is_none() && notice.night == Some(run.date))
        else {
            findings.push(unreadable(&item.key));
            continue;
        };
        findings.extend(overdue(context.now(), &item.key, &notice));
        findings.extend(misplaced(&item, notice));
    }
    let owed = matches!(run.status, NightStatus::Applied | NightStatus::Published)
        && context.settings.operator.is_some();
    if owed && !told {
        let key = notice_key(run.date, Told::Ready);
        findings.push(Finding::new(&key, FindingKind::NoticeMissing, "the night is applied: it owes it"));
    }
    Ok(findings)
}

/// Checks the notices of a candidate against his decisions; gives how many there are.
pub(super) async fn check(
    context: &Context,
    nights: &Nights,
    candidate: &Candidate,
    records: &[DecisionRecord],
    findings: &mut Vec<Finding>,
) -> Result<u64, Fault> {
    let pk = rows::candidate_pk(&candidate.id);
    let mut due: BTreeMap<String, Owed> = records.iter().filter_map(owed).collect();
    let mut count = 0;
    let (mut said_by, mut repeated) = (BTreeMap::new(), Vec::new());
    for item in partition(context, Table::Journal, &pk, "N#").await? {
        count += 1;
        let Ok(notice) = rows::read::<Notice>(&item) else {
            findings.push(unreadable(&item.key));
            due.remove(&item.key.sk);
            continue;
        };
        let mut wrong = |what, detail: String| findings.push(Finding::new(&item.key, what, detail));
        let said = Owed { kind: notice.kind, decision: notice.decision, night: notice.night };
        said_by.insert(item.key.sk.clone(), (notice.kind, notice.decision, notice.night));
        if let Some(again) = &notice.again {
            repeated.push((item.key.clone(), again.clone(), (notice.kind, notice.decision, notice.night)));
        }
        let founded = match due.remove(&item.key.sk) {
            // That the one which it repeats is there is seen below.
            None if notice.again.is_some() => true,
            Some(owed) => owed == said && notice.candidate.as_ref() == Some(&candidate.id),
            // No decision of his: somebody else tried to register with his address, or a phase began.
            None => [
                NoticeKind::AccountExists,
                NoticeKind::PreferencesNeeded,
                NoticeKind::OfferReminder,
                NoticeKind::EnrolmentReminder,
            ]
            .into_iter()
            .any(|kind| said == (Owed { kind, decision: 0, night: None })),
        };
        if !founded {
            let detail =
                format!("no decision {} of his owes a notice {}", notice.decision, notice.kind.name());
            wrong(FindingKind::NoticeUnfounded, detail);
        }
        if let (NoticeStatus::Sent { at, .. }, Some(night)) = (&notice.status, notice.night)
            && (nights.status(night) != Some(NightStatus::Published)
                || *at < calendar::publication(context.rules(), night))
        {
            wrong(
                FindingKind::NoticeTooEarly,
                format!("it announces the night of {night}, and left at {at}"),
            );
        }
        findings.extend(overdue(context.now(), &item.key, &notice));
        findings.extend(misplaced(&item, notice));
    }
    for (key, again, said) in repeated {
        if said_by.get(&again) != Some(&said) {
            let detail = format!("it repeats {again}, which is not there or says something else");
            findings.push(Finding::new(&key, FindingKind::NoticeUnfounded, detail));
        }
    }
    copies(context, records, findings).await?;
    for (sk, owed) in due {
        let detail = format!("decision {} owes it", owed.decision);
        findings.push(Finding::new(&Key::new(pk.clone(), sk), FindingKind::NoticeMissing, detail));
    }
    Ok(count)
}
