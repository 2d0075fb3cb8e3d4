//! The people of a drawn campaign: what each does when his time comes, through the same commands that the
//! platform sends.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, Timestamp};
use jobs::{Context, rows};
use platform::Table;
use platform::clock::VirtualClock;
use platform::folder::FolderMailer;
use procedure::calendar;
use samplers::{Answer, Cohort, DrawnCandidate, DrawnFormation, Situation};
use schemas::campaign::{Days, EnrolBy, Phase};
use schemas::candidate::Questionnaire;
use schemas::{
    Action, Actor, ApplicationState, Candidate, CandidateId, Command, CommandId, Outcome, RankingContent,
    Round, Track,
};

use super::agenda::{Act, Who};

/// From which hour of the last evening candidates order what they have.
const ORDERS_FROM_HOUR: i8 = 18;

/// How long after a mail left its reader follows the link in it, at the least, in seconds.
const MAIL_READ_SECONDS: i64 = 60;

/// What a run that was cut off had done of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Recall {
    /// All of it.
    Whole,
    /// Some of it: the process ended in it.
    Part,
    /// Nothing.
    Nothing,
}

/// What acting came to: when a command was refused, and what the same person will do later.
#[derive(Default)]
pub(super) struct Acted {
    pub(super) refused: Vec<Timestamp>,
    pub(super) later: Vec<(Timestamp, Who, Act)>,
}

/// The people, and the world they act in.
#[derive(Clone)]
pub(super) struct People {
    pub(super) cohort: Arc<Cohort>,
    pub(super) context: Context,
    pub(super) mailer: Arc<FolderMailer>,
}

impl People {
    /// The civil times between which somebody may do what belongs to these phases.
    fn span(&self, first: Phase, last: Phase) -> (DateTime, DateTime) {
        let phases = &self.context.rules().phases;
        let opens = phases.get(&first).map(|days| calendar::start_of(days.first)).unwrap_or_default();
        let closes = phases.get(&last).map(|days| calendar::end_of(days.last)).unwrap_or_default();
        (
            calendar::civil(opens),
            calendar::civil(closes.checked_sub(SignedDuration::from_secs(1)).unwrap_or(closes)),
        )
    }

    /// What everybody does first.
    pub(super) fn beginnings(&self) -> Vec<(Timestamp, Who, Act)> {
        let (catalogue, _) = self.span(Phase::Catalogue, Phase::Catalogue);
        let registration = self.span(Phase::Catalogue, Phase::Application);
        let noon = calendar::instant(catalogue.date().at(12, 0, 0, 0));
        let mut acts = Vec::new();
        let mut known = BTreeSet::new();
        for (place, formation) in self.cohort.formations.iter().enumerate() {
            if known.insert(&formation.establishment) {
                acts.push((noon, Who::Formation(place), Act::SetEstablishment));
            }
            acts.push((noon, Who::Formation(place), Act::OpenFormation));
            let own = self.context.rules().alternance.examination;
            let main = match own.filter(|_| formation.track == Track::Alternance) {
                Some(days) => civil_bounds(days),
                None => self.span(Phase::Examination, Phase::Examination),
            };
            let again = self.span(Phase::ComplementaryExamination, Phase::ComplementaryExamination);
            let rounds = [(Round::Main, main), (Round::Complementary, again)];
            for (round, span) in
                rounds.into_iter().filter(|(round, _)| round.is_main() || formation.complementary)
            {
                let at = self.jury_ends(place, span);
                acts.extend(at.map(|at| (at, Who::Formation(place), Act::PublishRanking(round))));
            }
        }
        for (place, candidate) in self.cohort.candidates.iter().enumerate() {
            let at = self.cohort.registered_at(&candidate.id, registration);
            acts.push((calendar::instant(at), Who::Candidate(place), Act::Register));
            acts.extend(self.later_plans(candidate, Who::Candidate(place)));
        }
        acts
    }

    /// When a formation's jury has finished: one after the other, the first at noon of the first day; never, if the year
    /// has no such examination.
    fn jury_ends(&self, place: usize, (opens, closes): (DateTime, DateTime)) -> Option<Timestamp> {
        let juries = i64::try_from(self.cohort.formations.len().max(1)).ok()?;
        let open_hours = i64::from((closes.date() - opens.date()).get_days()).max(1) * 24;
        let hours = 12 + i64::try_from(place).ok()? * (open_hours - 12) / juries;
        let at = calendar::instant(opens).checked_add(SignedDuration::from_hours(hours)).ok()?;
        (opens < closes).then_some(at)
    }

    /// What a candidate will think of after the main phase: new applications, an order of preference, enrolment.
    fn later_plans(&self, drawn: &DrawnCandidate, who: Who) -> Vec<(Timestamp, Who, Act)> {
        let rules = self.context.rules();
        let mut acts = Vec::new();
        if let Some(days) = rules.phases.get(&Phase::ComplementaryApplication).copied() {
            for nth in 0..self.cohort.late_wishes(&drawn.id).len() {
                let at = self.cohort.applied_at(&drawn.id, nth, civil_bounds(days));
                acts.push((calendar::instant(at), who, Act::ApplyAgain(nth)));
            }
        }
        if let Some(days) = rules.preference_ordering {
            // On the last evening, when everything that there is to order has been sent.
            let evening = days.last.at(ORDERS_FROM_HOUR, 0, 0, 0);
            let last = days.last.at(23, 58, 0, 0);
            let at = self.cohort.registered_at(&drawn.id, (evening, last));
            acts.push((calendar::instant(at), who, Act::Order));
        }
        let deadlines = rules.enrolment.iter().filter_map(|line| match line.deadline {
            EnrolBy::Day(day) => day.tomorrow().ok(),
            EnrolBy::Establishment => None,
        });
        for (nth, day) in deadlines.enumerate() {
            let at = self.cohort.registered_at(&drawn.id, (day.at(10, 0, 0, 0), day.at(17, 0, 0, 0)));
            acts.push((calendar::instant(at), who, Act::Enrol(nth)));
        }
        acts
    }

    /// Does what is due, in order, but for what a run that was cut off had done.
    pub(super) async fn act(
        self,
        who: Who,
        acts: Vec<(Timestamp, Act)>,
        mails_leave: Timestamp,
        recall: Recall,
    ) -> Result<Acted> {
        let mut known = self.known(who, &acts, recall).await?;
        let mut acted = Acted::default();
        for (at, act) in acts {
            let here =
                Self { context: self.context.with_clock(Arc::new(VirtualClock::at(at))), ..self.clone() };
            let outcome = match known.pop_front() {
                Some(known) => known,
                None => here.send(who, &act).await?,
            };
            match outcome {
                Some(Outcome::Accepted { .. }) => {
                    acted.later.extend(here.later(who, at, &act, mails_leave)?);
                }
                Some(Outcome::Refused { .. }) => acted.refused.push(at),
                None => {}
            }
        }
        Ok(acted)
    }

    /// What the first of these acts came to in a run that was cut off: up to the last one whose command was answered
    /// then, or all of them if the step was whole. Of one before it without an answer, nothing had come: nobody thinks
    /// about it again, since he would see another state.
    async fn known(
        &self,
        who: Who,
        acts: &[(Timestamp, Act)],
        recall: Recall,
    ) -> Result<VecDeque<Option<Outcome>>> {
        let mut known = VecDeque::new();
        if recall == Recall::Nothing {
            return Ok(known);
        }
        for (_, act) in acts {
            known.push_back(match self.command_id(who, act) {
                Some(id) => jobs::commands::known(&self.context, &CommandId::new(id)?).await?,
                None => None,
            });
        }
        if recall == Recall::Part {
            let answered = known.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
            known.truncate(answered);
        }
        Ok(known)
    }

    /// Sends the command of an act; `None` if whoever acts has nothing to say.
    async fn send(&self, who: Who, act: &Act) -> Result<Option<Outcome>> {
        let Some(id) = self.command_id(who, act) else { return Ok(None) };
        let Some((actor, action)) = self.action(who, act).await? else { return Ok(None) };
        let command = Command { command_id: CommandId::new(id)?, actor, action };
        let outcome = jobs::commands::decide_and_record(&self.context, &command).await;
        outcome.map(Some).with_context(|| format!("the command {} failed", command.command_id))
    }

    fn formation(&self, who: Who) -> Option<&DrawnFormation> {
        match who {
            Who::Formation(place) => self.cohort.formations.get(place),
            Who::Candidate(_) => None,
        }
    }

    fn candidate(&self, who: Who) -> Option<&DrawnCandidate> {
        match who {
            Who::Candidate(place) => self.cohort.candidates.get(place),
            Who::Formation(_) => None,
        }
    }

    /// Under which id the command of an act is sent.
    fn command_id(&self, who: Who, act: &Act) -> Option<String> {
        if let Some(drawn) = self.formation(who) {
            return Some(match act {
                Act::SetEstablishment => format!("establishment-{}", drawn.establishment),
                Act::OpenFormation => format!("open-{}", drawn.id),
                Act::PublishRanking(Round::Main) => format!("rank-{}", drawn.id),
                Act::PublishRanking(Round::Complementary) => format!("rank-again-{}", drawn.id),
                Act::DecideContract(candidate) => format!("contract-{}-{candidate}", drawn.id),
                _ => return None,
            });
        }
        let id = &self.candidate(who)?.id;
        Some(match act {
            Act::Register => format!("register-{id}"),
            Act::Activate => format!("activate-{id}"),
            Act::Apply(nth) => format!("apply-{id}-{nth}"),
            Act::ApplyAgain(nth) => format!("apply-again-{id}-{nth}"),
            Act::Withdraw(formation) => format!("withdraw-{id}-{formation}"),
            Act::Answer(decision) => format!("answer-{id}-{decision}"),
            Act::AnswerSearch(formation) => format!("search-{id}-{formation}"),
            Act::Upload(formation) => format!("upload-{id}-{formation}"),
            Act::Order => format!("order-{id}"),
            Act::Enrol(nth) => format!("enrol-{id}-{nth}"),
            Act::SetEstablishment | Act::OpenFormation | Act::PublishRanking(_) | Act::DecideContract(_) => {
                return None;
            }
        })
    }

    /// What is asked, and who asks; `None` if whoever acts has nothing to say.
    async fn action(&self, who: Who, act: &Act) -> Result<Option<(Actor, Action)>> {
        if let Some(drawn) = self.formation(who) {
            let action = self.formation_action(drawn, act).await?;
            return Ok(action.map(|action| (Actor::Establishment(drawn.establishment.clone()), action)));
        }
        let Some(drawn) = self.candidate(who) else { return Ok(None) };
        let by_himself = match act {
            Act::Register => Some(registration(drawn)),
            Act::Activate => Some(Action::ActivateAccount { token: self.token_in_mail(drawn)? }),
            Act::Apply(nth) => {
                drawn.wishes.get(*nth).map(|wish| Action::SubmitApplication { formation: wish.clone() })
            }
            Act::Withdraw(formation) => Some(Action::WithdrawApplication { formation: formation.clone() }),
            Act::Answer(decision) => self.answer(drawn, *decision).await?,
            Act::ApplyAgain(nth) => self.apply_again(drawn, *nth).await?,
            Act::AnswerSearch(formation) => self.answer_search(drawn, formation).await?,
            Act::Order => self.order(drawn).await?,
            Act::Upload(formation) => {
                let action = self.upload(drawn, formation).await?;
                return Ok(action.map(|action| (Actor::Job, action)));
            }
            Act::Enrol(_) => return self.enrol(drawn).await,
            Act::SetEstablishment | Act::OpenFormation | Act::PublishRanking(_) | Act::DecideContract(_) => {
                None
            }
        };
        Ok(by_himself.map(|action| (Actor::Candidate(drawn.id.clone()), action)))
    }

    async fn formation_action(&self, drawn: &DrawnFormation, act: &Act) -> Result<Option<Action>> {
        let formation = drawn.id.clone();
        let round = match act {
            Act::SetEstablishment => {
                let establishment = drawn.establishment.clone();
                let email = format!("masters@{}.example", establishment.as_str().to_lowercase());
                return Ok(Some(Action::SetEstablishment { establishment, email }));
            }
            Act::OpenFormation => {
                return Ok(Some(Action::OpenFormation {
                    formation,
                    title: drawn.title.clone(),
                    mention: drawn.mention.clone(),
                    track: drawn.track,
                    capacity: drawn.capacity,
                    call_limit: Some(drawn.call_limit),
                    complementary: drawn.complementary,
                    mixed: false,
                }));
            }
            Act::DecideContract(candidate) => {
                let candidate = candidate.clone();
                return Ok(Some(if self.cohort.validates(&candidate, &formation) {
                    Action::ValidateContract { candidate, formation }
                } else {
                    let reason = "Les missions ne correspondent pas à la formation.".to_owned();
                    Action::RejectContract { candidate, formation, reason }
                }));
            }
            Act::PublishRanking(round) => *round,
            _ => return Ok(None),
        };
        // The jury works on the list that it was handed when the examination began.
        let object = rows::applicants_object(&formation, round);
        let applicants: Vec<CandidateId> = match self.context.platform.objects.get(&object).await? {
            Some(bytes) => serde_json::from_slice(&bytes)?,
            None if round == Round::Complementary => return Ok(None),
            None => Vec::new(),
        };
        let RankingContent { ranked, refused } = self.cohort.ranking(&formation, &applicants);
        Ok(Some(Action::PublishRanking { formation, ranked, refused }))
    }

    /// What somebody does after an act that was accepted.
    fn later(
        &self,
        who: Who,
        at: Timestamp,
        act: &Act,
        mails_leave: Timestamp,
    ) -> Result<Vec<(Timestamp, Who, Act)>> {
        let Some(drawn) = self.candidate(who) else { return Ok(Vec::new()) };
        Ok(match act {
            Act::Register => {
                let read = mails_leave.checked_add(SignedDuration::from_secs(MAIL_READ_SECONDS))?;
                let activated = self.cohort.activated_at(&drawn.id, calendar::civil(at));
                let at = activated.map(|activated| calendar::instant(activated).max(read));
                at.map(|at| (at, who, Act::Activate)).into_iter().collect()
            }
            Act::Activate => self.plans(drawn, who, at),
            Act::Upload(formation) => self.decided_next_day(drawn, formation, at),
            _ => Vec::new(),
        })
    }

    /// The link's token, read in the mail as its reader would.
    fn token_in_mail(&self, drawn: &DrawnCandidate) -> Result<String> {
        let id = &drawn.id;
        let notice = format!("{}#N#register-{id}#account_activation", rows::candidate_pk(id));
        let path = self.mailer.mail_path(&notice);
        let mail = std::fs::read_to_string(&path)
            .with_context(|| format!("the activation mail {} is not there", path.display()))?;
        // Quoted-printable: soft line breaks, and `=3D` for the sign itself.
        let text = mail.replace("=\r\n", "").replace("=3D", "=");
        let token = text.split("jeton=").nth(1).with_context(|| format!("no link in {}", path.display()))?;
        Ok(token.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect())
    }

    /// When an activated candidate will apply, and withdraw if he will.
    fn plans(&self, drawn: &DrawnCandidate, who: Who, activated: Timestamp) -> Vec<(Timestamp, Who, Act)> {
        let (opens, closes) = self.span(Phase::Application, Phase::Application);
        let mut from = opens.max(calendar::civil(activated));
        let mut acts = Vec::new();
        for nth in 0..drawn.wishes.len() {
            let at = self.cohort.applied_at(&drawn.id, nth, (from, closes));
            acts.push((calendar::instant(at), who, Act::Apply(nth)));
        }
        from = acts.iter().map(|(at, _, _)| calendar::civil(*at)).max().unwrap_or(from);
        if let Some((formation, at)) = self.cohort.withdrawal(&drawn.id, (from, closes)) {
            acts.push((calendar::instant(at), who, Act::Withdraw(formation)));
        }
        acts
    }

    /// The candidate as stored.
    pub(super) async fn stored(&self, drawn: &DrawnCandidate) -> Result<Option<Candidate>> {
        let store = self.context.platform.store.as_ref();
        Ok(rows::get(store, Table::State, &rows::candidate_key(&drawn.id)).await?)
    }

    /// When a candidate will answer the offers of this date.
    pub(super) fn answer_at(&self, candidate: &CandidateId, date: Date, deadline: Timestamp) -> Timestamp {
        let last = deadline.checked_sub(SignedDuration::from_secs(1)).unwrap_or(deadline);
        calendar::instant(self.cohort.answer_time(candidate, date, calendar::day(last)))
    }

    /// What the candidate answers now, on what he sees; nothing if newer offers made him think again.
    async fn answer(&self, drawn: &DrawnCandidate, decision: Date) -> Result<Option<Action>> {
        let Some(candidate) = self.stored(drawn).await? else { return Ok(None) };
        let state_is = |state: ApplicationState| {
            let matching = candidate.applications.iter().filter(move |(_, a)| a.now.state == state);
            matching.map(|(formation, _)| formation.clone()).collect::<Vec<_>>()
        };
        let newest = candidate
            .applications
            .values()
            .filter(|a| a.now.state == ApplicationState::Offered)
            .filter_map(|a| a.now.received_on)
            .max();
        if newest != Some(decision) {
            return Ok(None);
        }
        let situation = Situation {
            held: state_is(ApplicationState::AcceptedProvisionally).into_iter().next(),
            offers: state_is(ApplicationState::Offered),
            placements: candidate
                .applications
                .iter()
                .filter(|(_, a)| a.track == Track::Student && a.now.state == ApplicationState::Waitlisted)
                .map(|(formation, _)| formation.clone())
                .collect(),
        };
        let holding = calendar::holding(self.context.rules())
            .is_some_and(|holding| self.context.now() < holding.closes);
        Ok(self.cohort.answer(&drawn.id, decision, &situation).map(|answer| match answer {
            Answer::Definitive { formation } => Action::AcceptDefinitively { formation },
            // Nothing can be held once what is held became definitive (R63).
            Answer::Provisional { formation, .. } if !holding => Action::AcceptDefinitively { formation },
            Answer::Provisional { formation, keep, drop } => {
                Action::AcceptProvisionally { formation, keep: Some(keep), drop: Some(drop) }
            }
            Answer::Refuse { formation } => Action::RefuseOffer { formation },
            Answer::Resign => Action::Resign {},
        }))
    }
}

fn registration(drawn: &DrawnCandidate) -> Action {
    Action::RegisterAccount {
        email: drawn.email.clone(),
        language: drawn.language,
        questionnaire: Questionnaire { master: true, charter: true, licence: true, nationality: true },
        region: String::new(),
        name: Some(drawn.name.clone()),
    }
}

/// The civil times between which whole days lie.
fn civil_bounds(days: Days) -> (DateTime, DateTime) {
    (days.first.at(0, 0, 0, 0), days.last.at(23, 59, 59, 0))
}
