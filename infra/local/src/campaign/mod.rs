//! `monmaster campaign`: a drawn cohort goes through a campaign's main phase in virtual time, through the same
//! jobs that run in the cloud.

mod agenda;
mod people;
mod tally;

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use jobs::{deadline_expiry, mail_dispatch, night, phase_transition, rows};
use platform::Table;
use platform::store::{Segment, shard};
use procedure::calendar;
use samplers::{Cohort, CohortSpec};
use schemas::night::NightStatus;
use schemas::{Candidate, Phase, Plan};
use tokio::task::JoinSet;

use crate::args::CampaignOptions;
use crate::report::{self, CohortFigures, Speed};
use crate::stopwatch::{Stopwatch, peak_mib};
use crate::world::{Run, World, beginning};
use crate::{print, print_json};
use agenda::{Agenda, Job, Who};
use people::{Acted, People};
use tally::Tally;

/// How much virtual time goes by at once between two ticks: people act beside one another within it, and their
/// mails leave at its end.
const SLOT: SignedDuration = SignedDuration::from_mins(10);

/// How many people act at once.
const ACTING_MAX: usize = 64;

/// How many items one read of the final scan gives.
const SCAN_PAGE: usize = 500;

pub(crate) async fn run(options: CampaignOptions) -> Result<()> {
    let watch = Stopwatch::start();
    let overrides = overrides(&options.set)?;
    let mut run = Run {
        campaign: options.campaign.clone(),
        overrides: overrides.to_string(),
        candidates: options.candidates,
        formations: options.formations,
        seed: options.seed,
        clock: Timestamp::UNIX_EPOCH,
    };
    run.clock = beginning(&run.rules()?);
    let spec =
        CohortSpec { candidates: options.candidates, formations: options.formations, seed: options.seed };
    let cohort = Arc::new(Cohort::draw(&spec)?);
    let world = World::create(&options.out, run)?;
    let mut play = Play::new(world, cohort);
    play.through().await?;
    let report = play.finish(&overrides).await?;
    let mut world = play.world;
    world.write("report.json", &serde_json::to_string_pretty(&report)?)?;
    world.write("report.html", &report::html(&report).context("cannot write out the report")?)?;
    world.save()?;
    let speed = Speed { seconds: watch.seconds(), commits: world.commits(), peak_mib: peak_mib() };
    if options.json {
        return print_json(&serde_json::json!({ "report": report, "speed": speed, "out": options.out }));
    }
    print(&report::text(&report, None))?;
    print(&closing_lines(&options, &speed))
}

/// Where everything was left, and how fast it was.
fn closing_lines(options: &CampaignOptions, speed: &Speed) -> String {
    let out = options.out.display();
    let rate = if speed.seconds > 0.0 { speed.commits as f64 / speed.seconds } else { 0.0 };
    let peak = speed.peak_mib.map_or_else(String::new, |mib| format!(", {mib} MiB at the most"));
    format!(
        "\n{:.1} s, {} commits, {rate:.0} commits a second{peak}\n\
         \n\
         report   {out}/report.html\n\
         mails    {out}/mails\n\
         plans    {out}/objects/plans\n\
         store    {out}/store\n\
         \n\
         why?     monmaster explain c-0000001 --out {out}\n\
         is it?   monmaster verify --out {out}",
        speed.seconds, speed.commits
    )
}

/// The settings typed as KEY=VALUE; a bare word is taken for a text.
fn overrides(set: &[String]) -> Result<toml::Table> {
    let mut overrides = toml::Table::new();
    for typed in set {
        let Some((key, value)) = typed.split_once('=') else {
            bail!("--set {typed}: expected KEY=VALUE, as provisional_conversion_phase=main");
        };
        let (key, value) = (key.trim(), value.trim());
        let parsed = format!("value = {value}")
            .parse::<toml::Table>()
            .ok()
            .and_then(|mut table| table.remove("value"));
        overrides.insert(key.to_owned(), parsed.unwrap_or_else(|| toml::Value::String(value.to_owned())));
    }
    Ok(overrides)
}

/// A campaign as it is played.
struct Play {
    world: World,
    people: People,
    agenda: Agenda,
    tally: Tally,
    progress: ProgressBar,
}

impl Play {
    fn new(world: World, cohort: Arc<Cohort>) -> Self {
        let people = People { cohort, context: world.context.clone(), mailer: Arc::clone(&world.mailer) };
        let progress = ProgressBar::no_length();
        let template = "{wide_bar} {pos}/{len} days  {msg}";
        progress.set_style(
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        Self { world, people, agenda: Agenda::default(), tally: Tally::default(), progress }
    }

    /// From the catalogue's first day to the day after the main phase: what its end does is done in it.
    async fn through(&mut self) -> Result<()> {
        let phases = self.world.context.rules().phases.clone();
        let first = phases.get(&Phase::Catalogue).map(|days| days.first);
        let last = phases.get(&Phase::Admission).and_then(|days| days.last.tomorrow().ok());
        let (Some(first), Some(last)) = (first, last) else { bail!("the campaign has no main phase") };
        for (at, who, act) in self.people.beginnings() {
            self.agenda.put(at, who, act);
        }
        self.progress.set_length(agenda::days(first, last).count() as u64);
        for day in agenda::days(first, last) {
            let phase = calendar::phase(self.world.context.rules(), calendar::start_of(day));
            self.progress.set_message(format!("{day}  {}  {} offers", phase.key(), self.tally.offers()));
            self.through_day(day).await.with_context(|| format!("on {day}"))?;
            self.progress.inc(1);
        }
        self.progress.finish_and_clear();
        Ok(())
    }

    async fn through_day(&mut self, day: Date) -> Result<()> {
        let mut ticks = agenda::ticks(self.world.context.rules(), day);
        let end = calendar::end_of(day);
        loop {
            let tick = ticks.first().copied();
            let act = self.agenda.next().filter(|at| *at < end);
            match (tick, act) {
                (Some((at, job)), act) if act.is_none_or(|act| at <= act) => {
                    ticks.pop_first();
                    self.world.clock.advance_to(at);
                    self.tick(job).await?;
                }
                (tick, Some(act)) => {
                    let until = act.checked_add(SLOT)?.min(tick.map_or(end, |(at, _)| at)).min(end);
                    self.people_act(until).await?;
                }
                _ => return Ok(()),
            }
        }
    }

    /// Lets everyone act whose time comes before `until`, then their mails leave.
    async fn people_act(&mut self, until: Timestamp) -> Result<()> {
        let mut tasks = JoinSet::new();
        let mut shards = BTreeSet::new();
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
            tasks.spawn(self.people.clone().act(who, acts, until));
        }
        while let Some(done) = tasks.join_next().await {
            self.acted(done??);
        }
        self.world.clock.advance_to(until);
        let report = mail_dispatch::run_shards(&self.world.context, shards.iter().copied()).await?;
        // Midnight belongs to the day that it ends here: the mails are those of the slot before it.
        self.tally.mails(until.checked_sub(SignedDuration::from_secs(1))?, report.sent);
        Ok(())
    }

    fn acted(&mut self, acted: Acted) {
        for deed in &acted.deeds {
            self.tally.deed(deed);
        }
        for (at, who, act) in acted.later {
            self.agenda.put(at, who, act);
        }
    }

    async fn tick(&mut self, job: Job) -> Result<()> {
        let context = self.world.context.clone();
        let now = context.now();
        match job {
            Job::DeadlineExpiry => {
                let report = deadline_expiry::run(&context, deadline_expiry::ALL).await?;
                self.tally.lapsed(now, report.settled.lapsed);
            }
            Job::PhaseTransition => {
                let report = phase_transition::run(&context).await?;
                self.tally.lapsed(now, report.settled.lapsed);
            }
            Job::WaitlistAdvance => {
                let report = night::run(&context).await?;
                if report.published
                    && let Some(date) = report.date
                {
                    self.published(date, report).await?;
                }
            }
            Job::MailDispatch => {
                let report = mail_dispatch::run(&context).await?;
                self.tally.mails(now, report.sent);
            }
        }
        Ok(())
    }

    /// Whoever has a new offer will answer it, or not, in his own time.
    async fn published(&mut self, date: Date, report: night::NightReport) -> Result<()> {
        let digest = report.plan.clone().unwrap_or_default();
        let key = rows::plan_object(date, &digest);
        let bytes = self.world.context.platform.objects.get(&key).await?.context("the plan is not there")?;
        let plan: Plan = serde_json::from_slice(&bytes)?;
        debug_assert_eq!(report.status, Some(NightStatus::Published));
        let offered: BTreeSet<_> = plan.offers.iter().map(|offer| &offer.candidate).collect();
        for candidate in offered {
            let place = self.people.cohort.candidates.binary_search_by(|drawn| drawn.id.cmp(candidate));
            if let Ok(place) = place {
                let at = self.people.answer_at(candidate, date, plan.deadline);
                self.agenda.put(at, Who::Candidate(place), agenda::Act::Answer(date));
            }
        }
        self.tally.night(date, report, &plan);
        Ok(())
    }

    /// Counts where everyone stands.
    async fn finish(&mut self, overrides: &toml::Table) -> Result<report::CampaignReport> {
        let mut tally = std::mem::take(&mut self.tally);
        let mut after = None;
        loop {
            let whole = Segment { number: 0, of: 1 };
            let store = &self.world.context.platform.store;
            let page = store.scan(Table::State, whole, after, SCAN_PAGE).await?;
            for item in &page.items {
                if rows::candidate_of(&item.key.pk).is_some() {
                    tally.stands(&rows::read::<Candidate>(item)?);
                }
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let cohort = &self.people.cohort;
        let figures = CohortFigures {
            seed: self.world.run.seed,
            candidates: cohort.candidates.len() as u64,
            formations: cohort.formations.len() as u64,
            seats: cohort.formations.iter().map(|formation| u64::from(formation.capacity)).sum(),
        };
        let overrides = overrides.iter().map(|(key, value)| format!("{key} = {value}")).collect();
        let context = &self.world.context;
        Ok(tally.report(context.rules(), figures, overrides, context.now()))
    }
}
