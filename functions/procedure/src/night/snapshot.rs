//! The snapshot: who holds what and who waits, in compact columns.

use std::collections::{BTreeSet, HashMap};
use std::num::NonZeroU32;

use schemas::candidate::Contract;
use schemas::formation::RankingRefusal;
use schemas::night::Seat;
use schemas::{
    ApplicationState, Candidate, CandidateId, Formation, FormationId, RankingContent, Round, Track,
};

/// What a row is to the planner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RowState {
    /// On the waitlist, or placed on it tonight; or with a validated contract.
    Waiting,
    /// Placed in contract search, where that takes a seat (R40), also with a contract to look at (R46).
    Searching,
    /// A live offer of an earlier night.
    Offered,
    /// An offer held provisionally.
    Held,
    /// An offer accepted for good, or an enrolment.
    Definitive,
}

impl RowState {
    /// Whether the row takes a seat.
    #[must_use]
    pub fn takes_seat(self) -> bool {
        self != Self::Waiting
    }
}

/// A place in a candidate's own order, 1 for what he wants most (R53, R60); smaller is better. Four bytes also where
/// there may be none: a nation has millions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Preference(NonZeroU32);

impl Preference {
    /// The preference of this number; `None` for the one number that is none, `u32::MAX`.
    #[must_use]
    pub fn new(number: u32) -> Option<Self> {
        // One more, so that nought has its place too.
        number.checked_add(1).and_then(NonZeroU32::new).map(Self)
    }

    /// The number.
    #[must_use]
    pub fn number(self) -> u32 {
        self.0.get() - 1
    }
}

/// One ranked application, by its places in the snapshot's columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Row {
    /// Index of the candidate.
    pub candidate: u32,
    /// Index of the formation.
    pub formation: u32,
    /// The jury's rank.
    pub rank: u32,
    /// The candidate's preference, if he ordered what he has (R53, R60).
    pub preference: Option<Preference>,
    /// What it is to the planner.
    pub state: RowState,
}

/// A formation as the planner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotFormation {
    /// Which one.
    pub id: FormationId,
    /// Student or alternance.
    pub track: Track,
    /// How many may hold a seat at once.
    pub call_limit: u32,
    /// What it does tonight.
    pub night: FormationNight,
}

/// What a formation does in a night.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FormationNight {
    /// Whether it calls: not stopped, and the calendar lets its track call.
    pub calls: bool,
    /// The last round whose results may appear: the calendar has reached its first day for the formation's track.
    pub publishes: Option<Round>,
    /// How one is admitted by it.
    pub admits: Admits,
}

/// How a formation admits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Admits {
    /// By an offer, in the order of ranks (R24).
    #[default]
    ByOffer,
    /// By a search that takes a seat, in the order of ranks (R40).
    BySearch,
    /// By an offer to validated contracts, in the order in which they came (R47).
    ByArrival,
    /// By an offer to validated contracts, in the order of ranks (R48).
    ByContract,
}

impl Admits {
    /// What it gives with a seat.
    #[must_use]
    pub fn seat(self) -> Seat {
        match self {
            Self::BySearch => Seat::Search,
            Self::ByOffer | Self::ByArrival | Self::ByContract => Seat::Offer,
        }
    }

    /// Whether everybody ranked is placed in contract search, without a seat.
    #[must_use]
    pub fn searches(self) -> bool {
        matches!(self, Self::ByArrival | Self::ByContract)
    }
}

/// What a night reads, once: immutable.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Formations, sorted by id.
    pub formations: Vec<SnapshotFormation>,
    /// Candidates who have a row, in the order in which they were read.
    pub candidates: Vec<CandidateId>,
    /// Ranked applications that hold or wait.
    pub rows: Vec<Row>,
}

/// A ranking, to be asked by candidate.
#[derive(Debug, Clone, Default)]
pub struct RankingIndex {
    round: Round,
    ranks: HashMap<CandidateId, u32>,
    refusals: HashMap<CandidateId, RankingRefusal>,
}

impl RankingIndex {
    /// The index of a ranking of the main phase; the first ranked has rank 1.
    #[must_use]
    pub fn of(content: RankingContent) -> Self {
        Self::of_round(content, Round::Main, 0)
    }

    /// The index of a round's ranking; its first has the rank after this many.
    #[must_use]
    pub fn of_round(content: RankingContent, round: Round, after: u32) -> Self {
        let ranks = content.ranked.into_iter().zip(after.saturating_add(1)..).collect();
        let refusals =
            content.refused.into_iter().map(|refusal| (refusal.candidate.clone(), refusal)).collect();
        Self { round, ranks, refusals }
    }

    /// The round whose applications it ranks.
    #[must_use]
    pub fn round(&self) -> Round {
        self.round
    }

    /// The candidate's rank, if he is ranked.
    #[must_use]
    pub fn rank(&self, candidate: &CandidateId) -> Option<u32> {
        self.ranks.get(candidate).copied()
    }

    /// The candidate's refusal, if he is refused.
    #[must_use]
    pub fn refusal(&self, candidate: &CandidateId) -> Option<&RankingRefusal> {
        self.refusals.get(candidate)
    }
}

/// An application without a result.
#[derive(Debug, Clone, Copy)]
struct Unpublished {
    candidate: u32,
    formation: u32,
    round: Round,
    preference: Option<Preference>,
}

/// Builds a snapshot from formations and settled candidates, in any order and mixed: one scan gives both.
#[derive(Debug, Default)]
pub struct SnapshotBuilder {
    snapshot: Snapshot,
    /// Every formation that was added or applied to, by the place it had when it was first seen.
    places: HashMap<FormationId, u32>,
    formations: Vec<Option<SnapshotFormation>>,
    /// Applications without a published result: (candidate, formation).
    submitted: Vec<Unpublished>,
    /// The rows of validated contracts, with what orders them by arrival.
    contracts: Vec<(usize, Contract)>,
}

impl SnapshotBuilder {
    /// A snapshot of these formations, each with what it does tonight, and of no candidate yet.
    #[must_use]
    pub fn new(formations: Vec<(Formation, FormationNight)>) -> Self {
        let mut builder = Self::default();
        for (formation, night) in &formations {
            builder.add_formation(formation, *night);
        }
        builder
    }

    /// Adds a formation, with what it does tonight.
    pub fn add_formation(&mut self, formation: &Formation, night: FormationNight) {
        let place = self.place(&formation.id);
        if let Some(slot) = self.formations.get_mut(place as usize) {
            *slot = Some(SnapshotFormation {
                id: formation.id.clone(),
                track: formation.track,
                call_limit: formation.call_limit,
                night,
            });
        }
    }

    fn place(&mut self, formation: &FormationId) -> u32 {
        if let Some(place) = self.places.get(formation) {
            return *place;
        }
        let place = u32::try_from(self.formations.len()).unwrap_or(u32::MAX);
        self.formations.push(None);
        self.places.insert(formation.clone(), place);
        place
    }

    /// Adds a settled candidate.
    pub fn add(&mut self, candidate: &Candidate) {
        let index = u32::try_from(self.snapshot.candidates.len()).unwrap_or(u32::MAX);
        let mut any = false;
        for (formation, application) in &candidate.applications {
            let preference = application.preference.and_then(Preference::new);
            let state = match application.now.state {
                ApplicationState::Submitted => {
                    let formation = self.place(formation);
                    let (round, preference) = (application.round, preference);
                    self.submitted.push(Unpublished { candidate: index, formation, round, preference });
                    any = true;
                    continue;
                }
                ApplicationState::Waitlisted | ApplicationState::ContractValidated => RowState::Waiting,
                ApplicationState::ContractSearch | ApplicationState::ContractSubmitted => RowState::Searching,
                // R60: what is not ordered is never called.
                ApplicationState::Archived if application.preference.is_some() => RowState::Waiting,
                ApplicationState::Offered => RowState::Offered,
                ApplicationState::AcceptedProvisionally => RowState::Held,
                ApplicationState::AcceptedDefinitively | ApplicationState::Enrolled => RowState::Definitive,
                _ => continue,
            };
            // Nobody is called without a rank, but whoever holds a seat takes it, whatever became of his rank.
            let Some(rank) = application.now.rank.or(state.takes_seat().then_some(0)) else { continue };
            let formation = self.place(formation);
            if application.now.state == ApplicationState::ContractValidated
                && let Some(contract) = &application.contract
            {
                self.contracts.push((self.snapshot.rows.len(), contract.clone()));
            }
            self.snapshot.rows.push(Row { candidate: index, formation, rank, preference, state });
            any = true;
        }
        if any {
            self.snapshot.candidates.push(candidate.id.clone());
        }
    }

    /// The formations that may publish results tonight and have applications without one: those whose
    /// rankings must be read.
    #[must_use]
    pub fn unpublished(&self) -> Vec<FormationId> {
        let wanted: BTreeSet<FormationId> =
            self.submitted.iter().filter_map(|at| self.publishing(at.formation, at.round)).collect();
        wanted.into_iter().collect()
    }

    /// The formation at this place, if its results of this round may appear tonight.
    fn publishing(&self, place: u32, round: Round) -> Option<FormationId> {
        let formation = self.formations.get(place as usize)?.as_ref()?;
        (Some(round) <= formation.night.publishes).then(|| formation.id.clone())
    }

    /// The snapshot, with the results that these rankings publish tonight, and the formations that publish
    /// at least one. A ranking of a formation that may not publish tonight is passed over.
    #[must_use]
    pub fn build(mut self, rankings: &HashMap<FormationId, RankingIndex>) -> (Snapshot, Vec<FormationId>) {
        let mut appearing = BTreeSet::new();
        for Unpublished { candidate, formation, round, preference } in std::mem::take(&mut self.submitted) {
            let of = self.publishing(formation, round);
            let Some((of, who)) = of.zip(self.snapshot.candidates.get(candidate as usize)) else { continue };
            let ranking = rankings.get(&of).filter(|ranking| ranking.round == round);
            let Some(ranking) = ranking else { continue };
            if let Some(rank) = ranking.rank(who) {
                let state = RowState::Waiting;
                if !self.admits(formation).searches() {
                    self.snapshot.rows.push(Row { candidate, formation, rank, preference, state });
                }
                appearing.insert(of);
            } else if ranking.refusal(who).is_some() {
                appearing.insert(of);
            }
        }
        self.order_by_arrival();
        self.drop_seatless_searches();
        self.sort_formations();
        (self.snapshot, appearing.into_iter().collect())
    }

    fn admits(&self, place: u32) -> Admits {
        let formation = self.formations.get(place as usize).and_then(Option::as_ref);
        formation.map_or_else(Admits::default, |formation| formation.night.admits)
    }

    /// R47: where contracts go by arrival, their place in that order stands for the rank.
    fn order_by_arrival(&mut self) {
        let mut contracts = std::mem::take(&mut self.contracts);
        contracts.sort_by(|(_, a), (_, b)| (a.arrival, &a.version).cmp(&(b.arrival, &b.version)));
        let mut places: HashMap<u32, u32> = HashMap::new();
        for (row, _) in contracts {
            let Some(formation) = self.snapshot.rows.get(row).map(|row| row.formation) else { continue };
            if self.admits(formation) == Admits::ByArrival
                && let Some(row) = self.snapshot.rows.get_mut(row)
            {
                let place = places.entry(formation).or_default();
                *place += 1;
                row.rank = *place;
            }
        }
    }

    /// A search that takes no seat is no matter for the planner.
    fn drop_seatless_searches(&mut self) {
        let rows = std::mem::take(&mut self.snapshot.rows);
        let stays =
            |row: &Row| row.state != RowState::Searching || self.admits(row.formation) == Admits::BySearch;
        self.snapshot.rows = rows.into_iter().filter(stays).collect();
    }

    /// Gives each formation its place in the order of ids; a row at a formation that nobody added goes.
    fn sort_formations(&mut self) {
        let mut sorted: Vec<(SnapshotFormation, usize)> = std::mem::take(&mut self.formations)
            .into_iter()
            .enumerate()
            .filter_map(|(place, formation)| formation.map(|formation| (formation, place)))
            .collect();
        sorted.sort_by(|a, b| a.0.id.cmp(&b.0.id));
        let mut places: Vec<Option<u32>> = vec![None; self.places.len()];
        for ((_, old), new) in sorted.iter().zip(0..) {
            if let Some(slot) = places.get_mut(*old) {
                *slot = Some(new);
            }
        }
        self.snapshot.rows.retain_mut(|row| match places.get(row.formation as usize) {
            Some(Some(place)) => {
                row.formation = *place;
                true
            }
            _ => false,
        });
        self.snapshot.formations = sorted.into_iter().map(|(formation, _)| formation).collect();
    }
}
