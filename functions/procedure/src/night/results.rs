//! What a stored plan means for one candidate: the results published to him and the offers made to him.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use jiff::civil::Date;
use schemas::night::Seat;
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
    search_deadline: Option<Timestamp>,
    alternance_rule: Rule,
    rankings: HashMap<FormationId, RankingIndex>,
    /// The formations whose results place everybody ranked in contract search.
    searches: HashSet<FormationId>,
    offers: HashMap<CandidateId, Vec<(FormationId, u32, Seat)>>,
    /// What these offers end.
    lost: HashMap<CandidateId, Vec<(FormationId, u32)>>,
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
    /// The rank that the plan gives.
    pub rank: u32,
    /// What was found instead.
    pub found: String,
}

impl Tonight {
    /// The plan of a night with the rankings that appear in it, by formation.
    #[must_use]
    pub fn new(plan: Plan, rankings: HashMap<FormationId, RankingIndex>) -> Self {
        let mut offers: HashMap<CandidateId, Vec<(FormationId, u32, Seat)>> = HashMap::new();
        for offer in plan.offers {
            offers.entry(offer.candidate).or_default().push((offer.formation, offer.rank, offer.seat));
        }
        let mut lost: HashMap<CandidateId, Vec<(FormationId, u32)>> = HashMap::new();
        for loss in plan.lost {
            lost.entry(loss.candidate).or_default().push((loss.formation, loss.rank));
        }
        let searches = plan.rankings.into_iter().filter(|ranking| ranking.searches);
        Self {
            date: plan.date,
            mode: plan.mode,
            deadline: plan.deadline,
            search_deadline: plan.search_deadline,
            alternance_rule: plan.alternance_rule,
            rankings,
            searches: searches.map(|ranking| ranking.formation).collect(),
            offers,
            lost,
        }
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

    /// Whether the formation's results place everybody ranked in contract search.
    #[must_use]
    pub fn places_in_search(&self, formation: &FormationId) -> bool {
        self.searches.contains(formation)
    }

    /// Whether the plan gives nothing and publishes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.offers.is_empty() && self.rankings.is_empty()
    }

    /// Whom the plan concerns, if it names them: nobody but who is given a seat. Where results appear, it does not say
    /// whose.
    #[must_use]
    pub fn named(&self) -> Option<Vec<&CandidateId>> {
        self.rankings.is_empty().then(|| self.offers.keys().collect())
    }

    /// How many seats the plan gives.
    #[must_use]
    pub fn offers(&self) -> u64 {
        self.offers.values().map(|offers| offers.len() as u64).sum()
    }
}

/// The changes that the night makes to a settled candidate, and the notice owed; nothing for whoever the
/// night does not concern.
///
/// # Errors
/// [`Drift`] if an offer of the plan does not meet the placement it was planned for, or what the offers end is not what
/// the plan says.
pub fn events_for(tonight: &Tonight, candidate: &Candidate) -> Result<(Vec<Event>, NoticeKind), Drift> {
    let night = Some(tonight.date);
    let mut events = Vec::new();
    // Where a seat may be given, at which rank; a validated contract at any, for its place may be that of its arrival.
    let mut ranks: HashMap<&FormationId, Option<u32>> = HashMap::new();
    for (formation, application) in &candidate.applications {
        match application.now.state {
            ApplicationState::Waitlisted | ApplicationState::Archived => {
                ranks.extend(application.now.rank.map(|rank| (formation, Some(rank))));
            }
            ApplicationState::ContractValidated => {
                ranks.insert(formation, None);
            }
            ApplicationState::Submitted => {
                let ranking = tonight.rankings.get(formation);
                let Some(ranking) = ranking.filter(|ranking| ranking.round() == application.round) else {
                    continue;
                };
                if let Some(rank) = ranking.rank(&candidate.id) {
                    let (event, waits) = ranked(tonight, formation, rank);
                    events.push(event);
                    ranks.extend(waits.then_some((formation, Some(rank))));
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
    for (formation, rank, seat) in tonight.offers.get(&candidate.id).into_iter().flatten() {
        if !ranks.get(formation).is_some_and(|at| at.is_none_or(|at| at == *rank)) {
            return Err(drift(candidate, formation, *rank));
        }
        events.push(given(tonight, candidate, formation, *seat));
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
    ends_as_planned(tonight, candidate, &events)?;
    Ok((events, notice))
}

fn drift(candidate: &Candidate, formation: &FormationId, rank: u32) -> Drift {
    let found = candidate.applications.get(formation).map_or_else(
        || "no application".to_owned(),
        |application| format!("{:?} at rank {:?}", application.now.state, application.now.rank),
    );
    Drift { candidate: candidate.id.clone(), formation: formation.clone(), rank, found }
}

/// Whatever the plan ends is ended, and of what the planner saw nothing else: a placement, or the offer held. (An
/// application without a result, or a search without a seat, is none of its rows.)
fn ends_as_planned(tonight: &Tonight, candidate: &Candidate, events: &[Event]) -> Result<(), Drift> {
    let planned = tonight.lost.get(&candidate.id).map_or(&[][..], Vec::as_slice);
    let ended: HashSet<&FormationId> = events
        .iter()
        .filter(|event| matches!(event.change, Change::Lost { .. }))
        .filter_map(|event| event.change.formation())
        .collect();
    if let Some((formation, rank)) = planned.iter().find(|(formation, _)| !ended.contains(formation)) {
        return Err(drift(candidate, formation, *rank));
    }
    for formation in ended.into_iter().filter(|ended| !planned.iter().any(|(planned, _)| planned == *ended)) {
        let standing = candidate.applications.get(formation).map(|application| &application.now);
        let seen = |state| {
            matches!(
                state,
                ApplicationState::Waitlisted
                    | ApplicationState::Archived
                    | ApplicationState::AcceptedProvisionally
            )
        };
        if let Some(standing) = standing.filter(|standing| seen(standing.state)) {
            return Err(drift(candidate, formation, standing.rank.unwrap_or_default()));
        }
    }
    Ok(())
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

/// What is published to somebody ranked, and whether he then waits for a seat.
fn ranked(tonight: &Tonight, formation: &FormationId, rank: u32) -> (Event, bool) {
    let (night, formation, searches) =
        (Some(tonight.date), formation.clone(), tonight.places_in_search(formation));
    if searches {
        let change = Change::SearchPlaced {
            formation,
            rank: Some(rank),
            received_on: tonight.date,
            deadline: tonight.search_deadline,
        };
        return (Event { rule: tonight.alternance_rule, night, change }, false);
    }
    (Event { rule: Rule(23), night, change: Change::Waitlisted { formation, rank } }, true)
}

/// The seat given: an offer, or a search that takes it.
fn given(tonight: &Tonight, candidate: &Candidate, formation: &FormationId, seat: Seat) -> Event {
    let (night, received_on) = (Some(tonight.date), tonight.date);
    let state = candidate.applications.get(formation).map(|application| application.now.state);
    let formation = formation.clone();
    match seat {
        Seat::Search => {
            let deadline = tonight.search_deadline;
            let change = Change::SearchPlaced { formation, rank: None, received_on, deadline };
            Event { rule: tonight.alternance_rule, night, change }
        }
        Seat::Offer => {
            let rule = match state {
                Some(ApplicationState::ContractValidated) => tonight.alternance_rule,
                Some(ApplicationState::Submitted) => Rule(23),
                _ => Rule(24),
            };
            let change = Change::Offered { formation, received_on, deadline: tonight.deadline };
            Event { rule, night, change }
        }
    }
}
