//! The plan file: a night's plan as bytes, by which its digest is taken and in which it is stored. The layout is
//! described in `schemas/plan-file.md`.
//!
//! Numbers are written seven bits a byte, texts with their length before them; a formation's id stands once for all
//! that it gives, and a rank is written as the distance from the one before.

use std::str::FromStr;

use schemas::night::{AppearingRanking, PLAN_FORMAT, PlannedLoss, PlannedOffer, Seat};
use schemas::{CandidateId, FormationId, NightMode, Plan, Round, Rule};

/// What every plan file begins with.
const MAGIC: &[u8; 8] = b"MonPlan\n";

/// The modes, by the number that stands for each.
const MODES: [NightMode; 3] = [NightMode::Main, NightMode::Complementary, NightMode::Withdrawals];

/// The seats, by the mark that stands for each in a group of offers.
const SEATS: [Seat; 2] = [Seat::Offer, Seat::Search];

/// The rounds, by the number that stands for each.
const ROUNDS: [Round; 2] = [Round::Main, Round::Complementary];

/// How many bits of a number one byte holds; the one left says whether more follow.
const BITS: u32 = 7;

/// The bit that says that more bytes of a number follow.
const MORE: u8 = 1 << BITS;

/// Why bytes are not a plan file that can be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanFileError {
    /// Something else, or nothing.
    #[error("it is not a plan file; a plan is an object `plans/<date>/<digest>.plan`")]
    NotAPlan,
    /// A plan file of another format.
    #[error(
        "it is a plan file of format {found}, and this program reads format {PLAN_FORMAT}; read it with the {} version that wrote it",
        if *found < PLAN_FORMAT { "older" } else { "newer" }
    )]
    Format {
        /// The format that the file names.
        found: u32,
    },
    /// A part of a plan file.
    #[error("it is cut off after {at} bytes, where {expected} should follow; fetch the whole file again")]
    CutOff {
        /// How many bytes there are.
        at: usize,
        /// What should come there.
        expected: &'static str,
    },
    /// A plan file that was changed.
    #[error("byte {at} is not {expected}; the file was changed: fetch it again from where it is stored")]
    Malformed {
        /// The place, counted from 0.
        at: usize,
        /// What should be there.
        expected: &'static str,
    },
}

/// One row of a list that is grouped by formation.
#[derive(Clone, Copy)]
struct Entry<'a> {
    formation: &'a FormationId,
    /// What distinguishes rows of one formation; equal in nearly all of them.
    mark: u32,
    rank: u32,
    candidate: &'a CandidateId,
}

/// The plan as a file. Equal plans give equal bytes, and any order of rows is kept; the one by formation and rank is
/// the shortest.
#[must_use]
pub fn encode(plan: &Plan) -> Vec<u8> {
    let mut file = Writer(MAGIC.to_vec());
    file.number(plan.format);
    file.text(&plan.date.to_string());
    file.text(&plan.rules);
    file.number(place(&MODES, plan.mode));
    file.text(&plan.deadline.to_string());
    file.text(&plan.search_deadline.map_or_else(String::new, |deadline| deadline.to_string()));
    file.number(u32::from(plan.alternance_rule.0));
    file.count(plan.rankings.len());
    for ranking in &plan.rankings {
        file.text(ranking.formation.as_str());
        file.text(&ranking.digest);
        file.number(place(&ROUNDS, ranking.round));
        file.number(ranking.after);
        file.number(u32::from(ranking.searches));
    }
    let offers: Vec<Entry<'_>> = plan
        .offers
        .iter()
        .map(|PlannedOffer { formation, rank, candidate, seat }| Entry {
            formation,
            mark: place(&SEATS, *seat),
            rank: *rank,
            candidate,
        })
        .collect();
    file.groups(&offers);
    let lost: Vec<Entry<'_>> = plan.lost.iter().map(loss).collect();
    file.groups(&lost);
    file.0
}

fn loss(PlannedLoss { formation, rank, candidate }: &PlannedLoss) -> Entry<'_> {
    Entry { formation, mark: 0, rank: *rank, candidate }
}

/// Reads a plan file. Only what [`encode`] writes is read: there is one file for each plan.
///
/// # Errors
/// [`PlanFileError`] says what is wrong, where, and what to do. Nothing is reserved for a count that the file is too
/// short to hold.
pub fn decode(bytes: &[u8]) -> Result<Plan, PlanFileError> {
    let mut file = Reader { bytes, at: 0 };
    if bytes.get(..MAGIC.len()) != Some(MAGIC) {
        return Err(PlanFileError::NotAPlan);
    }
    file.at = MAGIC.len();
    let format = file.number("the format")?;
    if format != PLAN_FORMAT {
        return Err(PlanFileError::Format { found: format });
    }
    let plan = Plan {
        format,
        date: file.parsed("a date")?,
        rules: file.text("the digest of the campaign file")?.to_owned(),
        mode: file.one_of(&MODES, "a mode")?,
        deadline: file.parsed("a deadline")?,
        search_deadline: file.parsed_or_none("a deadline of searches")?,
        alternance_rule: file.rule()?,
        rankings: file.rankings()?,
        offers: file.offers()?,
        lost: file.lost()?,
    };
    if file.at != bytes.len() {
        return Err(malformed(file.at, "the end of the file"));
    }
    let again = encode(&plan);
    let differs = again.iter().zip(bytes).position(|(one, other)| one != other);
    match differs.or((again.len() != bytes.len()).then_some(again.len())) {
        Some(at) => Err(malformed(at, "as short as it can be written")),
        None => Ok(plan),
    }
}

fn malformed(at: usize, expected: &'static str) -> PlanFileError {
    PlanFileError::Malformed { at, expected }
}

/// The number that stands for a value of a table.
fn place<T: PartialEq>(table: &[T], value: T) -> u32 {
    // Every value is in its table: a test goes through them.
    table.iter().zip(0..).find(|(known, _)| **known == value).map_or(u32::MAX, |(_, place)| place)
}

/// Appends values to a file.
struct Writer(Vec<u8>);

impl Writer {
    fn number(&mut self, mut number: u32) {
        while number >= u32::from(MORE) {
            self.0.push(number.to_le_bytes()[0] | MORE);
            number >>= BITS;
        }
        self.0.push(number.to_le_bytes()[0]);
    }

    fn count(&mut self, count: usize) {
        // A plan of four thousand million rows is none that a night makes.
        self.number(u32::try_from(count).unwrap_or(u32::MAX));
    }

    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.0.extend_from_slice(text.as_bytes());
    }

    /// Rows in groups: the formation, the mark, how many rows, and of each the distance from the rank before and the
    /// candidate. A group ends where the formation or the mark changes, or a rank goes down.
    fn groups(&mut self, entries: &[Entry<'_>]) {
        let one_group = |before: &Entry<'_>, next: &Entry<'_>| {
            (before.formation, before.mark) == (next.formation, next.mark) && before.rank <= next.rank
        };
        self.count(entries.chunk_by(one_group).count());
        for group in entries.chunk_by(one_group) {
            let Some(first) = group.first() else { continue };
            self.text(first.formation.as_str());
            self.number(first.mark);
            self.count(group.len());
            let mut before = 0;
            for entry in group {
                self.number(entry.rank - before);
                self.text(entry.candidate.as_str());
                before = entry.rank;
            }
        }
    }
}

/// Takes values from a file, in order.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn number(&mut self, expected: &'static str) -> Result<u32, PlanFileError> {
        let begins = self.at;
        let mut number = 0;
        for shift in (0..u32::BITS).step_by(BITS as usize) {
            let cut_off = PlanFileError::CutOff { at: self.bytes.len(), expected };
            let byte = *self.bytes.get(self.at).ok_or(cut_off)?;
            self.at += 1;
            let bits = u32::from(byte & !MORE);
            if bits.leading_zeros() < shift {
                break;
            }
            number |= bits << shift;
            if byte & MORE == 0 {
                return Ok(number);
            }
        }
        Err(malformed(begins, expected))
    }

    /// How many rows follow; each has at least this many bytes.
    fn count(&mut self, row_bytes_min: usize, expected: &'static str) -> Result<usize, PlanFileError> {
        let count = self.number(expected)? as usize;
        if count > (self.bytes.len() - self.at) / row_bytes_min {
            return Err(PlanFileError::CutOff { at: self.bytes.len(), expected });
        }
        Ok(count)
    }

    fn text(&mut self, expected: &'static str) -> Result<&'a str, PlanFileError> {
        let length = self.number(expected)? as usize;
        let cut_off = PlanFileError::CutOff { at: self.bytes.len(), expected };
        let begins = self.at;
        let text = self.bytes.get(begins..).and_then(|rest| rest.get(..length)).ok_or(cut_off)?;
        self.at += length;
        std::str::from_utf8(text).map_err(|_| malformed(begins, expected))
    }

    fn parsed<T: FromStr>(&mut self, expected: &'static str) -> Result<T, PlanFileError> {
        let begins = self.at;
        self.text(expected)?.parse().map_err(|_| malformed(begins, expected))
    }

    fn parsed_or_none<T: FromStr>(&mut self, expected: &'static str) -> Result<Option<T>, PlanFileError> {
        let begins = self.at;
        match self.text(expected)? {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| malformed(begins, expected)),
        }
    }

    fn one_of<T: Copy>(&mut self, table: &[T], expected: &'static str) -> Result<T, PlanFileError> {
        let begins = self.at;
        let number = self.number(expected)?;
        table.get(number as usize).copied().ok_or_else(|| malformed(begins, expected))
    }

    fn rule(&mut self) -> Result<Rule, PlanFileError> {
        let begins = self.at;
        let rule = u8::try_from(self.number("a rule")?);
        rule.map(Rule).map_err(|_| malformed(begins, "a rule"))
    }

    fn formation(&mut self) -> Result<FormationId, PlanFileError> {
        let begins = self.at;
        let id = FormationId::new(self.text("a formation")?);
        id.map_err(|_| malformed(begins, "a formation"))
    }

    fn candidate(&mut self) -> Result<CandidateId, PlanFileError> {
        let begins = self.at;
        let id = CandidateId::new(self.text("a candidate")?);
        id.map_err(|_| malformed(begins, "a candidate"))
    }

    fn rankings(&mut self) -> Result<Vec<AppearingRanking>, PlanFileError> {
        let mut rankings = Vec::new();
        // A formation, a digest, a round, how many came before, and whether it places in search.
        for _ in 0..self.count(6, "a number of rankings")? {
            rankings.push(AppearingRanking {
                formation: self.formation()?,
                digest: self.text("the digest of a ranking")?.to_owned(),
                round: self.one_of(&ROUNDS, "a round")?,
                after: self.number("a number of ranks")?,
                searches: self.one_of(&[false, true], "a yes or no")?,
            });
        }
        Ok(rankings)
    }

    fn offers(&mut self) -> Result<Vec<PlannedOffer>, PlanFileError> {
        let mut offers = Vec::new();
        self.groups(&SEATS, |formation, seat, rank, candidate| {
            offers.push(PlannedOffer { formation: formation.clone(), rank, candidate, seat });
        })?;
        Ok(offers)
    }

    fn lost(&mut self) -> Result<Vec<PlannedLoss>, PlanFileError> {
        let mut lost = Vec::new();
        self.groups(&[()], |formation, (), rank, candidate| {
            lost.push(PlannedLoss { formation: formation.clone(), rank, candidate });
        })?;
        Ok(lost)
    }

    /// Gives each row of a list of groups, with what its group's mark stands for.
    fn groups<M: Copy>(
        &mut self,
        marks: &[M],
        mut row: impl FnMut(&FormationId, M, u32, CandidateId),
    ) -> Result<(), PlanFileError> {
        // A formation, a mark, a number of rows, and a row.
        for _ in 0..self.count(7, "a number of formations")? {
            let formation = self.formation()?;
            let mark = self.one_of(marks, "a mark")?;
            let mut rank: u32 = 0;
            // A distance and a candidate.
            for _ in 0..self.count(3, "a number of rows")? {
                let begins = self.at;
                let next = rank.checked_add(self.number("a rank")?);
                rank = next.ok_or_else(|| malformed(begins, "a rank"))?;
                row(&formation, mark, rank, self.candidate()?);
            }
        }
        Ok(())
    }
}
