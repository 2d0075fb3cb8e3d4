//! What people do beside answering offers: contracts in alternance, the complementary phase, enrolment.

use anyhow::{Context as _, Result};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use jobs::rows;
use procedure::calendar;
use samplers::DrawnCandidate;
use schemas::campaign::{AlternanceMode, ContractKind, EnrolBy};
use schemas::candidate::VacancyReason;
use schemas::night::Seat;
use schemas::upload::Verdict;
use schemas::{
    Action, Actor, Application, ApplicationState, Candidate, CandidateId, FormationId, Plan, RankingContent,
};

use super::agenda::{Act, Who};
use super::people::People;

/// How long after a contract its establishment decides on it: the next day at the same hour, so that those of one
/// formation are decided in the order in which they came (R47).
const DECISION_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// The hours of the day between which contracts are uploaded: while no night keeps commands out.
const UPLOAD_HOURS: (i8, i8) = (10, 21);

impl People {
    /// What people do after a night's publication: answer offers and searches, look for contracts.
    pub(super) async fn after_the_night(
        &self,
        date: Date,
        plan: &Plan,
    ) -> Result<Vec<(Timestamp, Who, Act)>> {
        let mut acts = Vec::new();
        for offer in &plan.offers {
            let Some(who) = self.place(&offer.candidate) else { continue };
            match offer.seat {
                Seat::Offer => {
                    let at = self.answer_at(&offer.candidate, date, plan.deadline);
                    acts.push((at, who, Act::Answer(date)));
                }
                Seat::Search => {
                    let by = plan.search_deadline.unwrap_or(plan.deadline);
                    let at = self.answer_at(&offer.candidate, date, by);
                    acts.push((at, who, Act::AnswerSearch(offer.formation.clone())));
                    acts.extend(self.uploads(&offer.candidate, &offer.formation, calendar::day(by)));
                }
            }
        }
        for appearing in plan.rankings.iter().filter(|appearing| appearing.searches) {
            let object = rows::ranking_object(&appearing.formation, &appearing.digest);
            let bytes = self.context.platform.objects.get(&object).await?;
            let content: RankingContent = serde_json::from_slice(&bytes.context("a ranking is not there")?)?;
            for candidate in &content.ranked {
                acts.extend(self.uploads(candidate, &appearing.formation, date));
            }
        }
        // Several offers of one morning are answered at once.
        acts.sort();
        acts.dedup();
        Ok(acts)
    }

    fn place(&self, candidate: &CandidateId) -> Option<Who> {
        let place = self.cohort.candidates.binary_search_by(|drawn| drawn.id.cmp(candidate)).ok()?;
        Some(Who::Candidate(place))
    }

    /// When a candidate who searches from a day on has a contract, if he finds one.
    fn uploads(
        &self,
        candidate: &CandidateId,
        formation: &FormationId,
        from: Date,
    ) -> Option<(Timestamp, Who, Act)> {
        let days = i64::try_from(self.cohort.finds_contract_after(candidate, formation)?).ok()?;
        let day = from.checked_add(days.days()).ok()?;
        let hours = (day.at(UPLOAD_HOURS.0, 0, 0, 0), day.at(UPLOAD_HOURS.1, 0, 0, 0));
        let at = calendar::instant(self.cohort.registered_at(candidate, hours));
        Some((at, self.place(candidate)?, Act::Upload(formation.clone())))
    }

    /// The contract is decided on the next day, if the year has it validated.
    pub(super) fn decided_next_day(
        &self,
        drawn: &DrawnCandidate,
        formation: &FormationId,
        at: Timestamp,
    ) -> Vec<(Timestamp, Who, Act)> {
        let place = self.cohort.formations.binary_search_by(|other| other.id.cmp(formation));
        let validated = self.context.rules().alternance.mode != AlternanceMode::UploadIsAcceptance;
        match (place, at.checked_add(DECISION_AFTER)) {
            (Ok(place), Ok(at)) if validated => {
                vec![(at, Who::Formation(place), Act::DecideContract(drawn.id.clone()))]
            }
            _ => Vec::new(),
        }
    }

    pub(super) async fn answer_search(
        &self,
        drawn: &DrawnCandidate,
        formation: &FormationId,
    ) -> Result<Option<Action>> {
        let Some(candidate) = self.stored(drawn).await? else { return Ok(None) };
        let keep = searches(&candidate).filter(|(id, a)| a.now.accepted && *id != formation);
        let keep = keep.map(|(id, _)| id.clone()).collect();
        let waits = searches(&candidate).any(|(id, a)| id == formation && !a.now.accepted);
        let formation = formation.clone();
        Ok(waits.then_some(Action::AnswerContractSearch {
            formation,
            accept: true,
            keep: Some(keep),
            drop: None,
        }))
    }

    pub(super) async fn upload(
        &self,
        drawn: &DrawnCandidate,
        formation: &FormationId,
    ) -> Result<Option<Action>> {
        let Some(candidate) = self.stored(drawn).await? else { return Ok(None) };
        let searching = searches(&candidate).any(|(id, _)| id == formation);
        Ok(searching.then(|| Action::ContractReceived {
            candidate: drawn.id.clone(),
            formation: formation.clone(),
            version: format!("{}-{formation}", drawn.id),
            arrival: self.context.now(),
            kind: ContractKind::Contract,
            verdict: Verdict::Conform,
        }))
    }

    pub(super) async fn apply_again(&self, drawn: &DrawnCandidate, nth: usize) -> Result<Option<Action>> {
        let Some(candidate) = self.stored(drawn).await? else { return Ok(None) };
        if definitive(&candidate).is_some() {
            return Ok(None);
        }
        let wish = self.cohort.late_wishes(&drawn.id).into_iter().nth(nth);
        let wish = wish.filter(|wish| !candidate.applications.contains_key(wish));
        Ok(wish.map(|formation| Action::SubmitApplication { formation }))
    }

    pub(super) async fn order(&self, drawn: &DrawnCandidate) -> Result<Option<Action>> {
        let Some(candidate) = self.stored(drawn).await? else { return Ok(None) };
        let rules = self.context.rules();
        let settled = procedure::settle::settled(&candidate, self.context.now(), rules).0;
        let orderable = |application: &Application| procedure::decide::is_ordered(application, rules);
        let formations: Vec<FormationId> = settled
            .applications
            .iter()
            .filter(|(_, application)| orderable(application))
            .map(|(id, _)| id.clone())
            .collect();
        let ordered = self.cohort.order(&drawn.id, &formations).filter(|ordered| !ordered.is_empty());
        Ok(ordered.map(|formations| Action::OrderPreferences { formations }))
    }

    /// The establishment says whether somebody whose days of enrolment are over came.
    pub(super) async fn enrol(&self, drawn: &DrawnCandidate) -> Result<Option<(Actor, Action)>> {
        let Some(candidate) = self.stored(drawn).await? else { return Ok(None) };
        let Some((formation, application)) = definitive(&candidate) else { return Ok(None) };
        let over = application.now.accepted_on.is_some_and(|on| {
            match calendar::enrol_by(self.context.rules(), on, None) {
                EnrolBy::Day(day) => calendar::end_of(day) <= self.context.now(),
                EnrolBy::Establishment => false,
            }
        });
        if !over || application.now.state == ApplicationState::Enrolled {
            return Ok(None);
        }
        let establishment = application.pair.0.clone();
        let (candidate, formation) = (drawn.id.clone(), formation.clone());
        let action = if self.cohort.enrols(&drawn.id) {
            Action::ConfirmEnrolment { candidate, formation }
        } else {
            let reason = VacancyReason::EnrolmentDeadlineMissed;
            Action::SignalVacancy { candidate, formation, reason }
        };
        Ok(Some((Actor::Establishment(establishment), action)))
    }
}

fn searches(candidate: &Candidate) -> impl Iterator<Item = (&FormationId, &Application)> {
    candidate
        .applications
        .iter()
        .filter(|(_, application)| application.now.state == ApplicationState::ContractSearch)
}

fn definitive(candidate: &Candidate) -> Option<(&FormationId, &Application)> {
    candidate.applications.iter().find(|(_, application)| {
        matches!(application.now.state, ApplicationState::AcceptedDefinitively | ApplicationState::Enrolled)
    })
}
