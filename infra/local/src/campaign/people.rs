//! The people of a drawn campaign: what each does when his time comes, through the same commands that the
//! platform sends.

use std::collections::VecDeque;
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
use schemas::campaign::Phase;
use schemas::candidate::Questionnaire;
use schemas::{
    Action, Actor, ApplicationState, Candidate, CandidateId, Command, CommandId, Outcome, RankingContent,
    Track,
};

use super::agenda::{Act, Who};

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
        let examination = self.span(Phase::Examination, Phase::Examination);
        let noon = calendar::instant(catalogue.date().at(12, 0, 0, 0));
        let juries = self.cohort.formations.len().max(1);
        let open_hours = i64::from((examination.1.date() - examination.0.date()).get_days()).max(1) * 24;
        let mut acts = Vec::new();
        for place in 0..self.cohort.formations.len() {
            acts.push((noon, Who::Formation(place), Act::OpenFormation));
            // Juries finish one after the other, the first at noon of the first day.
            let hours = 12
                + i64::try_from(place).unwrap_or_default() * (open_hours - 12)
                    / i64::try_from(juries).unwrap_or(1);
            let at = calendar::instant(examination.0).checked_add(SignedDuration::from_hours(hours));
            acts.extend(at.map(|at| (at, Who::Formation(place), Act::PublishRanking)));
        }
        for (place, candidate) in self.cohort.candidates.iter().enumerate() {
            let at = self.cohort.registered_at(&candidate.id, registration);
            acts.push((calendar::instant(at), Who::Candidate(place), Act::Register));
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
            let signed = self.signed(who, act);
            known.push_back(match signed {
                Some((_, id)) => jobs::commands::known(&self.context, &CommandId::new(id)?).await?,
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
        let Some((actor, id)) = self.signed(who, act) else { return Ok(None) };
        let Some(action) = self.action(who, act).await? else { return Ok(None) };
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

    /// Who sends the command of an act, and under which id.
    fn signed(&self, who: Who, act: &Act) -> Option<(Actor, String)> {
        if let Some(drawn) = self.formation(who) {
            let verb = if *act == Act::OpenFormation { "open" } else { "rank" };
            return Some((Actor::Establishment(drawn.establishment.clone()), format!("{verb}-{}", drawn.id)));
        }
        let drawn = self.candidate(who)?;
        let id = match act {
            Act::Register => register_id(drawn),
            Act::Activate => format!("activate-{}", drawn.id),
            Act::Apply(nth) => format!("apply-{}-{nth}", drawn.id),
            Act::Withdraw(formation) => format!("withdraw-{}-{formation}", drawn.id),
            Act::Answer(decision) => format!("answer-{}-{decision}", drawn.id),
            Act::OpenFormation | Act::PublishRanking => return None,
        };
        Some((Actor::Candidate(drawn.id.clone()), id))
    }

    /// What is asked; `None` if whoever acts has nothing to say.
    async fn action(&self, who: Who, act: &Act) -> Result<Option<Action>> {
        if let Some(drawn) = self.formation(who) {
            return self.formation_action(drawn, act).await;
        }
        let Some(drawn) = self.candidate(who) else { return Ok(None) };
        Ok(match act {
            Act::Register => Some(registration(drawn)),
            Act::Activate => Some(Action::ActivateAccount { token: self.token_in_mail(drawn)? }),
            Act::Apply(nth) => {
                drawn.wishes.get(*nth).map(|wish| Action::SubmitApplication { formation: wish.clone() })
            }
            Act::Withdraw(formation) => Some(Action::WithdrawApplication { formation: formation.clone() }),
            Act::Answer(decision) => self.answer(drawn, *decision).await?,
            Act::OpenFormation | Act::PublishRanking => None,
        })
    }

    async fn formation_action(&self, drawn: &DrawnFormation, act: &Act) -> Result<Option<Action>> {
        let formation = drawn.id.clone();
        if *act == Act::OpenFormation {
            return Ok(Some(Action::OpenFormation {
                formation,
                title: drawn.title.clone(),
                mention: drawn.mention.clone(),
                track: Track::Student,
                capacity: drawn.capacity,
                call_limit: Some(drawn.call_limit),
                complementary: false,
                mixed: false,
            }));
        }
        // The jury works on the list that it was handed when the examination began.
        let handed = self.context.platform.objects.get(&rows::applicants_object(&formation)).await?;
        let applicants: Vec<CandidateId> = match handed {
            Some(bytes) => serde_json::from_slice(&bytes)?,
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
            _ => Vec::new(),
        })
    }

    /// The link's token, read in the mail as its reader would.
    fn token_in_mail(&self, drawn: &DrawnCandidate) -> Result<String> {
        let notice = format!("{}#N#{}#account_activation", rows::candidate_pk(&drawn.id), register_id(drawn));
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

    /// When a candidate will answer the offers of this date.
    pub(super) fn answer_at(&self, candidate: &CandidateId, date: Date, deadline: Timestamp) -> Timestamp {
        let last = deadline.checked_sub(SignedDuration::from_secs(1)).unwrap_or(deadline);
        calendar::instant(self.cohort.answer_time(candidate, date, calendar::day(last)))
    }

    /// What the candidate answers now, on what he sees; nothing if newer offers made him think again.
    async fn answer(&self, drawn: &DrawnCandidate, decision: Date) -> Result<Option<Action>> {
        let key = rows::candidate_key(&drawn.id);
        let store = self.context.platform.store.as_ref();
        let Some(candidate) = rows::get::<Candidate>(store, Table::State, &key).await? else {
            return Ok(None);
        };
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
            placements: state_is(ApplicationState::Waitlisted),
        };
        Ok(self.cohort.answer(&drawn.id, decision, &situation).map(|answer| match answer {
            Answer::Definitive { formation } => Action::AcceptDefinitively { formation },
            Answer::Provisional { formation, keep, drop } => {
                Action::AcceptProvisionally { formation, keep: Some(keep), drop: Some(drop) }
            }
            Answer::Refuse { formation } => Action::RefuseOffer { formation },
            Answer::Resign => Action::Resign {},
        }))
    }
}

fn register_id(drawn: &DrawnCandidate) -> String {
    format!("register-{}", drawn.id)
}

fn registration(drawn: &DrawnCandidate) -> Action {
    Action::RegisterAccount {
        email: drawn.email.clone(),
        language: drawn.language,
        questionnaire: Questionnaire { master: true, charter: true, licence: true, nationality: true },
        name: Some(drawn.name.clone()),
    }
}
