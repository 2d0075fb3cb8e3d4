//! What candidates do after the main phase's applications: contracts in alternance, the complementary phase, enrolment.

use std::collections::BTreeSet;

use schemas::{CandidateId, FormationId};

use crate::cohort::Cohort;
use crate::draw::{Draw, stream};

/// How many of those placed in contract search find a contract, and within how many days.
const FINDS_A_CONTRACT: f64 = 0.45;
const SEARCH_DAYS_MOST: usize = 45;
/// How many contracts an establishment validates.
const VALIDATED: f64 = 0.9;
/// How many candidates without a definitive acceptance apply again in the complementary phase, and how often at most;
/// 163,751 such applications by 35,000 were counted in 2024.
const APPLIES_AGAIN: f64 = 0.25;
const APPLIES_AGAIN_MOST: usize = 8;
/// How many order what they have by preference.
const ORDERS: f64 = 0.88;
/// How many of those who accepted for good enrol.
const ENROLS: f64 = 0.96;

impl Cohort {
    /// After how many days of search a candidate has a contract for a formation; `None` is never.
    #[must_use]
    pub fn finds_contract_after(&self, candidate: &CandidateId, formation: &FormationId) -> Option<usize> {
        let mut rng = stream(self.seed(), "contract", &[candidate.as_str(), formation.as_str()]);
        rng.chance(FINDS_A_CONTRACT).then(|| 1 + rng.below(SEARCH_DAYS_MOST))
    }

    /// Whether the establishment validates a candidate's contract.
    #[must_use]
    pub fn validates(&self, candidate: &CandidateId, formation: &FormationId) -> bool {
        stream(self.seed(), "validation", &[candidate.as_str(), formation.as_str()]).chance(VALIDATED)
    }

    /// The formations to which a candidate would apply in the complementary phase: some of those open in it, each once.
    #[must_use]
    pub fn late_wishes(&self, candidate: &CandidateId) -> Vec<FormationId> {
        let open: Vec<&FormationId> =
            self.formations.iter().filter(|one| one.complementary).map(|one| &one.id).collect();
        let mut rng = stream(self.seed(), "late wishes", &[candidate.as_str()]);
        if !rng.chance(APPLIES_AGAIN) {
            return Vec::new();
        }
        let wanted = 1 + rng.below(APPLIES_AGAIN_MOST);
        let mut drawn = BTreeSet::new();
        (0..wanted)
            .filter_map(|_| rng.pick(&open))
            .filter(|id| drawn.insert(**id))
            .map(|id| (*id).clone())
            .collect()
    }

    /// The order in which a candidate puts these formations, best first: that of his wishes, then the others; `None` if
    /// he does not take the trouble.
    #[must_use]
    pub fn order(&self, candidate: &CandidateId, formations: &[FormationId]) -> Option<Vec<FormationId>> {
        let wishes = self.candidate(candidate).map_or(&[][..], |drawn| &drawn.wishes);
        let place = |id: &FormationId| wishes.iter().position(|wish| wish == id).unwrap_or(usize::MAX);
        let mut ordered = formations.to_vec();
        ordered.sort_by_key(|id| (place(id), id.clone()));
        stream(self.seed(), "orders", &[candidate.as_str()]).chance(ORDERS).then_some(ordered)
    }

    /// Whether somebody who accepted for good enrols.
    #[must_use]
    pub fn enrols(&self, candidate: &CandidateId) -> bool {
        stream(self.seed(), "enrols", &[candidate.as_str()]).chance(ENROLS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CohortSpec;

    /// Shares are as said, orders are whole and follow the wishes, and late wishes are open formations, each once.
    #[test]
    fn what_comes_later_is_as_said() {
        let cohort = Cohort::draw(&CohortSpec { candidates: 4_000, formations: None, seed: 8 }).unwrap();
        let share = |count: usize| count as f64 / cohort.candidates.len() as f64;
        let mut again = 0;
        let mut ordered = 0;
        let mut enrolled = 0;
        for candidate in &cohort.candidates {
            let late = cohort.late_wishes(&candidate.id);
            again += usize::from(!late.is_empty());
            assert_eq!(late.iter().collect::<BTreeSet<_>>().len(), late.len());
            assert!(late.iter().all(|id| cohort.formation(id).unwrap().complementary));
            let mut given = candidate.wishes.clone();
            given.reverse();
            if let Some(order) = cohort.order(&candidate.id, &given) {
                assert_eq!(order, candidate.wishes);
                ordered += 1;
            }
            enrolled += usize::from(cohort.enrols(&candidate.id));
        }
        assert!((share(again) - APPLIES_AGAIN).abs() < 0.03, "{again}");
        assert!((share(ordered) - ORDERS).abs() < 0.03, "{ordered}");
        assert!((share(enrolled) - ENROLS).abs() < 0.02, "{enrolled}");
    }
}
