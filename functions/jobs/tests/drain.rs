//! The nation's morning: digests against a provider that grants a rate, throttles now and then, and loses answers.
//!
//! Time is the runtime's and paused, so an hour of sending takes as long as its computing: waits, the store's and the
//! provider's latencies pass in virtual time. A small morning is part of every run of the tests; the nation's is
//! `MAILS=90000 cargo test --release -p jobs --test drain -- --nocapture`, which prints the table.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first thing that is not as it should be"
)]
#![expect(clippy::print_stdout, reason = "what was measured is printed")]

mod common;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use common::provider::event;
use common::*;
use jiff::{SignedDuration, Timestamp};
use jobs::mail_dispatch::{self, MailDispatchReport};
use jobs::{Context, Settings, mail_feedback, rows};
use platform::memory::MemoryStore;
use platform::store::{Cursor, KeyPage, Page, Segment};
use platform::{
    Clock, Item, Key, MailError, Mailer, NotSent, OutgoingMail, Platform, Quota, Store, StoreError, Table,
    Write,
};
use schemas::notice::NoticeStatus;
use schemas::{AccountState, Candidate, CandidateId, Notice, NoticeKind};
use serde_json::json;
use tokio::time::Instant;

/// How long a request of the store takes, and how long the provider takes to answer.
const STORE_LATENCY: Duration = Duration::from_millis(5);
const PROVIDER_LATENCY: Duration = Duration::from_millis(40);

/// How long after a mail was taken its event is heard.
const EVENT_AFTER: Duration = Duration::from_secs(2);

/// One mail in so many meets each of the provider's faults.
const THROTTLED_ONE_IN: u64 = 400;
const ANSWER_LOST_ONE_IN: u64 = 300;
const MAIL_LOST_ONE_IN: u64 = 2_000;

/// One lost answer in so many is not settled by an event either: SES delivers its events at its best effort.
const EVENT_LOST_ONE_IN: u64 = 10;

/// The runtime's time, from an instant on.
struct RuntimeClock {
    base: Timestamp,
    begun: Instant,
}

#[async_trait]
impl Clock for RuntimeClock {
    fn now(&self) -> Timestamp {
        self.base + SignedDuration::try_from(self.begun.elapsed()).unwrap()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// A store that takes its time.
struct FarStore(Arc<MemoryStore>);

#[async_trait]
impl Store for FarStore {
    async fn transact(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        tokio::time::sleep(STORE_LATENCY).await;
        self.0.transact(writes).await
    }

    async fn get(&self, table: Table, key: &Key) -> Result<Option<Item>, StoreError> {
        tokio::time::sleep(STORE_LATENCY).await;
        self.0.get(table, key).await
    }

    async fn query(
        &self,
        table: Table,
        pk: &str,
        sk_prefix: &str,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Page, StoreError> {
        tokio::time::sleep(STORE_LATENCY).await;
        self.0.query(table, pk, sk_prefix, after, limit).await
    }

    async fn index(
        &self,
        table: Table,
        partition: &str,
        until: &str,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<KeyPage, StoreError> {
        tokio::time::sleep(STORE_LATENCY).await;
        self.0.index(table, partition, until, after, limit).await
    }

    async fn scan(
        &self,
        table: Table,
        segment: Segment,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Page, StoreError> {
        self.0.scan(table, segment, after, limit).await
    }
}

/// A provider that takes as many mails a second as it grants, and one second's worth at once at the most.
struct Sink {
    granted: f64,
    begun: Instant,
    state: Mutex<State>,
    heard: Mutex<Option<tokio::sync::mpsc::UnboundedSender<(String, String)>>>,
}

#[derive(Default)]
struct State {
    tokens: f64,
    at: f64,
    calls: u64,
    throttled: u64,
    answers_lost: u64,
    mails_lost: u64,
    events_lost: u64,
    /// When each mail left, in seconds, by notice.
    left: BTreeMap<String, Vec<f64>>,
    random: u64,
}

impl State {
    /// Whether this is the one in so many; drawn from a seed.
    fn one_in(&mut self, number: u64) -> bool {
        self.random =
            self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33).is_multiple_of(number)
    }
}

#[async_trait]
impl Mailer for Sink {
    async fn send(&self, mail: OutgoingMail) -> Result<String, MailError> {
        tokio::time::sleep(PROVIDER_LATENCY / 2).await;
        let (id, answer_lost, event_lost) = {
            let mut state = self.state.lock().unwrap();
            let now = self.begun.elapsed().as_secs_f64();
            state.calls += 1;
            state.tokens = (state.tokens + (now - state.at) * self.granted).min(self.granted);
            state.at = now;
            if state.tokens < 1.0 || state.one_in(THROTTLED_ONE_IN) {
                state.throttled += 1;
                return Err(MailError::NotSent(NotSent::Throttled));
            }
            if state.one_in(MAIL_LOST_ONE_IN) {
                state.mails_lost += 1;
                return Err(MailError::Ambiguous);
            }
            state.tokens -= 1.0;
            let id = format!("ses-{}", state.calls);
            state.left.entry(mail.notice.clone()).or_default().push(now);
            let answer_lost = state.one_in(ANSWER_LOST_ONE_IN);
            let event_lost = answer_lost && state.one_in(EVENT_LOST_ONE_IN);
            state.answers_lost += u64::from(answer_lost);
            state.events_lost += u64::from(event_lost);
            (id, answer_lost, event_lost)
        };
        if answer_lost {
            if !event_lost {
                let heard = self.heard.lock().unwrap();
                heard.as_ref().unwrap().send((mail.notice, id)).unwrap();
            }
            return Err(MailError::Ambiguous);
        }
        tokio::time::sleep(PROVIDER_LATENCY / 2).await;
        Ok(id)
    }

    async fn quota(&self) -> Result<Option<Quota>, MailError> {
        Ok(Some(Quota { per_second: self.granted, per_day: None }))
    }
}

/// What a morning came to.
struct Morning {
    reports: MailDispatchReport,
    sink: Arc<Sink>,
    /// Seconds until 1 and 99 in 100 of the mails had left, and until the outbox was empty.
    begun_s: f64,
    most_s: f64,
    all_s: f64,
    not_sent: usize,
    /// How long somebody waited, in seconds, who registered in the midst of it.
    registered_waited_s: f64,
}

/// When somebody registers, in seconds from the beginning.
const REGISTERS_AT_S: f64 = 1.5;

/// Digests for so many candidates, each with an offer of this morning, drained by so many dispatchers.
async fn morning(mails: usize, granted: f64, dispatchers: usize) -> Morning {
    let world = evening_before("").await;
    world.at("2024-06-04T04:00");
    world.night().await;
    world.at("2024-06-04T09:00");
    world.night().await;
    let digests = multiplied(&world, mails).await;
    let begun = Instant::now();
    let (sender, mut events) = tokio::sync::mpsc::unbounded_channel();
    let sink = Arc::new(Sink {
        granted,
        begun,
        state: Mutex::new(State { tokens: granted, random: 7, ..State::default() }),
        heard: Mutex::new(Some(sender)),
    });
    let platform = Platform {
        store: Arc::new(FarStore(world.store.clone())),
        mailer: sink.clone(),
        clock: Arc::new(RuntimeClock { base: world.clock.now(), begun }),
        ..world.context.platform.clone()
    };
    let settings = Settings { concurrency: 32, ..Settings::clone(&world.context.settings) };
    let context = Context::new(platform, Arc::new(settings));
    let feedback = context.clone();
    let hearing = tokio::spawn(async move {
        while let Some((notice, id)) = events.recv().await {
            let feedback = feedback.clone();
            tokio::spawn(async move {
                tokio::time::sleep(EVENT_AFTER).await;
                let event = event("Send", &notice, &id, feedback.now(), json!({}));
                mail_feedback::hear(&feedback, &event).await.unwrap();
            });
        }
    });
    let store = world.store.clone();
    let registering = activation(&world).await;
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs_f64(REGISTERS_AT_S)).await;
        store.transact(vec![registering.write()]).await.unwrap();
    });
    let reports = drained(&world, &context, &digests, dispatchers).await;
    sink.heard.lock().unwrap().take();
    hearing.await.unwrap();
    tokio::time::sleep(EVENT_AFTER * 2).await;
    let not_sent = unsent(&world, &digests).await;
    let (begun_s, most_s, all_s, registered_waited_s) = {
        let state = sink.state.lock().unwrap();
        let mut first: Vec<f64> = state.left.values().map(|at| at[0]).collect();
        first.sort_by(f64::total_cmp);
        let after = |part: usize| first[first.len() * part / 100 - 1];
        let registered = state.left.iter().find(|(notice, _)| notice.contains("#registers#")).unwrap();
        (after(1), after(99), *first.last().unwrap(), registered.1[0] - REGISTERS_AT_S)
    };
    Morning { reports, sink, begun_s, most_s, all_s, not_sent, registered_waited_s }
}

/// A tick each minute, as long as there is something to do: it is dropped where all dispatchers are at work, and they all
/// begin at the first, as the stream of new notices wakes them.
async fn drained(
    world: &World,
    context: &Context,
    digests: &[Key],
    dispatchers: usize,
) -> MailDispatchReport {
    let mut reports = MailDispatchReport::default();
    let mut at_work = tokio::task::JoinSet::new();
    for minute in 0..240 {
        let woken = if minute == 0 { dispatchers } else { 1 };
        for number in 0..woken.min(dispatchers - at_work.len()) {
            let context = context.clone();
            at_work.spawn(async move {
                // The runtime's time has whole milliseconds.
                tokio::time::sleep(Duration::from_millis(number as u64)).await;
                mail_dispatch::run(&context).await.unwrap()
            });
        }
        tokio::time::sleep(Duration::from_secs(60)).await;
        while let Some(run) = at_work.try_join_next() {
            let report = run.unwrap();
            reports.sent += report.sent;
            reports.doubtful += report.doubtful;
            reports.failed += report.failed;
        }
        if at_work.is_empty() && waiting(world, digests).await == 0 {
            break;
        }
    }
    reports
}

/// The notice of somebody who is about to register, his account already there.
async fn activation(world: &World) -> rows::NoticeRow {
    let id = CandidateId::new("registers").unwrap();
    let now = world.clock.now();
    let candidate = Candidate {
        id: id.clone(),
        email: "registers@example.org".into(),
        version: 1,
        account: AccountState::Registered,
        activation_issued_at: Some(now),
        ..world.candidate("alice").await
    };
    world.store.transact(vec![rows::write(&candidate)]).await.unwrap();
    let status = NoticeStatus::Pending { next_attempt_at: now, attempts: 0, doubts: 0 };
    let notice = Notice {
        candidate: Some(id.clone()),
        establishment: None,
        kind: NoticeKind::AccountActivation,
        version: 1,
        decision: 0,
        created_at: now,
        night: None,
        again: None,
        status,
        trail: Vec::new(),
    };
    rows::NoticeRow { key: Key::new(rows::candidate_pk(&id), "N#registers#account_activation"), notice }
}

/// Gives so many candidates alice's offer and digest; gives the keys of the digests.
async fn multiplied(world: &World, mails: usize) -> Vec<Key> {
    let alice = world.candidate("alice").await;
    let sk = "N#2024-06-04#digest";
    let digest = Key::new("C#alice", sk);
    let digest: Notice = rows::read(&world.item(Table::Journal, &digest).await).unwrap();
    let mut keys = Vec::new();
    for number in 0..mails {
        let id = CandidateId::new(format!("c-{number:07}")).unwrap();
        let email = format!("{id}@example.org");
        let candidate = Candidate { id: id.clone(), email, version: 1, ..alice.clone() };
        let key = Key::new(rows::candidate_pk(&id), sk);
        let notice = Notice { candidate: Some(id), version: 1, ..digest.clone() };
        let notice = rows::NoticeRow { key: key.clone(), notice };
        world.store.transact(vec![rows::write(&candidate), notice.write()]).await.unwrap();
        keys.push(key);
    }
    keys
}

async fn statuses(world: &World, digests: &[Key]) -> Vec<NoticeStatus> {
    let mut statuses = Vec::new();
    for key in digests {
        let notice: Notice = rows::read(&world.item(Table::Journal, key).await).unwrap();
        statuses.push(notice.status);
    }
    statuses
}

async fn waiting(world: &World, digests: &[Key]) -> usize {
    let waits = |status: &&NoticeStatus| {
        matches!(status, NoticeStatus::Pending { .. } | NoticeStatus::Claimed { .. })
    };
    statuses(world, digests).await.iter().filter(waits).count()
}

async fn unsent(world: &World, digests: &[Key]) -> usize {
    let sent = |status: &&NoticeStatus| !matches!(status, NoticeStatus::Sent { .. });
    statuses(world, digests).await.iter().filter(sent).count()
}

/// I9: however many dispatchers, at any granted rate: 95 % of it is held between the first and the last in a hundred,
/// nothing is lost, somebody who waits at his screen does not wait behind the digests, and a mail leaves twice only where neither the answer nor the event of the first was heard.
fn a_morning(mails: usize, granted: f64, dispatchers: usize) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let morning = runtime.block_on(morning(mails, granted, dispatchers));
    let state = morning.sink.state.lock().unwrap();
    let of_nation = |notice: &&String| notice.starts_with("C#c-");
    let left = state.left.keys().filter(of_nation).count();
    let twice = state.left.values().filter(|at| at.len() == 2).count();
    let more = state.left.values().filter(|at| at.len() > 2).count();
    let held = 0.98 * left as f64 / (morning.most_s - morning.begun_s) / granted;
    println!(
        "{granted:>5}/s by {dispatchers}: {left} mails, rate held {:.1} %, 99 % after {:.0} s, all after {:.0} s; \
         throttled {}, answers lost {} (of them {} without event), mails lost on the way {}, \
         lost {}, twice {twice}, doubtful {}; who registered meanwhile waited {:.1} s",
        held * 100.0,
        morning.most_s,
        morning.all_s,
        state.throttled,
        state.answers_lost,
        state.events_lost,
        state.mails_lost,
        mails - left,
        morning.reports.doubtful,
        morning.registered_waited_s,
    );
    assert_eq!((left, more, morning.not_sent, morning.reports.failed), (mails, 0, 0, 0));
    assert!(twice as u64 <= state.events_lost, "{twice} left twice, {} events were lost", state.events_lost);
    assert!(state.throttled as usize <= mails / 100, "throttled {}", state.throttled);
    // Where several dispatchers meet at the last notices, up to half a second of the rate is left unused: of a morning
    // of a few seconds that is much, of a longer one nothing.
    let enough = if left as f64 >= 20.0 * granted { 0.95 } else { 0.85 };
    assert!(held >= enough, "{held}");
    assert!(morning.registered_waited_s < 3.0, "{}", morning.registered_waited_s);
}

fn mails() -> usize {
    #[expect(clippy::disallowed_methods, reason = "the size of a measurement is asked for by its caller")]
    std::env::var("MAILS").ok().map_or(2_500, |mails| mails.parse().unwrap())
}

#[test]
fn a_hundred_a_second() {
    a_morning(mails(), 100.0, 2);
}

#[test]
fn five_hundred_a_second() {
    a_morning(mails(), 500.0, 2);
}

#[test]
fn a_thousand_a_second_by_one_and_by_three() {
    a_morning(mails(), 1000.0, 1);
    a_morning(mails(), 1000.0, 3);
}
