//! The reference model: the core of the procedure a second time, said as plainly as the texts say it.
//!
//! Flat lists, loops over everybody, and one clock for all: time is played forward, instant by instant, over every
//! application there is. While a night is being made there are two worlds, the one that everybody sees and the one
//! that the night writes; publication lets the second take the first one's place, a void night throws it away.
//! Nothing is shared with the real code but names (ids, actions, states) and the campaign as it was read.

mod alternance;
mod answers;
mod applications;
mod clock;
mod judgements;
mod night;
mod time;

use jiff::Timestamp;
use jiff::civil::Date;
use schemas::campaign::{AlternanceMode, Campaign, Round};
use schemas::{
    AccountState, Action, Actor, ApplicationState, CandidateId, EstablishmentId, FormationId, LostCause,
    RefusalReason, Track,
};

/// Why a command is refused: the code of a refusal.
pub(crate) type Refused = &'static str;
/// What became of a command.
pub(crate) type Answer = Result<(), Refused>;

/// A formation, as far as the core of the procedure knows it.
#[derive(Debug, Clone)]
pub(crate) struct Formation {
    pub(crate) id: FormationId,
    pub(crate) track: Track,
    pub(crate) establishment: EstablishmentId,
    /// What an application counts as (R15).
    pub(crate) mention: String,
    pub(crate) call_limit: u32,
    pub(crate) stopped: bool,
    /// Whether it takes new applications in the complementary phase (R52).
    pub(crate) complementary: bool,
    /// Whether one may enter it in alternance too (R49).
    pub(crate) mixed: bool,
}

/// A jury's ranking for one round.
#[derive(Debug, Clone)]
pub(crate) struct Ranking {
    pub(crate) formation: usize,
    pub(crate) round: Round,
    /// Best first.
    pub(crate) ranked: Vec<usize>,
    pub(crate) refused: Vec<(usize, RefusalReason)>,
    /// How many of the round before are ahead.
    pub(crate) after: u32,
}

/// A contract, in the order of its arrival.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Contract {
    pub(crate) arrival: Timestamp,
    pub(crate) version: String,
    pub(crate) validated: bool,
}

/// One application of one candidate to one formation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Application {
    pub(crate) candidate: usize,
    pub(crate) formation: usize,
    pub(crate) track: Track,
    pub(crate) round: Round,
    pub(crate) state: ApplicationState,
    /// The jury's rank; it stays to the end, for R38.
    pub(crate) rank: Option<u32>,
    pub(crate) cause: Option<LostCause>,
    /// The night that brought the live offer or search.
    pub(crate) received: Option<Date>,
    /// The first instant that is too late.
    pub(crate) deadline: Option<Timestamp>,
    /// Whether a search is accepted (R41).
    pub(crate) accepted: bool,
    /// The day of the definitive acceptance (R66).
    pub(crate) accepted_on: Option<Date>,
    pub(crate) refusal: Option<(Option<RefusalReason>, Date)>,
    /// When the seat was signalled as vacant, and whether the candidate was enrolled (R67).
    pub(crate) vacancy: Option<(Timestamp, bool)>,
    /// 1 for the best.
    pub(crate) preference: Option<u32>,
    pub(crate) contract: Option<Contract>,
}

/// A case of fraud: `None` until the candidate is told, then the first instant at which it may be decided.
pub(crate) type Case = Option<Timestamp>;

/// Everything that the procedure says of everybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) accounts: Vec<AccountState>,
    pub(crate) applications: Vec<Application>,
    /// Exceptional circumstances that nobody has decided on yet: candidate and formation (R38).
    pub(crate) exceptions: Vec<(usize, usize)>,
    /// Open cases of fraud, by candidate (R71).
    pub(crate) cases: Vec<(usize, Case)>,
}

/// The model: what does not change, the clock, and the two worlds.
#[derive(Debug, Clone)]
pub(crate) struct Model {
    pub(crate) rules: Campaign,
    pub(crate) candidates: Vec<CandidateId>,
    pub(crate) formations: Vec<Formation>,
    pub(crate) rankings: Vec<Ranking>,
    clock: Timestamp,
    /// What everybody sees, and what commands are decided on.
    pub(crate) seen: State,
    /// What a night that is not published has made of it.
    pub(crate) tonight: Option<State>,
}

impl Application {
    /// The application in another state: what belonged to the state before is gone, the rank is not.
    fn becomes(&mut self, state: ApplicationState) {
        self.state = state;
        self.cause = None;
        self.received = None;
        self.deadline = None;
        self.accepted = false;
        self.accepted_on = None;
        self.vacancy = None;
    }

    /// R22, R58: no favourable answer, from that day on; why may be asked for as after any refusal (R21).
    fn not_admitted(&mut self, at: Timestamp) {
        self.becomes(ApplicationState::NotAdmitted);
        self.refusal = Some((None, time::day(at)));
    }

    fn lose(&mut self, cause: LostCause) {
        let lapsed = self.deadline.filter(|_| cause == LostCause::Expired);
        self.becomes(ApplicationState::Lost);
        self.deadline = lapsed;
        self.cause = Some(cause);
    }

    /// R28, R32: accepted for good on this day.
    fn accept_for_good(&mut self, on: Date) {
        self.becomes(ApplicationState::AcceptedDefinitively);
        self.accepted_on = Some(on);
    }

    /// Whether something can still come of it (1.0).
    pub(crate) fn live(&self) -> bool {
        !matches!(
            self.state,
            ApplicationState::Refused
                | ApplicationState::Lost
                | ApplicationState::NotAdmitted
                | ApplicationState::Annulled
        )
    }

    /// Whether it is accepted for good, enrolled or not yet.
    pub(crate) fn definitive(&self) -> bool {
        matches!(self.state, ApplicationState::AcceptedDefinitively | ApplicationState::Enrolled)
    }

    pub(crate) fn is(&self, state: ApplicationState) -> bool {
        self.state == state
    }
}

/// R45, R46: whether a definitive acceptance in one track closes another. From 2024 it always does; in 2023 one as a
/// student leaves alternance open, while one in alternance, the upload of a contract, closes the phase for the candidate.
fn closes(rules: &Campaign, accepted: Track, other: Track) -> bool {
    rules.definitive_closes_other_track || accepted == Track::Alternance || accepted == other
}

impl State {
    fn of(&self, candidate: usize, formation: usize) -> Option<&Application> {
        self.applications.iter().find(|a| a.candidate == candidate && a.formation == formation)
    }

    fn of_mut(&mut self, candidate: usize, formation: usize) -> Option<&mut Application> {
        self.applications.iter_mut().find(|a| a.candidate == candidate && a.formation == formation)
    }

    fn all_of(&self, candidate: usize) -> impl Iterator<Item = &Application> {
        self.applications.iter().filter(move |a| a.candidate == candidate)
    }

    fn others_of(&mut self, candidate: usize, formation: usize) -> impl Iterator<Item = &mut Application> {
        self.applications.iter_mut().filter(move |a| a.candidate == candidate && a.formation != formation)
    }

    /// Design, section 4: who has no account, left, or was sanctioned may do nothing; a closed account may do what the
    /// law still allows.
    fn account_in_use(&self, candidate: usize) -> Answer {
        match self.accounts[candidate] {
            AccountState::Active | AccountState::Closed => Ok(()),
            _ => Err("account_not_active"),
        }
    }

    /// Whether nothing accepted for good ends what the candidate may do in a track (R28).
    fn open_in(&self, rules: &Campaign, candidate: usize, track: Track) -> Answer {
        let closed = self.all_of(candidate).any(|a| a.definitive() && closes(rules, a.track, track));
        if closed { Err("already_definitive") } else { Ok(()) }
    }

    /// The track in which an answer is given; where the candidate never applied, as in the student track.
    fn track_of(&self, candidate: usize, formation: usize) -> Track {
        self.of(candidate, formation).map_or(Track::Student, |a| a.track)
    }

    /// R28, R45: something was accepted for good; this is what else there was in the tracks that it closes.
    fn closed_by<'a>(
        &'a mut self,
        rules: &'a Campaign,
        candidate: usize,
        formation: usize,
    ) -> impl Iterator<Item = &'a mut Application> {
        let track = self.of(candidate, formation).unwrap().track;
        self.others_of(candidate, formation).filter(move |a| a.live() && closes(rules, track, a.track))
    }
}

impl Model {
    pub(crate) fn new(
        rules: Campaign,
        candidates: Vec<CandidateId>,
        formations: Vec<Formation>,
        accounts: Vec<AccountState>,
    ) -> Self {
        let seen = State { accounts, applications: Vec::new(), exceptions: Vec::new(), cases: Vec::new() };
        let clock = time::start(rules.phases.values().next().unwrap().first);
        Self { rules, candidates, formations, rankings: Vec::new(), clock, seen, tonight: None }
    }

    fn is_2023(&self) -> bool {
        self.rules.alternance.mode == AlternanceMode::UploadIsAcceptance
    }

    pub(crate) fn candidate(&self, id: &CandidateId) -> usize {
        self.candidates.iter().position(|known| known == id).unwrap()
    }

    pub(crate) fn formation(&self, id: &FormationId) -> usize {
        self.formations.iter().position(|known| known.id == *id).unwrap()
    }

    fn places(&self, ids: &[FormationId]) -> Vec<usize> {
        ids.iter().map(|id| self.formation(id)).collect()
    }

    /// Somebody asks for something at an instant. Time has done its part first; from a night's gate to its publication
    /// a command is decided on what everybody sees, and if it would change an application it must come again (design,
    /// section 6).
    pub(crate) fn ask(&mut self, actor: &Actor, action: &Action, now: Timestamp) -> Answer {
        self.advance(now);
        let mut next = self.seen.clone();
        self.decide(&mut next, actor, action, now)?;
        // An order sent twice is an order all the same, and who leaves gives up whatever there is.
        let changes = next.applications != self.seen.applications
            || matches!(action, Action::OrderPreferences { .. } | Action::Resign {});
        match &self.tonight {
            Some(_) if changes => Err("night_in_progress"),
            Some(tonight) => {
                let mut tonight = tonight.clone();
                tonight.accounts.clone_from(&next.accounts);
                tonight.exceptions.clone_from(&next.exceptions);
                tonight.cases.clone_from(&next.cases);
                self.tonight = Some(tonight);
                self.seen = next;
                Ok(())
            }
            None => {
                self.seen = next;
                Ok(())
            }
        }
    }

    fn decide(&self, state: &mut State, actor: &Actor, action: &Action, now: Timestamp) -> Answer {
        let who = action.candidate().or(match actor {
            Actor::Candidate(id) => Some(id),
            _ => None,
        });
        let c = self.candidate(who.unwrap());
        let f = action.formation().map(|id| self.formation(id)).unwrap_or_default();
        if let Actor::Establishment(establishment) = actor
            && (self.formations[f].establishment != *establishment || state.of(c, f).is_none())
        {
            return Err("not_the_owner");
        }
        match action {
            Action::SubmitApplication { .. } => self.submit(state, c, f, now),
            Action::WithdrawApplication { .. } => Self::withdraw(state, c, f),
            Action::Resign {} => Self::resign(state, c),
            Action::RequestRefusalReason { .. } => self.ask_reason(state, c, f, now),
            Action::OrderPreferences { formations } => self.order(state, c, &self.places(formations), now),
            Action::AcceptProvisionally { keep, drop, .. } => {
                let keep = keep.as_ref().map(|ids| self.places(ids));
                let drop = drop.as_ref().map(|ids| self.places(ids));
                self.accept_provisionally(state, c, f, (keep, drop), now)
            }
            Action::AcceptDefinitively { .. } => self.accept_definitively(state, c, f, now),
            Action::RefuseOffer { .. } => self.refuse(state, c, f),
            Action::AnswerContractSearch { accept, keep, drop, .. } => {
                let keep = keep.as_ref().map(|ids| self.places(ids));
                let drop = drop.as_ref().map(|ids| self.places(ids));
                self.answer_search(state, c, f, *accept, (keep, drop))
            }
            Action::ContractReceived { version, arrival, kind, verdict, .. } => {
                let contract = Contract { arrival: *arrival, version: version.clone(), validated: false };
                self.receive_contract(state, c, f, contract, (*kind, *verdict))
            }
            Action::ValidateContract { .. } => self.validate_contract(state, c, f, now),
            Action::RejectContract { .. } => self.reject_contract(state, c, f),
            Action::SignalVacancy { reason, .. } => self.signal_vacancy(state, c, f, *reason, now),
            Action::CancelVacancy { .. } => self.cancel_vacancy(state, c, f, now),
            Action::ConfirmEnrolment { .. } => Self::confirm_enrolment(state, c, f),
            Action::RequestException { formations, .. } => {
                self.request_exception(state, c, &self.places(formations), now)
            }
            Action::DecideException { formations, grant, .. } => {
                self.decide_exception(state, c, &self.places(formations), *grant, now)
            }
            Action::ExtendDeadline { formation, received, until, .. } => {
                let f = formation.as_ref().map(|id| self.formation(id));
                Self::extend_deadline(state, c, (f, *received), time::minute_after(*until), now)
            }
            Action::ReportFraud { .. } => Self::report_fraud(state, c),
            Action::NotifyFraud { .. } => Self::notify_fraud(state, c, now),
            Action::DecideFraud { sanction, .. } => Self::decide_fraud(state, c, *sanction, now),
            other => unreachable!("the model does not know {}", other.name()),
        }
    }

    /// Whether a night is made on this date.
    pub(crate) fn is_night(&self, date: Date) -> bool {
        time::is_night(&self.rules, date)
    }

    /// The night that was made is what everybody sees (R33).
    pub(crate) fn publish(&mut self) {
        if let Some(tonight) = self.tonight.take() {
            self.seen = tonight;
        }
    }

    /// The night is given up: it never was.
    pub(crate) fn void(&mut self) {
        self.tonight = None;
    }
}
