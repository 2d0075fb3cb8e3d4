//! Fraud: reported to the rector, told to the candidate, decided after five working days (R71–R74).

use std::collections::BTreeSet;

use jiff::Timestamp;
use schemas::candidate::FraudCase;
use schemas::{Candidate, Change, EstablishmentId, NoticeKind, Refusal};

use super::{Decision, event, invalid};
use crate::calendar;

/// How many working days a candidate has for his observations (R73).
const OBSERVATION_DAYS: u32 = 5;

/// Longest statement of facts, in characters: a page.
const FACTS_CHARACTERS_MAX: usize = 4000;

/// R72: an establishment to which the candidate applied reports facts to the rector, one case at a time.
pub(super) fn report(
    candidate: &Candidate,
    establishment: &EstablishmentId,
    facts: &str,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    check(facts)?;
    if !candidate.applications.values().any(|application| application.pair.0 == *establishment) {
        return Err(Refusal::NoSuchApplication {});
    }
    if candidate.fraud.is_some() {
        return Err(Refusal::FraudCaseOpen {});
    }
    let change = Change::FraudReported { establishment: establishment.clone(), on: calendar::day(now) };
    Ok(Decision { events: vec![event(72, change)], ..Decision::default() })
}

/// R73: the candidate is told of the facts; five working days from the next one on are his.
pub(super) fn notify(candidate: &Candidate, facts: &str, now: Timestamp) -> Result<Decision, Refusal> {
    check(facts)?;
    let case = candidate.fraud.as_ref().ok_or(Refusal::NoFraudCase {})?;
    if case.until.is_some() {
        return Err(Refusal::FraudCaseOpen {});
    }
    let last = calendar::working_day_after(calendar::day(now), OBSERVATION_DAYS);
    let change = Change::FraudNotified { until: calendar::end_of(last) };
    Ok(Decision {
        events: vec![event(73, change)],
        notice: Some(NoticeKind::FraudNotice),
        warnings: Vec::new(),
    })
}

/// R71, R74: a sanction annuls every live application and frees its seat, never before the candidate's time is over, and
/// names the establishments that get a copy. A case may be dropped at any time: only the candidate is told, for no
/// establishment is to learn of a suspicion that was not upheld.
pub(super) fn decide(candidate: &Candidate, sanction: bool, now: Timestamp) -> Result<Decision, Refusal> {
    let until = candidate.fraud.as_ref().and_then(|case| case.until);
    if sanction && until.is_none_or(|until| now < until) {
        return Err(Refusal::TooEarly { until });
    }
    let case = candidate.fraud.as_ref().ok_or(Refusal::NoFraudCase {})?;
    let concerned = if sanction { concerned(candidate, case) } else { Vec::new() };
    let mut events = vec![event(74, Change::FraudDecided { sanctioned: sanction, concerned })];
    if sanction {
        let live = candidate.applications.iter().filter(|(_, application)| application.now.state.is_live());
        events.extend(live.map(|(id, _)| event(71, Change::Annulled { formation: id.clone() })));
    }
    Ok(Decision { events, notice: Some(NoticeKind::FraudDecision), warnings: Vec::new() })
}

/// Those to which the candidate applied, whatever became of it, and the one that reported him.
fn concerned(candidate: &Candidate, case: &FraudCase) -> Vec<EstablishmentId> {
    let applied_to = candidate.applications.values().map(|application| &application.pair.0);
    let all: BTreeSet<&EstablishmentId> = applied_to.chain([&case.establishment]).collect();
    all.into_iter().cloned().collect()
}

fn check(facts: &str) -> Result<(), Refusal> {
    if facts.trim().is_empty() || facts.chars().count() > FACTS_CHARACTERS_MAX {
        return Err(invalid("facts", 1, FACTS_CHARACTERS_MAX));
    }
    Ok(())
}
