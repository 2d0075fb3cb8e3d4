//! Letters about enrolment and vacant seats (R65–R68).

use jiff::civil::Date;
use notices::{EnrolmentRecorded, EnrolmentReminder, Recorded};
use procedure::calendar;
use schemas::campaign::EnrolBy;
use schemas::candidate::VacancyReason;
use schemas::{ApplicationState, Candidate, Change, DecisionRecord, FormationId};

use super::{formation_row, title};
use crate::context::Context;
use crate::fault::Fault;

/// Until when somebody enrols who accepted for good on this day (R66); `None` where the establishment has still to say.
pub(super) async fn enrol_by(
    context: &Context,
    formation: &FormationId,
    accepted_on: Date,
) -> Result<Option<Date>, Fault> {
    let own = formation_row(context, formation).await?.and_then(|formation| formation.enrolment);
    Ok(match calendar::enrol_by(context.rules(), accepted_on, own) {
        EnrolBy::Day(day) => Some(day),
        EnrolBy::Establishment => None,
    })
}

/// The day until which this candidate has to enrol, and where, if he accepted for good and is not enrolled; the first
/// one, should there be two.
pub(crate) async fn to_enrol(
    context: &Context,
    candidate: &Candidate,
) -> Result<Option<(Date, FormationId)>, Fault> {
    let mut first: Option<(Date, FormationId)> = None;
    for (id, application) in &candidate.applications {
        let now = &application.now;
        let accepted_on = now
            .accepted_on
            .filter(|_| now.state == ApplicationState::AcceptedDefinitively && now.vacancy.is_none());
        let Some(accepted_on) = accepted_on else { continue };
        let by = enrol_by(context, id, accepted_on).await?;
        if let Some(by) = by.filter(|by| first.as_ref().is_none_or(|(first, _)| by < first)) {
            first = Some((by, id.clone()));
        }
    }
    Ok(first)
}

/// What is still to be done about an enrolment; nothing once the day is over.
pub(super) async fn due(
    context: &Context,
    candidate: &Candidate,
    space: String,
) -> Result<Option<EnrolmentReminder>, Fault> {
    let today = calendar::day(context.now());
    let Some((enrol_by, formation)) = to_enrol(context, candidate).await?.filter(|(by, _)| today <= *by)
    else {
        return Ok(None);
    };
    let formation = title(context, &formation).await?;
    Ok(Some(EnrolmentReminder { formation, enrol_by, space }))
}

/// What the establishment said, as the record has it.
pub(super) async fn recorded(
    context: &Context,
    record: &DecisionRecord,
    space: String,
) -> Result<Option<EnrolmentRecorded>, Fault> {
    let said = record.events.iter().find_map(|event| match &event.change {
        Change::Enrolled { formation } => Some((formation, Recorded::Enrolled)),
        Change::VacancyCancelled { formation, .. } => Some((formation, Recorded::Restored)),
        Change::VacancySignalled { formation, reason, .. } => Some((formation, of_reason(*reason))),
        _ => None,
    });
    let Some((formation, recorded)) = said else { return Ok(None) };
    let formation = title(context, formation).await?;
    Ok(Some(EnrolmentRecorded { recorded, formation, at: record.at, space }))
}

fn of_reason(reason: VacancyReason) -> Recorded {
    match reason {
        VacancyReason::EnrolmentDeadlineMissed => Recorded::DeadlineMissed,
        VacancyReason::ConditionsNotMet => Recorded::ConditionsNotMet,
        VacancyReason::AbsentFirstDay => Recorded::AbsentFirstDay,
        VacancyReason::Withdrew => Recorded::Withdrew,
    }
}
