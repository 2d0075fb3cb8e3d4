//! Reads the snapshot: one strongly consistent scan by segments, every candidate settled.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use jiff::civil::Date;
use platform::Item;
use procedure::night::{FormationNight, RankingIndex, Snapshot, SnapshotBuilder};
use procedure::{calendar, fold, seats};
use schemas::{Candidate, EstablishmentId, Formation, FormationId, Gate, Ranking, Track};
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
    /// The formations that are to be treated as stopped tonight, since they or their ranking cannot be read.
    pub(super) withheld: BTreeSet<FormationId>,
    /// Offers and searches that lapsed since the instant asked for.
    pub(super) lapses: u64,
}

/// A row of the scan, parsed and settled.
enum Found {
    Candidate(Box<Candidate>),
    Formation(Box<Formation>),
    Ranking(Box<Ranking>),
    /// What stands for a formation that cannot be read.
    Unknown(Box<Formation>),
    /// A formation whose ranking cannot be read.
    Unranked(FormationId),
}

/// Reads what everyone sees through this gate: nothing of a night that is still to be undone.
pub(super) async fn snapshot(
    context: &Context,
    date: Date,
    gate: Gate,
    since: Timestamp,
) -> Result<Reading, Fault> {
    let now = context.now();
    let (send, mut receive) = mpsc::channel::<Vec<Found>>(PAGES_WAITING_MAX);
    let scanning = {
        let context = context.clone();
        let limit = context.settings.concurrency;
        tokio::spawn(async move {
            let work = |number| scan_segment(context.clone(), number, gate, send.clone());
            sweep::each(0..context.settings.segments, limit, work, |()| {}).await
        })
    };
    let mut builder = SnapshotBuilder::default();
    let mut all_rankings: HashMap<FormationId, Ranking> = HashMap::new();
    let (mut withheld, mut lapses) = (BTreeSet::new(), 0);
    while let Some(page) = receive.recv().await {
        for found in page {
            match found {
                Found::Candidate(candidate) => {
                    lapses += seats::lapsed(&candidate, since, now);
                    builder.add(&candidate);
                }
                Found::Formation(formation) => {
                    let night = calendar::formation_night(context.rules(), formation.track, date);
                    let night = FormationNight { calls: night.calls && !formation.stopped, ..night };
                    builder.add_formation(&formation, night);
                }
                Found::Ranking(ranking) => {
                    all_rankings.insert(ranking.formation.clone(), *ranking);
                }
                // One formation never stands in the way of the others.
                Found::Unknown(formation) => {
                    tracing::error!(formation = %formation.id, "A formation cannot be read: it is withheld");
                    builder.add_formation(&formation, FormationNight::default());
                    withheld.insert(formation.id);
                }
                Found::Unranked(formation) => {
                    tracing::error!(%formation, "A ranking cannot be read: its formation is withheld");
                    withheld.insert(formation);
                }
            }
        }
    }
    scanning.await.map_err(|_| Fault::Task)??;
    let mut rankings = HashMap::new();
    let mut contents = HashMap::new();
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
    let (snapshot, appearing) = builder.build(&contents);
    Ok(Reading { snapshot, rankings, appearing, withheld, lapses })
}

async fn scan_segment(
    context: Context,
    number: u32,
    gate: Gate,
    send: mpsc::Sender<Vec<Found>>,
) -> Result<(), Fault> {
    let (context, send) = (&context, &send);
    sweep::scan(context, number, |items| async move {
        let found =
            items.iter().filter_map(|item| parse(context, item, gate)).collect::<Result<Vec<_>, _>>()?;
        // The receiver lives until every sender is gone.
        send.send(found).await.map_err(|_| Fault::Task)
    })
    .await
}

fn parse(context: &Context, item: &Item, gate: Gate) -> Option<Result<Found, Fault>> {
    let found = match (item.key.pk.split_once('#')?, item.key.sk.as_str()) {
        // Whom nobody can read may hold any seat: without him there is no snapshot.
        (("C", _), rows::STATE_SK) => {
            rows::read(item).map(|read| Found::Candidate(seen(context, read, gate)))
        }
        (("F", id), rows::STATE_SK) => {
            rows::read(item).map(Found::Formation).or_else(|error| unknown(id).ok_or(error))
        }
        (("F", id), rows::RANKING_SK) => rows::read(item)
            .map(Found::Ranking)
            .or_else(|error| FormationId::new(id).map(Found::Unranked).map_err(|_| error)),
        _ => return None,
    };
    Some(found.map_err(Fault::Store))
}

/// A candidate, settled, as everyone sees him through this gate.
fn seen(context: &Context, stored: Candidate, gate: Gate) -> Box<Candidate> {
    let hidden = gate.published < stored.last_night;
    let visible = if hidden { fold::visible(&stored, gate.published) } else { stored };
    Box::new(ledger::settled(context, &visible, context.now()))
}

/// What stands for a formation that cannot be read: it calls nobody, but who holds a seat there keeps it.
fn unknown(id: &str) -> Option<Found> {
    let formation = Formation {
        id: FormationId::new(id).ok()?,
        version: 0,
        title: String::new(),
        establishment: EstablishmentId::new(id).ok()?,
        mention: String::new(),
        track: Track::Student,
        capacity: 0,
        call_limit: 0,
        complementary: false,
        mixed: false,
        enrolment: None,
        stopped: true,
    };
    Some(Found::Unknown(Box::new(formation)))
}
