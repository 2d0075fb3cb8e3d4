//! Containment: a formation whose plan breaks the law calls nobody tonight, and the night is planned again for the others.

use std::collections::BTreeSet;

use schemas::{Campaign, FormationId, Plan};

use super::snapshot::Snapshot;
use super::verify::{Breach, verify};

/// How often a night is planned again without the formations that fail, before it is held: what fails that often is not
/// one formation's fault.
pub const REPLANS_MAX: u32 = 5;

/// Plans, verifies, and plans again without the formations that fail, as if they were stopped tonight: a formation that
/// calls nobody drops nobody, so nothing is lost by it. `plan` is asked at most [`REPLANS_MAX`] times more; `withheld` holds
/// the formations that are stopped already, and in the end those that failed too. Breaches that are left hold the night.
pub fn contain<T>(
    snapshot: &mut Snapshot,
    withheld: &mut BTreeSet<FormationId>,
    rules: &Campaign,
    mut plan: impl FnMut(&Snapshot) -> (Plan, T),
) -> (Plan, T, Vec<Breach>) {
    stop(snapshot, withheld);
    let mut replans = 0;
    loop {
        let (planned, beside) = plan(snapshot);
        let breaches = verify(snapshot, &planned, rules);
        let failing: BTreeSet<FormationId> =
            breaches.iter().filter_map(|breach| breach.formation.clone()).collect();
        if failing.is_subset(withheld) || replans == REPLANS_MAX {
            return (planned, beside, breaches);
        }
        replans += 1;
        withheld.extend(failing);
        stop(snapshot, withheld);
    }
}

/// Treats formations as stopped tonight.
fn stop(snapshot: &mut Snapshot, withheld: &BTreeSet<FormationId>) {
    for formation in snapshot.formations.iter_mut().filter(|formation| withheld.contains(&formation.id)) {
        formation.night.calls = false;
    }
}
