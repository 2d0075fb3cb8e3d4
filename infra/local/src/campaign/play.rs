//! A campaign as it is played: acts of people and ticks of jobs, step by step, in the order of virtual time.
//!
//! The steps of a campaign are always the same ones. A run that was cut off is played again from its beginning: a step
//! that was done then is only recalled, from the answers and the nights that it left in the store; in the one in which
//! the process ended, everybody goes on from what was known of him; from there on all is new.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use jobs::{deadline_expiry, deadline_reminder, mail_dispatch, night, phase_transition, rows};
use platform::Table;
use platform::store::shard;
use procedure::calendar;
use samplers::Cohort;
use schemas::NightRun;
use schemas::night::NightStatus;
use schemas::notice::Lane;
use tokio::task::JoinSet;

use super::agenda::{self, Agenda, Job, Who};
use super::figures::{self, Refused};
use super::people::{Acted, People, Recall};
use crate::report::{self, CohortFigures};
use crate::world::World;

/// How much virtual time goes by at once between two ticks: people act beside one another within it, and their
/// mails leave at its end.
const SLOT: SignedDuration = SignedDuration::from_mins(30);

/// How many people act at once.
const ACTING_MAX: usize = 64;

/// A campaign as it is played.
pub(super) struct Play {
    pub(super) world: World,
    people: People,
    agenda: Agenda,
    /// How many steps are over.
    steps: u64,
    /// How many of them a run that was cut off had done.
    steps_done_before: u64,
    /// Whether this run goes on where one was cut off.
    goes_on: bool,
    /// Whether a job may have left notices that no dispatch has seen.
    mail_owed: bool,
    /// Commands refused, by day: the one figure that leaves no trace.
    refused: Refused,
    /// Offers made so far, by night.
    offers: BTreeMap<Date, u64>,
    progress: ProgressBar,
}

impl Play {
    pub(super) fn new(world: World, cohort: Arc<Cohort>) -> Self {
        let people = People { cohort, context: world.context.clone(), mailer: Arc::clone(&world.mailer) };
        let progress = ProgressBar::no_length();
        let template = "{wide_bar} {pos}/{len} days  {msg}";
        progress.set_style(
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        Self {
            steps: 0,
            steps_done_before: world.run.steps,
            goes_on: world.goes_on,
            mail_owed: world.goes_on,
            world,
            people,
            agenda: Agenda::default(),
            refused: Refused::new(),
            offers: BTreeMap::new(),
            progress,
        }
    }

    /// From the catalogue's first day to the day after the campaign's last: what its end does is done in it. Or until an
    /// instant: what comes at it or later does not happen.
    pub(super) async fn through(&mut self, until: Option<Timestamp>) -> Result<()> {
        let days = calendar::campaign_days(self.world.context.rules());
        let days = days.and_then(|days| Some((days.first, days.last.tomorrow().ok()?)));
        let Some((first, last)) = days else { bail!("the campaign has no days") };
        let last = until.map_or(last, |until| last.min(calendar::day(until)));
        for (at, who, act) in self.people.beginnings() {
            self.agenda.put(at, who, act);
        }
        self.progress.set_length(agenda::days(first, last).count() as u64);
        for day in agenda::days(first, last) {
            let phase = calendar::phase(self.world.context.rules(), calendar::start_of(day));
            let offers: u64 = self.offers.values().sum();
            self.progress.set_message(format!("{day}  {}  {offers} offers", phase.key()));
            self.through_day(day, until).await.with_context(|| format!("on {day}"))?;
            self.progress.inc(1);
        }
        self.progress.finish_and_clear();
        if let Some(until) = until {
            self.world.clock.advance_to(until);
        }
        Ok(())
    }

    async fn through_day(&mut self, day: Date, until: Option<Timestamp>) -> Result<()> {
        let mut ticks = agenda::ticks(self.world.context.rules(), day);
        let end = until.map_or(calendar::end_of(day), |until| until.min(calendar::end_of(day)));
        ticks.retain(|(at, _)| *at < end);
        loop {
            let tick = ticks.first().copied();
            let act = self.agenda.next().filter(|at| *at < end);
            match (tick, act) {
                (Some((at, job)), act) if act.is_none_or(|act| at <= act) => {
                    ticks.pop_first();
                    self.world.clock.advance_to(at);
                    match self.recall() {
                        Recall::Whole => self.recall_tick(job, day, at).await?,
                        Recall::Part | Recall::Nothing => self.tick(job, day).await?,
                    }
                }
                (tick, Some(act)) => {
                    let until = act.checked_add(SLOT)?.min(tick.map_or(end, |(at, _)| at)).min(end);
                    self.people_act(until).await?;
                }
                _ => return Ok(()),
            }
            self.steps += 1;
            if self.steps > self.steps_done_before {
                self.world.step_done(self.steps)?;
            }
        }
    }

    /// What a run that was cut off had done of the step that comes now.
    fn recall(&self) -> Recall {
        match self.steps.cmp(&self.steps_done_before) {
            Ordering::Less => Recall::Whole,
            Ordering::Equal if self.goes_on => Recall::Part,
            _ => Recall::Nothing,
        }
    }

    /// Lets everyone act whose time comes before `until`, then their mails leave.
    async fn people_act(&mut self, until: Timestamp) -> Result<()> {
        let mut tasks = JoinSet::new();
        let mut shards = BTreeSet::new();
        let recall = self.recall();
        for (who, acts) in self.agenda.take_before(until) {
            if let Who::Candidate(place) = who
                && let Some(candidate) = self.people.cohort.candidates.get(place)
            {
                shards.insert(shard(&rows::candidate_pk(&candidate.id)));
            }
            if tasks.len() >= ACTING_MAX
                && let Some(done) = tasks.join_next().await
            {
                self.acted(done??);
            }
            tasks.spawn(self.people.clone().act(who, acts, until, recall));
        }
        while let Some(done) = tasks.join_next().await {
            self.acted(done??);
        }
        self.world.clock.advance_to(until);
        if recall != Recall::Whole {
            // What a command owes leaves at once: it never lies in the other lane.
            mail_dispatch::run_lane(&self.world.context, Lane::Now, shards).await?;
        }
        Ok(())
    }

    fn acted(&mut self, acted: Acted) {
        for at in acted.refused {
            *self.refused.entry(calendar::day(at)).or_default() += 1;
        }
        for (at, who, act) in acted.later {
            self.agenda.put(at, who, act);
        }
    }

    /// Lets a job wake, if it can find anything to do: the reads of one that finds nothing are most of what a small
    /// campaign would cost.
    async fn tick(&mut self, job: Job, day: Date) -> Result<()> {
        let context = self.world.context.clone();
        match job {
            Job::DeadlineExpiry
                if calendar::first_results(context.rules()).is_some_and(|first| first <= day) =>
            {
                let report = deadline_expiry::run(&context, deadline_expiry::ALL).await?;
                self.mail_owed |= report.candidates > 0;
            }
            Job::PhaseTransition => {
                let report = phase_transition::run(&context).await?;
                self.mail_owed |= !report.begun.is_empty();
            }
            Job::WaitlistAdvance => {
                let report = night::run(&context).await?;
                self.mail_owed |= report.planned || report.published || report.voided.is_some();
                if report.status == Some(NightStatus::Published)
                    && let (Some(date), Some(plan)) = (report.date, report.plan)
                {
                    self.published(date, &plan, report.counts.offers).await?;
                }
            }
            Job::DeadlineReminder
                if calendar::first_results(context.rules()).is_some_and(|first| first <= day) =>
            {
                let report = deadline_reminder::run(&context).await?;
                self.mail_owed |= report.reminded > 0;
            }
            Job::MailDispatch if self.mail_owed => {
                mail_dispatch::run(&context).await?;
                self.mail_owed = false;
            }
            Job::DeadlineExpiry | Job::DeadlineReminder | Job::MailDispatch => {}
        }
        Ok(())
    }

    /// Of a tick that was over before: the night that it published.
    async fn recall_tick(&mut self, job: Job, day: Date, at: Timestamp) -> Result<()> {
        let context = &self.world.context;
        if job != Job::WaitlistAdvance || at < calendar::publication(context.rules(), day) {
            return Ok(());
        }
        let store = context.platform.store.as_ref();
        let run = rows::get::<NightRun>(store, Table::State, &rows::night_key(day)).await?;
        match run.filter(|run| run.status == NightStatus::Published) {
            Some(run) => self.published(run.date, &run.plan, run.counts.offers).await,
            None => Ok(()),
        }
    }

    /// Whoever has a new offer or search will answer it, or not, in his own time, and look for a contract.
    async fn published(&mut self, date: Date, digest: &str, offers: u64) -> Result<()> {
        if self.offers.insert(date, offers).is_some() {
            return Ok(());
        }
        let plan = night::stored::plan(&self.world.context, date, digest).await?;
        for (at, who, act) in self.people.after_the_night(date, &plan).await? {
            self.agenda.put(at, who, act);
        }
        Ok(())
    }

    /// Reads what it all came to.
    pub(super) async fn finish(&self, overrides: &toml::Table) -> Result<report::CampaignReport> {
        let cohort = &self.people.cohort;
        let drawn = CohortFigures {
            seed: self.world.run.drawn.seed,
            candidates: cohort.candidates.len() as u64,
            formations: cohort.formations.len() as u64,
            seats: cohort.formations.iter().map(|formation| u64::from(formation.capacity)).sum(),
        };
        let overrides = overrides.iter().map(|(key, value)| format!("{key} = {value}")).collect();
        // Before the figures' own reading.
        let cost = self.world.cost();
        figures::read(&self.world.context, drawn, overrides, &self.refused, &cost).await
    }
}
