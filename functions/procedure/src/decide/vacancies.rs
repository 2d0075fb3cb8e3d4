//! Vacant seats: who accepted for good and does not come (R67, R68).

use jiff::Timestamp;
use schemas::campaign::{Days, EnrolBy};
use schemas::candidate::VacancyReason;
use schemas::{Application, ApplicationState, Campaign, Candidate, Change, FormationId, Refusal};

use super::enrolment::recorded;
use super::{Decision, answers, event, outside};
use crate::calendar;

/// When a signal was given, and now: later, if a file carried it.
#[derive(Clone, Copy)]
pub(super) struct Instants {
    pub(super) given: Timestamp,
    pub(super) now: Timestamp,
}

/// R67, R68: on the days of the calendar the establishment says that a seat accepted for good is vacant; the next night
/// gives it. `own` are the days on which the formation enrols, which may decide the deadline (R65). Who missed it is
/// said to have done so only once it is over; where the platform does not know it, the establishment does.
pub(super) fn signal(
    application: &Application,
    formation: &FormationId,
    reason: VacancyReason,
    own: Option<Days>,
    Instants { given, now }: Instants,
    rules: &Campaign,
) -> Result<Decision, Refusal> {
    let window = calendar::signals(rules, given);
    if !window.is_some_and(|window| window.contains(given)) {
        return Err(outside(window));
    }
    let standing = &application.now;
    let enrolled = standing.state == ApplicationState::Enrolled;
    if standing.vacancy.is_some() {
        return Err(Refusal::AlreadySignalled {});
    }
    if !enrolled && standing.state != ApplicationState::AcceptedDefinitively {
        return Err(Refusal::NotAccepted {});
    }
    // Who is enrolled met the conditions, in time.
    let of_enrolling =
        matches!(reason, VacancyReason::EnrolmentDeadlineMissed | VacancyReason::ConditionsNotMet);
    if enrolled && of_enrolling {
        return Err(Refusal::AlreadyEnrolled {});
    }
    if reason == VacancyReason::EnrolmentDeadlineMissed {
        let by = standing.accepted_on.map(|on| calendar::enrol_by(rules, on, own));
        if let Some(EnrolBy::Day(day)) = by
            && given < calendar::end_of(day)
        {
            let opens = Some(calendar::end_of(day));
            return Err(Refusal::OutsideWindow { opens, closes: window.map(|window| window.closes) });
        }
    }
    let rule = if reason == VacancyReason::Withdrew { 68 } else { 67 };
    // A night after now gives the seat, so that until then the signal can be taken back.
    let change = Change::VacancySignalled { formation: formation.clone(), reason, at: now, enrolled };
    Ok(recorded(vec![event(rule, change)]))
}

/// R68: a signal is taken back until a night may have given the seat; the acceptance stands again, with all that it
/// ends (R28), unless a contract was accepted meanwhile: nobody has two seats (R46).
pub(super) fn cancel(
    candidate: &Candidate,
    application: &Application,
    formation: &FormationId,
    now: Timestamp,
    rules: &Campaign,
) -> Result<Decision, Refusal> {
    let vacancy = application.now.vacancy.ok_or(Refusal::NoSuchSignal {})?;
    let gate = calendar::gate_after(rules, vacancy.at);
    if gate.is_some_and(|gate| gate <= now) {
        return Err(Refusal::OutsideWindow { opens: Some(vacancy.at), closes: gate });
    }
    answers::not_definitive(candidate, application.track, rules)?;
    let change = Change::VacancyCancelled { formation: formation.clone(), enrolled: vacancy.enrolled };
    let mut events = vec![event(68, change)];
    events.extend(answers::closed_by(candidate, formation, application.track, rules));
    Ok(recorded(events))
}
