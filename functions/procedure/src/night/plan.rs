//! The planner of the main phase (R23, R24): each formation that calls offers its free seats to those who
//! wait, strictly by rank. Nothing is lost by it, so formations do not touch one another.

use schemas::night::PlannedOffer;

use super::snapshot::{RowState, Snapshot};

/// The offers of a night of the main phase, sorted by formation, then rank. The order of the snapshot's rows
/// and candidates does not matter.
///
/// ```
/// use procedure::night::{FormationNight, Row, RowState, Snapshot, SnapshotFormation, plan_main};
/// use schemas::{CandidateId, FormationId, Track};
///
/// let night = FormationNight { calls: true, publishes: true };
/// let psy = FormationId::new("PSY-LYON")?;
/// let row = |candidate, rank, state| Row { candidate, formation: 0, rank, state };
/// let snapshot = Snapshot {
///     formations: vec![SnapshotFormation { id: psy, track: Track::Student, call_limit: 2, night }],
///     candidates: vec![CandidateId::new("alice")?, CandidateId::new("bob")?, CandidateId::new("carol")?],
///     rows: vec![row(0, 3, RowState::Waiting), row(1, 1, RowState::Held), row(2, 2, RowState::Waiting)],
/// };
/// // Bob holds one of the two seats; of those who wait, Carol has the better rank.
/// let offers = plan_main(&snapshot);
/// assert_eq!(offers.len(), 1);
/// assert_eq!(offers[0].candidate.as_str(), "carol");
/// # Ok::<(), schemas::ids::InvalidId>(())
/// ```
#[must_use]
pub fn plan_main(snapshot: &Snapshot) -> Vec<PlannedOffer> {
    let mut taken = vec![0_u32; snapshot.formations.len()];
    let mut waiting: Vec<(u32, u32, u32)> = Vec::new();
    for row in &snapshot.rows {
        if row.state == RowState::Waiting {
            waiting.push((row.formation, row.rank, row.candidate));
        } else if let Some(count) = taken.get_mut(row.formation as usize) {
            *count += 1;
        }
    }
    // Formations are sorted by id, so their indexes sort like them.
    waiting.sort_unstable();
    let mut free: Vec<u32> = snapshot
        .formations
        .iter()
        .zip(&taken)
        .map(
            |(formation, taken)| {
                if formation.night.calls { formation.call_limit.saturating_sub(*taken) } else { 0 }
            },
        )
        .collect();
    let mut offers = Vec::new();
    for (formation, rank, candidate) in waiting {
        let Some(seats) = free.get_mut(formation as usize).filter(|seats| **seats > 0) else { continue };
        let named =
            snapshot.formations.get(formation as usize).zip(snapshot.candidates.get(candidate as usize));
        if let Some((of, who)) = named {
            *seats -= 1;
            offers.push(PlannedOffer { formation: of.id.clone(), rank, candidate: who.clone() });
        }
    }
    offers
}
