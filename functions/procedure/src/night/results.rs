//! What a stored plan means for one candidate: the results published to him and the offers made to him.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Date;
use schemas::{
    ApplicationState, Candidate, CandidateId, Change, Event, FormationId, LostCause, NightMode, NoticeKind,
    Plan, Rule,
};

use super::snapshot::RankingIndex;
use crate::fold::lost;

/// A stored plan, to be asked by candidate.
#[derive(Debug, Clone)]
pub struct Tonight {
    date: Date,
    mode: NightMode,
    deadline: Timestamp,
    rankings: HashMap<FormationId, RankingIndex>,
    offers: HashMap<CandidateId, Vec<(FormationId, u32)>>,
}

/// The candidate is no longer as the plan found him: nothing else may change an application behind the gate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{candidate} is not as the plan found him at {formation}: expected a placement at rank {rank}, found {found}"
)]
pub struct Drift {
    /// Who.
    pub candidate: CandidateId,
    /// Where.
    pub formation: FormationId,
    /// The rank at which the plan offers.
    pub rank: u32,
    /// What was found instead.
    pub found: String,
}

impl Tonight {
    /// The plan of a night with the rankings that appear in it, by formation.
    #[must_use]
    pub fn new(plan: Plan, rankings: HashMap<FormationId, RankingIndex>) -> Self {
        let mut offers: HashMap<CandidateId, Vec<(FormationId, u32)>> = HashMap::new();
        for offer in plan.offers {
            offers.entry(offer.candidate).or_default().push((offer.formation, offer.rank));
        }
        Self { date: plan.date, mode: plan.mode, deadline: plan.deadline, rankings, offers }
    }

    /// The night's business date.
    #[must_use]
    pub fn date(&self) -> Date {
        self.date
    }

    /// The rule by which an offer ends what is ordered lower, where it does.
    fn rule_of_ends(&self) -> Option<Rule> {
        match self.mode {
            NightMode::Main => None,
            NightMode::Complementary => Some(Rule(56)),
            NightMode::Withdrawals => Some(Rule(62)),
        }
    }

    /// How many offers the plan makes.
    #[must_use]
    pub fn offers(&self) -> u64 {
        self.offers.values().map(|offers| offers.len() as u64).sum()
    }
}

/// The changes that the night makes to a settled candidate, and the notice owed; nothing for whoever the
/// night does not concern.
///
/// # Errors
/// [`Drift`] if an offer of the plan does not meet the placement it was planned for.
pub fn events_for(tonight: &Tonight, candidate: &Candidate) -> Result<(Vec<Event>, NoticeKind), Drift> {
    let night = Some(tonight.date);
    let mut events = Vec::new();
    let mut ranks: HashMap<&FormationId, u32> = HashMap::new();
    for (formation, application) in &candidate.applications {
        match application.now.state {
            ApplicationState::Waitlisted | ApplicationState::Archived => {
                ranks.extend(application.now.rank.map(|rank| (formation, rank)));
            }
            ApplicationState::Submitted => {
                let ranking = tonight.rankings.get(formation);
                let Some(ranking) = ranking.filter(|ranking| ranking.round() == application.round) else {
                    continue;
                };
                if let Some(rank) = ranking.rank(&candidate.id) {
                    let change = Change::Waitlisted { formation: formation.clone(), rank };
                    events.push(Event { rule: Rule(23), night, change });
                    ranks.insert(formation, rank);
                } else if let Some(refusal) = ranking.refusal(&candidate.id) {
                    let change = Change::Refused {
                        formation: formation.clone(),
                        reason: refusal.reason,
                        notified_on: tonight.date,
                    };
                    events.push(Event { rule: Rule(20), night, change });
                }
            }
            _ => {}
        }
    }
    let notice = if events.is_empty() { NoticeKind::NewOffers } else { NoticeKind::ResultsAvailable };
    for (formation, rank) in tonight.offers.get(&candidate.id).into_iter().flatten() {
        if ranks.get(formation) != Some(rank) {
            let found = candidate.applications.get(formation).map_or_else(
                || "no application".to_owned(),
                |application| format!("{:?} at rank {:?}", application.now.state, application.now.rank),
            );
            return Err(Drift {
                candidate: candidate.id.clone(),
                formation: formation.clone(),
                rank: *rank,
                found,
            });
        }
        let first = notice == NoticeKind::ResultsAvailable && candidate_had_no_result(candidate, formation);
        let change = Change::Offered {
            formation: formation.clone(),
            received_on: tonight.date,
            deadline: tonight.deadline,
        };
        events.push(Event { rule: Rule(if first { 23 } else { 24 }), night, change });
        let refused = |id: &FormationId| {
            let of = |event: &&Event| event.change.formation() == Some(id);
            events.iter().find(of).is_some_and(|event| matches!(event.change, Change::Refused { .. }))
        };
        let ended: Vec<Event> = ended_by(tonight, candidate, formation)
            .into_iter()
            .filter(|event| !event.change.formation().is_some_and(refused))
            .collect();
        events.extend(ended);
    }
    Ok((events, notice))
}

/// What an offer does at once to the rest of what its candidate has: it is accepted and replaces the offer held (R56),
/// and ends all that he ordered lower (R56, R62).
fn ended_by(tonight: &Tonight, candidate: &Candidate, offered: &FormationId) -> Vec<Event> {
    let preference = candidate.applications.get(offered).and_then(|application| application.preference);
    let (Some(preference), Some(rule)) = (preference, tonight.rule_of_ends()) else { return Vec::new() };
    let night = Some(tonight.date);
    let mut events = Vec::new();
    if tonight.mode == NightMode::Complementary {
        let change = Change::AcceptedProvisionally { formation: offered.clone() };
        events.push(Event { rule, night, change });
    }
    for (formation, application) in &candidate.applications {
        let cause = match application.now.state {
            ApplicationState::AcceptedProvisionally if tonight.mode == NightMode::Complementary => {
                LostCause::Replaced
            }
            ApplicationState::Submitted
            | ApplicationState::Waitlisted
            | ApplicationState::Archived
            | ApplicationState::ContractSearch
            | ApplicationState::ContractSubmitted
            | ApplicationState::ContractValidated
                if Some(preference) < application.preference =>
            {
                LostCause::LowerPreference
            }
            _ => continue,
        };
        events.push(Event { night, ..lost(rule, formation, cause) });
    }
    events
}

fn candidate_had_no_result(candidate: &Candidate, formation: &FormationId) -> bool {
    candidate.applications.get(formation).is_some_and(|a| a.now.state == ApplicationState::Submitted)
}
