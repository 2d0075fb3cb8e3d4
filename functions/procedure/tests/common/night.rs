//! Nights drawn and built for the tests of the planner and the verifier.

use std::collections::{BTreeMap, HashMap};

use procedure::calendar::offer_deadline;
use procedure::night::{FormationNight, Row, RowState, Snapshot, SnapshotBuilder, advance};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use schemas::night::{PLAN_FORMAT, PlannedLoss, PlannedOffer};
use schemas::{ApplicationState, Campaign, Candidate, NightMode, Plan, Standing, Track};

/// One row of a night: candidate, formation, rank, state.
pub(crate) type Line = (String, String, u32, RowState);

/// A night in words: formations with their call limit and whether they call, and the rows.
#[derive(Debug, Clone)]
pub(crate) struct Night {
    pub(crate) formations: Vec<(String, u32, bool)>,
    pub(crate) lines: Vec<Line>,
}

impl Night {
    /// The snapshot that is built when candidates come in the order of these keys.
    pub(crate) fn snapshot(&self, order: impl Fn(&str) -> usize) -> Snapshot {
        let formations = self
            .formations
            .iter()
            .map(|(id, limit, calls)| (super::formation(id, Track::Student, *limit), calling(*calls)));
        let mut builder = SnapshotBuilder::new(formations.collect());
        let mut candidates: BTreeMap<&str, Candidate> = BTreeMap::new();
        for (who, formation, rank, state) in &self.lines {
            let now = Standing { rank: Some(*rank), ..Standing::of(application_state(*state)) };
            let candidate = candidates.entry(who).or_insert_with(|| super::candidate(who));
            candidate.applications.insert(super::at_formation(formation), super::application(formation, now));
        }
        let mut candidates: Vec<_> = candidates.into_values().collect();
        candidates.sort_by_key(|candidate| order(candidate.id.as_str()));
        for candidate in &candidates {
            builder.add(candidate);
        }
        builder.build(&HashMap::new()).0
    }

    /// The snapshot in the order of ids.
    pub(crate) fn plain(&self) -> Snapshot {
        self.snapshot(|_| 0)
    }
}

fn application_state(state: RowState) -> ApplicationState {
    match state {
        RowState::Waiting => ApplicationState::Waitlisted,
        RowState::Searching => ApplicationState::ContractSearch,
        RowState::Offered => ApplicationState::Offered,
        RowState::Held => ApplicationState::AcceptedProvisionally,
        RowState::Definitive => ApplicationState::AcceptedDefinitively,
    }
}

/// A formation that publishes its results, and calls or does not.
pub(crate) fn calling(calls: bool) -> FormationNight {
    FormationNight { calls, publishes: Some(schemas::Round::Complementary), ..FormationNight::default() }
}

/// A night written by hand; every formation calls.
pub(crate) fn night(formations: &[(&str, u32)], lines: &[(&str, &str, u32, RowState)]) -> Night {
    Night {
        formations: formations.iter().map(|(id, limit)| ((*id).to_owned(), *limit, true)).collect(),
        lines: lines
            .iter()
            .map(|(who, at, rank, state)| ((*who).into(), (*at).into(), *rank, *state))
            .collect(),
    }
}

/// A stored plan of 10 June with these offers.
pub(crate) fn plan_of(offers: Vec<PlannedOffer>, rules: &Campaign) -> Plan {
    let date = super::day("2024-06-10");
    Plan {
        format: PLAN_FORMAT,
        date,
        mode: NightMode::Main,
        rules: rules.digest.clone(),
        deadline: offer_deadline(rules, date),
        search_deadline: None,
        alternance_rule: schemas::Rule(47),
        rankings: Vec::new(),
        offers,
        lost: Vec::new(),
    }
}

/// The offers and losses of a night, as a plan names them.
pub(crate) fn plan_lists(snapshot: &Snapshot, mode: NightMode) -> (Vec<PlannedOffer>, Vec<PlannedLoss>) {
    procedure::night::planned(snapshot, &advance(snapshot, mode))
}

/// The offers of a night, as a plan names them.
pub(crate) fn plan_offers(snapshot: &Snapshot, mode: NightMode) -> Vec<PlannedOffer> {
    plan_lists(snapshot, mode).0
}

/// The right plan of a snapshot.
pub(crate) fn planned(snapshot: &Snapshot, rules: &Campaign) -> Plan {
    plan_of(plan_offers(snapshot, NightMode::Main), rules)
}

/// Offers in a few words: `PSY 1 alice`.
pub(crate) fn offers_said(offers: &[PlannedOffer]) -> Vec<String> {
    offers.iter().map(|offer| format!("{} {} {}", offer.formation, offer.rank, offer.candidate)).collect()
}

/// The snapshot as the next night finds it if nobody answers: the offers are live.
pub(crate) fn applied(snapshot: &Snapshot, offers: &[PlannedOffer]) -> Snapshot {
    let mut after = snapshot.clone();
    let named = |row: &Row| {
        let formation = &snapshot.formations[row.formation as usize].id;
        let candidate = &snapshot.candidates[row.candidate as usize];
        offers.iter().any(|offer| offer.formation == *formation && offer.candidate == *candidate)
    };
    for row in after.rows.iter_mut().filter(|row| row.state == RowState::Waiting && named(row)) {
        row.state = RowState::Offered;
    }
    after
}

/// How many cases a property tries, and where a failing one is kept.
pub(crate) fn cases(count: u32) -> ProptestConfig {
    let failure_persistence = Some(Box::new(FileFailurePersistence::WithSource("regressions")) as Box<_>);
    ProptestConfig { cases: count, failure_persistence, ..ProptestConfig::default() }
}

const CANDIDATES: usize = 9;
const FORMATIONS: usize = 4;

/// Nights of nine candidates and four formations: any mixture of states that the law allows, ranks with
/// holes, call limits below and above what is taken, formations that do not call.
pub(crate) fn any_night() -> impl Strategy<Value = Night> {
    let state = prop_oneof![
        3 => Just(None),
        6 => Just(Some(RowState::Waiting)),
        2 => Just(Some(RowState::Offered)),
        1 => Just(Some(RowState::Held)),
        1 => Just(Some(RowState::Definitive)),
    ];
    let states = proptest::collection::vec(state, CANDIDATES * FORMATIONS);
    let ranks = proptest::collection::vec(Just((1..=30).collect::<Vec<u32>>()).prop_shuffle(), FORMATIONS);
    let limits = proptest::collection::vec((0_u32..6, prop::bool::weighted(0.9)), FORMATIONS);
    (states, ranks, limits).prop_map(|(states, ranks, limits)| {
        let formations =
            limits.iter().enumerate().map(|(f, (limit, calls))| (format!("F{f}"), *limit, *calls)).collect();
        let lines = (0..CANDIDATES).flat_map(|c| lawful(c, &states, &ranks)).collect();
        Night { formations, lines }
    })
}

/// One candidate's rows: with a definitive acceptance nothing else, and at most one offer held.
fn lawful(c: usize, states: &[Option<RowState>], ranks: &[Vec<u32>]) -> Vec<Line> {
    let own: Vec<(usize, RowState)> =
        (0..FORMATIONS).filter_map(|f| states[c * FORMATIONS + f].map(|state| (f, state))).collect();
    let line = |f: usize, state| (format!("c{c}"), format!("F{f}"), ranks[f][c], state);
    if let Some((f, state)) = own.iter().find(|(_, state)| *state == RowState::Definitive) {
        return vec![line(*f, *state)];
    }
    let mut held = false;
    let mut lines = Vec::new();
    for (f, state) in own {
        let state = if state == RowState::Held && held { RowState::Waiting } else { state };
        held |= state == RowState::Held;
        lines.push(line(f, state));
    }
    lines
}
