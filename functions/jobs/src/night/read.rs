//! Reads the snapshot: one strongly consistent scan by segments, every candidate settled.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use jiff::civil::Date;
use platform::Item;
use procedure::calendar;
use procedure::night::{FormationNight, RankingIndex, Snapshot, SnapshotBuilder};
use schemas::{Candidate, Formation, FormationId, Ranking};
use tokio::sync::mpsc;

use crate::context::Context;
use crate::fault::Fault;
use crate::{ledger, rows, sweep};

/// How many pages may wait for the builder: bounds the memory of a night.
const PAGES_WAITING_MAX: usize = 32;

/// What the night reads.
pub(super) struct Reading {
    pub(super) snapshot: Snapshot,
    /// The rankings of formations that still have applications without a result.
    pub(super) rankings: HashMap<FormationId, Ranking>,
    /// The formations that publish at least one result tonight, sorted.
    pub(super) appearing: Vec<FormationId>,
    /// The formations that are treated as stopped tonight, since their ranking cannot be read.
    pub(super) withheld: BTreeSet<FormationId>,
}

/// A row of the scan, parsed and settled.
enum Found {
    Candidate(Box<Candidate>),
    Formation(Box<Formation>),
    Ranking(Box<Ranking>),
}

pub(super) async fn snapshot(context: &Context, date: Date) -> Result<Reading, Fault> {
    let now = context.now();
    let (send, mut receive) = mpsc::channel::<Vec<Found>>(PAGES_WAITING_MAX);
    let scanning = {
        let context = context.clone();
        let limit = context.settings.concurrency;
        tokio::spawn(async move {
            let work = |number| scan_segment(context.clone(), number, now, send.clone());
            sweep::each(0..context.settings.segments, limit, work, |()| {}).await
        })
    };
    let mut builder = SnapshotBuilder::default();
    let mut all_rankings: HashMap<FormationId, Ranking> = HashMap::new();
    while let Some(page) = receive.recv().await {
        for found in page {
            match found {
                Found::Candidate(candidate) => builder.add(&candidate),
                Found::Formation(formation) => {
                    let night = calendar::formation_night(context.rules(), formation.track, date);
                    let night = FormationNight { calls: night.calls && !formation.stopped, ..night };
                    builder.add_formation(&formation, night);
                }
                Found::Ranking(ranking) => {
                    all_rankings.insert(ranking.formation.clone(), *ranking);
                }
            }
        }
    }
    scanning.await.map_err(|_| Fault::Task)??;
    let mut rankings = HashMap::new();
    let mut contents = HashMap::new();
    let mut withheld = BTreeSet::new();
    for formation in builder.unpublished() {
        let Some(ranking) = all_rankings.remove(&formation) else { continue };
        let key = rows::ranking_object(&formation, &ranking.digest);
        match super::stored::ranking(context, &key, &ranking.digest).await {
            Ok(content) => {
                let index = RankingIndex::of_round(content, ranking.round, ranking.after);
                contents.insert(formation.clone(), index);
                rankings.insert(formation, ranking);
            }
            // One formation whose ranking cannot be read calls nobody tonight; the others go on.
            Err(Fault::Missing(object)) => {
                tracing::error!(%formation, %object, "A ranking cannot be read: its formation is withheld");
                withheld.insert(formation);
            }
            Err(fault) => return Err(fault),
        }
    }
    let (mut snapshot, appearing) = builder.build(&contents);
    withhold(&mut snapshot, &withheld);
    Ok(Reading { snapshot, rankings, appearing, withheld })
}

/// Treats formations as stopped tonight.
pub(super) fn withhold(snapshot: &mut Snapshot, withheld: &BTreeSet<FormationId>) {
    for formation in snapshot.formations.iter_mut().filter(|formation| withheld.contains(&formation.id)) {
        formation.night.calls = false;
    }
}

async fn scan_segment(
    context: Context,
    number: u32,
    now: Timestamp,
    send: mpsc::Sender<Vec<Found>>,
) -> Result<(), Fault> {
    let (context, send) = (&context, &send);
    sweep::scan(context, number, |items| async move {
        let found =
            items.iter().filter_map(|item| parse(context, item, now)).collect::<Result<Vec<_>, _>>()?;
        // The receiver lives until every sender is gone.
        send.send(found).await.map_err(|_| Fault::Task)
    })
    .await
}

fn parse(context: &Context, item: &Item, now: Timestamp) -> Option<Result<Found, Fault>> {
    let found = match (item.key.pk.get(..2), item.key.sk.as_str()) {
        (Some("C#"), rows::STATE_SK) => rows::read::<Candidate>(item)
            .map(|candidate| Found::Candidate(Box::new(ledger::settled(context, &candidate, now)))),
        (Some("F#"), rows::STATE_SK) => {
            rows::read(item).map(|formation| Found::Formation(Box::new(formation)))
        }
        (Some("F#"), rows::RANKING_SK) => rows::read(item).map(|ranking| Found::Ranking(Box::new(ranking))),
        _ => return None,
    };
    Some(found.map_err(Fault::Store))
}
