//! What becomes of a definitive acceptance at the establishment (R65).

use schemas::campaign::Days;
use schemas::{
    Application, ApplicationState, Campaign, Change, Event, Formation, FormationId, NoticeKind, Refusal,
};

use super::{Decision, event, invalid, outside};
use crate::calendar;

/// R65: the head of the establishment decides the days within the bounds of the calendar: from the first day on which
/// anybody enrols, or the campaign's first if that is not known, to the campaign's last.
pub(super) fn set_days(formation: &Formation, days: Days, rules: &Campaign) -> Result<Decision, Refusal> {
    let campaign = calendar::campaign_days(rules).ok_or_else(|| outside(None))?;
    let first = rules.enrolment.first().map_or(campaign.first, |line| line.from);
    if !(first..=campaign.last).contains(&days.first) {
        return Err(invalid("from", first, campaign.last));
    }
    if !(days.first..=campaign.last).contains(&days.last) {
        return Err(invalid("to", days.first, campaign.last));
    }
    if formation.enrolment == Some(days) {
        // The same days again: nothing to record.
        return Ok(Decision::default());
    }
    let change = Change::EnrolmentSet { formation: formation.id.clone(), days };
    Ok(Decision { events: vec![event(65, change)], ..Decision::default() })
}

/// R65: who accepted for good is enrolled once the establishment says so.
pub(super) fn confirm(application: &Application, formation: &FormationId) -> Result<Decision, Refusal> {
    match application.now.state {
        ApplicationState::AcceptedDefinitively => {
            let change = Change::Enrolled { formation: formation.clone() };
            Ok(recorded(vec![event(65, change)]))
        }
        ApplicationState::Enrolled => Err(Refusal::AlreadyEnrolled {}),
        _ => Err(Refusal::NotAccepted {}),
    }
}

/// What an establishment says of a seat, the candidate is told.
pub(super) fn recorded(events: Vec<Event>) -> Decision {
    Decision { events, notice: Some(NoticeKind::EnrolmentRecorded), warnings: Vec::new() }
}
