//! What juries decide: whom they rank, in which order, and whom they refuse.

use schemas::formation::RankingRefusal;
use schemas::{CandidateId, FormationId, RankingContent, RefusalReason};

use crate::cohort::{Cohort, DrawnFormation};
use crate::draw::{Draw, stream};

/// How much of a jury's score is the file's quality, which all juries see alike, and how much its own
/// view of it; the variances make 1.
const QUALITY_IN_SCORE: f64 = 0.62;
const VIEW_IN_SCORE: f64 = 0.785;
/// A jury ranks at most so many candidates for each seat.
const RANKED_PER_SEAT: usize = 5;
/// How often a file is incomplete.
const INCOMPLETE: f64 = 0.03;
/// How many juries leave applicants without an answer (R22), and how often such a jury does.
const SILENT_JURIES: f64 = 0.04;
const LEFT_UNANSWERED: f64 = 0.03;

const INCOMPLETE_TEXTS: [&str; 4] = [
    "Relevés de notes manquants.",
    "Lettre de motivation absente du dossier.",
    "Pièces illisibles ou incomplètes.",
    "Diplôme étranger non traduit.",
];
const REQUIREMENTS_TEXTS: [&str; 6] = [
    "Résultats insuffisants au regard des attendus de la formation.",
    "Prérequis disciplinaires non satisfaits.",
    "Projet professionnel éloigné des débouchés de la formation.",
    "Projet de recherche insuffisamment construit.",
    "Niveau de langue insuffisant.",
    "Nombre de candidatures très supérieur à la capacité d'accueil.",
];

/// What a jury thinks of one applicant, by itself.
enum Opinion {
    Rankable(f64),
    Refused(RefusalReason, &'static str),
    Unanswered,
}

impl Cohort {
    /// The ranking that a formation's jury publishes of these applicants, in whatever order they are
    /// given. Each applicant's score depends on the two of them alone.
    #[must_use]
    pub fn ranking(&self, formation: &FormationId, applicants: &[CandidateId]) -> RankingContent {
        let Some(drawn) = self.formation(formation) else { return RankingContent::default() };
        let silent = stream(self.seed(), "jury", &[formation.as_str()]).chance(SILENT_JURIES);
        let (mut rankable, mut refused) = (Vec::new(), Vec::new());
        for candidate in applicants {
            match self.opinion(drawn, candidate, silent) {
                Opinion::Rankable(score) => rankable.push((score, candidate)),
                Opinion::Refused(reason, text) => refused.push(refusal(candidate, reason, text)),
                Opinion::Unanswered => {}
            }
        }
        rankable.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
        let most = drawn.call_limit as usize * RANKED_PER_SEAT;
        let beyond = rankable.split_off(rankable.len().min(most));
        let [.., crowded] = REQUIREMENTS_TEXTS;
        let last = beyond.into_iter();
        refused.extend(last.map(|(_, id)| refusal(id, RefusalReason::RequirementsNotMet, crowded)));
        refused.sort_by(|a, b| a.candidate.cmp(&b.candidate));
        RankingContent { ranked: rankable.into_iter().map(|(_, id)| id.clone()).collect(), refused }
    }

    fn opinion(&self, formation: &DrawnFormation, candidate: &CandidateId, silent: bool) -> Opinion {
        let quality = self.candidate(candidate).map_or(0.0, |drawn| drawn.quality);
        let mut rng = stream(self.seed(), "score", &[formation.id.as_str(), candidate.as_str()]);
        let score = QUALITY_IN_SCORE * quality + VIEW_IN_SCORE * rng.normal();
        let (incomplete, unanswered) = (rng.chance(INCOMPLETE), rng.chance(LEFT_UNANSWERED));
        if silent && unanswered {
            Opinion::Unanswered
        } else if incomplete {
            let text = rng.pick(&INCOMPLETE_TEXTS).copied().unwrap_or_default();
            Opinion::Refused(RefusalReason::AdminIncomplete, text)
        } else if score < formation.bar {
            let text = rng.pick(&REQUIREMENTS_TEXTS).copied().unwrap_or_default();
            Opinion::Refused(RefusalReason::RequirementsNotMet, text)
        } else {
            Opinion::Rankable(score)
        }
    }
}

fn refusal(candidate: &CandidateId, reason: RefusalReason, text: &str) -> RankingRefusal {
    RankingRefusal { candidate: candidate.clone(), reason, text: text.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::CohortSpec;

    fn cohort() -> Cohort {
        Cohort::draw(&CohortSpec { candidates: 3_000, formations: None, seed: 11 }).unwrap()
    }

    fn applicants(cohort: &Cohort, formation: &FormationId) -> Vec<CandidateId> {
        let asks = |one: &&crate::DrawnCandidate| one.wishes.contains(formation);
        cohort.candidates.iter().filter(asks).map(|one| one.id.clone()).collect()
    }

    /// Whatever the order in which applicants are given, one ranking comes out, and no one is in it twice
    /// or from outside.
    #[test]
    fn a_ranking_has_no_order_of_arrival() {
        let cohort = cohort();
        for formation in &cohort.formations {
            let mut given = applicants(&cohort, &formation.id);
            let ranking = cohort.ranking(&formation.id, &given);
            given.reverse();
            assert_eq!(ranking, cohort.ranking(&formation.id, &given));
            let refused = ranking.refused.iter().map(|one| &one.candidate);
            let named: BTreeSet<_> = ranking.ranked.iter().chain(refused).collect();
            assert_eq!(named.len(), ranking.ranked.len() + ranking.refused.len());
            assert!(named.into_iter().all(|candidate| given.contains(candidate)));
        }
    }

    /// Who withdraws does not change how two others stand to each other.
    #[test]
    fn a_score_is_between_two() {
        let cohort = cohort();
        let formation = &cohort.formations[0].id;
        let all = applicants(&cohort, formation);
        let fewer: Vec<CandidateId> = all.iter().skip(1).step_by(2).cloned().collect();
        let kept: Vec<_> =
            cohort.ranking(formation, &all).ranked.into_iter().filter(|one| fewer.contains(one)).collect();
        let again = cohort.ranking(formation, &fewer).ranked;
        assert!(!kept.is_empty() && again.starts_with(&kept), "{kept:?} {again:?}");
    }

    /// Juries refuse for both reasons and in words, few files are incomplete, and a few applicants get no
    /// answer (R20, R22).
    #[test]
    fn juries_refuse_and_forget() {
        let cohort = cohort();
        let (mut asked, mut answered, mut incomplete) = (0, 0, 0);
        for formation in &cohort.formations {
            let given = applicants(&cohort, &formation.id);
            let ranking = cohort.ranking(&formation.id, &given);
            asked += given.len();
            answered += ranking.ranked.len() + ranking.refused.len();
            assert!(ranking.refused.iter().all(|one| one.text.ends_with('.')));
            let admin = |one: &&RankingRefusal| one.reason == RefusalReason::AdminIncomplete;
            incomplete += ranking.refused.iter().filter(admin).count();
        }
        assert!(answered < asked && answered * 100 > asked * 99, "{answered} of {asked}");
        assert!((asked / 50..asked / 25).contains(&incomplete), "{incomplete} of {asked}");
    }
}
