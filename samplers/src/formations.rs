//! The draw of the formations: who runs them, what they teach, how many seats, how much they attract.

use std::collections::{BTreeMap, BTreeSet};

use schemas::ids::InvalidId;
use schemas::{EstablishmentId, FormationId, Track};

use crate::catalogue::{DEPARTMENTS, FIELDS, Field, Mention};
use crate::cohort::DrawnFormation;
use crate::draw::{Draw, exp, stream};
use crate::wishes::demand;

/// A field is opened for so many formations, so that a small cohort's candidates still compete.
const FORMATIONS_PER_FIELD: u32 = 15;
/// Seats are log-normal, whatever the appeal: so many on average, half of the formations below it.
const SEATS_MEAN: f64 = 22.0;
const SEATS_DEVIATION: f64 = 0.45;
const SEATS_LEAST: f64 = 5.0;
/// One formation of so many is in alternance, evenly, so that a small cohort has its part of them: 1,000 of 7,500 were
/// published for 2026.
const ALTERNANCE_EVERY: usize = 8;
/// What share of formations takes new applications in the complementary phase (2024: 3,400 of 8,090).
const COMPLEMENTARY: f64 = 0.42;
/// What share of formations calls more candidates than it has seats, and by how much at most.
const OVERCALLING: f64 = 0.25;
const OVERCALL_MOST: f64 = 0.15;
/// How much of a formation's appeal is its establishment's; with the rest, the variances make 1.
const ESTABLISHMENT_SHARE: f64 = 0.3;
const OWN_SHARE: f64 = 0.954;
/// The bar that an average application meets, and how it moves with the appeal and the jury's severity.
const BAR: f64 = 0.41;
const BAR_BY_APPEAL: f64 = 0.4;
const BAR_BY_JURY: f64 = 0.25;

/// Draws so many formations, and for each the number of its field.
pub(crate) fn draw(count: u32, seed: u64) -> Result<(Vec<DrawnFormation>, Vec<usize>), InvalidId> {
    let fields = open_fields(count);
    // Enough establishments that there are always pairs left to draw.
    let establishments = 2 + count as usize / (3 * fields.len());
    let mut taken = BTreeSet::new();
    let (mut formations, mut field_of) = (Vec::new(), Vec::new());
    for attempt in 0_u64.. {
        if formations.len() >= count as usize {
            break;
        }
        let mut rng = stream(seed, "pair", &[&attempt.to_string()]);
        let (field, host) = (rng.below(fields.len()), rng.below(establishments));
        let Some(mention) = fields.get(field).and_then(|field| rng.pick(field.mentions)) else { break };
        if !taken.insert((host, mention.name)) {
            continue;
        }
        let establishment = establishment(host)?;
        for title in titles(mention, &mut rng).into_iter().take(count as usize - formations.len()) {
            let id = FormationId::new(format!("f-{:06}", formations.len() + 1))?;
            let third_of_eight = formations.len() % ALTERNANCE_EVERY == 2;
            let track = if third_of_eight { Track::Alternance } else { Track::Student };
            formations.push(one(id, title, establishment.clone(), mention, track, seed));
            field_of.push(field);
        }
    }
    give_seats(&mut formations, seed);
    set_bars(&mut formations, &field_of, seed);
    Ok((formations, field_of))
}

/// The fields that a cohort of this size covers.
fn open_fields(count: u32) -> &'static [Field] {
    let open = (count / FORMATIONS_PER_FIELD).max(1) as usize;
    FIELDS.get(..open).unwrap_or(FIELDS)
}

/// The code of an establishment: department, number, and the letter that checks them (UAI).
fn establishment(host: usize) -> Result<EstablishmentId, InvalidId> {
    const LETTERS: &[u8; 23] = b"ABCDEFGHJKLMNPRSTUVWXYZ";
    let department = DEPARTMENTS.get(host % DEPARTMENTS.len()).copied().unwrap_or_default();
    let number = department * 10_000 + host / DEPARTMENTS.len();
    let letter = LETTERS.get(number % LETTERS.len()).copied().unwrap_or(b'A');
    EstablishmentId::new(format!("{number:07}{}", char::from(letter)))
}

/// The titles of one mention's formations at one establishment: one, or one for each of its parcours.
fn titles(mention: &Mention, rng: &mut impl Draw) -> Vec<String> {
    let drawn = rng.unit();
    let parcours = if drawn < 0.62 {
        1
    } else if drawn < 0.9 {
        2
    } else {
        3
    };
    let first = rng.below(mention.parcours.len());
    let cycle = mention.parcours.iter().cycle().skip(first);
    cycle
        .take(parcours.min(mention.parcours.len()))
        .map(|name| format!("{} – {name}", mention.name))
        .collect()
}

/// A formation that has no seats yet, and a jury that has no bar.
fn one(
    id: FormationId,
    title: String,
    establishment: EstablishmentId,
    mention: &Mention,
    track: Track,
    seed: u64,
) -> DrawnFormation {
    let renown = stream(seed, "establishment", &[establishment.as_str()]).normal();
    let own = stream(seed, "appeal", &[id.as_str()]).normal();
    let appeal = ESTABLISHMENT_SHARE * renown + OWN_SHARE * own;
    let complementary = stream(seed, "complementary", &[id.as_str()]).chance(COMPLEMENTARY);
    DrawnFormation {
        id,
        title,
        establishment,
        mention: mention.code(),
        track,
        complementary,
        capacity: 0,
        call_limit: 0,
        appeal,
        bar: 0.0,
    }
}

/// Gives every formation its seats. The average is the published one, whatever the seed.
fn give_seats(formations: &mut [DrawnFormation], seed: u64) {
    let draw = |formation: &DrawnFormation| {
        let mut rng = stream(seed, "seats", &[formation.id.as_str()]);
        let seats = exp(SEATS_DEVIATION * rng.normal());
        (seats, if rng.chance(OVERCALLING) { OVERCALL_MOST * rng.unit() } else { 0.0 })
    };
    let mean = formations.iter().map(|one| draw(one).0).sum::<f64>() / formations.len().max(1) as f64;
    for formation in formations {
        let (seats, over) = draw(formation);
        let seats = (SEATS_MEAN * seats / mean).round().max(SEATS_LEAST);
        formation.capacity = seats as u32;
        formation.call_limit = (seats + seats * over).ceil() as u32;
    }
}

/// Gives every jury its bar. The average over the applications of a field is the calibrated one, whatever
/// the seed: a small cohort has few juries, and some seeds would have lenient ones only.
fn set_bars(formations: &mut [DrawnFormation], field_of: &[usize], seed: u64) {
    let mut sums = BTreeMap::<usize, (f64, f64)>::new();
    for (formation, &field) in formations.iter_mut().zip(field_of) {
        let severity = stream(seed, "bar", &[formation.id.as_str()]).normal();
        formation.bar = BAR_BY_APPEAL * formation.appeal + BAR_BY_JURY * severity;
        let (bars, weights) = sums.entry(field).or_default();
        *bars += formation.bar * demand(formation.appeal);
        *weights += demand(formation.appeal);
    }
    for (formation, field) in formations.iter_mut().zip(field_of) {
        let mean = sums.get(field).map_or(0.0, |(bars, weights)| bars / weights);
        formation.bar += BAR - mean;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A code looks like a national one: seven digits and the letter that checks them (0691774D is real).
    #[test]
    fn establishment_codes_check() {
        let code = establishment(0).unwrap();
        assert_eq!(code.as_str().len(), 8);
        let number: usize = code.as_str()[..7].parse().unwrap();
        assert_eq!(code.as_str().as_bytes()[7], b"ABCDEFGHJKLMNPRSTUVWXYZ"[number % 23]);
        assert_eq!(b"ABCDEFGHJKLMNPRSTUVWXYZ"[691_774 % 23], b'D');
    }

    /// Whatever the size, the count is exact, ids are in order, titles are unique at an establishment and
    /// some mentions have several parcours.
    #[test]
    fn every_size_is_drawn_whole() {
        for count in [0, 1, 2, 14, 29, 200, 3000] {
            let (formations, fields) = draw(count, 5).unwrap();
            assert_eq!((formations.len(), fields.len()), (count as usize, count as usize));
            assert!(formations.is_sorted_by(|a, b| a.id < b.id));
            let titles: BTreeSet<_> = formations.iter().map(|f| (&f.establishment, &f.title)).collect();
            let pairs: BTreeSet<_> = formations.iter().map(|f| (&f.establishment, &f.mention)).collect();
            assert_eq!(titles.len(), count as usize);
            assert!(count < 200 || pairs.len() < formations.len());
            assert!(formations.iter().all(|f| f.capacity >= 5 && f.call_limit >= f.capacity));
        }
    }
}
