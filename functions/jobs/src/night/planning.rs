//! What a night would do: reads the snapshot, plans, verifies. Writes nothing.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Date;
use procedure::night::{self, Breach, Snapshot, file};
use procedure::{calendar, digest};
use schemas::night::{AppearingRanking, NightCounts, NightStatus, PLAN_FORMAT};
use schemas::{FormationId, Gate, NightRun, Plan, Ranking};
use tracing::{Instrument, info_span};

use super::{read, stored};
use crate::context::Context;
use crate::fault::Fault;

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
    let read::Reading { mut snapshot, rankings, appearing, mut withheld, lapses } =
        read::snapshot(context, date, gate, since).instrument(info_span!("snapshot")).await?;
    let unread = withheld.clone();
    let (plan, seats_taken, breaches) = info_span!("plan_and_verify").in_scope(|| {
        night::contain(&mut snapshot, &mut withheld, context.rules(), |now| {
            info_span!("plan").in_scope(|| plan_of(context, date, now, &rankings, &appearing))
        })
    });
    for formation in withheld.difference(&unread) {
        tracing::error!(%formation, "A formation's plan breaks the law: the formation is withheld");
    }
    let status = if breaches.is_empty() { NightStatus::Planned } else { NightStatus::Held };
    let seats = snapshot.formations.iter().map(|formation| u64::from(formation.call_limit)).sum();
    let run = NightRun {
        date,
        version: 1,
        status,
        plan: digest::of(&file::encode(&plan)),
        offers: plan.offers.len() as u64,
        lapses,
        segments_done: Vec::new(),
        counts: NightCounts::default(),
        seats,
        seats_taken,
        positions: false,
        held_from: None,
        withheld: withheld.into_iter().collect(),
    };
    Ok(Prepared { run, plan, breaches })
}

/// The plan of a date, and how many seats are taken once it is applied.
fn plan_of(
    context: &Context,
    date: Date,
    snapshot: &Snapshot,
    rankings: &HashMap<FormationId, Ranking>,
    appearing: &[FormationId],
) -> (Plan, u64) {
    let of = |id: &FormationId| {
        let place = snapshot.formations.binary_search_by(|formation| formation.id.cmp(id)).ok()?;
        snapshot.formations.get(place)
    };
    let named = |formation: &FormationId| {
        let ranking = rankings.get(formation)?;
        Some(AppearingRanking {
            formation: formation.clone(),
            digest: ranking.digest.clone(),
            round: ranking.round,
            after: ranking.after,
            searches: of(formation).is_some_and(|formation| formation.night.admits.searches()),
        })
    };
    let mode = calendar::night_mode(context.rules(), date);
    let advancement = night::advance(snapshot, mode);
    let (offers, lost) = night::planned(snapshot, &advancement);
    let plan = Plan {
        format: PLAN_FORMAT,
        date,
        mode,
        rules: context.rules().digest.clone(),
        deadline: calendar::offer_deadline(context.rules(), date),
        search_deadline: calendar::search_deadline(context.rules(), date),
        alternance_rule: calendar::alternance_rule(context.rules()),
        rankings: appearing.iter().filter_map(named).collect(),
        offers,
        lost,
    };
    (plan, night::seats_taken(snapshot, &advancement))
}
