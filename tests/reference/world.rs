//! Both at once: every step is played in the real code and in the model, and they must say the same.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use procedure::campaign_file::{read, shipped_text};
use procedure::{calendar, fold};
use schemas::campaign::Round;
use schemas::formation::RankingRefusal;
use schemas::{
    AccountState, Action, Actor, Candidate, CandidateId, EstablishmentId, Formation, FormationId, Language,
    RankingContent, Standing,
};

use crate::history::{CANDIDATES, FORMATIONS, History, Jury, SLOTS, Step, YEARS, action, date};
use crate::invariants;
use crate::model::{self, Model, State};
use crate::real::Real;

/// Where both are.
pub(crate) struct World {
    pub(crate) real: Real,
    pub(crate) model: Model,
}

fn candidate(name: &str, active: bool) -> Candidate {
    Candidate {
        id: CandidateId::new(name).unwrap(),
        version: 2,
        account: if active { AccountState::Active } else { AccountState::Registered },
        email: format!("{name}@example.org"),
        name: None,
        language: Language::Fr,
        activation_issued_at: None,
        applications: std::collections::BTreeMap::new(),
        region: String::new(),
        new_email: None,
        address_released: false,
        unreachable: false,
        exception: Vec::new(),
        fraud: None,
        last_night: None,
        due: None,
    }
}

impl World {
    pub(crate) fn new(history: &History) -> Self {
        let year = &YEARS[history.year];
        let keys = format!("{}{}", history.keys, year.keys);
        let rules = read(shipped_text(year.file).unwrap(), &keys.parse().unwrap()).unwrap();
        let mut formations = Vec::new();
        for (f, id) in FORMATIONS.iter().enumerate() {
            let mention = if f < 2 && history.parcours { "LETTERS" } else { id };
            formations.push(Formation {
                id: FormationId::new(id).unwrap(),
                version: 1,
                title: (*id).into(),
                establishment: EstablishmentId::new("0691774D").unwrap(),
                mention: mention.into(),
                track: history.tracks[f],
                capacity: history.limits[f],
                call_limit: history.limits[f],
                complementary: history.complementary[f],
                mixed: history.mixed[f],
                enrolment: None,
                stopped: false,
            });
        }
        let known = formations.iter().map(|formation| model::Formation {
            id: formation.id.clone(),
            track: formation.track,
            establishment: formation.establishment.clone(),
            mention: formation.mention.clone(),
            call_limit: formation.call_limit,
            stopped: false,
            complementary: formation.complementary,
            mixed: formation.mixed,
        });
        let candidates: Vec<Candidate> =
            CANDIDATES.iter().zip(history.active).map(|(name, active)| candidate(name, active)).collect();
        let ids = candidates.iter().map(|candidate| candidate.id.clone()).collect();
        let accounts = candidates.iter().map(|candidate| candidate.account).collect();
        let model = Model::new(rules.clone(), ids, known.collect(), accounts);
        let mut world = Self { real: Real::new(rules, formations, candidates), model };
        (0..FORMATIONS.len()).for_each(|f| world.rank(f, &history.juries[f][0], Round::Main));
        world
    }

    /// A jury's ranking is out; the one before of the same formation is over.
    fn rank(&mut self, f: usize, jury: &Jury, round: Round) {
        let after = if round == Round::Main { 0 } else { u32::try_from(CANDIDATES.len()).unwrap() };
        let id = |c: usize| CandidateId::new(CANDIDATES[c]).unwrap();
        let refused = jury.refused.iter().map(|(c, reason)| RankingRefusal {
            candidate: id(*c),
            reason: *reason,
            text: String::new(),
        });
        let content = RankingContent {
            ranked: jury.ranked.iter().copied().map(id).collect(),
            refused: refused.collect(),
        };
        self.real.rank(&FormationId::new(FORMATIONS[f]).unwrap(), content, round, after);
        self.model.rankings.retain(|ranking| ranking.formation != f);
        let (ranked, refused) = (jury.ranked.clone(), jury.refused.clone());
        self.model.rankings.push(model::Ranking { formation: f, round, ranked, refused, after });
    }

    /// Asks both the same, and compares the answers and what came of them.
    fn ask(&mut self, actor: &Actor, action: &Action, now: Timestamp) -> Result<(), String> {
        let before = self.model.seen.clone();
        let real = self.real.ask(actor, action, now);
        let model = self.model.ask(actor, action, now);
        let about = || format!("{now} {actor:?} {action:?}");
        if real != model {
            return Err(format!("{}: real {real:?}, model {model:?}", about()));
        }
        if real.is_ok() && self.model.tonight.is_none() {
            invariants::absorbing(&before, &self.model.seen, Some(action))
                .map_err(|why| about() + ": " + &why)?;
        }
        self.compare(now).map_err(|why| format!("{}: {real:?}: {why}", about()))
    }

    fn compare(&self, now: Timestamp) -> Result<(), String> {
        let published = self.real.gate.published;
        for (c, id) in self.model.candidates.iter().enumerate() {
            let settled = self.real.candidate(id, now);
            let seen = fold::visible(&settled, published);
            self.compare_one(c, &seen, &self.model.seen).map_err(|why| format!("{id} {why}"))?;
            if let Some(tonight) = &self.model.tonight {
                self.compare_one(c, &settled, tonight).map_err(|why| format!("tonight {id} {why}"))?;
            }
        }
        invariants::always(&self.model, &self.model.seen)?;
        self.model.tonight.as_ref().map_or(Ok(()), |tonight| invariants::always(&self.model, tonight))
    }

    fn compare_one(&self, c: usize, real: &Candidate, model: &State) -> Result<(), String> {
        if real.account != model.accounts[c] {
            return Err(format!("account: real {:?}, model {:?}", real.account, model.accounts[c]));
        }
        let own = model.applications.iter().filter(|a| a.candidate == c);
        if own.clone().count() != real.applications.len() {
            return Err("has not the same applications".into());
        }
        for a in own {
            let id = &self.model.formations[a.formation].id;
            let application = &real.applications[id];
            let expected = Standing {
                state: a.state,
                rank: a.rank,
                cause: a.cause,
                received_on: a.received,
                deadline: a.deadline,
                accepted: a.accepted,
                accepted_on: a.accepted_on,
                // The model keeps them in its own form; what they do is compared by answers.
                refusal: application.now.refusal.clone(),
                vacancy: application.now.vacancy,
            };
            if application.now != expected {
                return Err(format!("at {id}: real {:?}, model {expected:?}", application.now));
            }
            if application.preference != a.preference {
                return Err(format!("at {id}: preference {:?}, {:?}", application.preference, a.preference));
            }
        }
        Ok(())
    }

    /// The night of a date in both, with what it may never do.
    fn night(&mut self, date: Date) -> Result<(), String> {
        let plan = self.real.night(date);
        let mut given = self.model.night(date);
        let place = |id| self.model.formation(id);
        let mut planned: Vec<(usize, usize)> =
            plan.offers.iter().map(|o| (place(&o.formation), self.model.candidate(&o.candidate))).collect();
        planned.sort_unstable();
        given.sort_unstable();
        if planned != given {
            return Err(format!("{date}: real gives {planned:?}, model {given:?}"));
        }
        if let Some(tonight) = &self.model.tonight {
            invariants::absorbing(&self.model.seen, tonight, None)?;
        }
        invariants::night(&self.model, &given, date).map_err(|why| format!("{date}: {why}"))?;
        self.compare(self.model.gate_closes(date)).map_err(|why| format!("night of {date}: {why}"))
    }

    /// What an establishment or an operator does to a formation: its seats, or whether it calls.
    fn direct(&mut self, step: &Step, now: Timestamp) -> Result<(), String> {
        let place = step.formation();
        let formation = self.real.formations[place].id.clone();
        let establishment = Actor::Establishment(self.real.formations[place].establishment.clone());
        let known = &mut self.model.formations[place];
        let (actor, action) = match step.choice(6) {
            0 => (Actor::Operator, Action::StopFormation { formation }),
            1 | 2 => (Actor::Operator, Action::ResumeFormation { formation }),
            seats => {
                let call_limit = u32::try_from(seats).unwrap() - 2;
                known.call_limit = call_limit;
                (establishment, Action::SetSeats { formation, capacity: 1, call_limit: Some(call_limit) })
            }
        };
        match action {
            Action::StopFormation { .. } => known.stopped = true,
            Action::ResumeFormation { .. } => known.stopped = false,
            _ => {}
        }
        self.real.direct(actor, action, now).map_err(|code| format!("{now}: {code}"))
    }
}

/// An instant, written as Paris civil time.
fn at(day: Date, time: &str) -> Timestamp {
    calendar::instant(format!("{day}T{time}").parse::<DateTime>().unwrap())
}

/// Plays a history in both.
///
/// # Errors
/// The first step at which they differ, or at which something does not hold that always must.
pub(crate) fn play(history: &History) -> Result<World, String> {
    let mut world = World::new(history);
    let year = &YEARS[history.year];
    begin(&mut world, history)?;
    for day in 0..history.swept.len() {
        let date = date(year, day);
        if world
            .real
            .rules
            .phases
            .get(&schemas::Phase::ComplementaryExamination)
            .is_some_and(|d| d.last == date)
        {
            (0..FORMATIONS.len()).for_each(|f| world.rank(f, &history.juries[f][1], Round::Complementary));
        }
        let is_night = world.model.is_night(date);
        if is_night != calendar::is_night(&world.real.rules, date) {
            return Err(format!("{date}: a night in one only"));
        }
        for (slot, time) in SLOTS.iter().enumerate() {
            let now = at(date, time);
            if slot == 1 && is_night {
                world.night(date)?;
            }
            for step in history.steps.iter().filter(|step| step.day == day && step.slot == slot) {
                if step.is_about_a_formation() {
                    world.direct(step, now)?;
                } else {
                    let (actor, action) = action(step, &world.model, now);
                    world.ask(&actor, &action, now)?;
                }
            }
            if slot == 1 && is_night {
                if history.voided[day] {
                    world.real.void(date);
                    world.model.void();
                }
                world.model.publish();
                world.real.gate.published = Some(date);
                world.compare(now).map_err(|why| format!("morning of {date}: {why}"))?;
            }
        }
        let midnight = at(date, SLOTS[4]);
        if history.swept[day] {
            world.real.sweep(midnight);
        }
        world.model.advance(midnight);
        world.compare(midnight).map_err(|why| format!("evening of {date}: {why}"))?;
    }
    Ok(world)
}

/// Before the examination: applications, and second thoughts.
fn begin(world: &mut World, history: &History) -> Result<(), String> {
    let opens = world.real.rules.phases[&schemas::Phase::Application].first;
    for (c, name) in CANDIDATES.iter().enumerate() {
        let actor = Actor::Candidate(CandidateId::new(name).unwrap());
        for (f, id) in FORMATIONS.iter().enumerate() {
            if history.applied[c][f] {
                let submit = Action::SubmitApplication { formation: FormationId::new(id).unwrap() };
                world.ask(&actor, &submit, at(opens, "12:00"))?;
            }
        }
    }
    for step in &history.early {
        let now = at(opens.tomorrow().unwrap(), "12:00");
        let (actor, action) = action(step, &world.model, now);
        world.ask(&actor, &action, now)?;
    }
    Ok(())
}
