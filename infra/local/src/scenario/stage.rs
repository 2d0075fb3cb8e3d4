//! The stage of one story: the ports in memory, the jobs, and a time that only goes forward.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use jobs::context::TOKEN_KEY_BYTES;
use jobs::{
    Context, Settings, deadline_expiry, deadline_reminder, mail_dispatch, night, night_report,
    phase_transition, rows,
};
use platform::clock::VirtualClock;
use platform::guard::GuardedReader;
use platform::memory::{MemoryMailer, MemoryObjects, MemoryStore, MemoryUploads};
use platform::store::Segment;
use platform::{Key, Platform, Table};
use procedure::{calendar, fold, settle};
use schemas::{
    Action, Actor, Campaign, Candidate, CandidateId, Command, CommandId, EstablishmentId, Formation,
    FormationId, Gate, NoticeKind, Outcome,
};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::uploads::Arrived;

/// How many candidates a sweep has in hand at once: a story has few.
const CONCURRENCY: usize = 4;

/// In how many segments the table is read: as many as in the cloud, so that a night's run is the same row here and there.
const SEGMENTS: u32 = 16;

/// How many items one read of the scan gives.
const SCAN_PAGE: usize = 500;

/// The key of links in stories: nothing is secret in them.
pub(super) const TOKEN_KEY: [u8; TOKEN_KEY_BYTES] = [7; TOKEN_KEY_BYTES];

/// What the ids of the commands that prepare a story begin with: their mails are not counted.
pub(super) const SETUP_ID: &str = "setup-";

/// The jobs, in the order in which they run at one instant; after each of them mail leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Job {
    DeadlineExpiry,
    PhaseTransition,
    Night,
    NightReport,
    DeadlineReminder,
}

impl Job {
    /// The function's name.
    fn name(self) -> &'static str {
        match self {
            Self::DeadlineExpiry => "deadline-expiry",
            Self::PhaseTransition => "phase-transition",
            Self::Night => "waitlist-advance",
            Self::NightReport => "night-report",
            Self::DeadlineReminder => "deadline-reminder",
        }
    }
}

/// A function that was woken: when, which, by what, and whether it changed anything.
#[derive(Debug, Serialize)]
pub(super) struct WakeUp {
    at: Timestamp,
    function: &'static str,
    event: Value,
    changed: bool,
}

/// A mail that left.
pub(super) struct SentMail {
    /// The candidate's id.
    pub(super) to: String,
    pub(super) kind: String,
    /// The Paris day.
    pub(super) on: Date,
    /// The notice's id.
    notice: String,
    /// The whole message.
    mime: Vec<u8>,
}

pub(super) struct Stage {
    context: Context,
    pub(super) store: Arc<MemoryStore>,
    mailer: Arc<MemoryMailer>,
    mails: Vec<SentMail>,
    /// Every job due up to this instant has run.
    pub(super) now: Timestamp,
    pub(super) uploads: Arc<MemoryUploads>,
    /// The files that people left, in order.
    pub(super) arrived: Vec<Arrived>,
    /// The transactions after which mail was last dispatched: without a further one there is none to send.
    dispatched_after: u64,
    /// Every function that was woken so far, in order.
    wake_ups: Vec<WakeUp>,
}

impl Stage {
    /// An empty stage, just before a campaign begins.
    pub(super) fn new(rules: Campaign, token_key: [u8; TOKEN_KEY_BYTES]) -> Result<Self> {
        let (store, mailer) = (Arc::new(MemoryStore::new()), Arc::new(MemoryMailer::new()));
        let uploads = Arc::new(MemoryUploads::new());
        let begins = crate::world::beginning(&rules);
        // The jobs of the campaign's first instant are still to run.
        let now = begins.checked_sub(SignedDuration::from_secs(1)).unwrap_or(begins);
        let platform = Platform {
            store: Arc::clone(&store) as Arc<dyn platform::Store>,
            objects: Arc::new(MemoryObjects::new()),
            uploads: Arc::clone(&uploads) as Arc<dyn platform::Uploads>,
            reader: Arc::new(GuardedReader::this_program()?),
            mailer: Arc::clone(&mailer) as Arc<dyn platform::Mailer>,
            clock: Arc::new(VirtualClock::at(now)),
        };
        let settings = Settings {
            rules,
            site: "https://monmaster.example".into(),
            sender: "Mon Master <ne-pas-repondre@monmaster.example>".into(),
            // A story tells of candidates.
            operator: None,
            stage: "story".into(),
            token_key,
            concurrency: CONCURRENCY,
            segments: SEGMENTS,
        };
        let context = Context::new(platform, Arc::new(settings));
        Ok(Self {
            context,
            store,
            mailer,
            mails: Vec::new(),
            now,
            uploads,
            arrived: Vec::new(),
            dispatched_after: 0,
            wake_ups: Vec::new(),
        })
    }

    pub(super) fn rules(&self) -> &Campaign {
        self.context.rules()
    }

    pub(super) fn store(&self) -> &MemoryStore {
        &self.store
    }

    pub(super) fn wake_ups(&self) -> &[WakeUp] {
        &self.wake_ups
    }

    /// Notes that a function was woken when the store had seen so many transactions, and has done its work.
    pub(super) fn woke(&mut self, function: &'static str, at: Timestamp, event: Value, commits_before: u64) {
        let changed = self.store.commits() > commits_before;
        self.wake_ups.push(WakeUp { at, function, event, changed });
    }

    /// Sends a command to the jobs at an instant.
    async fn send(&mut self, command: &Command, at: Timestamp) -> Result<Outcome> {
        let before = self.store.commits();
        let outcome = jobs::commands::decide_and_record(&self.at(at), command).await?;
        self.woke("commands", at, serde_json::to_value(command)?, before);
        Ok(outcome)
    }

    /// The jobs' world as it is at an instant.
    pub(super) fn at(&self, instant: Timestamp) -> Context {
        self.context.with_clock(Arc::new(VirtualClock::at(instant)))
    }

    /// Runs every job that is due at or before an instant.
    pub(super) async fn advance_to(&mut self, instant: Timestamp) -> Result<()> {
        let mut day = calendar::day(self.now);
        while day <= calendar::day(instant) {
            for (due, job) in self.due_on(day) {
                if self.now < due && due <= instant {
                    self.run(job, due)
                        .await
                        .with_context(|| format!("{job:?} of {}", calendar::civil(due)))?;
                }
            }
            day = day.tomorrow()?;
        }
        self.now = self.now.max(instant);
        Ok(())
    }

    /// When each job has something to do on a day: at midnight deadlines pass and phases begin; a night begins, is
    /// published, and must be over.
    fn due_on(&self, day: Date) -> Vec<(Timestamp, Job)> {
        let rules = self.rules();
        let evening = jobs::schedule::next_tick(rules, "deadline-reminder", calendar::start_of(day));
        let reminder = evening.filter(|at| calendar::day(*at) == day).map(|at| (at, Job::DeadlineReminder));
        let fixed = [
            (calendar::start_of(day), Job::DeadlineExpiry),
            (calendar::start_of(day), Job::PhaseTransition),
            (calendar::night_start(rules, day), Job::Night),
            (calendar::publication(rules, day), Job::Night),
            (calendar::publication(rules, day), Job::NightReport),
            (calendar::gate_latest(rules, day), Job::Night),
        ];
        fixed.into_iter().chain(reminder).collect()
    }

    async fn run(&mut self, job: Job, due: Timestamp) -> Result<()> {
        if job != Job::DeadlineExpiry || self.is_due_by(due).await? {
            self.wake(job, due).await?;
        }
        // Their next tick is minutes away: nobody in a story comes before it.
        self.look_for_uploads(due).await?;
        self.mail(due).await
    }

    async fn is_due_by(&self, instant: Timestamp) -> Result<bool> {
        let stored = self.stored().await?;
        Ok(stored.iter().any(|candidate| candidate.due.is_some_and(|at| at <= instant)))
    }

    async fn wake(&mut self, job: Job, at: Timestamp) -> Result<()> {
        let before = self.store.commits();
        let context = self.at(at);
        match job {
            Job::DeadlineExpiry => {
                deadline_expiry::run(&context, deadline_expiry::ALL).await?;
            }
            Job::PhaseTransition => {
                phase_transition::run(&context).await?;
            }
            Job::Night => {
                night::run(&context).await?;
            }
            Job::NightReport => {
                night_report::run(&context).await?;
            }
            Job::DeadlineReminder => {
                deadline_reminder::run(&context).await?;
            }
        }
        self.woke(job.name(), at, json!({ "tick": at }), before);
        Ok(())
    }

    /// Sends what is owed by now.
    async fn mail(&mut self, at: Timestamp) -> Result<()> {
        if self.store.commits() == self.dispatched_after {
            return Ok(());
        }
        let before = self.store.commits();
        mail_dispatch::run(&self.at(at)).await?;
        self.woke("mail-dispatch", at, json!({ "tick": at }), before);
        self.dispatched_after = self.store.commits();
        for mail in self.mailer.sent().into_iter().skip(self.mails.len()) {
            let (pk, sk) = mail
                .notice
                .match_indices('#')
                .nth(1)
                .map(|(end, _)| mail.notice.split_at(end))
                .with_context(|| format!("the notice {} has no owner", mail.notice))?;
            let key = Key::new(pk, sk.trim_start_matches('#'));
            let row: Value = rows::get(self.store.as_ref(), Table::Journal, &key)
                .await?
                .with_context(|| format!("the notice {key} of a mail is not there"))?;
            self.mails.push(SentMail {
                to: pk.chars().skip(2).collect(),
                kind: row.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned(),
                on: calendar::day(at),
                notice: mail.notice.clone(),
                mime: mail.mime,
            });
        }
        Ok(())
    }

    /// The mails of the story, without those of its preparation.
    pub(super) fn mails(&self) -> impl Iterator<Item = &SentMail> {
        self.mails.iter().filter(|mail| !mail.notice.contains(&format!("#N#{SETUP_ID}")))
    }

    /// Sends a command at the present instant; its mails leave with the next [`Self::deliver`] or job.
    pub(super) async fn command(
        &mut self,
        id: &str,
        actor: Actor,
        mut asked: Map<String, Value>,
    ) -> Result<Outcome> {
        let actor = match actor {
            Actor::Candidate(candidate)
                if asked.get("type").and_then(Value::as_str) == Some("upload_contract") =>
            {
                return self.upload(id, &candidate, &asked).await;
            }
            Actor::Candidate(candidate) => {
                self.complete(&candidate, &mut asked).await?;
                Actor::Candidate(candidate)
            }
            Actor::Establishment(code) => {
                opens(&code, &mut asked);
                Actor::Establishment(code)
            }
            other => other,
        };
        let sender = match &actor {
            Actor::Candidate(sender) => Some(sender),
            _ => None,
        };
        let (action, whose) = read(asked)?;
        if whose.is_some_and(|whose| sender.is_none_or(|sender| *sender != whose)) {
            // A candidate's own command about somebody else: the platform knows who is signed in.
            return Ok(Outcome::Refused { refusal: schemas::Refusal::NotTheOwner {} });
        }
        let command = Command { command_id: CommandId::new(id)?, actor, action };
        let outcome = self.send(&command, self.now).await?;
        if matches!(command.action, Action::ReleaseNight { .. }) {
            // So is the next tick of the night.
            self.wake(Job::Night, self.now).await?;
            self.mail(self.now).await?;
        }
        if matches!(
            command.action,
            Action::AmendCampaign { .. } | Action::ExtendDeadline { candidate: None, .. }
        ) {
            // The next tick of `phase-transition` is minutes away: nobody in a story comes before it.
            self.wake(Job::PhaseTransition, self.now).await?;
            self.context = self.context.in_force().await?;
        }
        Ok(outcome)
    }

    /// Delivers the mails that are owed now.
    pub(super) async fn deliver(&mut self) -> Result<()> {
        self.mail(self.now).await
    }

    /// What a story may leave out, since the platform's pages fill it in.
    async fn complete(&mut self, candidate: &CandidateId, asked: &mut Map<String, Value>) -> Result<()> {
        match asked.get("type").and_then(Value::as_str) {
            Some("activate_account") if !asked.contains_key("token") => {
                self.deliver().await?;
                let kind = NoticeKind::AccountActivation;
                asked.insert("token".into(), self.token_in_mail(candidate, kind)?.into());
            }
            Some("confirm_email") if !asked.contains_key("token") => {
                self.deliver().await?;
                asked.insert("token".into(), self.token_in_mail(candidate, NoticeKind::EmailChange)?.into());
            }
            Some("register_account") => {
                // Contracts are compared with it.
                asked.entry("name").or_insert_with(|| candidate.as_str().into());
                asked.entry("email").or_insert_with(|| format!("{candidate}@example.org").into());
                asked.entry("questionnaire").or_insert_with(
                    || json!({ "master": true, "charter": true, "licence": true, "nationality": true }),
                );
            }
            _ => {}
        }
        Ok(())
    }

    /// The token of the last link of this kind, read in the mail as its reader would.
    fn token_in_mail(&self, candidate: &CandidateId, kind: NoticeKind) -> Result<String> {
        let kind = kind.name();
        let last = self.mails.iter().rfind(|mail| mail.to == candidate.as_str() && mail.kind == kind);
        let mail = last.with_context(|| format!("{candidate} got no mail with a link; give a `token`"))?;
        // Quoted-printable: soft line breaks, and `=3D` for the sign itself.
        let text = String::from_utf8_lossy(&mail.mime).replace("=\r\n", "").replace("=3D", "=");
        let token = text.split("jeton=").nth(1).context("there is no link in the mail")?;
        Ok(token.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect())
    }

    /// The candidates as stored.
    async fn stored(&self) -> Result<Vec<Candidate>> {
        let whole = Segment { number: 0, of: 1 };
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page =
                platform::Store::scan(self.store.as_ref(), Table::State, whole, after, SCAN_PAGE).await?;
            for item in page.items.iter().filter(|item| item.key.sk == rows::STATE_SK) {
                if rows::candidate_of(&item.key.pk).is_some() {
                    found.push(rows::read(item)?);
                }
            }
            after = page.next;
            if after.is_none() {
                return Ok(found);
            }
        }
    }

    /// The candidates as anybody sees them now: settled, without what a night has not published.
    pub(super) async fn candidates(&self) -> Result<Vec<Candidate>> {
        let gate: Gate =
            rows::get(self.store.as_ref(), Table::State, &rows::gate_key()).await?.unwrap_or_default();
        let seen = |candidate: &Candidate| {
            settle::settled(&fold::visible(candidate, gate.published), self.now, self.rules()).0
        };
        Ok(self.stored().await?.iter().map(seen).collect())
    }

    pub(super) async fn formation(&self, id: &FormationId) -> Result<Option<Formation>> {
        Ok(rows::get(self.store.as_ref(), Table::State, &rows::formation_key(id)).await?)
    }

    /// What is wrong with the store now: every record replayed, every invariant checked.
    pub(super) async fn audit(&self) -> Result<Vec<String>> {
        let report = jobs::audit::run(&self.at(self.now)).await?;
        Ok(report.findings.iter().map(|f| format!("{}: {:?}: {}", f.key, f.what, f.detail)).collect())
    }
}

/// The command's action; and, where it is one of a candidate's own, the candidate whom the step names all the same.
fn read(mut asked: Map<String, Value>) -> Result<(Action, Option<CandidateId>)> {
    let read = |asked: &Map<String, Value>| serde_json::from_value::<Action>(Value::Object(asked.clone()));
    let as_told = read(&asked);
    let Some(Value::String(whose)) = asked.remove("candidate").filter(|_| as_told.is_err()) else {
        return Ok((as_told.context("it is not a command")?, None));
    };
    match read(&asked) {
        Ok(action) => Ok((action, Some(CandidateId::new(&whose)?))),
        // What is wrong with it is something else.
        Err(_) => Ok((as_told.context("it is not a command")?, None)),
    }
}

/// A formation opened in a step may leave out what a declared one may (`super::story::DeclaredFormation`).
fn opens(code: &EstablishmentId, asked: &mut Map<String, Value>) {
    if asked.get("type").and_then(Value::as_str) != Some("open_formation") {
        return;
    }
    if asked.get("establishment").and_then(Value::as_str) == Some(code.as_str()) {
        asked.remove("establishment");
    }
    let id = asked.get("formation").cloned().unwrap_or_default();
    for (key, value) in [("title", id.clone()), ("mention", id), ("capacity", 1.into())] {
        asked.entry(key).or_insert(value);
    }
}

/// Who a step's `by` is.
pub(super) fn actor(by: &str, establishments: &[&str]) -> Result<Actor> {
    Ok(match by {
        "rector" => Actor::Rector,
        "operator" => Actor::Operator,
        code if establishments.contains(&code) || is_code(code) => {
            Actor::Establishment(EstablishmentId::new(code)?)
        }
        candidate => Actor::Candidate(CandidateId::new(candidate)?),
    })
}

/// Whether it is an establishment's national code: seven digits and a letter.
fn is_code(text: &str) -> bool {
    let (digits, letter) = text.split_at_checked(7).unwrap_or_default();
    digits.bytes().all(|b| b.is_ascii_digit())
        && letter.len() == 1
        && letter.bytes().all(|b| b.is_ascii_uppercase())
}
