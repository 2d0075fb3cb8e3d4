//! How candidates answer their offers, and when.

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Time};
use schemas::{CandidateId, FormationId};

use crate::cohort::Cohort;
use crate::draw::{Draw, stream};

/// How many candidates leave the platform at their first offer.
const LEAVING: f64 = 0.01;
/// How many others have gone elsewhere by the time of the results, and how often these take the trouble
/// to refuse; the rest is silence.
const GONE: f64 = 0.11;
const GONE_REFUSES: f64 = 0.75;
/// How often somebody who is still there misses one deadline.
const FORGETS: f64 = 0.02;
/// How often the best that can still come is accepted definitively at once.
const CONTENT: f64 = 0.93;
/// How often something better is no longer waited for.
const RELIEVED: f64 = 0.12;
/// How often an offer among the last third of the wishes is refused, while better may still come.
const DISDAINFUL: f64 = 0.15;
/// How often somebody who holds better says no to a new offer instead of letting it lapse.
const COURTEOUS: f64 = 0.85;

/// What a candidate has in hand when deciding.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Situation {
    /// The offer held provisionally.
    pub held: Option<FormationId>,
    /// The offers that wait for an answer.
    pub offers: Vec<FormationId>,
    /// The waitlist placements of the student track.
    pub placements: Vec<FormationId>,
}

/// What a candidate answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Accepts for good (R28).
    Definitive {
        /// Which offer.
        formation: FormationId,
    },
    /// Accepts while waiting for better (R27). `keep` and `drop` together are exactly the placements.
    Provisional {
        /// Which offer.
        formation: FormationId,
        /// The placements kept, best first.
        keep: Vec<FormationId>,
        /// The placements given up, best first.
        drop: Vec<FormationId>,
    },
    /// Refuses one offer.
    Refuse {
        /// Which offer.
        formation: FormationId,
    },
    /// Leaves the platform.
    Resign,
}

impl Cohort {
    /// What a candidate answers, in this situation, to the offers of which the newest was received on
    /// `decision`; `None` is silence. The candidate follows the true order of the wishes; a formation
    /// that is none of them comes last.
    #[must_use]
    pub fn answer(&self, candidate: &CandidateId, decision: Date, situation: &Situation) -> Option<Answer> {
        let wishes = self.candidate(candidate).map_or(&[][..], |drawn| &drawn.wishes);
        let place = |id: &FormationId| wishes.iter().position(|wish| wish == id).unwrap_or(usize::MAX);
        let order = |id: &FormationId| (place(id), id.clone());
        let formation = situation.offers.iter().min_by_key(|id| order(id))?.clone();

        let temper = stream(self.seed(), "temper", &[candidate.as_str()]).unit();
        let mut rng = stream(self.seed(), "answer", &[candidate.as_str(), &decision.to_string()]);
        if temper < LEAVING {
            return Some(Answer::Resign);
        }
        if temper < LEAVING + GONE {
            return rng.chance(GONE_REFUSES).then_some(Answer::Refuse { formation });
        }
        if rng.chance(FORGETS) {
            return None;
        }
        if situation.held.as_ref().is_some_and(|held| order(held) < order(&formation)) {
            return rng.chance(COURTEOUS).then_some(Answer::Refuse { formation });
        }

        let mut placements = situation.placements.clone();
        placements.sort_by_key(order);
        let better = placements.partition_point(|id| order(id) < order(&formation));
        let at_the_bottom = place(&formation) >= (wishes.len() * 2).div_ceil(3);
        if better > 0 && at_the_bottom && rng.chance(DISDAINFUL) {
            return Some(Answer::Refuse { formation });
        }
        if rng.chance(if better == 0 { CONTENT } else { RELIEVED }) {
            return Some(Answer::Definitive { formation });
        }
        let drop = placements.split_off(better);
        Some(Answer::Provisional { formation, keep: placements, drop })
    }

    /// When a candidate answers, in Paris: from 09:00 to 23:59:59 of a day from `decision` to the last
    /// day in time. Many do on the opening morning, many on the last evening.
    #[must_use]
    pub fn answer_time(&self, candidate: &CandidateId, decision: Date, deadline_day: Date) -> DateTime {
        const HOUR: usize = 3600;
        let days = usize::try_from(deadline_day.duration_since(decision).as_hours() / 24).unwrap_or(0);
        let mut rng = stream(self.seed(), "answer_time", &[candidate.as_str(), &decision.to_string()]);
        let peak = rng.unit();
        let (day, second) = if peak < 0.35 {
            // The earlier, the more of them: the product of two uniforms.
            (0, 9 * HOUR + (rng.unit() * rng.unit() * (3 * HOUR) as f64) as usize)
        } else if peak < 0.6 {
            (days, 18 * HOUR + rng.below(6 * HOUR))
        } else {
            (rng.below(days + 1), 9 * HOUR + rng.below(15 * HOUR))
        };
        let midnight = decision.to_datetime(Time::midnight());
        let after = SignedDuration::from_secs((day * 24 * HOUR + second) as i64);
        midnight.checked_add(after).unwrap_or(midnight)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::civil::date;

    use super::*;
    use crate::CohortSpec;

    const DAY: Date = date(2024, 6, 4);

    fn cohort() -> Cohort {
        Cohort::draw(&CohortSpec { candidates: 4_000, formations: None, seed: 21 }).unwrap()
    }

    /// Every answer of those with at least six wishes, in the situation made of their wishes.
    fn answers(
        cohort: &Cohort,
        situation: impl Fn(&[FormationId]) -> Situation,
    ) -> Vec<(&[FormationId], Option<Answer>)> {
        let many = cohort.candidates.iter().filter(|one| one.wishes.len() >= 6);
        many.map(|one| (&one.wishes[..], cohort.answer(&one.id, DAY, &situation(&one.wishes)))).collect()
    }

    fn share(answers: &[(&[FormationId], Option<Answer>)], of: impl Fn(&Option<Answer>) -> bool) -> f64 {
        answers.iter().filter(|(_, answer)| of(answer)).count() as f64 / answers.len() as f64
    }

    /// The first wish, once offered, is mostly taken for good.
    #[test]
    fn the_best_is_taken_for_good() {
        let cohort = cohort();
        let first = |wishes: &[FormationId]| Situation {
            held: Some(wishes[3].clone()),
            offers: vec![wishes[1].clone(), wishes[0].clone()],
            placements: wishes[4..].to_vec(),
        };
        let answers = answers(&cohort, first);
        for (wishes, answer) in &answers {
            if let Some(Answer::Definitive { formation } | Answer::Provisional { formation, .. }) = answer {
                assert_eq!(formation, &wishes[0]);
            }
        }
        let definitive = share(&answers, |one| matches!(one, Some(Answer::Definitive { .. })));
        assert!(definitive > 0.75, "{definitive}");
    }

    /// A provisional acceptance decides on every placement once, and keeps exactly those preferred to it
    /// (R27); what is no wish comes last.
    #[test]
    fn better_placements_are_kept() {
        let cohort = cohort();
        let unknown = FormationId::new("elsewhere").unwrap();
        let third = |wishes: &[FormationId]| Situation {
            held: None,
            offers: vec![wishes[2].clone()],
            placements: [&wishes[3..], &wishes[..2], std::slice::from_ref(&unknown)].concat(),
        };
        let answers = answers(&cohort, third);
        for (wishes, answer) in &answers {
            if let Some(Answer::Provisional { formation, keep, drop }) = answer {
                assert_eq!((formation, &keep[..]), (&wishes[2], &wishes[..2]));
                let placed: BTreeSet<_> = wishes[3..].iter().chain([&unknown]).collect();
                assert_eq!((drop.iter().collect::<BTreeSet<_>>(), drop.len()), (placed, wishes.len() - 2));
            }
        }
        assert!(share(&answers, |one| matches!(one, Some(Answer::Provisional { .. }))) > 0.65);
    }

    /// Nobody takes what is worse than what is held: it is refused, or left to lapse.
    #[test]
    fn worse_is_never_taken() {
        let cohort = cohort();
        let worse = |wishes: &[FormationId]| Situation {
            held: Some(wishes[0].clone()),
            offers: vec![wishes[1].clone()],
            placements: Vec::new(),
        };
        let answers = answers(&cohort, worse);
        assert!(
            answers
                .iter()
                .all(|(_, answer)| matches!(answer, None | Some(Answer::Refuse { .. } | Answer::Resign)))
        );
        assert!((0.1..0.3).contains(&share(&answers, Option::is_none)));
    }

    /// The end of the wishes is refused by some while better may come, and by few when nothing else may;
    /// some are silent and some leave.
    #[test]
    fn some_refuse_stay_silent_or_leave() {
        let cohort = cohort();
        let last = |wishes: &[FormationId], placements: Vec<FormationId>| Situation {
            held: None,
            offers: wishes.last().cloned().into_iter().collect(),
            placements,
        };
        let waiting = answers(&cohort, |wishes| last(wishes, wishes[..2].to_vec()));
        let alone = answers(&cohort, |wishes| last(wishes, Vec::new()));
        let refuses = |one: &Option<Answer>| matches!(one, Some(Answer::Refuse { .. }));
        assert!(share(&waiting, refuses) > share(&alone, refuses) + 0.08);
        let (silent, left) =
            (share(&alone, Option::is_none), share(&alone, |one| matches!(one, Some(Answer::Resign))));
        assert!((0.02..0.07).contains(&silent) && (0.005..0.02).contains(&left), "{silent} {left}");
        assert!(answers(&cohort, |_| Situation::default()).iter().all(|(_, answer)| answer.is_none()));
    }

    /// An answer comes in time and by day, with its two peaks; asked again, it is the same.
    #[test]
    fn answers_come_by_day_and_in_time() {
        let cohort = cohort();
        let deadline = date(2024, 6, 7);
        let times: Vec<DateTime> =
            cohort.candidates.iter().rev().map(|one| cohort.answer_time(&one.id, DAY, deadline)).collect();
        assert!(times.iter().all(|at| at.hour() >= 9 && (DAY..=deadline).contains(&at.date())));
        let again = cohort.candidates.iter().map(|one| cohort.answer_time(&one.id, DAY, deadline));
        assert!(again.eq(times.iter().rev().copied()));
        let count = |of: &dyn Fn(&&DateTime) -> bool| times.iter().filter(of).count();
        let (morning, evening) = (
            count(&|at| at.date() == DAY && at.hour() < 12),
            count(&|at| at.date() == deadline && at.hour() >= 18),
        );
        assert!(morning > 1_200 && evening > 1_000, "{morning} {evening}");
        let same = cohort.answer_time(&cohort.candidates[0].id, DAY, DAY);
        assert_eq!(same.date(), DAY);
    }
}
