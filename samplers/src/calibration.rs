//! The proof that the draws give the published figures: a small main phase, played with nothing but the
//! cohort's own juries and behaviours.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::{Date, DateTime, date};
use schemas::{CandidateId, FormationId, Track};

use crate::{Answer, Cohort, CohortSpec, Situation};

/// The opening of 2024, the day until which the first offers may be answered, and the days of offers.
const OPENING: Date = date(2024, 6, 4);
const INITIAL_DEADLINE: Date = date(2024, 6, 7);
const MORNINGS: usize = 20;

/// One candidate's phase: what is in hand, with the last day on which each offer may be answered.
#[derive(Default)]
struct Life {
    held: Option<FormationId>,
    offers: BTreeMap<FormationId, Date>,
    placements: BTreeSet<FormationId>,
    definitive: bool,
    offered: bool,
    /// When the next answer comes, and for which morning's offers.
    plan: Option<(DateTime, Date)>,
}

impl Life {
    fn situation(&self) -> Situation {
        Situation {
            held: self.held.clone(),
            offers: self.offers.keys().cloned().collect(),
            placements: self.placements.iter().cloned().collect(),
        }
    }
}

struct Phase<'a> {
    cohort: &'a Cohort,
    lives: HashMap<CandidateId, Life>,
    /// Each formation with its call limit and its ranking.
    lists: Vec<(FormationId, usize, Vec<CandidateId>)>,
    taken: HashMap<FormationId, usize>,
    decisions: usize,
    silences: usize,
}

/// What a phase came to, as shares of the candidates unless said otherwise.
#[derive(Debug)]
struct Figures {
    applications_each: f64,
    ranked: f64,
    first_day: f64,
    offered: f64,
    seated: f64,
    definitive_on_day_one: f64,
    seats_filled: f64,
    silent_answers: f64,
    seats_each_formation: f64,
}

impl<'a> Phase<'a> {
    fn open(cohort: &'a Cohort) -> Self {
        let mut applicants: BTreeMap<&FormationId, Vec<CandidateId>> = BTreeMap::new();
        let student = |id: &&FormationId| cohort.formation(id).is_some_and(|one| one.track == Track::Student);
        for candidate in &cohort.candidates {
            for wish in candidate.wishes.iter().filter(student) {
                applicants.entry(wish).or_default().push(candidate.id.clone());
            }
        }
        let mut lives: HashMap<CandidateId, Life> =
            cohort.candidates.iter().map(|one| (one.id.clone(), Life::default())).collect();
        let mut lists = Vec::new();
        for formation in cohort.formations.iter().filter(|formation| student(&&formation.id)) {
            let applicants = applicants.get(&formation.id).map_or(&[][..], Vec::as_slice);
            let ranked = cohort.ranking(&formation.id, applicants).ranked;
            for candidate in &ranked {
                lives.get_mut(candidate).unwrap().placements.insert(formation.id.clone());
            }
            lists.push((formation.id.clone(), formation.call_limit as usize, ranked));
        }
        Self { cohort, lives, lists, taken: HashMap::new(), decisions: 0, silences: 0 }
    }

    fn free(taken: &mut HashMap<FormationId, usize>, formation: &FormationId) {
        *taken.get_mut(formation).unwrap() -= 1;
    }

    /// Offers whose last day is over are lost; what is held is kept.
    fn lapse(&mut self, today: Date) {
        for life in self.lives.values_mut() {
            let taken = &mut self.taken;
            life.offers.retain(|formation, last| {
                let live = *last >= today;
                if !live {
                    Self::free(taken, formation);
                }
                live
            });
        }
    }

    /// Free seats go down each list.
    fn call(&mut self, today: Date) {
        let last = INITIAL_DEADLINE.max(today.tomorrow().unwrap());
        for (formation, limit, list) in &self.lists {
            let taken = self.taken.entry(formation.clone()).or_default();
            for candidate in list {
                if *taken >= *limit {
                    break;
                }
                let life = self.lives.get_mut(candidate).unwrap();
                if life.placements.remove(formation) {
                    *taken += 1;
                    life.offered = true;
                    life.offers.insert(formation.clone(), last);
                    let at = self.cohort.answer_time(candidate, today, last);
                    assert!(at.date() >= today && at.date() <= last && at.hour() >= 9, "{at}");
                    life.plan = Some((at, today));
                }
            }
            assert!(*taken <= *limit, "{formation} is over its call limit");
        }
    }

    /// Whoever planned to answer today does.
    fn answers(&mut self, today: Date) {
        for (candidate, life) in &mut self.lives {
            let Some((_, decision)) = life.plan.filter(|(at, _)| at.date() == today) else { continue };
            life.plan = None;
            let answer = self.cohort.answer(candidate, decision, &life.situation());
            self.decisions += 1;
            let mut ended: Vec<FormationId> = Vec::new();
            match answer {
                None => self.silences += 1,
                Some(Answer::Refuse { formation }) => {
                    life.offers.remove(&formation).unwrap();
                    ended.push(formation);
                }
                Some(Answer::Provisional { formation, keep, drop }) => {
                    let decided: BTreeSet<_> = keep.iter().chain(&drop).cloned().collect();
                    assert_eq!((decided.len(), &decided), (keep.len() + drop.len(), &life.placements));
                    life.offers.remove(&formation).unwrap();
                    ended.extend(std::mem::take(&mut life.offers).into_keys().chain(life.held.take()));
                    life.placements = keep.into_iter().collect();
                    life.held = Some(formation);
                }
                Some(Answer::Definitive { formation }) => {
                    life.offers.remove(&formation).unwrap();
                    ended.extend(std::mem::take(&mut life.offers).into_keys().chain(life.held.take()));
                    life.placements.clear();
                    life.held = Some(formation);
                    life.definitive = true;
                }
                Some(Answer::Resign) => {
                    ended.extend(std::mem::take(&mut life.offers).into_keys().chain(life.held.take()));
                    life.placements.clear();
                }
            }
            for formation in &ended {
                Self::free(&mut self.taken, formation);
            }
        }
    }

    fn share(&self, counts: impl Fn(&Life) -> bool) -> f64 {
        self.lives.values().filter(|life| counts(life)).count() as f64 / self.lives.len() as f64
    }
}

fn play(candidates: u32, seed: u64) -> Figures {
    let cohort = Cohort::draw(&CohortSpec { candidates, formations: None, seed }).unwrap();
    let mut phase = Phase::open(&cohort);
    let ranked = phase.share(|life| !life.placements.is_empty());
    let (mut first_day, mut definitive_on_day_one) = (0.0, 0.0);
    let mut today = OPENING;
    for morning in 0..=MORNINGS + 1 {
        phase.lapse(today);
        if morning < MORNINGS {
            phase.call(today);
        }
        phase.answers(today);
        if morning == 0 {
            first_day = phase.share(|life| life.offered);
            definitive_on_day_one = phase.share(|life| life.definitive);
        }
        today = today.tomorrow().unwrap();
    }
    let seats: u32 = cohort.formations.iter().map(|one| one.capacity).sum();
    let applications: usize = cohort.candidates.iter().map(|one| one.wishes.len()).sum();
    let holders = phase.lives.values().filter(|life| life.held.is_some()).count();
    Figures {
        applications_each: applications as f64 / f64::from(candidates),
        ranked,
        first_day,
        offered: phase.share(|life| life.offered),
        seated: phase.share(|life| life.held.is_some()),
        definitive_on_day_one,
        seats_filled: holders as f64 / f64::from(seats),
        silent_answers: phase.silences as f64 / phase.decisions as f64,
        seats_each_formation: f64::from(seats) / cohort.formations.len() as f64,
    }
}

fn assert_published(candidates: u32, seed: u64) {
    let figures = play(candidates, seed);
    println!("{candidates} candidates, seed {seed}: {figures:#.3?}");
    let bands = [
        (figures.applications_each, 9.6, 10.3),
        (figures.ranked, 0.73, 0.78),
        (figures.first_day, 0.35, 0.50),
        // Published with alternance and the later phases: 71 %.
        (figures.offered, 0.65, 0.74),
        (figures.seated, 0.56, 0.64),
        (figures.definitive_on_day_one, 0.05, 0.11),
        (figures.seats_filled, 0.60, 1.0),
        (figures.silent_answers, 0.03, 0.07),
        (figures.seats_each_formation, 20.0, 24.5),
    ];
    for (at, (found, least, most)) in bands.into_iter().enumerate() {
        assert!((least..=most).contains(&found), "figure {at}: {found} is not in {least}..={most}");
    }
}

/// A small cohort meets the published figures, for one seed as for another; with so few formations a rare
/// seed is up to three points off.
#[test]
fn five_thousand_candidates_meet_the_published_figures() {
    for seed in 0..4 {
        assert_published(5_000, seed);
    }
}

/// A larger cohort meets the same figures: they do not come from the size.
#[test]
fn twenty_thousand_candidates_meet_the_published_figures() {
    assert_published(20_000, 4);
}
