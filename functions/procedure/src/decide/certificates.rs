//! Certificates: of not being enrolled, of a refusal, of an admission (R69, R70).

use jiff::Timestamp;
use schemas::candidate::{CertificateKind, Standing};
use schemas::{ApplicationState, Candidate, Change, FormationId, NoticeKind, Refusal};

use super::{Decision, event};
use crate::calendar;

/// R69, R70: at any time, to whom it is due; one for each application that it is about.
pub(super) fn request(
    candidate: &Candidate,
    kind: CertificateKind,
    formation: Option<&FormationId>,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let due = certifiable(candidate, kind, formation);
    if due.is_empty() {
        let accepted = certifiable(candidate, CertificateKind::Admission, None).into_iter().flatten().next();
        return Err(match (kind, accepted) {
            (CertificateKind::NonEnrolment, Some(formation)) => {
                Refusal::AlreadyDefinitive { formation: formation.clone() }
            }
            _ => Refusal::CertificateNotDue { kind },
        });
    }
    let rule = if kind == CertificateKind::NonEnrolment { 69 } else { 70 };
    let on = calendar::day(now);
    let issued = due.into_iter().map(|formation| {
        let change = Change::CertificateIssued { kind, formation: formation.cloned(), on };
        event(rule, change)
    });
    Ok(Decision { events: issued.collect(), notice: Some(NoticeKind::Certificate), warnings: Vec::new() })
}

/// What a certificate of this kind would be about if it was issued now: applications, or the platform as a whole
/// (`None`); nothing if it would not be true.
#[must_use]
pub fn certifiable<'a>(
    candidate: &'a Candidate,
    kind: CertificateKind,
    formation: Option<&FormationId>,
) -> Vec<Option<&'a FormationId>> {
    let of: fn(&Standing) -> bool = match kind {
        // Also of who applied again where his file had been incomplete (R55).
        CertificateKind::Refusal => |standing| standing.refusal.is_some(),
        CertificateKind::NonEnrolment | CertificateKind::Admission => |standing| {
            matches!(standing.state, ApplicationState::AcceptedDefinitively | ApplicationState::Enrolled)
        },
    };
    let mut matching = candidate.applications.iter().filter(|(_, application)| of(&application.now));
    if kind == CertificateKind::NonEnrolment {
        return if matching.next().is_none() { vec![None] } else { Vec::new() };
    }
    matching.map(|(id, _)| Some(id)).filter(|id| formation.is_none() || *id == formation).collect()
}
