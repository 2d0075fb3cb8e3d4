//! A cohort: formations and candidates of one campaign, drawn from a seed.

use schemas::ids::InvalidId;
use schemas::{CandidateId, EstablishmentId, FormationId, Language, Track};

use crate::{formations, people, wishes};

/// How many candidates there are for each formation, in the published figures of 2024.
const CANDIDATES_PER_FORMATION: u32 = 28;

/// What cohort is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CohortSpec {
    /// How many candidates: fewer than ten million, so that their ids sort as their numbers.
    pub candidates: u32,
    /// How many formations; by default one for 28 candidates, and at least 2.
    pub formations: Option<u32>,
    /// What the cohort, its juries and its behaviours are drawn from.
    pub seed: u64,
}

/// A formation, as drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct DrawnFormation {
    /// Which formation.
    pub id: FormationId,
    /// Its mention and its parcours.
    pub title: String,
    /// Who runs it.
    pub establishment: EstablishmentId,
    /// The mention it counts in (R15).
    pub mention: String,
    /// Student or alternance.
    pub track: Track,
    /// Whether it takes new applications in the complementary phase (R52).
    pub complementary: bool,
    /// Seats.
    pub capacity: u32,
    /// How many may hold a seat at once: at least the capacity.
    pub call_limit: u32,
    /// How much it attracts, against others: 0 on average, deviation 1.
    pub appeal: f64,
    /// The score below which its jury ranks nobody.
    pub bar: f64,
}

/// A candidate, as drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct DrawnCandidate {
    /// Which candidate.
    pub id: CandidateId,
    /// An address that reaches nobody, unlike any other of the cohort whatever the case.
    pub email: String,
    /// First and last name.
    pub name: String,
    /// The language of the mails.
    pub language: Language,
    /// How good the file is, to every jury alike: 0 on average, deviation 1.
    pub quality: f64,
    /// The formations applied to, in the order the candidate truly prefers them, best first. Nobody
    /// declares it (R16); it is what the answers follow.
    pub wishes: Vec<FormationId>,
}

/// The formations and candidates of one campaign, and the seed of everything that they will do.
#[derive(Debug, Clone, PartialEq)]
pub struct Cohort {
    seed: u64,
    /// Every formation, in the order of their ids.
    pub formations: Vec<DrawnFormation>,
    /// Every candidate, in the order of their ids.
    pub candidates: Vec<DrawnCandidate>,
}

impl Cohort {
    /// Draws a cohort, in time proportional to its size.
    ///
    /// # Errors
    /// [`InvalidId`] if a drawn id were not an id.
    pub fn draw(spec: &CohortSpec) -> Result<Self, InvalidId> {
        let count = spec.formations.unwrap_or((spec.candidates / CANDIDATES_PER_FORMATION).max(2));
        let (formations, fields) = formations::draw(count, spec.seed)?;
        let student = wishes::Market::new(&formations, &fields, Track::Student);
        let alternance = wishes::Market::new(&formations, &fields, Track::Alternance);
        let candidates = (1..=spec.candidates)
            .map(|number| {
                let mut candidate = people::draw(number, spec.seed)?;
                candidate.wishes = wishes::of_both(&student, &alternance, &candidate, spec.seed);
                Ok(candidate)
            })
            .collect::<Result<_, InvalidId>>()?;
        Ok(Self { seed: spec.seed, formations, candidates })
    }

    /// What everything was drawn from.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// A formation of the cohort.
    #[must_use]
    pub fn formation(&self, id: &FormationId) -> Option<&DrawnFormation> {
        let at = self.formations.binary_search_by(|formation| formation.id.cmp(id)).ok()?;
        self.formations.get(at)
    }

    /// A candidate of the cohort.
    #[must_use]
    pub fn candidate(&self, id: &CandidateId) -> Option<&DrawnCandidate> {
        let at = self.candidates.binary_search_by(|candidate| candidate.id.cmp(id)).ok()?;
        self.candidates.get(at)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use sha2::{Digest, Sha256};

    use super::*;
    use crate::wishes::PAIRS_MAX;

    fn cohort(candidates: u32, seed: u64) -> Cohort {
        Cohort::draw(&CohortSpec { candidates, formations: None, seed }).unwrap()
    }

    /// One seed is one cohort, to the last bit and on every machine; another seed is another.
    #[test]
    fn a_seed_is_a_cohort() {
        let digest = |seed| {
            let bytes = Sha256::digest(format!("{:?}", cohort(600, seed)));
            bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect::<String>()
        };
        assert_eq!(digest(1), "24fb71df4bb4b958");
        assert_ne!(digest(1), digest(2));
    }

    /// More candidates, with the formations as they are, change nothing for those who were there.
    #[test]
    fn newcomers_change_nobody() {
        let draw =
            |candidates| Cohort::draw(&CohortSpec { candidates, formations: Some(60), seed: 9 }).unwrap();
        let (few, many) = (draw(300), draw(900));
        assert_eq!(few.formations, many.formations);
        assert_eq!(few.candidates[..], many.candidates[..300]);
    }

    /// Nobody shares an id or, whatever the case, an address; names and languages vary as in life.
    #[test]
    fn people_are_told_apart() {
        let cohort = cohort(5_000, 3);
        let ids: BTreeSet<_> = cohort.candidates.iter().map(|one| &one.id).collect();
        let emails: BTreeSet<_> = cohort.candidates.iter().map(|one| one.email.to_lowercase()).collect();
        assert_eq!((ids.len(), emails.len()), (5_000, 5_000));
        assert!(
            cohort.candidates.iter().all(|one| one.email.is_ascii() && one.email.ends_with("@example.org"))
        );
        assert!(cohort.candidates.iter().any(|one| one.email != one.email.to_lowercase()));
        for sign in ["é", "-", "'"] {
            assert!(cohort.candidates.iter().any(|one| one.name.contains(sign)), "{sign}");
        }
        let english = cohort.candidates.iter().filter(|one| one.language == Language::En).count();
        assert!((150..250).contains(&english), "{english}");
    }

    /// No one asks for more pairs than the quota (R14, R15) or twice for one formation; some use the whole
    /// quota, and some ask for two parcours of one pair.
    #[test]
    fn wishes_keep_the_quota() {
        let cohort = cohort(5_000, 4);
        let (mut full, mut doubled) = (0, 0);
        for candidate in &cohort.candidates {
            let wished: BTreeSet<_> = candidate.wishes.iter().collect();
            assert_eq!(wished.len(), candidate.wishes.len());
            for track in [Track::Student, Track::Alternance] {
                let drawn = candidate.wishes.iter().map(|id| cohort.formation(id).unwrap());
                let drawn: Vec<_> = drawn.filter(|one| one.track == track).collect();
                let pairs: BTreeSet<_> = drawn.iter().map(|one| (&one.establishment, &one.mention)).collect();
                assert!(pairs.len() <= PAIRS_MAX, "{candidate:?}");
                full += usize::from(pairs.len() == PAIRS_MAX);
                doubled += usize::from(pairs.len() < drawn.len());
            }
        }
        assert!(full > 250 && doubled > 250, "{full} {doubled}");
    }

    /// Demand has a heavy tail and does not follow the seats.
    #[test]
    fn demand_is_unequal() {
        let cohort = cohort(20_000, 5);
        let mut demand = std::collections::BTreeMap::<_, u32>::new();
        for wish in cohort.candidates.iter().flat_map(|one| &one.wishes) {
            *demand.entry(wish).or_default() += 1;
        }
        let mut counts: Vec<u32> = demand.values().copied().collect();
        counts.sort_unstable();
        let (median, top) = (counts[counts.len() / 2], counts[counts.len() * 99 / 100]);
        assert!(top > 3 * median, "{median} {top}");
        let crowded = |one: &&DrawnFormation| demand.get(&one.id).is_some_and(|&asked| asked > 2 * median);
        let seats: Vec<u32> = cohort.formations.iter().filter(crowded).map(|one| one.capacity).collect();
        let mean = f64::from(seats.iter().sum::<u32>()) / seats.len() as f64;
        assert!((18.0..26.0).contains(&mean), "{mean}");
    }

    /// The smallest cohorts are drawn too, and nobody in them is invented twice.
    #[test]
    fn small_cohorts_are_whole() {
        for candidates in [0, 1, 5, 56, 100] {
            let cohort = cohort(candidates, 6);
            assert_eq!(cohort.candidates.len(), candidates as usize);
            assert_eq!(cohort.formations.len(), (candidates as usize / 28).max(2));
            assert!(cohort.candidates.iter().all(|one| !one.wishes.is_empty()));
            assert!(cohort.candidates.iter().all(|one| cohort.candidate(&one.id) == Some(one)));
        }
        let none = Cohort::draw(&CohortSpec { candidates: 3, formations: Some(0), seed: 1 }).unwrap();
        assert!(none.candidates.iter().all(|one| one.wishes.is_empty()));
    }
}
