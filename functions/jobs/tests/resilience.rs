//! What one bad object, one bad row, one hiccup or one slow machine may not do to the country.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use common::faulty::{FaultyStore, Mishap};
use common::*;
use jobs::{Context, Fault, deadline_expiry, mail_dispatch, night, rows};
use platform::clock::VirtualClock;
use platform::store::{Expect, IndexEntry};
use platform::{Item, Key, MailError, Mailer, Objects, OutgoingMail, Platform, Store, Table, Write};
use schemas::night::NightStatus;
use schemas::notice::Lane;
use schemas::{ApplicationState, Candidate, Ranking};

/// Overwrites the object of ART's ranking with something else.
async fn spoil_ranking(world: &World) {
    let key = rows::ranking_key(&at_formation("ART"));
    let ranking: Ranking = rows::read(&world.item(Table::State, &key).await).unwrap();
    let object = rows::ranking_object(&at_formation("ART"), &ranking.digest);
    world.objects.put(&object, b"junk".to_vec()).await.unwrap();
}

/// A formation whose ranking cannot be read is withheld, by name; every other formation calls, and once the ranking
/// is back the results appear the next night.
#[tokio::test]
async fn one_unreadable_ranking_withholds_one_formation() {
    let world = evening_before("").await;
    let key = rows::ranking_key(&at_formation("ART"));
    let ranking: Ranking = rows::read(&world.item(Table::State, &key).await).unwrap();
    let object = rows::ranking_object(&at_formation("ART"), &ranking.digest);
    let content = world.objects.get(&object).await.unwrap().unwrap();
    spoil_ranking(&world).await;
    world.at("2024-06-04T04:00");
    assert_eq!(world.night().await.withheld, [at_formation("ART")]);
    world.morning("2024-06-04").await;
    assert_eq!(world.sees("alice").await, "ART submitted, BIO offered");
    world.objects.put(&object, content).await.unwrap();
    world.morning("2024-06-05").await;
    assert_eq!(world.sees("alice").await, "ART offered, BIO offered");
    world.clean("once the ranking is back").await;
}

/// A night whose objects are lost after it was applied is still undone at noon: the gate opens, and people can act.
#[tokio::test]
async fn lost_objects_keep_no_gate_shut() {
    let world = evening_before("").await;
    world.at("2024-06-04T04:00");
    world.night().await;
    spoil_ranking(&world).await;
    world.at("2024-06-04T12:00");
    assert_eq!(world.night().await.status, Some(NightStatus::Void));
    assert_eq!(world.gate().await.closed(), None);
    assert_eq!(world.sees("alice").await, "ART submitted, BIO submitted");
    world.does("alice", withdraw("BIO")).await;
    world.mails().await;
    assert_eq!(world.sent().len(), 1, "{:?}", world.sent());
    assert!(world.sent()[0].contains("answer_recorded"), "{:?}", world.sent());
}

/// A candidate who holds two offers, which no decision could give him, withholds the formations concerned and no
/// other.
#[tokio::test]
async fn one_impossible_candidate_withholds_his_formations() {
    let world = evening_before("").await;
    world.morning("2024-06-04").await;
    let mut alice: Candidate = world.candidate("alice").await;
    for application in alice.applications.values_mut() {
        application.now.state = ApplicationState::AcceptedProvisionally;
    }
    alice.version += 1;
    world.store.transact(vec![rows::write(&alice)]).await.unwrap();
    world.does("dan", withdraw("CHIMIE")).await;
    world.at("2024-06-05T04:00");
    let report = world.night().await;
    assert_eq!(report.status, Some(NightStatus::Applied));
    assert_eq!(report.withheld, [at_formation("ART"), at_formation("BIO")]);
}

/// At whatever transaction of a void a slow machine with a late clock comes along, the night is published whole or
/// not at all.
#[tokio::test]
async fn a_void_and_a_publication_exclude_each_other() {
    for number in 0..12 {
        let world = evening_before("").await;
        world.at("2024-06-04T04:00");
        world.night().await;
        world.at("2024-06-04T12:00");
        let slow = world.context.with_clock(Arc::new(VirtualClock::at(at("2024-06-04T11:58"))));
        let meanwhile = move || -> common::faulty::Work {
            Box::pin(async move {
                // Whoever comes second may be told so.
                let _ = night::run(&slow).await;
            })
        };
        let store = FaultyStore::sleeping(&world.store, number, meanwhile);
        let _ = night::run(&world.through(store)).await;
        world.night().await;
        world.mails().await;
        let status = world.run_of("2024-06-04").await.unwrap().status;
        let seen = world.sees("alice").await;
        match status {
            NightStatus::Published => assert_eq!(seen, "ART offered, BIO offered", "at {number}"),
            NightStatus::Void => {
                assert_eq!(seen, "ART submitted, BIO submitted", "at {number}");
                assert!(world.sent().is_empty(), "at {number}: {:?}", world.sent());
            }
            other => panic!("at {number}: the night is {other:?}"),
        }
        world.clean(&format!("after a race at transaction {number}")).await;
    }
}

/// An outage over noon leaves the gate shut until the jobs are back, and no longer: the schedule has ticks after it.
#[tokio::test]
async fn an_outage_over_noon_ends_with_the_next_tick() {
    let world = evening_before("").await;
    world.at("2024-06-04T04:00");
    world.night().await;
    world.at("2024-06-04T12:51");
    let rules = &world.context.settings.rules;
    let tick = jobs::schedule::next_tick(rules, "waitlist-advance", at("2024-06-04T12:51")).unwrap();
    assert!(tick <= at("2024-06-04T13:00"), "the next tick is {tick}");
    assert_eq!(world.night().await.status, Some(NightStatus::Void));
    assert_eq!(world.gate().await.closed(), None);
}

/// Puts a row that cannot be read where a sweep will meet it first.
async fn put_poison(world: &World, table: Table, partition: String) {
    let key = match table {
        Table::State => Key::new("C#poison", rows::STATE_SK),
        Table::Journal => Key::new("C#poison", "N#x#digest"),
    };
    let index = Some(IndexEntry { partition, sort: "2024-01-01T00:00:00.000000Z".into() });
    let item = Item { key, version: 1, index, body: "{\"of\":\"another version\"}".into() };
    world.store.transact(vec![Write { table, item, expect: Expect::Absent }]).await.unwrap();
}

/// A candidate whom nobody can read any more keeps no gate shut: the night is undone for everybody else.
#[tokio::test]
async fn one_bad_candidate_keeps_no_gate_shut() {
    let world = evening_before("").await;
    world.at("2024-06-04T04:00");
    world.night().await;
    put_poison(&world, Table::State, rows::due_partition(day("2024-06-04"), 0)).await;
    world.at("2024-06-04T12:00");
    assert_eq!(world.night().await.status, Some(NightStatus::Void));
    assert_eq!(world.gate().await.closed(), None);
    assert_eq!(world.sees("alice").await, "ART submitted, BIO submitted");
}

/// A notice row that cannot be read is reported, and every other mail leaves all the same.
#[tokio::test]
async fn one_bad_notice_holds_up_no_mail() {
    let world = World::new();
    put_poison(&world, Table::Journal, rows::outbox_partition(Lane::Now, 0)).await;
    for id in ["alice", "bob"] {
        world.does(id, register(id)).await;
    }
    let fault = mail_dispatch::run(&world.context).await.unwrap_err();
    assert!(matches!(fault, Fault::Store(_)), "{fault:?}");
    assert_eq!(world.mailer.sent().len(), 2);
}

/// Nor does one that somebody waits for hold up the morning's mass, which lies in the other lane.
#[tokio::test]
async fn one_bad_notice_holds_up_no_lane() {
    let world = evening_before("").await;
    put_poison(&world, Table::Journal, rows::outbox_partition(Lane::Now, 0)).await;
    for time in ["2024-06-04T04:00", "2024-06-04T09:00"] {
        world.at(time);
        world.night().await;
    }
    let before = world.to_candidates();
    assert!(mail_dispatch::run(&world.context).await.is_err());
    assert_eq!(world.to_candidates(), before + 4, "{:?}", world.sent());
}

/// A candidate row that cannot be read is reported, and everybody else's lapses are made durable all the same.
#[tokio::test]
async fn one_bad_candidate_holds_up_no_lapse() {
    let world = evening_before("").await;
    world.morning("2024-06-04").await;
    put_poison(&world, Table::State, rows::due_partition(day("2024-06-04"), 0)).await;
    world.at("2024-06-08T00:05");
    assert!(deadline_expiry::run(&world.context, deadline_expiry::ALL).await.is_err());
    assert_eq!(world.candidate("alice").await.applications.len(), 2);
    let lost = world.candidate("alice").await.applications.into_values();
    assert!(lost.map(|application| application.now.state).all(|state| state == ApplicationState::Lost));
}

/// A sweep says for how long what it found had been due, and once nothing is left, that it is late with nothing.
#[tokio::test]
async fn a_sweep_says_how_late_it_is() {
    let world = evening_before("").await;
    world.morning("2024-06-04").await;
    // The offers lapsed at midnight.
    world.at("2024-06-08T02:05");
    let late = deadline_expiry::run(&world.context, deadline_expiry::ALL).await.unwrap();
    assert!(late.candidates > 0);
    assert_eq!(late.oldest_due_s, 2 * 3600 + 300);
    let again = deadline_expiry::run(&world.context, deadline_expiry::ALL).await.unwrap();
    assert_eq!((again.candidates, again.oldest_due_s), (0, 0));
}

/// A hiccup of the store at any one transaction of a night, heard or not, changes nothing: the very same run goes
/// on to the same end.
#[tokio::test]
async fn a_hiccup_is_waited_out() {
    let smooth = evening_before("").await;
    smooth.morning("2024-06-04").await;
    for mishap in [Mishap::Before, Mishap::After] {
        for number in 0..40 {
            let world = evening_before("").await;
            world.at("2024-06-04T04:00");
            let store = FaultyStore::hiccup(&world.store, number, mishap);
            night::run(&world.through(store)).await.unwrap();
            world.morning("2024-06-04").await;
            assert_eq!(world.outcome().await, smooth.outcome().await, "{mishap:?} at {number}");
            world.clean(&format!("{mishap:?} at {number}")).await;
        }
    }
}

/// A mailer of whose answers nobody ever hears.
struct Unheard(AtomicU32);

#[async_trait]
impl Mailer for Unheard {
    async fn send(&self, _: OutgoingMail) -> Result<String, MailError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Err(MailError::Ambiguous)
    }
}

/// A mail of which nobody knows whether it left is sent once more, after a quarter of an hour, and then given up; the
/// second attempt is counted.
#[tokio::test]
async fn a_doubt_allows_one_more_attempt() {
    let world = World::new();
    world.does("alice", register("alice")).await;
    let unheard = Arc::new(Unheard(AtomicU32::new(0)));
    let platform =
        Platform { mailer: Arc::clone(&unheard) as Arc<dyn Mailer>, ..world.context.platform.clone() };
    let context = Context::new(platform, Arc::clone(&world.context.settings));
    let mut reports = Vec::new();
    for minute in 0..60 {
        world.at(&format!("2024-01-29T13:{minute:02}"));
        reports.push(mail_dispatch::run(&context).await.unwrap());
    }
    assert_eq!(unheard.0.load(Ordering::SeqCst), 2);
    assert_eq!(reports.iter().map(|report| report.failed).sum::<u64>(), 1);
    assert_eq!(reports.iter().map(|report| report.sent).sum::<u64>(), 0);
    assert!(reports.iter().map(|report| report.doubtful).sum::<u64>() >= 1);
}

/// Overwrites a formation's row with something that no version of the program wrote; gives what was there.
async fn spoil_row(world: &World, key: &Key) -> Item {
    let before = world.item(Table::State, key).await;
    let spoiled = Item { version: before.version + 1, body: "{\"of\":\"nobody\"}".into(), ..before.clone() };
    let expect = Expect::Version(before.version);
    world.store.transact(vec![Write { table: Table::State, item: spoiled, expect }]).await.unwrap();
    before
}

/// Puts back what was there.
async fn mend_row(world: &World, before: &Item) {
    let now = world.item(Table::State, &before.key).await.version;
    let mended = Item { version: now + 1, ..before.clone() };
    let write = Write { table: Table::State, item: mended, expect: Expect::Version(now) };
    world.store.transact(vec![write]).await.unwrap();
}

/// A formation whose row, or whose ranking's row, cannot be read is withheld by name and stops no other; who holds a seat
/// there keeps it, and once it can be read its seats are given the next night.
#[tokio::test]
async fn one_unreadable_formation_stops_no_other() {
    for key in [rows::formation_key, rows::ranking_key] {
        let world = evening_before("").await;
        world.morning("2024-06-04").await;
        world.does("alice", refuse("BIO")).await;
        world.does("alice", refuse("ART")).await;
        // What she is told of her answers names the formations.
        world.mails().await;
        let before = spoil_row(&world, &key(&at_formation("ART"))).await;
        world.at("2024-06-05T04:00");
        let report = world.night().await;
        assert_eq!((report.status, report.counts.offers), (Some(NightStatus::Applied), 1));
        assert_eq!(report.withheld, [at_formation("ART")]);
        world.at("2024-06-05T09:00");
        world.night().await;
        world.mails().await;
        assert_eq!(world.sees("bob").await, "ART waitlisted, BIO offered");
        mend_row(&world, &before).await;
        world.morning("2024-06-06").await;
        assert_eq!(world.sees("bob").await, "ART offered, BIO offered");
    }
}
