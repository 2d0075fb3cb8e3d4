//! A drawn history: a year with short phases, eight candidates, four formations, and what is tried when.

use fastrand::Rng;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use procedure::calendar;
use schemas::campaign::ContractKind;
use schemas::candidate::VacancyReason;
use schemas::upload::Verdict;
use schemas::{
    Action, Actor, ApplicationState as S, CandidateId, EstablishmentId, FormationId, RefusalReason, Track,
};

use crate::model::{Application, Model};

pub(crate) const CANDIDATES: [&str; 8] = ["ana", "ben", "cleo", "dan", "eve", "fay", "gus", "hal"];
pub(crate) const FORMATIONS: [&str; 4] = ["ART", "BIO", "CHEM", "DATA"];
/// Where all formations are, and an establishment that has none of them.
const ESTABLISHMENTS: [&str; 2] = ["0691774D", "0751717J"];
/// The instants of a day at which commands come; the second is behind the gate of a night.
pub(crate) const SLOTS: [&str; 5] = ["00:00:00", "06:00:00", "10:00:00", "18:00:00", "23:59:59.999"];
/// How many days are played, from the evening before the first night to after the last day.
pub(crate) const DAYS: usize = 29;

/// A year with phases so short that a history goes through all of them: its shipped file, its first day, and its keys.
pub(crate) struct Year {
    pub(crate) file: &'static str,
    pub(crate) first_day: &'static str,
    pub(crate) keys: &'static str,
}

pub(crate) const YEARS: [Year; 3] = [
    Year {
        file: "2023",
        first_day: "2023-06-18",
        keys: r#"
alternance_results_from = "2023-06-19"
alternance_offers_from = "2023-06-19"
admission = ["2023-06-23", "2023-07-02"]
preference_ordering = ["2023-07-03", "2023-07-04"]
withdrawals = ["2023-07-05", "2023-07-10"]
alternance_end = "2023-07-13"
vacancy_signals = [["2023-06-28", "2023-07-10"]]
"#,
    },
    Year {
        file: "2024",
        first_day: "2024-05-31",
        keys: r#"
alternance_results_from = "2024-06-01"
alternance_offers_from = "2024-06-02"
admission = ["2024-06-04", "2024-06-13"]
complementary_application = ["2024-06-14", "2024-06-15"]
complementary_examination = ["2024-06-16", "2024-06-16"]
complementary_admission = ["2024-06-17", "2024-06-20"]
withdrawals = ["2024-06-21", "2024-06-26"]
vacancy_signals = [["2024-06-10", "2024-06-12"], ["2024-06-18", "2024-06-26"]]
enrolment = [
  { from = "2024-06-04", to = "2024-06-14", deadline = "2024-06-18" },
  { from = "2024-06-15", deadline = "ESTABLISHMENT" },
]
"#,
    },
    Year {
        file: "2025",
        first_day: "2025-05-29",
        keys: r#"
examination = ["2025-03-31", "2025-05-29"]
alternance_results_from = "2025-05-30"
alternance_offers_from = "2025-06-05"
admission = ["2025-06-02", "2025-06-11"]
complementary_application = ["2025-06-12", "2025-06-13"]
complementary_examination = ["2025-06-14", "2025-06-14"]
complementary_admission = ["2025-06-15", "2025-06-18"]
withdrawals = ["2025-06-19", "2025-06-24"]
withdrawals_deadlines = [{ received = ["2025-06-19", "2025-06-20"], by = "2025-06-22T23:59" }]
vacancy_signals = [["2025-06-06", "2025-06-24"]]
"#,
    },
];

/// What is tried at one instant; what exactly depends on where things then stand.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) day: usize,
    pub(crate) slot: usize,
    who: usize,
    formation: usize,
    draw: u64,
}

/// Everything that chance decides about a history.
#[derive(Debug, Clone)]
pub(crate) struct History {
    pub(crate) year: usize,
    /// More keys of the campaign.
    pub(crate) keys: String,
    pub(crate) tracks: [Track; 4],
    /// Whether the first two formations count once (R15).
    pub(crate) parcours: bool,
    pub(crate) limits: [u32; 4],
    pub(crate) complementary: [bool; 4],
    pub(crate) mixed: [bool; 4],
    /// By formation and round: the order, the refused, and (at the end of neither) who is left out.
    pub(crate) juries: [[Jury; 2]; 4],
    pub(crate) active: [bool; 8],
    /// By candidate and formation.
    pub(crate) applied: [[bool; 4]; 8],
    pub(crate) early: Vec<Step>,
    pub(crate) steps: Vec<Step>,
    pub(crate) voided: [bool; DAYS],
    pub(crate) swept: [bool; DAYS],
}

/// What a jury says.
#[derive(Debug, Clone, Default)]
pub(crate) struct Jury {
    pub(crate) ranked: Vec<usize>,
    pub(crate) refused: Vec<(usize, RefusalReason)>,
}

impl Jury {
    fn drawn(rng: &mut Rng) -> Self {
        let mut order: Vec<usize> = (0..CANDIDATES.len()).collect();
        rng.shuffle(&mut order);
        let mut jury = Self::default();
        for candidate in order {
            match rng.u8(0..12) {
                0 => {}
                1 => jury.refused.push((candidate, RefusalReason::RequirementsNotMet)),
                2 => jury.refused.push((candidate, RefusalReason::AdminIncomplete)),
                _ => jury.ranked.push(candidate),
            }
        }
        jury
    }
}

impl Step {
    fn drawn(rng: &mut Rng, days: usize) -> Self {
        Self {
            day: rng.usize(0..days),
            // Seldom behind the gate, where everything must come again.
            slot: *pick(rng, &[0, 1, 2, 2, 3, 3, 4, 4]),
            who: rng.usize(0..CANDIDATES.len()),
            formation: rng.usize(0..FORMATIONS.len()),
            draw: rng.u64(..),
        }
    }

    /// Now and then it is about a formation: its seats, or whether it calls.
    pub(crate) fn is_about_a_formation(&self) -> bool {
        self.draw.is_multiple_of(40)
    }

    pub(crate) fn formation(&self) -> usize {
        self.formation
    }

    /// One of so many.
    pub(crate) fn choice(&self, of: usize) -> usize {
        Rng::with_seed(self.draw).usize(0..of)
    }
}

impl History {
    /// The history of a seed: the same seed, the same history.
    pub(crate) fn drawn(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let mut keys = String::new();
        if rng.u8(0..4) == 0 {
            keys.push_str("quota_student = 2\nquota_alternance = 1\n");
        }
        let year = rng.usize(0..YEARS.len());
        if year > 0 && rng.u8(0..2) == 0 {
            keys.push_str("quota_complementary_student = 1\nquota_complementary_alternance = 1\n");
        }
        if year == 0 && rng.bool() {
            keys.push_str("silence_on_new_offer = \"keep\"\n");
        }
        // In 2023 several searches are had together (R44), so there are more of them to give.
        let student = rng.u8(0..4) < if year == 0 { 1 } else { 2 };
        let third = if student { Track::Student } else { Track::Alternance };
        let more = |f: usize| if year == 0 && f > 1 && !student { 3 } else { 0 };
        let mut steps: Vec<Step> = (0..rng.usize(40..200)).map(|_| Step::drawn(&mut rng, DAYS)).collect();
        steps.sort_by_key(|step| (step.day, step.slot));
        Self {
            year,
            keys,
            tracks: [Track::Student, Track::Student, third, Track::Alternance],
            parcours: rng.u8(0..3) == 0,
            limits: std::array::from_fn(|f| rng.u32(1..4) + more(f)),
            complementary: std::array::from_fn(|_| rng.u8(0..4) != 0),
            // R49: the second formation, where contracts are validated and ranks decide.
            mixed: [false, year == 2 && rng.bool(), false, false],
            juries: std::array::from_fn(|_| std::array::from_fn(|_| Jury::drawn(&mut rng))),
            active: std::array::from_fn(|_| rng.u8(0..20) != 0),
            applied: std::array::from_fn(|_| std::array::from_fn(|_| rng.u8(0..8) != 0)),
            early: (0..rng.usize(0..8)).map(|_| Step::drawn(&mut rng, 1)).collect(),
            steps,
            voided: std::array::from_fn(|_| rng.u8(0..12) == 0),
            swept: std::array::from_fn(|_| rng.bool()),
        }
    }
}

/// What a step asks for about a candidate: most often of what waits for an answer of his or about him.
pub(crate) fn action(step: &Step, model: &Model, now: Timestamp) -> (Actor, Action) {
    let mut rng = Rng::with_seed(step.draw);
    let rng = &mut rng;
    let waits = |a: &&Application| {
        let open = matches!(a.state, S::Offered | S::ContractSearch | S::ContractSubmitted);
        a.candidate == step.who && open
    };
    let waiting: Vec<usize> = model.seen.applications.iter().filter(waits).map(|a| a.formation).collect();
    let drawn = waiting.is_empty() || rng.u8(0..3) == 0;
    let formation = if drawn { step.formation } else { *pick(rng, &waiting) };
    let step = &Step { formation, ..step.clone() };
    let tried = Tried { step, model, now };
    let of = |a: &&Application| a.candidate == step.who && a.formation == formation;
    let ordering = model.rules.preference_ordering.is_some_and(|days| days.contains(calendar::day(now)));
    let kind = match model.seen.applications.iter().find(of) {
        // Now and then anything at all, so that what makes no sense is refused alike.
        _ if rng.u8(0..5) == 0 => rng.u8(0..19),
        _ if ordering && rng.bool() => 5,
        _ if tried.is_suspected() && rng.u8(0..5) == 0 => 17,
        None => *pick(rng, &[0, 0, 0, 5]),
        Some(a) => tried.sensible(a, rng),
    };
    tried.of_kind(kind, rng)
}

fn pick<'a, T>(rng: &mut Rng, from: &'a [T]) -> &'a T {
    &from[rng.usize(0..from.len())]
}

/// What one tries, where, when.
struct Tried<'a> {
    step: &'a Step,
    model: &'a Model,
    now: Timestamp,
}

impl Tried<'_> {
    fn who(&self) -> CandidateId {
        self.model.candidates[self.step.who].clone()
    }

    fn formation(&self) -> FormationId {
        self.model.formations[self.step.formation].id.clone()
    }

    fn own(&self) -> impl Iterator<Item = &Application> {
        self.model.seen.applications.iter().filter(|a| a.candidate == self.step.who)
    }

    fn ids(&self, which: impl Iterator<Item = usize>) -> Vec<FormationId> {
        which.map(|f| self.model.formations[f].id.clone()).collect()
    }

    /// The kinds of commands that may make sense of an application in this state.
    fn sensible(&self, a: &Application, rng: &mut Rng) -> u8 {
        let asked = self.model.seen.exceptions.iter().any(|(c, _)| *c == self.step.who);
        *match a.state {
            S::Submitted => pick(rng, &[1, 5, 5, 5]),
            S::Refused => pick(rng, &[4, 0, 5]),
            S::Waitlisted => pick(rng, &[5, 5, 5, 9, 10, 11, 1]),
            S::ContractSearch if a.deadline.is_some() || a.accepted => pick(rng, &[8, 8, 8, 8, 8, 9, 18, 1]),
            S::ContractSearch => pick(rng, &[9, 9, 9, 9, 5, 1]),
            S::ContractSubmitted => pick(rng, &[10, 10, 10, 10, 10, 11, 5, 9]),
            S::ContractValidated => pick(rng, &[5, 5, 5, 1]),
            S::Offered => pick(rng, &[2, 2, 2, 2, 3, 6, 6, 9, 18, 1]),
            S::AcceptedProvisionally => pick(rng, &[3, 6, 1, 5, 5, 5, 9, 10]),
            S::AcceptedDefinitively => pick(rng, &[12, 13, 13, 1, 5, 9, 10]),
            S::Enrolled => pick(rng, &[13, 12, 1]),
            S::Archived => pick(rng, &[5, 5, 5, 1]),
            S::Lost if a.vacancy.is_some() => pick(rng, &[14, 14, 13, 15]),
            S::Lost if asked => pick(rng, &[16, 16, 15, 5]),
            S::Lost => pick(rng, &[15, 0, 2, 3, 5, 5]),
            S::NotAdmitted | S::Annulled => pick(rng, &[0, 4, 15]),
        }
    }

    fn of_kind(&self, kind: u8, rng: &mut Rng) -> (Actor, Action) {
        let (candidate, formation) = (self.who(), self.formation());
        let himself = Actor::Candidate(candidate.clone());
        let place = usize::from(rng.u8(0..30) == 0);
        let establishment = EstablishmentId::new(ESTABLISHMENTS[place]).unwrap();
        let actor = Actor::Establishment(establishment.clone());
        match kind {
            0 => (himself, Action::SubmitApplication { formation }),
            1 => (himself, Action::WithdrawApplication { formation }),
            2 => {
                let waits = |a: &&Application| a.track == Track::Student && a.is(S::Waitlisted);
                let placements: Vec<usize> = self.own().filter(waits).map(|a| a.formation).collect();
                let (keep, drop) = self.choice(&placements, rng);
                (himself, Action::AcceptProvisionally { formation, keep, drop })
            }
            3 => (himself, Action::AcceptDefinitively { formation }),
            4 => (himself, Action::RequestRefusalReason { formation }),
            5 => (himself, Action::OrderPreferences { formations: self.order(rng) }),
            6 => (himself, Action::RefuseOffer { formation }),
            7 if rng.u8(0..3) == 0 => (himself, Action::Resign {}),
            7 | 8 => {
                let accepted = |a: &&Application| {
                    a.is(S::ContractSearch) && a.accepted && a.formation != self.step.formation
                };
                let earlier: Vec<usize> = self.own().filter(accepted).map(|a| a.formation).collect();
                let unsaid = rng.u8(0..3) == 0;
                let (keep, drop) = if unsaid { (None, None) } else { self.choice(&earlier, rng) };
                let accept = rng.u8(0..6) != 0;
                (himself, Action::AnswerContractSearch { formation, accept, keep, drop })
            }
            9 => {
                let version = format!("v{}", rng.u8(..));
                let kind = *pick(
                    rng,
                    &[ContractKind::Contract, ContractKind::Promise, ContractKind::CfaCertificate],
                );
                let (arrival, verdict) = (self.now, *pick(rng, &[Verdict::Conform, Verdict::ToReview]));
                let received =
                    Action::ContractReceived { candidate, formation, version, arrival, kind, verdict };
                (Actor::Job, received)
            }
            10 => (actor, Action::ValidateContract { candidate, formation }),
            11 => (actor, Action::RejectContract { candidate, formation, reason: "Non conforme".into() }),
            12 => (actor, Action::ConfirmEnrolment { candidate, formation }),
            13 => {
                use VacancyReason::{AbsentFirstDay, EnrolmentDeadlineMissed, Withdrew};
                let reason = *pick(rng, &[AbsentFirstDay, EnrolmentDeadlineMissed, Withdrew]);
                (actor, Action::SignalVacancy { candidate, formation, reason })
            }
            14 => (actor, Action::CancelVacancy { candidate, formation }),
            15 | 16 => self.exception(kind == 16, rng),
            18 => self.extension(rng),
            _ => self.fraud(rng),
        }
    }

    /// What is said of placements: kept, dropped or both, most often as the law asks for it.
    fn choice(
        &self,
        placements: &[usize],
        rng: &mut Rng,
    ) -> (Option<Vec<FormationId>>, Option<Vec<FormationId>>) {
        let (keep, drop): (Vec<usize>, Vec<usize>) = placements.iter().partition(|_| rng.u8(0..3) != 0);
        let ids = |which: &[usize]| Some(self.ids(which.iter().copied()));
        match rng.u8(0..10) {
            0 => (None, None),
            1 => (None, ids(&drop)),
            2 => (None, ids(placements)),
            3 => (ids(&[self.step.formation]), None),
            4 => (ids(placements), ids(&drop)),
            5 | 6 => (ids(&keep), ids(&drop)),
            _ => (ids(&keep), None),
        }
    }

    fn order(&self, rng: &mut Rng) -> Vec<FormationId> {
        let orderable = |a: &&Application| {
            let held = matches!(
                a.state,
                S::Offered | S::AcceptedProvisionally | S::AcceptedDefinitively | S::Enrolled
            );
            a.live() && !held
        };
        let mut order: Vec<usize> = self.own().filter(orderable).map(|a| a.formation).collect();
        rng.shuffle(&mut order);
        match rng.u8(0..12) {
            0 => order.push(self.step.formation),
            1 => order.truncate(1),
            2 => order.truncate(2),
            3 => order.clear(),
            _ => {}
        }
        self.ids(order.into_iter())
    }

    fn exception(&self, decide: bool, rng: &mut Rng) -> (Actor, Action) {
        let candidate = self.who();
        let mut wanted = vec![self.step.formation];
        if rng.u8(0..3) == 0 {
            wanted = self.own().filter(|a| a.is(S::Lost)).map(|a| a.formation).collect();
        }
        if !decide {
            let formations = self.ids(wanted.into_iter());
            let action = Action::RequestException { formations, grounds: "Hospitalisation".into() };
            return (Actor::Candidate(candidate), action);
        }
        if rng.u8(0..5) != 0 {
            let asked = self.model.seen.exceptions.iter().filter(|(c, _)| *c == self.step.who);
            wanted = asked.map(|(_, f)| *f).collect();
        }
        let formations = self.ids(wanted.into_iter());
        (Actor::Operator, Action::DecideException { candidate, formations, grant: rng.u8(0..5) != 0 })
    }

    fn extension(&self, rng: &mut Rng) -> (Actor, Action) {
        let days = jiff::Span::new().days(rng.i64(0..7));
        let day = calendar::day(self.now).checked_add(days).unwrap();
        let last_minute = if rng.bool() { date_time(day, 23, 59) } else { date_time(day, 12, 30) };
        let candidate = Some(self.who());
        let formation = rng.bool().then(|| self.formation());
        let offer = self.own().find(|a| a.formation == self.step.formation);
        let received = offer.and_then(|a| a.received).filter(|_| rng.u8(0..3) == 0);
        let action =
            Action::ExtendDeadline { formation, candidate, region: None, received, until: last_minute };
        (Actor::Operator, action)
    }

    fn is_suspected(&self) -> bool {
        self.model.seen.cases.iter().any(|(c, _)| *c == self.step.who)
    }

    fn fraud(&self, rng: &mut Rng) -> (Actor, Action) {
        let candidate = self.who();
        let case = self.model.seen.cases.iter().find(|(c, _)| *c == self.step.who);
        let establishment = EstablishmentId::new(ESTABLISHMENTS[0]).unwrap();
        let facts = "Relevé de notes falsifié".to_owned();
        let action = match (rng.u8(0..6), case) {
            (0, _) => Action::ReportFraud { candidate, establishment, facts },
            (1, _) => Action::NotifyFraud { candidate, facts },
            (2, _) => Action::DecideFraud { candidate, sanction: false },
            (_, None) => Action::ReportFraud { candidate, establishment, facts },
            (_, Some((_, None))) => Action::NotifyFraud { candidate, facts },
            _ => Action::DecideFraud { candidate, sanction: true },
        };
        (Actor::Rector, action)
    }
}

fn date_time(day: Date, hour: i8, minute: i8) -> DateTime {
    day.at(hour, minute, 0, 0)
}

/// A day of a history.
pub(crate) fn date(year: &Year, day: usize) -> Date {
    let first: Date = year.first_day.parse().unwrap();
    first.checked_add(jiff::Span::new().days(i64::try_from(day).unwrap())).unwrap()
}
