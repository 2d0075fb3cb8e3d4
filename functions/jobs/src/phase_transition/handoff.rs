//! The hand-off: each establishment gets the list of those whom it admitted, for their enrolment (R65).

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use procedure::{calendar, fold};
use schemas::campaign::{Days, EnrolBy};
use schemas::{ApplicationState, Candidate, CandidateId, EstablishmentId, Formation, FormationId, Gate};

use super::PhaseTransitionReport;
use crate::context::Context;
use crate::fault::Fault;
use crate::{csv, ledger, rows, sweep};

/// The headings of the file.
const HEADINGS: [&str; 5] = ["formation", "candidat", "acceptation", "inscription_avant", "inscrit"];

/// Somebody who accepted a seat for good.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Admission {
    formation: FormationId,
    candidate: CandidateId,
    accepted_on: Option<Date>,
    enrolled: bool,
}

/// What one segment of the table holds.
#[derive(Default)]
struct Part {
    admissions: Vec<(EstablishmentId, Admission)>,
    /// The days on which formations enrol that said them.
    own_days: Vec<(FormationId, Days)>,
}

/// Writes one file for each establishment that admitted anybody; again, the same file.
pub(super) async fn hand_admissions(
    context: &Context,
    date: Date,
    report: &mut PhaseTransitionReport,
) -> Result<(), Fault> {
    let gate = ledger::gate(context).await?;
    let mut lists: BTreeMap<EstablishmentId, Vec<Admission>> = BTreeMap::new();
    let mut own_days = HashMap::new();
    let work = |number| part(context.clone(), gate, number);
    sweep::each(0..context.settings.segments, context.settings.concurrency, work, |part: Part| {
        own_days.extend(part.own_days);
        for (establishment, admission) in part.admissions {
            lists.entry(establishment).or_default().push(admission);
        }
    })
    .await?;
    for (establishment, mut admissions) in lists {
        admissions.sort();
        report.establishments_handed += 1;
        report.admissions_handed += admissions.len() as u64;
        let line = |admission: &Admission| {
            let enrol_by = admission.accepted_on.map_or(EnrolBy::Establishment, |on| {
                calendar::enrol_by(context.rules(), on, own_days.get(&admission.formation).copied())
            });
            [
                admission.formation.to_string(),
                admission.candidate.to_string(),
                admission.accepted_on.map_or_else(String::new, |on| on.to_string()),
                match enrol_by {
                    EnrolBy::Day(day) => day.to_string(),
                    EnrolBy::Establishment => String::new(),
                },
                if admission.enrolled { "oui" } else { "non" }.to_owned(),
            ]
        };
        let lines = std::iter::once(HEADINGS.map(str::to_owned)).chain(admissions.iter().map(line));
        let name = rows::handoff_object(&establishment, date);
        context.platform.objects.put(&name, csv::file(lines)).await?;
    }
    Ok(())
}

/// The admissions of one segment, as everybody outside a night sees them.
async fn part(context: Context, gate: Gate, number: u32) -> Result<Part, Fault> {
    let mut part = Part::default();
    let now = context.now();
    sweep::scan(&context, number, |items| {
        let read = items.iter().filter(|item| item.key.sk == rows::STATE_SK).try_for_each(|item| {
            if sweep::is_candidate(item) {
                let settled = ledger::settled(&context, &rows::read(item)?, now);
                part.admissions.extend(admissions(&fold::visible(&settled, gate.published)));
            } else if item.key.pk.starts_with("F#") {
                let formation: Formation = rows::read(item)?;
                part.own_days.extend(formation.enrolment.map(|days| (formation.id, days)));
            }
            Ok(())
        });
        std::future::ready(read)
    })
    .await?;
    Ok(part)
}

fn admissions(candidate: &Candidate) -> Vec<(EstablishmentId, Admission)> {
    let accepted = candidate.applications.iter().filter(|(_, application)| {
        matches!(application.now.state, ApplicationState::AcceptedDefinitively | ApplicationState::Enrolled)
    });
    let admission = |(formation, application): (&FormationId, &schemas::Application)| {
        let admission = Admission {
            formation: formation.clone(),
            candidate: candidate.id.clone(),
            accepted_on: application.now.accepted_on,
            enrolled: application.now.state == ApplicationState::Enrolled,
        };
        (application.pair.0.clone(), admission)
    };
    accepted.map(admission).collect()
}
