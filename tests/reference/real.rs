//! The real code, driven as the jobs drive it: stored candidates, sweeps that come or do not, a gate, a stored plan.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use jiff::civil::Date;
use procedure::night::{
    FormationNight, RankingIndex, SnapshotBuilder, Tonight, events_for, plan_offers, verify,
};
use procedure::settle::settled;
use procedure::{Facts, Subject, calendar, decide, fold};
use schemas::night::{AppearingRanking, PLAN_FORMAT};
use schemas::{
    Action, Actor, Campaign, Candidate, CandidateId, Cause, Change, Command, CommandId, Event, Formation,
    FormationId, Gate, Plan, RankingContent, Round, Rule,
};

/// The store, and what was met on the way: each rule with its change, each refusal.
pub(crate) struct Real {
    pub(crate) rules: Campaign,
    pub(crate) formations: Vec<Formation>,
    pub(crate) candidates: BTreeMap<CandidateId, Candidate>,
    rankings: HashMap<FormationId, RankingIndex>,
    pub(crate) gate: Gate,
    pub(crate) met: BTreeSet<String>,
    /// How many commands came.
    pub(crate) asked: u64,
}

/// A change in two words: `lost/expired`, `offered`.
fn said(change: &Change) -> String {
    let value = serde_json::to_value(change).unwrap();
    match change {
        Change::Lost { .. } => format!("lost/{}", value["cause"].as_str().unwrap()),
        _ => value["change"].as_str().unwrap().to_owned(),
    }
}

impl Real {
    pub(crate) fn new(rules: Campaign, formations: Vec<Formation>, candidates: Vec<Candidate>) -> Self {
        let candidates = candidates.into_iter().map(|candidate| (candidate.id.clone(), candidate)).collect();
        let (rankings, gate, met) = (HashMap::new(), Gate::default(), BTreeSet::new());
        Self { rules, formations, candidates, rankings, gate, met, asked: 0 }
    }

    pub(crate) fn rank(
        &mut self,
        formation: &FormationId,
        content: RankingContent,
        round: Round,
        after: u32,
    ) {
        self.rankings.insert(formation.clone(), RankingIndex::of_round(content, round, after));
    }

    fn record(&mut self, id: &CandidateId, cause: &Cause, events: &[Event]) {
        for event in events {
            self.met.insert(format!("{} {}", event.rule, said(&event.change)));
        }
        let before = self.candidates.get(id);
        let after = fold::candidate(before, id, cause, events, &self.rules).unwrap();
        self.candidates.insert(id.clone(), after);
    }

    /// Makes durable what time did to everybody.
    pub(crate) fn sweep(&mut self, now: Timestamp) {
        let ids: Vec<_> = self.candidates.keys().cloned().collect();
        ids.iter().for_each(|id| self.sweep_one(id, now));
    }

    fn sweep_one(&mut self, id: &CandidateId, now: Timestamp) {
        for settlement in procedure::settle(&self.candidates[id], now, &self.rules) {
            self.record(id, &Cause::Time, &settlement.events);
        }
    }

    /// A candidate as time has left him.
    pub(crate) fn candidate(&self, id: &CandidateId, now: Timestamp) -> Candidate {
        settled(&self.candidates[id], now, &self.rules).0
    }

    /// A command about a candidate; the code of its refusal.
    pub(crate) fn ask(&mut self, actor: &Actor, action: &Action, now: Timestamp) -> Result<(), &'static str> {
        let command = Command {
            command_id: CommandId::new("command").unwrap(),
            actor: actor.clone(),
            action: action.clone(),
        };
        let id = command.candidate().unwrap().clone();
        self.asked += 1;
        let target = action.formation().and_then(|id| self.formations.iter().find(|f| f.id == *id)).cloned();
        let earlier = target.as_ref().and_then(|target| self.earlier_contract(&id, &target.id, now));
        let facts = Facts {
            formation: target.as_ref(),
            earlier_contract: earlier.as_ref(),
            gate: self.gate,
            ..Facts::default()
        };
        let subject = Subject::Candidate { id: &id, state: self.candidates.get(&id) };
        match decide(subject, &command, &facts, now, &self.rules) {
            Ok(decision) => {
                self.sweep_one(&id, now);
                if !decision.events.is_empty() {
                    self.record(&id, &Cause::Command { command }, &decision.events);
                }
                Ok(())
            }
            Err(refusal) => {
                self.met.insert(refusal.code().to_owned());
                Err(refusal.code())
            }
        }
    }

    /// A command about a formation; the code of its refusal.
    pub(crate) fn direct(
        &mut self,
        actor: Actor,
        action: Action,
        now: Timestamp,
    ) -> Result<(), &'static str> {
        let id = action.formation().unwrap().clone();
        self.asked += 1;
        let place = self.formations.iter().position(|formation| formation.id == id).unwrap();
        let command = Command { command_id: CommandId::new("command").unwrap(), actor, action };
        let subject = Subject::Formation { id: &id, state: Some(&self.formations[place]), ranking: None };
        let facts = Facts { gate: self.gate, ..Facts::default() };
        let decision =
            decide(subject, &command, &facts, now, &self.rules).map_err(|refusal| refusal.code())?;
        self.formations[place] = fold::formation(Some(&self.formations[place]), &decision.events).unwrap();
        Ok(())
    }

    /// Whose contract came before this candidate's and still waits (R47).
    fn earlier_contract(
        &self,
        id: &CandidateId,
        formation: &FormationId,
        now: Timestamp,
    ) -> Option<CandidateId> {
        let own = self.candidates.get(id)?.applications.get(formation)?.contract.clone()?;
        let waits = |other: &&CandidateId| {
            let seen = fold::visible(&self.candidate(other, now), self.gate.published);
            let application = seen.applications.get(formation);
            application.is_some_and(|a| decide::comes_before(a, (own.arrival, &own.version)))
        };
        self.candidates.keys().find(waits).cloned()
    }

    /// The night of a date: snapshot, plan, verify, apply; the gate stays closed. Returns its plan.
    pub(crate) fn night(&mut self, date: Date) -> Plan {
        let now = calendar::night_start(&self.rules, date);
        self.gate.closed_for = Some(date);
        let before: Vec<Candidate> = self.candidates.keys().map(|id| self.candidate(id, now)).collect();
        let nights = self.formations.iter().map(|formation| {
            let night = calendar::formation_night(&self.rules, formation.track, date);
            let calls = night.calls && !formation.stopped;
            (formation.clone(), FormationNight { calls, ..night })
        });
        let mut builder = SnapshotBuilder::new(nights.collect());
        before.iter().for_each(|candidate| builder.add(candidate));
        let (snapshot, appearing) = builder.build(&self.rankings);
        let searches =
            |id: &FormationId| snapshot.formations.iter().any(|f| f.id == *id && f.night.admits.searches());
        let rankings = appearing.iter().map(|id| AppearingRanking {
            formation: id.clone(),
            digest: String::new(),
            round: self.rankings[id].round(),
            after: 0,
            searches: searches(id),
        });
        let mode = calendar::night_mode(&self.rules, date);
        let plan = Plan {
            format: PLAN_FORMAT,
            date,
            mode,
            rules: self.rules.digest.clone(),
            deadline: calendar::offer_deadline(&self.rules, date),
            search_deadline: calendar::search_deadline(&self.rules, date),
            alternance_rule: calendar::alternance_rule(&self.rules),
            rankings: rankings.collect(),
            offers: plan_offers(&snapshot, mode),
        };
        assert_eq!(verify(&snapshot, &plan, &self.rules), vec![]);
        let mut rankings = self.rankings.clone();
        rankings.retain(|id, _| appearing.contains(id));
        let tonight = Tonight::new(plan.clone(), rankings);
        for candidate in &before {
            let (events, _) = events_for(&tonight, candidate).unwrap();
            if !events.is_empty() {
                self.sweep_one(&candidate.id, now);
                self.record(&candidate.id, &Cause::Night { date }, &events);
            }
        }
        plan
    }

    /// Gives the night up: what it wrote is as before.
    pub(crate) fn void(&mut self, date: Date) {
        let written = |candidate: &&Candidate| {
            candidate.last_night == Some(date) && candidate.applications.values().any(|a| a.before.is_some())
        };
        let ids: Vec<_> = self.candidates.values().filter(written).map(|c| c.id.clone()).collect();
        for id in ids {
            let event = Event { rule: Rule(37), night: None, change: Change::NightVoided { night: date } };
            self.record(&id, &Cause::Night { date }, &[event]);
        }
    }
}
