//! The draw of a candidate's wishes: how many, where, and in which true order.

use std::collections::BTreeSet;

use schemas::{FormationId, Track};

use crate::cohort::{DrawnCandidate, DrawnFormation};
use crate::draw::{Draw, Weighted, exp, stream};

/// Distinct pairs of establishment and mention that a candidate may ask for (R14, R15).
pub(crate) const PAIRS_MAX: usize = 15;
/// How many candidates in a hundred ask for 1, 2, 3… formations: 8.4 on average. Many go to the end of
/// the quota, and a few beyond it, with two parcours of one pair.
const HOW_MANY: [f64; 17] =
    [5.5, 5.0, 6.0, 6.5, 7.0, 7.5, 7.5, 7.5, 7.0, 7.0, 5.5, 5.0, 4.5, 4.0, 12.5, 1.0, 1.0];
/// How strongly the appeal of formations differs: the deviation of the logarithm of their demand.
const APPEAL_IN_DEMAND: f64 = 0.65;
/// How often a wish stays in the field of the first.
const SAME_FIELD: f64 = 0.9;
/// How often a wish for a mention with another parcours brings a wish for that one too.
const SECOND_PARCOURS: f64 = 0.1;
/// How much of the order is the appeal that all see alike, against the candidate's own taste.
const APPEAL_IN_TASTE: f64 = 0.45;
const OUTSIDE_FIELD: f64 = -0.5;
/// Draws for one wish before giving up: a small cohort may have nothing left to ask for.
const ATTEMPTS: usize = 40;

/// How often a formation of this appeal is asked for, against one of appeal 0.
pub(crate) fn demand(appeal: f64) -> f64 {
    exp(APPEAL_IN_DEMAND * appeal)
}

/// How many candidates apply in alternance too, and how many of these prefer it to everything else. With as many wishes
/// as in the student track that makes the 1.6 published on average for 2024.
const SEEKS_ALTERNANCE: f64 = 0.19;
const PREFERS_ALTERNANCE: f64 = 0.6;

/// One candidate's wishes in both tracks, best first.
pub(crate) fn of_both(
    student: &Market<'_>,
    alternance: &Market<'_>,
    candidate: &DrawnCandidate,
    seed: u64,
) -> Vec<FormationId> {
    let mut rng = stream(seed, "tracks", &[candidate.id.as_str()]);
    let mut wishes = student.wishes(candidate, "wishes", seed);
    if rng.chance(SEEKS_ALTERNANCE) || wishes.is_empty() {
        let other = alternance.wishes(candidate, "wishes in alternance", seed);
        let at = if rng.chance(PREFERS_ALTERNANCE) { 0 } else { wishes.len() };
        wishes.splice(at..at, other);
    }
    wishes
}

/// What formations are there to be asked for, and how much each attracts.
pub(crate) struct Market<'a> {
    formations: Vec<Listing<'a>>,
    all: Weighted,
    fields: Vec<Weighted>,
    how_many: Weighted,
}

struct Listing<'a> {
    formation: &'a DrawnFormation,
    field: usize,
    /// Stands for (establishment, mention).
    pair: usize,
}

impl<'a> Market<'a> {
    /// The market of these formations, each with the number of its field.
    pub(crate) fn new(formations: &'a [DrawnFormation], fields: &[usize], track: Track) -> Self {
        let mut pairs = std::collections::HashMap::new();
        let listings: Vec<Listing<'a>> = formations
            .iter()
            .zip(fields)
            .filter(|(formation, _)| formation.track == track)
            .map(|(formation, &field)| {
                let next = pairs.len();
                let pair = *pairs.entry((&formation.establishment, &formation.mention)).or_insert(next);
                Listing { formation, field, pair }
            })
            .collect();
        let choice = |wanted: Option<usize>| {
            let kept = listings.iter().enumerate().filter(|(_, one)| wanted.is_none_or(|f| one.field == f));
            Weighted::new(kept.map(|(at, one)| (at, demand(one.formation.appeal))))
        };
        let count = fields.iter().max().map_or(0, |last| last + 1);
        let (all, fields) = (choice(None), (0..count).map(|field| choice(Some(field))).collect());
        let how_many = Weighted::new(HOW_MANY.into_iter().enumerate().map(|(at, weight)| (at + 1, weight)));
        Self { formations: listings, all, fields, how_many }
    }

    /// One candidate's wishes, best first.
    fn wishes(&self, candidate: &DrawnCandidate, label: &str, seed: u64) -> Vec<FormationId> {
        let mut rng = stream(seed, label, &[candidate.id.as_str()]);
        let chosen = self.choose(&mut rng);
        let home = chosen.first().and_then(|&at| self.formations.get(at)).map(|one| one.field);
        let mut scored: Vec<(f64, &FormationId)> = chosen
            .iter()
            .filter_map(|&at| self.formations.get(at))
            .map(|one| {
                let away = if home == Some(one.field) { 0.0 } else { OUTSIDE_FIELD };
                (APPEAL_IN_TASTE * one.formation.appeal + away + rng.normal(), &one.formation.id)
            })
            .collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
        scored.into_iter().map(|(_, id)| id.clone()).collect()
    }

    /// Which formations a candidate asks for: the first anywhere, most of the others in its field.
    fn choose(&self, rng: &mut impl Draw) -> Vec<usize> {
        let wanted = self.how_many.choose(rng).unwrap_or(0).min(self.formations.len());
        let mut chosen: Vec<usize> = Vec::with_capacity(wanted);
        let mut pairs = BTreeSet::new();
        let mut home = None;
        for _ in 0..wanted * ATTEMPTS {
            if chosen.len() == wanted {
                break;
            }
            let sibling =
                chosen.last().and_then(|&at| self.sibling(at)).filter(|_| rng.chance(SECOND_PARCOURS));
            let near = home.filter(|_| rng.chance(SAME_FIELD)).and_then(|field| self.fields.get(field));
            let Some(at) = sibling.or_else(|| near.unwrap_or(&self.all).choose(rng)) else { break };
            let Some(one) = self.formations.get(at) else { break };
            // Another parcours of a pair comes as a sibling, or when no other pair may be asked for.
            let doubles = sibling.is_some() || pairs.len() == PAIRS_MAX;
            if chosen.contains(&at) || pairs.contains(&one.pair) != doubles {
                continue;
            }
            pairs.insert(one.pair);
            home.get_or_insert(one.field);
            chosen.push(at);
        }
        chosen
    }

    /// The next parcours of the same pair, if there is one.
    fn sibling(&self, at: usize) -> Option<usize> {
        let (one, next) = (self.formations.get(at)?, self.formations.get(at + 1)?);
        (one.pair == next.pair).then_some(at + 1)
    }
}
