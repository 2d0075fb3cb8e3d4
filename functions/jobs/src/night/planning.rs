//! What a night would do: reads the snapshot, plans, verifies. Writes nothing.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use procedure::night::{self, Breach, file};
use procedure::{calendar, digest};
use schemas::night::{AppearingRanking, NightCounts, NightStatus, PLAN_FORMAT};
use schemas::{FormationId, Gate, NightRun, Plan};

use super::{read, stored};
use crate::context::Context;
use crate::fault::Fault;

/// How often a night is planned again without the formations that fail, before it is held.
const REPLANS_MAX: u32 = 5;

/// A night as it is to be stored.
pub(super) struct Prepared {
    pub(super) run: NightRun,
    pub(super) plan: Plan,
    /// In what the plan breaks the law; then the run is held.
    pub(super) breaches: Vec<Breach>,
}

/// Plans the night of a date on what is stored now, as everyone sees it through this gate.
pub(super) async fn prepare(context: &Context, date: Date, gate: Gate) -> Result<Prepared, Fault> {
    let before = stored::published_before(context, date).await?;
    let since = before.map_or(Timestamp::MIN, |run| calendar::night_start(context.rules(), run.date));
    let mut reading = read::snapshot(context, date, gate, since).await?;
    let (plan, breaches) = verified_plan(context, date, &mut reading);
    let status = if breaches.is_empty() { NightStatus::Planned } else { NightStatus::Held };
    let seats = reading.snapshot.formations.iter().map(|formation| u64::from(formation.call_limit)).sum();
    let run = NightRun {
        date,
        version: 1,
        status,
        plan: digest::of(&file::encode(&plan)),
        offers: plan.offers.len() as u64,
        lapses: reading.lapses,
        segments_done: Vec::new(),
        counts: NightCounts::default(),
        seats,
        seats_taken: night::seats_taken(&reading.snapshot, &plan),
        held_from: None,
        withheld: reading.withheld.into_iter().collect(),
    };
    Ok(Prepared { run, plan, breaches })
}

/// Plans, verifies, and plans again without the formations that fail, as if they were stopped tonight: a formation
/// that calls nobody drops nobody. What is left after [`REPLANS_MAX`] times holds the night.
fn verified_plan(context: &Context, date: Date, reading: &mut read::Reading) -> (Plan, Vec<Breach>) {
    let mut replans = 0;
    loop {
        let plan = plan_of(context, date, reading);
        let breaches = night::verify(&reading.snapshot, &plan, context.rules());
        let failing: BTreeSet<FormationId> =
            breaches.iter().filter_map(|breach| breach.formation.clone()).collect();
        if failing.is_subset(&reading.withheld) || replans == REPLANS_MAX {
            return (plan, breaches);
        }
        for formation in &failing {
            tracing::error!(%formation, "A formation's plan breaks the law: the formation is withheld");
        }
        replans += 1;
        reading.withheld.extend(failing);
        read::withhold(&mut reading.snapshot, &reading.withheld);
    }
}

fn plan_of(context: &Context, date: Date, reading: &read::Reading) -> Plan {
    let of = |id: &FormationId| {
        let formations = &reading.snapshot.formations;
        let place = formations.binary_search_by(|formation| formation.id.cmp(id)).ok()?;
        formations.get(place)
    };
    let named = |formation: &FormationId| {
        let ranking = reading.rankings.get(formation)?;
        Some(AppearingRanking {
            formation: formation.clone(),
            digest: ranking.digest.clone(),
            round: ranking.round,
            after: ranking.after,
            searches: of(formation).is_some_and(|formation| formation.night.admits.searches()),
        })
    };
    let mode = calendar::night_mode(context.rules(), date);
    Plan {
        format: PLAN_FORMAT,
        date,
        mode,
        rules: context.rules().digest.clone(),
        deadline: calendar::offer_deadline(context.rules(), date),
        search_deadline: calendar::search_deadline(context.rules(), date),
        alternance_rule: calendar::alternance_rule(context.rules()),
        rankings: reading.appearing.iter().filter_map(named).collect(),
        offers: night::plan_offers(&reading.snapshot, mode),
    }
}
