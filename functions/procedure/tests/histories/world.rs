//! A history's store, its jobs, and what must hold after each step.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::common::{command, formation, rules_with, who};
use jiff::Timestamp;
use jiff::civil::Date;
use procedure::night::{RankingIndex, SnapshotBuilder, Tonight, advance, events_for, planned, verify};
use procedure::settle::{next_due, settled};
use procedure::{Facts, Subject, calendar, decide, fold, seats};
use schemas::campaign::AlternanceMode;
use schemas::formation::RankingRefusal;
use schemas::night::{AppearingRanking, PLAN_FORMAT};
use schemas::{
    Action, Actor, ApplicationState, Campaign, Candidate, CandidateId, Cause, Change, Event, Formation,
    FormationId, Gate, Plan, RankingContent, RefusalReason, Round, Rule, Track,
};

use crate::common;
use crate::{FORMATIONS, History, NAMES, SHORT_YEAR};

/// The settings of 2023: a search takes a seat and is answered, its contract accepts it, and the tracks are apart.
const SEARCHES_TAKE_SEATS: &str = r#"
alternance_mode = "upload_is_acceptance"
pre_search_waitlist = true
search_reply_required = true
search_uses_seat = true
definitive_closes_other_track = false
contract_kinds = ["contract", "cfa_certificate"]
"#;

/// The store of a history, and everything that was recorded.
pub(crate) struct World {
    pub(crate) rules: Campaign,
    pub(crate) formations: Vec<Formation>,
    pub(crate) rankings: HashMap<FormationId, RankingIndex>,
    pub(crate) candidates: BTreeMap<CandidateId, Candidate>,
    pub(crate) journal: Vec<(CandidateId, Cause, Vec<Event>)>,
    pub(crate) gate: Gate,
    pub(crate) met: BTreeSet<String>,
}

impl World {
    pub(crate) fn new(history: &History) -> Self {
        let main = "provisional_conversion_phase = \"main\"";
        let drop = "silence_on_new_offer = \"drop\"";
        let by_rank = "alternance_mode = \"validated_rank\"";
        let overrides = [
            "".into(),
            main.into(),
            drop.into(),
            format!("{main}\n{drop}"),
            String::new(),
            by_rank.into(),
            format!("{main}\n{SEARCHES_TAKE_SEATS}"),
        ];
        // From the fifth setting on the last formation is in alternance, in the mode of 2024, of 2025, of 2023.
        let track = |id: &str| {
            let last = FORMATIONS.last() == Some(&id);
            if last && history.settings > 3 { Track::Alternance } else { Track::Student }
        };
        let formations: Vec<Formation> = FORMATIONS
            .iter()
            .zip(&history.limits)
            .map(|(id, limit)| Formation { complementary: true, ..formation(id, track(id), *limit) })
            .collect();
        let ranking = |f: usize| {
            let verdict = |c: &usize| history.verdicts[f * NAMES.len() + *c];
            let ranked =
                history.orders[f].iter().filter(|c| verdict(c) > 1).map(|c| who(NAMES[*c])).collect();
            let refused = history.orders[f].iter().filter(|c| verdict(c) == 1).map(|c| RankingRefusal {
                candidate: who(NAMES[*c]),
                reason: RefusalReason::RequirementsNotMet,
                text: String::new(),
            });
            RankingIndex::of(RankingContent { ranked, refused: refused.collect() })
        };
        Self {
            rules: rules_with(&format!("{SHORT_YEAR}{}", overrides[history.settings])),
            rankings: formations
                .iter()
                .enumerate()
                .map(|(f, formation)| (formation.id.clone(), ranking(f)))
                .collect(),
            formations,
            candidates: BTreeMap::new(),
            journal: Vec::new(),
            gate: Gate::default(),
            met: BTreeSet::new(),
        }
    }

    pub(crate) fn record(&mut self, id: &CandidateId, cause: Cause, events: Vec<Event>) {
        let before = self.candidates.get(id).cloned();
        let after = fold::candidate(before.as_ref(), id, &cause, &events, &self.rules).unwrap();
        if let Some(before) = &before {
            assert_absorbing(before, &after, &events);
        }
        assert_eq!(after.due, next_due(&after, &self.rules));
        for event in &events {
            let said = common::change_said(event);
            self.met.insert(format!("{} {}", event.rule, said.split(": ").last().unwrap()));
        }
        self.journal.push((id.clone(), cause, events));
        self.candidates.insert(id.clone(), after);
    }

    /// Makes durable what time did to a candidate.
    pub(crate) fn sweep(&mut self, id: &CandidateId, now: Timestamp) {
        let Some(candidate) = self.candidates.get(id) else { return };
        for settlement in procedure::settle(candidate, now, &self.rules) {
            self.record(id, Cause::Time, settlement.events);
        }
    }

    pub(crate) fn ask(&mut self, id: &CandidateId, action: Action, now: Timestamp) {
        let target = action.formation().and_then(|id| self.formations.iter().find(|f| f.id == *id)).cloned();
        let actor = match &action {
            Action::ContractReceived { .. } => Actor::Job,
            Action::ValidateContract { .. } | Action::RejectContract { .. } => {
                Actor::Establishment(target.as_ref().unwrap().establishment.clone())
            }
            _ => Actor::Candidate(id.clone()),
        };
        let earlier = target.as_ref().and_then(|target| self.earlier_contract(id, &target.id));
        let command = command(actor, action);
        let facts = Facts {
            formation: target.as_ref(),
            earlier_contract: earlier.as_ref(),
            token_valid: true,
            gate: self.gate,
            ..Facts::default()
        };
        let subject = Subject::Candidate { id, state: self.candidates.get(id) };
        match decide(subject, &command, &facts, now, &self.rules) {
            Ok(decision) => {
                let touches = decision.events.iter().any(|event| event.change.touches_application());
                assert!(!(touches && self.gate.closed().is_some()), "{command:?} passed the gate");
                self.sweep(id, now);
                self.record(id, Cause::Command { command }, decision.events);
            }
            Err(refusal) => {
                self.met.insert(refusal.code().to_owned());
            }
        }
    }

    /// Whose contract came before this candidate's and still waits (R47).
    fn earlier_contract(&self, id: &CandidateId, formation: &FormationId) -> Option<CandidateId> {
        let own = self.candidates.get(id)?.applications.get(formation)?.contract.clone()?;
        let before = |other: &&Candidate| {
            let application = other.applications.get(formation);
            application.is_some_and(|a| decide::comes_before(a, (own.arrival, &own.version)))
        };
        self.candidates.values().find(before).map(|other| other.id.clone())
    }

    /// The juries rank whoever applied in the complementary round, behind those of the main phase.
    pub(crate) fn rank_again(&mut self, history: &History) {
        for (formation, order) in self.formations.iter().zip(&history.orders) {
            let ranked = order.iter().rev().map(|c| who(NAMES[*c])).collect();
            let content = RankingContent { ranked, refused: Vec::new() };
            let after = u32::try_from(NAMES.len()).unwrap();
            let index = RankingIndex::of_round(content, Round::Complementary, after);
            self.rankings.insert(formation.id.clone(), index);
        }
    }

    /// The night of a date: settle, plan, verify, apply; the gate stays closed.
    pub(crate) fn night(&mut self, date: Date) {
        let now = calendar::night_start(&self.rules, date);
        let settled_ones: Vec<Candidate> =
            self.candidates.values().map(|candidate| settled(candidate, now, &self.rules).0).collect();
        let nights = self.formations.iter().map(|formation| {
            (formation.clone(), calendar::formation_night(&self.rules, formation.track, date))
        });
        let mut builder = SnapshotBuilder::new(nights.collect());
        settled_ones.iter().for_each(|candidate| builder.add(candidate));
        let (snapshot, appearing) = builder.build(&self.rankings);
        let searches = |id: &FormationId| {
            snapshot
                .formations
                .iter()
                .any(|formation| formation.id == *id && formation.night.admits.searches())
        };
        let rankings = appearing.iter().map(|id| AppearingRanking {
            formation: id.clone(),
            digest: String::new(),
            round: self.rankings[id].round(),
            after: 0,
            searches: searches(id),
        });
        let mode = calendar::night_mode(&self.rules, date);
        let (offers, lost) = planned(&snapshot, &advance(&snapshot, mode));
        let plan = Plan {
            format: PLAN_FORMAT,
            date,
            mode,
            rules: self.rules.digest.clone(),
            deadline: calendar::offer_deadline(&self.rules, date),
            search_deadline: calendar::search_deadline(&self.rules, date),
            alternance_rule: calendar::alternance_rule(&self.rules),
            rankings: rankings.collect(),
            offers,
            lost,
        };
        assert_eq!(verify(&snapshot, &plan, &self.rules), vec![]);
        self.gate.closed_for = Some(date);
        let mut rankings = self.rankings.clone();
        rankings.retain(|id, _| appearing.contains(id));
        let tonight = Tonight::new(plan.clone(), rankings);
        for before in &settled_ones {
            let (events, _) = events_for(&tonight, before).unwrap();
            if events.is_empty() {
                continue;
            }
            self.sweep(&before.id, now);
            self.record(&before.id, Cause::Night { date }, events);
            let hidden = fold::visible(&self.candidates[&before.id], self.gate.published);
            assert_eq!(
                common::states_said(&hidden),
                common::states_said(before),
                "visible before publication"
            );
        }
        self.assert_no_jump(&plan);
    }

    /// Gives the night up: what it wrote is as before.
    pub(crate) fn void(&mut self, date: Date, before: &BTreeMap<CandidateId, String>) {
        let written = |candidate: &Candidate| {
            candidate.last_night == Some(date) && candidate.applications.values().any(|a| a.before.is_some())
        };
        let ids: Vec<_> = self.candidates.values().filter(|c| written(c)).map(|c| c.id.clone()).collect();
        for id in ids {
            let event = Event { rule: Rule(37), night: None, change: Change::NightVoided { night: date } };
            self.record(&id, Cause::Night { date }, vec![event]);
        }
        for (id, states) in before {
            assert_eq!(common::states_said(&self.candidates[id]), *states, "{id} after the night was voided");
        }
    }

    /// R24: nobody of a better rank waits where a worse one was given a seat tonight.
    pub(crate) fn assert_no_jump(&self, plan: &Plan) {
        let by_arrival = |id: &FormationId| {
            let alternance = |f: &Formation| f.id == *id && f.track == Track::Alternance;
            self.formations.iter().any(alternance)
                && self.rules.alternance.mode == AlternanceMode::ValidatedFifo
        };
        for offer in plan.offers.iter().filter(|offer| !by_arrival(&offer.formation)) {
            for other in self.candidates.values() {
                let Some(application) = other.applications.get(&offer.formation) else { continue };
                let waits = matches!(
                    application.now.state,
                    ApplicationState::Waitlisted | ApplicationState::ContractValidated
                ) || (application.now.state == ApplicationState::Archived
                    && application.preference.is_some());
                let jumped = waits && application.now.rank.is_some_and(|rank| rank <= offer.rank);
                assert!(!jumped, "{} was passed over at {}", other.id, offer.formation);
            }
        }
    }

    /// What holds at every instant, of everyone as time has left him.
    pub(crate) fn assert_invariants(&self, now: Timestamp) {
        let mut seats: BTreeMap<&FormationId, u32> = BTreeMap::new();
        let all: Vec<Candidate> = self.candidates.values().map(|c| settled(c, now, &self.rules).0).collect();
        for candidate in &all {
            let count = |test: fn(ApplicationState) -> bool| {
                candidate.applications.values().filter(|a| test(a.now.state)).count()
            };
            let held = count(|state| state == ApplicationState::AcceptedProvisionally);
            let definitive = count(|state| state == ApplicationState::AcceptedDefinitively);
            let apart = !self.rules.definitive_closes_other_track;
            let live = candidate
                .applications
                .values()
                .filter(|a| a.now.state.is_live() && !(apart && a.track == Track::Alternance))
                .count();
            let said = common::states_said(candidate);
            assert!(held <= 1, "R25: {} holds {said}", candidate.id);
            let in_alternance = candidate.applications.values().any(|a| {
                a.track == Track::Alternance && a.now.state == ApplicationState::AcceptedDefinitively
            });
            let alone = if apart && in_alternance { live == 0 } else { live == 1 };
            assert!(definitive == 0 || (definitive == 1 && alone), "R28: {} has {said}", candidate.id);
            assert!(next_due(candidate, &self.rules).is_none_or(|due| due > now), "{said} is overdue");
            for (formation, application) in &candidate.applications {
                *seats.entry(formation).or_default() +=
                    u32::from(seats::takes_seat(application.now.state, &self.rules));
            }
        }
        for formation in &self.formations {
            let taken = seats.get(&formation.id).copied().unwrap_or_default();
            assert!(
                taken <= formation.call_limit,
                "{}: {taken} seats of {}",
                formation.id,
                formation.call_limit
            );
        }
    }

    /// The state is nothing but the fold of what was recorded.
    pub(crate) fn assert_replay(&self) {
        let mut replayed: BTreeMap<CandidateId, Candidate> = BTreeMap::new();
        for (id, cause, events) in &self.journal {
            let after = fold::candidate(replayed.get(id), id, cause, events, &self.rules).unwrap();
            replayed.insert(id.clone(), after);
        }
        assert_eq!(replayed, self.candidates);
    }
}

/// `lost`, `refused`, `not_admitted` and `annulled` are left only by a new application, or with the night
/// that wrote them.
fn assert_absorbing(before: &Candidate, after: &Candidate, events: &[Event]) {
    for (id, application) in &before.applications {
        let (was, is) = (application.now.state, after.applications[id].now.state);
        let left = !was.is_live() && was != is;
        let again = events
            .iter()
            .any(|e| matches!(&e.change, Change::Submitted { formation, .. } if formation == id));
        let voided = events.iter().any(|e| matches!(e.change, Change::NightVoided { .. }));
        assert!(!left || again || voided, "{id} went from {was:?} to {is:?} by {events:?}");
    }
}
