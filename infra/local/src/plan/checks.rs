//! What no single row of a night shows: ranks and preferences that come twice, and what may not stand beside what.

use anyhow::Result;
use procedure::night::{Row, RowState, Snapshot};
use schemas::NightMode;

use super::read::Source;

/// A row that contradicts an earlier one.
struct Contradiction {
    row: u32,
    earlier: u32,
    why: Why,
}

#[derive(Clone, Copy)]
enum Why {
    Rank,
    Formation,
    Preference,
    Accepted,
    Lower,
    BesideAccepted,
}

impl Why {
    fn say(self, candidate: &str, formation: &str, row: Row, earlier: u32) -> String {
        let earlier = u64::from(earlier) + 1;
        match self {
            Self::Rank => {
                format!("formation \"{formation}\" has the rank {} already in row {earlier}", row.rank)
            }
            Self::Formation => {
                format!("candidate \"{candidate}\" has formation \"{formation}\" already in row {earlier}")
            }
            Self::Preference => {
                format!("candidate \"{candidate}\" has the same preference already in row {earlier}")
            }
            Self::Accepted => {
                format!("candidate \"{candidate}\" has an accepted offer already in row {earlier}")
            }
            Self::Lower => format!(
                "candidate \"{candidate}\" waits here with a larger preference than his accepted offer of row {earlier} \
                 has: such placements are lost when an offer is accepted"
            ),
            Self::BesideAccepted => format!(
                "candidate \"{candidate}\" waits here beside his accepted offer of row {earlier}: in the withdrawals \
                 whoever has accepted waits nowhere"
            ),
        }
    }
}

/// Refuses a night that could not be, at the first row that contradicts an earlier one.
pub(super) fn run(snapshot: &Snapshot, mode: NightMode, source: &Source) -> Result<()> {
    let first = [ranks(snapshot), candidates(snapshot, mode)];
    let Some(wrong) = first.into_iter().flatten().min_by_key(|wrong| wrong.row) else { return Ok(()) };
    let Some(row) = snapshot.rows.get(wrong.row as usize).copied() else { return Ok(()) };
    let candidate = snapshot.candidates.get(row.candidate as usize).map_or("", |id| id.as_str());
    let formation = snapshot.formations.get(row.formation as usize).map_or("", |of| of.id.as_str());
    Err(source.refuse(wrong.row as usize, &wrong.why.say(candidate, formation, row, wrong.earlier)))
}

/// Items by what they belong to: where each owner's begin, one more for the end, and the items.
fn grouped<T: Copy + Default>(
    owners: usize,
    items: impl Iterator<Item = (u32, T)> + Clone,
) -> (Vec<usize>, Vec<T>) {
    let mut starts = vec![0; owners + 1];
    for (owner, _) in items.clone() {
        if let Some(count) = starts.get_mut(owner as usize + 1) {
            *count += 1;
        }
    }
    let mut sum = 0;
    for start in &mut starts {
        sum += *start;
        *start = sum;
    }
    let mut next = starts.clone();
    let mut sorted = vec![T::default(); sum];
    for (owner, item) in items {
        if let Some(next) = next.get_mut(owner as usize) {
            if let Some(slot) = sorted.get_mut(*next) {
                *slot = item;
            }
            *next += 1;
        }
    }
    (starts, sorted)
}

/// The first row whose rank its formation has already.
fn ranks(snapshot: &Snapshot) -> Option<Contradiction> {
    let rows = &snapshot.rows;
    let (starts, mut ranks) =
        grouped(snapshot.formations.len(), rows.iter().map(|row| (row.formation, row.rank)));
    let mut twice = false;
    for range in starts.windows(2) {
        if let [start, end] = range
            && let Some(ranks) = ranks.get_mut(*start..*end)
        {
            ranks.sort_unstable();
            twice |= ranks.windows(2).any(|pair| pair.first() == pair.last());
        }
    }
    if !twice {
        return None;
    }
    let mut seen = std::collections::HashMap::new();
    rows.iter().zip(0..).find_map(|(row, place)| {
        let earlier = seen.insert((row.formation, row.rank), place)?;
        Some(Contradiction { row: place, earlier, why: Why::Rank })
    })
}

/// The first row that another row of its candidate contradicts.
fn candidates(snapshot: &Snapshot, mode: NightMode) -> Option<Contradiction> {
    let places = snapshot.rows.iter().zip(0..).map(|(row, place)| (row.candidate, place));
    let (starts, places) = grouped::<u32>(snapshot.candidates.len(), places);
    let mut first: Option<Contradiction> = None;
    let mut own: Vec<(u32, Row)> = Vec::new();
    let mut sorted: Vec<(u64, u32)> = Vec::new();
    for range in starts.windows(2) {
        let [start, end] = range else { continue };
        own.clear();
        let places = places.get(*start..*end).unwrap_or_default().iter();
        own.extend(places.filter_map(|place| Some((*place, *snapshot.rows.get(*place as usize)?))));
        let found = [
            twice(&mut sorted, &own, |row| u64::from(row.formation), Why::Formation),
            twice(
                &mut sorted,
                &own,
                |row| row.preference.map_or(0, |own| u64::from(own.number())),
                Why::Preference,
            ),
            beside_accepted(&own, mode),
        ];
        first = found.into_iter().flatten().chain(first).min_by_key(|wrong| wrong.row);
    }
    first
}

/// The first of a candidate's rows whose key an earlier one has.
fn twice(
    sorted: &mut Vec<(u64, u32)>,
    own: &[(u32, Row)],
    key: impl Fn(&Row) -> u64,
    why: Why,
) -> Option<Contradiction> {
    sorted.clear();
    sorted.extend(own.iter().map(|(place, row)| (key(row), *place)));
    sorted.sort_unstable();
    let pairs = sorted.windows(2).filter_map(|pair| match pair {
        [(a, earlier), (b, row)] if a == b => Some(Contradiction { row: *row, earlier: *earlier, why }),
        _ => None,
    });
    pairs.min_by_key(|wrong| wrong.row)
}

/// The first row that may not stand beside the candidate's accepted offer.
fn beside_accepted(own: &[(u32, Row)], mode: NightMode) -> Option<Contradiction> {
    let mut accepted = own.iter().filter(|(_, row)| row.state == RowState::Held);
    let (held, offer) = accepted.next()?;
    if let Some((row, _)) = accepted.next() {
        return Some(Contradiction { row: *row, earlier: *held, why: Why::Accepted });
    }
    let waits = |row: &Row| row.state == RowState::Waiting;
    let why = match mode {
        NightMode::Main => return None,
        NightMode::Complementary => Why::Lower,
        NightMode::Withdrawals => Why::BesideAccepted,
    };
    let wrong =
        |row: &Row| waits(row) && (mode == NightMode::Withdrawals || offer.preference < row.preference);
    let (row, _) = own.iter().find(|(_, row)| wrong(row))?;
    Some(Contradiction { row: *row, earlier: *held, why })
}
