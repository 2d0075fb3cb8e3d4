//! When candidates register, activate their account, apply and change their mind.

use jiff::SignedDuration;
use jiff::civil::DateTime;
use schemas::{CandidateId, FormationId};

use crate::cohort::Cohort;
use crate::draw::{Draw, stream};

/// How many come in the rush before the close, and how long it is.
const IN_THE_RUSH: f64 = 0.35;
const RUSH_SECONDS: usize = 2 * 24 * 3600;
/// How many register and never activate their account.
const NEVER_ACTIVATES: f64 = 0.01;
/// How many withdraw an application before the close.
const WITHDRAWS: f64 = 0.01;
/// Seconds from one slot to the next: as many moments of one candidate are told apart.
const LANES: usize = 32;

impl Cohort {
    /// When a candidate registers, within this window of Paris time.
    #[must_use]
    pub fn registered_at(&self, candidate: &CandidateId, window: (DateTime, DateTime)) -> DateTime {
        within(&mut stream(self.seed(), "registered", &[candidate.as_str()]), window, 0)
    }

    /// When a candidate follows the activation link, within the half-hour; `None` is never.
    #[must_use]
    pub fn activated_at(&self, candidate: &CandidateId, registered: DateTime) -> Option<DateTime> {
        let mut rng = stream(self.seed(), "activated", &[candidate.as_str()]);
        let never = rng.chance(NEVER_ACTIVATES);
        let minutes = rng.unit() * rng.unit() * 29.0;
        let at = registered.checked_add(SignedDuration::from_secs(30 + (minutes * 60.0) as i64)).ok()?;
        (!never).then_some(at)
    }

    /// When a candidate sends his `nth` application, within this window of Paris time, which best begins
    /// at the activation. No two of one candidate's first 32 fall on one second, if the window has 64.
    #[must_use]
    pub fn applied_at(&self, candidate: &CandidateId, nth: usize, window: (DateTime, DateTime)) -> DateTime {
        let mut rng = stream(self.seed(), "applied", &[candidate.as_str(), &nth.to_string()]);
        within(&mut rng, window, nth % LANES)
    }

    /// Which application a candidate withdraws before the close, and when within this window of Paris
    /// time, which best begins at his last application; `None`, mostly, is none.
    #[must_use]
    pub fn withdrawal(
        &self,
        candidate: &CandidateId,
        window: (DateTime, DateTime),
    ) -> Option<(FormationId, DateTime)> {
        let mut rng = stream(self.seed(), "withdrawal", &[candidate.as_str()]);
        let drawn = self.candidate(candidate).filter(|_| rng.chance(WITHDRAWS))?;
        let formation = rng.pick(&drawn.wishes)?.clone();
        Some((formation, within(&mut rng, window, 0)))
    }
}

/// A second of the window, often one of its last two days; the lane keeps one person's moments apart.
fn within(rng: &mut impl Draw, (from, to): (DateTime, DateTime), lane: usize) -> DateTime {
    let length = usize::try_from(to.duration_since(from).as_secs()).unwrap_or(0);
    let rush = length.min(RUSH_SECONDS);
    let start = if rng.chance(IN_THE_RUSH) { length - rush } else { 0 };
    let second = start + rng.below(length - start);
    // The last slot may be cut short, so it is left out when there is another.
    let slot = (second / LANES).min((length / LANES).saturating_sub(1));
    let after = (slot * LANES + lane).min(length);
    from.checked_add(SignedDuration::from_secs(after as i64)).unwrap_or(from)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::civil::date;

    use super::*;
    use crate::CohortSpec;

    fn cohort() -> Cohort {
        Cohort::draw(&CohortSpec { candidates: 5_000, formations: None, seed: 31 }).unwrap()
    }

    fn window() -> (DateTime, DateTime) {
        (date(2024, 2, 26).at(0, 0, 0, 0), date(2024, 3, 24).at(23, 59, 0, 0))
    }

    /// Everyone comes within the window, over all of it, and many in its last two days.
    #[test]
    fn arrivals_fill_the_window() {
        let (cohort, (from, to)) = (cohort(), window());
        let times: Vec<DateTime> =
            cohort.candidates.iter().map(|one| cohort.registered_at(&one.id, (from, to))).collect();
        assert!(times.iter().all(|at| (from..=to).contains(at)));
        let days: BTreeSet<_> = times.iter().map(|at| at.date()).collect();
        let rush = times.iter().filter(|at| to.duration_since(**at).as_hours() < 48).count();
        assert!(days.len() == 28 && (1_500..2_500).contains(&rush), "{} {rush}", days.len());
    }

    /// The applications of one candidate never fall on one second, also when there is little time left.
    #[test]
    fn applications_are_told_apart() {
        let cohort = cohort();
        let (from, close) = window();
        for to in [close, date(2024, 2, 26).at(0, 2, 0, 0)] {
            for candidate in cohort.candidates.iter().take(300) {
                let at: BTreeSet<_> =
                    (0..20).map(|nth| cohort.applied_at(&candidate.id, nth, (from, to))).collect();
                assert!(at.len() == 20 && at.iter().all(|at| (from..=to).contains(at)));
            }
        }
    }

    /// A window that is over, or turned round, gives its beginning instead of a fault.
    #[test]
    fn an_empty_window_is_its_beginning() {
        let cohort = cohort();
        let (from, to) = window();
        let candidate = &cohort.candidates[0].id;
        assert_eq!(cohort.applied_at(candidate, 3, (to, to)), to);
        assert_eq!(cohort.registered_at(candidate, (to, from)), to);
    }

    /// About one in a hundred never activates; about one in a hundred withdraws a wish he has.
    #[test]
    fn few_drop_out() {
        let (cohort, (from, to)) = (cohort(), window());
        let never =
            cohort.candidates.iter().filter(|one| cohort.activated_at(&one.id, from).is_none()).count();
        let withdrawn = cohort.candidates.iter().filter(|one| {
            let withdrawal = cohort.withdrawal(&one.id, (from, to));
            withdrawal.is_some_and(|(wish, at)| one.wishes.contains(&wish) && (from..=to).contains(&at))
        });
        let (never, withdrawn) = (never, withdrawn.count());
        assert!((25..80).contains(&never) && (25..80).contains(&withdrawn), "{never} {withdrawn}");
    }
}
