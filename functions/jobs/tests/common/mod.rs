//! What the tests of this crate share: a small world on ports in memory, moved by the real jobs.
#![allow(dead_code, reason = "each test file uses its own part of these helpers")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first thing that is not as it should be"
)]

pub(crate) mod before_reads;
pub(crate) mod faulty;
pub(crate) mod provider;
pub(crate) mod tamper;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jobs::audit::{self, AuditReport, FindingKind};
use jobs::night::NightReport;
use jobs::{
    Context, Settings, commands, deadline_expiry, mail_dispatch, night, phase_transition, reading, rows,
};
use platform::clock::VirtualClock;
use platform::memory::{DirectReader, MemoryMailer, MemoryObjects, MemoryStore, MemoryUploads};
use platform::store::Segment;
use platform::{Clock, Item, Platform, Store, Table};
use procedure::campaign_file::{read, shipped_text};
use procedure::{calendar, settle};
use schemas::candidate::Questionnaire;
use schemas::formation::RankingRefusal;
use schemas::{
    Action, Actor, ApplicationState, Candidate, CandidateId, Command, CommandId, EstablishmentId,
    FormationId, Gate, Language, LostCause, NightRun, Outcome, RefusalReason, Standing, Track,
};

/// Where the formations of these tests are.
pub(crate) const LYON: &str = "0691774D";

/// What an audit says of jobs that were away.
const UNDONE: [FindingKind; 4] = [
    FindingKind::NightMissing,
    FindingKind::GateLeftClosed,
    FindingKind::SettlingOverdue,
    FindingKind::NoticeOverdue,
];

/// A store, its objects and mails, and the time.
pub(crate) struct World {
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) objects: Arc<MemoryObjects>,
    pub(crate) uploads: Arc<MemoryUploads>,
    pub(crate) mailer: Arc<MemoryMailer>,
    pub(crate) clock: Arc<VirtualClock>,
    pub(crate) context: Context,
    commands: AtomicU32,
}

impl World {
    /// An empty world of 2024, at noon of the catalogue's first day.
    pub(crate) fn new() -> Self {
        Self::with("")
    }

    /// The same with single keys of the campaign file replaced. Alternance begins with the student track unless they
    /// say otherwise, so that no night is due before June.
    pub(crate) fn with(overrides: &str) -> Self {
        let mut keys: toml::Table = overrides.parse().unwrap();
        for key in ["alternance_results_from", "alternance_offers_from"] {
            keys.entry(key).or_insert_with(|| "2024-06-04".into());
        }
        let (store, objects, uploads, mailer, clock) = (
            Arc::new(MemoryStore::new()),
            Arc::new(MemoryObjects::new()),
            Arc::new(MemoryUploads::new()),
            Arc::new(MemoryMailer::new()),
            Arc::new(VirtualClock::at(at("2024-01-29T12:00"))),
        );
        let settings = Settings {
            rules: read(shipped_text("2024").unwrap(), &keys).unwrap(),
            site: "https://monmaster.example".into(),
            sender: "Mon Master <ne-pas-repondre@monmaster.example>".into(),
            operator: Some("operator.secret@monmaster.example".into()),
            stage: "test".into(),
            token_key: [7; 32],
            concurrency: 4,
            segments: 16,
        };
        let platform = Platform {
            store: store.clone(),
            objects: objects.clone(),
            uploads: uploads.clone(),
            reader: Arc::new(DirectReader(reading::read)),
            mailer: mailer.clone(),
            clock: clock.clone(),
        };
        let context = Context::new(platform, Arc::new(settings));
        Self { store, objects, uploads, mailer, clock, context, commands: AtomicU32::new(0) }
    }

    /// The same world seen through another store.
    pub(crate) fn through(&self, store: Arc<dyn Store>) -> Context {
        let platform = Platform { store, ..self.context.platform.clone() };
        Context::new(platform, self.context.settings.clone())
    }

    /// Moves the clock to a time in Paris.
    pub(crate) fn at(&self, paris: &str) {
        self.clock.advance_to(at(paris));
    }

    /// Sends a command; its id is its number.
    pub(crate) async fn ask(&self, actor: Actor, action: Action) -> Outcome {
        let number = self.commands.fetch_add(1, Ordering::SeqCst);
        let command_id = CommandId::new(format!("cmd-{number:03}")).unwrap();
        commands::decide_and_record(&self.context, &Command { command_id, actor, action }).await.unwrap()
    }

    /// Sends a candidate's command; it is accepted.
    pub(crate) async fn does(&self, id: &str, action: Action) {
        let outcome = self.ask(Actor::Candidate(who(id)), action).await;
        assert!(matches!(outcome, Outcome::Accepted { .. }), "{id}: {outcome:?}");
    }

    /// Sends a candidate's command; it is refused with this code.
    pub(crate) async fn refused(&self, id: &str, action: Action) -> String {
        match self.ask(Actor::Candidate(who(id)), action).await {
            Outcome::Refused { refusal } => refusal.code().to_owned(),
            Outcome::Accepted { events, .. } => panic!("{id}: accepted, {events:?}"),
        }
    }

    /// Opens a formation with this many seats.
    pub(crate) async fn open(&self, id: &str, seats: u32) {
        let action = Action::OpenFormation {
            formation: at_formation(id),
            title: format!("Master {id}"),
            mention: id.into(),
            track: Track::Student,
            capacity: seats,
            call_limit: None,
            complementary: false,
            mixed: false,
        };
        self.establishment(action).await;
    }

    pub(crate) async fn establishment(&self, action: Action) {
        let actor = Actor::Establishment(EstablishmentId::new(LYON).unwrap());
        let outcome = self.ask(actor, action).await;
        assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    }

    /// Publishes a ranking, best first, and refusals.
    pub(crate) async fn rank(&self, id: &str, ranked: &[&str], refused: &[&str]) {
        let refused = refused.iter().map(|name| RankingRefusal {
            candidate: who(name),
            reason: RefusalReason::RequirementsNotMet,
            text: "Prérequis de statistiques non validés.".into(),
        });
        let action = Action::PublishRanking {
            formation: at_formation(id),
            ranked: ranked.iter().map(|name| who(name)).collect(),
            refused: refused.collect(),
        };
        self.establishment(action).await;
    }

    /// Opens an account and follows the link of its mail.
    pub(crate) async fn account(&self, id: &str) {
        self.does(id, register(id)).await;
        self.mails().await;
        let token = token(&self.mailer.sent().last().unwrap().mime);
        self.does(id, Action::ActivateAccount { token }).await;
    }

    /// Sends what the outbox holds; how many mails went to candidates.
    pub(crate) async fn mails(&self) -> usize {
        let before = self.to_candidates();
        mail_dispatch::run(&self.context).await.unwrap();
        self.to_candidates() - before
    }

    /// How many mails went to candidates so far.
    pub(crate) fn to_candidates(&self) -> usize {
        self.mailer.sent().iter().filter(|mail| mail.notice.starts_with("C#")).count()
    }

    /// One tick of the night's job.
    pub(crate) async fn night(&self) -> NightReport {
        night::run(&self.context).await.unwrap()
    }

    /// One tick of the jobs that run after midnight.
    pub(crate) async fn sweep(&self) {
        phase_transition::run(&self.context).await.unwrap();
        deadline_expiry::run(&self.context, deadline_expiry::ALL).await.unwrap();
    }

    /// The morning of a date: the sweep of midnight, the night, its publication, the mails.
    pub(crate) async fn morning(&self, date: &str) {
        self.at(&format!("{date}T00:05"));
        self.sweep().await;
        self.mails().await;
        self.at(&format!("{date}T04:00"));
        self.night().await;
        self.at(&format!("{date}T09:00"));
        self.night().await;
        self.mails().await;
    }

    /// Every morning from a date to another, both included.
    pub(crate) async fn mornings(&self, first: &str, last: &str) {
        let last: Date = last.parse().unwrap();
        let mut date: Date = first.parse().unwrap();
        while date <= last {
            self.morning(&date.to_string()).await;
            date = date.tomorrow().unwrap();
        }
    }

    pub(crate) async fn audit(&self) -> AuditReport {
        audit::run(&self.context).await.unwrap()
    }

    /// Nothing is wrong in what was done so far, whatever jobs that were away have left undone.
    pub(crate) async fn clean(&self, when: &str) {
        let mut findings = self.audit().await.findings;
        findings.retain(|finding| !UNDONE.contains(&finding.what));
        assert_eq!(findings, [], "{when}");
    }

    /// Nothing is wrong, and nothing is left undone.
    pub(crate) async fn complete(&self, when: &str) {
        let report = self.audit().await;
        assert_eq!(report.findings, [], "{when}");
    }

    pub(crate) async fn item(&self, table: Table, key: &platform::Key) -> Item {
        self.store.get(table, key).await.unwrap().unwrap_or_else(|| panic!("{key} is not there"))
    }

    /// The stored candidate.
    pub(crate) async fn candidate(&self, id: &str) -> Candidate {
        rows::read(&self.item(Table::State, &rows::candidate_key(&who(id))).await).unwrap()
    }

    pub(crate) async fn gate(&self) -> Gate {
        rows::get(self.store.as_ref(), Table::State, &rows::gate_key()).await.unwrap().unwrap_or_default()
    }

    pub(crate) async fn run_of(&self, date: &str) -> Option<NightRun> {
        let key = rows::night_key(date.parse().unwrap());
        rows::get(self.store.as_ref(), Table::State, &key).await.unwrap()
    }

    /// A candidate's settled applications as everyone sees them: `PSY offered, BIO lost/expired`.
    pub(crate) async fn sees(&self, id: &str) -> String {
        let published = self.gate().await.published;
        let stored = self.candidate(id).await;
        let settled = settle::settled(&stored, self.clock.now(), &self.context.settings.rules).0;
        let words = settled
            .applications
            .iter()
            .map(|(id, a)| format!("{id} {}", said(a.standing(settled.last_night, published))));
        words.collect::<Vec<_>>().join(", ")
    }

    /// The mails sent to candidates so far, by the ids of their notices, without those of accounts, sorted.
    pub(crate) fn sent(&self) -> Vec<String> {
        let mut sent: Vec<String> = self
            .mailer
            .sent()
            .iter()
            .map(|mail| mail.notice.clone())
            .filter(|n| n.starts_with("C#") && !n.contains("account_"))
            .collect();
        sent.sort();
        sent
    }

    /// The mails sent to operators so far, by the ids of their notices.
    pub(crate) fn sent_to_operators(&self) -> Vec<String> {
        let sent = self.mailer.sent();
        sent.iter().map(|mail| mail.notice.clone()).filter(|notice| notice.starts_with("J#")).collect()
    }

    /// What candidates, establishments and operators can tell of a world: two worlds in which the same happened
    /// are equal, however often a job had to begin again.
    pub(crate) async fn outcome(&self) -> Vec<String> {
        let page = self.store.scan(Table::State, Segment { number: 0, of: 1 }, None, 10_000).await.unwrap();
        let mut lines = self.sent();
        lines.extend(self.sent_to_operators());
        for item in page.items {
            match item.key.pk.as_str() {
                "J#night" => {
                    let NightRun { date, status, plan, counts, .. } = rows::read(&item).unwrap();
                    lines.push(format!("{date} {status:?} {plan} {counts:?}"));
                }
                "J#gate" => {
                    let Gate { closed_for, published, .. } = rows::read(&item).unwrap();
                    lines.push(format!("gate {closed_for:?} {published:?}"));
                }
                pk if pk.starts_with("J#") => {}
                _ => lines.push(format!("{} {}", item.key, item.body)),
            }
        }
        lines.sort();
        lines
    }
}

/// Four candidates and three formations, up to the evening before the first night.
///
/// | formation | seats | ranked, best first |
/// |---|---|---|
/// | ART | 1 | alice, bob, carol; dan is refused |
/// | BIO | 1 | alice, bob, carol |
/// | CHIMIE | 1 | nothing published; dan applied |
pub(crate) async fn evening_before(overrides: &str) -> World {
    let world = World::with(overrides);
    for (id, seats) in [("ART", 1), ("BIO", 1), ("CHIMIE", 1)] {
        world.open(id, seats).await;
    }
    world.at("2024-02-26T12:00");
    world.sweep().await;
    for name in ["alice", "bob", "carol", "dan"] {
        world.account(name).await;
    }
    for (name, formation) in [
        ("alice", "ART"),
        ("alice", "BIO"),
        ("bob", "ART"),
        ("bob", "BIO"),
        ("carol", "ART"),
        ("carol", "BIO"),
        ("dan", "ART"),
        ("dan", "CHIMIE"),
    ] {
        world.does(name, submit(formation)).await;
    }
    world.at("2024-04-02T12:00");
    world.sweep().await;
    world.rank("ART", &["alice", "bob", "carol"], &["dan"]).await;
    world.rank("BIO", &["alice", "bob", "carol"], &[]).await;
    world.at("2024-06-03T20:00");
    world.mails().await;
    world
}

/// An instant, written as Paris civil time.
pub(crate) fn at(paris: &str) -> Timestamp {
    calendar::instant(paris.parse::<DateTime>().unwrap())
}

pub(crate) fn day(text: &str) -> Date {
    text.parse().unwrap()
}

pub(crate) fn who(id: &str) -> CandidateId {
    CandidateId::new(id).unwrap()
}

pub(crate) fn at_formation(id: &str) -> FormationId {
    FormationId::new(id).unwrap()
}

pub(crate) fn register(id: &str) -> Action {
    Action::RegisterAccount {
        email: format!("{id}.secret@example.org"),
        language: Language::Fr,
        questionnaire: Questionnaire { master: true, charter: true, licence: true, nationality: true },
        region: String::new(),
        name: Some(format!("{id} Personne")),
    }
}

/// Opens a formation in alternance with one seat.
pub(crate) fn alternance(id: &str) -> Action {
    Action::OpenFormation {
        formation: at_formation(id),
        title: format!("Master {id}"),
        mention: id.into(),
        track: Track::Alternance,
        capacity: 1,
        call_limit: None,
        complementary: false,
        mixed: false,
    }
}

pub(crate) fn submit(id: &str) -> Action {
    Action::SubmitApplication { formation: at_formation(id) }
}

pub(crate) fn accept_definitively(id: &str) -> Action {
    Action::AcceptDefinitively { formation: at_formation(id) }
}

/// Hold this offer and keep these placements.
pub(crate) fn hold(id: &str, keep: &[&str]) -> Action {
    let keep = Some(keep.iter().map(|id| at_formation(id)).collect());
    Action::AcceptProvisionally { formation: at_formation(id), keep, drop: None }
}

pub(crate) fn refuse(id: &str) -> Action {
    Action::RefuseOffer { formation: at_formation(id) }
}

pub(crate) fn withdraw(id: &str) -> Action {
    Action::WithdrawApplication { formation: at_formation(id) }
}

/// Order these by preference, best first.
pub(crate) fn order(ids: &[&str]) -> Action {
    Action::OrderPreferences { formations: ids.iter().map(|id| at_formation(id)).collect() }
}

/// The token of an activation mail's link.
pub(crate) fn token(mime: &[u8]) -> String {
    let text = String::from_utf8_lossy(mime).replace("=\r\n", "").replace("=3D", "=");
    let (_, after) = text.split_once("jeton=").expect("an activation mail has a link");
    after.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect()
}

fn said(standing: &Standing) -> String {
    let name = |value: serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let state = name(serde_json::to_value::<ApplicationState>(standing.state).unwrap());
    match standing.cause {
        Some(cause) => format!("{state}/{}", name(serde_json::to_value::<LostCause>(cause).unwrap())),
        None => state,
    }
}
